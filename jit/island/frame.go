package island

import (
	"unsafe"

	"github.com/tagwire/tagwire/jit/abi"
)

// A frame is the memory that native code and the driver share during one call. It is part of the call's state, or of the
// stack frame of fastCall. It has no pointers: the objects whose addresses its words hold are on the heap, do not move, and
// are kept alive by the call and its state.
type frame struct {
	//lint:ignore U1000 assembly uses them
	goSP, goBP, goLR        uintptr
	nativeSP, resumePC      uintptr
	exit                    uintptr
	arguments               [abi.ArgumentWords]uintptr
	fuel                    int
	stackTop, stackLow      uintptr
	levels                  int
	chunkNext, chunkEnd     uintptr
	pendingNext, pendingEnd uintptr
	allocation              int
	flags                   uintptr
	maps                    uintptr
	slabs                   [abi.NativeSlabs]struct{ next, end uintptr }
	reused                  uintptr
}

// pointerIn reads a word that holds an address in a heap object as a pointer. The object is alive because native code got the
// address from the call's value, data or state, or from an earlier exit that linked or rooted the object (M1).
func pointerIn(word *uintptr) unsafe.Pointer { return *(*unsafe.Pointer)(unsafe.Pointer(word)) }
