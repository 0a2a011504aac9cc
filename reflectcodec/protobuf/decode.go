package protobuf

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"reflect"
	"unicode/utf8"
	"unsafe"

	"github.com/tagwire/tagwire/codec"
	"github.com/tagwire/tagwire/schema"
	wire "github.com/tagwire/tagwire/wire/protobuf"
	"github.com/tagwire/tagwire/wire/varint"
)

// decoder reads a message into Go values.
type decoder struct {
	input
	memory
	// levels counts the messages and groups that may still be opened.
	levels int
	// merging: there was something in the target before.
	merging bool
	// made are the arrays of lists that this call has made, if it merges into a value that has others.
	made map[unsafe.Pointer]bool
	// incomplete: a required field was missing in a part of a message, which another part may have brought.
	incomplete bool
	// merged: a dry run has taken a message for there.
	merged bool
}

// Decode reads one message, all of data, into the struct at p and returns the bytes used. The error is a *codec.Error. Unless something
// is decoded without copying, data is not referenced afterwards.
func (c *Codec) Decode(data []byte, p unsafe.Pointer, o *codec.Settings) (int, error) {
	n, _, _, err := c.decode(data, p, o, false)
	return n, err
}

// DecodeCounting is Decode, and returns besides the bytes that it charged to Limits.Alloc.
func (c *Codec) DecodeCounting(data []byte, p unsafe.Pointer, o *codec.Settings) (n, charged int, err error) {
	n, charged, _, err = c.decode(data, p, o, false)
	return n, charged, err
}

// Reset makes the struct at p one without fields, as Decode does first. What a generator has not made keeps what has no tag.
func (c *Codec) Reset(p unsafe.Pointer) { c.root.reset(p) }

// Check returns what Decode would, and the bytes that it would charge to Limits.Alloc. It makes nothing. Required fields
// that another part of the message may bring are not looked for.
func (c *Codec) Check(data []byte, o *codec.Settings) (n, charged int, err error) {
	n, charged, _, err = c.CheckInto(data, nil, o)
	return n, charged, err
}

// CheckInto is Check for a message that is to be merged into the struct at p, if that is not nil: what is kept there from another format is an
// error if fields are to be kept beside it, also if Decode would have removed it before. If exact is false, a message came in several
// parts: what is in the later ones may be charged twice, and the elements of lists are counted anew.
func (c *Codec) CheckInto(data []byte, p unsafe.Pointer, o *codec.Settings) (n, charged int, exact bool, err error) {
	return c.decode(data, p, o, true)
}

func (c *Codec) decode(data []byte, p unsafe.Pointer, o *codec.Settings, dry bool) (n, charged int, exact bool, err error) {
	limits := o.Resolved()
	d := decoder{
		input: input{data: data}, levels: limits.Depth, merging: o.Merge,
		memory: memory{alloc: limits.Alloc, dry: dry, zeroCopy: o.ZeroCopy, owned: o.OwnedStrings, arena: o.Arena},
	}
	if !dry && !o.Merge {
		c.root.reset(p)
	}
	var failure *codec.Error
	if most := min(limits.Size, wire.MaxSize); len(data) > most {
		failure = &codec.Error{Code: codec.SizeLimit, Offset: most}
	} else {
		failure = d.message(c.root, p, len(data), 0)
	}
	if failure == nil && d.incomplete && !dry {
		failure = c.root.missing(p, d.pos)
	}
	charged = limits.Alloc - d.alloc
	if failure != nil {
		return 0, charged, !d.merged, failure.SetRoot(c.root.schema.Name)
	}
	return d.pos, charged, !d.merged, nil
}

// zeros is what new memory has. Most targets are new.
var zeros [1 << 10]byte

// reset is Reset.
func (m *message) reset(p unsafe.Pointer) {
	if n := m.typ.Size(); n <= uintptr(len(zeros)) && bytes.Equal(unsafe.Slice((*byte)(p), n), zeros[:n]) {
		return
	}
	v := reflect.NewAt(m.typ, p).Elem()
	if m.schema.Generated {
		v.SetZero()
		return
	}
	for i := range m.fields {
		f := &m.fields[i]
		if f.wrapper == nil {
			reflect.NewAt(f.goType, f.at(p)).Elem().SetZero()
		}
	}
	for _, o := range m.oneofs {
		if o.goType != nil {
			reflect.NewAt(o.goType, unsafe.Add(p, o.offset)).Elem().SetZero()
		}
	}
	if m.schema.HasUnknown {
		*(*[]byte)(unsafe.Add(p, m.schema.UnknownOffset)) = nil
	}
}

