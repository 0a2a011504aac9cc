package arm64

import (
	"fmt"
	"testing"

	. "github.com/tagwire/tagwire/backend_arm64/asm"
	"github.com/tagwire/tagwire/ir"
	"github.com/tagwire/tagwire/ir/lower/lowertest"
	"github.com/tagwire/tagwire/jit/abi"
)

// mustAssemble returns the code of a function.
func mustAssemble(t testing.TB, f *Function) *Code {
	t.Helper()
	code, err := new(Assembler).Assemble(f)
	if err != nil {
		t.Fatal(err)
	}
	return code
}

// TestReservedRegisters: the allocator gives away all general registers but those with a role, and no other; those of the
// assembler are those of the contract.
func TestReservedRegisters(t *testing.T) {
	given := RegSet(machine.Registers.Allocatable(0))
	taken := []PReg{StackReg, FrameReg, FramePtr, LinkReg, AssemblerReg, spare}
	for _, r := range []abi.Register{abi.ARM64Platform, abi.ARM64Assembler, abi.ARM64G} {
		taken = append(taken, PReg(r))
	}
	for _, reserved := range taken {
		if given.Has(reserved) {
			t.Errorf("%v can be allocated", reserved)
		}
	}
	const general = RegSet(1<<V0 - 1<<R0)
	if given.Len()+len(taken) != general.Len() || given&^general != 0 {
		t.Errorf("%d registers, of which %b are not general", given.Len(), given&^general)
	}
	for r, role := range map[PReg]abi.Register{
		StackReg: abi.ARM64StackPointer, FrameReg: abi.ARM64Frame, FramePtr: abi.ARM64FramePointer, LinkReg: abi.ARM64Link,
	} {
		if r != PReg(role) {
			t.Errorf("%v is not register %d", r, role)
		}
	}
}

func TestLowering(t *testing.T) { lowertest.CheckLowering(t, lowerText) }

func TestEveryOpHasALoweringGolden(t *testing.T) { lowertest.CheckEveryOp(t, BulkOps) }

func TestUnknownNamesAreErrors(t *testing.T) { lowertest.CheckUnknownNames(t, lowerForTest()) }

func lowerText(t *testing.T, source string) string {
	t.Helper()
	return lowertest.LoweredText(t, source, lowerForTest())
}

// lowerForTest lowers. What is lowered whole has to be assembled, too.
func lowerForTest() lowertest.Lower {
	l := &Lowerer{Settings: lowertest.SettingsOf(BulkOps, "callee", "leaver")}
	return func(f *ir.Func, take func(fmt.Stringer)) (fmt.Stringer, error) {
		l.Take = nil
		if take != nil {
			l.Take = func(piece *Function) error { take(piece); return nil }
		}
		out, err := l.Lower(f)
		if err == nil && take == nil {
			_, err = new(Assembler).Assemble(out)
		}
		return out, err
	}
}
