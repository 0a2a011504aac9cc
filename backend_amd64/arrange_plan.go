package amd64

import (
	. "github.com/tagwire/tagwire/backend_amd64/asm"
	"github.com/tagwire/tagwire/ir"
	"github.com/tagwire/tagwire/ir/lower"
)

// An arrangeStep is one store of an Arrange: width bytes at start, of which those up to end are right.
type arrangeStep struct {
	width      Width
	start, end int
	// from is where in the source each of the lanes of the vector is loaded: one of 64 bytes, or up to two of 16. Of a word it is
	// where the bytes are.
	from  [2]int64
	lanes int
	// order has, for each byte, which byte of its lane it is; constants what is joined with that.
	order, constants []byte
	// zero is the byte of 64 that the load makes zero for the constants; -1: there are none.
	zero int
	// constant: nothing comes from the source; joined: constants have to be joined with what does. reversed: the bytes of a word
	// change their order.
	constant, joined, reversed bool
}

// An arrangePlan divides the bytes of a template among stores.
type arrangePlan struct {
	bytes     []ir.TemplateByte
	low, high int64 // the source
	swap      int   // how long a word takes that changes the order of its bytes
}

// planArrange returns the stores that do what a template says, in their order: each may write bytes, behind those that are
// right, that the next ones write again.
func planArrange(layout ir.Template, available Features) (steps []arrangeStep) {
	p := arrangePlan{bytes: layout.Each()}
	p.low, p.high = layout.Source()
	p.swap = 3 * 8
	if available.Has(HasMOVBE) {
		p.swap = 2 * 8
	}
	for at := 0; at < len(p.bytes); {
		v := p.next(at, available)
		steps = append(steps, v)
		at = v.end
	}
	return steps
}

// next returns the store that comes furthest from at on, of the widest registers that come far enough.
func (p *arrangePlan) next(at int, available Features) arrangeStep {
	makers := []struct {
		width Width
		needs Features
		make  func(start int, width Width) (arrangeStep, bool)
	}{
		{W512, needsBulk512, p.wide},
		{W256, HasAVX | HasAVX2, p.pair},
		{W128, HasSSSE3, p.pair},
	}
	for _, m := range makers {
		size := m.width.Bytes()
		if !available.Has(m.needs) || size > len(p.bytes) {
			continue
		}
		// A vector may begin before at, where what is written is the same again.
		first := min(at, len(p.bytes)-size)
		for start := first; start >= max(0, first-mostOverlap); start-- {
			if v, ok := m.make(start, m.width); ok && p.wordSteps(at, v.end) > vectorSteps(&v) {
				p.fill(&v)
				return v
			}
		}
	}
	return p.word(at)
}

// mostOverlap is how far back a vector is moved to find one that can be made.
const mostOverlap = 12

// vectorSteps and wordSteps estimate what it takes to write bytes, in eighths of an instruction: by one vector, or word by word,
// where pieces that are cut count in part.
func vectorSteps(v *arrangeStep) int {
	if v.constant {
		return 2 * 8
	}
	steps := 3*8 + 4 // a plain load, an order, a store; it must gain something
	if v.joined {
		steps += 8
	}
	return steps + 8*(v.lanes-1)
}

func (p *arrangePlan) wordSteps(at, end int) (steps int) {
	for _, b := range p.bytes[at:max(at, end)] {
		whole := 8 // a constant
		if b.Kind != ir.ConstantPiece {
			whole = p.swap
			if b.Length == 1 {
				whole = 2 * 8
			}
		}
		steps += whole / min(b.Length, 8)
	}
	return steps
}

// reach adds a lane to v: as far as its bytes, which begin where v ends, come from one window of the source. If a byte of that
// has to be zero for constants, spare, it is one that is free.
func (p *arrangePlan) reach(v *arrangeStep, end, size int, spare bool) {
	named, loads, constants := false, false, false
	var low, high int64
	from, zero, reached := p.low, -1, v.end
	for ; reached < end; reached++ {
		switch b := &p.bytes[reached]; {
		case b.Kind == ir.ConstantPiece:
			constants = true
		case named:
			low, high = min(low, b.From), max(high, b.From+1)
		default:
			low, high, named = b.From, b.From+1, true
		}
		if !named {
			continue
		}
		at, free, ok := p.window(low, high, int64(size), spare && constants)
		if !ok {
			break
		}
		from, zero, loads = at, free, true
	}
	v.from[v.lanes], v.zero, v.end = from, zero, reached
	v.lanes++
	v.constant, v.joined = v.constant && !loads, v.joined || constants
}

// window returns where to load so many bytes of the source that those from low to high are among them, and, if one is to be
// spared, which is not.
func (p *arrangePlan) window(low, high, size int64, spare bool) (from int64, free int, ok bool) {
	from = min(low, p.high-size)
	switch {
	case from < p.low || high > from+size:
		return 0, -1, false
	case !spare:
		return from, -1, true
	case high < from+size:
		return from, int(size) - 1, true
	case low > from:
		return from, 0, true
	}
	return 0, -1, false
}

// wide makes a vector of 64 bytes. Where others follow it ends behind a piece of the source, so that neighbours have the same
// order where fields are alike, and the order can stay in its register.
func (p *arrangePlan) wide(start int, width Width) (arrangeStep, bool) {
	const size = 64
	v := arrangeStep{width: width, start: start, end: start, constant: true}
	p.reach(&v, start+size, size, true)
	if v.end < len(p.bytes) {
		for whole := v.end; whole > start+size/2; whole-- {
			if b := &p.bytes[whole-1]; b.Last && b.Kind != ir.ConstantPiece {
				v = arrangeStep{width: width, start: start, end: start, constant: true}
				p.reach(&v, whole, size, true)
				break
			}
		}
	}
	return v, v.end > start
}

// pair makes a vector of lanes of 16 bytes, one or two, of which all but the last are right to their ends.
func (p *arrangePlan) pair(start int, width Width) (arrangeStep, bool) {
	const size = 16
	v := arrangeStep{width: width, start: start, end: start, constant: true}
	for end := start + size; end <= start+width.Bytes(); end += size {
		if v.end != end-size {
			return v, false
		}
		p.reach(&v, end, size, false)
	}
	return v, v.end > start
}

// fill sets the order and the constants of a vector.
func (p *arrangePlan) fill(v *arrangeStep) {
	size := v.width.Bytes()
	both := make([]byte, 2*size)
	v.order, v.constants = both[:size:size], both[size:]
	size /= v.lanes
	zero := byte(0x80)
	if v.width == W512 {
		zero = byte(max(v.zero, 0))
	}
	for n := range v.order {
		at := v.start + n
		switch {
		case at >= v.end:
			v.order[n] = zero
		case p.bytes[at].Kind == ir.ConstantPiece:
			v.order[n], v.constants[n] = zero, p.bytes[at].Value
		default:
			v.order[n] = byte(p.bytes[at].From - v.from[n/size])
		}
	}
}

// word makes the longest store of a general register.
func (p *arrangePlan) word(at int) arrangeStep {
	w := lower.NextWord(p.bytes, at)
	width := W8
	for width.Bytes() < w.Size {
		width++
	}
	return arrangeStep{width: width, start: w.Start, end: w.End, from: [2]int64{w.From}, zero: -1,
		constants: w.Constants, constant: w.Constants != nil, reversed: w.Reversed}
}
