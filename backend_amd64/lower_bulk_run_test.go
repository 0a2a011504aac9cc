//go:build linux && amd64

package amd64

import (
	"testing"
	"unsafe"

	. "github.com/tagwire/tagwire/backend_amd64/asm"
	"github.com/tagwire/tagwire/backend_amd64/nativetest"
	"github.com/tagwire/tagwire/ir/lower/lowertest"
)

// bulkArguments are what the code of linkBulk takes. failed is made 1 if the routine fails.
type bulkArguments struct{ to, from, count, failed uintptr }

// linkBulk returns the address of code for nativetest.Call that runs a bulk routine with its bulkArguments.
func linkBulk(t testing.TB, routine *Function) uintptr {
	t.Helper()
	const arguments = R8 // no routine changes it
	load := NewFunction("load")
	load.Emit(MOV, W64, R(arguments), R(RAX))
	for n, p := range []PReg{bulkTo, bulkFrom, bulkCount} {
		load.Emit(MOV, W64, R(p), M(RAX.Reg(), int32(8*n)))
	}
	load.Emit(JMP, W64, Far(1))
	fail := NewFunction("fail")
	fail.Emit(MOV, W64, M(arguments.Reg(), int32(unsafe.Offsetof(bulkArguments{}.failed))), Imm(1))
	fail.Emit(RET, W64)
	linked, err := Link([]*Code{mustAssemble(t, load), mustAssemble(t, routine), mustAssemble(t, fail)})
	if err != nil {
		t.Fatal(err)
	}
	return nativetest.Executable(t, linked.Bytes)
}

// hostRoutines are the variants that the host can run; the log says which these are, and which it cannot.
func hostRoutines(t testing.TB) (routines []lowertest.Routine) {
	for _, c := range bulkFeatures {
		if missing := c.features &^ HostFeatures(); missing != 0 {
			t.Logf("%s does not run here, which has no %v: TestBulkSimulated alone runs it", c.name, missing)
		} else {
			t.Logf("%s runs natively on this processor, with [%v]", c.name, c.features)
		}
	}
	for _, v := range bulkVariants() {
		if !HostFeatures().Has(v.features) {
			continue
		}
		code, arguments := linkBulk(t, v.code), new(bulkArguments)
		routines = append(routines, lowertest.Routine{Name: v.name, Op: v.op, Call: func(to, from []byte, count int) bool {
			*arguments = bulkArguments{lowertest.AddressOf(to), lowertest.AddressOf(from), uintptr(count), 0}
			nativetest.Call(code, unsafe.Pointer(arguments))
			return arguments.failed != 0
		}})
	}
	return routines
}

// TestBulkOnTheProcessor runs each variant that the host can on each count, from and to each alignment.
func TestBulkOnTheProcessor(t *testing.T) { lowertest.CheckOnTheProcessor(t, hostRoutines(t)) }

// TestMovesOnTheProcessor: the ranges of a move overlap.
func TestMovesOnTheProcessor(t *testing.T) { lowertest.CheckMovesOnTheProcessor(t, hostRoutines(t)) }

// TestLongBulk goes beyond what every alignment was tried with.
func TestLongBulk(t *testing.T) { lowertest.CheckLong(t, hostRoutines(t)) }

// TestNarrowRefuses: each element that is too large is found, wherever it is.
func TestNarrowRefuses(t *testing.T) { lowertest.CheckRefuses(t, hostRoutines(t)) }

// TestGuardsFault: the bytes around the memory of the other tests are out of reach.
func TestGuardsFault(t *testing.T) { lowertest.CheckGuards(t) }

func BenchmarkBulk(b *testing.B) { lowertest.BenchmarkRoutines(b, hostRoutines(b)) }
