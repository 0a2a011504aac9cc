package island

import (
	"unsafe"

	"github.com/tagwire/tagwire/jit/abi"
)

// A frame is what native code and the driver share during one call. It is a part of the call's state, or of the
// stack frame of fastCall. It has no pointers: what its words point to is on the heap, does not move, and is kept alive
// by the call and its state.
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
}

// pointerIn reads a word that holds the address of a heap object as the pointer it is. The object is alive
// because native code got the address from the call's value, data or state, or from an earlier exit that
// linked or held it (M1).
func pointerIn(word *uintptr) unsafe.Pointer { return *(*unsafe.Pointer)(unsafe.Pointer(word)) }
