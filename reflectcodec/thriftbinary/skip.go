package thriftbinary

import (
	"encoding/binary"

	"github.com/tagwire/tagwire/codec"
	"github.com/tagwire/tagwire/reflectcodec"
	wire "github.com/tagwire/tagwire/wire/thriftbinary"
)

// fieldHeader reads a field's type and id; at STOP the type is wire.Stop and only one byte is used.
func fieldHeader(in *reflectcodec.Input) (wire.Type, uint16, *codec.Error) {
	at := in.Pos
	if at >= len(in.Data) {
		return 0, 0, reflectcodec.Fail(codec.ShortBuffer, at)
	}
	t := wire.Type(in.Data[at])
	if t == wire.Stop {
		in.Pos++
		return t, 0, nil
	}
	if !t.Known() {
		return 0, 0, reflectcodec.FailType(at, uint8(t), 0)
	}
	if len(in.Data)-at < wire.FieldHeaderSize {
		return 0, 0, reflectcodec.Fail(codec.ShortBuffer, at+wire.TypeSize)
	}
	in.Pos = at + wire.FieldHeaderSize
	return t, binary.BigEndian.Uint16(in.Data[at+wire.TypeSize:]), nil
}

// length reads the length of a string and checks it against the bytes left.
func length(in *reflectcodec.Input) (int, *codec.Error) {
	n, err := count(in)
	if err == nil && n > in.Left() {
		return 0, reflectcodec.Fail(codec.SizeLimit, in.Pos-wire.CountSize)
	}
	return n, err
}

// count reads a length or a count, which is not negative.
func count(in *reflectcodec.Input) (int, *codec.Error) {
	at := in.Pos
	if len(in.Data)-at < wire.CountSize {
		return 0, reflectcodec.Fail(codec.ShortBuffer, at)
	}
	n := int32(binary.BigEndian.Uint32(in.Data[at:]))
	if n < 0 {
		return 0, reflectcodec.Fail(codec.NegativeSize, at)
	}
	in.Pos = at + wire.CountSize
	return int(n), nil
}

// containerHeader reads the type bytes of a list or set (key is 0) or of a map, and its count. The types must
// be those given, or any known ones for wireAny. A count that the bytes left cannot hold is refused, so the
// caller may rely on count x smallest size <= left.
func containerHeader(in *reflectcodec.Input, key, elem wire.Type) (gotKey, gotElem wire.Type, n int, err *codec.Error) {
	at := in.Pos
	types := wire.TypeSize
	if key != 0 {
		types = 2 * wire.TypeSize
	}
	if in.Left() < types {
		return 0, 0, 0, reflectcodec.Fail(codec.ShortBuffer, len(in.Data))
	}
	in.Pos += types
	n, err = count(in)
	if err != nil || n == 0 {
		return 0, 0, 0, err
	}
	smallest := 0
	if key != 0 {
		gotKey = wire.Type(in.Data[at])
		if err := checkType(at, gotKey, key); err != nil {
			return 0, 0, 0, err
		}
		smallest = gotKey.MinSize()
		at += wire.TypeSize
	}
	gotElem = wire.Type(in.Data[at])
	if err := checkType(at, gotElem, elem); err != nil {
		return 0, 0, 0, err
	}
	smallest += gotElem.MinSize()
	if n > in.Left()/smallest {
		return 0, 0, 0, reflectcodec.Fail(codec.SizeLimit, in.Pos-wire.CountSize)
	}
	return gotKey, gotElem, n, nil
}

// wireAny stands for every known type in containerHeader.
const wireAny wire.Type = 0xff

func checkType(at int, got, want wire.Type) *codec.Error {
	if want == wireAny {
		if !got.Known() {
			return reflectcodec.FailType(at, uint8(got), 0)
		}
	} else if got != want {
		return reflectcodec.FailType(at, uint8(got), uint8(want))
	}
	return nil
}

// skip passes over a value of type t. Its own struct or container is the first of at most levels.
func skip(in *reflectcodec.Input, t wire.Type, levels int) *codec.Error {
	if t.Fixed() {
		if in.Left() < t.MinSize() {
			return reflectcodec.Fail(codec.ShortBuffer, in.Pos)
		}
		in.Pos += t.MinSize()
		return nil
	}
	if t == wire.String {
		n, err := length(in)
		in.Pos += n
		return err
	}
	if levels == 0 {
		return reflectcodec.Fail(codec.DepthLimit, in.Pos)
	}
	levels--
	switch t {
	case wire.Struct:
		return skipStruct(in, levels)
	case wire.Map:
		key, elem, n, err := containerHeader(in, wireAny, wireAny)
		if err != nil {
			return err
		}
		return reflectcodec.SkipEntries(in, key, elem, n, levels, skip)
	default: // wire.List, wire.Set
		_, elem, n, err := containerHeader(in, 0, wireAny)
		if err != nil {
			return err
		}
		return reflectcodec.SkipElements(in, elem, n, levels, skip)
	}
}

func skipStruct(in *reflectcodec.Input, levels int) *codec.Error {
	for {
		t, _, err := fieldHeader(in)
		if err != nil || t == wire.Stop {
			return err
		}
		if err := skip(in, t, levels); err != nil {
			return err
		}
	}
}
