package main

import (
	"fmt"

	"github.com/cloudwego/gopkg/protocol/thrift"

	apacheshapes "github.com/tagwire/tagwire/bench/apachegen/shapes"
	"github.com/tagwire/tagwire/bench/kitexgen/shapes"
)

// mapSizes are the sizes of maps that are measured, where there are as many keys. A quick run measures quickSize.
var mapSizes = []int{0, 1, quickSize, 64, 1000}

const quickSize = 8

// mapDefinitions are maps to i64, a family for each kind of key.
func mapDefinitions() (list []definition) {
	add := func(family []definition) { list = append(list, family...) }
	add(mapFamily[apacheshapes.MapBool, segmentMap[bool], shapes.MapBool]("bool", 2, mapOf[shapes.MapBool, bool]{
		values: func(v *shapes.MapBool) *map[bool]int64 { return &v.Values },
		key:    func(i int) bool { return i%2 == 1 },
	}))
	add(mapFamily[apacheshapes.MapI8, segmentMap[int8], shapes.MapI8]("i8", 256, mapOf[shapes.MapI8, int8]{
		values: func(v *shapes.MapI8) *map[int8]int64 { return &v.Values },
		key:    func(i int) int8 { return int8(37 * i) },
	}))
	add(mapFamily[apacheshapes.MapI16, segmentMap[int16], shapes.MapI16]("i16", 1000, mapOf[shapes.MapI16, int16]{
		values: func(v *shapes.MapI16) *map[int16]int64 { return &v.Values },
		key:    func(i int) int16 { return int16(32767 * i) },
	}))
	add(mapFamily[apacheshapes.MapI32, segmentMap[int32], shapes.MapI32]("i32", 1000, mapOf[shapes.MapI32, int32]{
		values: func(v *shapes.MapI32) *map[int32]int64 { return &v.Values },
		key:    func(i int) int32 { return int32(long(i) >> 16) },
	}))
	add(mapFamily[apacheshapes.MapI64, segmentMap[int64], shapes.MapI64]("i64", 1000, mapOf[shapes.MapI64, int64]{
		values: func(v *shapes.MapI64) *map[int64]int64 { return &v.Values },
		key:    long,
	}))
	add(mapFamily[apacheshapes.MapDouble, segmentMap[float64], shapes.MapDouble]("double", 1000, mapOf[shapes.MapDouble, float64]{
		values: func(v *shapes.MapDouble) *map[float64]int64 { return &v.Values },
		key:    double,
	}))
	add(mapFamily[apacheshapes.MapText, segmentMap[string], shapes.MapText]("string", 1000, mapOf[shapes.MapText, string]{
		values: func(v *shapes.MapText) *map[string]int64 { return &v.Values },
		key:    func(i int) string { return text(i, 12+i%9) },
		copyKeys: func(target, source []string, m *memory) {
			for i, key := range source {
				target[i] = m.text(key)
			}
		},
		gatherKey: func(buf []byte, key string) int { return copy(buf, key) },
	}))
	add(mapFamily[apacheshapes.MapEnum, segmentMap[int32], shapes.MapEnum]("enum", 1000, mapOf[shapes.MapEnum, shapes.Grade]{
		values: func(v *shapes.MapEnum) *map[shapes.Grade]int64 { return &v.Values },
		key:    func(i int) shapes.Grade { return shapes.Grade(i) },
	}))
	add(mapFamily[apacheshapes.MapStruct, segmentMap[*segmentKey], shapes.MapStruct]("struct", 1000, mapOf[shapes.MapStruct, *shapes.Key]{
		values: func(v *shapes.MapStruct) *map[*shapes.Key]int64 { return &v.Values },
		key:    func(i int) *shapes.Key { return &shapes.Key{Long: long(i), Text: text(i, 12+i%9)} },
		copyKeys: func(target, source []*shapes.Key, m *memory) {
			keys := make([]shapes.Key, len(source))
			for i, key := range source {
				keys[i] = shapes.Key{Long: key.Long, Text: m.text(key.Text)}
				target[i] = &keys[i]
			}
		},
		gatherKey: func(buf []byte, key *shapes.Key) int { return copy(buf, key.Text) },
	}))
	return list
}

// mapOf is what the cases of a kind of key differ in.
type mapOf[T any, K comparable] struct {
	values func(v *T) *map[K]int64 // the field
	key    func(i int) K           // all are different

	// For the work by hand, where keys are more than numbers.
	copyKeys  func(target, source []K, m *memory)
	gatherKey func(buf []byte, key K) int
}

// mapFamily makes the cases of a kind of key, of which there are only so many keys.
func mapFamily[A, S, T any, K comparable, PA apacheMessage[A], P fastMessage[T]](kind string, keys int, of mapOf[T, K]) (family []definition) {
	last := -1
	for _, size := range mapSizes {
		count := min(size, keys)
		if count == last {
			continue
		}
		family = append(family, definition{
			name:     fmt.Sprintf("maps-%s-%d", kind, count),
			group:    real,
			family:   "maps-" + kind,
			long:     size != quickSize,
			elements: count,
			make: defineSubject[A, S, T, T, PA, P](translate[A, PA], func() (subject[T, T], error) {
				value, floor := of.make(count)
				return subject[T, T]{value: value, fast: value, binary: thrift.FastMarshal(P(value)), floor: floor}, nil
			}),
		})
		last = count
	}
	return family
}

// make makes a value with a map of count entries.
func (of mapOf[T, K]) make(count int) (*T, floored[T]) {
	value, floor := new(T), &mapFloor[T, K]{of: of, scratch: make([]K, count)}
	floor.entries = make(map[K]int64, count)
	for i := range count {
		floor.keys, floor.numbers = append(floor.keys, of.key(i)), append(floor.numbers, long(count+i))
		floor.entries[floor.keys[i]] = floor.numbers[i]
	}
	*of.values(value) = floor.entries
	return value, floor
}

// mapFloor is what is left of a map when nothing is encoded or decoded: Go's loop over it, and filling one from lists.
type mapFloor[T any, K comparable] struct {
	of      mapOf[T, K]
	entries map[K]int64
	keys    []K
	numbers []int64
	scratch []K // the copied keys
}

func (f *mapFloor[T, K]) copyTo(target *T, m *memory) {
	keys, entries := f.keys, make(map[K]int64, len(f.keys))
	if f.of.copyKeys != nil {
		keys = f.scratch
		f.of.copyKeys(keys, f.keys, m)
	}
	for i, key := range keys {
		entries[key] = f.numbers[i]
	}
	*f.of.values(target) = entries
}

func (f *mapFloor[T, K]) gather(buf []byte) (n int) {
	if f.of.gatherKey == nil {
		for _, number := range f.entries {
			n += int(number) & 1
		}
		return n
	}
	for key, number := range f.entries {
		n += f.of.gatherKey(buf[n:], key) + int(number)&1
	}
	return n
}
