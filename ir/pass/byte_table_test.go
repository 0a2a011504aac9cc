package pass

import (
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
)

// TestByteTable compares the table with a map: few bytes and many, close together and far apart, in any order, one table after the
// other in the same memory.
func TestByteTable(t *testing.T) {
	type state struct {
		constant bool
		value    byte
	}
	random := rand.New(rand.NewPCG(1, 2))
	var table byteTable
	for round := range 200 {
		table.reset()
		want := map[int64]state{}
		reach := int64(1) << (4 + round%16)
		for range 1 << (round % 12) {
			offset := random.Int64N(reach) - reach/2
			s := state{random.IntN(3) > 0, byte(random.Uint32())}
			want[offset] = s
			table.set(offset, s.constant, s.value)
		}
		var constants []int64
		for _, offset := range slices.Sorted(maps.Keys(want)) {
			if written, constant, value := table.at(offset); !written || constant != want[offset].constant || value != want[offset].value {
				t.Fatalf("round %d: byte %d is %v %v %d, not %+v", round, offset, written, constant, value, want[offset])
			}
			if want[offset].constant {
				constants = append(constants, offset)
			}
		}
		for range 100 {
			offset := random.Int64N(2*reach) - reach
			if written, _, _ := table.at(offset); written {
				if _, ok := want[offset]; !ok {
					t.Fatalf("round %d: byte %d is written", round, offset)
				}
			}
		}
		var found []int64
		table.sort()
		for next, ok := table.nextConstant(-1 << 60); ok; next, ok = table.nextConstant(next + 1) {
			found = append(found, next)
		}
		if !slices.Equal(found, constants) {
			t.Fatalf("round %d: constants at %v, not %v", round, found, constants)
		}
	}
}
