package arm64

import (
	"bytes"
	"fmt"
	"slices"
	"testing"

	. "github.com/tagwire/tagwire/backend_arm64/asm"
	"github.com/tagwire/tagwire/backend_arm64/simulator"
	"github.com/tagwire/tagwire/ir"
	"github.com/tagwire/tagwire/ir/lower"
	"github.com/tagwire/tagwire/ir/lower/lowertest"
	"github.com/tagwire/tagwire/ir/regalloc"
)

// failRoutine is the symbol of the function that bulk routines fail by in the tests that link them.
const failRoutine = Symbol(2)

// A bulkVariant is the code of a bulk op.
type bulkVariant struct {
	op   ir.Op
	code *Function
}

// TestEachBulkOpHasARoutine: the table of the IR and that of the routines have the same ops.
func TestEachBulkOpHasARoutine(t *testing.T) {
	all := ir.BulkOps(func(b ir.Bulk) bool { return b != ir.Bulk{} })
	if !slices.Equal(all, BulkOps) {
		t.Errorf("there are routines for %v, the bulk ops are %v", BulkOps, all)
	}
}

// bulkVariants are all bulk routines that copy, and the short copy with the copy of all other counts behind it.
func bulkVariants() (variants []bulkVariant) {
	for _, op := range lowertest.CopyOps {
		variants = append(variants, bulkVariant{op, BulkRoutine(op, failRoutine)})
	}
	return append(variants, shortVariant("short", ir.CopyBytes, emitCopyBytes), shortVariant("shortascii", ir.CopyASCII, emitCopyASCII))
}

// shortVariant is the short copy of an op with the copy of all other counts, which rest appends, behind it.
func shortVariant(name string, op ir.Op, rest func(f *Function)) bulkVariant {
	f := NewFunction(name)
	other, done := f.NewLabel(), f.NewLabel()
	emitShortCopy(f, op, other)
	f.Bind(done)
	f.Emit(RET, W64)
	f.Bind(other)
	emitShorterCopy(f, op, done)
	rest(f)
	f.Emit(RET, W64)
	return bulkVariant{op, f}
}

// simulate runs a routine with its arguments, which are in registers from bulkTo on. What is in other registers must not matter, and those that the row of the op does not name must stay.
func simulate(v *bulkVariant, memory lowertest.Memory, arguments ...uint64) (s *simulator.Simulator, failed bool, err error) {
	s = &simulator.Simulator{Memory: memory}
	for n := range s.General {
		s.General[n] = 0xdead_beef_dead_0000 + uint64(n)
	}
	for n := range s.Vector {
		copy(s.Vector[n][:], bytes.Repeat([]byte{0xa5 + byte(n)}, 16))
	}
	copy(s.General[bulkTo:], arguments)
	before := s.State
	failed, err = s.Run(v.code)
	clobbers := RegSet(bulkRows.Of(v.op).Clobbers)
	for n := range s.General {
		if p := R0 + PReg(n); err == nil && !clobbers.Has(p) && s.General[n] != before.General[n] {
			err = fmt.Errorf("%v has changed", p)
		}
		if p := V0 + PReg(n); err == nil && !clobbers.Has(p) && s.Vector[n] != before.Vector[n] {
			err = fmt.Errorf("%v has changed", p)
		}
	}
	return s, failed, err
}

// simulatedRoutines are the variants as code for the simulator.
func simulatedRoutines() (routines []lowertest.Routine) {
	for _, v := range bulkVariants() {
		routines = append(routines, lowertest.Routine{Name: v.code.Name, Op: v.op, Simulate: func(memory lowertest.Memory, to, from uint64, count int) (bool, error) {
			_, failed, err := simulate(&v, memory, to, from, uint64(count))
			return failed, err
		}})
	}
	return routines
}

// TestBulkSimulated runs every routine on every count, whatever the host is.
func TestBulkSimulated(t *testing.T) {
	for _, r := range simulatedRoutines() {
		r.CheckSimulated(t)
		r.CheckTouchesNoOtherPage(t)
		r.CheckMovesSimulated(t)
		if r.Op == ir.SwapNarrow64to32 {
			r.CheckRefusesSimulated(t)
		}
	}
}

// TestSimulatorSeesStrayAccesses: a byte less than a routine is told is one too few.
func TestSimulatorSeesStrayAccesses(t *testing.T) {
	for _, r := range simulatedRoutines() {
		r.CheckStrayIsSeen(t)
	}
}

// TestBulkText keeps the code for the eye.
func TestBulkText(t *testing.T) {
	for _, v := range bulkVariants() {
		lowertest.CompareGolden(t, v.code.Name+".txt", v.code)
	}
}

// TestBulkClobbers: the code writes no register that the row of the op does not name, and the ops with the same registers
// write all of these.
func TestBulkClobbers(t *testing.T) {
	written := map[RegSet]RegSet{}
	for _, v := range append(append(bulkVariants(), varintRoutines()...), asciiRoutine()) {
		clobbers := RegSet(bulkRows.Of(v.op).Clobbers)
		for n := range v.code.Insts {
			w := writtenBy(&v.code.Insts[n])
			if w&^clobbers != 0 {
				t.Errorf("%s: %v", v.code.Name, &v.code.Insts[n])
			}
			written[clobbers] |= w
		}
	}
	for clobbers, w := range written {
		if w != clobbers {
			t.Errorf("no code writes %v", slices.Collect((clobbers &^ w).All))
		}
	}
}

// writtenBy returns the registers that an instruction writes.
func writtenBy(i *Inst) (written RegSet) {
	for _, o := range i.Registers(nil) {
		if p, ok := o.Reg.Physical(); ok && o.Role&lower.Def != 0 {
			written |= regalloc.Regs(PReg(p))
		}
	}
	return written
}
