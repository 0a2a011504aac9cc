//go:build linux && amd64

package amd64

import (
	"testing"
	"unsafe"

	. "github.com/tagwire/tagwire/backend_amd64/asm"
	"github.com/tagwire/tagwire/backend_amd64/nativetest"
	"github.com/tagwire/tagwire/ir"
	"github.com/tagwire/tagwire/ir/lower/lowertest"
)

// hostASCII are the forms of the search that the host can run.
func hostASCII(t testing.TB) (routines []lowertest.ASCIIRoutine) {
	for _, v := range asciiVariants() {
		if !HostFeatures().Has(v.features) {
			t.Logf("%s does not run here, which has no %v: TestASCIISimulated alone runs it", v.name, v.features&^HostFeatures())
			continue
		}
		code := linkVarints(t, v.code)
		routines = append(routines, lowertest.ASCIIRoutine{Name: v.name, Call: func(text []byte) uint64 {
			begin := lowertest.AddressOf(text)
			a := varintArguments{to: begin, from: begin + uintptr(len(text))}
			nativetest.Call(code, unsafe.Pointer(&a))
			return uint64(a.to - begin)
		}})
	}
	return routines
}

func TestASCIIOnTheProcessor(t *testing.T) { lowertest.CheckASCIIOnTheProcessor(t, hostASCII(t)) }

func TestASCIICopiesOnTheProcessor(t *testing.T) {
	var copies []lowertest.ASCIICopy
	for _, v := range bulkVariants() {
		if v.op == ir.CopyASCII && HostFeatures().Has(v.features) {
			code := linkVarints(t, v.code)
			copies = append(copies, lowertest.ASCIICopy{Name: v.name, Call: func(to, from []byte) uint64 {
				a := varintArguments{to: lowertest.AddressOf(to), from: lowertest.AddressOf(from), count: uintptr(len(from))}
				nativetest.Call(code, unsafe.Pointer(&a))
				return uint64(a.to)
			}})
		}
	}
	lowertest.CheckASCIICopiesOnTheProcessor(t, copies)
}

func BenchmarkASCII(b *testing.B) { lowertest.BenchmarkASCII(b, hostASCII(b)) }
