package jit

import (
	"fmt"
	"strings"

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

// compileAMD64 compiles the functions into one segment: first their bodies, then the entries, then the routines
// that they share.
func (c *compilation) compileAMD64(features amd64.Features) (*unit, error) {
	routines := amd64.Symbol(len(c.functions) + len(c.entered))
	leaving := leavingFunctions(c.functions)
	bulk, bulkSymbols := c.bulkOps(), map[ir.Op]amd64.Symbol{}
	for n, op := range bulk {
		bulkSymbols[op] = routines + 1 + amd64.Symbol(n)
	}
	lowerer := &amd64.Lowerer{Features: features, Linkage: newLinkage[amd64.Symbol](c), Check: debugging.verify, Leaving: leaving,
		Routines: amd64.Routines{Fail: routines, Bulk: bulkSymbols}}
	var machine []*amd64.Function
	for _, f := range c.functions {
		m, err := lowerer.Lower(f)
		if err != nil {
			return nil, err
		}
		machine = append(machine, m)
		c.step()
	}
	for _, n := range c.entered {
		f := c.functions[n]
		machine = append(machine, amd64.EntryRoutine(f.Name+".entry", amd64.Symbol(n), len(f.Params()), len(f.Results), leaving[f.Name]))
	}
	machine = append(machine, amd64.FailRoutine())
	for _, op := range bulk {
		machine = append(machine, amd64.BulkRoutine(op, features, routines))
	}
	return c.assembleAMD64(machine, features)
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

// assembleAMD64 assembles functions, links them and seals them.
func (c *compilation) assembleAMD64(functions []*amd64.Function, features amd64.Features) (*unit, error) {
	assembler := amd64.Assembler{KeepStarts: c.list != nil}
	var code []*amd64.Code
	for _, f := range functions {
		assembled, err := assembler.Assemble(f, features)
		if err != nil {
			return nil, err
		}
		code = append(code, assembled)
		c.step()
	}
	linked, err := amd64.Link(code, nil)
	if err != nil {
		return nil, err
	}
	if c.list != nil {
		c.list(listAMD64(functions, code, linked))
	}
	var pieces []piece
	for n, f := range functions {
		from := linked.Offsets[n]
		pieces = append(pieces, piece{f.Name, linked.Bytes[from : from+len(code[n].Bytes)], from})
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
