package tagwire_test

import (
	"reflect"
	"strings"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"

	"github.com/tagwire/tagwire"
	"github.com/tagwire/tagwire/fuzz/harness"
)

// TestArenaDecodesAlike: the value is the same as without an arena, message after message, with either engine.
func TestArenaDecodesAlike(t *testing.T) {
	require.NoError(t, tagwire.Compile(reflect.TypeFor[tree]()))
	data, err := tagwire.Marshal(sample())
	require.NoError(t, err)
	for _, engine := range []tagwire.Engine{tagwire.Auto, tagwire.Reflect} {
		codec, err := tagwire.For[tree](tagwire.WithEngine(engine))
		require.NoError(t, err)
		want := new(tree)
		_, err = codec.Decode(data, want)
		require.NoError(t, err)
		var arena tagwire.Arena
		for range 200 {
			got := tagwire.NewIn[tree](&arena)
			require.Zero(t, *got)
			n, err := codec.DecodeIn(&arena, data, got)
			require.NoError(t, err)
			require.Equal(t, len(data), n)
			require.Equal(t, want, got)
			arena.Reset()
		}
	}
}

// arenaModes are the engines of both formats.
func arenaModes() []harness.Engine {
	var modes []harness.Engine
	for _, e := range harness.AllEngines() {
		if !e.ZeroCopy {
			modes = append(modes, e)
		}
	}
	return modes
}

type aligned struct {
	Text   string  `frugal:"1,default,string"`
	Wide   *int64  `frugal:"2,optional,i64"`
	Middle *int32  `frugal:"3,optional,i32"`
	Short  *int16  `frugal:"4,optional,i16"`
	List   []int64 `frugal:"5,default,list<i64>"`
	Before string  `frugal:"6,default,string"`
	Ints   []int32 `frugal:"7,default,list<i32>"`
	After  string  `frugal:"8,default,string"`
	Shorts []int16 `frugal:"9,default,list<i16>"`
}

type alignedRows struct {
	Rows []*aligned `frugal:"1,default,list<aligned>"`
}

// TestArenaAligns: numbers are aligned, however much of a block is in use.
func TestArenaAligns(t *testing.T) {
	for _, mode := range arenaModes() {
		for seed := range 16 {
			value := new(alignedRows)
			for i := range 2000 {
				value.Rows = append(value.Rows, &aligned{
					Text: strings.Repeat("x", (i*7+seed)%61), Wide: new(int64), Middle: new(int32), Short: new(int16),
					List: make([]int64, 1+(i+seed)%5), Before: strings.Repeat("y", (i+seed)%9), After: strings.Repeat("z", (i+seed)%11),
					Ints: make([]int32, 1+i%3), Shorts: make([]int16, 1+i%7),
				})
			}
			data, err := tagwire.Marshal(value, mode.Options()...)
			require.NoError(t, err)
			var arena tagwire.Arena
			for range 3 {
				got := tagwire.NewIn[alignedRows](&arena)
				_, err := tagwire.DecodeIn(&arena, data, got, mode.Options()...)
				require.NoError(t, err)
				for i, row := range got.Rows {
					for _, p := range []unsafe.Pointer{unsafe.Pointer(row.Wide), unsafe.Pointer(unsafe.SliceData(row.List))} {
						require.Zero(t, uintptr(p)%8, "%s, row %d", mode.Name, i)
					}
					for _, p := range []unsafe.Pointer{unsafe.Pointer(row.Middle), unsafe.Pointer(unsafe.SliceData(row.Ints))} {
						require.Zero(t, uintptr(p)%4, "%s, row %d", mode.Name, i)
					}
					for _, p := range []unsafe.Pointer{unsafe.Pointer(row.Short), unsafe.Pointer(unsafe.SliceData(row.Shorts))} {
						require.Zero(t, uintptr(p)%2, "%s, row %d", mode.Name, i)
					}
				}
				require.Equal(t, value, got, mode.Name)
				arena.Reset()
			}
		}
	}
}
