package reflectcodec

import (
	"unsafe"

	"github.com/tagwire/tagwire/schema"
)

// A field is served alone for an engine that does the rest of a struct itself. The number of a field is its index
// in the schema's Fields; UnknownFields stands for the kept fields that are written before STOP. levels is how
// many structs and containers may still be opened. These methods report false where the field is refused; the
// engine then repeats the whole call here, which tells what is wrong and where.

// UnknownFields is the number of what _unknownFields holds.
const UnknownFields = -1

// SizeField returns how many bytes EncodeField writes.
func (c *Codec) SizeField(number int, p unsafe.Pointer, levels int) (n int, ok bool) {
	z := sizers.Get().(*sizer)
	*z = sizer{limit: orNone(0), levels: levels}
	err := z.oneField(c.root, number, p)
	n = z.n
	sizers.Put(z)
	return n, err == nil
}

func (z *sizer) oneField(s *structPlan, number int, p unsafe.Pointer) *schema.Error {
	if number == UnknownFields {
		return z.unknownFields(s, p)
	}
	f := &s.fields[number]
	if f.optional && f.absent(f.at(p), s.defaults()) {
		return nil
	}
	return z.field(f, f.at(p))
}

// EncodeField writes a field of the struct at p, header included and unless it is left out, to the start of buf.
func (c *Codec) EncodeField(buf []byte, number int, p unsafe.Pointer, levels int) (n int, ok bool) {
	e := encoders.Get().(*encoder)
	*e = encoder{buf: buf, levels: levels, limit: orNone(0), size: len(buf)}
	err := e.oneField(c.root, number, p)
	n = e.pos
	*e = encoder{}
	encoders.Put(e)
	return n, err == nil
}

func (e *encoder) oneField(s *structPlan, number int, p unsafe.Pointer) *schema.Error {
	if number == UnknownFields {
		return e.unknownFields(s, p)
	}
	f := &s.fields[number]
	if f.optional && f.absent(f.at(p), s.defaults()) {
		return nil
	}
	return e.field(f, f.at(p))
}
