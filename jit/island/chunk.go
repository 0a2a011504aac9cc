package island

import (
	"unsafe"

	"github.com/tagwire/tagwire/codec"
)

// A chunk is uninitialised memory that native code allocates from the bottom up, for strings and binaries.
// Only the base is a pointer: the cursor may reach the end, and no pointer may (M5).
type chunk struct {
	base  unsafe.Pointer
	bytes int
}

// newChunk returns an empty chunk.
func newChunk() chunk {
	memory := codec.Uninitialised(codec.ChunkBytes)
	return chunk{base: unsafe.Pointer(unsafe.SliceData(memory)), bytes: len(memory)}
}

// publish writes the bounds of a new chunk to the frame, which from then on says what is left of it.
func (c *chunk) publish(f *frame) {
	f.chunkNext, f.chunkEnd = uintptr(c.base), uintptr(c.base)+uintptr(c.bytes)
}
