package regalloc

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/tagwire/tagwire/fuzz/effort"
)

// generator makes random functions that keep the rules of Verify. Control flow is structured: branches that join, loops,
// cold detours and a common block for failure.
type generator struct {
	choice func(n int) int // a number below n
	f      *Function
	target *Target
	blocks []*draft
	at     *draft
	scope  []VReg // values that may be used
	fail   *draft
	budget int
}

// A draft is a block before the layout is known.
type draft struct {
	cold         bool
	params       []VReg
	instructions []draftInstruction
	edges        []draftEdge
}

type draftInstruction struct {
	clobbers RegSet
	operands []Operand
}

type draftEdge struct {
	to        *draft
	arguments []VReg
}

// generate returns a random function of about size instructions.
func generate(choice func(int) int, size int) *Function {
	g := &generator{choice: choice, f: &Function{}, budget: size}
	g.target = newTestTarget(6+choice(6), 6+choice(4), choice(2) == 0)
	g.f.Reset(g.target)
	g.fail = &draft{cold: true}
	g.fail.add(0)
	g.at = g.newBlock(false)
	g.entry()
	for g.budget > 0 {
		g.statements(3)
	}
	g.finalUses()
	return g.emit()
}

// seeded returns a source of choices for generate.
func seeded(seed uint64) func(int) int {
	return rand.New(rand.NewPCG(seed, 0)).IntN
}

func (g *generator) chance(percent int) bool { return g.choice(100) < percent }

func (g *generator) newBlock(cold bool, params ...VReg) *draft {
	d := &draft{cold: cold, params: params}
	g.blocks = append(g.blocks, d)
	return d
}

func (d *draft) add(clobbers RegSet, operands ...Operand) {
	d.instructions = append(d.instructions, draftInstruction{clobbers, operands})
}

func (d *draft) jump(to *draft, arguments ...VReg) {
	d.add(0)
	d.edges = append(d.edges, draftEdge{to, arguments})
}

// entry defines some values in fixed registers, as the arguments of a function come.
func (g *generator) entry() {
	var operands []Operand
	for k := range 1 + g.choice(4) {
		v := g.f.NewValue(0)
		operands = append(operands, DefIn(v, g.target.Classes[0].Order[k]))
		g.scope = append(g.scope, v)
	}
	g.at.add(0, operands...)
}

// finalUses reads some of the values at the end, two at a time.
func (g *generator) finalUses() {
	var operands []Operand
	for _, v := range g.scope {
		if g.chance(30) {
			operands = append(operands, Use(v))
		}
	}
	for two := range slices.Chunk(operands, 2) {
		g.at.add(0, two...)
	}
	g.at.add(0)
}

func (g *generator) statements(depth int) {
	for n := 1 + g.choice(12); n > 0 && g.budget > 0; n-- {
		g.budget--
		switch g.choice(12) {
		case 0:
			if depth > 0 {
				g.branch(depth)
			}
		case 1:
			if depth > 0 {
				g.loop(depth)
			}
		case 2:
			g.coldDetour()
		case 3:
			g.failure()
		case 4:
			g.call()
		case 5:
			v := g.f.NewConstant(Class(g.choice(2)))
			g.at.add(0, Def(v))
			g.scope = append(g.scope, v)
		default:
			g.operation()
		}
	}
}

// pick returns a value that may be used, most often a recent one.
func (g *generator) pick() VReg {
	if g.chance(60) {
		return g.scope[len(g.scope)-1-g.choice(min(6, len(g.scope)))]
	}
	return g.scope[g.choice(len(g.scope))]
}

// pickOf returns a value of the class, if there is one nearby.
func (g *generator) pickOf(c Class) (VReg, bool) {
	for range 8 {
		if v := g.pick(); g.f.class(v) == c {
			return v, true
		}
	}
	return 0, false
}

// registerOf returns a random register of a class.
func (g *generator) registerOf(c Class) PReg {
	order := g.target.Classes[c].Order
	return order[g.choice(len(order))]
}

// operation adds an instruction with random constraints. It has at most two uses, so that it can be allocated with six
// registers.
func (g *generator) operation() {
	var operands []Operand
	var clobbers RegSet
	for range g.choice(3) {
		v := g.pick()
		if o := UseIn(v, g.registerOf(g.f.class(v))); g.chance(15) && !slices.Contains(operands, o) && !wantsFixed(operands, o.Fixed) {
			operands = append(operands, o)
		} else {
			operands = append(operands, Use(v))
		}
	}
	inRegisters := len(operands)
	if g.chance(15) {
		clobbers |= Regs(g.registerOf(Class(g.choice(2))))
	}
	first := len(operands)
	if inRegisters > 0 && operands[0].Constraint == InRegister && g.chance(40) {
		operands = append(operands, DefTied(g.f.NewValue(g.f.class(operands[0].Reg)), 0))
	}
	if g.chance(15) {
		operands = append(operands, DefEarly(g.f.NewValue(Class(g.choice(2)))))
	}
	if g.chance(15) {
		c := Class(g.choice(2))
		operands = append(operands, DefIn(g.f.NewValue(c), g.registerOf(c)))
	}
	if g.chance(60) {
		operands = append(operands, Def(g.f.NewValue(Class(min(1, g.choice(5)/4)))))
	}
	for _, o := range operands[first:] {
		g.scope = append(g.scope, o.Reg)
	}
	g.at.add(clobbers, operands...)
}

func wantsFixed(operands []Operand, p PReg) bool {
	return slices.ContainsFunc(operands, func(o Operand) bool { return o.Constraint == InFixed && o.Fixed == p })
}

