package reflectcodec

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"sync"
	"unsafe"

	"github.com/tagwire/tagwire/codec"
	"github.com/tagwire/tagwire/schema"
	"github.com/tagwire/tagwire/wire/thriftbinary"
)

// DirectThreshold is the length in bytes from which strings and binaries go to a DirectWriter.
const DirectThreshold = codec.DirectThreshold

// DirectWriter takes bytes that an encoding refers to instead of copying them into its buffer.
type DirectWriter interface {
	// WriteDirect is told that b belongs into the output where remainCap bytes of the buffer are left. The capacity of b is
	// its length.
	WriteDirect(b []byte, remainCap int) error
}

// encoder writes into a buffer that never grows.
type encoder struct {
	buf []byte
	pos int // bytes of buf in use
	// sizeLimited: the end of buf is Limits.Size, not the end of the caller's buffer.
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

var encoders = sync.Pool{New: func() any { return new(encoder) }}

// Encode writes the struct at p (nil: an absent struct, one STOP byte, if no field is required) into buf and returns the bytes used.
// It never writes past len(buf). Strings and binaries of at least DirectThreshold bytes go to direct if that
// is not nil. The error is a *codec.Error; its Offset counts the bytes given to direct too.
func (c *Codec) Encode(buf []byte, p unsafe.Pointer, o *Options, direct DirectWriter) (int, error) {
	e := encoders.Get().(*encoder)
	*e = encoder{
		buf: buf, levels: o.Levels(), deterministic: o.Deterministic,
		direct: direct, limit: orNone(o.Size), size: len(buf),
	}
	e.applyLimit()
	err := e.structValue(c.root, p)
	n := e.pos
	*e = encoder{}
	encoders.Put(e)
	if err != nil {
		return 0, err.SetRoot(c.root.schema.Name)
	}
	return n, nil
}

// applyLimit shortens the buffer to what the limit on the output leaves.
func (e *encoder) applyLimit() {
	if left := e.limit - e.directSize; len(e.buf) > left {
		e.buf, e.sizeLimited = e.buf[:left], true
	}
}

// fits reports whether n more bytes fit.
func (e *encoder) fits(n int) bool { return len(e.buf)-e.pos >= n }

// full returns the error for the first of the items, given by their sizes, that does not fit.
func (e *encoder) full(v *valuePlan, items ...int) *codec.Error {
	at := e.pos
	for _, n := range items {
		if n > len(e.buf)-at {
			break
		}
		at += n
	}
	code := codec.BufferTooSmall
	if e.sizeLimited {
		code = codec.SizeLimit
	}
	return e.fail(code, at, v, nil)
}

func (e *encoder) fail(code codec.Code, at int, v *valuePlan, detail error) *codec.Error {
	err := &codec.Error{Code: code, Offset: at + e.directSize, Err: detail}
	if v != nil {
		err.Type = v.goType
	}
	return err
}

// value writes the value of plan v at p.
func (e *encoder) value(v *valuePlan, p unsafe.Pointer) *codec.Error {
	if v.pointer {
		p = *(*unsafe.Pointer)(p)
	}
	switch v.op {
	case opBool, opI8:
		if !e.fits(1) {
			return e.full(v)
		}
		e.buf[e.pos] = *(*byte)(p)
		e.pos++
	case opI16:
		if !e.fits(2) {
			return e.full(v)
		}
		binary.BigEndian.PutUint16(e.buf[e.pos:], *(*uint16)(p))
		e.pos += 2
	case opI32:
		if !e.fits(4) {
			return e.full(v)
		}
		binary.BigEndian.PutUint32(e.buf[e.pos:], *(*uint32)(p))
		e.pos += 4
	case opI64, opDouble:
		if !e.fits(8) {
			return e.full(v)
		}
		binary.BigEndian.PutUint64(e.buf[e.pos:], *(*uint64)(p))
		e.pos += 8
	case opInt:
		if !e.fits(8) {
			return e.full(v)
		}
		binary.BigEndian.PutUint64(e.buf[e.pos:], uint64(*(*int)(p)))
		e.pos += 8
	case opEnum:
		return e.enum(v, *(*int64)(p))
	case opString:
		s := *(*string)(p)
		return e.bytes(v, unsafe.Slice(unsafe.StringData(s), len(s)))
	case opBinary:
		return e.bytes(v, *(*[]byte)(p))
	case opStruct:
		return e.structValue(v.body, p)
	case opList:
		return e.list(v, p)
	case opMap:
		return e.mapValue(v, p)
	}
	return nil
}

var errEnumRange = errors.New("an enum travels in 32 bits")

func (e *encoder) enum(v *valuePlan, n int64) *codec.Error {
	if n != int64(int32(n)) {
		return e.fail(codec.InvalidData, e.pos, v, fmt.Errorf("%d: %w", n, errEnumRange))
	}
	if !e.fits(4) {
		return e.full(v)
	}
	binary.BigEndian.PutUint32(e.buf[e.pos:], uint32(n))
	e.pos += 4
	return nil
}

// bytes writes the length and the bytes of a string or binary. b may be the memory of a string: it is only
// read.
func (e *encoder) bytes(v *valuePlan, b []byte) *codec.Error {
	if len(b) > thriftbinary.MaxCount {
		return e.fail(codec.SizeLimit, e.pos, v, errCountRange)
	}
	if e.direct != nil && len(b) >= DirectThreshold {
		return e.bytesDirect(v, b)
	}
	if !e.fits(thriftbinary.CountSize + len(b)) {
		return e.full(v, thriftbinary.CountSize, len(b))
	}
	out := e.buf[e.pos:]
	binary.BigEndian.PutUint32(out, uint32(len(b)))
	copy(out[thriftbinary.CountSize:], b)
	e.pos += thriftbinary.CountSize + len(b)
	return nil
}

var errCountRange = errors.New("longer than 2147483647")

// bytesDirect writes the length and hands the bytes to the caller's DirectWriter.
func (e *encoder) bytesDirect(v *valuePlan, b []byte) *codec.Error {
	if !e.fits(thriftbinary.CountSize) {
		return e.full(v)
	}
	binary.BigEndian.PutUint32(e.buf[e.pos:], uint32(len(b)))
	e.pos += thriftbinary.CountSize
	if len(b) > e.limit-e.directSize-e.pos {
		return e.fail(codec.SizeLimit, e.pos, v, nil)
	}
	if err := e.direct.WriteDirect(b[:len(b):len(b)], e.size-e.pos); err != nil {
		return e.fail(codec.WriteFailed, e.pos, v, err)
	}
	e.directSize += len(b)
	e.applyLimit()
	return nil
}

// structValue writes the fields of the struct at p and a STOP byte; only the latter if p is nil.
func (e *encoder) structValue(s *structPlan, p unsafe.Pointer) *codec.Error {
	if e.levels == 0 {
		return &codec.Error{Code: codec.DepthLimit, Offset: e.pos + e.directSize, Type: s.typ}
	}
	if p == nil && s.schema.NeverEmpty {
		return e.refuseNil(s)
	}
	e.levels--
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
			if err := e.field(f, q); err != nil {
				return err.AddField(f.name)
			}
		}
		if s.schema.HasUnknown {
			if err := e.unknownFields(s, p); err != nil {
				return err
			}
		}
	}
	if !e.fits(thriftbinary.StopSize) {
		err := e.full(nil)
		err.Type = s.typ
		return err
	}
	e.buf[e.pos] = byte(thriftbinary.Stop)
	e.pos++
	e.levels++
	return nil
}

