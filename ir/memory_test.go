package ir

import "testing"

// TestSlabs: pieces are zero and nobody else's, whatever sizes come in which order, before and after a reset.
func TestSlabs(t *testing.T) {
	var s slab[int]
	large := 0
	for round := range 3 {
		owner := map[*int]int{}
		for n := range 300 {
			piece := s.take(n % 37 * (1 + n%5))
			if cap(piece) != len(piece) {
				t.Fatalf("%d items have room for %d", len(piece), cap(piece))
			}
			for i := range piece {
				if piece[i] != 0 {
					t.Fatalf("round %d, piece %d: item %d is %d", round, n, i, piece[i])
				}
				if other, taken := owner[&piece[i]]; taken {
					t.Fatalf("round %d: pieces %d and %d share an item", round, other, n)
				}
				piece[i], owner[&piece[i]] = n+1, n
			}
		}
		if round > 0 && len(s.large) != large {
			t.Errorf("round %d: %d large pieces instead of %d", round, len(s.large), large)
		}
		large = len(s.large)
		s.reset()
	}
	if *s.one() != 0 {
		t.Error("an item is not zero")
	}
}

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
			e := expression{op: Add, imm: int64(n % 100), args: [4]ValueID{ValueID(n % 3)}}
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
