package jit

import (
	"fmt"

	amd64 "github.com/tagwire/tagwire/backend_amd64"
	"github.com/tagwire/tagwire/ir"
	"github.com/tagwire/tagwire/loader"
)

// linkage names the functions of a unit and the permanent objects they refer to.
type linkage struct {
	functions map[string]amd64.Symbol
	objects   map[string]uint64
}

func (l *linkage) Function(name string) (amd64.Symbol, bool) {
	s, ok := l.functions[name]
	return s, ok
}

func (l *linkage) Address(name string) (uint64, bool) {
	a, ok := l.objects[name]
	return a, ok
}

// compileFunctions compiles functions for this processor.
func compileFunctions(functions []*ir.Func, objects map[string]uint64) (*unit, error) {
	return compileAMD64(functions, amd64.HostFeatures(), objects)
}

// compileAMD64 compiles functions, which have been verified and have no critical edges, into one segment. objects
// are the addresses of what they name.
func compileAMD64(functions []*ir.Func, features amd64.Features, objects map[string]uint64) (*unit, error) {
	link := &linkage{functions: map[string]amd64.Symbol{}, objects: objects}
	for n, f := range functions {
		link.functions[f.Name] = amd64.Symbol(n)
	}
	entries := amd64.Symbol(len(functions))
	routines := 2 * entries
	lowerer := &amd64.Lowerer{Features: features, Linkage: link, Check: checkAllocation, Routines: amd64.Routines{
		Fail: routines, CopyBytes: routines + 1, SwapCopy16: routines + 2, SwapCopy32: routines + 3, SwapCopy64: routines + 4,
	}}
	var machine []*amd64.Function
	for _, f := range functions {
		m, err := lowerer.Lower(f)
		if err != nil {
			return nil, err
		}
		machine = append(machine, m)
	}
	for n, f := range functions {
		machine = append(machine, amd64.EntryRoutine(f.Name+".entry", amd64.Symbol(n), len(f.Params()), len(f.Results)))
	}
	machine = append(machine, amd64.FailRoutine(), amd64.CopyRoutine(features),
		amd64.SwapRoutine(amd64.W16, features), amd64.SwapRoutine(amd64.W32, features), amd64.SwapRoutine(amd64.W64, features))
	return assembleAMD64(machine, features, int(entries))
}

// assembleAMD64 assembles functions, links them and seals them.
func assembleAMD64(functions []*amd64.Function, features amd64.Features, bodies int) (*unit, error) {
	var assembler amd64.Assembler
	var code []*amd64.Code
	for _, f := range functions {
		c, err := assembler.Assemble(f, features)
		if err != nil {
			return nil, err
		}
		code = append(code, c)
	}
	linked, err := amd64.Link(code, nil)
	if err != nil {
		return nil, err
	}
	draft, err := loader.NewDraft(loader.RoomFor(len(linked.Bytes)))
	if err != nil {
		return nil, err
	}
	function, err := draft.Add("unit", linked.Bytes)
	if err != nil {
		draft.Discard()
		return nil, err
	}
	segment, err := draft.Seal()
	if err != nil {
		return nil, fmt.Errorf("jit: %w", err)
	}
	u := &unit{segment: segment}
	for n := range bodies {
		u.bodies = append(u.bodies, function.Address+uintptr(linked.Offsets[n]))
		u.entries = append(u.entries, function.Address+uintptr(linked.Offsets[bodies+n]))
	}
	return u, nil
}
