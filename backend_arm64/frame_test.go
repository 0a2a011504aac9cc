package arm64

import (
	"testing"

	. "github.com/tagwire/tagwire/backend_arm64/asm"
	"github.com/tagwire/tagwire/ir/irtest"
	"github.com/tagwire/tagwire/ir/lower/lowertest"
	"github.com/tagwire/tagwire/ir/pass"
	"github.com/tagwire/tagwire/jit/abi"
)

// lowerProgram returns the code of the functions of a generated program.
func lowerProgram(t *testing.T, p *irtest.Program) (functions []*Function) {
	t.Helper()
	l := &Lowerer{Settings: lowertest.SettingsOf(BulkOps, "main", "helper")}
	for _, f := range p.Funcs {
		pass.SplitCriticalEdges(f)
		out, err := l.Lower(f)
		if err != nil {
			t.Fatal(err)
		}
		functions = append(functions, out)
	}
	return functions
}

// TestStackPointerStaysAligned: a processor faults where the stack pointer is not a multiple of 16 when memory is addressed by it,
// and emulators do not.
func TestStackPointerStaysAligned(t *testing.T) {
	config := irtest.Config{FrameOffset: abi.FrameBytes, NoSkips: true}
	moves := 0
	for seed := range uint64(60) {
		for _, p := range []*irtest.Program{
			irtest.Generate(seed, config), irtest.GenerateLimits(seed, config), irtest.GenerateWide(seed, config, int(seed)*20+1),
		} {
			for _, f := range lowerProgram(t, p) {
				for n := range f.Insts {
					i := &f.Insts[n]
					distance := int64(0)
					for _, o := range []Operand{i.A, i.B, i.C} {
						if before, behind := o.ChangesBase(); (before || behind) && o.Reg() == StackReg.Reg() {
							distance = o.Value()
						}
					}
					if (i.Op == ADD || i.Op == SUB) && i.A == R(StackReg) {
						distance = i.C.Value()
					}
					if distance != 0 {
						moves++
					}
					if distance%abi.StackAlign != 0 {
						t.Fatalf("%s of seed %d: %v", f.Name, seed, i)
					}
				}
			}
		}
	}
	if moves < 1000 {
		t.Errorf("the stack pointer moves only %d times", moves)
	}
}

// TestFarSlots: of a frame that is larger than displacements reach, each slot is another one, and none is that of LinkReg.
func TestFarSlots(t *testing.T) {
	const values = 4200
	f := lowerProgram(t, irtest.GenerateWide(1, irtest.Config{FrameOffset: abi.FrameBytes}, values))[1]
	mustAssemble(t, f)
	stored, far := map[int64]bool{}, 0
	store := func(offset int64) {
		if stored[offset] || offset%8 != 0 {
			t.Errorf("%d is stored twice, or no slot", offset)
		}
		stored[offset] = true
	}
	for n := range f.Insts {
		switch i := &f.Insts[n]; {
		case i.Op == STR && i.B.Reg() == StackReg.Reg() && i.B.Index() == spare.Reg():
			before := &f.Insts[n-1] // slots behind displacements need one of 16 bits, and a shift of none
			if before.Op != MOVZ || before.A != R(spare) || before.C.Value() != 0 {
				t.Fatalf("%v in front of %v", before, i)
			}
			store(before.B.Value())
			far++
		case i.Op == STR && i.B.Reg() == StackReg.Reg() && i.B == M(StackReg.Reg(), int32(i.B.Value())):
			store(i.B.Value())
		case i.Op == STP && i.C == M(StackReg.Reg(), int32(i.C.Value())):
			store(i.C.Value())
			store(i.C.Value() + abi.WordBytes)
		}
	}
	if !stored[0] || len(stored) < values || far < 50 {
		t.Errorf("%d slots, %d of them far", len(stored), far)
	}
}
