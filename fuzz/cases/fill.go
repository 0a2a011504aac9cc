package cases

import (
	"bytes"
	"math"
	"reflect"
	"strings"
	"sync"
)

// Fill sets every field of the struct that target points to from a string of bytes, in a fixed way: the
// same bytes give the same value, and a fuzzer that changes bytes changes the value. When the bytes are
// used up the rest of the value is zero and empty. The value decodes from its own encoding to an equal
// one: Fill leaves nil only what is optional, and keeps enums within 32 bits. In structs with protobuf tags, nothing is empty that is
// not nil unless it would be written, texts are UTF-8, and of a oneof at most one member is set.
func Fill(target any, bytes []byte) {
	f := filler{bytes: bytes, protobuf: isProtobuf(reflect.TypeOf(target).Elem())}
	f.fill(reflect.ValueOf(target).Elem(), false)
}

type filler struct {
	bytes    []byte
	depth    int
	protobuf bool
}

// maxFillDepth is where recursive types stop growing.
const maxFillDepth = 12

// next returns the next byte, or 0 when there are no more.
func (f *filler) next() byte {
	if len(f.bytes) == 0 {
		return 0
	}
	b := f.bytes[0]
	f.bytes = f.bytes[1:]
	return b
}

// length returns a number of elements: mostly few, now and then more than any vector register holds.
func (f *filler) length() int {
	if f.depth > maxFillDepth {
		return 0
	}
	n := f.next()
	if n >= 0xfa {
		return 64 + int(n)%8
	}
	return int(n) % 5
}

// bits returns a number, one of the extreme ones in every other case.
func (f *filler) bits() uint64 {
	kind := f.next()
	if int(kind) < len(extremes) {
		return extremes[kind]
	}
	var bits uint64
	for range kind % 9 {
		bits = bits<<8 | uint64(f.next())
	}
	return bits
}

var extremes = [...]uint64{
	0, 1, math.MaxUint64, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff, math.MaxInt32, 1 << 31, math.MaxUint32,
	math.MaxInt64, 1 << 63, math.Float64bits(math.Inf(1)), math.Float64bits(0.5), 0x7ff8_0000_0000_0001,
	0xfff8_0000_0000_1234,
}

// string returns bytes of any values.
func (f *filler) string() []byte {
	text := make([]byte, f.length()*int(1+f.next()%16))
	for i := range text {
		text[i] = f.next()
	}
	return text
}

// fill sets one value; optional says that it may stay absent.
func (f *filler) fill(v reflect.Value, optional bool) {
	f.depth++
	defer func() { f.depth-- }()
	switch v.Kind() {
	case reflect.Bool:
		v.SetBool(f.next()&1 == 1)
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32:
		v.SetInt(int64(f.bits()))
	case reflect.Int64:
		v.SetInt(f.int64(v.Type()))
	case reflect.Uint, reflect.Uint32, reflect.Uint64:
		v.SetUint(f.bits())
	case reflect.Float32, reflect.Float64:
		v.SetFloat(math.Float64frombits(f.bits()))
	case reflect.String:
		v.SetString(f.text())
	case reflect.Struct:
		f.fillStruct(v)
	case reflect.Pointer:
		if optional && (f.depth > maxFillDepth || f.next()%4 == 0) {
			v.SetZero()
			return
		}
		v.Set(reflect.New(v.Type().Elem()))
		f.fill(v.Elem(), false)
	default:
		if optional && f.next()%4 == 0 {
			v.SetZero()
			return
		}
		f.fillContainer(v)
	}
}

// int64 returns a number that the type can carry: the corpus' named types are enums.
func (f *filler) int64(t reflect.Type) int64 {
	if t.PkgPath() != "" {
		return int64(int32(f.bits()))
	}
	return int64(f.bits())
}

