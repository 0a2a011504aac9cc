package amd64

import (
	"fmt"
	"testing"

	. "github.com/tagwire/tagwire/backend_amd64/asm"
	"github.com/tagwire/tagwire/ir"
	"github.com/tagwire/tagwire/ir/lower"
	"github.com/tagwire/tagwire/ir/lower/lowertest"
)

// mustAssemble returns the code of a function that any feature may be used for.
func mustAssemble(t testing.TB, f *Function) *lower.Code {
	t.Helper()
	code, err := new(Assembler).Assemble(f, AllFeatures)
	if err != nil {
		t.Fatal(err)
	}
	return code
}

// TestReservedRegisters: the allocator gives away all general registers but those with a role, and no other.
func TestReservedRegisters(t *testing.T) {
	given := RegSet(machine.Registers.Allocatable(0))
	for _, reserved := range []PReg{StackReg, FrameReg, FramePtr} {
		if given.Has(reserved) {
			t.Errorf("%v can be allocated", reserved)
		}
	}
	const general = RegSet(1<<X0 - 1<<RAX)
	if given.Len() != 13 || given&^general != 0 {
		t.Errorf("%d registers, of which %b are not general", given.Len(), given&^general)
	}
}

// TestLowering: the machine code of testdata/lower, without what the processor offers beyond the baseline and with all of it.
func TestLowering(t *testing.T) {
	lowertest.CheckLowering(t, func(t *testing.T, source string) string {
		return lowerText(t, source, 0, "baseline") + "\n" + lowerText(t, source, AllFeatures, "all features")
	})
}

func TestEveryOpHasALoweringGolden(t *testing.T) { lowertest.CheckEveryOp(t, BulkOps) }

func TestUnknownNamesAreErrors(t *testing.T) { lowertest.CheckUnknownNames(t, lowerFor(0)) }

func lowerText(t *testing.T, source string, features Features, title string) string {
	t.Helper()
	return "# " + title + "\n" + lowertest.LoweredText(t, source, lowerFor(features))
}

// lowerFor lowers for a processor with some features. What is lowered whole has to be assembled for it, too.
func lowerFor(features Features) lowertest.Lower {
	l := &Lowerer{Features: features, Settings: lowertest.SettingsOf(BulkOps, "callee", "leaver")}
	return func(f *ir.Func, take func(fmt.Stringer)) (fmt.Stringer, error) {
		l.Take = nil
		if take != nil {
			l.Take = func(piece *Function) error { take(piece); return nil }
		}
		out, err := l.Lower(f)
		if err == nil && take == nil {
			_, err = new(Assembler).Assemble(out, features)
		}
		return out, err
	}
}
