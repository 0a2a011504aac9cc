package amd64

import "fmt"

// Assembler assembles functions. It keeps its buffers from one to the next; the zero value is ready. It must not
// be used by two goroutines at a time.
type Assembler struct {
	// KeepStarts has Code.Starts filled in.
	KeepStarts bool

	encoder encoder
	shift   []int
}

// Assemble returns the function's code. All registers must be physical, all labels bound, and no instruction may
// need another feature than the available ones.
func (a *Assembler) Assemble(f *Function, available Features) (*Code, error) {
	e := &a.encoder
	e.reset(int(f.labels))
	var starts []place
	for n := range f.Insts {
		if a.KeepStarts {
			starts = append(starts, e.here())
		}
		if err := e.instruction(&f.Insts[n], available); err != nil {
			return nil, fmt.Errorf("amd64: %s: instruction %d: %v: %w", f.Name, n, &f.Insts[n], err)
		}
	}
	y := layout{encoder: e, shift: a.shift}
	if err := y.checkLabels(); err != nil {
		return nil, fmt.Errorf("amd64: %s: %w", f.Name, err)
	}
	y.relax()
	a.shift = y.shift
	code := y.finish()
	for _, p := range starts {
		code.Starts = append(code.Starts, y.offset(p.bytes, p.gaps))
	}
	return code, nil
}

func (e *encoder) reset(labels int) {
	e.bytes, e.gaps, e.fixups, e.fault = e.bytes[:0], e.gaps[:0], e.fixups[:0], nil
	if cap(e.labels) < labels {
		e.labels = make([]place, labels)
	}
	e.labels = e.labels[:labels]
	clear(e.labels)
}

func (e *encoder) instruction(i *Inst, available Features) error {
	if err := i.check(available); err != nil {
		return err
	}
	fixups := len(e.fixups)
	r := i.row()
	r.encode(e, r, i)
	for n := fixups; n < len(e.fixups); n++ {
		e.fixups[n].after = len(e.bytes) - e.fixups[n].at
	}
	return e.fault
}
