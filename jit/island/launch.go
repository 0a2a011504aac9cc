//go:build (linux || darwin) && (amd64 || arm64)

package island

import "unsafe"

// enter jumps to f.resumePC on the native stack and returns when native code leaves. Any register may have
// changed. It is assembly; the frame does not escape, because an exit keeps no address of it.
//
//go:noescape
func enter(f *frame)

// launch shades the objects whose addresses native code may store, and enters. An ordinary store of a pointer into a
// heap cell makes the compiled write barrier mark what it points to whenever the collector is marking (M2).
// Because the function is nosplit, no safe point lies between the stores and the return of enter, so neither
// the collector's phase nor the marks change in between (M4); noinline prevents inlining into a caller
// that has safe points. The cells must be a heap object, the pointers must be arguments, and nothing may write the cells
// before enter has returned: any other form allows the compiler to remove the stores or their barriers.
//
//go:nosplit
//go:noinline
func launch(f *frame, cells *shadeCells, chunk, data, slab0, slab1, slab2, slab3 unsafe.Pointer) {
	cells.chunk, cells.data = chunk, data
	cells.slabs[0], cells.slabs[1], cells.slabs[2], cells.slabs[3] = slab0, slab1, slab2, slab3
	enter(f)
}
