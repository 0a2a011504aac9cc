//go:build linux && amd64

package amd64

import (
	"testing"
	"unsafe"

	. "github.com/tagwire/tagwire/backend_amd64/asm"
	"github.com/tagwire/tagwire/backend_amd64/nativetest"
	"github.com/tagwire/tagwire/ir/lower/lowertest"
)

// varintArguments are what the code of linkVarints takes; it leaves in to and from where the routine has come to.
type varintArguments struct{ to, from, count, end uintptr }

// linkVarints returns the address of code for nativetest.Call that runs a routine for varints.
func linkVarints(t testing.TB, routine *Function) uintptr {
	t.Helper()
	load := NewFunction("load")
	load.Emit(PUSH, W64, R(RAX))
	for n, p := range machine.BulkPlaces {
		load.Emit(MOV, W64, R(PReg(p)), M(RAX.Reg(), int32(8*n)))
	}
	load.Emit(CALL, W64, Far(1))
	load.Emit(POP, W64, R(RAX))
	for n, p := range machine.BulkPlaces[:2] {
		load.Emit(MOV, W64, M(RAX.Reg(), int32(8*n)), R(PReg(p)))
	}
	load.Emit(RET, W64)
	linked, err := Link([]*Code{mustAssemble(t, load), mustAssemble(t, routine)})
	if err != nil {
		t.Fatal(err)
	}
	return nativetest.Executable(t, linked.Bytes)
}

// hostVarints are the forms that the host can run.
func hostVarints(t testing.TB) (routines []lowertest.VarintRoutine) {
	for _, v := range varintVariants() {
		if !HostFeatures().Has(v.features) {
			t.Logf("%s does not run here, which has no %v: TestVarintsSimulated alone runs it", v.name, v.features&^HostFeatures())
			continue
		}
		t.Logf("%s runs natively on this processor", v.name)
		code := linkVarints(t, v.code)
		routines = append(routines, lowertest.VarintRoutine{Name: v.name, Op: v.op, Call: func(to, from []byte, count int, end uintptr) (uint64, uint64) {
			begin := varintArguments{lowertest.AddressOf(to), lowertest.AddressOf(from), uintptr(count), end}
			a := begin
			nativetest.Call(code, unsafe.Pointer(&a))
			return uint64(a.to - begin.to), uint64(a.from - begin.from)
		}})
	}
	return routines
}

func TestVarintsOnTheProcessor(t *testing.T) { lowertest.CheckVarintsOnTheProcessor(t, hostVarints(t)) }

func BenchmarkVarints(b *testing.B) { lowertest.BenchmarkVarints(b, hostVarints(b)) }
