package reflectcodec

import (
	"bytes"
	"errors"
	"fmt"
	"sync"
	"unsafe"

	"github.com/tagwire/tagwire/codec"
	"github.com/tagwire/tagwire/schema"
)

// DirectWriter takes bytes that an encoding refers to instead of copying them into its buffer.
type DirectWriter interface {
	// WriteDirect is told that b belongs into the output where remainCap bytes of the buffer are left. The capacity of b is
	// its length.
	WriteDirect(b []byte, remainCap int) error
}

// Encoder writes into a buffer that never grows.
type Encoder struct {
	Buf []byte
	Pos int // bytes of Buf in use
	// Last is the id of the field before in the struct that is open, 0 before the first; a Format that has a use for it
	// sets it.
	Last   int32
	format Format
	// sizeLimited: the end of Buf is Limits.Size, not the end of the caller's buffer.
	sizeLimited bool
	// levels counts the structs and containers that may still be opened.
	levels        int
	deterministic bool
	direct        DirectWriter
	// directSize counts the bytes handed to direct.
	directSize int
	// limit is the most bytes there may be in all; size the length of the caller's buffer.
	limit, size int
	// scratch is where entries of a map are put in order.
	scratch []byte
}

var encoders = sync.Pool{New: func() any { return new(Encoder) }}

// Encode writes the struct at p (nil: an absent struct, one STOP byte, if no field is required) into buf and returns the bytes used.
// It never writes past len(buf). Strings and binaries of at least codec.DirectThreshold bytes go to direct if that
// is not nil. The error is a *codec.Error; its Offset counts the bytes given to direct too.
func (c *Codec) Encode(buf []byte, p unsafe.Pointer, o *codec.Settings, direct DirectWriter) (int, error) {
	limits := o.Resolved()
	e := encoders.Get().(*Encoder)
	*e = Encoder{
		Buf: buf, format: c.root.format, levels: limits.Depth, deterministic: o.Deterministic,
		direct: direct, limit: limits.Size, size: len(buf),
	}
	e.applyLimit()
	err := e.structValue(c.root, p)
	n := e.Pos
	*e = Encoder{}
	encoders.Put(e)
	if err != nil {
		return 0, err.SetRoot(c.root.schema.Name)
	}
	return n, nil
}

// applyLimit shortens the buffer to what the limit on the output leaves.
func (e *Encoder) applyLimit() {
	if left := e.limit - e.directSize; len(e.Buf) > left {
		e.Buf, e.sizeLimited = e.Buf[:left], true
	}
}

// Fits reports whether n more bytes fit.
func (e *Encoder) Fits(n int) bool { return len(e.Buf)-e.Pos >= n }

// Full returns the error for the first of the items, given by their sizes, that does not fit.
func (e *Encoder) Full(v *Value, items ...int) *codec.Error {
	at := e.Pos
	for _, n := range items {
		if n > len(e.Buf)-at {
			break
		}
		at += n
	}
	code := codec.BufferTooSmall
	if e.sizeLimited {
		code = codec.SizeLimit
	}
	return e.Fail(code, at, v, nil)
}

// Fail returns an error whose reason is the item at position at in Buf.
func (e *Encoder) Fail(code codec.Code, at int, v *Value, detail error) *codec.Error {
	err := &codec.Error{Code: code, Offset: at + e.directSize, Err: detail}
	if v != nil {
		err.Type = v.GoType
	}
	return err
}

// value writes an element, a key, a value of a map, or a field that is no leaf, of plan v, at p.
func (e *Encoder) value(v *Value, p unsafe.Pointer) *codec.Error {
	switch {
	case v.leaf(): // and no pointer: those are for fields
		return e.format.EncodeLeaf(e, v, p)
	case v.Op == OpList:
		return e.list(v, p)
	case v.Op == OpMap:
		return e.mapValue(v, p)
	case v.Pointer:
		p = *(*unsafe.Pointer)(p)
	}
	return e.structValue(v.body, p)
}

// EnumBits returns what an enum is on the wire.
func (e *Encoder) EnumBits(v *Value, n int64) (int32, *codec.Error) {
	if n != int64(int32(n)) {
		return 0, e.Fail(codec.InvalidData, e.Pos, v, fmt.Errorf("%d: %w", n, errEnumRange))
	}
	return int32(n), nil
}

var errEnumRange = errors.New("an enum travels in 32 bits")

// ErrCountRange is the detail of an error for a length or count that Thrift cannot express.
var ErrCountRange = errors.New("longer than 2147483647")

// Direct reports whether a string or binary of n bytes goes to the caller's DirectWriter: WriteDirect hands it over
// once its length has been written.
func (e *Encoder) Direct(n int) bool { return n >= codec.DirectThreshold && e.direct != nil }

// WriteDirect hands b to the caller's DirectWriter.
func (e *Encoder) WriteDirect(v *Value, b []byte) *codec.Error {
	if len(b) > e.limit-e.directSize-e.Pos {
		return e.Fail(codec.SizeLimit, e.Pos, v, nil)
	}
	if err := e.direct.WriteDirect(b[:len(b):len(b)], e.size-e.Pos); err != nil {
		return e.Fail(codec.WriteFailed, e.Pos, v, err)
	}
	e.directSize += len(b)
	e.applyLimit()
	return nil
}

