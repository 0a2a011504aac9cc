package jit

import (
	"errors"
	"fmt"
	"slices"

	"github.com/tagwire/tagwire/ir"
	"github.com/tagwire/tagwire/jit/abi"
	"github.com/tagwire/tagwire/jit/build"
	"github.com/tagwire/tagwire/loader"
)

// A unit is functions that were compiled together, in one sealed segment.
type unit struct {
	segment *loader.Segment
	// entries are, for each function that is entered, where Go enters to call it.
	entries []uintptr
	// bodies are, for each of them, where native code calls it.
	bodies []uintptr
}

// A compilation is functions on their way to machine code. They have been verified and have no critical edges.
type compilation struct {
	functions []*ir.Func
	// finished are helpers that other units hold too.
	finished build.HelperSet
	// entered are the places of those that Go enters.
	entered []int
	// objects are the addresses of what the functions name.
	objects map[string]uint64
	// owner, for profilers, says what the functions are for.
	owner string
	// pause, if not nil, is called between the steps.
	pause func()
	// list, if not nil, is shown the assembly.
	list func(text string)
}

// add adds functions. Those that are there already, because several directions use them, must be the same.
func (c *compilation) add(functions []*ir.Func) error {
	for _, f := range functions {
		known := slices.IndexFunc(c.functions, func(other *ir.Func) bool { return other.Name == f.Name })
		if known < 0 {
			c.functions = append(c.functions, f)
		} else if c.functions[known] != f && c.functions[known].String() != f.String() {
			return errors.New("BUG: jit: two functions of a unit are called @" + f.Name)
		}
	}
	return nil
}

// step says that a step is done.
func (c *compilation) step() {
	if c.pause != nil {
		c.pause()
	}
}

// linkage names the functions of a unit and the permanent objects they refer to. S is a backend's symbol: the place of a
// function in the unit.
type linkage[S ~int32 | ~uint32 | ~int] struct {
	functions map[string]S
	objects   map[string]uint64
}

func newLinkage[S ~int32 | ~uint32 | ~int](c *compilation) *linkage[S] {
	l := &linkage[S]{functions: map[string]S{}, objects: c.objects}
	for n, f := range c.functions {
		l.functions[f.Name] = S(n)
	}
	return l
}

// Function returns the symbol of a function of the unit.
func (l *linkage[S]) Function(name string) (S, bool) {
	s, ok := l.functions[name]
	return s, ok
}

// Address returns the address of a permanent object.
func (l *linkage[S]) Address(name string) (uint64, bool) {
	a, ok := l.objects[name]
	return a, ok
}

// A piece is the code of one function, as the backend linked it.
type piece struct {
	name string
	// code is part of what was linked, offset where it begins there: a multiple of the loader's alignment.
	code   []byte
	offset int
}

// seal places linked pieces in a segment of their own. Behind those of the functions come their entries.
func (c *compilation) seal(pieces []piece) (*unit, error) {
	var sizes []int
	for _, p := range pieces {
		sizes = append(sizes, len(p.code))
	}
	draft, err := loader.NewDraft(loader.RoomFor(sizes...))
	if err != nil {
		return nil, err
	}
	start := draft.Next()
	for _, p := range pieces {
		placed, err := draft.Add(p.name, p.code)
		if err == nil && placed.Address-start != uintptr(p.offset) {
			err = errors.New("BUG: jit: " + p.name + " is not where it was linked")
		}
		if err != nil {
			draft.Discard()
			return nil, err
		}
	}
	segment, err := draft.Seal()
	if err != nil {
		return nil, fmt.Errorf("jit: %w", err)
	}
	if debugging.perfMap {
		notePerf(c.owner, segment.Functions())
	}
	u := &unit{segment: segment}
	for n := range c.entered {
		u.bodies = append(u.bodies, segment.Functions()[c.entered[n]].Address)
		u.entries = append(u.entries, segment.Functions()[len(c.functions)+n].Address)
	}
	return u, nil
}

// leavingFunctions names the functions that may leave for Go in their midst, or call one that may. Yields do not count:
// they are rare.
func leavingFunctions(functions []*ir.Func) map[string]bool {
	leaving := map[string]bool{}
	for changed := true; changed; {
		changed = false
		for _, f := range functions {
			if !leaving[f.Name] && leaves(f, leaving) {
				leaving[f.Name], changed = true, true
			}
		}
	}
	return leaving
}

// leaves reports whether f has an exit that is no Yield, or calls one of the functions named.
func leaves(f *ir.Func, named map[string]bool) bool {
	for _, b := range f.Blocks {
		for _, i := range b.Insts {
			if i.Op == ir.Exit && abi.ExitCode(i.Imm) != abi.Yield || i.Op == ir.Call && named[i.Symbol] {
				return true
			}
		}
	}
	return false
}
