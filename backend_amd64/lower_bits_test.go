//go:build linux && amd64

package amd64

import (
	"math/rand/v2"
	"strings"
	"testing"
	"unsafe"

	. "github.com/tagwire/tagwire/backend_amd64/asm"
	"github.com/tagwire/tagwire/backend_amd64/nativetest"
	"github.com/tagwire/tagwire/ir"
	"github.com/tagwire/tagwire/ir/interp"
)

// TestBitsOnTheProcessor runs each op on bits, in each form that the host can run, on all single bits and on random numbers
// of every length, and has the interpreter say what comes out.
func TestBitsOnTheProcessor(t *testing.T) {
	host := HostFeatures()
	for _, features := range []Features{0, host & HasBMI1, host & (HasLZCNT | HasBMI1 | HasBMI2), host} {
		for _, body := range []string{
			"v9:i64 = CountLeadingZeros v0",
			"v9:i64 = CountTrailingZeros v0",
			"v9:i64 = Gather7 v0",
			"v9:i64 = Spread7 v0",
			"v2:i64 = Const #-1\n\tv3:i64 = Xor v0, v2\n\tv9:i64 = And v3, v1",
			"v2:i64 = Const #-1\n\tv3:i64 = Add v0, v2\n\tv9:i64 = And v3, v0",
			"v2:i64 = Const #-1\n\tv3:i64 = Add v0, v2\n\tv9:i64 = Xor v0, v3",
		} {
			f, err := ir.Parse("func @f(v0:i64, v1:i64) -> (i64) {\nb0:\n\t" + body + "\n\tReturn v9\n}\n")
			if err != nil {
				t.Fatal(err)
			}
			code := linkBits(t, f, features)
			random := rand.New(rand.NewPCG(6, 0))
			for n := range 64 * 20 {
				x := random.Uint64() >> (n % 64)
				switch n / 64 {
				case 0:
					x = 1 << n
				case 1:
					x = 1<<(n%64) - 1
				case 2:
					x <<= random.IntN(64)
				}
				words := [3]uint64{x, random.Uint64()}
				nativetest.Call(code, unsafe.Pointer(&words))
				want, err := new(interp.Machine).Run(f, words[0], words[1])
				if err != nil {
					t.Fatal(err)
				}
				if words[2] != want.Results[0] {
					t.Fatalf("%q of %#x and %#x with [%v] is %#x, want %#x", body, x, words[1], features, words[2], want.Results[0])
				}
			}
		}
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
		load.Emit(MOV, W64, R(PReg(convention.Arguments[n])), M(R11.Reg(), int32(8*n)))
	}
	load.Emit(CALL, W64, Far(1))
	load.Emit(MOV, W64, R(R11), R(PReg(convention.Results[0])))
	load.Emit(POP, W64, R(RAX))
	load.Emit(MOV, W64, M(RAX.Reg(), 16), R(R11))
	load.Emit(RET, W64)
	lowered, err := (&Lowerer{Features: features, Check: true}).Lower(f)
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
