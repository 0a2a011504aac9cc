//go:build (linux || darwin) && (amd64 || arm64)

package island

import "unsafe"

// Forms of launch that look right and are not, for TestM4LaunchIsOneUnsafePoint to find fault with.

// launchCleared clears the cells early: the first stores are dead, and removed.
//
//go:nosplit
//go:noinline
func launchCleared(f *frame, cells *shadeCells, chunk, data, _, _, _, _ unsafe.Pointer) {
	cells.chunk, cells.data = chunk, data
	cells.chunk, cells.data = nil, nil
	enter(f)
}

// launchFromCells stores what the cells hold already: no store at all.
//
//go:nosplit
//go:noinline
func launchFromCells(f *frame, cells *shadeCells, _, _, _, _, _, _ unsafe.Pointer) {
	same := cells
	cells.chunk, cells.data = same.chunk, same.data
	enter(f)
}

// launchOnStack has its cells on the stack: stores without a barrier.
//
//go:nosplit
//go:noinline
func launchOnStack(f *frame, _ *shadeCells, chunk, data, _, _, _, _ unsafe.Pointer) {
	var cells shadeCells
	cells.chunk, cells.data = chunk, data
	enter(f)
	stackCellsUsed = cells.chunk == cells.data
}

var stackCellsUsed bool

// launchSplittable has safe points.
//
//go:noinline
func launchSplittable(f *frame, cells *shadeCells, chunk, data, _, _, _, _ unsafe.Pointer) {
	cells.chunk, cells.data = chunk, data
	enter(f)
}

// launchInlined becomes part of launchCaller.
//
//go:nosplit
func launchInlined(f *frame, cells *shadeCells, chunk, data, _, _, _, _ unsafe.Pointer) {
	cells.chunk, cells.data = chunk, data
	enter(f)
}

//go:noinline
func launchCaller(f *frame, cells *shadeCells, chunk, data, _, _, _, _ unsafe.Pointer) {
	launchInlined(f, cells, chunk, data, nil, nil, nil, nil)
}

// safePointless is what serve would be without noinline and without calls: no stack check, no safe point.
//
//go:noinline
//go:norace
func safePointless(f *frame) bool { return f.exit != 0 }

var launchForms = []launchFunction{launchCleared, launchFromCells, launchOnStack, launchSplittable, launchCaller}
