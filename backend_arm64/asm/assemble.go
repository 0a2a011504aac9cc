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

// Assemble returns the function's code. All registers must be physical and all labels bound.
func (a *Assembler) Assemble(f *Function) (*Code, error) {
	a.Begin()
	if err := a.Add(f); err != nil {
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
func (a *Assembler) Add(f *Function) error {
	e := &a.encoder
	e.SetLabels(f.Labels())
	for n := range f.Insts {
		if a.KeepStarts {
			a.starts = append(a.starts, e.Here())
		}
		if err := e.instruction(&f.Insts[n]); err != nil {
			return fmt.Errorf("arm64: %s: instruction %d: %v: %w", f.Name, n, &f.Insts[n], err)
		}
	}
	return nil
}

// End returns the code of what was added.
func (a *Assembler) End(f *Function) (*Code, error) {
	code, err := a.encoder.Finish()
	if err == nil && len(code.Bytes) > maxFunction {
		err = fmt.Errorf("%d bytes of code, more than %d", len(code.Bytes), maxFunction)
	}
	if err != nil {
		return nil, fmt.Errorf("arm64: %s: %w", f.Name, err)
	}
	for _, p := range a.starts {
		code.Starts = append(code.Starts, a.encoder.Offset(p))
	}
	return code, nil
}

func (e *encoder) instruction(i *Inst) error {
	if err := i.check(); err != nil {
		return err
	}
	r := i.row()
	r.encode(e, r, i)
	return e.Err()
}
