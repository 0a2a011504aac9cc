//go:build amd64 || arm64

package island

import (
	"bytes"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"

	"github.com/tagwire/tagwire/codec"
	"github.com/tagwire/tagwire/fuzz/cases"
	"github.com/tagwire/tagwire/jit/abi"
	"github.com/tagwire/tagwire/jit/compile"
	"github.com/tagwire/tagwire/jit/jittest"
	"github.com/tagwire/tagwire/schema"
)

// referred are lengths on both sides of where strings are referred to.
var referred = []int{codec.DirectThreshold - 1, 0, codec.DirectThreshold, 0, 0, 0}

// plainDirect is the outcome of a direct encoding by the plain codec.
func plainDirect(t *testing.T, s *schema.StructType, value any, sorted bool) (written []byte, references []Reference) {
	t.Helper()
	options := codec.Settings{Deterministic: sorted}
	codec, p := jittest.Plain(s), reflect.ValueOf(value).UnsafePointer()
	total, _, err := codec.Size(p, &options)
	require.NoError(t, err)
	c := &collector{size: total}
	written = make([]byte, total)
	n, err := codec.Encode(written, p, &options, c)
	require.NoError(t, err)
	return written[:n], c.references
}

type collector struct {
	size       int
	references []Reference
}

func (c *collector) WriteDirect(b []byte, remain int) error {
	c.references = append(c.references, Reference{At: c.size - remain, Bytes: b})
	return nil
}

func sameReferences(t *testing.T, want, got []Reference) {
	t.Helper()
	require.Len(t, got, len(want))
	for i := range want {
		require.Equal(t, want[i].At, got[i].At)
		require.Same(t, unsafe.SliceData(want[i].Bytes), unsafe.SliceData(got[i].Bytes))
		require.Len(t, got[i].Bytes, len(want[i].Bytes))
		require.Equal(t, len(got[i].Bytes), cap(got[i].Bytes))
	}
}

// TestDirectModulesAgree runs modules in the interpreter: sorted, since then there is one order.
func TestDirectModulesAgree(t *testing.T) {
	references, copied := 0, 0
	for _, c := range cases.All() {
		t.Run(c.Name, func(t *testing.T) {
			s, err := schema.Thrift.Of(c.Type)
			require.NoError(t, err)
			for _, p := range []*compile.Pipeline{nil, {Verify: true}} {
				var size, encode *interpreted
				if p == nil {
					size, encode = interpretPlain(t, s, jittest.SizingDirect), interpretPlain(t, s, jittest.EncodingDirect)
				} else {
					size, encode = interpret(t, s, jittest.SizingDirect, p), interpret(t, s, jittest.EncodingDirect, p)
				}
				for _, value := range jittest.Binary.Samples(c) {
					cases.Enlarge(value, referred...)
					want, wantReferences := plainDirect(t, s, value, true)
					buffer := make([]byte, len(want))
					n, got, ok, err := encode.encodeDirect(value, buffer, jittest.ManyLevels, abi.FlagSorted)
					require.NoError(t, err)
					require.True(t, ok)
					require.True(t, bytes.Equal(want, buffer[:n]))
					sameReferences(t, wantReferences, got)
					_, _, ok, err = encode.encodeDirect(value, buffer[:n-1], jittest.ManyLevels, abi.FlagSorted)
					require.NoError(t, err)
					require.False(t, ok, "fits into a buffer that is too small")

					cases.OneEntry(value) // the size is without sorting
					want, wantReferences = plainDirect(t, s, value, false)
					bytes, ok, err := size.size(value, jittest.ManyLevels)
					require.NoError(t, err)
					require.True(t, ok)
					require.Equal(t, len(want), bytes)
					references += len(wantReferences)
				}
				copied += encode.exits[abi.MarkEntry]
			}
		})
	}
	require.Greater(t, references, 200)
	require.Positive(t, copied)
}

