package amd64

import (
	"bytes"
	"errors"
	"slices"
	"testing"

	. "github.com/tagwire/tagwire/backend_amd64/asm"
	"github.com/tagwire/tagwire/backend_amd64/simulator"
	"github.com/tagwire/tagwire/ir"
	"github.com/tagwire/tagwire/ir/lower"
	"github.com/tagwire/tagwire/ir/lower/lowertest"
	"github.com/tagwire/tagwire/ir/regalloc"
)

// bulkFeatures are the sets that lead to different code.
var bulkFeatures = []struct {
	name     string
	features Features
}{
	{"baseline", 0},
	{"ssse3", HasSSSE3},
	{"avx2", HasSSSE3 | HasAVX | HasAVX2},
	{"avx512", HasSSSE3 | HasAVX | HasAVX2 | needsBulk512},
}

// failRoutine is the symbol of the function that bulk routines fail by in the tests that link them.
const failRoutine = Symbol(2)

// A bulkVariant is a bulk op for a processor.
type bulkVariant struct {
	name     string
	op       ir.Op
	features Features
	code     *Function
}

// TestEachBulkOpHasARoutine: the table of the IR and that of the routines have the same ops.
func TestEachBulkOpHasARoutine(t *testing.T) {
	all := ir.BulkOps(func(b ir.Bulk) bool { return b != ir.Bulk{} })
	if !slices.Equal(all, BulkOps) {
		t.Errorf("there are routines for %v, the bulk ops are %v", BulkOps, all)
	}
}

// bulkVariants are all forms of all bulk routines that copy, and of the short copy with the copy of all other counts behind it.
func bulkVariants() (variants []bulkVariant) {
	for _, c := range bulkFeatures {
		for _, op := range lowertest.CopyOps {
			f := BulkRoutine(op, c.features, failRoutine)
			variants = append(variants, bulkVariant{f.Name + "_" + c.name, op, c.features, f})
		}
		variants = append(variants, shortVariant("short", ir.CopyBytes, emitCopyBytes, c.name, c.features),
			shortVariant("shortascii", ir.CopyASCII, emitCopyASCII, c.name, c.features))
	}
	return variants
}

// shortVariant is the short copy of an op with the copy of all other counts, which rest appends, behind it.
func shortVariant(name string, op ir.Op, rest func(f *Function, available Features), level string, features Features) bulkVariant {
	f := NewFunction(name)
	other, done := f.NewLabel(), f.NewLabel()
	emitShortCopy(f, op, features, other)
	f.Bind(done)
	f.Emit(RET, W64)
	f.Bind(other)
	emitShorterCopy(f, op, done)
	rest(f, features)
	f.Emit(RET, W64)
	return bulkVariant{name + "_" + level, op, features, f}
}

// simulate runs a variant.
func (v *bulkVariant) simulate(memory lowertest.Memory, to, from uint64, count int) (result uint64, failed bool, err error) {
	s := simulator.Simulator{Memory: memory}
	for n := range s.Vector { // what is in registers must not matter
		copy(s.Vector[n][:], bytes.Repeat([]byte{0xa5}, 64))
	}
	s.General[bulkIndex], s.General[bulkSpare] = 0xdead, 0xbeef
	s.General[bulkTo], s.General[bulkFrom], s.General[bulkCount] = to, from, uint64(count)
	failed, err = s.Run(v.code)
	if err == nil && (s.General[bulkTo] != to && !v.op.Info().Bulk.Tells || s.General[bulkFrom] != from) {
		err = errors.New("the addresses have changed")
	}
	return s.General[bulkTo], failed, err
}

// simulatedRoutines are the variants as code for the simulator, also those for processors that the host is not.
func simulatedRoutines() (routines []lowertest.Routine) {
	for _, v := range bulkVariants() {
		routines = append(routines, lowertest.Routine{Name: v.name, Op: v.op, Simulate: func(memory lowertest.Memory, to, from uint64, count int) (bool, error) {
			_, failed, err := v.simulate(memory, to, from, count)
			return failed, err
		}})
	}
	return routines
}

// TestBulkSimulated runs every variant on every count.
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

