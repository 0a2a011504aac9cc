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

// TestGrow: a list that grows item by item keeps its items, and takes no more than a few times its memory in all.
func TestGrow(t *testing.T) {
	const length = 100_000
	var list []int
	allocated, room := 0, 0
	for n := range length {
		list = append(Grow(list, 1), n)
		if cap(list) != room {
			room = cap(list)
			allocated += room
		}
	}
	if allocated > 5*length {
		t.Errorf("room for %d items has been allocated", allocated)
	}
	for n := range list {
		if list[n] != n {
			t.Fatalf("item %d is %d", n, list[n])
		}
	}
	if got := Grow(list[:3], 1); &got[0] != &list[0] || len(got) != 3 {
		t.Error("a list with room was moved or changed")
	}
}

// TestChunks: items stay where they are, also when the list is filled again.
func TestChunks(t *testing.T) {
	var c Chunks[int]
	var places []*int
	for round := range 3 {
		for n := range 1000 {
			place := c.Next()
			if round == 0 {
				places = append(places, place)
			}
			if place != places[n] || place != c.At(n) || c.Len() != n+1 {
				t.Fatalf("round %d: item %d of %d has moved", round, n, c.Len())
			}
			*place = n
		}
		for n := range 1000 {
			if *c.At(n) != n {
				t.Fatalf("item %d is %d", n, *c.At(n))
			}
		}
		c.Reset()
	}
}
