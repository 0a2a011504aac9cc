package asm

import "github.com/tagwire/tagwire/ir/lower"

// What code consists of, which is the same for all instruction sets.
type (
	// Label is a place in one function's code.
	Label = lower.Label
	// Symbol is a function of the same segment.
	Symbol = lower.Symbol
	// Code is the assembled code of one function.
	Code = lower.Code
	// Segment is the code of functions that call each other.
	Segment = lower.Segment
)

// Link puts functions into one piece and fills in their calls of each other.
func Link(functions []*Code) (*Segment, error) { return lower.Link(functions, layout) }
