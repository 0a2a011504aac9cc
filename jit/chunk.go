package jit

import (
	"strings"
	"unsafe"

	"github.com/tagwire/tagwire/jit/abi"
)

// uninitialised returns pointer-free memory of at least n bytes, n > 0, whose contents are whatever was there.
// A strings.Builder is the one way of the standard library to it; the bytes belong to the caller because
// the builder is dropped here. The memory is aligned to 8 bytes when n is a multiple of 8.
func uninitialised(n int) []byte {
	var b strings.Builder
	b.Grow(roomy(n))
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

// A chunk is uninitialised memory that native code hands out from the bottom up, for strings and binaries.
// Only the base is a pointer: the cursor may reach the end, and no pointer may (M5).
type chunk struct {
	base        unsafe.Pointer
	used, bytes int
}

// newChunk returns an empty chunk.
func newChunk() chunk {
	memory := uninitialised(abi.ChunkBytes)
	return chunk{base: unsafe.Pointer(unsafe.SliceData(memory)), bytes: len(memory)}
}

// lend writes the free part into the frame; take reads back what native code left of it.
func (c *chunk) lend(f *frame) {
	f.chunkNext, f.chunkEnd = uintptr(c.base)+uintptr(c.used), uintptr(c.base)+uintptr(c.bytes)
}

func (c *chunk) take(f *frame) { c.used = int(f.chunkNext - uintptr(c.base)) }
