package fuzz

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tagwire/tagwire"
)

// packedLists has a list of each kind of packed numbers.
type packedLists struct {
	Int32    []int32   `protobuf:"1"`
	Int64    []int64   `protobuf:"2"`
	Uint32   []uint32  `protobuf:"3"`
	Uint64   []uint64  `protobuf:"4"`
	Sint32   []int32   `protobuf:"5,zigzag"`
	Sint64   []int64   `protobuf:"6,zigzag"`
	Bool     []bool    `protobuf:"7"`
	Int      []int     `protobuf:"8"`
	Fixed32  []uint32  `protobuf:"9,fixed"`
	Fixed64  []int64   `protobuf:"10,fixed"`
	Float32  []float32 `protobuf:"11"`
	Float64  []float64 `protobuf:"12"`
	Children []*child  `protobuf:"13"`
}

type child struct {
	Int64 []int64 `protobuf:"2"`
}

// packedNumber appends the varint of a number of a list of packedLists, as a packed list has it.
func packedNumber(wire []byte, list string, v reflect.Value) []byte {
	switch {
	case list == "Fixed32":
		return binary.LittleEndian.AppendUint32(wire, uint32(v.Uint()))
	case list == "Float32":
		return binary.LittleEndian.AppendUint32(wire, math.Float32bits(float32(v.Float())))
	case list == "Fixed64":
		return binary.LittleEndian.AppendUint64(wire, uint64(v.Int()))
	case list == "Float64":
		return binary.LittleEndian.AppendUint64(wire, math.Float64bits(v.Float()))
	case list == "Sint32" || list == "Sint64":
		return binary.AppendVarint(wire, v.Int())
	case v.Kind() == reflect.Bool:
		if v.Bool() {
			return append(wire, 1)
		}
		return append(wire, 0)
	case v.CanInt():
		return binary.AppendUvarint(wire, uint64(v.Int()))
	}
	return binary.AppendUvarint(wire, v.Uint())
}

// randomNumber makes v a number of some bits; few are below zero, unless many are to be.
func randomNumber(random *rand.Rand, v reflect.Value, bits int, negative float64) {
	n := random.Uint64() >> (64 - bits)
	if random.Float64() < negative {
		n = -n
	}
	switch {
	case v.Kind() == reflect.Bool:
		v.SetBool(n&1 == 1)
	case v.CanFloat():
		v.SetFloat(float64(int64(n)) / 4)
	case v.CanInt() && v.Type().Size() == 4:
		v.SetInt(int64(int32(n)))
	case v.CanInt():
		v.SetInt(int64(n))
	case v.Type().Size() == 4:
		v.SetUint(uint64(uint32(n)))
	default:
		v.SetUint(n)
	}
}

// eachPackedList calls test with lists of each kind, of all sorts of lengths, their elements as they are on the wire.
func eachPackedList(t *testing.T, test func(t *testing.T, value *packedLists, field int, elements []byte)) {
	random := rand.New(rand.NewPCG(11, 0))
	fields := reflect.TypeFor[packedLists]()
	for _, bits := range []int{1, 7, 8, 14, 28, 32, 35, 56, 63, 64} {
		for _, negative := range []float64{0, 0.02, 0.9} {
			for _, count := range []int{1, 2, 7, 8, 9, 15, 16, 17, 31, 33, 64, 127, 128, 129, 300, 1025, 2048, 2049, 5000} {
				field := random.IntN(fields.NumField() - 1)
				value := &packedLists{}
				list := reflect.ValueOf(value).Elem().Field(field)
				list.Set(reflect.MakeSlice(list.Type(), count, count))
				var elements []byte
				for n := range count {
					randomNumber(random, list.Index(n), bits, negative)
					elements = packedNumber(elements, fields.Field(field).Name, list.Index(n))
				}
				t.Run(fmt.Sprint(fields.Field(field).Name, bits, negative, count), func(t *testing.T) { test(t, value, field, elements) })
			}
		}
	}
}

// packedField is the field of a packed list.
func packedField(field int, elements []byte) []byte {
	wire := binary.AppendUvarint(nil, uint64(field+1)<<3|2)
	return append(binary.AppendUvarint(wire, uint64(len(elements))), elements...)
}

// TestPackedLists: lists of all lengths are written and read, at the end of the input and before other fields, also where memory is from an
// arena or of the list's own.
func TestPackedLists(t *testing.T) {
	protoEngines(t, func(t *testing.T, options ...tagwire.Option) {
		arena := &tagwire.Arena{}
		eachPackedList(t, func(t *testing.T, value *packedLists, field int, elements []byte) {
			want := packedField(field, elements)
			got, err := tagwire.Marshal(value, options...)
			require.NoError(t, err)
			require.Equal(t, want, got)
			room := make([]byte, len(want))
			n, err := tagwire.Encode(room, value, options...)
			require.NoError(t, err)
			require.Equal(t, want, room[:n])
			_, err = tagwire.Encode(make([]byte, len(want)-1), value, options...)
			require.ErrorIs(t, err, tagwire.ErrBufferTooSmall)

			for _, behind := range [][]byte{nil, {0x6a, 0}, bytes.Repeat([]byte{0x6a, 0}, 40)} {
				for _, more := range [][]tagwire.Option{nil, {tagwire.WithOwnedStrings()}} {
					read := &packedLists{}
					require.NoError(t, tagwire.Unmarshal(append(want[:len(want):len(want)], behind...), read, append(options, more...)...))
					read.Children = nil
					require.Equal(t, value, read)
					require.Equal(t, reflect.ValueOf(read).Elem().Field(field).Len(), reflect.ValueOf(read).Elem().Field(field).Cap())
				}
			}
			read := &packedLists{}
			_, err = tagwire.DecodeIn(arena, want, read, options...)
			require.NoError(t, err)
			require.Equal(t, value, read)
			arena.Reset()

			twice := &packedLists{}
			require.NoError(t, tagwire.Unmarshal(append(want[:len(want):len(want)], want...), twice, options...))
			list := reflect.ValueOf(value).Elem().Field(field)
			require.Equal(t, reflect.AppendSlice(list, list).Interface(), reflect.ValueOf(twice).Elem().Field(field).Interface())
		})
	})
}

