package irtest

import "github.com/tagwire/tagwire/ir"

func (g *generator) arithmetic() {
	t := oneOf(g, integerTypes...)
	x, y := g.pick(t), g.pick(t)
	if g.random.IntN(3) == 0 {
		y = g.Const(t, g.number())
	}
	if g.random.IntN(8) == 0 {
		x = g.Const(t, g.number())
	}
	v := g.keep(g.Binary(oneOf(g, ir.Add, ir.Sub, ir.And, ir.Or, ir.Xor, ir.Shl, ir.Shr, ir.Sar), x, y))
	if g.random.IntN(2) == 0 {
		g.mix(v)
	}
}

func (g *generator) choose() {
	t := oneOf(g, wideTypes...)
	x, y := g.pick(t), g.pick(t)
	if g.random.IntN(3) == 0 {
		g.keep(g.SetCC(g.cond(), x, y))
		return
	}
	result := oneOf(g, wideTypes...)
	g.keep(g.Select(g.cond(), x, y, g.pick(result), g.pick(result)))
	if g.random.IntN(3) == 0 { // a condition that goes through a value
		flag := g.SetCC(g.cond(), x, y)
		g.keep(g.Select(oneOf(g, ir.Eq, ir.Ne), flag, g.Const(ir.I32, int64(g.random.IntN(2))), g.pick(result), g.pick(result)))
	}
}

// conversions by the type they take.
var conversions = map[ir.Type][]ir.Op{
	ir.I8:  {ir.ZeroExt8to32, ir.ZeroExt8to64, ir.SignExt8to32, ir.SignExt8to64},
	ir.I16: {ir.ZeroExt16to32, ir.ZeroExt16to64, ir.SignExt16to32, ir.SignExt16to64},
	ir.I32: {ir.ZeroExt32to64, ir.SignExt32to64, ir.Trunc32to8, ir.Trunc32to16},
	ir.I64: {ir.Trunc64to8, ir.Trunc64to16, ir.Trunc64to32},
}

func (g *generator) convert() {
	t := oneOf(g, ir.I8, ir.I16, ir.I32, ir.I64)
	v := g.keep(g.Convert(oneOf(g, conversions[t]...), g.pick(t)))
	if more := conversions[v.Type]; g.random.IntN(2) == 0 {
		v = g.keep(g.Convert(oneOf(g, more...), v))
	}
	g.mix(v)
}

func (g *generator) bits() {
	t := oneOf(g, integerTypes...)
	x := g.pick(t)
	switch g.random.IntN(4) {
	case 0:
		g.keep(g.SetBit(x, g.random.IntN(t.Bits())))
	case 1:
		g.mix(g.keep(oneOf(g, g.ZigZag, g.UnZigZag)(x)))
	case 2:
		g.sevens(g.pick(ir.I64))
	default:
		g.mix(g.keep(g.MulConst(x, int64(int32(g.number())))))
	}
}

// sevens does what varints are made of and read by.
func (g *generator) sevens(x *ir.Value) {
	if g.random.IntN(2) == 0 { // any number of bits
		x = g.Binary(ir.Shr, x, g.pick(ir.I64))
	}
	if g.random.IntN(2) == 0 { // and of zeros below them
		x = g.Binary(ir.Shl, x, g.pick(ir.I64))
	}
	g.mix(g.keep(oneOf(g, g.CountLeadingZeros, g.CountTrailingZeros, g.Gather7, g.Spread7)(x)))
	ones := g.Const(ir.I64, -1)
	inverted, less := g.Xor(x, ones), g.Add(x, ones)
	switch y := g.pick(ir.I64); g.random.IntN(6) {
	case 0:
		g.mix(g.keep(g.And(inverted, y)))
	case 1:
		g.mix(g.keep(g.And(y, inverted)))
	case 2:
		g.mix(g.keep(g.Xor(x, less)))
	case 3:
		g.mix(g.keep(g.And(less, x)))
	case 4:
		g.mix(g.And(g.keep(inverted), g.Const(ir.I64, g.number())))
	case 5:
		g.mix(g.Xor(g.keep(less), x))
	}
}

