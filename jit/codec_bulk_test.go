//go:build (linux || darwin) && (amd64 || arm64)

package jit

import (
	"encoding/binary"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"

	"github.com/tagwire/tagwire/codec"
	"github.com/tagwire/tagwire/fuzz/cases"
	"github.com/tagwire/tagwire/jit/jittest"
)

// Sequences has a list and a set of each kind of fixed size.
type Sequences struct {
	Flags      []bool        `frugal:"1,default,list<bool>"`
	Tinies     []int8        `frugal:"2,default,list<i8>"`
	Smalls     []int16       `frugal:"3,default,list<i16>"`
	Mediums    []int32       `frugal:"4,default,list<i32>"`
	Larges     []int64       `frugal:"5,default,list<i64>"`
	Reals      []float64     `frugal:"6,default,list<double>"`
	Levels     []cases.Level `frugal:"7,default,list<Level>"`
	FlagSet    []bool        `frugal:"8,default,set<bool>"`
	TinySet    []int8        `frugal:"9,default,set<i8>"`
	SmallSet   []int16       `frugal:"10,default,set<i16>"`
	MediumSet  []int32       `frugal:"11,default,set<i32>"`
	LargeSet   []int64       `frugal:"12,default,set<i64>"`
	RealSet    []float64     `frugal:"13,default,set<double>"`
	LevelSet   []cases.Level `frugal:"14,default,set<Level>"`
	Terminator int32         `frugal:"15,default,i32"`
}

// sequencesOf returns a value whose lists have count elements.
func sequencesOf(count int, random *rand.Rand) *Sequences {
	v := &Sequences{Terminator: -1}
	fields := reflect.ValueOf(v).Elem()
	for i := range fields.NumField() - 1 {
		list := reflect.MakeSlice(fields.Field(i).Type(), count, count)
		for n := range count {
			switch bits, element := random.Uint64(), list.Index(n); {
			case element.Kind() == reflect.Bool:
				element.SetBool(bits&1 == 0)
			case element.Kind() == reflect.Float64:
				element.SetFloat(float64(int64(bits)))
			case element.Type() == reflect.TypeFor[cases.Level]():
				element.SetInt(int64(int32(bits)))
			default:
				element.SetInt(int64(bits) >> (64 - element.Type().Bits()))
			}
		}
		fields.Field(i).Set(list)
	}
	return v
}

// listLengths are around the sizes of vectors, of what a chunk takes, and of what is copied without a charge of the fuel.
func listLengths() (lengths []int) {
	for n := range 70 {
		lengths = append(lengths, n)
	}
	return append(lengths, 127, 128, 129, 512, 513, 1024, 1025, 1<<14, 1<<14+1, 100_000)
}

// TestListsAgreeAtEachLevel: lists of numbers are the same on the wire, and in memory, for each processor.
func TestListsAgreeAtEachLevel(t *testing.T) {
	s := jittest.Schema(t, &Sequences{})
	plain := jittest.Plain(s)
	atEachLevel(t, func(t *testing.T) {
		native, err := Compile(s, ThriftBinary)
		require.NoError(t, err)
		random := rand.New(rand.NewPCG(5, 0))
		for _, count := range listLengths() {
			value := sequencesOf(count, random)
			wire := plainly(t, plain, value)
			out := make([]byte, len(wire))
			n, ok := native.Encode(out, unsafe.Pointer(value), jittest.Usual)
			require.True(t, ok && n == len(wire) && slices.Equal(wire, out), "%d elements", count)
			got := new(Sequences)
			n, _, ok = native.Decode(wire, unsafe.Pointer(got), jittest.Usual)
			require.True(t, ok && n == len(wire), "%d elements", count)
			require.True(t, reflect.DeepEqual(value, got), "%d elements", count)
		}
	})
}

func plainly(t *testing.T, plain jittest.PlainCodec, value *Sequences) []byte {
	t.Helper()
	size, _, err := plain.Size(unsafe.Pointer(value), &codec.Settings{})
	require.NoError(t, err)
	wire := make([]byte, size)
	_, err = plain.Encode(wire, unsafe.Pointer(value), &codec.Settings{}, nil)
	require.NoError(t, err)
	return wire
}

// TestBoolsAreZeroOrOne: whatever the wire holds for a bool, memory holds 0 or 1, and 1 for 1 alone. A bool that unsafe
// code has made of another byte leaves as it is, from either engine; all readers take it for false.
func TestBoolsAreZeroOrOne(t *testing.T) {
	s := jittest.Schema(t, &Sequences{})
	plain := jittest.Plain(s)
	atEachLevel(t, func(t *testing.T) {
		native, err := Compile(s, ThriftBinary)
		require.NoError(t, err)
		for _, count := range []int{1, 3, 15, 16, 31, 33, 63, 65, 256, 3000} {
			value := &Sequences{Flags: make([]bool, count), FlagSet: make([]bool, count)}
			// The bytes of bools, which the value keeps alive.
			flags := unsafe.Slice((*byte)(unsafe.Pointer(&value.Flags[0])), count)
			set := unsafe.Slice((*byte)(unsafe.Pointer(&value.FlagSet[0])), count)
			for n := range count {
				flags[n], set[n] = byte(n), byte(2*n-1)
			}
			wire := plainly(t, plain, value)
			out := make([]byte, len(wire))
			_, ok := native.Encode(out, unsafe.Pointer(value), jittest.Usual)
			require.True(t, ok && slices.Equal(wire, out))
			got, want := new(Sequences), new(Sequences)
			_, _, ok = native.Decode(wire, unsafe.Pointer(got), jittest.Usual)
			require.True(t, ok)
			_, err := plain.Decode(wire, unsafe.Pointer(want), &codec.Settings{})
			require.NoError(t, err)
			for n := range count {
				for _, d := range []*Sequences{got, want} {
					require.Equal(t, flags[n] == 1, d.Flags[n])
					require.Equal(t, set[n] == 1, d.FlagSet[n])
				}
				// What is in memory, not what a comparison of bools makes of it.
				require.LessOrEqual(t, *(*byte)(unsafe.Pointer(&got.Flags[n])), byte(1))
				require.LessOrEqual(t, *(*byte)(unsafe.Pointer(&got.FlagSet[n])), byte(1))
			}
		}
	})
}

// TestEnumsTooLargeAreRefused wherever they are in a list.
func TestEnumsTooLargeAreRefused(t *testing.T) {
	s := jittest.Schema(t, &Sequences{})
	atEachLevel(t, func(t *testing.T) {
		native, err := Compile(s, ThriftBinary)
		require.NoError(t, err)
		out := make([]byte, 8192)
		for _, count := range []int{1, 2, 7, 8, 9, 100, 1000} {
			value := &Sequences{Levels: make([]cases.Level, count)}
			_, ok := native.Encode(out, unsafe.Pointer(value), jittest.Usual)
			require.True(t, ok)
			for bad := range count {
				for _, level := range []cases.Level{1 << 31, -1<<31 - 1, 1 << 40} {
					value.Levels[bad] = level
					_, ok := native.Encode(out, unsafe.Pointer(value), jittest.Usual)
					require.False(t, ok, "%d at %d of %d", level, bad, count)
				}
				value.Levels[bad] = math.MinInt32
			}
			_, ok = native.Encode(out, unsafe.Pointer(value), jittest.Usual)
			require.True(t, ok)
			const first = 7 * 8 // behind the headers of seven lists, of which six are empty
			require.Equal(t, uint32(1<<31), binary.BigEndian.Uint32(out[first:]))
		}
	})
}
