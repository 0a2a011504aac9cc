package island

import "unsafe"

// never is always false, but the compiler cannot prove it.
var never bool

//lint:ignore U1000 it is only stored to
var escaped [2]unsafe.Pointer

// escape makes what p and q point to escape to the heap, in every caller through which the compiler can trace them (M7):
// native code holds the addresses as integers while exits may move the goroutine's stack.
func escape(p, q unsafe.Pointer) {
	if never {
		escaped = [2]unsafe.Pointer{p, q}
	}
}
