package lower

import (
	"slices"
	"strconv"

	"github.com/tagwire/tagwire/ir"
)

// Label is a position in one function's code. A Body hands them out; each is bound once.
type Label int32

// String returns the label as the text form of a backend writes it.
func (l Label) String() string { return ".L" + strconv.Itoa(int(l)) }

// A Body is the machine code of one function, as a list of instructions of type I.
type Body[I any] struct {
	Name  string
	Insts []I

	labels Label // handed out so far
	tables []Table
}

// A Table is words of 64 bits that stand behind the code of a function, where control never comes.
type Table struct {
	Label Label
	Words []uint64
}

// NewLabel returns a label that is not bound yet.
func (b *Body[I]) NewLabel() Label {
	b.labels++
	return b.labels - 1
}

// Labels returns the number of labels handed out.
func (b *Body[I]) Labels() int { return int(b.labels) }

// Next appends an instruction that is zero and returns its index in the list, to be filled in.
func (b *Body[I]) Next() *I {
	var zero I
	b.Insts = append(ir.Grow(b.Insts, 1), zero)
	return &b.Insts[len(b.Insts)-1]
}

// DropLast takes the last instruction back.
func (b *Body[I]) DropLast() { b.Insts = b.Insts[:len(b.Insts)-1] }

// Table returns the label of words that are to stand behind the code. Equal ones share a label.
func (b *Body[I]) Table(words ...uint64) Label {
	for _, t := range b.tables {
		if slices.Equal(t.Words, words) {
			return t.Label
		}
	}
	b.tables = append(b.tables, Table{b.NewLabel(), words})
	return b.tables[len(b.tables)-1].Label
}

// Tables returns what Table was asked for. The backend emits them once, behind the last instruction.
func (b *Body[I]) Tables() []Table { return b.tables }