// TestPackedIsRefused: a bad element is found anywhere in a list, and lists that are cut.
func TestPackedIsRefused(t *testing.T) {
	protoEngines(t, func(t *testing.T, options ...tagwire.Option) {
		for _, field := range []int{0, 1, 2, 3, 4, 5, 6, 7} {
			for _, count := range []int{1, 9, 70, 1030, 4000} {
				for _, bad := range []int{0, count / 2, count - 1} {
					elements := bytes.Repeat([]byte{1}, bad)
					elements = append(elements, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 2)
					elements = append(elements, bytes.Repeat([]byte{1}, count-1-bad)...)
					v := &packedLists{}
					err := tagwire.Unmarshal(packedField(field, elements), v, options...)
					require.ErrorIs(t, err, tagwire.ErrInvalidData, "field %d, %d of %d", field, bad, count)
					cut := packedField(field, elements[:bad])
					require.NoError(t, tagwire.Unmarshal(cut, v, options...))
					cut = packedField(field, append(elements[:bad:bad], 0x80))
					require.Error(t, tagwire.Unmarshal(cut, v, options...))
				}
			}
		}
	})
}

// TestPackedForms: varints longer than they have to be, bools that are neither 0 nor 1, and numbers of more bits than a field has.
func TestPackedForms(t *testing.T) {
	protoEngines(t, func(t *testing.T, options ...tagwire.Option) {
		for _, count := range []int{1, 20, 500} {
			long := bytes.Repeat([]byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01, 0x85, 0x80, 0x00, 0x02, 0x00}, count)
			v := &packedLists{}
			for field := range 8 {
				require.NoError(t, tagwire.Unmarshal(packedField(field, long), v, append(options, tagwire.WithMerge())...))
			}
			want := &packedLists{}
			for range count {
				want.Int32 = append(want.Int32, -1, 5, 2, 0)
				want.Int64 = append(want.Int64, -1, 5, 2, 0)
				want.Uint32 = append(want.Uint32, math.MaxUint32, 5, 2, 0)
				want.Uint64 = append(want.Uint64, math.MaxUint64, 5, 2, 0)
				want.Sint32 = append(want.Sint32, math.MinInt32, -3, 1, 0)
				want.Sint64 = append(want.Sint64, math.MinInt64, -3, 1, 0)
				want.Bool = append(want.Bool, true, true, true, false)
				want.Int = append(want.Int, -1, 5, 2, 0)
			}
			require.Equal(t, want, v)
			bools := bytes.Repeat([]byte{0, 1, 2, 0x7f, 0x40, 0, 0, 1, 0x80, 0}, count)
			require.NoError(t, tagwire.Unmarshal(packedField(6, bools), v, options...))
			for n := 0; n < len(v.Bool); n += 9 {
				require.Equal(t, []bool{false, true, true, true, true, false, false, true, false}, v.Bool[n:n+9])
			}
		}
	})
}

// TestPackedMemory: a packed list is one allocation, of as many bytes as it has, and counts as such.
func TestPackedMemory(t *testing.T) {
	protoEngines(t, func(t *testing.T, options ...tagwire.Option) {
		codec, err := tagwire.CodecOf(reflect.TypeFor[packedLists](), options...)
		require.NoError(t, err)
		v := &packedLists{}
		allocations := func(data []byte) float64 {
			return testing.AllocsPerRun(100, func() {
				*v = packedLists{}
				if _, err := codec.Decode(data, v); err != nil {
					t.Error(err)
				}
			})
		}
		for _, c := range []struct{ field, wireBytes, memoryBytes int }{{0, 1, 4}, {1, 1, 8}, {6, 1, 1}, {9, 8, 8}} {
			const count = 3000
			data := packedField(c.field, bytes.Repeat([]byte{1}, count*c.wireBytes))
			few := packedField(c.field, bytes.Repeat([]byte{1}, c.wireBytes))
			require.LessOrEqual(t, allocations(data), allocations(few)+1, "field %d", c.field)
			bytes := count * c.memoryBytes
			require.NoError(t, tagwire.Unmarshal(data, v, append(options, tagwire.WithMaxAlloc(bytes))...))
			require.ErrorIs(t, tagwire.Unmarshal(data, v, append(options, tagwire.WithMaxAlloc(bytes-1))...), tagwire.ErrSizeLimit)
		}
	})
}
