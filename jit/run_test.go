//go:build (linux || darwin) && (amd64 || arm64)

package jit

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"

	"github.com/tagwire/tagwire/codec"
	"github.com/tagwire/tagwire/fuzz/cases"
	"github.com/tagwire/tagwire/fuzz/effort"
	"github.com/tagwire/tagwire/fuzz/guard"
	"github.com/tagwire/tagwire/jit/jittest"
	"github.com/tagwire/tagwire/schema"
	"github.com/tagwire/tagwire/wire/thriftbinary"
)

// RunShade is an enum.
type RunShade int64

// A runKind is a kind of fields of structs with runs.
type runKind struct {
	tag  string
	goes reflect.Type
}

var runKinds = []runKind{
	{"bool", reflect.TypeFor[bool]()}, {"i8", reflect.TypeFor[int8]()}, {"i16", reflect.TypeFor[int16]()},
	{"i32", reflect.TypeFor[int32]()}, {"i64", reflect.TypeFor[int64]()}, {"double", reflect.TypeFor[float64]()},
	{"RunShade", reflect.TypeFor[RunShade]()},
}

// runType makes a struct with runs of scalars, which other fields and such without tags may interrupt. One without pointers can
// be anywhere in memory.
func runType(random *rand.Rand, pointers bool) reflect.Type {
	one := func(choices ...string) string { return choices[random.IntN(len(choices))] }
	var fields []reflect.StructField
	id, alike := 0, random.IntN(3) == 0
	kind := runKinds[random.IntN(len(runKinds))]
	for n := range 1 + random.IntN([]int{12, 70, 140}[random.IntN(3)]) {
		if !alike || random.IntN(12) == 0 {
			kind = runKinds[random.IntN(len(runKinds))]
		}
		id += 1 + random.IntN(2)*random.IntN(2)*random.IntN(300)
		f := reflect.StructField{Name: fmt.Sprintf("F%d", n), Type: kind.goes}
		need := one("default", "default", "default", "required", "optional")
		if need == "optional" && random.IntN(3) > 0 {
			need = "default"
		}
		name := kind.tag
		switch random.IntN(30) {
		case 0:
			if pointers {
				f.Type, need = reflect.PointerTo(f.Type), "optional"
			}
		case 1:
			if pointers {
				f.Type, name = reflect.TypeFor[string](), "string"
			}
		case 2:
			fields = append(fields, reflect.StructField{Name: fmt.Sprintf("Untagged%d", n), Type: reflect.ArrayOf(1+random.IntN(9), reflect.TypeFor[uint8]())})
		}
		f.Tag = reflect.StructTag(fmt.Sprintf(`frugal:"%d,%s,%s"`, id, need, name))
		fields = append(fields, f)
	}
	if random.IntN(3) == 0 {
		random.Shuffle(len(fields), func(a, b int) { fields[a], fields[b] = fields[b], fields[a] })
	}
	return reflect.StructOf(fields)
}

// fillRun sets all fields; enums are in range unless one is to be wrong.
func fillRun(v reflect.Value, random *rand.Rand, wrong bool) {
	for n := range v.NumField() {
		f := v.Field(n)
		if f.Kind() == reflect.Pointer {
			if f.SetZero(); random.IntN(2) == 0 {
				continue
			}
			f.Set(reflect.New(f.Type().Elem()))
			f = f.Elem()
		}
		bits := random.Uint64() >> (8 * random.IntN(8))
		switch {
		case f.Kind() == reflect.Bool:
			f.SetBool(bits&1 != 0)
		case f.Kind() == reflect.String:
			f.SetString(fmt.Sprintf("%0*d", random.IntN(20), bits&7))
		case f.Kind() == reflect.Array:
			for k := range f.Len() {
				f.Index(k).SetUint(random.Uint64N(256))
			}
		case f.Kind() == reflect.Float64:
			*(*uint64)(f.Addr().UnsafePointer()) = bits
		case f.Type() == reflect.TypeFor[RunShade]():
			f.SetInt(int64(int32(bits)))
			if wrong && random.IntN(4) == 0 {
				f.SetInt(int64(int32(bits)) + 1<<32)
			}
		default:
			f.SetInt(int64(bits))
		}
	}
}

// TestRunsAgreeWithThePlainCodec: structs with runs of fields are written and read as by the plain codec, for each level of the
// processor: also what is cut anywhere, has another header anywhere, bytes for bools that are no bools, fields that are missing,
// exchanged, repeated or unknown. Structs without pointers lie next to memory that cannot be accessed, messages always do.
func TestRunsAgreeWithThePlainCodec(t *testing.T) {
	levels, types := hostLevels(t), effort.Of(60, 15)
	if *long {
		types = 1500
	}
	trial := runTrial{memory: guard.New(t, 1<<13), input: guard.New(t, 1<<13), output: guard.New(t, 1<<13)}
	for seed := range uint64(types) {
		trial.random = rand.New(rand.NewPCG(seed, 7))
		trial.typ = runType(trial.random, seed%3 == 0)
		s, err := schema.Thrift.Of(trial.typ)
		require.NoError(t, err)
		trial.natives, trial.plain, trial.T = compileAtLevels(t, s, jittest.Binary, levels), jittest.Plain(s), t
		for range 3 {
			trial.once(s)
		}
	}
	require.Greater(t, trial.read, 10*types)
	require.Greater(t, trial.refused, 10*types)
}

type runTrial struct {
	*testing.T
	random                *rand.Rand
	typ                   reflect.Type
	natives               []*Codec
	plain                 jittest.PlainCodec
	memory, input, output *guard.Pages
	read, refused         int
}