func (f *filler) fillStruct(v reflect.Value) {
	if f.protobuf {
		f.fillProtobuf(v)
		return
	}
	s := filledStructOf(v.Type())
	if s.union {
		f.fillUnion(v)
		return
	}
	for _, field := range s.fields {
		f.fill(v.Field(field.index), field.optional)
	}
}

// A filledStruct is what filling a struct type has to know.
type filledStruct struct {
	union  bool
	fields []filledField
}

type filledField struct {
	index    int
	optional bool
}

var filledStructs sync.Map // reflect.Type -> *filledStruct

func filledStructOf(t reflect.Type) *filledStruct {
	if known, ok := filledStructs.Load(t); ok {
		return known.(*filledStruct)
	}
	s := &filledStruct{union: isUnion(t)}
	for i := range t.NumField() {
		field := t.Field(i)
		if tag := tagOf(field); tag != "" && field.IsExported() {
			s.fields = append(s.fields, filledField{i, isOptional(t, field, tag)})
		}
	}
	filledStructs.Store(t, s)
	return s
}

// isUnion reports whether a struct type has the method of a union.
func isUnion(t reflect.Type) bool {
	_, ok := reflect.PointerTo(t).MethodByName("CountSetFields" + t.Name())
	return ok
}

// fillUnion sets one member, to something else than its default, and the others to what counts as not set.
func (f *filler) fillUnion(v reflect.Value) {
	v.SetZero()
	if d, ok := v.Addr().Interface().(interface{ InitDefault() }); ok {
		d.InitDefault()
	}
	members := fieldsByName(v.Type())
	if last := len(members) - 1; members[last].name == unknownFields {
		members = members[:last]
	}
	chosen := v.FieldByName("Text") // every union has it; it ends recursion
	if f.depth <= maxFillDepth {
		chosen = v.Field(members[int(f.next())%len(members)].index)
	}
	byDefault := appendText(nil, chosen)
	f.fill(chosen, false)
	if bytes.Equal(byDefault, appendText(nil, chosen)) { // a number: nothing else has a default and is no pointer
		chosen.SetZero()
	}
}

// isOptional reports whether a field of a struct is left out when nil: by its tag, or because it points to a scalar. A binary
// is not if its default is something else than nil.
func isOptional(structType reflect.Type, field reflect.StructField, tag string) bool {
	if isUnion(structType) {
		return true
	}
	if field.Type.Kind() == reflect.Slice && field.Type.Elem().Kind() == reflect.Uint8 {
		fresh := reflect.New(structType)
		if d, ok := fresh.Interface().(interface{ InitDefault() }); ok {
			d.InitDefault()
		}
		if !fresh.Elem().FieldByIndex(field.Index).IsNil() {
			return false
		}
	}
	pointsToScalar := field.Type.Kind() == reflect.Pointer && field.Type.Elem().Kind() != reflect.Struct
	return pointsToScalar || strings.Contains(tag, "optional")
}

func (f *filler) fillContainer(v reflect.Value) {
	switch t := v.Type(); {
	case t.Kind() == reflect.Map:
		n := f.length()
		v.Set(reflect.MakeMapWithSize(t, n))
		for range n {
			key, value := reflect.New(t.Key()).Elem(), reflect.New(t.Elem()).Elem()
			f.fill(key, false)
			f.fill(value, false)
			v.SetMapIndex(key, value)
		}
	case t.Elem().Kind() == reflect.Uint8:
		v.SetBytes(f.string())
	default:
		n := f.length()
		v.Set(reflect.MakeSlice(t, n, n))
		for i := range n {
			f.fill(v.Index(i), false)
		}
	}
}

// FillKey sets a scalar or string, such as a map key, from bytes.
func FillKey(v reflect.Value, bytes []byte) {
	f := &filler{bytes: bytes}
	f.fill(v, false)
}

// text returns text, of any bytes if the format allows that.
func (f *filler) text() string {
	if f.protobuf {
		return strings.ToValidUTF8(string(f.string()), "\u00e4")
	}
	return string(f.string())
}
