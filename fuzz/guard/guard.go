// Package guard places bytes next to inaccessible memory, so that a read or a write past either
// end of a buffer is a fault instead of going unnoticed.
package guard

import "testing"

// Pages is a stretch of memory with an inaccessible page before and behind it. It serves one buffer at a
// time: placing the next one overwrites it. Where the host offers no page protection the buffers are
// ordinary memory.
type Pages struct {
	memory []byte // between the guard pages
}

// New returns pages that hold buffers of up to size bytes, and frees them when the test ends.
func New(t testing.TB, size int) *Pages {
	t.Helper()
	pages, free, err := Map(size)
	if err != nil {
		t.Fatalf("guard pages: %v", err)
	}
	t.Cleanup(free)
	return pages
}

// Map returns pages that hold buffers of up to size bytes until free is called.
func Map(size int) (pages *Pages, free func(), err error) {
	memory, free, err := mapPages(size)
	return &Pages{memory: memory}, free, err
}

// AtEnd returns a copy of data that ends where the inaccessible page begins.
func (p *Pages) AtEnd(data []byte) []byte {
	place := p.memory[len(p.memory)-len(data):]
	copy(place, data)
	return place
}

// AtStart returns a copy of data that begins where the inaccessible page ends. Its capacity is its length.
func (p *Pages) AtStart(data []byte) []byte {
	place := p.memory[:len(data):len(data)]
	copy(place, data)
	return place
}
