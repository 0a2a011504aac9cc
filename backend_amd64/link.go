package amd64

import (
	"encoding/binary"

	"github.com/tagwire/tagwire/ir/lower"
)

// What code consists of, which is the same for all instruction sets.
type (
	// Symbol is a function of the same segment.
	Symbol = lower.Symbol
	// Code is the assembled code of one function.
	Code = lower.Code
	// Relocation is a field of 32 bits that must hold the distance from the field's end to the beginning of another function.
	Relocation = lower.Relocation
	// Segment is the code of functions that call each other.
	Segment = lower.Segment
)

// FunctionAlign is a multiple of where each function begins; so it bounds the alignment inside of functions.
const FunctionAlign = 32

// trap is INT3.
const trap = 0xcc

// Link puts functions into one piece and fills in their calls of each other.
func Link(functions []*Code) (*Segment, error) {
	return lower.Link(functions, lower.Target{Align: FunctionAlign, Trap: []byte{trap}, Patch: patch})
}

// patch fills in the distance from the end of a field. It fits: lower.Link bounds segments.
func patch(code []byte, field, to int) error {
	binary.LittleEndian.PutUint32(code[field:], uint32(to-(field+4)))
	return nil
}
