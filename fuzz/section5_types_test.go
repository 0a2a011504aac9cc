package fuzz

import (
	"reflect"
	"runtime"
	"testing"

	"github.com/tagwire/tagwire"
	"github.com/tagwire/tagwire/fuzz/cases"
	"github.com/tagwire/tagwire/fuzz/effort"
	"github.com/tagwire/tagwire/fuzz/harness"
)

// Case 24: very many types are compiled into bounded memory, each into little of it. (That 64 goroutines compile a type
// once is a test of the root package.)
func TestCase24ManyTypes(t *testing.T) {
	count := shortOrLong(effort.Of(200, 50), 3000)
	const (
		firstSeed   = 1 << 32 // types of no other test
		codePerType = 64 << 10
		// heapPerType bounds what stays on the heap: plan, tables, and what package reflect has made of the type.
		heapPerType = 256 << 10
	)
	types := make([]reflect.Type, count)
	for n := range types {
		types[n] = cases.RandomType(firstSeed + uint64(n))
	}
	before, heap := tagwire.Stats(), heapInUse()
	if err := tagwire.Compile(types...); err != nil {
		t.Fatal(err)
	}
	after := tagwire.Stats()
	if kept := heapInUse() - heap; kept > int64(count)*heapPerType {
		t.Errorf("%d types keep %d bytes", count, kept)
	}
	runtime.KeepAlive(types)
	if !harness.HasNative() {
		return
	}
	compiled, code := after.NativeTypes-before.NativeTypes, after.CodeBytes-before.CodeBytes
	if compiled < count*9/10 || compiled > count { // a few are equal
		t.Errorf("%d of %d types were compiled", compiled, count)
	}
	if code > count*codePerType {
		t.Errorf("%d types have %d bytes of code", count, code)
	}
	t.Logf("%d types: %d bytes of code, %v", compiled, code, after.CompileTime-before.CompileTime)
	if err := tagwire.Compile(types...); err != nil || tagwire.Stats().CodeBytes != after.CodeBytes {
		t.Errorf("compiled again, %v", err)
	}
}

// heapInUse returns the bytes of live objects.
func heapInUse() int64 {
	runtime.GC()
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return int64(stats.HeapAlloc)
}
