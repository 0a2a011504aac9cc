package codec

import (
	"math/bits"
	"reflect"
	"strings"
	"unsafe"
)

const (
	// ChunkBytes is how many bytes of strings, binaries and small lists share an allocation: the most memory that a kept value
	// pins besides its own. The allocator serves this size from spans of seven, which costs a third less a byte than 8 KiB: a
	// span has room for only one of those.
	ChunkBytes = 6912
	// SharedBytes is the longest string, binary or body of a list that lies in a chunk. Longer ones have memory of their own.
	SharedBytes = 1 << 10
	// SlabBytes bounds the structs that share an allocation, so that one that is kept keeps no more than that. With the word that
	// the allocator puts in front of memory with pointers, it is a size that shares its span with five others, as ChunkBytes does.
	SlabBytes = 6776
	// MapHeaderBytes is the memory of an empty map, roughly.
	MapHeaderBytes = 48
)

// memoryAlign is a multiple of where uninitialised memory begins.
const memoryAlign = 8

// Uninitialised returns at least n > 0 bytes of memory that holds no pointers, at a multiple of 8, whose contents are whatever was
// there. A strings.Builder is the one way of the standard library to it; the bytes belong to the caller because the builder is
// dropped here, and the slice keeps its buffer alive, all of it. Under checkptr the builder would move to the heap.
//
//go:nocheckptr
func Uninitialised(n int) []byte {
	var b strings.Builder
	b.Grow(roomy((n + memoryAlign - 1) &^ (memoryAlign - 1)))
	b.WriteByte(0) // an empty string need not have an address
	return unsafe.Slice(unsafe.StringData(b.String()), b.Cap())
}

// Sizes that the allocator serves from spans of pages with room for one or two of them, so that each pays for most of a span,
// and larger sizes that share a span with four or five others and take two thirds of the time. Lists of round counts have
// the former.
const (
	pairBytes, pairRoom = 4 << 10, 4864
	soleBytes, soleRoom = 8 << 10, 9472
)

// roomy returns how many bytes to ask for where n are needed: up to a quarter more, where that shares a span.
func roomy(n int) int {
	most := n + n/4
	switch {
	case n <= pairBytes && pairRoom <= most:
		return pairRoom
	case pairBytes < n && n <= soleBytes && soleRoom <= most:
		return soleRoom
	}
	return n
}

// MapSlotBytes returns what a slot of a map of type t counts: a key, an element, and a byte beside.
func MapSlotBytes(t reflect.Type) int { return int(t.Key().Size()+t.Elem().Size()) + 1 }

// MapSlots returns the slots of a map that is made for n entries: a power of two of them, at most seven eighths full. Each has
// room for a key and an element, and a byte beside.
func MapSlots(n int) int {
	const group = 8
	switch {
	case n == 0:
		return 0
	case n <= group:
		return group
	}
	return 1 << bits.Len(uint(n+n/7))
}
