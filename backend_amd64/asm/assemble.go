package asm

import (
	"fmt"

	"github.com/tagwire/tagwire/ir/lower"
)

// Assembler assembles functions. It keeps its buffers from one to the next; the zero value is ready. It must not
// be used by two goroutines at a time.
type Assembler struct {
	// KeepStarts has Code.Starts filled in.
	KeepStarts bool

	encoder encoder
}

// Assemble returns the function's code. All registers must be physical, all labels bound, and no instruction may
// need another feature than the available ones.
func (a *Assembler) Assemble(f *Function, available Features) (*Code, error) {
	e := &a.encoder
	e.Reset(layout, f.Labels())
	var starts []lower.Position
	for n := range f.Insts {
		if a.KeepStarts {
			starts = append(starts, e.Here())
		}
		if err := e.instruction(&f.Insts[n], available); err != nil {
			return nil, fmt.Errorf("amd64: %s: instruction %d: %v: %w", f.Name, n, &f.Insts[n], err)
		}
	}
	code, err := e.Finish()
	if err != nil {
		return nil, fmt.Errorf("amd64: %s: %w", f.Name, err)
	}
	for _, p := range starts {
		code.Starts = append(code.Starts, e.Offset(p))
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
