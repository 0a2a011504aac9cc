package transport

import (
	"math/bits"
	"strings"
	"sync"
	"unsafe"
)

const (
	smallestBuffer = 4 << 10
	largestPooled  = 1 << 20
	// largeStep is what sizes of larger buffers are rounded up to.
	largeStep = 64 << 10
)

// buffers has a pool for each power of two. They hold the first byte of a buffer, which keeps all of it alive.
var buffers [bits.UintSize]sync.Pool

// bufferSize returns the size of the buffer that getBuffer returns for n bytes.
func bufferSize(n int) int {
	switch {
	case n <= smallestBuffer:
		return smallestBuffer
	case n <= largestPooled:
		return 1 << bits.Len(uint(n-1))
	}
	return (n + largeStep - 1) &^ (largeStep - 1)
}

// getBuffer returns bufferSize(n) bytes, which hold what they happen to.
func getBuffer(n int) []byte {
	size := bufferSize(n)
	if size > largestPooled {
		// Memory of a strings.Builder is not cleared. The slice keeps it alive, and is the only reference to it.
		var b strings.Builder
		b.Grow(size)
		return unsafe.Slice(unsafe.StringData(b.String()), size)
	}
	if first, ok := buffers[bits.Len(uint(size-1))].Get().(*byte); ok {
		// putBuffer was given a buffer of this size that begins here.
		return unsafe.Slice(first, size)
	}
	return make([]byte, size)
}

// putBuffer takes back what getBuffer returned, in its full length. It must not be used any more.
func putBuffer(buf []byte) {
	if size := len(buf); size <= largestPooled {
		buffers[bits.Len(uint(size-1))].Put(unsafe.SliceData(buf))
	}
}
