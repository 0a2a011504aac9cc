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

// compile compiles functions for this processor.
func (c *compilation) compile() (*unit, error) { return c.compileAMD64(amd64.HostFeatures()) }

// A workbenchAMD64 is the memory that compiling a unit takes and the next one can use again, and code that is the same in all
// units for the same features.
type workbenchAMD64 struct {
	lowerer   amd64.Lowerer
	assembler amd64.Assembler
	features  amd64.Features
	routines  []routineAMD64
	helpers   map[*ir.Func]*helperAMD64
}

// workbenchesAMD64 keeps them for a while: types tend to be compiled one after the other.
var workbenchesAMD64 = sync.Pool{New: func() any { return new(workbenchAMD64) }}

// A routineAMD64 is a routine that functions share, assembled. Its code depends on nothing else in the unit.
type routineAMD64 struct {
	function *amd64.Function
	code     *amd64.Code
}

// A helperAMD64 is the code of a finished helper.
type helperAMD64 struct {
	code *amd64.Code
	// targets are, for each of the code's calls, the name of a function, or "" and the number of a routine.
	targets []targetAMD64
}

type targetAMD64 struct {
	function string
	routine  amd64.Symbol
}

// prepare makes the code that is the same in all units.
func (b *workbenchAMD64) prepare(features amd64.Features) error {
	if b.routines != nil && b.features == features {
		return nil
	}
	b.features, b.routines, b.helpers = features, nil, map[*ir.Func]*helperAMD64{}
	for _, f := range []*amd64.Function{ // in the order of compile's numbers
		amd64.FailRoutine(), amd64.CopyRoutine(features),
		amd64.SwapRoutine(amd64.W16, features), amd64.SwapRoutine(amd64.W32, features), amd64.SwapRoutine(amd64.W64, features),
	} {
		code, err := b.assembler.Assemble(f, features)
		if err != nil {
			return err
		}
		b.routines = append(b.routines, routineAMD64{f, code})
	}
	return nil
}

// compileAMD64 compiles the functions into one segment: first their bodies, then the entries, then the routines
// that they share.
func (c *compilation) compileAMD64(features amd64.Features) (*unit, error) {
	b := workbenchesAMD64.Get().(*workbenchAMD64) // not given back after an error or a panic
	b.assembler.KeepStarts = c.list != nil
	if c.list != nil {
		b.routines = nil // their code has no starts
	}
	if err := b.prepare(features); err != nil {
		return nil, err
	}
	u, err := b.compile(c)
	if err == nil && c.list == nil {
		workbenchesAMD64.Put(b)
	}
	return u, err
}

func (b *workbenchAMD64) compile(c *compilation) (*unit, error) {
	routines := amd64.Symbol(len(c.functions) + len(c.entered))
	leaving := leavingFunctions(c.functions)
	linkage := newLinkage[amd64.Symbol](c)
	l := &b.lowerer
	l.Features, l.Linkage, l.Check, l.Leaving = b.features, linkage, debugging.verify, leaving
	l.Routines = amd64.Routines{
		Fail: routines, CopyBytes: routines + 1, SwapCopy16: routines + 2, SwapCopy32: routines + 3, SwapCopy64: routines + 4,
	}
	a := &assemblyAMD64{assembler: &b.assembler, features: b.features}
	for _, f := range c.functions {
		if h := b.helpers[f]; h != nil {
			a.append(&amd64.Function{Name: f.Name}, h.link(linkage, routines))
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
		if c.finished.has(f) {
			b.helpers[f] = newHelperAMD64(a.code[len(a.code)-1], c, routines)
		}
	}
	for _, n := range c.entered {
		f := c.functions[n]
		m := amd64.EntryRoutine(f.Name+".entry", amd64.Symbol(n), len(f.Params()), len(f.Results), leaving[f.Name])
		if err := a.add(m); err != nil {
			return nil, err
		}
	}
	for _, r := range b.routines {
		a.append(r.function, r.code)
	}
	return a.link(c)
}

// newHelperAMD64 keeps the code of a helper, which has been assembled for a unit.
func newHelperAMD64(code *amd64.Code, c *compilation, routines amd64.Symbol) *helperAMD64 {
	h := &helperAMD64{code: code}
	for _, call := range code.Calls {
		if call.Target >= routines {
			h.targets = append(h.targets, targetAMD64{routine: call.Target - routines})
		} else {
			h.targets = append(h.targets, targetAMD64{function: c.functions[call.Target].Name})
		}
	}
	return h
}

// link returns the code for another unit, where the same functions have other numbers.
func (h *helperAMD64) link(l *linkage[amd64.Symbol], routines amd64.Symbol) *amd64.Code {
	code := *h.code
	code.Calls = slices.Clone(code.Calls)
	for n, t := range h.targets {
		code.Calls[n].Target = routines + t.routine
		if t.function != "" {
			code.Calls[n].Target = l.functions[t.function]
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

func (a *assemblyAMD64) append(f *amd64.Function, code *amd64.Code) {
	a.functions, a.code = append(a.functions, f), append(a.code, code)
}

// link links the functions and seals them.
func (a *assemblyAMD64) link(c *compilation) (*unit, error) {
	linked, err := amd64.Link(a.code, nil)
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
