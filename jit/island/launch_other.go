//go:build !((linux || darwin) && (amd64 || arm64))

package island

import "unsafe"

// launch is never reached on a host without a native engine.
func launch(f *frame, cells *shadeCells, chunk, data, slab0, slab1, slab2, slab3 unsafe.Pointer) {
	panic("BUG: jit: native code entered on a host without a native engine")
}
