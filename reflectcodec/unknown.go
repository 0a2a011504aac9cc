package reflectcodec

import (
	"github.com/tagwire/tagwire/codec"
	"github.com/tagwire/tagwire/schema"
)

// span is a part of the input: neighbouring fields. id is that of the first.
type span struct {
	from, to int
	id       int32
}

// run returns the bytes of a span.
func (d *Decoder) run(s span) []byte { return d.Data[s.from:s.to:s.to] }

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
func (d *Decoder) keep(u *unknownFields, field span) *codec.Error {
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
func (d *Decoder) flushUnknown(u *unknownFields, last bool) *codec.Error {
	spans := d.unknown[u.mark:]
	d.unknown = d.unknown[:u.mark]
	if len(spans) == 0 {
		return nil
	}
	mark := d.format.Mark()
	if d.zeroCopy && last && len(spans) == 1 && *u.kept == nil && mark == "" {
		*u.kept = d.run(spans[0])
		return nil
	}
	n := 0
	for _, s := range spans {
		n += d.format.KeptSize(d.run(s), s.id)
	}
	if err := d.charge(n, 1, spans[0].from); err != nil {
		return err.AddField(schema.UnknownFieldsName)
	}
	if *u.kept == nil {
		n += len(mark)
	}
	if d.Dry {
		*u.kept = d.Data[:0:0] // not nil: there are some
		return nil
	}
	kept := *u.kept
	if kept == nil {
		kept = append(d.bump(n, 1)[:0], mark...)
	} else if have := len(kept); n > cap(kept)-have {
		kept = append(d.bump(max(have+n, 2*have), 1)[:0], kept...) // more may follow
	}
	for _, s := range spans {
		kept = d.format.AppendKept(kept, d.run(s), s.id)
	}
	*u.kept = kept
	return nil
}
