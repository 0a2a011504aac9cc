package protobuf

import (
	"slices"
	"unsafe"

	"github.com/tagwire/tagwire/codec"
	"github.com/tagwire/tagwire/schema"
	wire "github.com/tagwire/tagwire/wire/protobuf"
	"github.com/tagwire/tagwire/wire/varint"
)

// Where the field for unknown fields has a generator's name they are kept as they came. Where it is one that other formats use, too,
// wire.KeptMark precedes them.

// marked reports whether a mark precedes unknown fields.
func (m *message) marked() bool { return m.schema.UnknownName == schema.UnknownFieldsName }

// kept returns the unknown fields of the struct at p. It reports false if they were kept from another format.
func (m *message) kept(p unsafe.Pointer) ([]byte, bool) {
	kept := *(*[]byte)(unsafe.Add(p, m.schema.UnknownOffset))
	switch {
	case !m.marked() || len(kept) == 0:
		return kept, true
	case kept[0] != wire.KeptMark:
		return kept, false
	}
	return kept[1:], true
}

// keep adds a field of the input, whose value begins at from and ends at the cursor, to the unknown fields of the struct at p, with its tag
// in the shortest form. at is the position to blame.
func (d *decoder) keep(m *message, p unsafe.Pointer, tag uint64, from, at int) *codec.Error {
	if !m.schema.HasUnknown {
		return nil
	}
	var header [varint.MaxSize]byte
	size := varint.Put(header[:], tag)
	n := size + d.pos - from
	if err := d.charge(n, 1, at); err != nil {
		return err.AddField(m.schema.UnknownName)
	}
	if p == nil {
		return nil
	}
	if _, ours := m.kept(p); !ours {
		return (&codec.Error{Code: codec.InvalidData, Offset: at, Err: errOtherFormat}).AddField(m.schema.UnknownName)
	}
	if d.dry {
		return nil
	}
	kept := (*[]byte)(unsafe.Add(p, m.schema.UnknownOffset))
	have := *kept
	if m.marked() && len(have) == 0 {
		have = []byte{wire.KeptMark}
	}
	if !d.mayFill(unsafe.Pointer(unsafe.SliceData(have))) {
		have = slices.Clip(have) // what is behind it is the user's
	}
	if n > cap(have)-len(have) {
		longer := d.bytes(len(have) + max(n, len(have)))
		have = longer[:copy(longer, have)]
		d.note(unsafe.Pointer(unsafe.SliceData(have)))
	}
	*kept = append(append(have, header[:size]...), d.data[from:d.pos]...)
	return nil
}
