package irtest

import (
	"math/rand/v2"

	"github.com/tagwire/tagwire/ir"
)

// GenerateLimits makes a program out of seed as Generate does, of one function that is straight to the point: constants at and
// beyond what instructions have room for, in all places; the shapes that backends join to one instruction, whose parts others use
// as well; distances that are too far; values of few bits with others above. Source and scratch memory are used, and the target
// is not.
func GenerateLimits(seed uint64, c Config) *Program {
	if c.Statements == 0 {
		c.Statements = 40
	}
	g := newGenerator(rand.New(rand.NewPCG(seed, 3)), c, "limits")
	for range 4 { // nobody knows what is loaded
		g.keep(g.Load(ir.Load64, g.source, int64(g.random.IntN(SourceSize-8))))
		g.keep(g.Load(ir.Load32, g.scratch, int64(g.random.IntN(ScratchSize-4))))
	}
	l := limits{g}
	statements := []func(){
		l.compute, l.compute, l.compute, l.compare, l.compare, l.branch, l.multiply, l.bits, l.narrow, l.access, l.access, l.access, l.distance, l.switched,
		l.room,
	}
	if !c.NoExits {
		statements = append(statements, l.exit)
	}
	for range c.Statements {
		oneOf(g, statements...)()
	}
	if g.random.IntN(4) == 0 {
		t := oneOf(g, wideTypes...)
		g.FailIf(g.cond(), l.operand(t), l.operand(t))
	}
	g.Store(ir.Store64, g.scratch, 0, g.sum)
	if g.random.IntN(8) == 0 { // where control never comes
		dead := g.NewBlock()
		alive := g.NewBlock()
		g.Branch(ir.Ne, g.source, g.Nil(), ir.To(alive), ir.To(dead))
		before := g.save()
		g.SetBlock(dead)
		for _, s := range stores {
			g.Store(s.op, g.Nil(), 0, l.operand(s.typ))
			g.Store(s.op, g.PtrAdd(g.Nil(), 8), 0, l.operand(s.typ))
		}
		g.mix(g.Load(oneOf(g, loads...).op, g.Nil(), 0))
		g.Jump(alive)
		g.restore(before)
		g.SetBlock(alive)
	}
	g.Return(g.target, g.sum)
	return &Program{Config: c, Funcs: []*ir.Func{g.Finish()}}
}

// GenerateWide makes a program of a function that calls another one, which has so many values alive at once, behind an exit, in
// its frame, and a switch of so many numbers.
func GenerateWide(seed uint64, c Config, values int) *Program {
	random := rand.New(rand.NewPCG(seed, 4))
	main := newGenerator(random, c, "wide")
	main.call()
	main.Return(main.target, main.sum)

	g := newGenerator(random, c, "helper")
	for _, v := range []*ir.Value{g.source, g.sourceEnd, g.target, g.targetEnd, g.scratch} { // each argument counts
		g.mix(g.PtrDiff(v, g.Nil()))
	}
	alive := make([]*ir.Value, values)
	for n := range alive {
		alive[n] = g.Load(oneOf(g, ir.Load64, ir.LoadBE64), g.source, int64(random.IntN(SourceSize-8)))
	}
	index := g.And(g.Convert(ir.Trunc64to32, oneOf(g, alive...)), g.Const(ir.I32, 1<<13-1))
	g.exit()
	for _, n := range random.Perm(values) {
		g.mix(alive[n])
	}
	join := g.NewBlock(ir.I64)
	blocks := make([]*ir.Block, 5)
	for n := range blocks {
		blocks[n] = g.NewBlock()
	}
	edges := make([]ir.Edge, values)
	for n := range edges {
		edges[n] = ir.To(oneOf(g, blocks...))
	}
	g.Switch(index, ir.To(blocks[0]), edges...)
	for n, b := range blocks {
		g.SetBlock(b)
		g.Jump(join, g.AddConst(g.sum, int64(n)))
	}
	g.SetBlock(join)
	g.Return(g.target, join.Params[0])
	return &Program{Config: c, Funcs: []*ir.Func{main.Finish(), g.Finish()}}
}

