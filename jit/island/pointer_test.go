//go:build amd64 || arm64

package island

import (
	"bytes"
	"fmt"
	"math"
	"reflect"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"

	"github.com/tagwire/tagwire/codec"
	"github.com/tagwire/tagwire/fuzz/cases"
	"github.com/tagwire/tagwire/fuzz/effort"
	"github.com/tagwire/tagwire/jit/abi"
	"github.com/tagwire/tagwire/jit/build"
	"github.com/tagwire/tagwire/jit/compile"
	"github.com/tagwire/tagwire/jit/jittest"
	"github.com/tagwire/tagwire/schema"
)

// Pointing has pointers to everything that they may lead to besides structs.
type Pointing struct {
	Flag   *bool        `frugal:"1,optional,bool"`
	Large  *int64       `frugal:"2,optional,i64"`
	Tiny   *int8        `frugal:"3,optional,i8"`
	Small  *int16       `frugal:"4,optional,i16"`
	Other  *bool        `frugal:"5,optional,bool"`
	Level  *cases.Level `frugal:"6,optional,Level"`
	Medium *int32       `frugal:"7,optional,i32"`
	Last   *bool        `frugal:"8,optional,bool"`
	Real   *float64     `frugal:"9,optional,double"`
	Text   *string      `frugal:"10,optional,string"`
	Blob   *[]byte      `frugal:"11,optional,binary"`
}

// scalarBytes is what the scalars of a Pointing take.
const scalarBytes = 3*8 + 4 + 2 + 1 + 3*1

// texts is how many of its fields are not scalars.
const texts = 2

func to[T any](v T) *T { return &v }

// pointing returns a value with texts, and with scalars of which no byte is poison, bools excepted.
func pointing() *Pointing {
	return &Pointing{
		Flag: to(true), Large: to(int64(0x0102030405060708)), Tiny: to(int8(9)), Small: to(int16(0x0a0b)), Other: to(false),
		Level: to(cases.Level(-0x0c0d)), Medium: to(int32(0x0e0f1011)), Last: to(true), Real: to(1.5), Text: to("text"), Blob: to([]byte("blob")),
	}
}

// poisonByte is what chunks hold before they are used: no bool, and in no scalar of pointing.
const poisonByte = 0xa5

func (w *world) poison() {
	for i := range w.state.chunk.bytes {
		*(*byte)(unsafe.Add(w.state.chunk.base, i)) = poisonByte
	}
}

// interpretedForms are the module as it is built and after all passes, for each format.
func interpretedForms(t *testing.T, test func(t *testing.T, f jittest.Format, n *interpreted, s *schema.StructType)) {
	eachThrift(t, func(t *testing.T, f jittest.Format) {
		s := jittest.Schema(t, &Pointing{})
		test(t, f, interpretPlain(t, s, f.Task(build.Decode, false)), s)
		test(t, f, interpret(t, s, f.Task(build.Decode, false), &compile.Pipeline{Verify: true}), s)
	})
}

func pointingInput(t *testing.T, f jittest.Format, s *schema.StructType) []byte {
	t.Helper()
	input, err := f.Oracle(s, pointing(), jittest.ManyLevels)
	require.NoError(t, err)
	return input
}

// requireInChunks wants each scalar of got to lie within one of the chunks, aligned, and without overlap with the others; or, if
// not in, none to lie there. Texts never do: the collector sees no pointers in a chunk.
func requireInChunks(t *testing.T, chunks []chunk, got *Pointing, in bool) {
	t.Helper()
	taken := map[uintptr]string{}
	v := reflect.ValueOf(got).Elem()
	for i := range v.NumField() {
		target, name := v.Field(i).Type().Elem(), v.Type().Field(i).Name
		size, address, inChunk := target.Size(), v.Field(i).Pointer(), false
		for _, c := range chunks {
			if offset := address - uintptr(c.base); offset < uintptr(c.bytes) {
				require.LessOrEqual(t, offset+size, uintptr(c.bytes), name)
				inChunk = true
			}
		}
		if target.Kind() == reflect.String || target.Kind() == reflect.Slice {
			require.False(t, inChunk, name)
			continue
		}
		require.Equal(t, in, inChunk, name)
		require.Zero(t, address%size, name)
		for b := range size {
			require.Empty(t, taken[address+b], name)
			taken[address+b] = name
		}
	}
}

