package protobuf

import (
	"errors"
	"fmt"
	"reflect"
	"unicode/utf8"
	"unsafe"

	"github.com/tagwire/tagwire/codec"
	"github.com/tagwire/tagwire/reflectcodec"
	"github.com/tagwire/tagwire/schema"
	wire "github.com/tagwire/tagwire/wire/protobuf"
	"github.com/tagwire/tagwire/wire/varint"
)

// encoder writes into a buffer that never grows.
type encoder struct {
	buf []byte
	pos int // bytes of buf in use
	// sizeLimited: the end of buf is a limit, not the end of the caller's buffer.
	sizeLimited   bool
	levels        int // messages that may still be opened
	deterministic bool
	direct        reflectcodec.DirectWriter
	// directSize counts the bytes handed to direct.
	directSize int
	// limit is the most bytes there may be in all; size the length of the caller's buffer.
	limit, size int
	// sizes finds the lengths that precede messages.
	sizes sizer
}

// Encode writes the struct at p (nil: no bytes) into buf and returns the bytes used. It never writes past len(buf). Strings and
// binaries of at least codec.DirectThreshold bytes go to direct if that is not nil. The error is a *codec.Error; its Offset counts the
// bytes given to direct too.
func (c *Codec) Encode(buf []byte, p unsafe.Pointer, o *codec.Settings, direct reflectcodec.DirectWriter) (int, error) {
	limits := o.Resolved()
	e := encoder{
		buf: buf, levels: limits.Depth, deterministic: o.Deterministic, direct: direct, limit: min(limits.Size, wire.MaxSize), size: len(buf),
		sizes: sizer{limit: min(limits.Size, wire.MaxSize), levels: codec.MaxDepth},
	}
	if !c.root.leaf {
		e.sizes.known = map[place]int{}
	}
	e.applyLimit()
	if err := e.message(c.root, p); err != nil {
		return 0, err.SetRoot(c.root.schema.Name)
	}
	return e.pos, nil
}

// applyLimit shortens the buffer to what the limit on the output leaves.
func (e *encoder) applyLimit() {
	if left := e.limit - e.directSize; len(e.buf) > left {
		e.buf, e.sizeLimited = e.buf[:left], true
	}
}

// full returns the error for an item that does not fit.
func (e *encoder) full(t reflect.Type) *codec.Error {
	code := codec.BufferTooSmall
	if e.sizeLimited {
		code = codec.SizeLimit
	}
	return e.fail(code, t, nil)
}

// fail returns an error whose reason is the item at the cursor.
func (e *encoder) fail(code codec.Code, t reflect.Type, detail error) *codec.Error {
	return &codec.Error{Code: code, Offset: e.pos + e.directSize, Type: t, Err: detail}
}

// bytes writes b as one item.
func (e *encoder) bytes(b []byte, t reflect.Type) *codec.Error {
	if len(b) > len(e.buf)-e.pos {
		return e.full(t)
	}
	e.pos += copy(e.buf[e.pos:], b)
	return nil
}

// length writes a length.
func (e *encoder) length(n int, t reflect.Type) *codec.Error {
	if n > wire.MaxSize {
		return e.fail(codec.SizeLimit, t, errTooLong)
	}
	if varint.Size(uint64(n)) > len(e.buf)-e.pos {
		return e.full(t)
	}
	e.pos += varint.Put(e.buf[e.pos:], uint64(n))
	return nil
}

var errTooLong = errors.New("a message, and anything in it, has at most 2147483647 bytes")

// message writes the message at p, without what precedes it.
func (e *encoder) message(m *message, p unsafe.Pointer) *codec.Error {
	if e.levels == 0 {
		return e.fail(codec.DepthLimit, m.typ, nil)
	}
	if p == nil {
		return e.checkNil(m)
	}
	if m.schema.Held.Computed() {
		return e.computed(m, p)
	}
	e.levels--
	if err := e.checkExtensions(m, p); err != nil {
		return err
	}
	for _, f := range m.order {
		if err := e.field(f, f.at(p)); err != nil {
			return err.AddField(f.name)
		}
	}
	for _, o := range m.oneofs {
		if err := e.oneof(o, p); err != nil {
			return err
		}
	}
	if m.schema.HasUnknown {
		if err := e.unknown(m, p); err != nil {
			return err.AddField(m.schema.UnknownName)
		}
	}
	e.levels++
	return nil
}

var errMissing = errors.New("a required field is not set")

