package reflectcodec

import (
	"unsafe"

	"github.com/tagwire/tagwire/codec"
	"github.com/tagwire/tagwire/schema"
)

// Format writes and reads the items of one wire format. The walk decides what comes next, where it lies in memory, and what
// it may cost; a Format knows headers, the forms of leaves, lengths, and how to pass over what is not wanted. Formats are
// compared, and have no state: what they need to remember of a struct that is open is in Encoder, Decoder and Sizer.
//
// Where p is the address of a leaf it is that of the plain value, not of a pointer to it; nil in a dry Decoder.
type Format interface {
	// Wire returns the number of a kind's type, and the size of its values as elements if they all have the same, else 0.
	Wire(kind schema.Kind) (number uint8, fixed int)

	encodes
	sizes
	decodes
}

// encodes is what a Format writes. The errors come from Encoder.Full and Encoder.Fail.
type encodes interface {
	// EncodeField writes the header and the value of a field that is a leaf.
	EncodeField(e *Encoder, f *Field, p unsafe.Pointer) *codec.Error
	// EncodeHeader writes the header of another field.
	EncodeHeader(e *Encoder, f *Field) *codec.Error
	// EncodeLeaf writes a leaf that is an element, a key or a value of a map.
	EncodeLeaf(e *Encoder, v *Value, p unsafe.Pointer) *codec.Error
	// EncodeScalars writes the n scalars at p, elements of a list; it adds the index to an error.
	EncodeScalars(e *Encoder, v *Value, p unsafe.Pointer, n int) *codec.Error
	// EncodeList writes what precedes the n elements of a list or set, EncodeMap the n entries of a map.
	EncodeList(e *Encoder, v *Value, n int) *codec.Error
	EncodeMap(e *Encoder, v *Value, n int) *codec.Error
	// EncodeStop writes what ends a struct.
	EncodeStop(e *Encoder) *codec.Error
	// Unmarked returns the fields that AppendKept has kept as they are on the wire. It reports false if they were
	// kept from another format.
	Unmarked(kept []byte) ([]byte, bool)
}

// sizes is what encodes would write, item by item; the errors come from Sizer.Take and Sizer.Fail.
type sizes interface {
	SizeField(z *Sizer, f *Field, p unsafe.Pointer) *codec.Error
	SizeHeader(z *Sizer, f *Field) *codec.Error
	SizeLeaf(z *Sizer, v *Value, p unsafe.Pointer) *codec.Error
	SizeScalars(z *Sizer, v *Value, p unsafe.Pointer, n int) *codec.Error
	SizeList(z *Sizer, v *Value, n int) *codec.Error
	SizeMap(z *Sizer, v *Value, n int) *codec.Error
	SizeStop(z *Sizer) *codec.Error
}

// decodes is what a Format reads.
type decodes interface {
	// DecodeHeader reads the header of a field: the number of its type, 0 for the end of the struct, and its id.
	DecodeHeader(d *Decoder) (wire uint8, id int32, err *codec.Error)
	// DecodeField reads the value of a field that is a leaf and whose header was read last.
	DecodeField(d *Decoder, f *Field, p unsafe.Pointer) *codec.Error
	// DecodeLeaf reads a leaf that is an element, a key or a value of a map.
	DecodeLeaf(d *Decoder, v *Value, p unsafe.Pointer) *codec.Error
	// DecodeScalars reads n scalars, elements of a list, into the array at p. If there is an error, done is the index of
	// the element.
	DecodeScalars(d *Decoder, v *Value, p unsafe.Pointer, n int) (done int, err *codec.Error)
	// DecodeList reads what precedes the elements of a list or set, and DecodeMap the entries of a map: how many there are
	// and where that is written. It has checked that the bytes left can hold as many.
	DecodeList(d *Decoder, v *Value) (n, at int, err *codec.Error)
	DecodeMap(d *Decoder, v *Value) (n, at int, err *codec.Error)
	// SkipField passes over the value of a field whose header was read last. Its own struct or container is the first of
	// at most levels.
	SkipField(d *Decoder, wire uint8, levels int) *codec.Error
	// Mark is what kept fields begin with.
	Mark() string
	// KeptSize is how many bytes AppendKept appends for a run of fields, with their headers, that follow each other on the
	// wire; id is that of the first.
	KeptSize(run []byte, id int32) int
	// AppendKept appends a run to fields that are kept.
	AppendKept(kept, run []byte, id int32) []byte
}
