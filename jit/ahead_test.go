//go:build (linux || darwin) && (amd64 || arm64)

package jit

import (
	"fmt"
	"reflect"
	"runtime"
	"sync"
	"testing"
	"time"
	"unsafe"

	"github.com/stretchr/testify/require"

	"github.com/tagwire/tagwire/codec"
	"github.com/tagwire/tagwire/jit/jittest"
	"github.com/tagwire/tagwire/schema"
)

// Shelf holds maps in itself and in structs that it reaches by pointers and by value.
type Shelf struct {
	Texts  map[string]string `frugal:"1,default,map<string:string>" protobuf:"1"`
	Upper  *Board            `frugal:"2,default,Board" protobuf:"2"`
	Lower  Board             `frugal:"3,default,Board" protobuf:"3"`
	Owners map[int64]*Owner  `frugal:"4,optional,map<i64:Owner>" protobuf:"4"`
}

// Board is a part of a Shelf.
type Board struct {
	Counts map[int32]int64  `frugal:"1,default,map<i32:i64>" protobuf:"1"`
	Real   map[float64]bool `frugal:"2,optional,map<double:bool>"`
}

// Owner is an element without maps.
type Owner struct {
	Name string `frugal:"1,required" protobuf:"1,required"`
}

// shelfOf returns maps of n entries each; without the upper board if n is a multiple of three.
func shelfOf(n int) *Shelf {
	s := &Shelf{Texts: map[string]string{}, Lower: Board{Counts: map[int32]int64{}}}
	if n%3 != 0 {
		s.Upper = &Board{Counts: map[int32]int64{}, Real: map[float64]bool{}}
	}
	if n > 0 {
		s.Owners = map[int64]*Owner{}
	}
	for i := range n {
		text := fmt.Sprint("text ", i)
		s.Texts[text], s.Lower.Counts[int32(-i)], s.Owners[int64(i)] = text+text, int64(i), &Owner{text}
		if s.Upper != nil {
			s.Upper.Counts[int32(i)], s.Upper.Real[float64(i)/2] = int64(-i), i%2 == 0
		}
	}
	return s
}

// exitsDuring returns how many exits of a kind f took.
func exitsDuring(f func(), kinds ...string) (n uint64) {
	before := Exits()
	f()
	after := Exits()
	for _, kind := range kinds {
		n += after[kind] - before[kind]
	}
	return n
}

// TestMapsAreReadAhead: maps of up to 64 entries take no exits, wherever they are, and larger ones take them as ever; the encoding is
// the plain codec's, in order too where that is asked for.
func TestMapsAreReadAhead(t *testing.T) {
	eachEngine(t, &Shelf{}, func(t *testing.T, f jittest.Format, s *schema.StructType, native *Codec, plain jittest.PlainCodec) {
		for _, n := range []int{0, 1, 2, 7, 8, 9, 63, 64, 65, 200, 3, 0, 5} { // smaller after larger: nothing of those is left
			p := unsafe.Pointer(shelfOf(n))
			exits := exitsDuring(func() { agree(t, s, f, native, plain, p) }, "ReadMap", "CountMap")
			require.Equal(t, n > 64, exits > 0, "%d entries, %d exits", n, exits)
			sorted := &codec.Settings{Deterministic: true}
			size, _, err := plain.Size(p, sorted)
			require.NoError(t, err)
			want, got := make([]byte, size), make([]byte, size)
			_, err = plain.Encode(want, p, sorted, nil)
			require.NoError(t, err)
			limited := *jittest.Usual
			limited.Deterministic = true
			m, ok := native.Encode(got, p, &limited)
			require.True(t, ok)
			require.Equal(t, size, m)
			require.Equal(t, want, got, "%d entries in order", n)
		}
		agree(t, s, f, native, plain, nil)
		agree(t, s, f, native, plain, unsafe.Pointer(&Shelf{}))
	})
}

// Arguments and Results are what calls wrap a Shelf in. TwoShelves has two, which share their code.
type (
	Arguments struct {
		Shelf *Shelf `frugal:"1,default,Shelf" protobuf:"1"`
	}
	Results struct {
		Shelf *Shelf `frugal:"0,optional,Shelf" protobuf:"1"`
		Owner *Owner `frugal:"1,optional,Owner" protobuf:"2"`
	}
	TwoShelves struct {
		First  *Shelf `frugal:"1,default,Shelf" protobuf:"1"`
		Second *Shelf `frugal:"2,default,Shelf" protobuf:"2"`
	}
)

// TestWrappedMapsAreReadAhead: those of a large struct are, if it is what a call's arguments or result consist of.
func TestWrappedMapsAreReadAhead(t *testing.T) {
	for _, c := range []struct {
		value any
		ahead bool
	}{
		{&Arguments{shelfOf(5)}, true},
		{&Arguments{}, true},
		{&Results{shelfOf(6), nil}, true},
		{&Results{nil, &Owner{"none"}}, true},
		{&TwoShelves{shelfOf(2), shelfOf(3)}, false},
	} {
		eachEngine(t, c.value, func(t *testing.T, f jittest.Format, s *schema.StructType, native *Codec, plain jittest.PlainCodec) {
			exits := exitsDuring(func() { agree(t, s, f, native, plain, reflect.ValueOf(c.value).UnsafePointer()) }, "ReadMap", "CountMap")
			require.Equal(t, c.ahead, exits == 0, "%T: %d exits", c.value, exits)
		})
	}
}

