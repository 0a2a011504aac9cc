package amd64

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"
	"slices"
	"testing"

	. "github.com/tagwire/tagwire/backend_amd64/asm"
	"github.com/tagwire/tagwire/backend_amd64/simulator"
	"github.com/tagwire/tagwire/ir"
	"github.com/tagwire/tagwire/ir/lower"
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

// copyOps are the bulk ops that copy: of varints, see lower_bulk_varint_test.go.
var copyOps = ir.BulkOps(ir.Bulk.Copies)

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
		for _, op := range copyOps {
			f := BulkRoutine(op, c.features, failRoutine)
			variants = append(variants, bulkVariant{f.Name + "_" + c.name, op, c.features, f})
		}
		f := NewFunction("short")
		other := f.NewLabel()
		emitShortCopy(f, c.features, other)
		f.Emit(RET, W64)
		f.Bind(other)
		emitCopyBytes(f, c.features)
		f.Emit(RET, W64)
		variants = append(variants, bulkVariant{"short_" + c.name, ir.CopyBytes, c.features, f})
	}
	return variants
}

// bulkSizes are the bytes of an element where it goes to and where it comes from.
func bulkSizes(op ir.Op) (to, from int) {
	b := op.Info().Bulk
	return int(b.To), int(b.From)
}

// plainBulk does a bulk op in the plainest way; every element fits.
func plainBulk(op ir.Op, from []byte) []byte {
	out := make([]byte, 0, 2*len(from))
	big, little := binary.BigEndian, binary.LittleEndian
	_, size := bulkSizes(op)
	for ; len(from) > 0; from = from[size:] {
		switch op {
		case ir.CopyBytes:
			out = append(out, from[0])
		case ir.CopyBools:
			if from[0] == 1 {
				out = append(out, 1)
			} else {
				out = append(out, 0)
			}
		case ir.SwapCopy16:
			out = big.AppendUint16(out, little.Uint16(from))
		case ir.SwapCopy32:
			out = big.AppendUint32(out, little.Uint32(from))
		case ir.SwapCopy64:
			out = big.AppendUint64(out, little.Uint64(from))
		case ir.SwapWiden32to64:
			out = little.AppendUint64(out, uint64(int32(big.Uint32(from))))
		case ir.SwapNarrow64to32:
			out = big.AppendUint32(out, uint32(little.Uint64(from)))
		}
	}
	return out
}

// bulkSource returns count elements that a bulk op does not refuse.
func bulkSource(op ir.Op, count int, random *rand.Rand) []byte {
	_, size := bulkSizes(op)
	source := make([]byte, count*size)
	for n := range source {
		source[n] = byte(random.Uint32())
	}
	switch op {
	case ir.CopyBools:
		for n, b := range source {
			if b%4 < 2 { // half of them as they should be, the others anything
				source[n] = b % 2
			}
		}
	case ir.SwapNarrow64to32:
		for at := 0; at < len(source); at += size {
			binary.LittleEndian.PutUint64(source[at:], uint64(int32(binary.LittleEndian.Uint32(source[at:]))))
		}
	}
	return source
}

// tooLarge are elements that have no 32 bits: by each part of what is compared.
var tooLarge = []int64{1 << 31, -1<<31 - 1, 1 << 32, 1 << 62, -1 << 63, 1<<32 - 1, -1 << 32, 1<<31 | 1<<33}

// mostBulk is the largest count of elements in tests.
const mostBulk = 300

// line is the alignment that matters: of a vector of 512 bits, and of the cache.
const line = 64

// simulatedTo and simulatedFrom are where simulated routines find their elements. They may access nothing else.
const simulatedTo, simulatedFrom = 1 << 40, 1 << 41

// simulateBulk runs a routine in a simulator. It fails the test if that touches anything but the elements.
func simulateBulk(t *testing.T, v *bulkVariant, from []byte, toSize, count int) (to []byte, failed bool) {
	t.Helper()
	return simulateBulkAt(t, v, simulatedTo, simulatedFrom, from, toSize, count)
}

// simulateBulkAt does so with elements at addresses.
func simulateBulkAt(t *testing.T, v *bulkVariant, toBase, fromBase uint64, from []byte, toSize, count int) (to []byte, failed bool) {
	t.Helper()
	to = make([]byte, toSize*count)
	s := simulator.Simulator{Areas: []simulator.Area{simulator.ReadWrite(toBase, to), simulator.ReadOnly(fromBase, from)}}
	for n := range s.Vector { // what is in registers must not matter
		copy(s.Vector[n][:], bytes.Repeat([]byte{0xa5}, 64))
	}
	s.General[bulkIndex], s.General[bulkSpare] = 0xdead, 0xbeef
	s.General[bulkTo], s.General[bulkFrom], s.General[bulkCount] = toBase, fromBase, uint64(count)
	failed, err := s.Run(v.code)
	if err != nil {
		t.Fatalf("%s of %d: %v", v.name, count, err)
	}
	if s.General[bulkTo] != toBase || s.General[bulkFrom] != fromBase {
		t.Fatalf("%s of %d: the addresses have changed", v.name, count)
	}
	return to, failed
}

