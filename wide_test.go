package tagwire_test

import (
	"flag"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/tagwire/tagwire"
	"github.com/tagwire/tagwire/fuzz/harness"
)

var long = flag.Bool("long", false, "run the long forms of tests")

// wide returns a struct type with n fields of a type.
func wide(n int, t reflect.Type, text string) reflect.Type {
	fields := make([]reflect.StructField, n)
	for i := range fields {
		fields[i] = reflect.StructField{Name: fmt.Sprint("Field", i), Type: t, Tag: reflect.StructTag(fmt.Sprintf(`frugal:"%d,default,%s"`, i, text))}
	}
	return reflect.StructOf(fields)
}

// deepMap returns a map in which maps lie so deep.
func deepMap(depth int) reflect.Type {
	t := reflect.TypeFor[int8]()
	for range depth {
		t = reflect.MapOf(reflect.TypeFor[bool](), t)
	}
	return t
}

// TestTypesTooWideForNativeCode: what would take seconds and gigabytes to compile is left to reflection at once, with a reason
// that one can read, and works there.
func TestTypesTooWideForNativeCode(t *testing.T) {
	holder := func(structs int) reflect.Type {
		fields := make([]reflect.StructField, structs)
		for i := range fields {
			inner := wide(1000+i, reflect.TypeFor[int64](), "") // each another type
			fields[i] = reflect.StructField{Name: fmt.Sprint("S", i), Type: reflect.PointerTo(inner), Tag: reflect.StructTag(fmt.Sprintf(`frugal:"%d"`, i))}
		}
		return reflect.StructOf(fields)
	}
	const one, all = "native code is for structs of at most 4096 values", "native code is for at most 16384 values in all structs of a type"
	for name, test := range map[string]struct {
		goType reflect.Type
		reason string
	}{
		"as many fields as there are ids": {wide(1<<16, reflect.TypeFor[int64](), ""), one},
		"one field too many":              {wide(4097, reflect.TypeFor[string](), "string"), one},
		"lists":                           {wide(2049, reflect.TypeFor[[]int32](), "set<i32>"), one},
		"maps":                            {wide(1366, reflect.TypeFor[map[int8]int8](), ""), one},
		"small structs":                   {wide(500, reflect.TypeFor[*tree](), "tree"), one},
		"deep maps":                       {wide(4, deepMap(100), ""), one},
		"inner struct": {reflect.StructOf([]reflect.StructField{
			{Name: "Inner", Type: reflect.SliceOf(wide(5000, reflect.TypeFor[bool](), "bool")), Tag: `frugal:"1,default,list<Inner>"`},
		}), one},
		"many structs": {holder(17), all},
	} {
		t.Run(name, func(t *testing.T) {
			var info tagwire.EngineInfo
			allocated := harness.LeastAllocated(func() { info = tagwire.EngineOf(test.goType) })
			if info.Engine == tagwire.Native || info.CodeBytes != 0 || len(info.Reason) > 1000 || harness.HasNative() && !strings.Contains(info.Reason, test.reason) {
				t.Errorf("engine %v, %d bytes of code, reason %q", info.Engine, info.CodeBytes, info.Reason)
			}
			if allocated > 1<<20 {
				t.Errorf("saying so takes %d bytes", allocated)
			}
			if _, err := tagwire.CodecOf(test.goType, tagwire.WithEngine(tagwire.Native)); err == nil || len(err.Error()) > 2000 {
				t.Errorf("native code is required: %.2000v", err)
			}
			codec, err := tagwire.CodecOf(test.goType, tagwire.WithEngine(tagwire.Reflect))
			if err != nil {
				t.Fatal(err)
			}
			data, err := codec.Append(nil, reflect.New(test.goType).Interface())
			if err != nil {
				t.Fatal(err)
			}
			back := reflect.New(test.goType).Interface()
			if n, err := codec.Decode(data, back); n != len(data) || err != nil {
				t.Errorf("%d of %d bytes, %v", n, len(data), err)
			}
			if _, err := codec.Decode(data[:len(data)-1], back); err == nil || len(err.Error()) > 1000 {
				t.Errorf("a cut message: %.2000v", err)
			}
			if _, err := codec.Decode(data, 0); err == nil || len(err.Error()) > 1000 {
				t.Errorf("another type: %.2000v", err)
			}
			if _, err := codec.Encode(nil, &leaf{}); err == nil || len(err.Error()) > 1000 {
				t.Errorf("another type: %.2000v", err)
			}
		})
	}
}

// TestWideTypesWithinTheBounds are compiled.
func TestWideTypesWithinTheBounds(t *testing.T) {
	if !*long || !harness.HasNative() {
		return
	}
	for _, goType := range []reflect.Type{wide(4096, reflect.TypeFor[int32](), "i32"), wide(1, deepMap(60), "")} {
		if info := tagwire.EngineOf(goType); info.Engine != tagwire.Native {
			t.Errorf("%s", info.Reason)
		}
	}
}
