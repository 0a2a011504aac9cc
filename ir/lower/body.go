package lower

import (
	"encoding/binary"
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
	known  map[string]Label // of the tables, by the bytes of their words
	key    []byte           // to look one up
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
	b.key = b.key[:0]
	for _, w := range words {
		b.key = binary.LittleEndian.AppendUint64(b.key, w)
	}
	if l, known := b.known[string(b.key)]; known {
		return l
	}
	if b.known == nil {
		b.known = map[string]Label{}
	}
	l := b.NewLabel()
	b.known[string(b.key)] = l
	b.tables = append(b.tables, Table{l, words})
	return l
}

// Tables returns what Table was asked for. The backend emits them once, behind the last instruction.
func (b *Body[I]) Tables() []Table { return b.tables }