type limits struct{ *generator }

// number returns a constant at a limit, or near one.
func (l limits) number() int64 {
	bit := int64(1) << l.random.IntN(64)
	n := oneOf(l.generator, 0, 1, 0xff, 0xfff, 0x1000, 0xff_f000, 0x100_0000, 1<<15, 1<<16, 1<<31-1, 1<<31, 1<<32-1, 1<<32, 1<<63-1,
		bit, bit, bit-1, 0x5555_5555_5555_5555, 0x00ff_00ff_00ff_00ff, 0x0f0f_0f0f, int64(l.random.Uint64()))
	n += oneOf[int64](l.generator, 0, 0, 0, 1, -1)
	if l.random.IntN(2) == 0 {
		n = -n
	}
	if l.random.IntN(4) == 0 {
		n = ^n
	}
	return n
}

// opaque returns a value that is no constant, of a type that may have others in the bits above.
func (l limits) opaque(t ir.Type) *ir.Value {
	switch {
	case t == ir.Ptr:
		return l.PtrIndex(l.scratch, l.pick(ir.I64), oneOf[int64](l.generator, 1, 2, 4, 8))
	case t == ir.I8 && l.random.IntN(2) == 0:
		return l.Convert(ir.Trunc32to8, l.pick(ir.I32))
	case t == ir.I8:
		return l.Convert(ir.Trunc64to8, l.pick(ir.I64))
	case t == ir.I16 && l.random.IntN(2) == 0:
		return l.Convert(ir.Trunc32to16, l.pick(ir.I32))
	case t == ir.I16:
		return l.Convert(ir.Trunc64to16, l.pick(ir.I64))
	case t == ir.I32 && l.random.IntN(2) == 0:
		return l.Convert(ir.Trunc64to32, l.pick(ir.I64))
	}
	return l.pick(t)
}

// operand returns a value of a shape that an instruction may take into itself.
func (l limits) operand(t ir.Type) *ir.Value {
	x := l.opaque(t)
	if t == ir.Ptr {
		return oneOf(l.generator, x, l.Nil(), l.PtrAdd(x, int64(int32(l.number()))))
	}
	if t != ir.I32 && t != ir.I64 {
		return oneOf(l.generator, x, l.Const(t, l.number()))
	}
	v := x
	switch l.random.IntN(6) {
	case 0, 1:
		return l.Const(t, l.number())
	case 2:
		count := oneOf[int64](l.generator, 0, 1, 7, 31, 32, 33, 63, 64, 65, -1)
		v = l.Binary(oneOf(l.generator, ir.Shl, ir.Shr, ir.Sar), oneOf(l.generator, x, x, l.Const(t, l.number())), l.Const(t, count))
	case 3:
		v = l.Xor(oneOf(l.generator, x, x, l.Const(t, l.number())), l.Const(t, -1))
	case 4:
		v = l.And(x, l.Const(t, 1<<l.random.IntN(t.Bits())))
	}
	if l.random.IntN(3) == 0 { // it counts by itself, too
		l.mix(v)
	}
	return v
}

// operands returns two, now and then the same one twice.
func (l limits) operands(t ir.Type) (x, y *ir.Value) {
	if x = l.operand(t); l.random.IntN(8) == 0 {
		return x, x
	}
	return x, l.operand(t)
}

func (l limits) compute() {
	t := oneOf(l.generator, integerTypes...)
	x, y := l.operands(t)
	v := l.Binary(oneOf(l.generator, ir.Add, ir.Sub, ir.And, ir.Or, ir.Xor, ir.Shl, ir.Shr, ir.Sar), x, y)
	l.mix(v)
	if l.random.IntN(4) == 0 {
		l.keep(v)
	}
}