// message reads fields up to end, or up to the end of the group of a number, into the struct at p. In a dry run that is the one which is
// there before the call, or nil, and it does not change.
func (d *decoder) message(m *message, p unsafe.Pointer, end int, group int32) *codec.Error {
	if d.levels == 0 {
		return &codec.Error{Code: codec.DepthLimit, Offset: d.pos, Type: m.typ}
	}
	d.levels--
	switch {
	case m.schema.Held.Computed():
		err := d.computed(m, p, end)
		d.levels++
		return err
	case m.schema.Held == schema.HeldValue && !d.dry:
		m.reset(p) // a value is not merged with the one before
	}
	var seen part
	for d.pos < end {
		at := d.pos
		number, t, err := d.tag(end)
		if err != nil {
			err.Type = m.typ
			return err
		}
		if t == wire.EndGroup {
			if number != group {
				return &codec.Error{Code: codec.InvalidData, Offset: at, Type: m.typ, Err: errGroup}
			}
			d.levels++
			return d.checkRequired(m, p, seen, at)
		}
		f := m.find(number)
		if f == nil || !f.accepts(t) {
			value := d.pos
			if err := d.skip(number, t, end, min(skipDepth, d.levels)); err != nil {
				return err.AddUnknown(number)
			}
			if err := d.keep(m, p, wire.Tag(number, t), value, at); err != nil {
				return err
			}
			continue
		}
		again := seen.has(f, m)
		if err := d.field(f, p, t, end, &seen, again); err != nil {
			return err.AddField(f.name)
		}
		seen.add(f, m)
		if d.dry && f.oneof != nil && !again {
			for _, other := range f.oneof.members {
				if other != f {
					seen.remove(other, m)
				}
			}
		}
	}
	if group != 0 {
		return &codec.Error{Code: codec.ShortBuffer, Offset: d.pos, Type: m.typ}
	}
	d.levels++
	return d.checkRequired(m, p, seen, d.pos)
}

// part is what a decoder knows of a part of a message: which fields it has read, by their places. A dry run forgets a member of a oneof
// when it reads another.
type part struct {
	few  [4]uint64
	many []uint64
	// counts has the elements of lists, in a dry run.
	counts map[*field]int
}

// count adds n elements to a list, and returns how many it had before in this part.
func (s *part) count(f *field, n int) int {
	if s.counts == nil {
		s.counts = map[*field]int{}
	}
	before := s.counts[f]
	s.counts[f] = before + n
	return before
}

func (s *part) bits(n int) []uint64 {
	if n <= 64*len(s.few) {
		return s.few[:]
	}
	if s.many == nil {
		s.many = make([]uint64, (n+63)/64)
	}
	return s.many
}

func (m *message) place(f *field) int {
	return int((uintptr(unsafe.Pointer(f)) - uintptr(unsafe.Pointer(&m.fields[0]))) / unsafe.Sizeof(*f))
}

func (s *part) has(f *field, m *message) bool {
	i := m.place(f)
	return s.bits(len(m.fields))[i/64]>>(i%64)&1 != 0
}

func (s *part) add(f *field, m *message) {
	i := m.place(f)
	s.bits(len(m.fields))[i/64] |= 1 << (i % 64)
}

func (s *part) remove(f *field, m *message) {
	i := m.place(f)
	s.bits(len(m.fields))[i/64] &^= 1 << (i % 64)
}

// accepts reports whether a field may have a value of type t behind its tag: a list of scalars may come as one piece or not.
func (f *field) accepts(t wire.Type) bool {
	switch f.shape {
	case mapping:
		return t == wire.Bytes
	case list:
		return t == f.wire || t == wire.Bytes && f.scalar()
	}
	return t == f.wire
}

// field reads what is behind a tag of type t into the struct at p. again: the field was there before, in this part of the message.
func (d *decoder) field(f *field, p unsafe.Pointer, t wire.Type, end int, in *part, again bool) *codec.Error {
	var q unsafe.Pointer
	if p != nil {
		q = f.at(p)
	}
	switch {
	case f.shape == mapping:
		return d.entry(f, q, end)
	case f.shape == list && f.scalar() && t == wire.Bytes:
		return d.packed(f, q, end, in)
	case f.shape == list:
		return d.element(f, q, end, in)
	case f.oneof != nil:
		return d.member(f, p, q, end, again)
	}
	return d.single(f, q, end, again)
}

