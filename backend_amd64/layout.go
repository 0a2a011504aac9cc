package amd64

import (
	"encoding/binary"
	"fmt"
)

// The size of a branch to a label depends on how far away the label is, which depends on the sizes of the
// branches between. So instructions are first encoded without them; each leaves a gap. Then all gaps begin
// small, and those that turn out too small grow, until none does. As none ever shrinks, that ends, and it ends
// with the smallest code. Padding for alignment is a gap too, its size follows from its place.

// gap is a branch or padding that the encoded bytes do not contain yet.
type gap struct {
	at        int   // bytes encoded before it
	target    Label // of a branch
	alignment uint8 // of padding; 0: a branch
	size      uint8
	longSize  uint8 // of a branch
	cond      Cond  // of a branch with longSize longJcc
}

const (
	shortSize = 2 // eb rel8, 70+cond rel8
	longJmp   = 5 // e9 rel32
	longJcc   = 6 // 0f 80+cond rel32
)

// place is a position in the code: so many encoded bytes and so many gaps lie before it.
type place struct {
	bytes int
	gaps  int
	bound bool
}

// fixup is a field in the encoded bytes whose value is known only when all sizes are, or only to Link. It has 32
// bits.
type fixup struct {
	kind  fixupKind
	at    int // bytes encoded before the field
	gaps  int // gaps before the field
	after int // from the field to the end of its instruction
	label Label
	base  Label  // of labelDistance
	to    Symbol // of symbolRelative
}

type fixupKind uint8

const (
	labelRelative  fixupKind = iota // label - end of the instruction
	labelDistance                   // label - base
	symbolRelative                  // a Relocation of the result
)

func (e *encoder) here() place { return place{bytes: len(e.bytes), gaps: len(e.gaps), bound: true} }

// field appends 32 bits to be filled in later.
func (e *encoder) field(f fixup) {
	f.at, f.gaps = len(e.bytes), len(e.gaps)
	e.fixups = append(e.fixups, f)
	e.immediate(W32, 0)
}

// reference appends the distance from the end of the instruction to a label.
func (e *encoder) reference(l Label) { e.field(fixup{kind: labelRelative, label: l}) }

// encodeBranch: JMP, Jcc and CALL to a label or to another function.
func encodeBranch(e *encoder, _ *row, i *Inst) {
	if i.A.kind == LabelKind && i.Op != CALL {
		g := gap{at: len(e.bytes), target: Label(i.A.value), size: shortSize, longSize: longJmp}
		if i.Op == Jcc {
			g.cond, g.longSize = i.Cond, longJcc
		}
		e.gaps = append(e.gaps, g)
		return
	}
	switch i.Op {
	case CALL:
		e.byte(0xe8)
	case JMP:
		e.byte(0xe9)
	default:
		e.byte(0x0f)
		e.byte(0x80 | uint8(i.Cond))
	}
	if i.A.kind == LabelKind {
		e.reference(Label(i.A.value))
	} else {
		e.field(fixup{kind: symbolRelative, to: Symbol(i.A.value)})
	}
}

func encodeLabel(e *encoder, _ *row, i *Inst) {
	l := Label(i.A.value)
	if int(l) >= len(e.labels) {
		return // the use of a label is checked later, and this one is no better
	}
	if e.labels[l].bound {
		e.fault = fmt.Errorf("%v is bound twice", l)
	}
	e.labels[l] = e.here()
}

func encodeAlign(e *encoder, _ *row, i *Inst) {
	n := i.A.value
	if n < 1 || n > FunctionAlign || n&(n-1) != 0 {
		e.fault = fmt.Errorf("%d is not an alignment", n)
		return
	}
	e.gaps = append(e.gaps, gap{at: len(e.bytes), alignment: uint8(n)})
}

func encodeQuad(e *encoder, _ *row, i *Inst) {
	e.bytes = binary.LittleEndian.AppendUint64(e.bytes, uint64(i.A.value))
}

func encodeLongDiff(e *encoder, _ *row, i *Inst) {
	e.field(fixup{kind: labelDistance, label: Label(i.A.value), base: Label(i.B.value)})
}

// layout is the encoded bytes with the sizes of their gaps.
type layout struct {
	*encoder
	shift []int // for each number of gaps, the sum of the sizes of the first so many
}

// offset is the final offset of a position.
func (y *layout) offset(bytes, gaps int) int { return bytes + y.shift[gaps] }

func (y *layout) labelOffset(l Label) int {
	p := y.labels[l]
	return y.offset(p.bytes, p.gaps)
}