// loads with the width of each.
var loads = []struct {
	op    ir.Op
	width int64
}{
	{ir.Load8, 1}, {ir.Load16, 2}, {ir.Load32, 4}, {ir.Load64, 8},
	{ir.LoadBE16, 2}, {ir.LoadBE32, 4}, {ir.LoadBE64, 8}, {ir.LoadPtr, 8},
}

// stores with the width and the type of each.
var stores = []struct {
	op    ir.Op
	width int64
	typ   ir.Type
}{
	{ir.Store8, 1, ir.I8}, {ir.Store16, 2, ir.I16}, {ir.Store32, 4, ir.I32}, {ir.Store64, 8, ir.I64},
	{ir.StoreBE16, 2, ir.I16}, {ir.StoreBE32, 4, ir.I32}, {ir.StoreBE64, 8, ir.I64}, {ir.StorePtr, 8, ir.Ptr},
}

// decode reads some fixed-size fields at the source cursor and moves it behind them.
func (g *generator) decode() {
	for range 1 + g.random.IntN(4) {
		load := oneOf(g, loads...)
		room := load.width + int64(g.random.IntN(4))
		g.CheckBounds(g.source, g.sourceEnd, room)
		offset := int64(g.random.IntN(int(room-load.width) + 1))
		g.mix(g.keep(g.LoadSource(load.op, g.source, offset)))
		if g.random.IntN(4) == 0 { // once more
			g.mix(g.Load(load.op, g.source, offset))
		}
		g.source = g.PtrAdd(g.source, room)
	}
}

// encode writes some fixed-size fields at the target cursor, many of them constants, and moves it behind them. Room is
// checked for each, or for all at once.
func (g *generator) encode() {
	fields := 1 + g.random.IntN(8)
	each := g.random.IntN(2) == 0
	end := g.targetEnd
	if g.random.IntN(6) == 0 {
		end = g.PtrAdd(end, -3) // another end, for some
	}
	if !each {
		g.CheckBounds(g.target, end, int64(8*fields))
	}
	base, offset := g.target, int64(0)
	for range fields {
		store := oneOf(g, stores...)
		if each {
			g.CheckBounds(g.target, oneOf(g, end, g.targetEnd), store.width)
		}
		if g.random.IntN(8) == 0 && (offset > 0 || !each) { // a look at what is there, and at what is not there yet
			most := offset
			if !each {
				most = int64(8 * fields)
			}
			g.mix(g.Load(ir.Load8, base, int64(g.random.IntN(int(most)))))
		}
		v := g.pick(store.typ)
		if g.random.IntN(4) > 0 {
			v = g.Const(store.typ, g.number())
		}
		if g.random.IntN(2) == 0 {
			g.Store(store.op, base, offset, v)
		} else {
			g.Store(store.op, g.target, 0, v)
		}
		if g.random.IntN(12) == 0 && offset > 0 { // over what is there
			g.Store(ir.Store8, base, int64(g.random.IntN(int(offset))), g.pick(ir.I8))
		}
		offset += store.width
		g.target = g.PtrAdd(g.target, store.width)
		g.between()
	}
}

// between makes something that may stand between two stores.
func (g *generator) between() {
	switch g.random.IntN(12) {
	case 0:
		g.arithmetic()
	case 1:
		g.keep(g.Load(ir.Load32, g.scratch, g.scratchOffset(4)))
	case 2:
		g.frame()
	case 3:
		g.decode()
	case 4:
		g.Store(ir.Store16, g.scratch, g.scratchOffset(2), g.pick(ir.I16))
	}
}

func (g *generator) times(count *ir.Value, width int64) *ir.Value {
	if width == 1 {
		return count
	}
	return g.MulConst(count, width)
}

