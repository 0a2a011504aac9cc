//go:build linux && arm64

package arm64

import (
	"testing"
	"unsafe"

	"github.com/tagwire/tagwire/backend_arm64/nativetest"
	"github.com/tagwire/tagwire/ir"
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

func TestASCIICopiesOnTheProcessor(t *testing.T) {
	var copies []lowertest.ASCIICopy
	for _, v := range bulkVariants() {
		if v.op == ir.CopyASCII {
			code := linkVarints(t, v.code)
			copies = append(copies, lowertest.ASCIICopy{Name: v.code.Name, Call: func(to, from []byte) uint64 {
				a := varintArguments{to: lowertest.AddressOf(to), from: lowertest.AddressOf(from), count: uintptr(len(from))}
				nativetest.Call(code, unsafe.Pointer(&a))
				return uint64(a.to)
			}})
		}
	}
	lowertest.CheckASCIICopiesOnTheProcessor(t, copies)
}

func BenchmarkASCII(b *testing.B) { lowertest.BenchmarkASCII(b, nativeASCII(b)) }
