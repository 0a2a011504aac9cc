package irtest

import (
	"math/rand/v2"

	"github.com/tagwire/tagwire/ir"
)

// A Config says what generated functions may contain.
type Config struct {
	Statements    int   // about how many; 0 means 40
	FirstExitCode int64 // exits have the codes from here on
	FrameOffset   int64 // of the first of FrameWords words that functions may use
	NoExits       bool
	NoCalls       bool
	NoSkips       bool // no SkipValue
}

// Exit codes, to be added to Config.FirstExitCode.
const (
	ExitWords   = 0 // some words in, some words out
	ExitPointer = 1 // a pointer in, the same pointer out
)

// A Program is a main function and what it calls.
type Program struct {
	Config Config
	Funcs  []*ir.Func
}

// Main returns the function to run.
func (p *Program) Main() *ir.Func { return p.Funcs[0] }

// Clone returns a program of its own, by way of the text form.
func (p *Program) Clone() (*Program, error) {
	text := ""
	for _, f := range p.Funcs {
		text += f.String()
	}
	funcs, err := ir.ParseAll(text)
	if err != nil {
		return nil, err
	}
	return &Program{Config: p.Config, Funcs: funcs}, nil
}

// Generate makes a program out of seed. All its functions are
//
//	func(source, sourceEnd, target, targetEnd, scratch ptr, n i64) (target ptr, i64)
//
// The main function leaves the cursor in the source in the first word of the Frame. They end, and they fault in no environment: accesses come after checks of room, or stay within the scratch memory.
// They are full of what passes and backends have to deal with: runs of checks and of stores, stores that may alias
// loads, loops that exchange values, branches aside to failures and exits, many values alive at once.
func Generate(seed uint64, c Config) *Program {
	if c.Statements == 0 {
		c.Statements = 40
	}
	random := rand.New(rand.NewPCG(seed, 0))
	p := &Program{Config: c}
	p.Funcs = append(p.Funcs, generate(random, c, "main", c.Statements))
	if !c.NoCalls {
		c.NoCalls = true
		p.Funcs = append(p.Funcs, generate(random, c, "helper", c.Statements/4+1))
	}
	return p
}

// signature of all generated functions.
var (
	signature = []ir.Type{ir.Ptr, ir.Ptr, ir.Ptr, ir.Ptr, ir.Ptr, ir.I64}
	results   = []ir.Type{ir.Ptr, ir.I64}
)

// generator holds what is known at the place where the next statement goes.
type generator struct {
	*ir.Builder
	random *rand.Rand
	config Config

	// What statements pass on to each other. Cursors are somewhere up to their ends.
	source, target *ir.Value
	sum            *ir.Value // an I64 into which results are mixed

	sourceEnd, targetEnd, scratch *ir.Value
	pool                          [ir.Ptr + 1][]*ir.Value // values that can be used here, by type

	left int // statements still to make
	nest int // how deep we are in branches and loops
}

// newGenerator begins with a function.
func newGenerator(random *rand.Rand, c Config, name string) *generator {
	b := ir.NewBuilder(name, signature, results)
	g := &generator{Builder: b, random: random, config: c}
	g.source, g.sourceEnd, g.target, g.targetEnd = b.Param(0), b.Param(1), b.Param(2), b.Param(3)
	g.scratch, g.sum = b.Param(4), b.Param(5)
	for _, t := range []ir.Type{ir.I8, ir.I16, ir.I32, ir.I64} {
		g.keep(b.Const(t, g.number()))
	}
	g.keep(g.sum)
	g.keep(g.scratch)
	g.keep(b.Nil())
	return g
}

func generate(random *rand.Rand, c Config, name string, statements int) *ir.Func {
	g := newGenerator(random, c, name)
	g.left = statements
	g.statements()
	// Values from far back are still needed here, if they can be reached.
	for range g.random.IntN(24) {
		g.mix(g.any())
	}
	if name == "main" {
		g.FrameStore(c.FrameOffset, g.source)
	}
	g.Return(g.target, g.sum)
	return g.Finish()
}