// TestDecodePointersShareChunks: scalars behind pointers come from the chunk, aligned, wherever it stands, also at its very end, and
// if none of it is left.
func TestDecodePointersShareChunks(t *testing.T) {
	interpretedForms(t, func(t *testing.T, f jittest.Format, n *interpreted, s *schema.StructType) {
		input := pointingInput(t, f, s)
		atEnd := 0
		for left := range 64 {
			var got Pointing
			clear(n.exits)
			w := newWorld(n, call{value: unsafe.Pointer(&got), data: input, levels: 10, allocation: math.MaxInt})
			w.poison()
			w.frame.chunkNext = w.frame.chunkEnd - uintptr(left)
			chunks := []chunk{w.state.chunk}
			_, ok, err := w.decode(reflect.ValueOf(&got))
			require.NoError(t, err)
			require.True(t, ok)
			requireSame(t, pointing(), &got, f.Name, input)
			requireInChunks(t, append(chunks, w.state.chunk), &got, true)
			require.Equal(t, texts, n.exits[abi.NewStruct])
			require.LessOrEqual(t, n.exits[abi.NewChunk], 1)
			end := uintptr(chunks[0].base) + uintptr(chunks[0].bytes)
			for _, last := range []*bool{got.Flag, got.Other, got.Last} {
				if uintptr(unsafe.Pointer(last)) == end-1 {
					atEnd++
				}
			}
		}
		require.NotZero(t, atEnd, "no scalar is the last byte of a chunk")
	})
}

// TestDecodePointersOfTheirOwn: with owned memory no scalar lies in the chunk, which other calls may get.
func TestDecodePointersOfTheirOwn(t *testing.T) {
	interpretedForms(t, func(t *testing.T, f jittest.Format, n *interpreted, s *schema.StructType) {
		for flags, owned := range map[uintptr]bool{
			0: false, abi.FlagZeroCopy: false, abi.FlagOwnedStrings: true, abi.FlagZeroCopy | abi.FlagOwnedStrings: true,
		} {
			input := pointingInput(t, f, s)
			var got Pointing
			clear(n.exits)
			w := newWorld(n, call{value: unsafe.Pointer(&got), data: input, levels: 10, allocation: math.MaxInt, flags: flags})
			_, ok, err := w.decode(reflect.ValueOf(&got))
			require.NoError(t, err)
			require.True(t, ok)
			requireSame(t, pointing(), &got, f.Name, input)
			requireInChunks(t, []chunk{w.state.chunk}, &got, !owned)
			require.Equal(t, owned, n.exits[abi.NewStruct] == reflect.TypeFor[Pointing]().NumField())
		}
	})
}

// TestDecodePointersThatAreSet: where a pointer is set, Go stores the new one (M3), and what it has led to stays as it is.
func TestDecodePointersThatAreSet(t *testing.T) {
	interpretedForms(t, func(t *testing.T, f jittest.Format, n *interpreted, s *schema.StructType) {
		input := pointingInput(t, f, s)
		for set := range 1 << 9 {
			var got Pointing
			old, v := pointing(), reflect.ValueOf(&got).Elem()
			for i := range v.NumField() {
				if set>>i&1 != 0 {
					v.Field(i).Set(reflect.ValueOf(old).Elem().Field(i))
				}
			}
			*old.Flag, *old.Large, *old.Medium = false, 1, 2
			kept := got
			clear(n.exits)
			w := newWorld(n, call{value: unsafe.Pointer(&got), data: input, levels: 10, allocation: math.MaxInt})
			_, ok, err := w.decode(reflect.ValueOf(&got))
			require.NoError(t, err)
			require.True(t, ok)
			requireSame(t, pointing(), &got, f.Name, input)
			require.Equal(t, []any{false, int64(1), int32(2)}, []any{*old.Flag, *old.Large, *old.Medium})
			exits := texts
			for i := range v.NumField() - texts {
				address, offset := v.Field(i).Pointer(), v.Field(i).Pointer()-uintptr(w.state.chunk.base)
				require.NotEqual(t, reflect.ValueOf(kept).Field(i).Pointer(), address)
				require.Equal(t, set>>i&1 == 0, offset < uintptr(w.state.chunk.bytes))
				exits += set >> i & 1
			}
			require.Equal(t, exits, n.exits[abi.NewStruct])
		}
	})
}