// checkLabels: every label that is used must be bound.
func (y *layout) checkLabels() error {
	bound := func(l Label) error {
		if int(l) >= len(y.labels) || !y.labels[l].bound {
			return fmt.Errorf("%v is used but not bound", l)
		}
		return nil
	}
	for i := range y.gaps {
		if g := &y.gaps[i]; g.alignment == 0 {
			if err := bound(g.target); err != nil {
				return err
			}
		}
	}
	for i := range y.fixups {
		f := &y.fixups[i]
		if f.kind == symbolRelative {
			continue
		}
		if err := bound(f.label); err != nil {
			return err
		}
		if f.kind == labelDistance {
			if err := bound(f.base); err != nil {
				return err
			}
		}
	}
	return nil
}

// relax finds the sizes of all gaps.
func (y *layout) relax() {
	for {
		y.measure()
		grown := false
		for i := range y.gaps {
			g := &y.gaps[i]
			if g.alignment == 0 && g.size == shortSize && !isInt8(int64(y.distance(i))) {
				g.size = g.longSize
				grown = true
			}
		}
		if !grown {
			return
		}
	}
}

// measure sets shift, and the sizes of padding.
func (y *layout) measure() {
	y.shift = append(y.shift[:0], 0)
	sum := 0
	for i := range y.gaps {
		g := &y.gaps[i]
		if g.alignment != 0 {
			g.size = uint8(-(g.at + sum) & int(g.alignment-1))
		}
		sum += int(g.size)
		y.shift = append(y.shift, sum)
	}
}

// distance is what a branch must say: from its end to its target.
func (y *layout) distance(i int) int {
	g := &y.gaps[i]
	return y.labelOffset(g.target) - y.offset(g.at, i+1)
}

// finish returns the code, all gaps and fields filled, but for the calls that link fills.
func (y *layout) finish() *Code {
	code := &Code{Bytes: make([]byte, 0, len(y.bytes)+y.shift[len(y.gaps)])}
	done := 0
	for i := range y.gaps {
		g := &y.gaps[i]
		code.Bytes = append(code.Bytes, y.bytes[done:g.at]...)
		done = g.at
		if g.alignment != 0 {
			code.Bytes = appendNops(code.Bytes, int(g.size))
		} else {
			code.Bytes = g.appendBranch(code.Bytes, y.distance(i))
		}
	}
	code.Bytes = append(code.Bytes, y.bytes[done:]...)
	y.fill(code)
	code.Labels = make([]int, len(y.labels))
	for l, p := range y.labels {
		code.Labels[l] = -1
		if p.bound {
			code.Labels[l] = y.labelOffset(Label(l))
		}
	}
	return code
}

func (g *gap) appendBranch(code []byte, distance int) []byte {
	conditional := g.longSize == longJcc
	switch {
	case g.size == shortSize && conditional:
		return append(code, 0x70|uint8(g.cond), uint8(distance))
	case g.size == shortSize:
		return append(code, 0xeb, uint8(distance))
	case conditional:
		code = append(code, 0x0f, 0x80|uint8(g.cond))
	default:
		code = append(code, 0xe9)
	}
	return binary.LittleEndian.AppendUint32(code, uint32(distance))
}

func (y *layout) fill(code *Code) {
	for i := range y.fixups {
		f := &y.fixups[i]
		at := y.offset(f.at, f.gaps)
		var value int
		switch f.kind {
		case labelRelative:
			value = y.labelOffset(f.label) - (at + f.after)
		case labelDistance:
			value = y.labelOffset(f.label) - y.labelOffset(f.base)
		case symbolRelative:
			code.Calls = append(code.Calls, Relocation{Offset: at, Target: f.to})
			continue
		}
		binary.LittleEndian.PutUint32(code.Bytes[at:], uint32(value))
	}
}

// nops are the forms of the instruction that does nothing, one byte to nine, that the manual recommends.
var nops = [...]string{
	"\x90",
	"\x66\x90",
	"\x0f\x1f\x00",
	"\x0f\x1f\x40\x00",
	"\x0f\x1f\x44\x00\x00",
	"\x66\x0f\x1f\x44\x00\x00",
	"\x0f\x1f\x80\x00\x00\x00\x00",
	"\x0f\x1f\x84\x00\x00\x00\x00\x00",
	"\x66\x0f\x1f\x84\x00\x00\x00\x00\x00",
}

// appendNops appends so many bytes that do nothing, in as few instructions as there can be.
func appendNops(code []byte, size int) []byte {
	for size > 0 {
		n := min(size, len(nops))
		code = append(code, nops[n-1]...)
		size -= n
	}
	return code
}