// spare returns how much more room to ask for than is needed, mostly none.
func (g *generator) spare() int64 {
	if g.random.IntN(3) == 0 {
		return int64(g.random.IntN(24))
	}
	return 0
}

// scratchOffset returns an offset at which an access of the given width stays in the scratch memory; often one near the
// start, so that accesses meet.
func (g *generator) scratchOffset(width int64) int64 {
	if g.random.IntN(4) > 0 {
		return oneOf[int64](g, 0, 1, 4, 8, 12)
	}
	return int64(g.random.IntN(ScratchSize - int(width)))
}

// scratchAccess reads and writes where loads and stores may meet, by pointers that look different.
func (g *generator) scratchAccess() {
	base, least, most := g.scratch, int64(0), int64(ScratchSize)
	switch g.random.IntN(3) {
	case 0:
		base, least, most = g.Address("object"), -ObjectOffset, ScratchSize-ObjectOffset
	case 1:
		index := g.And(g.pick(ir.I64), g.Const(ir.I64, 7))
		scale := oneOf[int64](g, 1, 2, 4, 8)
		base, most = g.PtrIndex(g.scratch, index, scale), ScratchSize-7*scale
	}
	offset := func(width int64) int64 { return least + min(g.scratchOffset(width), most-least-width) }
	if g.random.IntN(2) == 0 {
		load := oneOf(g, loads...)
		g.mix(g.keep(g.Load(load.op, base, offset(load.width))))
		return
	}
	store := oneOf(g, stores...)
	at := offset(store.width)
	for range 1 + g.random.IntN(3) {
		g.Store(store.op, base, at, g.pick(store.typ))
		at = min(at+store.width, most-store.width)
	}
}

// pointers computes with pointers without following them.
func (g *generator) pointers() {
	p := g.PtrAdd(g.pick(ir.Ptr), int64(int16(g.number())))
	switch g.random.IntN(4) {
	case 0:
		p = g.PtrAdd(p, int64(g.random.IntN(16)))
	case 1:
		p = g.PtrIndex(p, g.pick(ir.I64), oneOf[int64](g, 1, 2, 4, 8))
	case 2:
		p = g.PtrIndex(p, g.Const(ir.I64, int64(g.random.IntN(100))), oneOf[int64](g, 1, 2, 4, 8))
	}
	g.mix(g.PtrDiff(g.keep(p), g.pick(ir.Ptr)))
}

// again does something twice with something else in between, which may change what comes out, or may not.
func (g *generator) again() {
	var what func() *ir.Value
	t := oneOf(g, wideTypes...)
	x, y, c := g.pick(t), g.pick(t), g.cond()
	load, at, offset := oneOf(g, loads...), g.scratchOffset(8), g.frameOffset()
	source := g.source
	n, m := g.pick(ir.I32), g.pick(ir.I32)
	between := g.random.IntN(8)
	switch g.random.IntN(7) {
	case 0:
		between = oneOf(g, 2, between)
		g.CheckBounds(source, g.sourceEnd, load.width)
		what = func() *ir.Value { return g.LoadSource(load.op, source, 0) }
	case 6:
		what = func() *ir.Value { x, y = y, x; return g.SetCC(c, x, y) }
	case 1:
		what = func() *ir.Value { return g.FrameLoad(ir.I64, offset) }
	case 2:
		op := oneOf(g, ir.Add, ir.Sub, ir.Xor, ir.Shl)
		what = func() *ir.Value { n, m = m, n; return g.Binary(op, n, m) }
	default:
		what = func() *ir.Value { return g.Load(load.op, g.scratch, at) }
	}
	first := what()
	g.left--
	switch between {
	case 0:
		g.Store(ir.Store64, g.Address("object"), at-ObjectOffset, g.sum)
	case 1:
		g.FrameStore(offset, g.sum)
	case 2:
		if !g.config.NoExits {
			g.exit()
		}
	default:
		g.statement()
	}
	g.mix(first)
	g.mix(what())
}