// isThere reports whether a message is merged with the one at p, nil if there is none. A dry run takes one for there that came before in the
// same part, and no other.
func (d *decoder) isThere(p unsafe.Pointer, again bool) bool {
	if d.dry {
		d.merged = d.merged || again
		return again
	}
	return p != nil
}

// member reads a member of a oneof at q in the struct at p, and removes the others.
func (d *decoder) member(f *field, p, q unsafe.Pointer, end int, again bool) *codec.Error {
	if f.wrapper == nil {
		if d.dry {
			return d.single(f, q, end, again)
		}
		for _, other := range f.oneof.members {
			if other != f {
				*(*unsafe.Pointer)(other.at(p)) = nil
			}
		}
		return d.single(f, q, end, again)
	}
	var held reflect.Value
	var there unsafe.Pointer // the wrapper of the message that is merged with
	if p != nil {
		held = reflect.NewAt(f.oneof.goType, q).Elem()
		if f.kind == schema.Struct && !held.IsNil() && held.Elem().Type() == reflect.PointerTo(f.wrapper) {
			there = held.Elem().UnsafePointer()
		}
	}
	if f.kind == schema.Struct && d.isThere(there, again) {
		return d.single(f, there, end, again)
	}
	if err := d.charge(1, int(f.wrapper.Size()), d.pos); err != nil {
		return typed(err, f.goType)
	}
	if d.dry {
		return d.single(f, there, end, again)
	}
	wrapper := d.object(f.wrapper)
	held.Set(reflect.NewAt(f.wrapper, wrapper))
	return d.single(f, wrapper, end, again)
}

// single reads a value into the field at p; a message is merged into the one that is there.
func (d *decoder) single(f *field, p unsafe.Pointer, end int, again bool) *codec.Error {
	if !f.pointer {
		if f.kind == schema.Struct {
			d.isThere(p, again)
		}
		return d.value(&f.value, p, end, f.number, f.presence == schema.Implicit)
	}
	target := (*unsafe.Pointer)(p)
	var there unsafe.Pointer
	if p != nil && f.kind == schema.Struct {
		there = *target
	}
	if f.kind == schema.Struct && d.isThere(there, again) {
		return d.value(&f.value, there, end, f.number, false)
	}
	if err := d.charge(1, f.size, d.pos); err != nil {
		return typed(err, f.goType)
	}
	if d.dry {
		return d.value(&f.value, there, end, f.number, false)
	}
	if f.kind == schema.Struct {
		*target = d.object(f.base)
		return d.value(&f.value, *target, end, f.number, false)
	}
	q := d.object(f.base)
	if err := d.value(&f.value, q, end, f.number, false); err != nil {
		return err
	}
	*target = q
	return nil
}

// value reads a value into the memory at p. number is that of the field, which ends a group. noEmpty: no bytes are nil.
func (d *decoder) value(v *value, p unsafe.Pointer, end int, number int32, noEmpty bool) *codec.Error {
	switch {
	case v.scalar():
		return d.scalar(v, p, end)
	case v.form == schema.Group:
		return d.message(v.message, p, end, number)
	}
	at := d.pos
	n, err := d.length(end)
	if err != nil {
		return typed(err, v.goType)
	}
	if v.kind == schema.Struct {
		return d.message(v.message, p, d.pos+n, 0)
	}
	if v.utf8 && !utf8.Valid(d.data[d.pos:d.pos+n]) {
		return &codec.Error{Code: codec.InvalidData, Offset: d.pos, Type: v.goType, Err: errUTF8}
	}
	b, err := d.text(n, at, &d.input)
	if err != nil {
		return typed(err, v.goType)
	}
	switch {
	case d.dry:
	case v.kind == schema.String:
		*(*string)(p) = unsafe.String(unsafe.SliceData(b), len(b))
	case b == nil && !noEmpty:
		*(*[]byte)(p) = []byte{}
	default:
		*(*[]byte)(p) = b
	}
	return nil
}

// scalar reads a scalar into the memory at p.
func (d *decoder) scalar(v *value, p unsafe.Pointer, end int) *codec.Error {
	at := d.pos
	u, err := d.number(v, end)
	switch {
	case err != nil:
		return typed(err, v.goType)
	case !v.fits(u):
		return &codec.Error{Code: codec.InvalidData, Offset: at, Type: v.goType, Err: fmt.Errorf("%d does not fit an int of this platform", u)}
	case !d.dry:
		v.store(p, u)
	}
	return nil
}

