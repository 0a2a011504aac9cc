package island

import "unsafe"

// never is always false, but the compiler cannot know.
var never bool

//lint:ignore U1000 it is only stored to
var escaped [2]unsafe.Pointer

// escape forces what p and q point to onto the heap, at every call from which they can be traced (M7): native code keeps
// the addresses as numbers while exits may move the goroutine's stack.
func escape(p, q unsafe.Pointer) {
	if never {
		escaped = [2]unsafe.Pointer{p, q}
	}
}