func (l limits) compare() {
	t, result := oneOf(l.generator, wideTypes...), oneOf(l.generator, ir.I32, ir.I64, ir.Ptr)
	x, y := l.operands(t)
	if l.random.IntN(2) == 0 {
		l.mix(l.SetCC(l.cond(), x, y))
		return
	}
	then, otherwise := l.operands(result)
	l.mix(l.Select(l.cond(), x, y, then, otherwise))
}

func (l limits) branch() {
	x, y := l.operands(oneOf(l.generator, wideTypes...))
	if l.random.IntN(2) == 0 {
		y = l.Const(y.Type, 0)
	}
	join := l.NewBlock(ir.I64)
	yes, no := l.NewBlock(), l.NewBlock()
	l.Branch(l.cond(), x, y, ir.To(yes), ir.To(no))
	l.SetBlock(yes)
	l.Jump(join, l.AddConst(l.sum, l.number()))
	l.SetBlock(no)
	l.Jump(join, l.sum)
	l.SetBlock(join)
	l.sum = join.Params[0]
}

func (l limits) multiply() {
	l.mix(l.MulConst(l.operand(oneOf(l.generator, integerTypes...)), int64(int32(l.number()))))
}

func (l limits) bits() {
	t := oneOf(l.generator, integerTypes...)
	l.mix(l.SetBit(l.operand(t), oneOf(l.generator, 0, t.Bits()-1, l.random.IntN(t.Bits()))))
	l.mix(oneOf(l.generator, l.CountLeadingZeros, l.CountTrailingZeros, l.Gather7, l.Spread7)(l.operand(ir.I64)))
}

// narrow widens what has other bits above it.
func (l limits) narrow() {
	t := oneOf(l.generator, ir.I8, ir.I16, ir.I32)
	l.mix(l.Convert(oneOf(l.generator, conversions[t][:2]...), l.operand(t)))
	l.mix(l.operand(t))
	if wide := l.operand(ir.I64); l.random.IntN(2) == 0 {
		half := l.Convert(ir.SignExt32to64, l.Convert(ir.Trunc64to32, wide))
		l.mix(l.Convert(ir.ZeroExt32to64, l.Narrow(half)))
	}
}

// far returns a distance near what loads and stores of a width reach.
func (l limits) far(width int64) int64 {
	d := oneOf[int64](l.generator, 0, 1, 255, 256, 257, 0xfff, 0x1000, 0xfff*width, 0x1000*width, 0xfff*8+1, 0xff_f000, 0x100_0000, 1<<30, 1<<31-64,
		-1, -255, -256, -257, -0xfff, -0x1000, -0xfff*width, -0x100_0000, -1<<30)
	return d + oneOf(l.generator, 0, 0, 0, 1, -1, width, -width)
}

// access loads and stores at places in the scratch memory, to which long ways lead.
func (l limits) access() {
	store := oneOf(l.generator, stores...)
	place := int64(l.random.IntN(ScratchSize - 32))
	if l.random.IntN(3) > 0 {
		place &^= 7
	}
	distance := l.far(store.width)
	base := l.PtrIndex(l.scratch, l.Const(ir.I64, place-distance), 1)
	switch p := base; l.random.IntN(4) {
	case 0:
		part := l.far(store.width)
		base, distance = l.PtrAdd(base, part), distance-part
	case 1: // several of them, with users of each
		part := l.far(1)
		first := l.PtrAdd(p, part)
		more := int64(l.random.IntN(512) - 256)
		base, distance = l.PtrAdd(first, more), distance-part-more
		if l.random.IntN(2) == 0 {
			l.mix(l.PtrDiff(oneOf(l.generator, first, base), l.scratch))
		}
	}
	if distance != int64(int32(distance)) {
		base, distance = l.PtrIndex(base, l.Const(ir.I64, distance), 1), 0
	}
	for n := range int64(1 + l.random.IntN(3)) { // neighbours
		l.Store(store.op, base, distance+n*store.width, l.operand(store.typ))
	}
	for n := range int64(1 + l.random.IntN(3)) {
		l.mix(l.Load(oneOf(l.generator, loads...).op, base, distance+n*store.width))
	}
	if l.random.IntN(4) == 0 { // a pointer that lies where one leads that nothing else needs
		way := l.PtrIndex(l.scratch, l.Const(ir.I64, place&^7), 1)
		l.Store(ir.StorePtr, way, 0, l.PtrAdd(l.scratch, int64(8*l.random.IntN(8))))
		p := l.Load(ir.LoadPtr, way, 0)
		one := l.Load(ir.Load64, p, 8)
		l.mix(l.Load(ir.Load64, p, int64(8*l.random.IntN(3))))
		l.mix(one)
	}
}

