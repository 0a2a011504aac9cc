package jit

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	amd64 "github.com/tagwire/tagwire/backend_amd64"
	"github.com/tagwire/tagwire/ir"
)

// hasCompiler: types can be compiled.
const hasCompiler = true

// compile compiles functions for this processor, or for what a switch leaves of it.
func (c *compilation) compile() (*unit, error) {
	features := amd64.HostFeatures()
	if debugging.level > 0 {
		features &= amd64.Level(debugging.level)
	}
	return c.compileAMD64(features)
}

// A compilerCacheAMD64 is the memory that compiling a unit takes and the next one can use again, and code that is the same in all
// units for the same features.
type compilerCacheAMD64 struct {
	lowerer   amd64.Lowerer
	assembler amd64.Assembler
	features  amd64.Features
	routines  map[ir.Op]*sharedAMD64 // by bulk op; ir.InvalidOp stands for the one that fails
	helpers   map[*ir.Func]*sharedAMD64
}

// compilerCachesAMD64 keeps them for a while: types tend to be compiled one after the other.
var compilerCachesAMD64 = sync.Pool{New: func() any { return new(compilerCacheAMD64) }}

// prepare forgets code that is not for these features.
func (b *compilerCacheAMD64) prepare(features amd64.Features) {
	if b.routines == nil || b.features != features {
		b.features, b.routines, b.helpers = features, map[ir.Op]*sharedAMD64{}, map[*ir.Func]*sharedAMD64{}
	}
}

// compileAMD64 compiles the functions into one segment: first their bodies, then the entries, then the routines
// that they share.
func (c *compilation) compileAMD64(features amd64.Features) (*unit, error) {
	if c.list != nil { // what a listing shows is made for it
		b := &compilerCacheAMD64{assembler: amd64.Assembler{KeepStarts: true}}
		b.prepare(features)
		return b.compile(c)
	}
	b := compilerCachesAMD64.Get().(*compilerCacheAMD64) // not given back after an error or a panic
	b.prepare(features)
	u, err := b.compile(c)
	if err == nil {
		compilerCachesAMD64.Put(b)
	}
	return u, err
}

func (b *compilerCacheAMD64) compile(c *compilation) (*unit, error) {
	leaving, symbols := leavingFunctions(c.functions), newSymbolsAMD64(c)
	l := &b.lowerer
	l.Features, l.Linkage, l.Check, l.Leaving = b.features, symbols, debugging.verify, leaving
	l.Routines = amd64.Routines{Fail: symbols.fail, Bulk: symbols.bulk}
	a := &assemblyAMD64{assembler: &b.assembler, features: b.features}
	for _, f := range c.functions {
		if h := b.helpers[f]; h != nil {
			a.append(h.function, h.link(symbols))
			continue
		}
		m, err := l.Lower(f)
		if err != nil {
			return nil, err
		}
		c.step()
		if err := a.add(m); err != nil {
			return nil, err
		}
		c.step()
		if c.list == nil {
			l.Recycle(m)
		}
		if c.finished.Has(f) {
			b.helpers[f] = a.share(symbols)
		}
	}
	for _, n := range c.entered {
		f := c.functions[n]
		m := amd64.EntryRoutine(f.Name+".entry", amd64.Symbol(n), len(f.Params()), len(f.Results), leaving[f.Name])
		if err := a.add(m); err != nil {
			return nil, err
		}
	}
	for _, op := range append([]ir.Op{ir.InvalidOp}, symbols.ops...) {
		if err := b.addRoutine(a, op, symbols); err != nil {
			return nil, err
		}
	}
	return a.link(c)
}

// addRoutine adds a routine, assembled now or before.
func (b *compilerCacheAMD64) addRoutine(a *assemblyAMD64, op ir.Op, symbols *symbolsAMD64) error {
	if known := b.routines[op]; known != nil {
		a.append(known.function, known.link(symbols))
		return nil
	}
	m := amd64.FailRoutine()
	if op != ir.InvalidOp {
		m = amd64.BulkRoutine(op, b.features, symbols.fail)
	}
	if err := a.add(m); err != nil {
		return err
	}
	b.routines[op] = a.share(symbols)
	return nil
}

