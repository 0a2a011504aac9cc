package lower

import (
	"encoding/binary"
	"fmt"

	"github.com/tagwire/tagwire/ir"
)

// The size of a branch to a label may depend on how far away the label is, which depends on the sizes of the branches
// between. So instructions are first encoded without such branches; each leaves a gap. Then all gaps begin small, and those
// that turn out too small grow, until none does. As none ever shrinks, that ends, and it ends with the smallest code. Padding
// for alignment is a gap too, its size follows from its position.

// An Encoder collects the bytes of one function, whose instructions the backend encodes one after the other. Labels, and what
// leads to them, need no position yet.
type Encoder struct {
	// Bytes are what has been encoded, without the gaps.
	Bytes []byte

	// KeepLabels has Code.Labels filled in.
	KeepLabels bool

	target *Target
	gaps   []gap
	fields []field
	labels []Position // by label
	fault  error      // the first one
	shift  []int32    // by n: the sum of the sizes of the first n gaps
}

// gap is a branch or padding that the encoded bytes do not contain yet.
type gap struct {
	at        int32 // bytes encoded before it
	to        Label // of a branch
	alignment uint8 // of padding; 0: a branch
	size      uint8
	branch    Branch
}

// A Branch is a way to get to a label, or to its address, that takes more bytes when the label is far away. The backend knows by
// Code which.
type Branch struct {
	Code uint32
	// Short and Long are the bytes that it takes, near its label and far from it.
	Short, Long uint8
}

// A Position is one in code that is being encoded: some encoded bytes and some gaps lie before it.
type Position struct {
	bytes int32
	gaps  int32
	bound bool
}

// field is 32 bits in the encoded bytes whose value is known only when all sizes are, or only to Link.
type field struct {
	kind  fieldKind
	at    int32 // bytes encoded before it
	gaps  int32 // gaps before it
	after int32 // from its begin to where the processor counts from
	label Label
	base  Label  // of labelDistance
	to    Symbol // of symbolRelative
}

type fieldKind uint8

const (
	labelRelative  fieldKind = iota // from the instruction to label
	labelDistance                   // from base to label
	symbolRelative                  // a Relocation of the result
)

// Reset begins with a function, which has no labels yet.
func (e *Encoder) Reset(target *Target) {
	e.target, e.Bytes, e.gaps, e.fields, e.labels, e.fault = target, e.Bytes[:0], e.gaps[:0], e.fields[:0], e.labels[:0], nil
}

// SetLabels says how many labels the function has by now.
func (e *Encoder) SetLabels(count int) {
	if more := count - len(e.labels); more > 0 {
		e.labels = ir.Grow(e.labels, more)[:count]
		clear(e.labels[count-more:])
	}
}

// Here returns where the next instruction will be.
func (e *Encoder) Here() Position {
	return Position{bytes: int32(len(e.Bytes)), gaps: int32(len(e.gaps)), bound: true}
}

// Err returns what has gone wrong first.
func (e *Encoder) Err() error { return e.fault }

func (e *Encoder) fail(format string, args ...any) {
	if e.fault == nil {
		e.fault = fmt.Errorf(format, args...)
	}
}

// Bind gives a label the position of the next instruction.
func (e *Encoder) Bind(l Label) {
	if int(l) >= len(e.labels) {
		return // the use of a label is checked later, and this one is no better
	}
	if e.labels[l].bound {
		e.fail("%v is bound twice", l)
	}
	e.labels[l] = e.Here()
}

// Align appends padding up to a multiple of n, a power of two up to that of the target's functions.
func (e *Encoder) Align(n int64) {
	if n < 1 || n > int64(e.target.Align) || n&(n-1) != 0 {
		e.fail("%d is not an alignment", n)
		return
	}
	e.gaps = append(ir.Grow(e.gaps, 1), gap{at: int32(len(e.Bytes)), alignment: uint8(n)})
}

// Branch appends a branch to a label.
func (e *Encoder) Branch(b Branch, to Label) {
	e.gaps = append(ir.Grow(e.gaps, 1), gap{at: int32(len(e.Bytes)), to: to, size: b.Short, branch: b})
}

// Word32 appends a number of 32 bits.
func (e *Encoder) Word32(n uint32) { e.Bytes = binary.LittleEndian.AppendUint32(e.Bytes, n) }

// Word64 appends a number of 64 bits.
func (e *Encoder) Word64(n uint64) { e.Bytes = binary.LittleEndian.AppendUint64(e.Bytes, n) }

// Reference appends a field for the distance from the instruction to a label.
func (e *Encoder) Reference(l Label) { e.field(field{kind: labelRelative, label: l}) }

// Distance appends a field for the distance from one label to another: an entry of a jump table.
func (e *Encoder) Distance(from, to Label) {
	e.field(field{kind: labelDistance, label: to, base: from})
}

