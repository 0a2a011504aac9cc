package jit

import "unsafe"

// never is always false, but the compiler cannot know.
var never bool

var escaped unsafe.Pointer

// escape forces what p points to onto the heap, at every call from which p can be traced (M7): native code keeps
// its address as a number while exits may move the goroutine's stack.
func escape(p unsafe.Pointer) {
	if never {
		escaped = p
	}
}