// checkNil returns an error if nil cannot stand for a message without fields.
func (e *encoder) checkNil(m *message) *codec.Error {
	for i := range m.fields {
		if f := &m.fields[i]; f.presence == schema.RequiredField {
			return e.fail(codec.Required, f.goType, errMissing).AddField(f.name)
		}
	}
	return nil
}

var errExtensions = errors.New("extensions have no fields in the struct, and cannot be written: remove them, or declare them as fields")

// checkExtensions returns an error if there are extensions in the struct at p, which would be lost.
func (e *encoder) checkExtensions(m *message, p unsafe.Pointer) *codec.Error {
	for _, x := range m.schema.Extensions {
		if holdsAny(reflect.NewAt(x.Go, unsafe.Add(p, x.Offset)).Elem()) {
			return e.fail(codec.UnsupportedType, x.Go, errExtensions).AddField(x.Name)
		}
	}
	return nil
}

// holdsAny reports whether there is an entry in a map, or in one that v leads to.
func holdsAny(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Map:
		return v.Len() > 0
	case reflect.Pointer:
		return !v.IsNil() && holdsAny(v.Elem())
	case reflect.Struct:
		for i := range v.NumField() {
			if holdsAny(v.Field(i)) {
				return true
			}
		}
	}
	return false
}

// oneof writes the member that is set.
func (e *encoder) oneof(o *oneof, p unsafe.Pointer) *codec.Error {
	f, q := o.present(p)
	if f == nil {
		return e.checkNone(o, p)
	}
	if o.goType == nil {
		for _, other := range o.members {
			if other != f && *(*unsafe.Pointer)(other.at(p)) != nil {
				return e.fail(codec.InvalidData, nil, fmt.Errorf("of the oneof %s both %s and %s are set", o.name, f.name, other.name))
			}
		}
	}
	if err := e.single(f, q); err != nil {
		return err.AddField(f.name)
	}
	return nil
}

// checkNone returns an error if an interface that stands for no member is not nil.
func (e *encoder) checkNone(o *oneof, p unsafe.Pointer) *codec.Error {
	if o.goType == nil {
		return nil
	}
	held := reflect.NewAt(o.goType, unsafe.Add(p, o.offset)).Elem()
	if held.IsNil() || held.Elem().Kind() == reflect.Pointer && held.Elem().IsNil() {
		return nil
	}
	return e.fail(codec.InvalidData, held.Elem().Type(), fmt.Errorf("it is no wrapper of a member of the oneof %s", o.name))
}

// field writes a field outside of oneofs.
func (e *encoder) field(f *field, p unsafe.Pointer) *codec.Error {
	switch {
	case f.presence == schema.RequiredField && f.unset(p):
		return e.fail(codec.Required, f.goType, errMissing)
	case f.absent(p):
		return nil
	case f.shape == list:
		return e.list(f, p)
	case f.shape == mapping:
		return e.mapping(f, p)
	}
	return e.single(f, p)
}

// unset reports whether a required field, whose value is at p, is not there.
func (f *field) unset(p unsafe.Pointer) bool {
	return (f.pointer || f.kind == schema.Binary) && *(*unsafe.Pointer)(p) == nil
}

// single writes a field that has one value.
func (e *encoder) single(f *field, p unsafe.Pointer) *codec.Error {
	if f.pointer {
		p = *(*unsafe.Pointer)(p)
	}
	if err := e.bytes(f.tag, f.goType); err != nil {
		return err
	}
	if err := e.value(&f.value, p); err != nil {
		return err
	}
	return e.bytes(f.end, f.goType)
}

// value writes a value with its length, if it has one.
func (e *encoder) value(v *value, p unsafe.Pointer) *codec.Error {
	switch {
	case v.scalar():
		if v.sizeOf(p) > len(e.buf)-e.pos {
			return e.full(v.goType)
		}
		e.pos += v.put(e.buf[e.pos:], p)
		return nil
	case v.kind != schema.Struct:
		return e.text(v, *(*string)(p)) // the first words of a slice are those of a string
	case v.form == schema.Group:
		return e.message(v.message, p)
	}
	n, err := e.sizes.message(v.message, p)
	if err != nil {
		e.sizes.levels = codec.MaxDepth // what went wrong below left it as it was there
		return e.explain(v, p, err)
	}
	if err := e.length(n, v.goType); err != nil {
		return err
	}
	from := e.pos + e.directSize
	if err := e.message(v.message, p); err != nil {
		return err
	}
	if e.pos+e.directSize-from != n {
		return e.fail(codec.InvalidData, v.goType, errChanged)
	}
	return nil
}

