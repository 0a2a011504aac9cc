package pass

import (
	"testing"

	"github.com/tagwire/tagwire/ir"
)

// TestKnownTable: what is found is what was entered last and has not been taken back, with as few slots as possible.
func TestKnownTable(t *testing.T) {
	var k knownTable
	for _, size := range []int{0, 1, 1000} {
		k.reset(size)
		var model []expression
		for n := range 2000 {
			if n%7 == 6 {
				length := len(model) * (n % 5) / 5
				k.shrink(length)
				model = model[:length]
			}
			e := expression{op: ir.Add, imm: int64(n % 100), args: [4]ir.ValueID{ir.ValueID(n % 3)}}
			found, slot := k.find(&e)
			var want *knownEntry
			for m := range model {
				if model[m] == e {
					want = &k.entries[m]
				}
			}
			if found != want {
				t.Fatalf("size %d, %d: found %v, want %v", size, n, found, want)
			}
			if found == nil {
				k.push(&e, slot, nil)
				model = append(model, e)
			}
		}
	}
}
