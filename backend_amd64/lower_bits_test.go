//go:build linux && amd64

package amd64

import (
	"strings"
	"testing"
	"unsafe"

	. "github.com/tagwire/tagwire/backend_amd64/asm"
	"github.com/tagwire/tagwire/backend_amd64/nativetest"
	"github.com/tagwire/tagwire/ir"
	"github.com/tagwire/tagwire/ir/lower"
	"github.com/tagwire/tagwire/ir/lower/lowertest"
)

// TestBitsOnTheProcessor runs each op on bits, in each form that the host can run.
func TestBitsOnTheProcessor(t *testing.T) {
	host := HostFeatures()
	for _, features := range []Features{0, host & HasBMI1, host & (HasLZCNT | HasBMI1 | HasBMI2), host} {
		lowertest.CheckBits(t, func(f *ir.Func) func(a, b uint64) uint64 {
			code := linkBits(t, f, features)
			return func(a, b uint64) uint64 {
				words := [3]uint64{a, b}
				nativetest.Call(code, unsafe.Pointer(&words))
				return words[2]
			}
		})
		t.Logf("ran natively on this processor, with [%v]", features)
	}
}

// linkBits returns the address of code for nativetest.Call that runs f with two words as arguments and its result behind them.
func linkBits(t *testing.T, f *ir.Func, features Features) uintptr {
	t.Helper()
	load := NewFunction("load")
	load.Emit(PUSH, W64, R(RAX))
	load.Emit(MOV, W64, R(R11), R(RAX))
	for n := range 2 {
		load.Emit(MOV, W64, R(PReg(machine.Convention.Arguments[n])), M(R11.Reg(), int32(8*n)))
	}
	load.Emit(CALL, W64, Far(1))
	load.Emit(MOV, W64, R(R11), R(PReg(machine.Convention.Results[0])))
	load.Emit(POP, W64, R(RAX))
	load.Emit(MOV, W64, M(RAX.Reg(), 16), R(R11))
	load.Emit(RET, W64)
	lowered, err := (&Lowerer{Features: features, Settings: lower.Settings{Check: true}}).Lower(f)
	if err != nil {
		t.Fatal(err)
	}
	code, err := new(Assembler).Assemble(lowered, features)
	if err != nil {
		t.Fatal(err)
	}
	linked, err := Link([]*Code{mustAssemble(t, load), code})
	if err != nil {
		t.Fatal(err)
	}
	return nativetest.Executable(t, linked.Bytes)
}

// TestSlowPEXTIsNotUsed where the processor does it bit by bit.
func TestSlowPEXTIsNotUsed(t *testing.T) {
	text := lowerText(t, "func @f(v0:i64) -> (i64) {\nb0:\n\tv1:i64 = Gather7 v0\n\tReturn v1\n}\n", AllFeatures&^HasFastPEXT, "slow")
	if strings.Contains(text, "pext") {
		t.Errorf("a slow instruction in\n%s", text)
	}
}