// TestDecodePointersToWholeScalars: whatever is cut or changed, a pointer leads to a scalar that has been filled, never to what the
// chunk held before.
func TestDecodePointersToWholeScalars(t *testing.T) {
	interpretedForms(t, func(t *testing.T, f jittest.Format, n *interpreted, s *schema.StructType) {
		input := pointingInput(t, f, s)
		want := reflect.ValueOf(pointing()).Elem()
		refused := 0
		for cut := range len(input) + 1 {
			for allocation := 0; allocation <= scalarBytes+64; allocation += effort.Of(1, 5) {
				var got Pointing
				w := newWorld(n, call{value: unsafe.Pointer(&got), data: input[:cut:cut], levels: 10, allocation: allocation})
				w.poison()
				if cut%2 == 1 { // a new chunk in between
					w.frame.chunkNext = w.frame.chunkEnd - uintptr(cut%24)
				}
				_, ok, err := w.decode(reflect.ValueOf(&got))
				require.True(t, err == nil || err.Error() == "refused", "%v", err)
				if !ok {
					refused++
				}
				v := reflect.ValueOf(&got).Elem()
				for i := range v.NumField() {
					if p := v.Field(i); !p.IsNil() && i < v.NumField()-texts {
						require.Equal(t, want.Field(i).Elem().Interface(), p.Elem().Interface())
					}
				}
			}
		}
		require.Greater(t, refused, len(input))
	})
}

// TestDecodePointersAllocationLimit: both engines count the same bytes, at each limit, wherever the chunk stands.
func TestDecodePointersAllocationLimit(t *testing.T) {
	c := cases.Case{Name: "Pointing", Type: reflect.TypeFor[Pointing]()}
	interpretedForms(t, func(t *testing.T, f jittest.Format, n *interpreted, s *schema.StructType) {
		input := pointingInput(t, f, s)
		for _, o := range []settings{usual, {levels: 1000, populated: true}, {levels: 1000, zeroCopy: true}, {levels: 1000, owned: true}} {
			accepted := 0
			for o.allocation = 1; o.allocation < 2*scalarBytes+64; o.allocation++ {
				if decodeAgrees(t, n, c, input, o) {
					accepted++
				}
			}
			require.Positive(t, accepted)
			require.Less(t, accepted, scalarBytes+64)
		}
		// Without texts it is known what there is to count.
		value := pointing()
		value.Text, value.Blob = nil, nil
		input, err := f.Oracle(s, value, jittest.ManyLevels)
		require.NoError(t, err)
		for allocation := 1; allocation < 2*scalarBytes; allocation++ {
			o := settings{levels: codec.DefaultDepth, allocation: allocation}
			require.Equal(t, allocation >= scalarBytes, decodeAgrees(t, n, c, input, o))
		}
	})
}

// TestDecodePointersTwice: a field that comes again gets another scalar, and the first one stays.
func TestDecodePointersTwice(t *testing.T) {
	interpretedForms(t, func(t *testing.T, f jittest.Format, n *interpreted, s *schema.StructType) {
		input := pointingInput(t, f, s)
		if f == jittest.Compact {
			input = append(bytes.Clone(input[:len(input)-1]), 0x05, 14, 2) // Medium by its whole id
		} else {
			input = append(bytes.Clone(input[:len(input)-1]), 8, 0, 7, 0, 0, 0, 1)
		}
		input = append(input, 0)
		var got Pointing
		clear(n.exits)
		_, ok, err := n.decode(&got, input, 10, math.MaxInt, 0)
		require.NoError(t, err)
		require.True(t, ok)
		want := pointing()
		want.Medium = to(int32(1))
		requireSame(t, want, &got, fmt.Sprint(f.Name), input)
		require.Equal(t, texts+1, n.exits[abi.NewStruct])
	})
}
