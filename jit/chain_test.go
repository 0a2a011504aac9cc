//go:build (linux || darwin) && (amd64 || arm64)

package jit

import (
	"fmt"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"

	"github.com/tagwire/tagwire/codec"
	"github.com/tagwire/tagwire/jit/jittest"
	"github.com/tagwire/tagwire/schema"
)

// Wagon is the link of a chain, with something of each sort in it.
type Wagon struct {
	Number int64          `frugal:"1,default" protobuf:"1"`
	Name   string         `frugal:"2,default" protobuf:"2"`
	Note   *string        `frugal:"3,optional" protobuf:"3"`
	Seats  []*Seat        `frugal:"5,default,list<Seat>" protobuf:"5"`
	Counts map[int8]int16 `frugal:"6,optional,map<i8:i16>"`
	Next   *Wagon         `frugal:"100,optional,Wagon" protobuf:"100"`
}

// Seat is in a list of a Wagon, and leads to another one.
type Seat struct {
	Guest *Wagon `frugal:"1,optional,Wagon" protobuf:"1"`
	Row   int32  `frugal:"2,default" protobuf:"2"`
}

// train returns n wagons. Every seventh has what the others lack.
func train(n int) *Wagon {
	var first *Wagon
	for i := range n {
		w := &Wagon{Number: int64(i), Name: fmt.Sprint("wagon ", i), Next: first}
		if i%7 == 3 {
			note := "a note"
			w.Note, w.Counts = &note, map[int8]int16{int8(i): int16(i)}
			w.Seats = []*Seat{{Row: int32(i)}, {Guest: &Wagon{Name: "guest", Next: &Wagon{}}}}
		}
		first = w
	}
	return first
}

// TestChainsAgree: chains of all lengths, and depths around those that are allowed, with a link or something in it as the deepest.
func TestChainsAgree(t *testing.T) {
	eachEngine(t, &Wagon{}, func(t *testing.T, f jittest.Format, s *schema.StructType, native *Codec, plain jittest.PlainCodec) {
		for _, n := range []int{1, 2, 3, 4, 8, 30} {
			value := train(n)
			p := unsafe.Pointer(value)
			agree(t, s, f, native, plain, p)
			size, _, err := plain.Size(p, &codec.Settings{})
			require.NoError(t, err)
			for depth := 1; depth <= n+6; depth++ {
				limited := &codec.Settings{Limits: codec.Limits{Depth: depth}}
				_, _, wantErr := plain.Size(p, limited)
				_, encodeErr := plain.Encode(make([]byte, size), p, limited, nil)
				usual := *jittest.Usual
				usual.Depth = depth
				_, ok := native.Size(p, &usual)
				require.Equal(t, wantErr == nil, ok, "size of %d links at depth %d: %v", n, depth, wantErr)
				_, ok = native.Encode(make([]byte, size), p, &usual)
				require.Equal(t, encodeErr == nil, ok, "%d links at depth %d: %v", n, depth, encodeErr)
			}
		}
	})
}

// TestLongChains: the fuel is charged for each link, so chains of any length let others run.
func TestLongChains(t *testing.T) {
	const links = 50_000
	s := jittest.Schema(t, &Wagon{})
	native, err := Compile(s, jittest.Binary.Native)
	require.NoError(t, err)
	var value *Wagon
	for i := range int64(links) { // without maps, whose exits let others run as well
		value = &Wagon{Number: i, Name: "wagon", Next: value}
	}
	p := unsafe.Pointer(value)
	deep := *jittest.Usual
	deep.Depth = links + 10
	size, ok := native.Size(p, &deep)
	require.True(t, ok)
	out := make([]byte, size)
	yields := exitsDuring(func() {
		n, ok := native.Encode(out, p, &deep)
		require.True(t, ok)
		require.Equal(t, size, n)
	}, "Yield")
	require.Greater(t, yields, uint64(size/(128<<10)))
	want := make([]byte, size)
	n, err := jittest.Plain(s).Encode(want, p, &codec.Settings{Limits: codec.Limits{Depth: links + 10}}, nil)
	require.NoError(t, err)
	require.Equal(t, size, n)
	require.Equal(t, want, out)
}
