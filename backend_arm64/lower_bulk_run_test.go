//go:build linux && arm64

package arm64

import (
	"testing"
	"unsafe"

	. "github.com/tagwire/tagwire/backend_arm64/asm"
	"github.com/tagwire/tagwire/backend_arm64/nativetest"
	"github.com/tagwire/tagwire/ir/lower/lowertest"
)

// bulkArguments are what the code of linkBulk takes. failed is made 1 if the routine fails.
type bulkArguments struct{ to, from, count, failed uintptr }

// linkBulk returns the address of code for nativetest.Call that runs a bulk routine with its bulkArguments.
func linkBulk(t testing.TB, routine *Function) uintptr {
	t.Helper()
	const arguments = R8 // no routine changes it
	load := NewFunction("load")
	load.Emit(MOV, W64, R(arguments), R(R0))
	for n, p := range []PReg{bulkTo, bulkFrom, bulkCount} {
		load.Emit(LDR, W64, R(p), M(arguments.Reg(), int32(8*n)))
	}
	load.Emit(B, W64, Far(1))
	fail := NewFunction("fail")
	fail.SetConstant(R9.Reg(), 1)
	fail.Emit(STR, W64, R(R9), M(arguments.Reg(), int32(unsafe.Offsetof(bulkArguments{}.failed))))
	fail.Emit(RET, W64)
	return linkNative(t, load, routine, fail)
}

// nativeRoutines are the variants as code that runs.
func nativeRoutines(t testing.TB) (routines []lowertest.Routine) {
	for _, v := range bulkVariants() {
		code, arguments := linkBulk(t, v.code), new(bulkArguments)
		routines = append(routines, lowertest.Routine{Name: v.code.Name, Op: v.op, Call: func(to, from []byte, count int) bool {
			*arguments = bulkArguments{lowertest.AddressOf(to), lowertest.AddressOf(from), uintptr(count), 0}
			nativetest.Call(code, unsafe.Pointer(arguments))
			return arguments.failed != 0
		}})
	}
	return routines
}

// TestBulkOnTheProcessor runs each routine on each count, from and to each alignment.
func TestBulkOnTheProcessor(t *testing.T) { lowertest.CheckOnTheProcessor(t, nativeRoutines(t)) }

// TestMovesOnTheProcessor: the ranges of a move overlap.
func TestMovesOnTheProcessor(t *testing.T) { lowertest.CheckMovesOnTheProcessor(t, nativeRoutines(t)) }

// TestLongBulk goes beyond what every alignment was tried with.
func TestLongBulk(t *testing.T) { lowertest.CheckLong(t, nativeRoutines(t)) }

// TestNarrowRefuses: each element that is too large is found, wherever it is.
func TestNarrowRefuses(t *testing.T) { lowertest.CheckRefuses(t, nativeRoutines(t)) }

// TestGuardsFault: the bytes around the memory of the other tests are out of reach.
func TestGuardsFault(t *testing.T) { lowertest.CheckGuards(t) }

func BenchmarkBulk(b *testing.B) { lowertest.BenchmarkRoutines(b, nativeRoutines(b)) }
