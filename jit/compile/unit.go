package compile

import (
	"errors"
	"fmt"

	"github.com/tagwire/tagwire/ir"
	"github.com/tagwire/tagwire/ir/lower"
	"github.com/tagwire/tagwire/jit/abi"
	"github.com/tagwire/tagwire/jit/build"
	"github.com/tagwire/tagwire/loader"
)

// A Unit is functions that were compiled together, in one sealed segment.
type Unit struct {
	Segment *loader.Segment
	// Entries are, for each function that is entered, where Go enters to call it.
	Entries []uintptr
	// Bodies are, for each of them, where native code calls it.
	Bodies []uintptr
}

// A Compilation is functions on their way to machine code. They have been verified and have no critical edges.
type Compilation struct {
	Functions []*ir.Func
	// Format is that of all functions. Finished are helpers that other units have too.
	Format   build.Format
	Finished build.HelperSet
	// Entered are the indexes of those that Go enters.
	Entered []int
	// Seldom names functions that leave for Go so seldom that they are called as if they did not.
	Seldom map[string]bool
	// Objects are the addresses of what the functions name.
	Objects map[string]uint64
	// Features are what the code may use of the processor.
	Features Features
	// Check has each register allocation checked independently.
	Check bool
	// Pause, if not nil, is called between the steps.
	Pause func()
	// List, if not nil, is shown the assembly.
	List func(text string)

	byName map[string]*ir.Func // what Add has added
}

// Add adds functions. Those that are there already, because several tasks use them, must be the same.
func (c *Compilation) Add(functions []*ir.Func) error {
	if c.byName == nil {
		c.byName = map[string]*ir.Func{}
	}
	for _, f := range functions {
		known := c.byName[f.Name]
		if known == nil {
			c.byName[f.Name] = f
			c.Functions = append(c.Functions, f)
		} else if known != f && known.String() != f.String() {
			return errors.New("BUG: jit: two functions of a unit are called @" + f.Name)
		}
	}
	return nil
}

// Compile compiles the functions into one segment: first their bodies, then the entries, then the routines that they share.
// A panic of the backend is an error.
func (c *Compilation) Compile() (u *Unit, err error) {
	err = guarded("the backend", func() (err error) {
		u, err = c.compile()
		return err
	})
	return u, err
}

// step notes that a step is done.
func (c *Compilation) step() {
	if c.Pause != nil {
		c.Pause()
	}
}

// seal places linked functions in a segment of their own: those of the compilation, their entries, then what they share.
func (c *Compilation) seal(functions []*assembled, linked *lower.Segment) (*Unit, error) {
	var sizes []int
	for _, f := range functions {
		sizes = append(sizes, len(f.code.Bytes))
	}
	draft, err := loader.NewDraft(loader.RoomFor(sizes...))
	if err != nil {
		return nil, err
	}
	start := draft.Next()
	for n, f := range functions {
		offset := linked.Offsets[n]
		placed, err := draft.Add(f.name, linked.Bytes[offset:offset+len(f.code.Bytes)])
		if err == nil && placed.Address-start != uintptr(offset) {
			err = errors.New("BUG: jit: " + f.name + " is not where it was linked")
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
	u := &Unit{Segment: segment}
	for n := range c.Entered {
		u.Bodies = append(u.Bodies, segment.Functions()[c.Entered[n]].Address)
		u.Entries = append(u.Entries, segment.Functions()[len(c.Functions)+n].Address)
	}
	return u, nil
}

// leavingFunctions names the functions that may leave for Go before they return, or call one that may. Yields do not count:
// they are rare. Nor do exits of those that leave seldom.
func leavingFunctions(functions []*ir.Func, seldom map[string]bool) map[string]bool {
	leaving, callers := map[string]bool{}, map[string][]string{}
	var work []string // known to leave, their callers not yet looked at
	note := func(name string) {
		if !leaving[name] && !seldom[name] {
			leaving[name] = true
			work = append(work, name)
		}
	}
	for _, f := range functions {
		called := ""
		for _, b := range f.Blocks {
			for _, i := range b.Insts {
				switch {
				case i.Op == ir.Exit && abi.ExitCode(i.Imm) != abi.Yield:
					note(f.Name)
				case i.Op == ir.Call && i.Symbol != called: // several calls of one in a row are common
					called = i.Symbol
					callers[called] = append(callers[called], f.Name)
				}
			}
		}
	}
	for len(work) > 0 {
		name := work[len(work)-1]
		work = work[:len(work)-1]
		for _, caller := range callers[name] {
			note(caller)
		}
	}
	return leaving
}