func (r *runTrial) once(s *schema.StructType) {
	value := reflect.New(r.typ)
	fillRun(value.Elem(), r.random, r.random.IntN(3) == 0)
	for _, native := range r.natives {
		agree(r.T, s, jittest.Binary, native, r.plain, value.UnsafePointer())
		r.encodeAtEdges(native, value)
	}
	fillRun(value.Elem(), r.random, false)
	size, _, err := r.plain.Size(value.UnsafePointer(), &codec.Settings{})
	require.NoError(r, err)
	message := make([]byte, size)
	_, err = r.plain.Encode(message, value.UnsafePointer(), &codec.Settings{}, nil)
	require.NoError(r, err)
	r.decode(message)
	for cut := range message {
		r.decode(message[:cut])
	}
	fields := splitFields(message)
	r.changed(message, fields)
	join := func(parts ...[]byte) { r.decode(append(bytes.Join(parts, nil), 0)) }
	for n := range fields {
		without := slices.Delete(slices.Clone(fields), n, n+1)
		join(without...)
		join(slices.Insert(slices.Clone(fields), n, []byte{byte(thriftbinary.I32), 0x7f, 0xff, 1, 2, 3, 4})...)
		join(slices.Insert(slices.Clone(fields), n, fields[r.random.IntN(len(fields))])...)
		join(slices.Insert(without, r.random.IntN(len(without)+1), fields[n])...)
	}
}

// changed reads messages with one other byte: in headers, and in the values of bools.
func (r *runTrial) changed(message []byte, fields [][]byte) {
	at := 0
	for _, f := range fields {
		for k := range f {
			if k >= thriftbinary.FieldHeaderSize && f[0] != byte(thriftbinary.Bool) && r.random.IntN(4) > 0 {
				continue
			}
			other := bytes.Clone(message)
			other[at+k] ^= byte(1 + r.random.IntN(255))
			r.decode(other)
		}
		at += len(f)
	}
}

// splitFields returns the fields of a message of scalars and texts, with their headers.
func splitFields(message []byte) (fields [][]byte) {
	for message[0] != byte(thriftbinary.Stop) {
		wire, n := thriftbinary.Type(message[0]), thriftbinary.FieldHeaderSize
		if wire == thriftbinary.String {
			n += 4 + int(binary.BigEndian.Uint32(message[n:]))
		} else {
			n += wire.MinSize()
		}
		fields, message = append(fields, message[:n:n]), message[n:]
	}
	return fields
}

// places returns copies of a value without pointers, at both edges of memory that can be accessed.
func (r *runTrial) places(value reflect.Value) (places []unsafe.Pointer) {
	if hasPointers(r.typ) {
		return nil
	}
	size := int(r.typ.Size())
	raw := unsafe.Slice((*byte)(value.UnsafePointer()), size)
	return []unsafe.Pointer{unsafe.Pointer(unsafe.SliceData(r.memory.AtEnd(raw))), unsafe.Pointer(unsafe.SliceData(r.memory.AtStart(raw)))}
}

func hasPointers(t reflect.Type) bool {
	for n := range t.NumField() {
		if k := t.Field(n).Type.Kind(); k == reflect.Pointer || k == reflect.String {
			return true
		}
	}
	return false
}

// encodeAtEdges writes a value that lies at an edge to a buffer that does.
func (r *runTrial) encodeAtEdges(native *Codec, value reflect.Value) {
	size, ok := native.Size(value.UnsafePointer(), jittest.Usual)
	if !ok {
		return
	}
	want := make([]byte, size)
	n, ok := native.Encode(want, value.UnsafePointer(), jittest.Usual)
	for _, p := range r.places(value) {
		for _, out := range [][]byte{r.output.AtEnd(make([]byte, size)), r.output.AtStart(make([]byte, size))} {
			m, alsoOK := native.Encode(out, p, jittest.Usual)
			require.Equal(r, ok, alsoOK)
			require.Equal(r, n, m)
			if ok {
				require.Equal(r, want, out)
			}
		}
	}
}

// decode reads a message by all engines, into new values and into others, of which the bytes that belong to no field stay.
func (r *runTrial) decode(message []byte) {
	want := reflect.New(r.typ)
	n, err := r.plain.Decode(message, want.UnsafePointer(), &codec.Settings{})
	if err == nil {
		r.read++
	} else {
		r.refused++
	}
	input := r.input.AtEnd(message)
	if r.random.IntN(2) == 0 {
		input = r.input.AtStart(message)
	}
	for _, native := range r.natives {
		got := reflect.New(r.typ)
		m, _, ok := native.Decode(input, got.UnsafePointer(), jittest.Usual)
		require.Equal(r, err == nil, ok, "% x: %v", message, err)
		if ok {
			require.Equal(r, n, m)
			require.True(r, cases.Equal(want.Interface(), got.Interface()), "%v from % x", r.typ, message)
		}
	}
	if err != nil || hasPointers(r.typ) {
		return
	}
	before := reflect.New(r.typ)
	raw := unsafe.Slice((*byte)(before.UnsafePointer()), r.typ.Size())
	for k := range raw {
		raw[k] = byte(r.random.Uint32())
	}
	after := bytes.Clone(raw)
	_, err = r.plain.Decode(message, unsafe.Pointer(unsafe.SliceData(after)), &codec.Settings{})
	require.NoError(r, err)
	native := r.natives[r.random.IntN(len(r.natives))]
	for _, p := range r.places(before) {
		_, _, ok := native.Decode(input, p, jittest.Usual)
		require.True(r, ok)
		require.Equal(r, after, unsafe.Slice((*byte)(p), len(after)))
	}
}