// call adds an instruction that clobbers all registers, with arguments and a result.
func (g *generator) call() {
	var operands []Operand
	for k := range g.choice(4) {
		if v, ok := g.pickOf(0); ok {
			operands = append(operands, UseIn(v, g.target.Classes[0].Order[k]))
		}
	}
	if g.chance(70) {
		v := g.f.NewValue(0)
		operands = append(operands, DefIn(v, g.target.Classes[0].Order[0]))
		g.scope = append(g.scope, v)
	}
	g.at.add(g.target.allRegisters(), operands...)
}

// split ends the block with a branch to new blocks.
func (g *generator) split(cold ...bool) []*draft {
	g.at.add(0, Use(g.pick()))
	var targets []*draft
	for _, c := range cold {
		to := g.newBlock(c || g.at.cold)
		g.at.edges = append(g.at.edges, draftEdge{to: to})
		targets = append(targets, to)
	}
	return targets
}

// branch adds two to four ways that join, with values that depend on the way.
func (g *generator) branch(depth int) {
	outside := len(g.scope)
	classes := make([]Class, g.choice(4))
	for k := range classes {
		classes[k] = Class(g.choice(2))
		if _, ok := g.pickOf(classes[k]); !ok {
			classes[k] = 0
		}
	}
	ways := make([]bool, 2+g.choice(3))
	for k := range ways {
		ways[k] = g.chance(25)
	}
	join := &draft{cold: g.at.cold}
	targets := g.split(ways...)
	for _, to := range targets {
		g.at = to
		g.statements(depth - 1)
		g.at.jump(join, g.arguments(classes)...)
		g.scope = g.scope[:outside]
	}
	for _, c := range classes {
		join.params = append(join.params, g.f.NewValue(c))
	}
	g.scope = append(g.scope, join.params...)
	g.blocks = append(g.blocks, join)
	g.at = join
}

// arguments picks values of the classes. Entry defines an integer, so one is always found by going through all.
func (g *generator) arguments(classes []Class) []VReg {
	var values []VReg
	for _, c := range classes {
		v, ok := g.pickOf(c)
		if !ok {
			v = g.scope[slices.IndexFunc(g.scope, func(v VReg) bool { return g.f.class(v) == c })]
		}
		values = append(values, v)
	}
	return values
}

func (g *generator) loop(depth int) {
	classes := make([]Class, g.choice(4))
	for k := range classes {
		if _, ok := g.pickOf(1); ok {
			classes[k] = Class(g.choice(2))
		}
	}
	header := &draft{cold: g.at.cold}
	g.at.jump(header, g.arguments(classes)...)
	for _, c := range classes {
		header.params = append(header.params, g.f.NewValue(c))
	}
	g.blocks = append(g.blocks, header)
	g.at = header
	g.scope = append(g.scope, header.params...)
	if g.chance(30) { // leave at the top
		targets := g.split(false, false)
		outside := len(g.scope)
		g.at = targets[0]
		g.statements(depth - 1)
		g.at.jump(header, g.arguments(classes)...)
		g.scope = g.scope[:outside]
		g.at = targets[1]
		return
	}
	g.statements(depth - 1)
	targets := g.split(false, false)
	targets[0].jump(header, g.arguments(classes)...)
	g.at = targets[1]
}

// coldDetour adds a cold way around, with a call on it.
func (g *generator) coldDetour() {
	outside := len(g.scope)
	carried := g.arguments(make([]Class, g.choice(2)))
	targets := g.split(false, true)
	join := &draft{cold: g.at.cold}
	targets[0].jump(join, carried...)
	g.at = targets[1]
	g.call()
	g.at.jump(join, g.arguments(make([]Class, len(carried)))...)
	g.scope = g.scope[:outside]
	for range carried {
		join.params = append(join.params, g.f.NewValue(0))
	}
	g.scope = append(g.scope, join.params...)
	g.blocks = append(g.blocks, join)
	g.at = join
}

// failure adds a branch to the common block for failure, which needs no values, so the edge may be critical.
func (g *generator) failure() {
	targets := g.split(false)
	g.at.edges = append(g.at.edges, draftEdge{to: g.fail})
	if !slices.Contains(g.blocks, g.fail) {
		g.blocks = append(g.blocks, g.fail)
	}
	g.at = targets[0]
}

// emit lays the blocks out, sometimes in random order: the allocator must not rely on a good one.
func (g *generator) emit() *Function {
	if g.chance(30) {
		rest := g.blocks[1:]
		for n := len(rest) - 1; n > 0; n-- {
			m := g.choice(n + 1)
			rest[n], rest[m] = rest[m], rest[n]
		}
	} else {
		slices.SortStableFunc(g.blocks, func(a, b *draft) int {
			switch {
			case a.cold == b.cold:
				return 0
			case b.cold:
				return -1
			}
			return 1
		})
	}
	for _, d := range g.blocks {
		g.f.StartBlock(d.cold, d.params...)
		for _, i := range d.instructions {
			g.f.Add(i.clobbers, i.operands...)
		}
		for _, e := range d.edges {
			g.f.AddEdge(slices.Index(g.blocks, e.to), e.arguments...)
		}
	}
	return g.f
}

// TestRandomFunctions allocates random functions with one allocator, checks each result and executes it.
func TestRandomFunctions(t *testing.T) {
	var a Allocator
	seeds := effort.Of(800, 200)
	if *long {
		seeds = 20_000
	}
	for seed := range uint64(seeds) {
		f := generate(seeded(seed), 5+int(seed%100))
		checkAllocation(t, &a, f)
	}
}
