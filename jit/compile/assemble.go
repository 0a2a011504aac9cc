package compile

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/tagwire/tagwire/ir"
	"github.com/tagwire/tagwire/ir/lower"
)

// A backend makes machine code for one instruction set. It keeps its buffers from one function to the next and is used by
// one goroutine at a time. Of a package of a backend this is all that is used here.
type backend interface {
	// begin prepares for the functions of a unit.
	begin(unitSettings)
	// lower returns the machine code of a function. It calls step between its two steps, lowering and assembling.
	lower(f *ir.Func, step func()) (*assembled, error)
	// entry returns what Go enters to call a body with the given numbers of arguments and results.
	entry(name string, body lower.Symbol, arguments, results int, leaving bool) (*assembled, error)
	// fail returns the routine that leaves with the Fail exit, bulk the one that does the work of an op.
	fail() (*assembled, error)
	bulk(op ir.Op, fail lower.Symbol) (*assembled, error)
	// bulkOps are the ops that have routines.
	bulkOps() []ir.Op
	// link puts functions into one piece.
	link([]*lower.Code) (*lower.Segment, error)
}

// unitSettings are what a backend has to know of a unit.
type unitSettings struct {
	features Features
	symbols  *symbols
	// leaving names the functions that may leave for Go before they return.
	leaving map[string]bool
	// check has each register allocation checked. listed: assembled functions are to have a listing.
	check, listed bool
}

// An assembled is a function of a unit as a backend has made it.
type assembled struct {
	name string
	code *lower.Code
	// listing returns the assembly; nil unless it was asked for.
	listing func() string
}

// A compilerCache is the memory that compiling a unit takes and the next one can use again, and code that is the same in all
// units for the same features.
type compilerCache struct {
	backend  backend
	features Features
	routines map[ir.Op]*shared // by bulk op; ir.InvalidOp stands for the one that fails
	helpers  map[*ir.Func]*shared
}

func newCompilerCache() *compilerCache { return &compilerCache{backend: newBackend()} }

// compilerCaches keeps them for a while: types tend to be compiled one after the other.
var compilerCaches = sync.Pool{New: func() any { return newCompilerCache() }}

// prepare forgets code that is not for these features.
func (b *compilerCache) prepare(features Features) {
	if b.routines == nil || b.features != features {
		b.features, b.routines, b.helpers = features, map[ir.Op]*shared{}, map[*ir.Func]*shared{}
	}
}

func (c *Compilation) compile() (*Unit, error) {
	if c.List != nil { // what a listing shows is made for it
		return newCompilerCache().compile(c)
	}
	b := compilerCaches.Get().(*compilerCache) // not put back after an error or a panic
	u, err := b.compile(c)
	if err == nil {
		compilerCaches.Put(b)
	}
	return u, err
}

func (b *compilerCache) compile(c *Compilation) (*Unit, error) {
	b.prepare(c.Features)
	a := &assembly{symbols: newSymbols(c, b.backend.bulkOps())}
	leaving := leavingFunctions(c.Functions, c.Seldom)
	b.backend.begin(unitSettings{features: c.Features, symbols: a.symbols, leaving: leaving, check: c.Check, listed: c.List != nil})
	a.functions = make([]*assembled, len(c.Functions))
	for _, n := range largestFirst(c.Functions) {
		f := c.Functions[n]
		if h := b.helpers[f]; h != nil {
			a.functions[n] = h.link(a.symbols)
			continue
		}
		code, err := b.backend.lower(f, c.step)
		if err != nil {
			return nil, err
		}
		a.functions[n] = code
		c.step()
		if c.Finished.Has(c.Format, f) {
			b.helpers[f] = a.share(code)
		}
	}
	for _, n := range c.Entered {
		f := c.Functions[n]
		code, err := b.backend.entry(f.Name+".entry", lower.Symbol(n), len(f.Params()), len(f.Results), leaving[f.Name])
		if err != nil {
			return nil, err
		}
		a.add(code)
	}
	for _, op := range append([]ir.Op{ir.InvalidOp}, a.symbols.ops...) {
		if err := b.addRoutine(a, op); err != nil {
			return nil, err
		}
	}
	return b.link(a, c)
}

// largestFirst returns the indexes of functions in the order in which they are lowered: buffers that are large enough for the
// largest one need not grow again.
func largestFirst(functions []*ir.Func) []int {
	order := make([]int, len(functions))
	for n := range order {
		order[n] = n
	}
	slices.SortStableFunc(order, func(a, b int) int { return functions[b].ValueIDs() - functions[a].ValueIDs() })
	return order
}

