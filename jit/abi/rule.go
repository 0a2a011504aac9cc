package abi

import "strconv"

// Rule is a memory rule of the contract; docs/native.md explains each.
type Rule uint8

// The memory rules.
const (
	// M1 is link before fill: Go stores a new object into its parent before native code enters it, and keeps alive all that exits
	// have allocated if one of them may run user code.
	M1 Rule = 1 + iota
	// M2 is shading: native code stores addresses only of memory that was shaded in this very entry, or that a
	// package variable keeps forever.
	M2
	// M3 is the nil slot: native code stores an address only where it has seen nil.
	M3
	// M4 is one unsafe point: no safe point lies between shading and native code.
	M4
	// M5 is no address one past an end in anything that the collector sees.
	M5
	// M6 is whole headers: data, then length and capacity, no exit in between.
	M6
	// M7 is the heap: value, input and output never lie on a goroutine's stack.
	M7
	// M8 is that encoding stores no address, and runs no user code in its exits.
	M8
	// M9 is that a map is treated as one of another type only where keys hash and elements lie the same.
	M9
	// M10 is that memory which serves again only ever serves values of one type and is cleared in between, and that bytes, which are
	// not, hold neither pointers nor bools.
	M10
	// RuleCount is one more than the last rule.
	RuleCount = int(M10) + 1
)

// String returns the short name, such as "M1".
func (r Rule) String() string { return "M" + strconv.Itoa(int(r)) }
