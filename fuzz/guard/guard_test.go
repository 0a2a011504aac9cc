package guard

import (
	"runtime/debug"
	"testing"
	"unsafe"
)

func TestPlacesBytes(t *testing.T) {
	pages := New(t, 10)
	for _, place := range [][]byte{pages.AtEnd([]byte("hello")), pages.AtStart([]byte("hello"))} {
		if string(place) != "hello" || cap(place) != 5 {
			t.Errorf("got %q with capacity %d", place, cap(place))
		}
	}
	if got := pages.AtEnd(nil); len(got) != 0 || cap(got) != 0 {
		t.Errorf("no bytes placed as %d of %d", len(got), cap(got))
	}
}

// The guard is worth nothing unless touching it faults.
func TestTouchingTheGuardFaults(t *testing.T) {
	pages := New(t, 10)
	end, start := pages.AtEnd([]byte("x")), pages.AtStart([]byte("x"))
	// The addresses are computed past the slices on purpose: that is the defect the pages are to reveal.
	behind := (*byte)(unsafe.Add(unsafe.Pointer(unsafe.SliceData(end)), 1))
	before := (*byte)(unsafe.Add(unsafe.Pointer(unsafe.SliceData(start)), -1))
	for name, address := range map[string]*byte{"behind": behind, "before": before} {
		if faults(func() { sink = *address }) != Protected {
			t.Errorf("reading the byte %s the buffer: faults is not %v", name, Protected)
		}
		if Protected && !faults(func() { *address = 1 }) {
			t.Errorf("writing the byte %s the buffer does not fault", name)
		}
	}
}

var sink byte

func faults(touch func()) (faulted bool) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() { faulted = recover() != nil }()
	touch()
	return
}