// TestReadingSortedMaps: the shapes put entries of each kind of key in the plain codec's order, of maps of all sizes.
func TestReadingSortedMaps(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for _, m := range []any{
		map[string]int8{}, map[int8]string{}, map[int16][]byte{}, map[int32]float64{}, map[int64]*jittest.Inner{}, map[int]bool{},
		map[cases.Level]map[int8]int8{}, map[bool]string{}, map[float64]int16{}, map[string]jittest.Inner{}, map[int32]jittest.Inner{},
	} {
		target := reflect.New(reflect.TypeOf(m)).Elem()
		target.Set(reflect.ValueOf(m))
		row := mapRowOf(target.Type())
		require.True(t, row.keysCompare)
		for _, n := range []int{0, 1, 2, 50, 300} {
			for range n {
				key := reflect.New(target.Type().Key()).Elem()
				source := make([]byte, 12)
				for i := range source {
					source[i] = byte(random.Uint32())
				}
				cases.FillKey(key, source)
				target.SetMapIndex(key, reflect.Zero(target.Type().Elem()))
			}
			entries := row.shape.newEntries(target.Len())
			require.Equal(t, target.Len(), readAll(row, target, entries))
			row.shape.sort(entries, target.Len())
			compare := comparisonOf(target.Type().Key())
			for i := 1; i < target.Len(); i++ {
				before, after := row.reflected.entryAt(entries, i-1).Field(0), row.reflected.entryAt(entries, i).Field(0)
				order := compare(before.Addr().UnsafePointer(), after.Addr().UnsafePointer())
				require.True(t, order < 0 || order == 0 && before.Kind() == reflect.Float64 && before.Float() != before.Float(), "%v, %v", before, after)
			}
		}
	}
	require.False(t, mapRowOf(reflect.TypeFor[map[*jittest.Inner]int8]()).keysCompare)
}

// readAll copies the entries of a map.
func readAll(row *mapRow, m reflect.Value, entries unsafe.Pointer) int {
	if row.typed != nil {
		copied, _ := row.typed.read(m.Addr().UnsafePointer(), entries, m.Len())
		return copied
	}
	return row.reflected.readFrom(m.MapRange(), entries, m.Len())
}

// TestEntryOrderOfTies arranges what has the same key, and nothing else, and marks nothing where no keys are the same.
func TestEntryOrderOfTies(t *testing.T) {
	output := []byte("-kkkkkkkkbkkkkkkkkakkkkkkkkaalllllllljLLLLLLLLi-")
	s, c := newState(), &call{data: output}
	b := &batch{row: mapRowOf(reflect.TypeFor[map[float64]int8]()), ties: true}
	s.maps.batches = []*batch{b}
	mark := func(at, entries int) {
		s.frame.arguments[0] = uintptr(unsafe.Pointer(unsafe.SliceData(output))) + uintptr(at)
		s.frame.arguments[1] = uintptr(entries)
		require.True(t, s.markEntry(&s.frame, c))
	}
	mark(1, 5)
	require.True(t, s.order.isOpen())
	for _, end := range []int{10, 19, 29, 38, 47} {
		mark(end, -1)
	}
	require.Equal(t, "-kkkkkkkkakkkkkkkkaakkkkkkkkblllllllljLLLLLLLLi-", string(output))
	b.ties = false
	mark(1, 2)
	require.False(t, s.order.isOpen(), "what stays can be referred to")
	require.Empty(t, s.order.marks)
	b.ties = true
	mark(1, 1) // an inner map
	require.True(t, s.order.isOpen())
	mark(10, -1)
	require.False(t, s.order.isOpen())
	mark(10, -1)
	mark(19, -1)
	require.Empty(t, s.order.open)
	require.Equal(t, "-kkkkkkkkakkkkkkkkaakkkkkkkkblllllllljLLLLLLLLi-", string(output))
}

// TestEntryOrder arranges entries of nested maps by their marks, and keeps nothing alive that it has used.
func TestEntryOrder(t *testing.T) {
	output := []byte("-cba.zyx-ba-")
	s, c := newState(), &call{data: output}
	s.maps.batches = []*batch{{row: mapRowOf(reflect.TypeFor[map[*jittest.Inner]int8]())}}
	mark := func(at, entries int) {
		s.frame.arguments[0] = uintptr(unsafe.Pointer(unsafe.SliceData(output))) + uintptr(at)
		s.frame.arguments[1] = uintptr(entries)
		require.True(t, s.markEntry(&s.frame, c))
	}
	mark(1, 0) // a map without entries
	require.False(t, s.order.isOpen())
	mark(1, 3)
	mark(2, -1)
	mark(3, 2) // an inner map, in the second entry
	mark(4, -1)
	mark(8, -1)
	require.True(t, s.order.isOpen())
	mark(8, -1)
	mark(9, -1)
	require.False(t, s.order.isOpen())
	require.Equal(t, "--b.zyxacba-", string(output))
	require.Empty(t, s.order.marks)
	require.False(t, slices.ContainsFunc(s.order.entries[:cap(s.order.entries)], func(b []byte) bool { return b != nil }))
	mark(1, 2)
	s.order.release()
	require.False(t, s.order.isOpen() || s.order.used)
	require.NotNil(t, s.order.scratch)
	s.order.scratch, s.order.marks = make([]byte, keptScratch+1), make([]int, 0, keptOrder+1)
	s.order.release()
	require.Nil(t, s.order.scratch)
	require.Nil(t, s.order.marks)
}
