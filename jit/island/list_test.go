//go:build amd64 || arm64

package island

import (
	"fmt"
	"math"
	"reflect"
	"slices"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"

	"github.com/tagwire/tagwire/codec"
	"github.com/tagwire/tagwire/fuzz/cases"
	"github.com/tagwire/tagwire/jit/abi"
	"github.com/tagwire/tagwire/jit/build"
	"github.com/tagwire/tagwire/jit/compile"
	"github.com/tagwire/tagwire/jit/jittest"
)

// Shelves has many short lists.
type Shelves struct {
	Shelves []*Shelf         `frugal:"1,default,list<Shelf>"`
	Named   map[int32]*Shelf `frugal:"2,default,map<i32:Shelf>"`
}

// Shelf has lists of elements with pointers, and of structs.
type Shelf struct {
	Texts  []string      `frugal:"1,optional,list<string>"`
	Blobs  [][]byte      `frugal:"2,optional,set<binary>"`
	Points []cases.Point `frugal:"3,optional,list<Point>"`
	Rows   [][][]int64   `frugal:"4,optional,list<list<list<i64>>>"`
	Hollow []cases.Empty `frugal:"5,optional,list<Empty>"`
}

// shelves returns a value whose lists have up to longest elements.
func shelves(n, longest int) *Shelves {
	value := &Shelves{Named: map[int32]*Shelf{}}
	for i := range n {
		shelf := &Shelf{}
		for j := range i % (longest + 1) {
			shelf.Texts = append(shelf.Texts, fmt.Sprint(i, j))
			shelf.Blobs = append(shelf.Blobs, []byte{byte(i), byte(j)})
			shelf.Points = append(shelf.Points, cases.Point{})
			shelf.Hollow = append(shelf.Hollow, cases.Empty{})
			shelf.Rows = append(shelf.Rows, [][]int64{{int64(i)}, {}, {int64(j), 1}})
		}
		if i%3 == 0 {
			value.Named[int32(i)] = shelf
		} else {
			value.Shelves = append(value.Shelves, shelf)
		}
	}
	return value
}

// listsIn adds the memory of all lists of v that are not scalars, by its first byte.
func listsIn(t *testing.T, found map[uintptr]uintptr, v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			listsIn(t, found, v.Elem())
		}
	case reflect.Struct:
		for i := range v.NumField() {
			listsIn(t, found, v.Field(i))
		}
	case reflect.Map:
		for _, key := range v.MapKeys() {
			listsIn(t, found, v.MapIndex(key))
		}
	case reflect.Slice:
		require.Equal(t, v.Len(), v.Cap(), "appending must not write over the next list")
		if k := v.Type().Elem().Kind(); k <= reflect.Float64 || v.Len() == 0 || v.Type().Elem().Size() == 0 {
			return
		}
		require.NotContains(t, found, v.Pointer())
		found[v.Pointer()] = uintptr(v.Len()) * v.Type().Elem().Size()
		for i := range v.Len() {
			listsIn(t, found, v.Index(i))
		}
	}
}

// TestDecodeShortListsShareSlabs: they do not overlap, end where they end, and take few allocations.
func TestDecodeShortListsShareSlabs(t *testing.T) {
	eachThrift(t, func(t *testing.T, f jittest.Format) {
		value := shelves(150, 9)
		s := jittest.Schema(t, value)
		input, err := f.Oracle(s, value, jittest.ManyLevels)
		require.NoError(t, err)
		n := interpret(t, s, f.Task(build.Decode, false), &compile.Pipeline{})
		for range 3 { // rows learn
			var got Shelves
			w := newWorld(n, call{value: unsafe.Pointer(&got), data: input, levels: 100, allocation: math.MaxInt})
			v := reflect.ValueOf(&got)
			_, ok, err := w.decode(v)
			require.NoError(t, err)
			require.True(t, ok)
			w.makeFilled()
			w.state.maps.finish(math.MaxInt)
			shared := 0
			for i := len(n.program.structs); i < len(w.state.objects); i++ {
				if slab := w.state.objects[i]; slab.row != nil {
					require.LessOrEqual(t, slab.used, slab.count)
					require.LessOrEqual(t, uintptr(slab.count)*slab.row.bytes, uintptr(codec.SlabBytes))
					shared++
				}
			}
			require.GreaterOrEqual(t, shared, 5, "texts, blobs, points, and two kinds of rows")
			w.state.dropObjects()
			w.state.maps.drop()
			requireSame(t, value, &got, f.Name, input)

			found := map[uintptr]uintptr{}
			listsIn(t, found, v)
			require.Greater(t, len(found), 500)
			end, blocks := uintptr(0), 0
			for _, first := range sortedKeys(found) {
				require.GreaterOrEqual(t, first, end, "lists overlap")
				if first != end {
					blocks++
				}
				end = first + found[first]
			}
			require.Less(t, blocks, len(found)/3)
		}
	})
}

