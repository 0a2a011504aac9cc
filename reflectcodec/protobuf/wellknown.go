package protobuf

import (
	"errors"
	"fmt"
	"time"
	"unsafe"

	"github.com/tagwire/tagwire/codec"
	"github.com/tagwire/tagwire/schema"
	wire "github.com/tagwire/tagwire/wire/protobuf"
	"github.com/tagwire/tagwire/wire/varint"
)

// In place of the messages Timestamp and Duration memory holds what they mean.

var errYear = errors.New("a time must be in the years 1 to 9999")

// computedFields returns the fields of the message in place of which memory holds what is at p. It reports false if there are none.
func computedFields(held schema.Held, p unsafe.Pointer) (seconds int64, nanos int32, ok bool) {
	if held == schema.HeldTime {
		return wire.TimeFields(*(*time.Time)(p))
	}
	seconds, nanos = wire.DurationFields(*(*time.Duration)(p))
	return seconds, nanos, true
}

// computedSize returns the size of such a message. It does not look whether there is one for that value: an encoder does.
func computedSize(held schema.Held, p unsafe.Pointer) (n int) {
	seconds, nanos, _ := computedFields(held, p)
	if seconds != 0 {
		n += 1 + varint.Size(uint64(seconds))
	}
	if nanos != 0 {
		n += 1 + varint.Size(uint64(nanos))
	}
	return n
}

// computed writes such a message.
func (e *encoder) computed(m *message, p unsafe.Pointer) *codec.Error {
	seconds, nanos, ok := computedFields(m.schema.Held, p)
	if !ok {
		return e.fail(codec.InvalidData, m.typ, errYear)
	}
	var text [2 * (1 + varint.MaxSize)]byte
	n := 0
	add := func(number int32, value uint64) {
		if value != 0 {
			n += varint.Put(text[n:], wire.Tag(number, wire.Varint))
			n += varint.Put(text[n:], value)
		}
	}
	add(wire.SecondsNumber, uint64(seconds))
	add(wire.NanosNumber, uint64(nanos))
	return e.bytes(text[:n], m.typ)
}

// computed reads such a message up to end, and stores what it means at p.
func (d *decoder) computed(m *message, p unsafe.Pointer, end int) *codec.Error {
	from := d.pos
	var seconds int64
	var nanos int32
	for d.pos < end {
		at := d.pos
		number, t, err := d.tag(end)
		var u uint64
		switch {
		case err != nil:
		case t == wire.EndGroup:
			err = &codec.Error{Code: codec.InvalidData, Offset: at, Err: errGroup}
		case t == wire.Varint && number == wire.SecondsNumber:
			u, err = d.varint(end)
			seconds = int64(u)
		case t == wire.Varint && number == wire.NanosNumber:
			u, err = d.varint(end)
			nanos = int32(u)
		default:
			if err = d.skip(number, t, end, min(skipDepth, d.levels)); err != nil {
				return err.AddUnknown(number)
			}
		}
		if err != nil {
			return typed(err, m.typ)
		}
	}
	if !d.hold(m.schema.Held, p, seconds, nanos) {
		return &codec.Error{Code: codec.InvalidData, Offset: from, Type: m.typ, Err: fmt.Errorf("%d s and %d ns are out of range", seconds, nanos)}
	}
	return nil
}

// hold stores what a message with these fields means at p. It reports false if that has no meaning.
func (d *decoder) hold(held schema.Held, p unsafe.Pointer, seconds int64, nanos int32) bool {
	if held == schema.HeldTime {
		t, ok := wire.TimeOf(seconds, nanos)
		if ok && !d.dry {
			*(*time.Time)(p) = t
		}
		return ok
	}
	v, ok := wire.DurationOf(seconds, nanos)
	if ok && !d.dry {
		*(*time.Duration)(p) = v
	}
	return ok
}
