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

// roomy returns how many bytes to ask for where n are needed. The allocator serves sizes from spans of pages, and a span that holds
// one or two objects costs each of them most of what the span costs: 4 and 8 KiB, the lists of round counts, are the
// worst. A size up to a quarter larger shares a span with four or five others and takes two thirds of the time.
func roomy(n int) int {
	switch {
	case 3892 <= n && n <= 4096:
		return 4864
	case 7578 <= n && n <= 8192:
		return 9472
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
