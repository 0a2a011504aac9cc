package jit

import (
	"fmt"
	"strings"
	"sync"

	amd64 "github.com/tagwire/tagwire/backend_amd64"
)

// hasCompiler: types can be compiled.
const hasCompiler = true

// compile compiles functions for this processor.
func (c *compilation) compile() (*unit, error) { return c.compileAMD64(amd64.HostFeatures()) }

// A benchAMD64 is the memory that compiling a unit takes and the next one can use again.
type benchAMD64 struct {
	lowerer   amd64.Lowerer
	assembler amd64.Assembler
}

// benchesAMD64 keeps them for a while: types tend to be compiled one after the other.
var benchesAMD64 = sync.Pool{New: func() any { return new(benchAMD64) }}

// compileAMD64 compiles the functions into one segment: first their bodies, then the entries, then the routines
// that they share.
func (c *compilation) compileAMD64(features amd64.Features) (*unit, error) {
	b := benchesAMD64.Get().(*benchAMD64) // not given back after a panic
	u, err := b.compile(c, features)
	benchesAMD64.Put(b)
	return u, err
}

func (b *benchAMD64) compile(c *compilation, features amd64.Features) (*unit, error) {
	routines := amd64.Symbol(len(c.functions) + len(c.entered))
	leaving := leavingFunctions(c.functions)
	l := &b.lowerer
	l.Features, l.Linkage, l.Check, l.Leaving = features, newLinkage[amd64.Symbol](c), debugging.verify, leaving
	l.Routines = amd64.Routines{
		Fail: routines, CopyBytes: routines + 1, SwapCopy16: routines + 2, SwapCopy32: routines + 3, SwapCopy64: routines + 4,
	}
	b.assembler.KeepStarts = c.list != nil
	a := &assemblyAMD64{assembler: &b.assembler, features: features}
	for _, f := range c.functions {
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
	}
	for _, n := range c.entered {
		f := c.functions[n]
		m := amd64.EntryRoutine(f.Name+".entry", amd64.Symbol(n), len(f.Params()), len(f.Results), leaving[f.Name])
		if err := a.add(m); err != nil {
			return nil, err
		}
	}
	for _, m := range []*amd64.Function{
		amd64.FailRoutine(), amd64.CopyRoutine(features),
		amd64.SwapRoutine(amd64.W16, features), amd64.SwapRoutine(amd64.W32, features), amd64.SwapRoutine(amd64.W64, features),
	} {
		if err := a.add(m); err != nil {
			return nil, err
		}
	}
	return a.link(c)
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
	a.functions, a.code = append(a.functions, f), append(a.code, code)
	return nil
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
