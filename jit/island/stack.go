package island

import (
	"unsafe"

	"github.com/tagwire/tagwire/jit/abi"
)

// The sizes of a native stack in bytes. A call that needs more than the largest is left to the plain codec.
const (
	firstStackBytes   = 4 << 10
	growthFactor      = 4 // so that the smaller stacks before it cost little in comparison
	largestStackBytes = 64 << 20
)

// A nativeStack holds the return addresses and spills of native code. It is a heap slice, so it does not move with the
// goroutine's stack. To the collector it is memory without pointers. Growing copies it, so no word of it may be an
// address in it: its words refer to each other by their distance from the top.
type nativeStack []uintptr

// bounds returns the aligned address just past the usable part, and the lowest permitted stack pointer. Both lie inside the
// slice. The address of its end may be that of a thread's signal stack, and a system that takes a stack pointer with this value
// for one on the signal stack, as qemu-user does, would put the frame of the next signal below it: over the words of s, and
// where the runtime does not accept a signal.
func (s nativeStack) bounds() (top, low uintptr) {
	base := uintptr(unsafe.Pointer(unsafe.SliceData(s)))
	top = (base + uintptr(len(s)*abi.WordBytes) - 1) &^ (abi.StackAlign - 1)
	return top, base + abi.StackSlack
}

// word returns the word at a distance from the top.
func (s nativeStack) word(distance uintptr) *uintptr {
	top, _ := s.bounds()
	base := uintptr(unsafe.Pointer(unsafe.SliceData(s)))
	return &s[(top-distance-base)/abi.WordBytes]
}

// publish writes the stack's bounds to the frame, and a stack pointer for used bytes.
func (s nativeStack) publish(f *frame, used uintptr) {
	f.stackTop, f.stackLow = s.bounds()
	f.nativeSP = f.stackTop - used
}

// grown returns a stack with the same contents, as counted from the top, and room for needed more bytes. It reports false
// if that would be too large.
func (s nativeStack) grown(f *frame, needed uintptr) (nativeStack, bool) {
	used := f.stackTop - f.nativeSP
	if needed > largestStackBytes {
		return s, false
	}
	bytes := growthFactor * len(s) * abi.WordBytes
	for uintptr(bytes) < used+needed+abi.StackSlack+abi.StackAlign {
		bytes *= 2
	}
	if bytes > largestStackBytes {
		return s, false
	}
	larger := make(nativeStack, bytes/abi.WordBytes)
	for distance := uintptr(abi.WordBytes); distance <= used; distance += abi.WordBytes {
		*larger.word(distance) = *s.word(distance)
	}
	larger.publish(f, used)
	return larger, true
}
