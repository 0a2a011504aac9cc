package lower

import "github.com/tagwire/tagwire/ir"

// LittleEndian is the number that up to eight bytes are in memory.
func LittleEndian(b []byte) (n uint64) {
	for k, c := range b {
		n |= uint64(c) << (8 * k)
	}
	return n
}

// Words are 16 bytes of constants, or a multiple, as the words behind code.
func Words(b []byte) (words []uint64) {
	for ; len(b) > 0; b = b[8:] {
		words = append(words, LittleEndian(b[:8]))
	}
	return words
}

// A TemplateWord is a store of a general register for an Arrange: Size bytes at Start, of which those up to End are right.
type TemplateWord struct {
	Size       int // 1, 2, 4 or 8
	Start, End int
	// Constants are the bytes up to End, if they are constants; else the bytes are those of the source at From, or
	// these in the opposite order.
	Constants []byte
	From      int64
	Reversed  bool
}

// NextWord makes the longest store of a general register for the bytes of a template from at on. What it writes behind its end
// comes next in the template.
func NextWord(bytes []ir.TemplateByte, at int) TemplateWord {
	first := bytes[at]
	constant := first.Kind == ir.ConstantPiece
	end, step := at+1, int64(0)
	for ; end < min(len(bytes), at+8); end++ {
		b, before := bytes[end], bytes[end-1]
		if (b.Kind == ir.ConstantPiece) != constant {
			break
		}
		if constant {
			continue
		}
		if end == at+1 {
			step = b.From - before.From
		}
		if next := b.From - before.From; next != step || next*next != 1 {
			break
		}
	}
	size := 8
	for size > end-at {
		size /= 2
	}
	w := TemplateWord{Size: size, Start: at, End: at + size}
	if !constant {
		w.Reversed = size > 1 && step < 0
		w.From = min(first.From, bytes[w.End-1].From)
		return w
	}
	if end-at == 3 && at+4 <= len(bytes) {
		w.Size, w.End = 4, end
	}
	for _, b := range bytes[at:w.End] {
		w.Constants = append(w.Constants, b.Value)
	}
	return w
}

// Matched returns what a Match compares bytes with, and which of their bits it compares.
func Matched(layout ir.Template) (constants, relevant []byte) {
	for _, b := range layout.Each() {
		bits := byte(0)
		switch b.Kind {
		case ir.ConstantPiece:
			bits = 0xff
		case ir.BoolPiece:
			bits = 0xfe
		}
		constants, relevant = append(constants, b.Value), append(relevant, bits)
	}
	return constants, relevant
}