// frameOffset returns the offset of a word of the Frame, often of one of the first.
func (g *generator) frameOffset() int64 {
	return g.config.FrameOffset + int64(8*g.random.IntN(oneOf(g, 3, FrameWords)))
}

func (g *generator) frame() {
	offset := g.frameOffset()
	switch g.random.IntN(4) {
	case 0:
		g.FrameStore(offset, g.pick(ir.I64))
	case 1:
		g.FrameStore(offset, g.pick(ir.Ptr))
	case 2:
		g.mix(g.keep(g.FrameLoad(ir.Ptr, offset)))
	default:
		g.mix(g.keep(g.FrameLoad(ir.I64, offset)))
	}
}

// check fails now and then.
func (g *generator) check() {
	switch g.random.IntN(4) {
	case 0:
		g.CheckBounds(g.source, g.sourceEnd, int64(g.random.IntN(30)))
		return
	case 1:
		g.CheckBounds(g.target, g.targetEnd, int64(g.random.IntN(30)))
		return
	}
	if g.random.IntN(8) == 0 {
		wide := g.pick(ir.I64)
		if g.random.IntN(4) > 0 { // else it nearly always fails
			wide = g.Convert(ir.ZeroExt16to64, g.Convert(ir.Trunc64to16, wide))
		}
		g.mix(g.keep(g.Narrow(wide)))
		return
	}
	t := oneOf(g, wideTypes...)
	if g.random.IntN(8) == 0 {
		g.FailIf(g.cond(), g.pick(t), g.pick(t))
		return
	}
	g.FailIf(ir.Eq, g.pick(ir.I64), g.Const(ir.I64, g.number()))
}

func (g *generator) exit() {
	if g.random.IntN(3) == 0 {
		out := g.Exit(g.config.FirstExitCode+ExitPointer, []ir.Type{ir.Ptr}, g.pick(ir.Ptr))
		g.keep(out[0])
		return
	}
	args := make([]*ir.Value, g.random.IntN(ir.MaxExitArgs+1))
	for n := range args {
		args[n] = g.pick(oneOf(g, ir.I64, ir.Ptr))
	}
	types := make([]ir.Type, g.random.IntN(4))
	for n := range types {
		types[n] = ir.I64
	}
	for _, v := range g.Exit(g.config.FirstExitCode+ExitWords, types, args...) {
		g.mix(g.keep(v))
	}
}

func (g *generator) call() {
	out := g.Call("helper", results, g.source, g.sourceEnd, g.target, g.targetEnd, g.scratch, g.pick(ir.I64))
	g.target = out[0]
	g.mix(g.keep(out[1]))
}

func (g *generator) skip() {
	kind := g.And(g.pick(ir.I32), g.Const(ir.I32, 11))
	g.source = g.SkipValue("test", g.source, g.sourceEnd, kind, g.Const(ir.I64, 8))
}

// carried returns the types of what a block gets from those before it: cursors, sum, and some more.
func (g *generator) carried() []ir.Type {
	types := []ir.Type{ir.Ptr, ir.Ptr, ir.I64}
	for range g.random.IntN(5) {
		types = append(types, oneOf(g, allTypes...))
	}
	return types
}

// pass returns the arguments for a block with parameters of the given types.
func (g *generator) pass(types []ir.Type) []*ir.Value {
	args := []*ir.Value{g.source, g.target, g.sum}
	for _, t := range types[len(args):] {
		args = append(args, g.pick(t))
	}
	return args
}

// receive goes on in a block with such parameters.
func (g *generator) receive(b *ir.Block) {
	g.SetBlock(b)
	g.source, g.target, g.sum = b.Params[0], b.Params[1], b.Params[2]
	for _, p := range b.Params[3:] {
		g.keep(p)
	}
}

