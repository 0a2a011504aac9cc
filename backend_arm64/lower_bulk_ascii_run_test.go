//go:build linux && arm64

package arm64

import (
	"testing"
	"unsafe"

	"github.com/tagwire/tagwire/backend_arm64/nativetest"
	"github.com/tagwire/tagwire/ir/lower/lowertest"
)

// nativeASCII is the search as code that runs.
func nativeASCII(t testing.TB) []lowertest.ASCIIRoutine {
	v := asciiRoutine()
	code := linkVarints(t, v.code)
	return []lowertest.ASCIIRoutine{{Name: v.code.Name, Call: func(text []byte) uint64 {
		begin := lowertest.AddressOf(text)
		a := varintArguments{to: begin, from: begin + uintptr(len(text))}
		nativetest.Call(code, unsafe.Pointer(&a))
		return uint64(a.to - begin)
	}}}
}

func TestASCIIOnTheProcessor(t *testing.T) { lowertest.CheckASCIIOnTheProcessor(t, nativeASCII(t)) }

func BenchmarkASCII(b *testing.B) { lowertest.BenchmarkASCII(b, nativeASCII(b)) }