// structValue writes the fields of the struct at p and its end; only the latter if p is nil.
func (e *Encoder) structValue(s *structPlan, p unsafe.Pointer) *codec.Error {
	if e.levels == 0 {
		return &codec.Error{Code: codec.DepthLimit, Offset: e.Pos + e.directSize, Type: s.typ}
	}
	if p == nil && s.schema.NeverEmpty {
		return e.refuseNil(s)
	}
	e.levels--
	last := e.Last
	e.Last = 0
	if p != nil {
		defaults := s.defaults()
		if s.schema.Union {
			if err := e.checkUnion(s, p, defaults); err != nil {
				return err
			}
		}
		for i := range s.fields {
			f := &s.fields[i]
			q := f.at(p)
			if f.omitted && f.absent(q, defaults) {
				continue
			}
			var err *codec.Error
			if f.leaf() {
				if f.Pointer {
					q = *(*unsafe.Pointer)(q)
				}
				err = e.format.EncodeField(e, f, q)
			} else if err = e.format.EncodeHeader(e, f); err == nil {
				err = e.value(&f.Value, q)
			}
			if err != nil {
				return err.AddField(f.name)
			}
		}
		if s.schema.HasUnknown {
			if err := e.unknownFields(s, p); err != nil {
				return err
			}
		}
	}
	if err := e.format.EncodeStop(e); err != nil {
		err.Type = s.typ
		return err
	}
	e.Last = last
	e.levels++
	return nil
}

var errOtherFormat = errors.New("kept from another wire format")

// unknownFields writes the fields that an earlier decode kept, verbatim.
func (e *Encoder) unknownFields(s *structPlan, p unsafe.Pointer) *codec.Error {
	kept := *(*[]byte)(unsafe.Add(p, s.schema.UnknownOffset))
	if len(kept) == 0 {
		return nil
	}
	fields, ok := e.format.Unmarked(kept)
	if !ok {
		return e.Fail(codec.InvalidData, e.Pos, nil, errOtherFormat).AddField(schema.UnknownFieldsName)
	}
	if !e.Fits(len(fields)) {
		return e.Full(nil, len(fields)).AddField(schema.UnknownFieldsName)
	}
	e.Pos += copy(e.Buf[e.Pos:], fields)
	return nil
}

// absent reports whether a field that may be omitted is, with the value at p. defaults is nil or the struct's default value.
func (f *Field) absent(p, defaults unsafe.Pointer) bool {
	if f.Pointer || f.Op == OpMap {
		return *(*unsafe.Pointer)(p) == nil
	}
	switch f.Op {
	case OpBinary:
		if defaults != nil {
			if byDefault := *(*[]byte)(f.at(defaults)); byDefault != nil {
				return bytes.Equal(*(*[]byte)(p), byDefault)
			}
		}
		return *(*[]byte)(p) == nil
	case OpList:
		return *(*[]byte)(p) == nil
	case OpStruct:
		return false
	}
	if defaults == nil {
		return false
	}
	byDefault := f.at(defaults)
	if f.Op == OpString {
		return *(*string)(p) == *(*string)(byDefault)
	}
	switch f.size {
	case 1:
		return *(*uint8)(p) == *(*uint8)(byDefault)
	case 2:
		return *(*uint16)(p) == *(*uint16)(byDefault)
	case 4:
		return *(*uint32)(p) == *(*uint32)(byDefault)
	}
	return *(*uint64)(p) == *(*uint64)(byDefault) // bits: -0.0 is not 0.0, and NaN equals itself
}

// list writes the list or set whose slice header is at p.
func (e *Encoder) list(v *Value, p unsafe.Pointer) *codec.Error {
	if e.levels == 0 {
		return e.Fail(codec.DepthLimit, e.Pos, v, nil)
	}
	slice := *(*[]byte)(p) // the element type does not matter to a slice header
	n, first := len(slice), unsafe.Pointer(unsafe.SliceData(slice))
	if err := e.format.EncodeList(e, v, n); err != nil {
		return err
	}
	if v.Elem.scalar() {
		return e.format.EncodeScalars(e, v.Elem, first, n)
	}
	if v.Elem.leaf() {
		for i := range n {
			if err := e.format.EncodeLeaf(e, v.Elem, unsafe.Add(first, i*v.Elem.size)); err != nil {
				return err.AddIndex(i)
			}
		}
		return nil
	}
	e.levels--
	for i := range n {
		if err := e.value(v.Elem, unsafe.Add(first, i*v.Elem.size)); err != nil {
			return err.AddIndex(i)
		}
	}
	e.levels++
	return nil
}

var errMapChanged = errors.New("the map changed while it was encoded")

// mapValue writes the map that the word at p refers to.
func (e *Encoder) mapValue(v *Value, p unsafe.Pointer) *codec.Error {
	if e.levels == 0 {
		return e.Fail(codec.DepthLimit, e.Pos, v, nil)
	}
	e.levels--
	var err *codec.Error
	if e.deterministic {
		err = e.sortedMap(v, p)
	} else {
		err = v.entries.encode(e, v, p)
	}
	e.levels++
	return err
}

// entry writes one key and its element.
func (e *Encoder) entry(v *Value, key, elem unsafe.Pointer) *codec.Error {
	if err := e.value(v.Key, key); err != nil {
		return err.AddKey(formatKey(v.Key, key, -1))
	}
	if err := e.value(v.Elem, elem); err != nil {
		return err.AddKey(formatKey(v.Key, key, -1))
	}
	return nil
}
