package tagwire_test

import (
	"fmt"
	"reflect"
	"runtime"
	"testing"

	"github.com/tagwire/tagwire"
	"github.com/tagwire/tagwire/fuzz/harness"
)

// droppedTypes is how many types are made and dropped to find out what one leaves behind.
const droppedTypes = 200

// droppedType makes a struct type of seven fields that nothing refers to when the caller is done with it.
func droppedType(n int, kind string) reflect.Type {
	types := []reflect.Type{
		reflect.TypeFor[int64](), reflect.TypeFor[string](), reflect.TypeFor[[]byte](), reflect.TypeFor[float64](),
		reflect.TypeFor[bool](), reflect.TypeFor[[]int32](), reflect.TypeFor[map[string]string](),
	}
	texts := []string{"i64", "string", "binary", "double", "bool", "list<i32>", "map<string:string>"}
	fields := make([]reflect.StructField, len(types))
	for i, t := range types {
		tag := fmt.Sprintf(`frugal:"%d,default,%s"`, i+1, texts[i])
		fields[i] = reflect.StructField{Name: fmt.Sprintf("%s%dField%d", kind, n, i), Type: t, Tag: reflect.StructTag(tag)}
	}
	return reflect.StructOf(fields)
}

// liveHeap is what the heap holds, with all that pools keep.
func liveHeap() uint64 {
	for range 3 {
		runtime.GC()
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// TestMemoryOfTypes measures what a type takes that was made at run time, used and dropped: by itself, with an engine on
// reflection, and with native code. docs/thrift.md has the figures; what is asserted are bounds far above them.
func TestMemoryOfTypes(t *testing.T) {
	measure := func(kind string, use func(reflect.Type)) (heap, code int) {
		use(droppedType(droppedTypes, kind)) // what is made once
		before, stats := liveHeap(), tagwire.Stats()
		for n := range droppedTypes {
			use(droppedType(n, kind))
		}
		after := tagwire.Stats()
		return int(liveHeap()-before) / droppedTypes, (after.MappedBytes - stats.MappedBytes) / droppedTypes
	}
	made, _ := measure("Made", func(reflect.Type) {})
	encode := func(engine tagwire.Engine) func(reflect.Type) {
		return func(goType reflect.Type) {
			codec, err := tagwire.CodecOf(goType, tagwire.WithEngine(engine))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := codec.Append(nil, reflect.New(goType).Interface()); err != nil {
				t.Fatal(err)
			}
		}
	}
	reflected, _ := measure("Reflected", encode(tagwire.Reflect))
	t.Logf("a struct type of seven fields: %d bytes of heap by itself, %d more with its plans", made, reflected-made)
	if reflected-made > 32<<10 {
		t.Errorf("%d bytes of heap for the plans of a type", reflected-made)
	}
	if !harness.HasNative() {
		return
	}
	compiled, code := measure("Compiled", encode(tagwire.Native))
	t.Logf("with native code: %d more bytes of heap, %d bytes mapped for code", compiled-reflected, code)
	if compiled-reflected > 32<<10 || code > 64<<10 {
		t.Errorf("%d bytes of heap and %d of code for the native code of a type", compiled-reflected, code)
	}
}