// bulkOps returns the bulk ops that the functions have: the segment needs their routines only.
func (c *compilation) bulkOps() []ir.Op {
	var has [ir.OpCount]bool
	for _, f := range c.functions {
		for _, b := range f.Blocks {
			for _, i := range b.Insts {
				has[i.Op] = true
			}
		}
	}
	var ops []ir.Op
	for _, op := range amd64.BulkOps {
		if has[op] {
			ops = append(ops, op)
		}
	}
	return ops
}

// symbolsAMD64 are the numbers of the functions of a unit.
type symbolsAMD64 struct {
	*linkage[amd64.Symbol]
	names []string // of the functions, by number
	fail  amd64.Symbol
	ops   []ir.Op // the bulk ops whose routines follow fail
	bulk  map[ir.Op]amd64.Symbol
}

func newSymbolsAMD64(c *compilation) *symbolsAMD64 {
	s := &symbolsAMD64{
		linkage: newLinkage[amd64.Symbol](c), fail: amd64.Symbol(len(c.functions) + len(c.entered)),
		ops: c.bulkOps(), bulk: map[ir.Op]amd64.Symbol{},
	}
	for _, f := range c.functions {
		s.names = append(s.names, f.Name)
	}
	for n, op := range s.ops {
		s.bulk[op] = s.fail + 1 + amd64.Symbol(n)
	}
	return s
}

// A sharedAMD64 is the code of a function that is the same in all units, but for the numbers of what it calls.
type sharedAMD64 struct {
	function *amd64.Function
	code     *amd64.Code
	targets  []targetAMD64 // of the code's calls
}

// A targetAMD64 is a function by its name, or a routine if that is empty.
type targetAMD64 struct {
	function string
	routine  ir.Op
}

// link returns the code for a unit.
func (s *sharedAMD64) link(symbols *symbolsAMD64) *amd64.Code {
	code := *s.code
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
	return &code
}

// An assemblyAMD64 is the code of a unit's functions, in the order of their symbols.
type assemblyAMD64 struct {
	assembler *amd64.Assembler
	features  amd64.Features
	functions []*amd64.Function
	code      []*amd64.Code
}

// add assembles the next function.
func (a *assemblyAMD64) add(f *amd64.Function) error {
	code, err := a.assembler.Assemble(f, a.features)
	if err != nil {
		return err
	}
	a.append(f, code)
	return nil
}

// share returns what was added last, for other units.
func (a *assemblyAMD64) share(symbols *symbolsAMD64) *sharedAMD64 {
	s := &sharedAMD64{function: a.functions[len(a.functions)-1], code: a.code[len(a.code)-1]}
	for _, call := range s.code.Calls {
		var t targetAMD64
		switch {
		case call.Target < symbols.fail:
			t.function = symbols.names[call.Target]
		case call.Target > symbols.fail:
			t.routine = symbols.ops[call.Target-symbols.fail-1]
		}
		s.targets = append(s.targets, t)
	}
	return s
}

func (a *assemblyAMD64) append(f *amd64.Function, code *amd64.Code) {
	a.functions, a.code = append(a.functions, f), append(a.code, code)
}

// link links the functions and seals them.
func (a *assemblyAMD64) link(c *compilation) (*unit, error) {
	linked, err := amd64.Link(a.code)
	if err != nil {
		return nil, err
	}
	if c.list != nil {
		c.list(listAMD64(a.functions, a.code, linked))
	}
	var pieces []piece
	for n, f := range a.functions {
		from := linked.Offsets[n]
		pieces = append(pieces, piece{f.Name, linked.Bytes[from : from+len(a.code[n].Bytes)], from})
	}
	return c.seal(pieces)
}

// listAMD64 returns the assembly of a unit: what the symbols in it stand for, then each function.
func listAMD64(functions []*amd64.Function, code []*amd64.Code, linked *amd64.Segment) string {
	var text strings.Builder
	for n, f := range functions {
		fmt.Fprintf(&text, "# %-7v at %6x, %5d bytes: %s\n", amd64.Symbol(n), linked.Offsets[n], len(code[n].Bytes), f.Name)
	}
	for n, f := range functions {
		text.WriteString("\n" + f.Listing(code[n]))
	}
	return text.String()
}
