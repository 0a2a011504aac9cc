package reflectcodec

import (
	"math"
	"math/bits"
	"reflect"
	"slices"
	"sync"
	"unsafe"

	"github.com/tagwire/tagwire/codec"
	"github.com/tagwire/tagwire/schema"
	"github.com/tagwire/tagwire/wire/thriftbinary"
)

// op selects what encode and decode do with a value; it joins a kind with the form of the value in memory.
type op uint8

const (
	opBool op = iota + 1
	opI8
	opI16
	opI32
	opI64
	opInt // Go int where it has 32 bits; elsewhere int is opI64
	opDouble
	opEnum
	opString
	opBinary
	opStruct
	opList // lists and sets
	opMap
)

// valuePlan says how a value is laid out in memory and on the wire.
type valuePlan struct {
	op   op
	wire thriftbinary.Type
	// pointer: memory holds a pointer to what op describes.
	pointer bool
	// typ is the Go type that op describes, without the pointer; goType includes it.
	typ, goType reflect.Type
	// size is the memory size of goType in bytes.
	size int
	// body is set for opStruct.
	body *structPlan
	// elem is set for opList and opMap, key and entries for opMap.
	key, elem *valuePlan
	entries   mapCodec
}

// scalar reports whether the value holds no pointer and has a fixed wire size.
func (v *valuePlan) scalar() bool { return v.op < opString && !v.pointer }

// fieldPlan is one field of a struct.
type fieldPlan struct {
	valuePlan
	id uint16
	// omitted: there are values for which the field is left out; see absent.
	omitted bool
	noCopy  bool
	// required is the field's place among the required fields, counted from 1; 0 if it is not required.
	required int
	offset   uintptr
	name     string
}

// structPlan is one struct type.
type structPlan struct {
	schema *schema.StructType
	typ    reflect.Type
	slice  reflect.Type // []typ
	size   int
	fields []fieldPlan
	// lookup maps an id to its index in fields plus 1, for ids below its length.
	lookup []uint16
	// required counts the required fields.
	required int
}

// maxLookup bounds the table by field id; larger ids are searched for.
const maxLookup = 1024

// find returns the index of the field with the given id, or -1.
func (s *structPlan) find(id uint16) int {
	if int(id) < len(s.lookup) {
		return int(s.lookup[id]) - 1
	}
	i, ok := slices.BinarySearchFunc(s.fields, id, func(f fieldPlan, id uint16) int { return int(f.id) - int(id) })
	if !ok {
		return -1
	}
	return i
}

// plans holds the finished plan of every struct seen, so that types which share a struct share its plan.
var plans = struct {
	sync.Mutex
	byStruct map[*schema.StructType]*structPlan
}{byStruct: map[*schema.StructType]*structPlan{}}

// planOf returns the plan of s, made at most once.
func planOf(s *schema.StructType) *structPlan {
	plans.Lock()
	defer plans.Unlock()
	return planStruct(s)
}

// planStruct is planOf under the lock. It enters the plan before its fields are filled, so that recursive
// types find themselves; the lock keeps others from seeing it unfinished.
func planStruct(s *schema.StructType) *structPlan {
	if p := plans.byStruct[s]; p != nil {
		return p
	}
	p := &structPlan{schema: s, typ: s.Go, slice: reflect.SliceOf(s.Go), size: int(s.Go.Size())}
	plans.byStruct[s] = p
	p.fields = make([]fieldPlan, len(s.Fields))
	for i := range s.Fields {
		f := &s.Fields[i]
		p.fields[i] = fieldPlan{
			valuePlan: planValue(f.Type),
			id:        f.ID,
			omitted:   f.Requiredness == schema.Optional || f.OmitsNil(),
			noCopy:    f.NoCopy,
			offset:    f.Offset,
			name:      f.Name,
		}
		if f.Requiredness == schema.RequiredField {
			p.required++
			p.fields[i].required = p.required
		}
	}
	if n := len(p.fields); n > 0 {
		p.lookup = make([]uint16, min(int(p.fields[n-1].id)+1, maxLookup))
		for i := range p.fields {
			if id := int(p.fields[i].id); id < maxLookup {
				p.lookup[id] = uint16(i + 1)
			}
		}
	}
	return p
}

// planValue makes the plan of one value, and of what it contains.
func planValue(t *schema.Type) valuePlan {
	v := valuePlan{
		op: opOf(t), wire: thriftbinary.Of(t.Kind), pointer: t.Pointer,
		typ: t.Base(), goType: t.Go, size: int(t.Go.Size()),
	}
	switch v.op {
	case opStruct:
		v.body = planStruct(t.Struct)
	case opList:
		elem := planValue(t.Elem)
		v.elem = &elem
	case opMap:
		key, elem := planValue(t.Key), planValue(t.Elem)
		v.key, v.elem = &key, &elem
		v.entries = mapCodecOf(&v)
	}
	return v
}

var ops = [...]op{
	schema.Bool: opBool, schema.I8: opI8, schema.I16: opI16, schema.I32: opI32, schema.I64: opI64,
	schema.Double: opDouble, schema.Enum: opEnum, schema.String: opString, schema.Binary: opBinary,
	schema.Struct: opStruct, schema.List: opList, schema.Set: opList, schema.Map: opMap,
}

func opOf(t *schema.Type) op {
	if t.Kind == schema.I64 && t.Base().Kind() == reflect.Int && bits.UintSize == 32 {
		return opInt
	}
	return ops[t.Kind]
}

// Options are the settings of one call.
type Options struct {
	codec.Limits
	// ZeroCopy: decoded strings and binaries alias the input.
	ZeroCopy bool
	// OwnedStrings: every decoded string and binary has an allocation of its own.
	OwnedStrings bool
	// Deterministic: map entries are written in the order of their keys.
	Deterministic bool
}

// orNone returns n, or the largest int where n sets no limit.
func orNone(n int) int {
	if n < 1 {
		return math.MaxInt
	}
	return n
}

// Codec encodes and decodes one struct type as Thrift Binary. It is immutable and safe for concurrent use.
type Codec struct {
	root *structPlan
}

// New returns the codec of s.
func New(s *schema.StructType) *Codec { return &Codec{planOf(s)} }

// at returns the address of the field in the struct at p, which keeps it alive.
func (f *fieldPlan) at(p unsafe.Pointer) unsafe.Pointer { return unsafe.Add(p, f.offset) }

// defaults returns the struct's default values, or nil.
func (s *structPlan) defaults() unsafe.Pointer {
	if !s.schema.HasInit {
		return nil
	}
	return s.schema.Default()
}
