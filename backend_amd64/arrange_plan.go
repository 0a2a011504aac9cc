package amd64

import (
	. "github.com/tagwire/tagwire/backend_amd64/asm"
	"github.com/tagwire/tagwire/ir"
)

// An arrangeStep is one store of an Arrange: width bytes at start, of which those up to end are right.
type arrangeStep struct {
	width      Width
	start, end int
	// from is where in the source each lane of the vector is loaded: one of 64 bytes, or up to two of 16. Of a word it is where
	// the bytes are.
	from []int64
	// order has, for each byte, which byte of its lane it is; constants what is joined with that.
	order, constants []byte
	// zero is the byte of 64 that the load makes zero for the constants; -1: there are none.
	zero int
	// constant: nothing comes from the source. reversed: the bytes of a word change their order.
	constant, reversed bool
}

// hasConstants reports whether a byte of the step is a constant other than 0, which the order makes.
func (v *arrangeStep) hasConstants() bool {
	for _, c := range v.constants {
		if c != 0 {
			return true
		}
	}
	return false
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
		{W256, HasAVX | HasAVX2, p.lanes},
		{W128, HasSSSE3, p.lanes},
	}
	for _, m := range makers {
		size := m.width.Bytes()
		if !available.Has(m.needs) || size > len(p.bytes) {
			continue
		}
		// A vector may begin before at, where what is written is the same again.
		first := min(at, len(p.bytes)-size)
		for start := first; start >= max(0, first-mostOverlap); start-- {
			if v, ok := m.make(start, m.width); ok && p.wordSteps(at, v.end) > p.vectorSteps(&v) {
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
func (p *arrangePlan) vectorSteps(v *arrangeStep) int {
	if v.constant {
		return 2 * 8
	}
	steps := 3*8 + 4 // a plain load, an order, a store; it must gain something
	if v.hasConstants() {
		steps += 8
	}
	return steps + 8*(len(v.from)-1)
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

// reach returns how far a vector or lane that begins at start is right, if it is loaded from a window of the source, and where
// that begins. zero is the byte of the window that is free to be zero, if there are constants and spare says that one has to be;
// else -1.
func (p *arrangePlan) reach(start, end, window int, spare bool) (reached int, from int64, zero int) {
	named, constants := false, false
	var low, high int64
	reached, from, zero = start, p.low, -1
	for ; reached < end; reached++ {
		switch b := p.bytes[reached]; {
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
		at, free, ok := p.window(low, high, int64(window), spare && constants)
		if !ok {
			break
		}
		from, zero = at, free
	}
	return reached, from, zero
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
	end, _, _ := p.reach(start, start+size, size, true)
	if end < len(p.bytes) {
		for whole := end; whole > start+size/2; whole-- {
			if b := p.bytes[whole-1]; b.Last && b.Kind != ir.ConstantPiece {
				end = whole
				break
			}
		}
	}
	_, from, zero := p.reach(start, end, size, true)
	v := arrangeStep{width: width, start: start, end: end, from: []int64{from}, zero: zero}
	v.constant = !p.fill(&v, 0, size, max(zero, 0))
	return v, end > start
}

// lanes makes a vector of lanes of 16 bytes, of which all but the last are right to their ends.
func (p *arrangePlan) lanes(start int, width Width) (arrangeStep, bool) {
	const size = 16
	v := arrangeStep{width: width, start: start, end: start, zero: -1, constant: true}
	for end := start + size; end <= start+width.Bytes(); end += size {
		if v.end != end-size {
			return v, false
		}
		reached, from, _ := p.reach(v.end, end, size, false)
		v.from, v.end = append(v.from, from), reached
	}
	for lane := range v.from {
		if p.fill(&v, lane*size, size, 0x80) {
			v.constant = false
		}
	}
	return v, v.end > start
}

// fill sets the order and the constants of a lane, and reports whether anything in it comes from the source. zero is the order
// of a byte that is to be zero.
func (p *arrangePlan) fill(v *arrangeStep, lane, size, zero int) (named bool) {
	from := v.from[lane/size]
	for at := v.start + lane; at < v.start+lane+size; at++ {
		order, constant := byte(zero), byte(0)
		switch b := p.bytes[at]; {
		case at >= v.end:
		case b.Kind == ir.ConstantPiece:
			constant = b.Value
		default:
			order, named = byte(b.From-from), true
		}
		v.order, v.constants = append(v.order, order), append(v.constants, constant)
	}
	return named
}

// word makes the longest store of a general register.
func (p *arrangePlan) word(at int) arrangeStep {
	first := p.bytes[at]
	end, step := at+1, int64(0)
	for ; end < min(len(p.bytes), at+8); end++ {
		b, before := p.bytes[end], p.bytes[end-1]
		if (b.Kind == ir.ConstantPiece) != (first.Kind == ir.ConstantPiece) {
			break
		}
		if b.Kind == ir.ConstantPiece {
			continue
		}
		if end == at+1 {
			step = b.From - before.From
		}
		if next := b.From - before.From; next != step || next*next != 1 {
			break
		}
	}
	width := W8
	for w := W64; w > W8; w-- {
		if w.Bytes() <= end-at {
			width = w
			break
		}
	}
	v := arrangeStep{width: width, start: at, end: at + width.Bytes(), zero: -1, constant: first.Kind == ir.ConstantPiece}
	if v.constant {
		if end-at == 3 && at+4 <= len(p.bytes) { // what it writes behind them comes next
			v.width, v.end = W32, end
		}
		for _, b := range p.bytes[at:v.end] {
			v.constants = append(v.constants, b.Value)
		}
		return v
	}
	v.reversed = width > W8 && step < 0
	v.from = []int64{min(first.From, p.bytes[v.end-1].From)}
	return v
}
