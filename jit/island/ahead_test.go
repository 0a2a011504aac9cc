//go:build (linux || darwin) && (amd64 || arm64)

package island

import (
	"reflect"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"
)

// holder is a value with a map at the end of a route: through two pointers.
type holder struct {
	_    int64
	next *holder
	m    map[int64]string
}

func TestRoutesToMaps(t *testing.T) {
	at := unsafe.Offsetof(holder{}.m)
	through := unsafe.Offsetof(holder{}.next)
	last := &holder{m: map[int64]string{1: "one"}}
	value := &holder{next: &holder{next: last}}
	a := aheadRow{offsets: []uintptr{through, through, at}}
	require.Equal(t, unsafe.Pointer(&last.m), a.mapAt(unsafe.Pointer(value)))
	require.Nil(t, a.mapAt(unsafe.Pointer(value.next)))
	require.Nil(t, a.mapAt(unsafe.Pointer(last)))
	require.Nil(t, a.mapAt(nil))
}

// TestUnusedBatchesOfMapsReadAheadAreZero, as those that decoders take from the same pools have to be.
func TestUnusedBatchesOfMapsReadAheadAreZero(t *testing.T) {
	type key int64 // so that nothing else uses the pools
	goType := reflect.TypeFor[map[key]int64]()
	rows := []aheadRow{{row: mapRowOf(goType), offsets: []uintptr{0}}}
	m := map[key]int64{}
	r := new(readAhead)
	dropped := map[*batch]bool{}
	for n := range 60 {
		m[key(n+1)] = 1
		before := r.batches[0]
		require.True(t, r.read(rows, 0, unsafe.Pointer(&m), n%2 == 0))
		require.Equal(t, n+1, r.table[0].count)
		if before != nil && before != r.batches[0] {
			dropped[before] = true
		}
	}
	require.Len(t, dropped, 2, "of one entry, and of eight")
	for b := range dropped {
		for _, entry := range (typedShape[int64, int64]{}).batchOf(b.entries, b.capacity) {
			require.Zero(t, entry)
		}
	}
	for n := range 10 { // more than fit: left to exits
		m[key(100+n)] = 1
	}
	require.False(t, r.read(rows, 0, unsafe.Pointer(&m), false))
}

// TestShrunkMapsAreNotReadAhead: a map with fewer entries than it counts is left to the exit that refuses it.
func TestShrunkMapsAreNotReadAhead(t *testing.T) {
	m := map[string]*int{"key": new(int)}
	known := mapRowOf(reflect.TypeOf(m))
	row := &mapRow{typed: shrinking{known.typed}, shape: known.shape, entryBytes: known.entryBytes, capacities: known.capacities, hasPointers: true}
	p := &Program{ahead: []aheadRow{{row: row, offsets: []uintptr{0}}}}
	r := new(readAhead)
	require.False(t, r.read(p.ahead, 0, unsafe.Pointer(&m), false))
	b := r.batches[0]
	require.Equal(t, 1, b.used, "it was read")
	r.release(p)
	require.Zero(t, *(*mapEntry[string, *int])(b.entries))
}
