package reflectcodec

import (
	"github.com/tagwire/tagwire/codec"
	"github.com/tagwire/tagwire/schema"
)

// span is a part of the input.
type span struct{ from, to int }

// maxSpans is how long the decoder's list of skipped fields may get before the innermost struct's are copied.
// Only the first field of each further open struct makes it longer.
const maxSpans = 512

// unknownFields collects the skipped fields of one struct. Those that the decoder's list holds from mark on
// have not been copied to kept yet, so that most structs get them in one allocation of the right size.
type unknownFields struct {
	kept *[]byte
	mark int
}

// keep adds a skipped field to u. Neighbours are joined.
func (d *decoder) keep(u *unknownFields, field span) *codec.Error {
	if n := len(d.unknown); n > u.mark && d.unknown[n-1].to == field.from {
		d.unknown[n-1].to = field.to
		return nil
	}
	if len(d.unknown) >= maxSpans && len(d.unknown) > u.mark {
		if err := d.flushUnknown(u, false); err != nil {
			return err
		}
	}
	d.unknown = append(d.unknown, field)
	return nil
}

// flushUnknown copies the fields in the decoder's list to where they are kept. last: no more will follow.
func (d *decoder) flushUnknown(u *unknownFields, last bool) *codec.Error {
	spans := d.unknown[u.mark:]
	d.unknown = d.unknown[:u.mark]
	if len(spans) == 0 {
		return nil
	}
	if d.zeroCopy && last && len(spans) == 1 && *u.kept == nil {
		*u.kept = d.data[spans[0].from:spans[0].to:spans[0].to]
		return nil
	}
	n := 0
	for _, s := range spans {
		n += s.to - s.from
	}
	if err := d.charge(n, 1, spans[0].from); err != nil {
		return err.AddField(schema.UnknownFieldsName)
	}
	if d.dry {
		*u.kept = d.data[:0:0] // not nil: there are some
		return nil
	}
	kept := *u.kept
	if have := len(kept); n > cap(kept)-have {
		size := have + n
		if have > 0 {
			size = max(size, 2*have) // more may follow
		}
		kept = append(d.bump(size, 1)[:0], kept...)
	}
	for _, s := range spans {
		kept = append(kept, d.data[s.from:s.to]...)
	}
	*u.kept = kept
	return nil
}
