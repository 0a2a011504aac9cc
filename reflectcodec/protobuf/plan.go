// Package protobuf is the part of the plain codec that knows Protobuf. Its messages are merged rather than read, their fields come in
// any order, and their lengths precede them; so it has a walk of its own.
//
// The rules for unsafe pointers are those of package reflectcodec.
package protobuf

import (
	"cmp"
	"reflect"
	"slices"
	"sync"
	"unsafe"

	"github.com/tagwire/tagwire/schema"
	wire "github.com/tagwire/tagwire/wire/protobuf"
	"github.com/tagwire/tagwire/wire/varint"
)

// value says how a value is laid out in memory and on the wire. It is that of a list's elements, where there is a list.
type value struct {
	kind schema.Kind
	form schema.Form
	// wire is the type of the value, fixed the size in bytes that it always has, or 0.
	wire  wire.Type
	fixed int
	// pointer: memory holds a pointer to what kind describes, whose type is base. size is that of base in bytes.
	pointer bool
	goType  reflect.Type
	base    reflect.Type
	size    int
	utf8    bool
	// message is set for schema.Struct.
	message *message
}

// field is one field of a message.
type field struct {
	value
	number int32
	name   string
	offset uintptr
	// shape is what lies at offset: one value, or several.
	shape    shape
	presence schema.Requiredness
	packed   bool
	// tag is the encoding of the number and the type, end that of the end of a group.
	tag, end []byte
	// required is the field's place among the required fields, counted from 1; 0 if it is not required.
	required int
	// goType is the type of what lies at offset; key is set for maps.
	goType reflect.Type
	key    *value
	// oneof is the group that the field is a member of, or nil; wrapper what holds it, if the interface at offset does.
	oneof   *oneof
	wrapper reflect.Type
}

// shape says how many values a field has, and where.
type shape uint8

const (
	single shape = iota
	list
	mapping
)

// oneof is a group of fields of which at most one is present.
type oneof struct {
	name    string
	offset  uintptr      // of the interface
	goType  reflect.Type // of the interface; nil if each member is a field
	members []*field
}

// message is one struct type.
type message struct {
	schema *schema.StructType
	typ    reflect.Type
	// fields are in the order of their numbers, lookup maps a small number to the place in them plus 1.
	fields []field
	lookup []uint16
	// order has the fields outside of oneofs, and oneofs what is written behind them.
	order  []*field
	oneofs []*oneof
	// required counts the required fields. strict: there are some in the message or below.
	required int
	strict   bool
	// leaf: there are no messages inside.
	leaf bool
}

// maxLookup bounds the table by number; fields of larger ones are searched for.
const maxLookup = 2048

// find returns the field of a number, or nil.
func (m *message) find(number int32) *field {
	if uint32(number) < uint32(len(m.lookup)) {
		if i := m.lookup[number]; i > 0 {
			return &m.fields[i-1]
		}
		return nil
	}
	i, found := slices.BinarySearchFunc(m.fields, number, func(f field, n int32) int { return cmp.Compare(f.number, n) })
	if !found {
		return nil
	}
	return &m.fields[i]
}

// messages has the finished plan of every struct, so that types which share a struct share its plan.
var messages = struct {
	sync.Mutex
	finished map[*schema.StructType]*message
}{finished: map[*schema.StructType]*message{}}

// messageOf returns the plan of s, made at most once.
func messageOf(s *schema.StructType) *message {
	messages.Lock()
	defer messages.Unlock()
	return plan(s)
}

// plan is messageOf under the lock. It enters the plan before that is filled, so that recursive types find themselves.
func plan(s *schema.StructType) *message {
	if m := messages.finished[s]; m != nil {
		return m
	}
	m := &message{schema: s, typ: s.Go, strict: s.HasRequired(), fields: make([]field, len(s.Fields)), leaf: true}
	messages.finished[s] = m
	for i := range s.Oneofs {
		o := &s.Oneofs[i]
		m.oneofs = append(m.oneofs, &oneof{name: o.Name, offset: o.Offset, goType: o.Interface})
	}
	for i := range s.Fields {
		f := &m.fields[i]
		f.plan(&s.Fields[i])
		m.leaf = m.leaf && f.message == nil
		if f.presence == schema.RequiredField {
			m.required++
			f.required = m.required
		}
		if place := s.Fields[i].Oneof; place > 0 {
			f.oneof = m.oneofs[place-1]
			f.oneof.members = append(f.oneof.members, f)
		} else {
			m.order = append(m.order, f)
		}
	}
	if n := len(m.fields); n > 0 {
		m.lookup = make([]uint16, min(int(m.fields[n-1].number)+1, maxLookup))
		for i := range m.fields {
			if number := int(m.fields[i].number); number < maxLookup {
				m.lookup[number] = uint16(i + 1)
			}
		}
	}
	return m
}

// plan fills the plan of a field.
func (f *field) plan(s *schema.Field) {
	t := s.Type
	f.number, f.name, f.offset, f.presence, f.packed, f.wrapper = s.ID, s.Name, s.Offset, s.Requiredness, s.Packed, s.Wrapper
	f.goType = t.Go
	written := wire.Bytes
	switch t.Kind {
	case schema.List:
		f.shape, f.value = list, valueOf(t.Elem)
		if !f.packed {
			written = f.wire
		}
	case schema.Map:
		key := valueOf(t.Key)
		f.shape, f.key, f.value = mapping, &key, valueOf(t.Elem)
	default:
		f.value = valueOf(t)
		written = f.wire
	}
	f.tag = tagOf(f.number, written)
	if f.wire == wire.StartGroup {
		f.end = tagOf(f.number, wire.EndGroup)
	}
}

// tagOf returns the encoding of a tag.
func tagOf(number int32, t wire.Type) []byte {
	b := make([]byte, wire.TagSize(number))
	varint.Put(b, wire.Tag(number, t))
	return b
}

// valueOf makes the plan of one value.
func valueOf(t *schema.Type) value {
	v := value{kind: t.Kind, form: t.Form, pointer: t.Pointer, goType: t.Go, base: t.Base(), size: int(t.Base().Size()), utf8: t.UTF8}
	v.wire, v.fixed = wire.Of(t)
	if t.Struct != nil {
		v.message = plan(t.Struct)
	}
	return v
}

// scalar reports whether the value holds no pointer, its own aside.
func (v *value) scalar() bool {
	return v.kind != schema.String && v.kind != schema.Binary && v.kind != schema.Struct
}

// at returns the address of the field in the struct at p, which keeps it alive.
func (f *field) at(p unsafe.Pointer) unsafe.Pointer { return unsafe.Add(p, f.offset) }

// Codec encodes and decodes one struct type. It is immutable and safe for concurrent use.
type Codec struct{ root *message }

// New returns the codec of s.
func New(s *schema.StructType) *Codec { return &Codec{messageOf(s)} }