var errChanged = errors.New("the message changed while it was encoded")

// explain returns the error of writing a message whose size cannot be found.
func (e *encoder) explain(v *value, p unsafe.Pointer, because *codec.Error) *codec.Error {
	at := e.pos + e.directSize
	if because.Code == codec.SizeLimit {
		because.Offset, because.Type = at, v.goType
	} else {
		because.Offset += at
	}
	return because
}

var errUTF8 = errors.New("a string must be UTF-8")

// text writes a string or bytes, with their length.
func (e *encoder) text(v *value, b string) *codec.Error {
	if v.utf8 && !utf8.ValidString(b) {
		return e.fail(codec.InvalidData, v.goType, errUTF8)
	}
	if err := e.length(len(b), v.goType); err != nil {
		return err
	}
	content := unsafe.Slice(unsafe.StringData(b), len(b))
	if len(b) < codec.DirectThreshold || e.direct == nil {
		return e.bytes(content, v.goType)
	}
	if len(b) > e.limit-e.directSize-e.pos {
		return e.fail(codec.SizeLimit, v.goType, nil)
	}
	if err := e.direct.WriteDirect(content, e.size-e.pos); err != nil {
		return e.fail(codec.WriteFailed, v.goType, err)
	}
	e.directSize += len(b)
	e.applyLimit()
	return nil
}

// list writes the list at p.
func (e *encoder) list(f *field, p unsafe.Pointer) *codec.Error {
	slice := *(*[]byte)(p) // the element type does not matter to a slice header
	first, count := unsafe.Pointer(unsafe.SliceData(slice)), len(slice)
	if f.packed {
		return e.packed(f, first, count)
	}
	size := f.stride()
	for i := range count {
		if err := e.single(f, unsafe.Add(first, i*size)); err != nil {
			return err.AddIndex(i)
		}
	}
	return nil
}

// packed writes count scalars as one piece.
func (e *encoder) packed(f *field, first unsafe.Pointer, count int) *codec.Error {
	n, err := e.sizes.packed(f, first, count)
	if err == nil {
		err = e.bytes(f.tag, f.goType)
	}
	if err == nil {
		err = e.length(n, f.goType)
	}
	if err != nil {
		return err
	}
	for i := range count {
		if err := e.value(&f.value, unsafe.Add(first, i*f.size)); err != nil {
			return err.AddIndex(i)
		}
	}
	return nil
}

// mapping writes the map at p, an entry after the other.
func (e *encoder) mapping(f *field, p unsafe.Pointer) *codec.Error {
	return f.entries(p, e.deterministic, func(key, elem unsafe.Pointer) *codec.Error {
		if err := e.entry(f, key, elem); err != nil {
			return err.AddKey(f.keyText(key))
		}
		return nil
	})
}

// entryTag returns the tag of keys or elements, a single byte.
func entryTag(number int, v *value) []byte {
	return []byte{byte(wire.Tag(int32(number), v.wire))}
}

// entry writes an entry of a map.
func (e *encoder) entry(f *field, key, elem unsafe.Pointer) *codec.Error {
	known := e.sizes.known
	if f.kind == schema.Struct && !f.pointer {
		e.sizes.known = nil // the next entry is in the same place
	}
	defer func() { e.sizes.known = known }()
	n, err := e.sizes.entry(f, key, elem)
	if err == nil {
		err = e.bytes(f.tag, f.goType)
	}
	if err == nil {
		err = e.length(n, f.goType)
	}
	if err == nil {
		err = e.bytes(entryTag(wire.EntryKey, f.key), f.key.goType)
	}
	if err == nil {
		err = e.value(f.key, key)
	}
	if err == nil {
		err = e.bytes(entryTag(wire.EntryElem, &f.value), f.value.goType)
	}
	if err != nil {
		return err
	}
	if f.pointer {
		elem = *(*unsafe.Pointer)(elem)
	}
	return e.value(&f.value, elem)
}

var errOtherFormat = errors.New("kept from another wire format")

// unknown writes the fields that an earlier decode kept.
func (e *encoder) unknown(m *message, p unsafe.Pointer) *codec.Error {
	kept, ok := m.kept(p)
	if !ok {
		return e.fail(codec.InvalidData, nil, errOtherFormat)
	}
	return e.bytes(kept, nil)
}
