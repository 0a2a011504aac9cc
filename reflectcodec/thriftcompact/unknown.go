package thriftcompact

import (
	wire "github.com/tagwire/tagwire/wire/thriftcompact"
	"github.com/tagwire/tagwire/wire/varint"
)

// A header may depend on the field before it. So the first of a run of fields is kept with its id written out, and the others,
// which follow it wherever the run is written, as they come.

// Mark returns the byte that kept fields begin with.
func (*format) Mark() string { return string([]byte{wire.KeptMark}) }

// KeptSize returns the size of a run with the id of its first field written out.
func (*format) KeptSize(run []byte, id int32) int {
	_, rest := wire.KeptHeader(run)
	return wire.HeaderSize + varint.Size(wire.IDBits(id)) + len(rest)
}

// AppendKept appends a run with the id of its first field written out.
func (*format) AppendKept(kept, run []byte, id int32) []byte {
	first, rest := wire.KeptHeader(run)
	var header [wire.HeaderSize + wire.MaxIDSize]byte
	header[0] = first & 0x0f
	size := wire.HeaderSize + varint.Put(header[wire.HeaderSize:], wire.IDBits(id))
	return append(append(kept, header[:size]...), rest...)
}

// Unmarked returns kept fields without their mark, if it is that of this format.
func (*format) Unmarked(kept []byte) ([]byte, bool) {
	if len(kept) == 0 || kept[0] != wire.KeptMark {
		return kept, len(kept) == 0
	}
	return kept[1:], true
}
