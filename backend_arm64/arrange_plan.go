package arm64

import (
	. "github.com/tagwire/tagwire/backend_arm64/asm"
	"github.com/tagwire/tagwire/ir"
	"github.com/tagwire/tagwire/ir/lower"
)

// vectorBytes is the size of a vector.
const vectorBytes = 16

// blocks are the source of a template, cut into pieces that are loaded into vectors: of 16 bytes, or, of a shorter source, of
// 8, 4, 2 or 1. The last one ends with the source, and may overlap the one before.
type blocks struct {
	low, high int64
	size      int64
}

func newBlocks(low, high int64) blocks {
	b := blocks{low: low, high: high, size: vectorBytes}
	for b.size > high-low {
		b.size /= 2
	}
	return b
}

// count is the number of blocks.
func (b blocks) count() int64 {
	if b.size == 0 {
		return 0
	}
	return (b.high - b.low + b.size - 1) / b.size
}

// offset is where in the source a block is.
func (b blocks) offset(n int64) int64 { return min(b.low+n*b.size, b.high-b.size) }

// find returns a block that has a byte of the source, and where.
func (b blocks) find(from int64) (n, at int64) {
	n = (from - b.low) / b.size
	return n, from - b.offset(n)
}

// mostLooked is how many vectors a TBL looks bytes up in.
const mostLooked = 4

// A lookup makes up to 16 bytes of the bytes of up to mostLooked blocks.
type lookup struct {
	first, count int64 // the blocks; none: all bytes are constants
	last         int64
	from         []int64 // of each byte; -1: it is a constant
}

// add adds a byte of the source, if that is in a block that is near enough to the others.
func (l *lookup) add(b blocks, from int64) bool {
	n, _ := b.find(from)
	first, last := n, n
	if l.count > 0 {
		first, last = min(first, l.first), max(last, l.last)
	}
	if last-first >= mostLooked {
		return false
	}
	l.first, l.last, l.count = first, last, last-first+1
	l.from = append(l.from, from)
	return true
}

// order returns the operand of TBL. Of a byte that is a constant it is behind all vectors.
func (l *lookup) order(b blocks) []byte {
	order := filled(0xff)
	for n, from := range l.from {
		if from >= 0 {
			block, at := b.find(from)
			order[n] = byte((block-l.first)*vectorBytes + at)
		}
	}
	return order
}

// whole reports whether all bytes are those of one block, in their order.
func (l *lookup) whole(b blocks) bool {
	if l.count != 1 || len(l.from) != vectorBytes {
		return false
	}
	for n, from := range l.from {
		if from != b.offset(l.first)+int64(n) {
			return false
		}
	}
	return true
}

// filled returns a vector of equal bytes.
func filled(c byte) []byte {
	v := make([]byte, vectorBytes)
	for n := range v {
		v[n] = c
	}
	return v
}

// An arrangeStep is a part of an Arrange: a store of a general register, or else one of a vector.
type arrangeStep struct {
	word       lower.TemplateWord // Size 0: a vector
	start, end int                // what a vector writes, as far as it is right
	size       int                // bytes that it writes: 16, or all of a shorter template
	lookup
	// constants has the bytes that are constants, and zeros elsewhere; nil: there are none.
	constants []byte
}

// An arrangePlan divides the bytes of a template among stores.
type arrangePlan struct {
	bytes []ir.TemplateByte
	blocks
}

// planArrange returns the stores that do what a template says, in their order: each may write bytes, behind those that are
// right, that the next ones write again.
func planArrange(layout ir.Template) (steps []arrangeStep, source blocks) {
	p := arrangePlan{layout.Each(), newBlocks(layout.Source())}
	for at := 0; at < len(p.bytes); {
		v := p.vector(at)
		if v.end <= at || p.wordCost(at, v.end) <= v.cost() {
			w := lower.NextWord(p.bytes, at)
			v = arrangeStep{word: w, end: w.End}
		}
		steps = append(steps, v)
		at = v.end
	}
	return steps, p.blocks
}

// vector makes a vector of which the bytes from at on, or some, are right; it may begin before at.
func (p *arrangePlan) vector(at int) arrangeStep {
	size := min(vectorBytes, len(p.bytes))
	start := min(at, len(p.bytes)-size)
	v := arrangeStep{start: start, end: start, size: size}
	for ; v.end < start+size; v.end++ {
		b := &p.bytes[v.end]
		if b.Kind != ir.ConstantPiece {
			if !v.add(p.blocks, b.From) {
				break
			}
			continue
		}
		if v.constants == nil {
			v.constants = filled(0)
		}
		v.constants[v.end-start] = b.Value
		v.from = append(v.from, -1)
	}
	return v
}

// wordCost is what it takes to write bytes by general registers, in eighths of an instruction. The last word may be longer, and
// counts in part.
func (p *arrangePlan) wordCost(at, end int) (cost int) {
	for at < end {
		w := lower.NextWord(p.bytes, at)
		instructions := 2 // a load and a store
		switch {
		case w.Constants != nil:
			instructions = 1 + min(2, ConstantLength(int64(lower.LittleEndian(w.Constants))))
		case w.Reversed:
			instructions = 3
		}
		cost += 8 * instructions * min(end-at, w.End-at) / (w.End - at)
		at = w.End
	}
	return cost
}

// cost estimates the same for a vector.
func (v *arrangeStep) cost() int {
	cost := 2 * 8 // what is looked up or constant, and the store
	if v.count > 0 {
		cost += 8 + 4*int(v.count) // blocks are for their neighbours, too
		if v.constants != nil {
			cost += 4
		}
	}
	if v.size < vectorBytes {
		cost += 2*8 + 4 // nobody shares it, and it is stored in parts
	}
	return cost
}
