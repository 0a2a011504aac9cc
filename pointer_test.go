package tagwire_test

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"

	"github.com/tagwire/tagwire"
)

type hollowed struct {
	Text  string `frugal:"1,optional"`
	Other string `frugal:"2,optional"`
}

// heavier takes more memory than bytes.
type heavier struct {
	Text string     `frugal:"1"`
	List []hollowed `frugal:"2,default,list<hollowed>"`
}

// TestMemoryOfValues: what a decode says that the value took is at least what it takes, and what it is said to take before; and
// a decode within less is refused, by each engine.
func TestMemoryOfValues(t *testing.T) {
	value := &heavier{Text: strings.Repeat("x", 5000), List: make([]hollowed, 3000)}
	data, err := tagwire.Marshal(value)
	require.NoError(t, err)
	byHand := 5000 + 3000*int(reflect.TypeFor[hollowed]().Size())
	eachEngine(t, func(t *testing.T, engine tagwire.Option, _ bool) {
		codec, err := tagwire.CodecOf(reflect.TypeFor[heavier](), engine)
		require.NoError(t, err)
		needed := codec.MemoryFor(data)
		require.GreaterOrEqual(t, needed, byHand)
		require.LessOrEqual(t, needed, 2*byHand)
		require.Less(t, codec.MemoryFor(data[:10]), needed, "data that ends early")

		var got heavier
		n, allocated, err := codec.DecodeAt(data, reflect.ValueOf(&got).UnsafePointer())
		require.NoError(t, err)
		require.Equal(t, len(data), n)
		require.GreaterOrEqual(t, allocated, byHand)
		require.LessOrEqual(t, allocated, 4*byHand)
		require.Equal(t, value, &got)

		got = heavier{}
		n, _, err = codec.DecodeWithin(2*needed, data, reflect.ValueOf(&got).UnsafePointer())
		require.NoError(t, err)
		require.Equal(t, len(data), n)
		require.Equal(t, value, &got)
		for _, memory := range []int{needed - 1, 100, 0, -1} {
			_, _, err = codec.DecodeWithin(memory, data, reflect.ValueOf(&got).UnsafePointer())
			require.True(t, errors.Is(err, tagwire.ErrSizeLimit), "%d: %v", memory, err)
		}

		limited, err := tagwire.CodecOf(reflect.TypeFor[heavier](), engine, tagwire.WithMaxAlloc(byHand/2))
		require.NoError(t, err)
		_, _, err = limited.DecodeWithin(4*needed, data, reflect.ValueOf(&got).UnsafePointer())
		require.ErrorIs(t, err, tagwire.ErrSizeLimit, "the codec's own limit counts all the same")
	})
}

// TestAliases: a codec knows whether what it decodes refers to the input, through whatever is inside.
func TestAliases(t *testing.T) {
	type aliased struct {
		Text string `frugal:"1,default,string,nocopy"`
	}
	type plain struct {
		Text  string `frugal:"1"`
		Again *plain `frugal:"2"`
	}
	type deep struct {
		Again *deep                        `frugal:"1"`
		Map   map[string]map[int32]aliased `frugal:"2,default,map<string:map<i32:aliased>>"`
	}
	for _, c := range []struct {
		typ     reflect.Type
		options []tagwire.Option
		want    bool
	}{
		{reflect.TypeFor[plain](), nil, false},
		{reflect.TypeFor[plain](), []tagwire.Option{tagwire.WithZeroCopy()}, true},
		{reflect.TypeFor[aliased](), nil, true},
		{reflect.TypeFor[deep](), nil, true},
	} {
		codec, err := tagwire.CodecOf(c.typ, c.options...)
		require.NoError(t, err)
		require.Equal(t, c.want, codec.Aliases(), c.typ)
	}
}