// keep puts a value into the pool.
func (g *generator) keep(v *ir.Value) *ir.Value {
	g.pool[v.Type] = append(g.pool[v.Type], v)
	return v
}

// pick returns a value of type t, more often a young one.
func (g *generator) pick(t ir.Type) *ir.Value {
	pool := g.pool[t]
	if g.random.IntN(2) == 0 {
		pool = pool[len(pool)-min(len(pool), 4):]
	}
	return pool[g.random.IntN(len(pool))]
}

func (g *generator) any() *ir.Value { return g.pick(oneOf(g, allTypes...)) }

var (
	allTypes     = []ir.Type{ir.I8, ir.I16, ir.I32, ir.I64, ir.Ptr}
	integerTypes = []ir.Type{ir.I32, ir.I64}
	wideTypes    = []ir.Type{ir.I32, ir.I64, ir.Ptr}
)

func oneOf[T any](g *generator, choices ...T) T { return choices[g.random.IntN(len(choices))] }

// number returns a constant that is likely to be of interest.
func (g *generator) number() int64 {
	switch g.random.IntN(6) {
	case 0:
		return oneOf[int64](g, 0, 1, -1, 2, 255, 256, -128, 1<<31-1, -1<<31, 1<<63-1, -1<<63)
	case 1:
		return int64(g.random.Uint64())
	case 2:
		return int64(int32(g.random.Uint32()))
	}
	return int64(g.random.IntN(64))
}

func (g *generator) cond() ir.Cond {
	return oneOf(g, ir.Eq, ir.Ne, ir.ULT, ir.ULE, ir.UGT, ir.UGE, ir.SLT, ir.SLE, ir.SGT, ir.SGE)
}

// mix makes a value count for the result.
func (g *generator) mix(v *ir.Value) {
	switch v.Type {
	case ir.I8:
		v = g.Convert(oneOf(g, ir.ZeroExt8to64, ir.SignExt8to64), v)
	case ir.I16:
		v = g.Convert(oneOf(g, ir.ZeroExt16to64, ir.SignExt16to64), v)
	case ir.I32:
		v = g.Convert(oneOf(g, ir.ZeroExt32to64, ir.SignExt32to64), v)
	case ir.Ptr:
		v = g.PtrDiff(v, g.scratch)
	}
	g.sum = g.Binary(oneOf(g, ir.Add, ir.Xor, ir.Sub), g.MulConst(g.sum, 31), v)
}

// statements makes statements until the count is used up, or, in a nested place, some.
func (g *generator) statements() {
	most := g.left
	if g.nest > 0 {
		most = 1 + g.random.IntN(5)
	}
	for ; most > 0 && g.left > 0; most-- {
		g.left--
		g.statement()
	}
}

func (g *generator) statement() {
	simple := []func(){
		g.arithmetic, g.arithmetic, g.arithmetic, g.choose, g.convert, g.bits, g.decode, g.decode, g.encode, g.encode, g.encode,
		g.bulk, g.search, g.varints, g.templates, g.scratchAccess, g.scratchAccess, g.pointers, g.frame, g.check, g.again, g.again, g.again,
	}
	if !g.config.NoExits {
		simple = append(simple, g.exit)
	}
	if !g.config.NoCalls {
		simple = append(simple, g.call)
	}
	if !g.config.NoSkips {
		simple = append(simple, g.skip)
	}
	nested := []func(){g.branch, g.aside, g.switched, g.loop}
	if g.nest < 3 && g.random.IntN(6) == 0 {
		g.nest++
		oneOf(g, nested...)()
		g.nest--
		return
	}
	oneOf(g, simple...)()
}

// A state is what has to be saved before one way is gone and the other one not.
type state struct {
	source, target, sum *ir.Value
	pool                [ir.Ptr + 1][]*ir.Value
}

func (g *generator) save() state { return state{g.source, g.target, g.sum, g.pool} }

func (g *generator) restore(s state) {
	g.source, g.target, g.sum, g.pool = s.source, s.target, s.sum, s.pool
}