// typed names the Go type in an error that has none.
func typed(err *codec.Error, t reflect.Type) *codec.Error {
	if err.Type == nil {
		err.Type = t
	}
	return err
}

// input is what decoding and skipping read from.
type input struct {
	data []byte
	pos  int // bytes of data used
}

var (
	errGroup   = errors.New("an end of a group that does not begin")
	errVarint  = errors.New("a varint of more than 64 bits")
	errNumber  = errors.New("the number of a field is from 1 to 536870911")
	errType    = errors.New("there are no values of the types 6 and 7")
	errRunaway = errors.New("a group that does not end")
)

// varint reads a varint that ends before end.
func (in *input) varint(end int) (uint64, *codec.Error) {
	u, size := varint.Read(in.data[in.pos:end])
	switch size {
	case varint.Cut:
		return 0, &codec.Error{Code: codec.ShortBuffer, Offset: in.pos}
	case varint.TooLong:
		return 0, &codec.Error{Code: codec.InvalidData, Offset: in.pos, Err: errVarint}
	}
	in.pos += size
	return u, nil
}

// tag reads a tag.
func (in *input) tag(end int) (number int32, t wire.Type, err *codec.Error) {
	at := in.pos
	u, err := in.varint(end)
	if err != nil {
		return 0, 0, err
	}
	t = wire.Type(u & (1<<wire.TypeBits - 1))
	switch n := u >> wire.TypeBits; {
	case n == 0 || n > wire.MaxNumber:
		return 0, 0, &codec.Error{Code: codec.InvalidData, Offset: at, Err: errNumber}
	case t > wire.Fixed32:
		return 0, 0, &codec.Error{Code: codec.InvalidData, Offset: at, Err: errType}
	default:
		return int32(n), t, nil
	}
}

// length reads a length, and checks that there are as many bytes before end.
func (in *input) length(end int) (int, *codec.Error) {
	at := in.pos
	u, err := in.varint(end)
	if err != nil {
		return 0, err
	}
	if u > uint64(end-in.pos) {
		return 0, &codec.Error{Code: codec.SizeLimit, Offset: at}
	}
	return int(u), nil
}

// number reads the number of a scalar.
func (in *input) number(v *value, end int) (u uint64, err *codec.Error) {
	if v.fixed == 0 {
		return in.varint(end)
	}
	if end-in.pos < v.fixed {
		return 0, &codec.Error{Code: codec.ShortBuffer, Offset: in.pos}
	}
	b := in.data[in.pos:]
	in.pos += v.fixed
	if v.fixed == 4 {
		return uint64(binary.LittleEndian.Uint32(b)), nil
	}
	return binary.LittleEndian.Uint64(b), nil
}

// skipDepth is the nesting limit of groups in a field that is skipped.
const skipDepth = 100

// skip passes over the value behind a tag, with at most levels groups in each other.
func (in *input) skip(number int32, t wire.Type, end, levels int) *codec.Error {
	switch t {
	case wire.Varint:
		_, err := in.varint(end)
		return err
	case wire.Bytes:
		n, err := in.length(end)
		in.pos += n
		return err
	case wire.EndGroup:
		return &codec.Error{Code: codec.InvalidData, Offset: in.pos, Err: errGroup}
	case wire.StartGroup:
		return in.skipGroup(number, end, levels)
	}
	size := 4
	if t == wire.Fixed64 {
		size = 8
	}
	if end-in.pos < size {
		return &codec.Error{Code: codec.ShortBuffer, Offset: in.pos}
	}
	in.pos += size
	return nil
}

// skipGroup passes over the fields of a group and its end.
func (in *input) skipGroup(number int32, end, levels int) *codec.Error {
	if levels == 0 {
		return &codec.Error{Code: codec.DepthLimit, Offset: in.pos}
	}
	for in.pos < end {
		at := in.pos
		inner, t, err := in.tag(end)
		switch {
		case err != nil:
			return err
		case t != wire.EndGroup:
			if err := in.skip(inner, t, end, levels-1); err != nil {
				return err
			}
		case inner != number:
			return &codec.Error{Code: codec.InvalidData, Offset: at, Err: errGroup}
		default:
			return nil
		}
	}
	return &codec.Error{Code: codec.ShortBuffer, Offset: in.pos, Err: errRunaway}
}
