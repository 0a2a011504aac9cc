package lower

import (
	"fmt"
	"math"
	"strconv"
)

// Symbol is a function of the same segment, by its index in the list that is linked.
type Symbol int32

// String returns the symbol as the text form of a backend writes it.
func (s Symbol) String() string { return "func" + strconv.Itoa(int(s)) }

// Code is the assembled code of one function.
type Code struct {
	Bytes  []byte
	Labels []int // for each label its offset in Bytes, -1 for one that was never bound; nil unless the encoder was told to keep them
	Starts []int // for each instruction its offset in Bytes; nil unless the assembler was told to keep them
	// What Link fills in.
	Calls []Relocation
}

// Relocation is a field in a function's code that must lead to the beginning of another function of the segment.
type Relocation struct {
	Offset int
	From   int // the offset that the processor counts from
	Target Symbol
}

// Segment is the code of functions that call each other, in one piece. It runs wherever it lies, if only Bytes begins at a multiple
// of the alignment that it was linked with.
type Segment struct {
	Bytes   []byte
	Offsets []int // for each function where it begins
}

// Target is what an Encoder and Link have to know of an instruction set.
type Target struct {
	// Align is a multiple of where each function begins, a power of two.
	Align int
	// Trap fills the space between functions, again and again: a jump that went astray stops at it.
	Trap []byte
	// Pad appends n bytes that do nothing when they are run.
	Pad func(code []byte, n int) []byte
	// Patch makes the field at an offset of code lead to another offset; the processor counts from the offset from. It refuses
	// what the field cannot express.
	Patch func(code []byte, field, from, to int) error
	// AppendBranch appends a branch in its short or its long form, with the distance from its end.
	AppendBranch func(code []byte, b Branch, short bool, distance int) []byte
	// Reaches reports whether the short form of a branch reaches a label at a distance from its end.
	Reaches func(b Branch, distance int) bool
}

// maxCode bounds a segment, so that all distances in it fit 32 bits.
const maxCode = math.MaxInt32

// Link puts functions into one piece and fills in their calls of each other. A function's Symbol is its index in the list.
func Link(functions []*Code, target *Target) (*Segment, error) {
	s := &Segment{Offsets: make([]int, len(functions))}
	size := 0
	for n, f := range functions {
		size += -size & (target.Align - 1)
		s.Offsets[n] = size
		size += len(f.Bytes)
		if size > maxCode {
			return nil, fmt.Errorf("a segment of more than %d bytes", maxCode)
		}
	}
	s.Bytes = make([]byte, 0, size)
	for n, f := range functions {
		for len(s.Bytes) < s.Offsets[n] {
			s.Bytes = append(s.Bytes, target.Trap...)
		}
		s.Bytes = append(s.Bytes, f.Bytes...)
	}
	for n, f := range functions {
		for _, call := range f.Calls {
			if int(call.Target) >= len(s.Offsets) {
				return nil, fmt.Errorf("function %d of a segment: %v is not in the segment", n, call.Target)
			}
			if err := target.Patch(s.Bytes, s.Offsets[n]+call.Offset, s.Offsets[n]+call.From, s.Offsets[call.Target]); err != nil {
				return nil, fmt.Errorf("function %d of a segment: %w", n, err)
			}
		}
	}
	return s, nil
}
