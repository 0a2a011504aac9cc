package asm

import (
	"fmt"

	"github.com/tagwire/tagwire/ir/lower"
)

// Assembler assembles functions. It keeps its buffers from one to the next; the zero value is ready. It must not
// be used by two goroutines at a time.
type Assembler struct {
	// KeepStarts has Code.Starts and Code.Labels filled in.
	KeepStarts bool

	encoder encoder
	starts  []lower.Position
}

// Assemble returns the function's code. All registers must be physical, all labels bound, and no instruction may
// need another feature than the available ones.
func (a *Assembler) Assemble(f *Function, available Features) (*Code, error) {
	a.Begin()
	if err := a.Add(f, available); err != nil {
		return nil, err
	}
	return a.End(f)
}

// Begin begins with a function that is assembled in pieces, as Assemble does it at once.
func (a *Assembler) Begin() {
	a.encoder.Reset(layout)
	a.encoder.KeepLabels = a.KeepStarts
	a.starts = a.starts[:0]
}

// Add assembles the instructions that f holds, the next piece of the function.
func (a *Assembler) Add(f *Function, available Features) error {
	e := &a.encoder
	e.SetLabels(f.Labels())
	for n := range f.Insts {
		if a.KeepStarts {
			a.starts = append(a.starts, e.Here())
		}
		if err := e.instruction(&f.Insts[n], available); err != nil {
			return fmt.Errorf("amd64: %s: instruction %d: %v: %w", f.Name, n, &f.Insts[n], err)
		}
	}
	return nil
}

// End returns the code of what was added.
func (a *Assembler) End(f *Function) (*Code, error) {
	code, err := a.encoder.Finish()
	if err != nil {
		return nil, fmt.Errorf("amd64: %s: %w", f.Name, err)
	}
	for _, p := range a.starts {
		code.Starts = append(code.Starts, a.encoder.Offset(p))
	}
	return code, nil
}

func (e *encoder) instruction(i *Inst, available Features) error {
	if err := i.check(available); err != nil {
		return err
	}
	fields := e.Fields()
	r := i.row()
	r.encode(e, r, i)
	e.EndInstruction(fields)
	return e.Err()
}
