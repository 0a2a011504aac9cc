package reflectcodec

import (
	"cmp"
	"math/bits"
	"reflect"
	"slices"
	"sync"
	"unsafe"

	"github.com/tagwire/tagwire/schema"
)

// Op selects what encode and decode do with a value; it joins a kind with the form of the value in memory.
type Op uint8

// The ops. Those before OpStruct are leaves: a format writes and reads them; the rest is for the walk.
const (
	OpBool Op = iota + 1
	OpI8
	OpI16
	OpI32
	OpI64
	OpInt // Go int where it has 32 bits; elsewhere int is OpI64
	OpDouble
	OpEnum
	OpString
	OpBinary
	OpStruct
	OpList // lists and sets
	OpMap
)

// Value says how a value is laid out in memory and on the wire.
type Value struct {
	Op Op
	// Wire is the format's number for the value's type.
	Wire uint8
	// Fixed is the size in bytes that every such value has on the wire; 0 if they differ.
	Fixed int
	// Pointer: memory holds a pointer to what Op describes.
	Pointer bool
	// typ is the Go type that Op describes, without the pointer; GoType includes it.
	typ, GoType reflect.Type
	// size is the memory size of GoType in bytes.
	size int
	// body is set for OpStruct.
	body *structPlan
	// Elem is set for OpList and OpMap, Key and entries for OpMap.
	Key, Elem *Value
	entries   mapCodec
}

// leaf reports whether the value is for the format alone.
func (v *Value) leaf() bool { return v.Op < OpStruct }

// scalar reports whether the value holds no pointer: a bool, a number or an enum.
func (v *Value) scalar() bool { return v.Op < OpString && !v.Pointer }

// Field is one field of a struct.
type Field struct {
	Value
	ID int32
	// omitted: there are values for which the field is left out; see absent.
	omitted bool
	// NoCopy: a decoded string or binary aliases the input.
	NoCopy bool
	// required is the field's place among the required fields, counted from 1; 0 if it is not required.
	required int
	offset   uintptr
	name     string
}

// structPlan is one struct type.
type structPlan struct {
	schema *schema.StructType
	format Format
	typ    reflect.Type
	slice  reflect.Type // []typ
	size   int
	fields []Field
	// lookup maps an id to its index in fields plus 1, for ids below its length.
	lookup []uint16
	// required counts the required fields.
	required int
}

// maxLookup bounds the table by field id; larger ids are searched for.
const maxLookup = 1024

// find returns the index of the field with the given id, or -1.
func (s *structPlan) find(id int32) int {
	if uint32(id) < uint32(len(s.lookup)) {
		return int(s.lookup[id]) - 1
	}
	i, ok := slices.BinarySearchFunc(s.fields, id, func(f Field, id int32) int { return cmp.Compare(f.ID, id) })
	if !ok {
		return -1
	}
	return i
}

// planKey is what a plan is for.
type planKey struct {
	format Format
	schema *schema.StructType
}

// plans holds the finished plan of every struct seen in a format, so that types which share a struct share its plan.
var plans = struct {
	sync.Mutex
	finished map[planKey]*structPlan
}{finished: map[planKey]*structPlan{}}

// planOf returns the plan of s in a format, made at most once.
func planOf(s *schema.StructType, format Format) *structPlan {
	plans.Lock()
	defer plans.Unlock()
	return planStruct(planKey{format, s})
}

// planStruct is planOf under the lock. It enters the plan before its fields are filled, so that recursive
// types find themselves; the lock keeps others from seeing it unfinished.
func planStruct(key planKey) *structPlan {
	if p := plans.finished[key]; p != nil {
		return p
	}
	s := key.schema
	p := &structPlan{schema: s, format: key.format, typ: s.Go, slice: reflect.SliceOf(s.Go), size: int(s.Go.Size())}
	plans.finished[key] = p
	p.fields = make([]Field, len(s.Fields))
	for i := range s.Fields {
		f := &s.Fields[i]
		p.fields[i] = Field{
			Value:   planValue(f.Type, key.format),
			ID:      f.ID,
			omitted: f.Requiredness == schema.Optional || f.OmitsNil(),
			NoCopy:  f.NoCopy,
			offset:  f.Offset,
			name:    f.Name,
		}
		if f.Requiredness == schema.RequiredField {
			p.required++
			p.fields[i].required = p.required
		}
	}
	if n := len(p.fields); n > 0 {
		p.lookup = make([]uint16, min(int(p.fields[n-1].ID)+1, maxLookup))
		for i := range p.fields {
			if id := int(p.fields[i].ID); id < maxLookup {
				p.lookup[id] = uint16(i + 1)
			}
		}
	}
	return p
}

// planValue makes the plan of one value, and of what it contains.
func planValue(t *schema.Type, format Format) Value {
	v := Value{Op: opOf(t), Pointer: t.Pointer, typ: t.Base(), GoType: t.Go, size: int(t.Go.Size())}
	v.Wire, v.Fixed = format.Wire(t.Kind)
	switch v.Op {
	case OpStruct:
		v.body = planStruct(planKey{format, t.Struct})
	case OpList:
		elem := planValue(t.Elem, format)
		v.Elem = &elem
	case OpMap:
		key, elem := planValue(t.Key, format), planValue(t.Elem, format)
		v.Key, v.Elem = &key, &elem
		v.entries = mapCodecOf(&v)
	}
	return v
}

var ops = [...]Op{
	schema.Bool: OpBool, schema.I8: OpI8, schema.I16: OpI16, schema.I32: OpI32, schema.I64: OpI64,
	schema.Double: OpDouble, schema.Enum: OpEnum, schema.String: OpString, schema.Binary: OpBinary,
	schema.Struct: OpStruct, schema.List: OpList, schema.Set: OpList, schema.Map: OpMap,
}

func opOf(t *schema.Type) Op {
	if t.Kind == schema.I64 && t.Base().Kind() == reflect.Int && bits.UintSize == 32 {
		return OpInt
	}
	return ops[t.Kind]
}

// Codec encodes and decodes one struct type in one format. It is immutable and safe for concurrent use.
type Codec struct {
	root *structPlan
}

// New returns the codec of s in a format.
func New(s *schema.StructType, format Format) *Codec { return &Codec{planOf(s, format)} }

// at returns the address of the field in the struct at p, which keeps it alive.
func (f *Field) at(p unsafe.Pointer) unsafe.Pointer { return unsafe.Add(p, f.offset) }

// defaults returns the struct's default values, or nil.
func (s *structPlan) defaults() unsafe.Pointer {
	if !s.schema.HasInit {
		return nil
	}
	return s.schema.Default()
}

// Size returns the size of the value in memory.
func (v *Value) Size() int { return v.size }
