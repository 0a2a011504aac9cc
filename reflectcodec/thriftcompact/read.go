package thriftcompact

import (
	"errors"
	"fmt"
	"math"

	"github.com/tagwire/tagwire/codec"
	"github.com/tagwire/tagwire/reflectcodec"
	wire "github.com/tagwire/tagwire/wire/thriftcompact"
	"github.com/tagwire/tagwire/wire/varint"
)

var errTooLong = errors.New("a varint of more than 64 bits")

// readVarint reads a varint that is at most largest.
func readVarint(in *reflectcodec.Input, largest uint64) (uint64, *codec.Error) {
	at := in.Pos
	u, size := varint.Read(in.Data[at:])
	if err := varintFault(at, u, size, largest); err != nil {
		return 0, err
	}
	in.Pos = at + size
	return u, nil
}

// varintFault returns the error for a varint at position at, as varint.Read has read it.
func varintFault(at int, u uint64, size int, largest uint64) *codec.Error {
	switch {
	case size == varint.Cut:
		return reflectcodec.Fail(codec.ShortBuffer, at)
	case size == varint.TooLong:
		return &codec.Error{Code: codec.InvalidData, Offset: at, Err: errTooLong}
	case u > largest:
		return &codec.Error{Code: codec.InvalidData, Offset: at, Err: fmt.Errorf("a varint of %d, of at most %d", u, largest)}
	}
	return nil
}

// countFault returns the error for a length or count at position at that is no varint of an i32.
func countFault(at int, u uint64) *codec.Error {
	if u > wire.MaxCount {
		return reflectcodec.Fail(codec.NegativeSize, at)
	}
	return nil
}

// count reads a length or a count, which is not negative.
func count(in *reflectcodec.Input) (int, *codec.Error) {
	at := in.Pos
	u, err := readVarint(in, math.MaxUint32)
	if err == nil {
		err = countFault(at, u)
	}
	if err != nil {
		return 0, err
	}
	return int(u), nil
}

// length reads the length of a string and checks it against the bytes left.
func length(in *reflectcodec.Input) (int, *codec.Error) {
	at := in.Pos
	n, err := count(in)
	if err == nil && n > in.Left() {
		return 0, reflectcodec.Fail(codec.SizeLimit, at)
	}
	return n, err
}

// fieldHeader reads a field's type and id; last is the id before. At STOP, which is any byte without a type, the type is
// wire.Stop.
func fieldHeader(in *reflectcodec.Input, last int32) (wire.Type, int32, *codec.Error) {
	at := in.Pos
	if at >= len(in.Data) {
		return 0, 0, reflectcodec.Fail(codec.ShortBuffer, at)
	}
	t, delta := wire.Type(in.Data[at]&0x0f), in.Data[at]>>4
	if t == wire.Stop {
		in.Pos++
		return t, 0, nil
	}
	if !t.Known() {
		return 0, 0, reflectcodec.FailType(at, uint8(t), 0)
	}
	in.Pos++
	if delta > 0 {
		return t, wire.Next(last, delta), nil
	}
	u, err := readVarint(in, math.MaxUint16)
	return t, wire.IDOf(u), err
}

// listHeader reads the type and the count of a list's elements; countAt is where the count is. The type must be want, or any if
// want is 0. A count that the bytes left cannot hold is refused, so the caller may rely on count x smallest size <= left.
func listHeader(in *reflectcodec.Input, want wire.Type) (elem wire.Type, n, countAt int, err *codec.Error) {
	at := in.Pos
	if at >= len(in.Data) {
		return 0, 0, 0, reflectcodec.Fail(codec.ShortBuffer, at)
	}
	elem, n, countAt = wire.Type(in.Data[at]&0x0f), int(in.Data[at]>>4), at
	in.Pos++
	if n == wire.LongCount {
		countAt = in.Pos
		if n, err = count(in); err != nil {
			return 0, 0, 0, err
		}
	}
	if n == 0 {
		return 0, 0, countAt, nil
	}
	if err := typeFault(at, elem, want); err != nil {
		return 0, 0, 0, err
	}
	if n > in.Left()/elem.MinSize() {
		return 0, 0, 0, reflectcodec.Fail(codec.SizeLimit, countAt)
	}
	return elem, n, countAt, nil
}

// mapHeader reads the count of a map's entries and the types of keys and elements, which must be those wanted, or any if they
// are 0. A count that the bytes left cannot hold is refused.
func mapHeader(in *reflectcodec.Input, wantKey, wantElem wire.Type) (key, elem wire.Type, n int, err *codec.Error) {
	countAt := in.Pos
	n, err = count(in)
	if err != nil || n == 0 {
		return 0, 0, 0, err
	}
	at := in.Pos
	if at >= len(in.Data) {
		return 0, 0, 0, reflectcodec.Fail(codec.ShortBuffer, at)
	}
	key, elem = wire.Type(in.Data[at]>>4), wire.Type(in.Data[at]&0x0f)
	in.Pos++
	if err := typeFault(at, key, wantKey); err != nil {
		return 0, 0, 0, err
	}
	if err := typeFault(at, elem, wantElem); err != nil {
		return 0, 0, 0, err
	}
	if n > in.Left()/(key.MinSize()+elem.MinSize()) {
		return 0, 0, 0, reflectcodec.Fail(codec.SizeLimit, countAt)
	}
	return key, elem, n, nil
}

// typeFault returns the error for a type in the byte at position at, unless it is the one wanted, or any if want is 0.
func typeFault(at int, got, want wire.Type) *codec.Error {
	switch {
	case !got.Known():
		return reflectcodec.FailType(at, uint8(got), 0)
	case want != 0 && got.Plain() != want:
		return reflectcodec.FailType(at, uint8(got), uint8(want))
	}
	return nil
}
