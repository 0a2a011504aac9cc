package pass

import (
	"cmp"
	"math/bits"
	"slices"

	"github.com/tagwire/tagwire/ir"
)

// A byteTable knows what is written to bytes, by their distance from a pointer.
type byteTable struct {
	pages []bytePage
	// index finds the pages, by their base, when there are more than fewPages of them; last is the one that was found last.
	index map[int64]int
	last  int
	// order has the pages in ascending order after sort, turn is the one of nextConstant.
	order []int
	turn  int
}

// A bytePage is 64 bytes; bit n of a mask is about the byte at base + n.
type bytePage struct {
	base              int64
	written, constant uint64
	values            [64]byte
}

const (
	fewPages = 8
	// mostKept is how many entries an emptied index may have had: to empty it takes as long as it has ever been.
	mostKept = 1 << 10
)

// reset empties the table.
func (t *byteTable) reset() {
	t.pages, t.last = t.pages[:0], 0
	if len(t.index) > mostKept {
		t.index = nil
	}
	clear(t.index)
}

// find returns the index of the page with a base, or -1.
func (t *byteTable) find(base int64) int {
	if t.last < len(t.pages) && t.pages[t.last].base == base {
		return t.last
	}
	n, ok := -1, false
	if len(t.pages) <= fewPages {
		n = slices.IndexFunc(t.pages, func(p bytePage) bool { return p.base == base })
		ok = n >= 0
	} else {
		n, ok = t.index[base]
	}
	if !ok {
		return -1
	}
	t.last = n
	return n
}

// set says that a constant or another value is written to a byte.
func (t *byteTable) set(offset int64, constant bool, value byte) {
	base, bit := offset&^63, offset&63
	n := t.find(base)
	if n < 0 {
		n = len(t.pages)
		t.pages = append(ir.Grow(t.pages, 1), bytePage{base: base})
		t.last = n
		t.note(n)
	}
	p := &t.pages[n]
	p.written |= 1 << bit
	p.constant &^= 1 << bit
	if constant {
		p.constant |= 1 << bit
	}
	p.values[bit] = value
}

// note puts the new page n into the index, if there is one, and begins one if it takes that.
func (t *byteTable) note(n int) {
	if n < fewPages {
		return
	}
	if t.index == nil {
		t.index = map[int64]int{}
	}
	if n == fewPages {
		for earlier := range t.pages {
			t.index[t.pages[earlier].base] = earlier
		}
	}
	t.index[t.pages[n].base] = n
}

// at returns what is written to a byte.
func (t *byteTable) at(offset int64) (written, constant bool, value byte) {
	n := t.find(offset &^ 63)
	if n < 0 {
		return false, false, 0
	}
	p, bit := &t.pages[n], offset&63
	return p.written>>bit&1 != 0, p.constant>>bit&1 != 0, p.values[bit]
}

// sort prepares for nextConstant. Nothing is set after it.
func (t *byteTable) sort() {
	t.order, t.turn = ir.Resize(t.order, len(t.pages)), 0
	for n := range t.order {
		t.order[n] = n
	}
	slices.SortFunc(t.order, func(a, b int) int { return cmp.Compare(t.pages[a].base, t.pages[b].base) })
}

// nextConstant returns the first byte from an offset on that a constant is written to. It is asked with rising offsets.
func (t *byteTable) nextConstant(from int64) (offset int64, ok bool) {
	for ; t.turn < len(t.order); t.turn++ {
		p := &t.pages[t.order[t.turn]]
		constant := p.constant
		if from > p.base {
			constant &= ^uint64(0) << min(from-p.base, 64)
		}
		if constant != 0 {
			return p.base + int64(bits.TrailingZeros64(constant)), true
		}
	}
	return 0, false
}
