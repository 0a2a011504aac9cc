package ir

import (
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
)

// A TemplateKind says what the pieces of an op's template may be. Pieces are separated by single spaces.
type TemplateKind uint8

// The kinds of templates.
const (
	NoTemplate TemplateKind = iota
	// ArrangeTemplate says what bytes are written: 0a1b are constants, +16:4 the 4 bytes at 16 of the source, -16:4 the same ones
	// with the last one first.
	ArrangeTemplate
	// MatchTemplate says what bytes are looked for: 0a1b are constants, .4 are 4 bytes of any value, ?4 are 4 bytes that are each
	// 0 or 1.
	MatchTemplate
)

// The largest template, in bytes that it stands for, and the largest offset in it.
const (
	MaxTemplateBytes  = 1 << 11
	MaxTemplateOffset = 1 << 20
)

// A PieceKind says what a piece of a template stands for.
type PieceKind uint8

// The kinds of pieces.
const (
	ConstantPiece PieceKind = iota
	ForwardPiece
	ReversedPiece
	AnyPiece
	BoolPiece
)

// A Piece is a part of a template: some bytes.
type Piece struct {
	Kind   PieceKind
	Bytes  []byte // of a ConstantPiece
	From   int64  // where the bytes of a ForwardPiece or ReversedPiece are in the source
	Length int
}

// A Template is the operand of Arrange and Match that says what each byte is.
type Template []Piece

// Constant appends constant bytes; neighbours are one piece.
func (t Template) Constant(bytes ...byte) Template {
	if n := len(t); n > 0 && t[n-1].Kind == ConstantPiece {
		last := append(t[n-1].Bytes[:t[n-1].Length:t[n-1].Length], bytes...)
		return append(t[:n-1:n-1], Piece{Kind: ConstantPiece, Bytes: last, Length: len(last)})
	}
	return append(t, Piece{Kind: ConstantPiece, Bytes: bytes, Length: len(bytes)})
}

// Forward appends bytes of the source as they are.
func (t Template) Forward(from int64, length int) Template {
	return append(t, Piece{Kind: ForwardPiece, From: from, Length: length})
}

// Reversed appends bytes of the source, the last one first.
func (t Template) Reversed(from int64, length int) Template {
	return append(t, Piece{Kind: ReversedPiece, From: from, Length: length})
}

// Any appends bytes of any value.
func (t Template) Any(length int) Template { return append(t, Piece{Kind: AnyPiece, Length: length}) }

// Bools appends bytes that are 0 or 1.
func (t Template) Bools(length int) Template {
	return append(t, Piece{Kind: BoolPiece, Length: length})
}

// Len returns the number of bytes that t stands for.
func (t Template) Len() (n int) {
	for _, p := range t {
		n += p.Length
	}
	return n
}

// String returns t in the text form.
func (t Template) String() string {
	text := make([]byte, 0, 8*len(t))
	for n, p := range t {
		if n > 0 {
			text = append(text, ' ')
		}
		switch p.Kind {
		case ConstantPiece:
			text = hex.AppendEncode(text, p.Bytes)
			continue
		case ForwardPiece:
			text = strconv.AppendInt(append(text, '+'), p.From, 10)
			text = append(text, ':')
		case ReversedPiece:
			text = strconv.AppendInt(append(text, '-'), p.From, 10)
			text = append(text, ':')
		case AnyPiece:
			text = append(text, '.')
		case BoolPiece:
			text = append(text, '?')
		}
		text = strconv.AppendInt(text, int64(p.Length), 10)
	}
	return string(text)
}

// ParseTemplate reads a template. It accepts what String returns, and nothing else.
func ParseTemplate(text string, kind TemplateKind) (Template, error) {
	if kind == NoTemplate || len(text) > 16*MaxTemplateBytes {
		return nil, fmt.Errorf("%q is no template", shorten(text))
	}
	t := make(Template, 0, strings.Count(text, " ")+1)
	for word, rest, more := strings.Cut(text, " "); ; word, rest, more = strings.Cut(rest, " ") {
		p, ok := parsePiece(word, kind)
		if !ok {
			return nil, fmt.Errorf("%q is no piece of a template", shorten(word))
		}
		if t = append(t, p); !more {
			break
		}
	}
	if t.Len() > MaxTemplateBytes {
		return nil, fmt.Errorf("a template of %d bytes, at most %d are possible", t.Len(), MaxTemplateBytes)
	}
	return t, nil
}

// parsePiece reads one piece.
func parsePiece(word string, kind TemplateKind) (p Piece, ok bool) {
	if word == "" {
		return p, false
	}
	length := word[1:]
	switch mark := word[0]; {
	case kind == ArrangeTemplate && (mark == '+' || mark == '-'):
		p.Kind = ForwardPiece
		if mark == '-' {
			p.Kind = ReversedPiece
		}
		var from string
		if from, length, ok = strings.Cut(length, ":"); !ok {
			return p, false
		}
		if p.From, ok = parseCount(from, MaxTemplateOffset); !ok {
			return p, false
		}
	case kind == MatchTemplate && mark == '.':
		p.Kind = AnyPiece
	case kind == MatchTemplate && mark == '?':
		p.Kind = BoolPiece
	default:
		bytes, err := hex.DecodeString(word)
		return Piece{Kind: ConstantPiece, Bytes: bytes, Length: len(bytes)}, err == nil && word == strings.ToLower(word)
	}
	n, ok := parseCount(length, MaxTemplateBytes)
	p.Length = int(n)
	return p, ok && n > 0
}

// parseCount reads a number, without needless zeros.
func parseCount(digits string, most uint64) (n int64, ok bool) {
	count, err := strconv.ParseUint(digits, 10, 32)
	return int64(count), err == nil && count <= most && (digits[0] != '0' || digits == "0")
}

// A TemplateByte is what one byte is.
type TemplateByte struct {
	Kind  PieceKind
	Value byte  // of a constant
	From  int64 // of a byte of the source
	// Length is that of the piece, and Last marks its last byte.
	Length int
	Last   bool
}

// Each returns what each byte of t is.
func (t Template) Each() []TemplateByte {
	list := make([]TemplateByte, 0, t.Len())
	for _, p := range t {
		for n := range p.Length {
			b := TemplateByte{Kind: p.Kind, Length: p.Length, Last: n == p.Length-1}
			switch p.Kind {
			case ConstantPiece:
				b.Value = p.Bytes[n]
			case ForwardPiece:
				b.From = p.From + int64(n)
			case ReversedPiece:
				b.From = p.From + int64(p.Length-1-n)
			}
			list = append(list, b)
		}
	}
	return list
}

// Source returns the range of the source from the first to the last byte that t names; both are 0 if it names none.
func (t Template) Source() (low, high int64) {
	named := false
	for _, p := range t {
		if p.Kind != ForwardPiece && p.Kind != ReversedPiece {
			continue
		}
		end := p.From + int64(p.Length)
		if !named {
			low, high, named = p.From, end, true
		}
		low, high = min(low, p.From), max(high, end)
	}
	return low, high
}

// Layout returns the template of i.
func (i *Inst) Layout() Template {
	t, err := ParseTemplate(i.Template, i.Op.Info().Template)
	if err != nil {
		panic("BUG: ir: " + i.Op.String() + ": " + err.Error())
	}
	return t
}
