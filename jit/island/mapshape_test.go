package island

import (
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"
	"github.com/tagwire/tagwire/codec"
)

type (
	mapKey  string
	mapEnum int32
	mapItem struct {
		name  string
		items []*mapItem
	}
)

func TestM9ShapesAreForMapsThatHashAndLieTheSame(t *testing.T) {
	for _, sample := range []any{
		map[string]string{}, map[mapKey]*mapItem{}, map[mapEnum]mapKey{}, map[int64]float64{}, map[uint64]*mapItem{},
		map[int8]bool{}, map[int16]int32{}, map[int]uint8{}, map[string]mapEnum{}, map[uint8]*string{},
		map[string][]byte{}, map[mapEnum][]mapItem{}, map[int64]map[string]mapItem{},
		map[float64]string{}, map[bool]int8{}, map[*mapStructKey]string{}, map[*mapItem][]int64{},
	} {
		_, ok := shapeOf(reflect.TypeOf(sample))
		require.True(t, ok, "%T", sample)
	}
	for _, sample := range []any{
		map[float32]int32{}, map[any]string{}, map[mapStructKey]string{}, map[*struct{}]string{}, map[chan int]string{},
		map[string]any{}, map[string]mapItem{}, map[string]func(){}, map[[8]byte]string{}, map[complex64]int8{},
	} {
		_, ok := shapeOf(reflect.TypeOf(sample))
		require.False(t, ok, "%T", sample)
	}
}

//lint:ignore U1000 only the shape counts
type mapStructKey struct{ a, b int32 }

func TestM9EntriesAreOrdinaryAndKeptAlive(t *testing.T) {
	const entries = 5000
	shape, ok := shapeOf(reflect.TypeFor[map[mapKey]*mapItem]())
	require.True(t, ok)
	var m map[mapKey]*mapItem
	shape.newMap(unsafe.Pointer(&m), 10)
	for i := range entries {
		key := mapKey(strings.Clone(fmt.Sprint("key ", i)))
		item := &mapItem{name: fmt.Sprint("item ", i), items: []*mapItem{{name: fmt.Sprint("inner ", i)}}}
		shape.insert(unsafe.Pointer(&m), unsafe.Pointer(&mapEntry[mapKey, *mapItem]{key, item}), 1)
		if i%1000 == 0 {
			runtime.GC()
		}
	}
	runtime.GC()
	require.Len(t, m, entries)
	for i := range entries {
		item := m[mapKey(fmt.Sprint("key ", i))]
		require.NotNil(t, item)
		require.Equal(t, fmt.Sprint("item ", i), item.name)
		require.Equal(t, fmt.Sprint("inner ", i), item.items[0].name)
		delete(m, mapKey(fmt.Sprint("key ", i)))
	}
	require.Empty(t, m)
}

// TestM9SelfTestRefusesKeysThatHashOtherwise is the control: a map of float keys seen as one of integers loses its entries, and the
// self-test says so.
func TestM9SelfTestRefusesKeysThatHashOtherwise(t *testing.T) {
	wrong := typedShape[uint64, string]{}
	m := map[float64]string{}
	keys := []float64{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}
	for _, key := range keys {
		value := fmt.Sprint(key)
		wrong.insert(unsafe.Pointer(&m), unsafe.Pointer(&mapEntry[float64, string]{key, value}), 1)
	}
	found := 0
	for _, key := range keys {
		if m[key] == fmt.Sprint(key) {
			found++
		}
	}
	require.Less(t, found, len(keys))
	require.False(t, codec.MapActsAs(reflect.TypeFor[map[float64]string](), wrong.mapType()))
	require.True(t, codec.MapActsAs(reflect.TypeFor[map[uint64]string](), wrong.mapType()))
}

// TestTypedShapesSort: entries move with their keys, whatever their order was.
func TestTypedShapesSort(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for n := range 80 {
		shape, _ := shapeOf(reflect.TypeFor[map[mapKey]*mapItem]())
		var texts []mapEntry[mapKey, *mapItem]
		for _, i := range random.Perm(n) {
			texts = append(texts, mapEntry[mapKey, *mapItem]{mapKey(fmt.Sprintf("%03d", i)), &mapItem{name: fmt.Sprint(i)}})
		}
		shape.sort(unsafe.Pointer(unsafe.SliceData(texts)), n)
		for i, e := range texts {
			require.Equal(t, mapEntry[mapKey, *mapItem]{mapKey(fmt.Sprintf("%03d", i)), &mapItem{name: fmt.Sprint(i)}}, e)
		}
		shape, _ = shapeOf(reflect.TypeFor[map[float64]uint16]())
		var doubles []mapEntry[float64, uint16]
		for _, i := range random.Perm(n) {
			key := float64(i)
			if i > n/2 {
				key = math.Float64frombits(0x7ff8_0000_0000_0000 + uint64(i/2)) // NaNs, some of them with the same bits
			}
			doubles = append(doubles, mapEntry[float64, uint16]{key, uint16(i)})
		}
		shape.sort(unsafe.Pointer(unsafe.SliceData(doubles)), n)
		for i := 1; i < n; i++ {
			require.LessOrEqual(t, codec.CompareDoubles(doubles[i-1].key, doubles[i].key), 0)
		}
		for _, e := range doubles {
			require.True(t, e.key == float64(e.element) || math.Float64bits(e.key) == 0x7ff8_0000_0000_0000+uint64(e.element/2))
		}
	}
	shape, _ := shapeOf(reflect.TypeFor[map[bool]int8]())
	flags := []mapEntry[bool, int8]{{true, 1}, {false, 0}}
	shape.sort(unsafe.Pointer(unsafe.SliceData(flags)), 2)
	require.Equal(t, []mapEntry[bool, int8]{{false, 0}, {true, 1}}, flags)
}
