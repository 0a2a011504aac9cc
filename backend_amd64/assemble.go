package amd64

import (
	"encoding/binary"
	"fmt"
	"math"
)

// Code is the assembled code of one function.
type Code struct {
	Bytes  []byte
	Labels []int // for each label its offset in Bytes; -1 for one that was never bound
	Starts []int // for each instruction its offset in Bytes; nil unless the assembler was told to keep them
	// What Link fills in.
	Calls []Relocation
}

// Relocation is a field of 32 bits in a function's code that must hold the distance from the field's end to the
// beginning of another function of the segment.
type Relocation struct {
	Offset int
	Target Symbol
}

// FunctionAlign is a multiple of where each function begins; so it bounds the alignment inside of functions.
const FunctionAlign = 32

// maxCode bounds a segment, so that all distances in it fit 32 bits.
const maxCode = math.MaxInt32

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

// Segment is the code of functions that call each other, in one piece. It runs wherever it lies, if only Bytes
// begins at a multiple of FunctionAlign.
type Segment struct {
	Bytes   []byte
	Offsets []int // for each function where it begins
}

// trap fills the space between functions: a jump that went astray stops at it.
const trap = 0xcc

// Link puts functions into one piece and fills in their calls of each other. A function's Symbol is its place in the list.
func Link(functions []*Code) (*Segment, error) {
	s := &Segment{Offsets: make([]int, len(functions))}
	size := 0
	for n, f := range functions {
		size += -size & (FunctionAlign - 1)
		s.Offsets[n] = size
		size += len(f.Bytes)
		if size > maxCode {
			return nil, fmt.Errorf("amd64: a segment of more than %d bytes", maxCode)
		}
	}
	s.Bytes = make([]byte, 0, size)
	for n, f := range functions {
		for len(s.Bytes) < s.Offsets[n] {
			s.Bytes = append(s.Bytes, trap)
		}
		s.Bytes = append(s.Bytes, f.Bytes...)
	}
	for n, f := range functions {
		if err := s.resolve(n, f); err != nil {
			return nil, fmt.Errorf("amd64: function %d of a segment: %w", n, err)
		}
	}
	return s, nil
}

// resolve fills in what function n says of other functions.
func (s *Segment) resolve(n int, f *Code) error {
	for _, call := range f.Calls {
		if int(call.Target) >= len(s.Offsets) {
			return fmt.Errorf("%v is not in the segment", call.Target)
		}
		field := s.Offsets[n] + call.Offset
		distance := s.Offsets[call.Target] - (field + 4)
		binary.LittleEndian.PutUint32(s.Bytes[field:], uint32(distance))
	}
	return nil
}