// TestBulkSimulated runs every variant on every count, also those for processors that the host is not. Of alignments a
// simulator knows nothing, and of pages what TestBulkTouchesNoOtherPage is about.
func TestBulkSimulated(t *testing.T) {
	for _, v := range bulkVariants() {
		random := rand.New(rand.NewPCG(1, uint64(v.op)))
		size, _ := bulkSizes(v.op)
		for count := range mostBulk + 1 {
			from := bulkSource(v.op, count, random)
			got, failed := simulateBulk(t, &v, from, size, count)
			if want := plainBulk(v.op, from); failed || !bytes.Equal(got, want) {
				t.Fatalf("%s of %d: failed: %v\n got % x\nwant % x", v.name, count, failed, got, want)
			}
		}
	}
}

// TestBulkTouchesNoOtherPage: no variant touches a page in which it has nothing to copy, not even one with bytes that a mask
// leaves out; and where there is nothing to copy, none at all.
func TestBulkTouchesNoOtherPage(t *testing.T) {
	for _, v := range bulkVariants() {
		random := rand.New(rand.NewPCG(4, uint64(v.op)))
		toSize, fromSize := bulkSizes(v.op)
		for count := range line + 9 { // vectors are no longer
			from := bulkSource(v.op, count, random)
			want := plainBulk(v.op, from)
			toPlaces, fromPlaces := placesInPage(count*toSize), placesInPage(count*fromSize)
			check := func(toPlace, fromPlace uint64) {
				got, failed := simulateBulkAt(t, &v, simulatedTo+toPlace, simulatedFrom+fromPlace, from, toSize, count)
				if failed || !bytes.Equal(got, want) {
					t.Fatalf("%s of %d from %d to %d in a page: failed: %v", v.name, count, fromPlace, toPlace, failed)
				}
			}
			for n := range toPlaces { // each side alone, both, and both by other reasons
				check(toPlaces[n], 0)
				check(0, fromPlaces[n])
				check(toPlaces[n], fromPlaces[n])
				check(toPlaces[n], fromPlaces[(n+1+count%(len(fromPlaces)-1))%len(fromPlaces)])
			}
		}
		if got, failed := simulateBulkAt(t, &v, 0, 0, nil, toSize, 0); failed || len(got) != 0 {
			t.Errorf("%s fails for nothing from nil to nil", v.name)
		}
	}
}

// placesInPage are where in a page something of a size may begin: at its begin, and around the last places from which it,
// and from which a vector, ends in the same page.
func placesInPage(size int) (places []uint64) {
	for _, place := range []int{0, smallestPage - size - 1, smallestPage - size, smallestPage - size + 1,
		smallestPage - line - 1, smallestPage - line, smallestPage - line + 1, smallestPage - 1} {
		places = append(places, uint64(place%smallestPage))
	}
	return places
}

// TestNarrowSimulated: each element that is too large is found, wherever it is.
func TestNarrowSimulated(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for _, v := range bulkVariants() {
		if v.op != ir.SwapNarrow64to32 {
			continue
		}
		for count := 1; count <= 40; count++ {
			for bad := range count {
				from := bulkSource(v.op, count, random)
				binary.LittleEndian.PutUint64(from[8*bad:], uint64(tooLarge[(bad+count)%len(tooLarge)]))
				if _, failed := simulateBulk(t, &v, from, 4, count); !failed {
					t.Fatalf("%s takes element %d of %d", v.name, bad, count)
				}
			}
		}
	}
}

// TestSimulatorSeesStrayAccesses: a byte less than a routine is told is one too few.
func TestSimulatorSeesStrayAccesses(t *testing.T) {
	for _, v := range bulkVariants() {
		toSize, fromSize := bulkSizes(v.op)
		for count := 1; count <= 70; count++ {
			from, to := make([]byte, fromSize*count), make([]byte, toSize*count)
			for _, areas := range [][]simulator.Area{
				{simulator.ReadWrite(simulatedTo, to), simulator.ReadOnly(simulatedFrom, from[1:])},
				{simulator.ReadWrite(simulatedTo, to), simulator.ReadOnly(simulatedFrom+1, from[1:])},
				{simulator.ReadWrite(simulatedTo, to[1:]), simulator.ReadOnly(simulatedFrom, from)},
				{simulator.ReadWrite(simulatedTo+1, to[1:]), simulator.ReadOnly(simulatedFrom, from)},
				{simulator.ReadOnly(simulatedTo, to), simulator.ReadOnly(simulatedFrom, from)},
			} {
				s := simulator.Simulator{Areas: areas}
				s.General[bulkTo], s.General[bulkFrom], s.General[bulkCount] = simulatedTo, simulatedFrom, uint64(count)
				if _, err := s.Run(v.code); err == nil {
					t.Fatalf("%s of %d: nothing is seen", v.name, count)
				}
			}
		}
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
			{smallestPage - line, 1, 1, true},
			{smallestPage - line, 1, 0, true},
			{smallestPage - line, 0, 0, false},
			{smallestPage - line + 1, 1, 1, false},
			{smallestPage - 1, 1, 1, false},
			{smallestPage - 1, 1, 0, false},
			{smallestPage - 1, 2, 3, true},
			{smallestPage - 1, 1, 3, false},
			{0, 1, 1, true},
			{0, 1, 3, false},
		} {
			s := simulator.Simulator{Areas: []simulator.Area{simulator.ReadWrite(simulatedFrom+row.begin, make([]byte, row.given))}}
			s.General[bulkFrom], s.General[bulkTo] = simulatedFrom+row.begin, simulatedFrom+row.begin
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
			compareGolden(t, v.name+".txt", v.code)
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
		for _, op := range copyOps {
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
	for _, v := range append(bulkVariants(), varintVariants()...) {
		clobbers := bulkRowOf(v.op).clobbers
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