// TestSimulatorSeesMaskedPages: what a mask leaves out counts, too, where a page has nothing else.
func TestSimulatorSeesMaskedPages(t *testing.T) {
	load, store := NewFunction("load"), NewFunction("store")
	load.Emit(VMOVDQU8LK, W512, R(X0), M(bulkFrom.Reg(), 0), R(bulkMask))
	store.Emit(VMOVDQU8SK, W512, M(bulkTo.Reg(), 0), R(X0), R(bulkMask))
	for _, f := range []*Function{load, store} {
		f.Emit(RET, W64)
		for _, row := range []struct {
			begin, given uint64 // in a page, from there on as much is given
			mask         uint64
			allowed      bool
		}{
			{smallestPage - lowertest.Line, 1, 1, true},
			{smallestPage - lowertest.Line, 1, 0, true},
			{smallestPage - lowertest.Line, 0, 0, false},
			{smallestPage - lowertest.Line + 1, 1, 1, false},
			{smallestPage - 1, 1, 1, false},
			{smallestPage - 1, 1, 0, false},
			{smallestPage - 1, 2, 3, true},
			{smallestPage - 1, 1, 3, false},
			{0, 1, 1, true},
			{0, 1, 3, false},
		} {
			s := simulator.Simulator{Memory: lowertest.Memory{lowertest.ReadWrite(lowertest.SimulatedFrom+row.begin, make([]byte, row.given))}}
			s.General[bulkFrom], s.General[bulkTo] = lowertest.SimulatedFrom+row.begin, lowertest.SimulatedFrom+row.begin
			s.Mask[bulkMask.Number()] = row.mask
			if _, err := s.Run(f); (err == nil) != row.allowed {
				t.Errorf("%s, %+v: %v", f.Name, row, err)
			}
		}
	}
}

// TestBulkText keeps the code of each form for the eye, and has it assembled with the features it may use.
func TestBulkText(t *testing.T) {
	for _, v := range bulkVariants() {
		if _, err := new(Assembler).Assemble(v.code, v.features); err != nil {
			t.Error(err)
		}
		if v.code.Name != "short" {
			lowertest.CompareGolden(t, v.name+".txt", v.code)
		}
	}
}

// TestBulkUsesTheFeatures: a processor that can do more gets code that uses it, where there is such code.
func TestBulkUsesTheFeatures(t *testing.T) {
	widest := map[string]Width{}
	for _, v := range bulkVariants() {
		for n := range v.code.Insts {
			if i := &v.code.Insts[n]; i.Op != VZEROUPPER && i.Op < LABEL {
				widest[v.name] = max(widest[v.name], i.Width)
			}
		}
	}
	for _, op := range []string{"copy", "bools", "swap16", "swap32", "swap64", "widen32", "narrow64"} {
		want := map[string]Width{"baseline": W64, "ssse3": W128, "avx2": W256, "avx512": W512}
		switch op {
		case "copy", "bools": // SSE2 is enough
			want["baseline"] = W128
		case "widen32", "narrow64":
			want["avx512"] = W256
		}
		for level, w := range want {
			if got := widest[op+"_"+level]; got != w {
				t.Errorf("%s for %s works on %v, want %v", op, level, got, w)
			}
		}
	}
}

// TestBulkOfOlderAVX512: processors with AVX-512 that clock down for it get the code for AVX2; so do those without BMI2.
func TestBulkOfOlderAVX512(t *testing.T) {
	for _, missing := range []Features{HasAVX512VBMI, HasBMI2, HasAVX512BW} {
		for _, op := range lowertest.CopyOps {
			got := BulkRoutine(op, AllFeatures&^missing, failRoutine)
			if want := BulkRoutine(op, Level(3), failRoutine); got.String() != want.String() {
				t.Errorf("%s without %v is not that for AVX2", got.Name, missing)
			}
		}
	}
}

// TestLevels: each level has what those below it have, and more; each leads to code of its own, the highest to the widest.
func TestLevels(t *testing.T) {
	seen := map[string]bool{}
	for level := 1; level <= 4; level++ {
		if !Level(level).Has(Level(level-1)) || level > 1 && Level(level) == Level(level-1) {
			t.Errorf("level %d has %v", level, Level(level))
		}
		seen[BulkRoutine(ir.SwapCopy32, Level(level), failRoutine).String()] = true
	}
	if len(seen) != 4 || !Level(4).Has(needsBulk512) || Level(1) != 0 {
		t.Errorf("%d forms at 4 levels", len(seen))
	}
}

// TestBulkClobbers: the code writes no register that the row of the op does not name.
func TestBulkClobbers(t *testing.T) {
	for _, v := range slices.Concat(bulkVariants(), varintVariants(), asciiVariants()) {
		clobbers := RegSet(bulkRows.Of(v.op).Clobbers)
		for n := range v.code.Insts {
			if writtenBy(&v.code.Insts[n])&^clobbers != 0 {
				t.Errorf("%s: %v", v.name, &v.code.Insts[n])
			}
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