// Call appends a field for the distance to a function, which Link fills in.
func (e *Encoder) Call(s Symbol) { e.field(field{kind: symbolRelative, to: s}) }

func (e *Encoder) field(f field) {
	f.at, f.gaps = int32(len(e.Bytes)), int32(len(e.gaps))
	e.fields = append(ir.Grow(e.fields, 1), f)
	e.Word32(0)
}

// Fields returns how many fields have been appended.
func (e *Encoder) Fields() int { return len(e.fields) }

// EndInstruction says that the processor counts the distances in the fields from the nth on from here, and not from the
// fields.
func (e *Encoder) EndInstruction(n int) {
	for ; n < len(e.fields); n++ {
		e.fields[n].after = int32(len(e.Bytes)) - e.fields[n].at
	}
}

// Finish returns the code, with all gaps and fields filled in, but for the calls that Link fills.
func (e *Encoder) Finish() (*Code, error) {
	if e.fault != nil {
		return nil, e.fault
	}
	if err := e.checkLabels(); err != nil {
		return nil, err
	}
	e.relax()
	code := &Code{Bytes: make([]byte, 0, len(e.Bytes)+int(e.shift[len(e.gaps)]))}
	done := int32(0)
	for i := range e.gaps {
		g := &e.gaps[i]
		code.Bytes = append(code.Bytes, e.Bytes[done:g.at]...)
		done = g.at
		if g.alignment != 0 {
			code.Bytes = e.target.Pad(code.Bytes, int(g.size))
		} else {
			code.Bytes = e.target.AppendBranch(code.Bytes, g.branch, g.size == g.branch.Short, e.distance(i))
		}
	}
	code.Bytes = append(code.Bytes, e.Bytes[done:]...)
	if err := e.fill(code); err != nil {
		return nil, err
	}
	if e.KeepLabels {
		code.Labels = make([]int, len(e.labels))
		for l, p := range e.labels {
			code.Labels[l] = -1
			if p.bound {
				code.Labels[l] = e.labelOffset(Label(l))
			}
		}
	}
	return code, nil
}

// Offset returns the offset in the code of a position, after Finish.
func (e *Encoder) Offset(p Position) int { return e.offset(p.bytes, p.gaps) }

func (e *Encoder) offset(bytes, gaps int32) int { return int(bytes + e.shift[gaps]) }

func (e *Encoder) labelOffset(l Label) int { return e.Offset(e.labels[l]) }

// checkLabels: every label that is used must be bound.
func (e *Encoder) checkLabels() error {
	bound := func(l Label) error {
		if int(l) >= len(e.labels) || !e.labels[l].bound {
			return fmt.Errorf("%v is used but not bound", l)
		}
		return nil
	}
	for i := range e.gaps {
		if g := &e.gaps[i]; g.alignment == 0 {
			if err := bound(g.to); err != nil {
				return err
			}
		}
	}
	for i := range e.fields {
		f := &e.fields[i]
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
func (e *Encoder) relax() {
	for {
		e.measure()
		grown := false
		for i := range e.gaps {
			g := &e.gaps[i]
			if g.alignment == 0 && g.size < g.branch.Long && !e.target.Reaches(g.branch, e.distance(i)) {
				g.size = g.branch.Long
				grown = true
			}
		}
		if !grown {
			return
		}
	}
}

// measure sets shift, and the sizes of padding.
func (e *Encoder) measure() {
	e.shift = ir.Resize(e.shift, len(e.gaps)+1)
	sum := int32(0)
	for i := range e.gaps {
		g := &e.gaps[i]
		if g.alignment != 0 {
			g.size = uint8(-(g.at + sum) & int32(g.alignment-1))
		}
		sum += int32(g.size)
		e.shift[i+1] = sum
	}
}

// distance is from the end of a branch to its label.
func (e *Encoder) distance(i int) int {
	g := &e.gaps[i]
	return e.labelOffset(g.to) - e.offset(g.at, int32(i+1))
}

func (e *Encoder) fill(code *Code) error {
	calls := 0
	for i := range e.fields {
		if e.fields[i].kind == symbolRelative {
			calls++
		}
	}
	code.Calls = make([]Relocation, 0, calls)
	for i := range e.fields {
		f := &e.fields[i]
		at := e.offset(f.at, f.gaps)
		switch f.kind {
		case labelRelative:
			if err := e.target.Patch(code.Bytes, at, at+int(f.after), e.labelOffset(f.label)); err != nil {
				return err
			}
		case labelDistance:
			binary.LittleEndian.PutUint32(code.Bytes[at:], uint32(e.labelOffset(f.label)-e.labelOffset(f.base)))
		case symbolRelative:
			code.Calls = append(code.Calls, Relocation{Offset: at, From: at + int(f.after), Target: f.to})
		}
	}
	return nil
}
