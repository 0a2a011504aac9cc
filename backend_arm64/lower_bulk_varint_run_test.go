//go:build linux && arm64

package arm64

import (
	"testing"
	"unsafe"

	. "github.com/tagwire/tagwire/backend_arm64/asm"
	"github.com/tagwire/tagwire/backend_arm64/nativetest"
	"github.com/tagwire/tagwire/ir/lower"
	"github.com/tagwire/tagwire/ir/lower/lowertest"
)

// varintArguments are what the code of linkVarints takes; it leaves in to and from where the routine has come to.
type varintArguments struct{ to, from, count, end uintptr }

// linkVarints returns the address of code for nativetest.Call that runs a routine for varints.
func linkVarints(t testing.TB, routine *Function) uintptr {
	t.Helper()
	const arguments = R15 // no routine changes it
	load := NewFunction("load")
	load.Emit(STR, W64, R(LinkReg), PreIndexed(SP, -16))
	load.Emit(MOV, W64, R(arguments), R(R0))
	load.Emit(LDP, W64, R(bulkCount), R(varintEnd), M(arguments.Reg(), 16))
	load.Emit(LDP, W64, R(bulkTo), R(bulkFrom), M(arguments.Reg(), 0))
	load.Emit(BL, W64, Far(1))
	load.Emit(STP, W64, R(bulkTo), R(bulkFrom), M(arguments.Reg(), 0))
	load.Emit(LDR, W64, R(LinkReg), PostIndexed(SP, 16))
	load.Emit(RET, W64)
	return linkNative(t, load, routine)
}

// linkNative returns the address of the first of some functions, which call each other by their places here.
func linkNative(t testing.TB, functions ...*Function) uintptr {
	t.Helper()
	var codes []*lower.Code
	for _, f := range functions {
		code, err := new(Assembler).Assemble(f)
		if err != nil {
			t.Fatal(err)
		}
		codes = append(codes, code)
	}
	linked, err := Link(codes)
	if err != nil {
		t.Fatal(err)
	}
	return nativetest.Executable(t, linked.Bytes)
}

// nativeVarints are the routines as code that runs.
func nativeVarints(t testing.TB) (routines []lowertest.VarintRoutine) {
	for _, v := range varintRoutines() {
		code := linkVarints(t, v.code)
		routines = append(routines, lowertest.VarintRoutine{Name: v.code.Name, Op: v.op, Call: func(to, from []byte, count int, end uintptr) (uint64, uint64) {
			begin := varintArguments{lowertest.AddressOf(to), lowertest.AddressOf(from), uintptr(count), end}
			a := begin
			nativetest.Call(code, unsafe.Pointer(&a))
			return uint64(a.to - begin.to), uint64(a.from - begin.from)
		}})
	}
	return routines
}

func TestVarintsOnTheProcessor(t *testing.T) {
	lowertest.CheckVarintsOnTheProcessor(t, nativeVarints(t))
}

func BenchmarkVarints(b *testing.B) { lowertest.BenchmarkVarints(b, nativeVarints(b)) }