// Stack has a map of its own, and others in a list.
type Stack struct {
	Boards []*Board      `frugal:"1,default,list<Board>"`
	Own    map[int8]int8 `frugal:"2,default,map<i8:i8>"`
}

// TestMapsInListsTakeExits: a type with such maps has them read by exits, all of them.
func TestMapsInListsTakeExits(t *testing.T) {
	s := jittest.Schema(t, &Stack{})
	native, err := Compile(s, jittest.Binary.Native)
	require.NoError(t, err)
	value := &Stack{Own: map[int8]int8{1: 2}, Boards: []*Board{{Counts: map[int32]int64{1: 1}}}}
	exits := exitsDuring(func() {
		agree(t, s, jittest.Binary, native, jittest.Plain(s), unsafe.Pointer(value))
	}, "ReadMap")
	require.NotZero(t, exits)
}

// manyMaps returns a struct type with n maps.
func manyMaps(n int) reflect.Type {
	var fields []reflect.StructField
	for i := range n {
		fields = append(fields, reflect.StructField{
			Name: fmt.Sprint("M", i), Type: reflect.TypeFor[map[int16]string](),
			Tag: reflect.StructTag(fmt.Sprintf(`frugal:"%d,default,map<i16:string>"`, i+1)),
		})
	}
	return reflect.StructOf(fields)
}

// TestSomeMapsAreReadAhead: up to eight in a type.
func TestSomeMapsAreReadAhead(t *testing.T) {
	for _, n := range []int{7, 8, 9, 20} {
		s, err := schema.Thrift.Of(manyMaps(n))
		require.NoError(t, err)
		native, err := Compile(s, jittest.Binary.Native)
		require.NoError(t, err)
		v := reflect.New(manyMaps(n))
		for i := range n {
			v.Elem().Field(i).Set(reflect.ValueOf(map[int16]string{int16(i): fmt.Sprint(i)}))
		}
		exits := exitsDuring(func() {
			agree(t, s, jittest.Binary, native, jittest.Plain(s), v.UnsafePointer())
		}, "ReadMap")
		require.Equal(t, n > 8, exits > 0, "%d maps, %d exits", n, exits)
	}
}

// TestNothingStaysOfMapsReadAhead: what a map held is collected when the call is done, whatever its end was.
func TestNothingStaysOfMapsReadAhead(t *testing.T) {
	s := jittest.Schema(t, &Shelf{})
	native, err := Compile(s, jittest.Binary.Native)
	require.NoError(t, err)
	for _, room := range []int{1 << 10, 40} {
		collected := make(chan struct{})
		func() {
			value := shelfOf(4)
			owner := &Owner{Name: "the one"}
			value.Owners[7] = owner
			runtime.SetFinalizer(owner, func(*Owner) { close(collected) })
			_, ok := native.Encode(make([]byte, room), unsafe.Pointer(value), jittest.Usual)
			require.Equal(t, room > 100, ok)
		}()
		// One collection may drop a pool; two would drop what it held as well, so the first has to do.
		runtime.GC()
		select {
		case <-collected:
		case <-time.After(time.Minute):
			t.Fatalf("what a map held is still there, after a call with room for %d bytes", room)
		}
	}
}

// TestMapsReadAheadUnderCollection encodes from several goroutines while others collect and allocate.
func TestMapsReadAheadUnderCollection(t *testing.T) {
	s := jittest.Schema(t, &Shelf{})
	native, err := Compile(s, jittest.Binary.Native)
	require.NoError(t, err)
	plain := jittest.Plain(s)
	done := make(chan struct{})
	var collecting, encoding sync.WaitGroup
	collecting.Add(1)
	go func() {
		defer collecting.Done()
		for {
			select {
			case <-done:
				return
			default:
				runtime.GC()
			}
		}
	}()
	for n := range 4 {
		encoding.Add(1)
		go func() {
			defer encoding.Done()
			for i := range 300 {
				value := shelfOf(1 + (n+i)%9)
				p := unsafe.Pointer(value)
				size, ok := native.Size(p, jittest.Usual)
				out := make([]byte, size)
				m, encoded := native.Encode(out, p, jittest.Usual)
				var got Shelf
				_, err := plain.Decode(out, unsafe.Pointer(&got), &codec.Settings{})
				if !ok || !encoded || m != size || err != nil || !reflect.DeepEqual(value.Texts, got.Texts) || len(got.Owners) != len(value.Owners) {
					t.Errorf("%d: %v", i, err)
					return
				}
			}
		}()
	}
	encoding.Wait()
	close(done)
	collecting.Wait()
}