// distance computes with pointers that are far away.
func (l limits) distance() {
	p := l.PtrAdd(l.PtrAdd(l.opaque(ir.Ptr), int64(int32(l.number()))), int64(int32(l.number())))
	l.mix(l.PtrDiff(p, l.operand(ir.Ptr)))
	index := l.operand(ir.I64)
	l.mix(l.PtrDiff(l.PtrIndex(p, index, oneOf[int64](l.generator, 1, 2, 4, 8)), l.scratch))
}

// switched: the number has other bits above it.
func (l limits) switched() {
	wide := l.Or(l.And(l.pick(ir.I64), l.Const(ir.I64, 3)), l.Const(ir.I64, l.random.Int64()<<32))
	index := l.Convert(ir.Trunc64to32, wide)
	if l.random.IntN(4) == 0 {
		index = l.operand(ir.I32)
	}
	join := l.NewBlock(ir.I64)
	edges := make([]ir.Edge, 4)
	for n := range edges {
		edges[n] = ir.To(l.NewBlock())
	}
	l.Switch(index, edges[0], edges[1:]...)
	for n, e := range edges {
		l.SetBlock(e.To)
		l.Jump(join, l.AddConst(l.sum, int64(n)))
	}
	l.SetBlock(join)
	l.sum = join.Params[0]
}

// room checks for room where there is just enough, and seldom where there is not.
func (l limits) room() {
	n := max(0, l.far(1)) & (1<<25 - 1)
	missing := int64(0)
	if l.random.IntN(16) == 0 {
		missing = 1
	}
	spare := l.random.Int64N(4)
	if l.random.IntN(2) == 0 {
		l.CheckBounds(l.PtrIndex(l.sourceEnd, l.Const(ir.I64, missing-n-spare), 1), l.sourceEnd, n+spare)
		return
	}
	count := l.Convert(ir.ZeroExt32to64, l.Convert(ir.Trunc64to32, l.And(l.pick(ir.I64), l.Const(ir.I64, 0xfff))))
	if l.random.IntN(2) == 0 {
		count = l.And(count, l.Const(ir.I64, 0xff0))
	}
	if l.random.IntN(16) == 0 {
		count = l.AddConst(count, -1)
	}
	l.CheckBoundsN(l.PtrIndex(l.PtrIndex(l.sourceEnd, l.Const(ir.I64, missing-n), 1), l.Sub(l.Const(ir.I64, 0), count), 1), l.sourceEnd, count, n)
}

// exit takes as many words as there can be both ways.
func (l limits) exit() {
	args := make([]*ir.Value, ir.MaxExitArgs)
	for n := range args {
		args[n] = l.operand(oneOf(l.generator, ir.I64, ir.Ptr))
	}
	types := make([]ir.Type, ir.MaxExitResults)
	for n := range types {
		types[n] = ir.I64
	}
	for _, v := range l.Exit(l.config.FirstExitCode+ExitWords, types, args...) {
		l.mix(v)
	}
}
