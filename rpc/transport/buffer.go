package transport

import (
	"math/bits"
	"strings"
	"sync"
	"unsafe"
)

const (
	smallestBuffer = 4 << 10
	// largestPooled is the largest buffer that is used again.
	largestPooled = 4 << 20
	// largestDouble is up to where sizes of buffers double. Larger ones, of which half would be too much to waste, grow by quarters of that.
	largestDouble = 1 << 20
	// largeStep is what sizes of still larger buffers are rounded up to.
	largeStep = 64 << 10
	// quarters are the sizes between one power of two and the next.
	quarters = 4
)

// buffers has a pool for each size. They hold the first byte of a buffer, which keeps all of it alive.
var buffers [bits.UintSize * quarters]sync.Pool

// bufferSize returns the size of the buffer that getBuffer returns for n bytes.
func bufferSize(n int) int {
	switch {
	case n <= smallestBuffer:
		return smallestBuffer
	case n <= largestDouble:
		return 1 << bits.Len(uint(n-1))
	case n <= largestPooled:
		step := (1 << bits.Len(uint(n-1))) / (2 * quarters)
		return (n + step - 1) &^ (step - 1)
	}
	return (n + largeStep - 1) &^ (largeStep - 1)
}

// poolOf returns the pool for buffers of a size, which bufferSize has returned.
func poolOf(size int) *sync.Pool {
	power := bits.Len(uint(size - 1))
	step := max(1, (1<<power)/(2*quarters))
	return &buffers[power*quarters+(size-1)/step%quarters]
}

// getBuffer returns bufferSize(n) bytes, which hold what they happen to.
func getBuffer(n int) []byte {
	size := bufferSize(n)
	if size <= largestPooled {
		if first, ok := poolOf(size).Get().(*byte); ok {
			// putBuffer was given a buffer of this size that begins here.
			return unsafe.Slice(first, size)
		}
	}
	if size <= largestDouble {
		return make([]byte, size)
	}
	// Memory of a strings.Builder is not cleared. The slice keeps it alive, and is the only reference to it.
	var b strings.Builder
	b.Grow(size)
	return unsafe.Slice(unsafe.StringData(b.String()), size)
}

// putBuffer takes back what getBuffer returned, in its full length. It must not be used any more.
func putBuffer(buf []byte) {
	if size := len(buf); size <= largestPooled {
		poolOf(size).Put(unsafe.SliceData(buf))
	}
}