func sortedKeys(m map[uintptr]uintptr) []uintptr {
	var keys []uintptr
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// TestDecodeShortListsThatGrow: when little memory may be preallocated, even a short list grows in steps, and keeps its elements.
func TestDecodeShortListsThatGrow(t *testing.T) {
	eachThrift(t, func(t *testing.T, f jittest.Format) {
		value := shelves(40, 9)
		s := jittest.Schema(t, value)
		input, err := f.Oracle(s, value, jittest.ManyLevels)
		require.NoError(t, err)
		n := interpret(t, s, f.Task(build.Decode, false), &compile.Pipeline{})
		exits := [2]int{}
		for i, prealloc := range []uintptr{0, math.MaxInt} {
			var got Shelves
			clear(n.exits)
			w := newWorld(n, call{value: unsafe.Pointer(&got), data: input, levels: 100, allocation: math.MaxInt})
			w.state.prealloc, w.spent = prealloc, prealloc
			_, ok, err := w.decode(reflect.ValueOf(&got))
			require.NoError(t, err)
			require.True(t, ok)
			w.makeFilled()
			w.state.maps.finish(math.MaxInt)
			requireSame(t, value, &got, f.Name, input)
			listsIn(t, map[uintptr]uintptr{}, reflect.ValueOf(&got))
			exits[i] = n.exits[abi.NewSlab]
		}
		require.Greater(t, exits[1], exits[0]*3/2)
	})
}

// TestDecodeShortListsAllocationLimit: a list is charged the same, whatever slab it comes from, at each limit.
func TestDecodeShortListsAllocationLimit(t *testing.T) {
	eachThrift(t, func(t *testing.T, f jittest.Format) {
		value := shelves(8, 5)
		c := cases.Case{Name: "Shelves", Type: reflect.TypeFor[Shelves]()}
		s := jittest.Schema(t, value)
		input, err := f.Oracle(s, value, jittest.ManyLevels)
		require.NoError(t, err)
		n := interpret(t, s, f.Task(build.Decode, false), &compile.Pipeline{})
		accepted, refused := 0, 0
		for o := usual; accepted < 20; {
			if o.allocation == math.MaxInt {
				o.allocation = 1
			}
			if decodeAgrees(t, n, c, input, o) {
				accepted++
				o.allocation++
			} else {
				refused++
				o.allocation += 1 + o.allocation/200
			}
			o.populated, o.owned = refused%3 == 1, refused%5 == 1
		}
		require.Greater(t, refused, 100)
	})
}

// TestListsThatNest: a list in an element of another is no sign that all elements of the other have arrived.
func TestListsThatNest(t *testing.T) {
	nests := func(value any) map[string]bool {
		found := map[string]bool{}
		n := interpret(t, jittest.Schema(t, value), jittest.Decoding, &compile.Pipeline{})
		for _, row := range n.program.slabs {
			found[row.list.String()] = row.nests
		}
		return found
	}
	require.Equal(t, map[string]bool{"[]*cases.Nest": true, "[]cases.Nest": true}, nests(&cases.Nest{}))
	type forest struct {
		Trees [][]map[string]*cases.Nest `frugal:"1,default,list<list<map<string:Nest>>>"`
		Names [][]string                 `frugal:"2,default,list<list<string>>"`
	}
	require.Equal(t, map[string]bool{
		"[][]map[string]*cases.Nest": true, "[]map[string]*cases.Nest": true, "[]*cases.Nest": true, "[]cases.Nest": true,
		"[][]string": false, "[]string": false,
	}, nests(&forest{}))
}

// Idle is a struct whose InitDefault sets nothing, Busy the same without.
type (
	Idle struct {
		Number int64  `frugal:"1,default,i64"`
		Text   string `frugal:"2,default,string"`
	}
	Busy struct {
		Number int64  `frugal:"1,default,i64"`
		Text   string `frugal:"2,default,string"`
	}
	IdleFields struct {
		Value  Idle            `frugal:"1,default,Idle"`
		Ref    *Idle           `frugal:"2,optional,Idle"`
		Values []Idle          `frugal:"3,optional,list<Idle>"`
		Refs   []*Idle         `frugal:"4,optional,list<Idle>"`
		Named  map[string]Idle `frugal:"5,optional,map<string:Idle>"`
	}
	BusyFields struct {
		Value  Busy            `frugal:"1,default,Busy"`
		Ref    *Busy           `frugal:"2,optional,Busy"`
		Values []Busy          `frugal:"3,optional,list<Busy>"`
		Refs   []*Busy         `frugal:"4,optional,list<Busy>"`
		Named  map[string]Busy `frugal:"5,optional,map<string:Busy>"`
	}
)

// InitDefault sets nothing.
func (*Idle) InitDefault() {}

// TestEmptyInitDefaultCostsNothing: a struct with one takes the same exits as one without.
func TestEmptyInitDefaultCostsNothing(t *testing.T) {
	value := &BusyFields{
		Ref: &Busy{Number: 1}, Values: make([]Busy, 3), Refs: []*Busy{{Text: "a"}, {}}, Named: map[string]Busy{"a": {}, "b": {}},
	}
	input, err := jittest.Binary.Oracle(jittest.Schema(t, value), value, jittest.ManyLevels)
	require.NoError(t, err)
	exits := func(target any) map[abi.ExitCode]int {
		n := interpret(t, jittest.Schema(t, target), jittest.Decoding, &compile.Pipeline{})
		require.False(t, n.module.UserCode)
		v := reflect.ValueOf(target)
		w := newWorld(n, call{value: v.UnsafePointer(), data: input, levels: 100, allocation: math.MaxInt})
		_, ok, err := w.decode(v)
		require.NoError(t, err)
		require.True(t, ok)
		return n.exits
	}
	without := exits(new(BusyFields))
	require.NotEmpty(t, without)
	require.Equal(t, without, exits(new(IdleFields)))
}
