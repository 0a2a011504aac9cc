package reflectcodec

import (
	"encoding/binary"
	"fmt"

	"github.com/tagwire/tagwire/codec"
	"github.com/tagwire/tagwire/wire/thriftbinary"
)

// input is what decoding and skipping read from.
type input struct {
	data []byte
	pos  int // bytes of data used
}

// left returns how many bytes have not been used.
func (in *input) left() int { return len(in.data) - in.pos }

// fail returns an error at the given position.
func fail(code codec.Code, at int) *codec.Error {
	return &codec.Error{Code: code, Offset: at}
}

// failType returns the error for a type byte that is not one, or not the one wanted (if want is not zero).
func failType(at int, got, want thriftbinary.Type) *codec.Error {
	err := fail(codec.InvalidData, at)
	if want != 0 {
		err.Err = fmt.Errorf("wire type %d where %d is expected", got, want)
	} else {
		err.Err = fmt.Errorf("%d is not a wire type", got)
	}
	return err
}

// fieldHeader reads a field's type and id; at STOP the type is thriftbinary.Stop and only one byte is used.
func (in *input) fieldHeader() (thriftbinary.Type, uint16, *codec.Error) {
	at := in.pos
	if at >= len(in.data) {
		return 0, 0, fail(codec.ShortBuffer, at)
	}
	t := thriftbinary.Type(in.data[at])
	if t == thriftbinary.Stop {
		in.pos++
		return t, 0, nil
	}
	if !t.Known() {
		return 0, 0, failType(at, t, 0)
	}
	if len(in.data)-at < thriftbinary.FieldHeaderSize {
		return 0, 0, fail(codec.ShortBuffer, at+thriftbinary.TypeSize)
	}
	in.pos = at + thriftbinary.FieldHeaderSize
	return t, binary.BigEndian.Uint16(in.data[at+thriftbinary.TypeSize:]), nil
}

// length reads the length of a string and checks it against the bytes left.
func (in *input) length() (int, *codec.Error) {
	n, err := in.count()
	if err == nil && n > in.left() {
		return 0, fail(codec.SizeLimit, in.pos-thriftbinary.CountSize)
	}
	return n, err
}

// count reads a length or a count, which is not negative.
func (in *input) count() (int, *codec.Error) {
	at := in.pos
	if len(in.data)-at < thriftbinary.CountSize {
		return 0, fail(codec.ShortBuffer, at)
	}
	n := int32(binary.BigEndian.Uint32(in.data[at:]))
	if n < 0 {
		return 0, fail(codec.NegativeSize, at)
	}
	in.pos = at + thriftbinary.CountSize
	return int(n), nil
}

// containerHeader reads the type bytes of a list or set (key is 0) or of a map, and its count. The types must
// be those given, or any known ones for wireAny. A count that the bytes left cannot hold is refused, so the
// caller may rely on count x smallest size <= left.
func (in *input) containerHeader(key, elem thriftbinary.Type) (gotKey, gotElem thriftbinary.Type, n int, err *codec.Error) {
	at := in.pos
	types := thriftbinary.TypeSize
	if key != 0 {
		types = 2 * thriftbinary.TypeSize
	}
	if in.left() < types {
		return 0, 0, 0, fail(codec.ShortBuffer, len(in.data))
	}
	in.pos += types
	n, err = in.count()
	if err != nil || n == 0 {
		return 0, 0, 0, err
	}
	smallest := 0
	if key != 0 {
		gotKey = thriftbinary.Type(in.data[at])
		if err := checkType(at, gotKey, key); err != nil {
			return 0, 0, 0, err
		}
		smallest = gotKey.MinSize()
		at += thriftbinary.TypeSize
	}
	gotElem = thriftbinary.Type(in.data[at])
	if err := checkType(at, gotElem, elem); err != nil {
		return 0, 0, 0, err
	}
	smallest += gotElem.MinSize()
	if n > in.left()/smallest {
		return 0, 0, 0, fail(codec.SizeLimit, in.pos-thriftbinary.CountSize)
	}
	return gotKey, gotElem, n, nil
}

// wireAny stands for every known type in containerHeader.
const wireAny thriftbinary.Type = 0xff

func checkType(at int, got, want thriftbinary.Type) *codec.Error {
	if want == wireAny {
		if !got.Known() {
			return failType(at, got, 0)
		}
	} else if got != want {
		return failType(at, got, want)
	}
	return nil
}

// skip passes over a value of type t. Its own struct or container is the first of at most levels.
func (in *input) skip(t thriftbinary.Type, levels int) *codec.Error {
	if t.Fixed() {
		if in.left() < t.MinSize() {
			return fail(codec.ShortBuffer, in.pos)
		}
		in.pos += t.MinSize()
		return nil
	}
	if t == thriftbinary.String {
		n, err := in.length()
		in.pos += n
		return err
	}
	if levels == 0 {
		return fail(codec.DepthLimit, in.pos)
	}
	levels--
	switch t {
	case thriftbinary.Struct:
		return in.skipStruct(levels)
	case thriftbinary.Map:
		key, elem, n, err := in.containerHeader(wireAny, wireAny)
		if err != nil {
			return err
		}
		return in.skipEntries(key, elem, n, levels)
	default: // thriftbinary.List, thriftbinary.Set
		_, elem, n, err := in.containerHeader(0, wireAny)
		if err != nil {
			return err
		}
		return in.skipElements(elem, n, levels)
	}
}

func (in *input) skipStruct(levels int) *codec.Error {
	for {
		t, _, err := in.fieldHeader()
		if err != nil || t == thriftbinary.Stop {
			return err
		}
		if err := in.skip(t, levels); err != nil {
			return err
		}
	}
}

func (in *input) skipElements(elem thriftbinary.Type, n, levels int) *codec.Error {
	if elem.Fixed() {
		in.pos += n * elem.MinSize() // containerHeader saw that they are there
		return nil
	}
	for range n {
		if err := in.skip(elem, levels); err != nil {
			return err
		}
	}
	return nil
}

func (in *input) skipEntries(key, elem thriftbinary.Type, n, levels int) *codec.Error {
	if key.Fixed() && elem.Fixed() {
		in.pos += n * (key.MinSize() + elem.MinSize())
		return nil
	}
	for range n {
		if err := in.skip(key, levels); err != nil {
			return err
		}
		if err := in.skip(elem, levels); err != nil {
			return err
		}
	}
	return nil
}
