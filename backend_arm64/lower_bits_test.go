//go:build linux && arm64

package arm64

import (
	"testing"
	"unsafe"

	. "github.com/tagwire/tagwire/backend_arm64/asm"
	"github.com/tagwire/tagwire/backend_arm64/nativetest"
	"github.com/tagwire/tagwire/ir"
	"github.com/tagwire/tagwire/ir/lower"
	"github.com/tagwire/tagwire/ir/lower/lowertest"
)

// TestBitsOnTheProcessor runs each op on bits.
func TestBitsOnTheProcessor(t *testing.T) {
	lowertest.CheckBits(t, func(f *ir.Func) func(a, b uint64) uint64 {
		code := linkWords(t, f)
		return func(a, b uint64) uint64 {
			words := [3]uint64{a, b}
			nativetest.Call(code, unsafe.Pointer(&words))
			return words[2]
		}
	})
}

// linkWords returns the address of code for nativetest.Call that runs f with two words as arguments and its result behind them.
func linkWords(t testing.TB, f *ir.Func) uintptr {
	t.Helper()
	lowered, err := (&Lowerer{Settings: lower.Settings{Check: true}}).Lower(f)
	if err != nil {
		t.Fatal(err)
	}
	load := NewFunction("load")
	load.Emit(STP, W64, R(LinkReg), R(R0), PreIndexed(SP, -16))
	load.Emit(LDR, W64, R(R16), M(R0.Reg(), 8))
	load.Emit(LDR, W64, R(R0), M(R0.Reg(), 0))
	if first, second := PReg(machine.Convention.Arguments[0]), PReg(machine.Convention.Arguments[1]); first != R0 || second == R0 {
		t.Fatalf("the arguments are in %v and %v", first, second)
	}
	load.Emit(MOV, W64, R(PReg(machine.Convention.Arguments[1])), R(R16))
	load.Emit(BL, W64, Far(1))
	load.Emit(MOV, W64, R(R16), R(PReg(machine.Convention.Results[0])))
	load.Emit(LDP, W64, R(LinkReg), R(R0), PostIndexed(SP, 16))
	load.Emit(STR, W64, R(R16), M(R0.Reg(), 16))
	load.Emit(RET, W64)
	return linkNative(t, load, lowered)
}
