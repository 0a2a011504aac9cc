package harness

import (
	"fmt"
	"math/bits"
	"reflect"
	"runtime"
	"testing"

	"github.com/tagwire/tagwire"
	"github.com/tagwire/tagwire/fuzz/cases"
)

// slack is what a decode may allocate beyond the multiple of the value's own size.
const slack = 64 << 10

// largestStruct is more than any struct of the corpus takes in memory, in bytes. On the wire it may take one.
const largestStruct = 1024

// CheckAllocation decodes the input of a case and fails the test if that allocates more in total than four
// times, plus 64 KiB, what building the same value by hand takes. What is decoded and then replaced, by the
// same field or map key further on, is not in the value: there the bound follows from the length of the input. The same holds for
// an arena that has no memory yet.
func CheckAllocation(t testing.TB, e Engine, c cases.Case, input []byte) {
	t.Helper()
	codec := codecOf(t, e, c, false)
	for way, decode := range map[string]func([]byte, any) (int, error){"decode": codec.decode, "arena": func(data []byte, target any) (int, error) {
		return codec.decodeIn(new(tagwire.Arena), data, target)
	}} {
		if excess := excessOf(decode, e.Format, c, input); excess != "" {
			t.Fatalf("%s, %s, %s, %s: %s", e.Name, c.Name, way, preview(input), excess)
		}
	}
}

// attempts is how often an excess must repeat itself: the counters are the whole process's.
const attempts = 3

func excessOf(decode func(data []byte, target any) (int, error), format tagwire.Format, c cases.Case, input []byte) (excess string) {
	for range attempts {
		target := c.New()
		allocated := Allocated(func() { _, _ = decode(input, target) })
		bound := 4*ByHand(target) + slack
		if repeats(format, c.Type, input) {
			bound += 4 * largestStruct * uint64(len(input))
		}
		if allocated <= bound {
			return ""
		}
		excess = fmt.Sprintf("allocated %d bytes, the bound is %d", allocated, bound)
	}
	return excess
}

// Allocated returns the bytes that f allocates in all.
func Allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// LeastAllocated is the least that Allocated returns for some calls of f: the counters are those of the whole process, and the
// runtime allocates now and then, too.
func LeastAllocated(f func()) uint64 {
	least := Allocated(f)
	for range 4 {
		least = min(least, Allocated(f))
	}
	return least
}

// Kept returns the bytes of heap that f leaves alive through what it returns.
func Kept(f func() any) uint64 {
	var before, after runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&before)
	value := f()
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&after)
	runtime.KeepAlive(value)
	if after.HeapAlloc < before.HeapAlloc {
		return 0
	}
	return after.HeapAlloc - before.HeapAlloc
}

// ByHand returns the bytes it takes to build what target, a pointer to struct, points to: exact makes,
// presized maps. The struct itself is the caller's and not counted.
func ByHand(target any) uint64 { return beyond(reflect.ValueOf(target).Elem()) }

// beyond counts what lies behind a value's own words.
func beyond(v reflect.Value) uint64 {
	switch v.Kind() {
	case reflect.String:
		return object(uint64(v.Len()))
	case reflect.Interface:
		return beyond(v.Elem())
	case reflect.Pointer:
		if v.IsNil() {
			return 0
		}
		return object(uint64(v.Type().Elem().Size())) + beyond(v.Elem())
	case reflect.Slice:
		size := object(uint64(v.Cap()) * uint64(v.Type().Elem().Size()))
		if v.Type().Elem().Kind() != reflect.Uint8 {
			for i := range v.Len() {
				size += beyond(v.Index(i))
			}
		}
		return size
	case reflect.Struct:
		var size uint64
		for i := range v.NumField() {
			size += beyond(v.Field(i))
		}
		return size
	case reflect.Map:
		return mapBytes(v)
	}
	return 0
}

// object returns what the allocator gives for a request, roughly: size classes are multiples of 8.
func object(size uint64) uint64 { return (size + 7) &^ 7 }

// mapBytes returns the size of a presized Go map: groups of eight slots, seven of them used when full.
// Keys and values over 128 bytes lie outside.
func mapBytes(v reflect.Value) uint64 {
	if v.IsNil() {
		return 0
	}
	const header, groupSlots, inPlace = 48, 8, 128
	var size, slot uint64 = header, 0
	entries := uint64(v.Len())
	for _, t := range []reflect.Type{v.Type().Key(), v.Type().Elem()} {
		if t.Size() > inPlace {
			slot += 8
			size += entries * object(uint64(t.Size()))
		} else {
			slot += object(uint64(t.Size()))
		}
	}
	slots := uint64(groupSlots)
	if entries > groupSlots {
		slots = 1 << bits.Len64(entries*8/7)
	}
	if entries > 0 {
		size += slots * (slot + 1)
	}
	for iterator := v.MapRange(); iterator.Next(); {
		size += beyond(iterator.Key()) + beyond(iterator.Value())
	}
	return size
}
