package ir

import "testing"

// TestSlabs: pieces are zero and belong to one owner, whatever sizes come in which order, before and after a reset.
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
