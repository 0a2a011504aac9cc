package codec

import (
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"
)

// TestUninitialised: memory is as long as asked for, aligned, and shared with no other.
func TestUninitialised(t *testing.T) {
	seen := map[*byte]int{}
	var all [][]byte
	for n := 1; n < 20_000; n += 1 + n/10 {
		memory := Uninitialised(n)
		require.GreaterOrEqual(t, len(memory), n)
		require.LessOrEqual(t, len(memory), n+n/2+memoryAlign)
		require.Zero(t, uintptr(unsafe.Pointer(unsafe.SliceData(memory)))%memoryAlign)
		require.Zero(t, seen[&memory[0]])
		seen[&memory[0]] = n
		for i := range memory {
			memory[i] = byte(n)
		}
		all = append(all, memory)
	}
	for _, memory := range all {
		require.Equal(t, memory[0], memory[len(memory)-1])
	}
}

// TestMapSlots: there is a power of two of slots, for one entry in eight more than there are.
func TestMapSlots(t *testing.T) {
	require.Zero(t, MapSlots(0))
	for n := 1; n < 100_000; n += 1 + n/30 {
		slots := MapSlots(n)
		require.Zero(t, slots&(slots-1), n)
		require.GreaterOrEqual(t, slots, 8)
		require.GreaterOrEqual(t, slots*7, min(n, slots)*7)
		if n > 8 {
			require.GreaterOrEqual(t, slots*7/8, n)
			require.Less(t, slots*7/32, n)
		}
	}
}