// way fills a block with statements and leads it to join.
func (g *generator) way(b, join *ir.Block, types []ir.Type) {
	g.SetBlock(b)
	g.statements()
	g.Jump(join, g.pass(types)...)
}

func (g *generator) branch() {
	t := oneOf(g, wideTypes...)
	types := g.carried()
	join := g.NewBlock(types...)
	then := g.NewBlock()
	before := g.save()
	if g.random.IntN(3) == 0 { // one way is empty: a critical edge
		g.Branch(g.cond(), g.pick(t), g.pick(t), ir.To(join, g.pass(types)...), ir.To(then))
		g.way(then, join, types)
	} else {
		otherwise := g.NewBlock()
		g.Branch(g.cond(), g.pick(t), g.pick(t), ir.To(then), ir.To(otherwise))
		g.way(then, join, types)
		g.restore(before)
		g.way(otherwise, join, types)
	}
	g.restore(before)
	g.receive(join)
}

// aside branches to a block that fails or that only exits.
func (g *generator) aside() {
	on := g.NewBlock()
	to := g.NewBlock()
	x, y := g.pick(ir.I64), g.Const(ir.I64, g.number())
	if g.random.IntN(4) == 0 { // seldom equal, but not never
		x = g.And(x, g.Const(ir.I64, 3))
		y = g.Const(ir.I64, int64(g.random.IntN(4)))
	}
	if g.random.IntN(2) == 0 {
		g.Branch(ir.Eq, x, y, ir.To(to), ir.To(on))
	} else {
		g.Branch(ir.Ne, x, y, ir.To(on), ir.To(to))
	}
	g.SetBlock(to)
	if g.config.NoExits || g.random.IntN(2) == 0 {
		if g.random.IntN(3) == 0 {
			g.Store(ir.Store64, g.scratch, 0, x)
		}
		g.Fail()
	} else {
		g.Exit(g.config.FirstExitCode+ExitWords, nil, x)
		g.Jump(on)
	}
	g.SetBlock(on)
}

func (g *generator) switched() {
	types := g.carried()
	join := g.NewBlock(types...)
	index := g.And(g.pick(ir.I32), g.Const(ir.I32, oneOf[int64](g, 3, 7)))
	edges := make([]ir.Edge, 3+g.random.IntN(5))
	var blocks []*ir.Block
	for n := range edges {
		switch {
		case g.random.IntN(4) == 0:
			edges[n] = ir.To(join, g.pass(types)...)
		case n > 0 && g.random.IntN(3) == 0:
			edges[n] = edges[0] // as unknown numbers go to the default
		default:
			b := g.NewBlock()
			blocks = append(blocks, b)
			edges[n] = ir.To(b)
		}
	}
	g.Switch(index, edges[0], edges[1:]...)
	before := g.save()
	for _, b := range blocks {
		g.restore(before)
		g.way(b, join, types)
	}
	g.restore(before)
	g.receive(join)
}

// loop runs its body a few times. What goes around is exchanged on the way.
func (g *generator) loop() {
	types := g.carried()
	header := g.NewBlock(append(types, ir.I64)...)
	times := g.Const(ir.I64, int64(1+g.random.IntN(4)))
	g.Jump(header, append(g.pass(types), times)...)
	before := g.save()
	g.receive(header)
	left := header.Params[len(types)]
	extra := header.Params[3:len(types)]
	g.statements()
	left = g.AddConst(left, -1)
	args := append(g.pass(types), left)
	for n, p := range extra {
		for _, other := range extra[n+1:] {
			if other.Type == p.Type { // change places
				args[3+n] = other
			}
		}
	}
	exits := g.carried()
	behind := g.NewBlock(exits...)
	g.Branch(ir.Ne, left, g.Const(ir.I64, 0), ir.To(header, args...), ir.To(behind, g.pass(exits)...))
	pool := g.pool // the header dominates what comes behind
	g.restore(before)
	g.pool = pool
	g.receive(behind)
}