// unknownFields writes the fields that an earlier decode kept, verbatim.
func (e *encoder) unknownFields(s *structPlan, p unsafe.Pointer) *codec.Error {
	kept := *(*[]byte)(unsafe.Add(p, s.schema.UnknownOffset))
	if !e.fits(len(kept)) {
		return e.full(nil, len(kept)).AddField(schema.UnknownFieldsName)
	}
	e.pos += copy(e.buf[e.pos:], kept)
	return nil
}

// field writes the header and the value of a field that is present, at p.
func (e *encoder) field(f *fieldPlan, p unsafe.Pointer) *codec.Error {
	if !e.fits(thriftbinary.FieldHeaderSize) {
		return e.full(&f.valuePlan, thriftbinary.TypeSize, thriftbinary.IDSize)
	}
	header := e.buf[e.pos : e.pos+thriftbinary.FieldHeaderSize]
	header[0], header[1], header[2] = byte(f.wire), byte(f.id>>8), byte(f.id)
	e.pos += thriftbinary.FieldHeaderSize
	return e.value(&f.valuePlan, p)
}

// absent reports whether a field that may be omitted is, with the value at p. defaults is nil or the struct's default value.
func (f *fieldPlan) absent(p, defaults unsafe.Pointer) bool {
	if f.pointer || f.op == opMap {
		return *(*unsafe.Pointer)(p) == nil
	}
	switch f.op {
	case opBinary:
		if defaults != nil {
			if byDefault := *(*[]byte)(f.at(defaults)); byDefault != nil {
				return bytes.Equal(*(*[]byte)(p), byDefault)
			}
		}
		return *(*[]byte)(p) == nil
	case opList:
		return *(*[]byte)(p) == nil
	case opStruct:
		return false
	}
	if defaults == nil {
		return false
	}
	byDefault := f.at(defaults)
	if f.op == opString {
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
func (e *encoder) list(v *valuePlan, p unsafe.Pointer) *codec.Error {
	if e.levels == 0 {
		return e.fail(codec.DepthLimit, e.pos, v, nil)
	}
	slice := *(*[]byte)(p) // the element type does not matter to a slice header
	n, first := len(slice), unsafe.Pointer(unsafe.SliceData(slice))
	if n > thriftbinary.MaxCount {
		return e.fail(codec.SizeLimit, e.pos+thriftbinary.TypeSize, v, errCountRange)
	}
	if !e.fits(thriftbinary.ListHeaderSize) {
		return e.full(v, thriftbinary.TypeSize, thriftbinary.CountSize)
	}
	e.buf[e.pos] = byte(v.elem.wire)
	binary.BigEndian.PutUint32(e.buf[e.pos+thriftbinary.TypeSize:], uint32(n))
	e.pos += thriftbinary.ListHeaderSize
	if v.elem.scalar() && v.elem.op != opEnum {
		return e.scalars(v.elem, first, n)
	}
	e.levels--
	for i := range n {
		if err := e.value(v.elem, unsafe.Add(first, i*v.elem.size)); err != nil {
			return err.AddIndex(i)
		}
	}
	e.levels++
	return nil
}

// scalars writes the n elements at p; v is their plan. They all fit or the first that does not is reported.
func (e *encoder) scalars(v *valuePlan, p unsafe.Pointer, n int) *codec.Error {
	width := v.wire.MinSize()
	if room := (len(e.buf) - e.pos) / width; n > room {
		e.pos += room * width
		return e.full(v).AddIndex(room)
	}
	out := e.buf[e.pos : e.pos+n*width]
	switch v.op {
	case opBool, opI8:
		copy(out, unsafe.Slice((*byte)(p), n))
	case opI16:
		for i, x := range unsafe.Slice((*uint16)(p), n) {
			binary.BigEndian.PutUint16(out[2*i:], x)
		}
	case opI32:
		for i, x := range unsafe.Slice((*uint32)(p), n) {
			binary.BigEndian.PutUint32(out[4*i:], x)
		}
	case opI64, opDouble:
		for i, x := range unsafe.Slice((*uint64)(p), n) {
			binary.BigEndian.PutUint64(out[8*i:], x)
		}
	case opInt:
		for i, x := range unsafe.Slice((*int)(p), n) {
			binary.BigEndian.PutUint64(out[8*i:], uint64(x))
		}
	}
	e.pos += len(out)
	return nil
}

// mapHeader writes the key type, the element type and the count of the map of plan v.
func (e *encoder) mapHeader(v *valuePlan, n int) *codec.Error {
	if n > math.MaxInt32 {
		return e.fail(codec.SizeLimit, e.pos+2*thriftbinary.TypeSize, v, errCountRange)
	}
	if !e.fits(thriftbinary.MapHeaderSize) {
		return e.full(v, thriftbinary.TypeSize, thriftbinary.TypeSize, thriftbinary.CountSize)
	}
	e.buf[e.pos], e.buf[e.pos+1] = byte(v.key.wire), byte(v.elem.wire)
	binary.BigEndian.PutUint32(e.buf[e.pos+2*thriftbinary.TypeSize:], uint32(n))
	e.pos += thriftbinary.MapHeaderSize
	return nil
}

var errMapChanged = errors.New("the map changed while it was encoded")

// mapValue writes the map that the word at p refers to.
func (e *encoder) mapValue(v *valuePlan, p unsafe.Pointer) *codec.Error {
	if e.levels == 0 {
		return e.fail(codec.DepthLimit, e.pos, v, nil)
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
func (e *encoder) entry(v *valuePlan, key, elem unsafe.Pointer) *codec.Error {
	if err := e.value(v.key, key); err != nil {
		return err.AddKey(formatKey(v.key, key, -1))
	}
	if err := e.value(v.elem, elem); err != nil {
		return err.AddKey(formatKey(v.key, key, -1))
	}
	return nil
}