// TestDecodeAtIn: it decodes into the arena within the limit, and without one where there is none, or it is in use.
func TestDecodeAtIn(t *testing.T) {
	require.NoError(t, tagwire.Compile(reflect.TypeFor[tree]()))
	data, err := tagwire.Marshal(sample())
	require.NoError(t, err)
	for _, engine := range []tagwire.Engine{tagwire.Auto, tagwire.Reflect} {
		codec, err := tagwire.CodecOf(reflect.TypeFor[tree](), tagwire.WithEngine(engine))
		require.NoError(t, err)
		want := new(tree)
		_, needed, err := codec.DecodeAt(data, unsafe.Pointer(want))
		require.NoError(t, err)
		var arena tagwire.Arena
		require.Zero(t, arena.Retained())
		for _, a := range []*tagwire.Arena{nil, &arena} {
			for range 50 {
				got := tagwire.NewIn[tree](a)
				n, allocated, err := codec.DecodeAtIn(a, 2*needed, data, unsafe.Pointer(got))
				require.NoError(t, err)
				require.Equal(t, len(data), n)
				require.Positive(t, allocated)
				require.Equal(t, want, got)
				for _, memory := range []int{-1, 0, 1, needed / 2} {
					_, _, err = codec.DecodeAtIn(a, memory, data, unsafe.Pointer(tagwire.NewIn[tree](a)))
					require.ErrorIs(t, err, tagwire.ErrSizeLimit)
				}
				if a != nil {
					a.Reset()
				}
			}
		}
		kept := arena.Retained()
		require.GreaterOrEqual(t, kept, needed/2)
		require.Equal(t, kept, arena.Retained())
	}
}

// retaining decodes a value whose defaults use the arena that it is decoded into.
type retaining struct {
	Names map[string]int64 `frugal:"1"`
	Text  string           `frugal:"2"`
}

var retainingCall func()

func (r *retaining) InitDefault() {
	r.Names = map[string]int64{"a": 1} // another one each time, so that it is called
	if retainingCall != nil {
		retainingCall()
	}
}

type retainingList struct {
	Items []*retaining `frugal:"1,default,list<retaining>"`
}

// TestDecodeAtInOfArenaInUse: a call that comes while another one uses the arena has memory of its own; Retained must not be asked.
func TestDecodeAtInOfArenaInUse(t *testing.T) {
	data, err := tagwire.Marshal(&retainingList{Items: []*retaining{{Text: "x"}}})
	require.NoError(t, err)
	codec, err := tagwire.CodecOf(reflect.TypeFor[retainingList]())
	require.NoError(t, err)
	var arena tagwire.Arena
	calls, inner := 0, new(retainingList)
	retainingCall = func() {
		call := retainingCall
		retainingCall = nil
		defer func() { retainingCall = call }()
		calls++
		require.Equal(t, retainingList{}, *(*retainingList)(codec.NewAtIn(&arena)))
		_, _, err := codec.DecodeAtIn(&arena, 1<<20, data, unsafe.Pointer(inner))
		require.NoError(t, err)
		require.Panics(t, func() { arena.Retained() })
	}
	defer func() { retainingCall = nil }()
	outer := new(retainingList)
	_, _, err = codec.DecodeAtIn(&arena, 1<<20, data, unsafe.Pointer(outer))
	require.NoError(t, err)
	require.Positive(t, calls)
	arena.Reset()
	_, _, err = codec.DecodeAtIn(&arena, 1<<20, []byte{15, 0, 1, 12, 0, 0, 0, 1, 11, 0, 2, 0, 0, 0, 1, 'y', 0, 0}, unsafe.Pointer(new(retainingList)))
	require.NoError(t, err)
	require.Equal(t, "x", inner.Items[0].Text)

	// What is made in an arena is used again after Reset, and zero; without one it is not.
	arena.Reset()
	first := (*retainingList)(codec.NewAtIn(&arena))
	first.Items = inner.Items
	arena.Reset()
	second := (*retainingList)(codec.NewAtIn(&arena))
	require.Same(t, first, second)
	require.Equal(t, retainingList{}, *second)
	require.NotSame(t, (*retainingList)(codec.NewAtIn(nil)), (*retainingList)(codec.NewAtIn(nil)))
}