// addRoutine adds a routine, assembled now or before.
func (b *compilerCache) addRoutine(a *assembly, op ir.Op) (err error) {
	if known := b.routines[op]; known != nil {
		a.add(known.link(a.symbols))
		return nil
	}
	var code *assembled
	if op == ir.InvalidOp {
		code, err = b.backend.fail()
	} else {
		code, err = b.backend.bulk(op, a.symbols.fail)
	}
	if err != nil {
		return err
	}
	a.add(code)
	b.routines[op] = a.share(code)
	return nil
}

// link links the functions and seals them.
func (b *compilerCache) link(a *assembly, c *Compilation) (*Unit, error) {
	var code []*lower.Code
	for _, f := range a.functions {
		code = append(code, f.code)
	}
	linked, err := b.backend.link(code)
	if err != nil {
		return nil, err
	}
	if c.List != nil {
		c.List(a.list(linked))
	}
	return c.seal(a.functions, linked)
}

// symbols are the numbers of the functions of a unit, and the permanent objects that they refer to.
type symbols struct {
	functions map[string]lower.Symbol
	names     []string // of the functions, by number
	fail      lower.Symbol
	ops       []ir.Op // the bulk ops whose routines follow fail
	bulk      map[ir.Op]lower.Symbol
	objects   map[string]uint64
}

func newSymbols(c *Compilation, bulkOps []ir.Op) *symbols {
	s := &symbols{
		functions: map[string]lower.Symbol{}, fail: lower.Symbol(len(c.Functions) + len(c.Entered)),
		ops: usedOps(c.Functions, bulkOps), bulk: map[ir.Op]lower.Symbol{}, objects: c.Objects,
	}
	for n, f := range c.Functions {
		s.functions[f.Name] = lower.Symbol(n)
		s.names = append(s.names, f.Name)
	}
	for n, op := range s.ops {
		s.bulk[op] = s.fail + 1 + lower.Symbol(n)
	}
	return s
}

// usedOps returns those of the ops that the functions have: the segment needs their routines only.
func usedOps(functions []*ir.Func, ops []ir.Op) (used []ir.Op) {
	var has [ir.OpCount]bool
	for _, f := range functions {
		for _, b := range f.Blocks {
			for _, i := range b.Insts {
				has[i.Op] = true
			}
		}
	}
	for _, op := range ops {
		if has[op] {
			used = append(used, op)
		}
	}
	return used
}

// Function returns the symbol of a function of the unit.
func (s *symbols) Function(name string) (lower.Symbol, bool) {
	symbol, ok := s.functions[name]
	return symbol, ok
}

// Address returns the address of a permanent object.
func (s *symbols) Address(name string) (uint64, bool) {
	a, ok := s.objects[name]
	return a, ok
}

// A shared is the code of a function that is the same in all units, but for the numbers of what it calls.
type shared struct {
	*assembled
	targets []target // of the code's calls
}

// A target is a function by its name, or a routine if that is empty.
type target struct {
	function string
	routine  ir.Op
}

// link returns the code for a unit.
func (s *shared) link(symbols *symbols) *assembled {
	linked, code := *s.assembled, *s.code
	code.Calls = slices.Clone(code.Calls)
	for n, t := range s.targets {
		switch {
		case t.function != "":
			code.Calls[n].Target = symbols.functions[t.function]
		case t.routine != ir.InvalidOp:
			code.Calls[n].Target = symbols.bulk[t.routine]
		default:
			code.Calls[n].Target = symbols.fail
		}
	}
	linked.code = &code
	return &linked
}

// An assembly is the code of a unit's functions, in the order of their symbols.
type assembly struct {
	symbols   *symbols
	functions []*assembled
}

func (a *assembly) add(f *assembled) { a.functions = append(a.functions, f) }

// share returns one of the functions for other units.
func (a *assembly) share(f *assembled) *shared {
	s := &shared{assembled: f}
	for _, call := range s.code.Calls {
		var t target
		switch {
		case call.Target < a.symbols.fail:
			t.function = a.symbols.names[call.Target]
		case call.Target > a.symbols.fail:
			t.routine = a.symbols.ops[call.Target-a.symbols.fail-1]
		}
		s.targets = append(s.targets, t)
	}
	return s
}

// list returns the assembly of a unit: what the symbols in it stand for, then each function.
func (a *assembly) list(linked *lower.Segment) string {
	var text strings.Builder
	for n, f := range a.functions {
		fmt.Fprintf(&text, "# %-7v at %6x, %5d bytes: %s\n", lower.Symbol(n), linked.Offsets[n], len(f.code.Bytes), f.name)
	}
	for _, f := range a.functions {
		text.WriteString("\n" + f.listing())
	}
	return text.String()
}
