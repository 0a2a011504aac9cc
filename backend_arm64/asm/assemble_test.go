package asm

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/tagwire/tagwire/ir/lower/lowertest"
)

func MustAssemble(t testing.TB, f *Function) *Code {
	t.Helper()
	a := Assembler{KeepStarts: true}
	code, err := a.Assemble(f)
	if err != nil {
		t.Fatal(err)
	}
	return code
}

// compareFunctionWithGNU assembles a whole function with both assemblers. Calls of other functions are not
// filled in by either.
func compareFunctionWithGNU(t *testing.T, f *Function) {
	t.Helper()
	code := MustAssemble(t, f)
	assembler := gnuAssembler(t)
	if assembler == "" {
		return
	}
	want, _ := gnuAssemble(t, assembler, f.String())
	if !bytes.Equal(code.Bytes, want) {
		t.Errorf("%s: got\n% x\nGNU as says\n% x", f.Name, code.Bytes, want)
	}
}

// fill appends instructions of size bytes in all.
func fill(f *Function, size int) {
	for ; size > 0; size -= 4 {
		f.Emit(NOP, W64)
	}
}

// Pieces assembles a function that has gaps of some bytes between its instructions.
func Pieces(t *testing.T, f *Function, gaps ...int) (*Code, error) {
	t.Helper()
	a := Assembler{KeepStarts: true}
	a.Begin()
	list := f.Insts
	for n := range list {
		f.Insts = list[n : n+1]
		if err := a.Add(f); err != nil {
			t.Fatal(err)
		}
		if n < len(gaps) {
			a.encoder.Bytes = appendNops(a.encoder.Bytes, gaps[n])
		}
	}
	f.Insts = list
	return a.End(f)
}

// What leads to a label, and how far it reaches from its first byte.
var references = []struct {
	build    func(f *Function, to Label)
	back     int // how far its short form reaches, from its first byte on
	ahead    int
	longSize int
}{
	{func(f *Function, to Label) { f.EmitCond(Bcc, CondNE, W64, To(to)) }, -1 << 20, 1<<20 - 4, 8},
	{func(f *Function, to Label) { f.Emit(CBZ, W32, R(R30), To(to)) }, -1 << 20, 1<<20 - 4, 8},
	{func(f *Function, to Label) { f.Emit(CBNZ, W64, R(R0), To(to)) }, -1 << 20, 1<<20 - 4, 8},
	{func(f *Function, to Label) { f.Emit(TBZ, W32, R(R7), Imm(31), To(to)) }, -1 << 15, 1<<15 - 4, 8},
	{func(f *Function, to Label) { f.Emit(TBNZ, W64, R(R7), Imm(63), To(to)) }, -1 << 15, 1<<15 - 4, 8},
	{func(f *Function, to Label) { f.Emit(ADR, W64, R(R9), At(to)) }, -1 << 20, 1<<20 - 4, 12},
	{func(f *Function, to Label) { f.Emit(LDR, W32, R(R9), At(to)) }, -1 << 20, 1<<20 - 4, 16},
	{func(f *Function, to Label) { f.Emit(LDR, W64, R(R9), At(to)) }, -1 << 20, 1<<20 - 4, 16},
	{func(f *Function, to Label) { f.Emit(LDRSW, W64, R(R9), At(to)) }, -1 << 20, 1<<20 - 4, 16},
	{func(f *Function, to Label) { f.Emit(LDRV, W32, R(V9), At(to)) }, -1 << 20, 1<<20 - 4, 16},
	{func(f *Function, to Label) { f.Emit(LDRV, W64, R(V9), At(to)) }, -1 << 20, 1<<20 - 4, 16},
	{func(f *Function, to Label) { f.Emit(LDRV, W128, R(V31), At(to)) }, -1 << 20, 1<<20 - 4, 16},
	{func(f *Function, to Label) { f.Emit(B, W64, To(to)) }, -1 << 23, 1<<23 - 4, 4},
	{func(f *Function, to Label) { f.Emit(BL, W64, To(to)) }, -1 << 23, 1<<23 - 4, 4},
}

// TestReach: what leads to a label has its short form exactly where that reaches, and leads there in both.
func TestReach(t *testing.T) {
	for _, r := range references {
		for _, distance := range []int{-8, 8, r.back, r.back - 4, r.ahead, r.ahead + 4, 3<<20 + 0xffc, -3<<20 - 0xffc, -maxFunction + 16} {
			f := NewFunction(fmt.Sprintf("%d", distance))
			l := f.NewLabel()
			at, gap, size := 0, distance-4, 4 // what is long goes farther
			if distance < 0 {
				f.Bind(l)
				at, gap = -distance, -distance
			}
			r.build(f, l)
			i := f.Insts[len(f.Insts)-1]
			if distance >= 0 {
				f.Bind(l)
			}
			if distance < r.back || distance > r.ahead {
				size = r.longSize
			}
			code, err := Pieces(t, f, gap)
			if err != nil {
				t.Fatal(err)
			}
			if got := len(code.Bytes) - at - max(0, distance-4); got != size {
				t.Errorf("%v over %d: %d bytes, want %d", &i, distance, got, size)
			}
			if got := follow(t, code.Bytes[:at+size], at, &i); got != code.Labels[l] {
				t.Errorf("%v over %d: leads to %d, want %d", &i, distance, got, code.Labels[l])
			}
		}
	}
}

func signed(word uint32, low, bits uint) int {
	return int(int32(word<<(32-low-bits)) >> (32 - bits))
}

// follow returns where the instruction from an offset to the end leads, by a reading of machine code that shares nothing with the assembler,
// and checks that it is the instruction.
func follow(t *testing.T, code []byte, at int, i *Inst) int {
	t.Helper()
	word := func(n int) uint32 { return binary.LittleEndian.Uint32(code[at+4*n:]) }
	first := word(0)
	branch := func(at int, w uint32) (distance int, kind string) {
		switch {
		case w>>24 == 0x54:
			return at + 4*signed(w, 5, 19), fmt.Sprintf("b.%d", w&15)
		case w>>24&0x7e == 0x34:
			return at + 4*signed(w, 5, 19), fmt.Sprintf("cb%x %d", w>>24, w&31)
		case w>>24&0x7e == 0x36:
			return at + 4*signed(w, 5, 14), fmt.Sprintf("tb%x %d %d", w>>24, w>>19&31, w&31)
		case w>>26 == 5 || w>>26 == 0x25:
			return at + 4*signed(w, 0, 26), fmt.Sprintf("b%x", w>>26)
		case w&0x9f000000 == 0x10000000:
			return at + signed(w, 5, 19)<<2 + int(w>>29&3), fmt.Sprintf("adr %d", w&31)
		case w&0x3b000000 == 0x18000000:
			return at + 4*signed(w, 5, 19), fmt.Sprintf("ldr %x %d", w>>24, w&31)
		}
		t.Fatalf("%v: no branch: %08x", i, w)
		return 0, ""
	}
	lone := NewFunction("lone")
	l := lone.NewLabel()
	lone.Bind(l)
	same := *i
	for n := range i.row().operands {
		if o := same.operand(n); o.kind == LabelKind || o.kind == LabelMem {
			o.value = int64(l)
		}
	}
	lone.Insts = append(lone.Insts, same)
	_, want := branch(0, binary.LittleEndian.Uint32(MustAssemble(t, lone).Bytes))
	to, kind := branch(at, first)
	if len(code) == at+4 {
		if kind != want {
			t.Errorf("%v: is %s, want %s", i, kind, want)
		}
		return to
	}
	switch i.Op {
	case ADR:
		return at + longAddress(t, code[at:], uint32(i.A.number()))
	case LDR, LDRSW, LDRV:
		load := Inst{Op: i.Op, Width: i.Width, A: i.A, B: M(AssemblerReg.Reg(), 0)}
		if !bytes.Equal(code[at+12:at+16], AssembleOne(t, load)) {
			t.Errorf("%v: a load of %08x", i, word(3))
		}
		return at + longAddress(t, code[at:], uint32(AssemblerReg.Number()))
	}
	// The opposite branch, over one that leads to the label.
	opposite := *i
	switch i.Op {
	case Bcc:
		opposite.Cond = i.Cond.Not()
	case CBZ, TBZ:
		opposite.Op++
	default:
		opposite.Op--
	}
	lone.Insts[len(lone.Insts)-1] = opposite
	for n := range opposite.row().operands {
		if o := lone.Insts[1].operand(n); o.kind == LabelKind {
			o.value = int64(l)
		}
	}
	_, want = branch(0, binary.LittleEndian.Uint32(MustAssemble(t, lone).Bytes))
	if kind != want || to != at+8 {
		t.Errorf("%v: begins with %s to %+d, want %s", i, kind, to-at, want)
	}
	to, kind = branch(at+4, word(1))
	if kind != "b5" {
		t.Errorf("%v: continues with %s", i, kind)
	}
	return to
}

// longAddress returns what an adr and two additions make of the address of the first: a distance.
func longAddress(t *testing.T, code []byte, register uint32) int {
	t.Helper()
	words := [3]uint32{}
	for n := range words {
		words[n] = binary.LittleEndian.Uint32(code[4*n:])
	}
	if words[0] != 0x10000000|register || words[1]&0xffc003ff != 0x91000000|register<<5|register ||
		words[2]&0xbfc003ff != 0x91400000&^0x40000000|register<<5|register {
		t.Fatalf("%08x is no long address", words)
	}
	distance, high := int(words[1]>>10&0xfff), int(words[2]>>10&0xfff)<<12
	if words[2]&0x40000000 != 0 {
		return distance - high
	}
	return distance + high
}

// TestFunctionTooLarge: beyond what the long forms reach is an error.
func TestFunctionTooLarge(t *testing.T) {
	for _, size := range []int{maxFunction, maxFunction + 4} {
		f := NewFunction("large")
		l := f.NewLabel()
		f.Emit(ADR, W64, R(R0), At(l))
		f.Bind(l)
		if _, err := Pieces(t, f, size-12); (err != nil) != (size > maxFunction) {
			t.Errorf("%d bytes: %v", size, err)
		}
	}
}

// TestBranchesGrowTogether: a branch is in reach only as long as those between are short.
func TestBranchesGrowTogether(t *testing.T) {
	f := NewFunction("nested")
	const depth = 40
	var ends [depth]Label
	for n := range ends {
		ends[n] = f.NewLabel()
		f.Emit(TBZ, W64, R(R0), Imm(int64(n)), To(ends[n]))
	}
	fill(f, 1<<15-4*depth)
	for n := range ends {
		f.Bind(ends[depth-1-n])
		f.Emit(ADD, W64, R(R0), R(R0), Imm(1))
	}
	code := MustAssemble(t, f)
	checkReferences(t, f, code)
	if grown := (len(code.Bytes) - 1<<15 - 4*depth) / 4; grown < 2 || grown > depth {
		t.Errorf("%d of %d branches are long", grown, depth)
	}
}

// checkReferences follows everything in the code that leads to a label.
func checkReferences(t *testing.T, f *Function, code *Code) {
	t.Helper()
	for n := range f.Insts {
		i, end := &f.Insts[n], len(code.Bytes)
		if n+1 < len(f.Insts) {
			end = code.Starts[n+1]
		}
		for k := range i.row().operands {
			if l, ok := i.operand(k).Label(); ok && i.row().effects&isData == 0 {
				if got := follow(t, code.Bytes[:end], code.Starts[n], i); got != code.Labels[l] {
					t.Fatalf("%v at %d leads to %d, want %d", i, code.Starts[n], got, code.Labels[l])
				}
			}
		}
	}
}

// TestRandomBranches: functions full of branches, each followed to its target.
func TestRandomBranches(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	for n := range 40 {
		gap := 100
		if n%2 == 1 {
			gap = 80000
		}
		f := randomBranches(random, fmt.Sprintf("random%d", n), 1+random.IntN(60), gap)
		checkReferences(t, f, MustAssemble(t, f))
		if gap == 100 {
			compareFunctionWithGNU(t, f)
		}
	}
}

func randomBranches(random *rand.Rand, name string, count, gap int) *Function {
	f := NewFunction(name)
	for range count {
		f.NewLabel()
	}
	for n := range count {
		fill(f, random.IntN(gap))
		references[random.IntN(len(references))].build(f, Label(random.IntN(count)))
		f.Bind(Label(n))
	}
	return f
}

// jumpTable is a table of distances and what reads it, and all that branches to other functions.
func jumpTable() *Function {
	f := NewFunction("jumpTable")
	table, first, second, otherwise := f.NewLabel(), f.NewLabel(), f.NewLabel(), f.NewLabel()
	f.Emit(BTI, W64, Imm(1))
	f.Emit(CMP, W32, R(R0), Imm(2))
	f.EmitCond(Bcc, CondHS, W64, To(otherwise))
	f.Emit(ADR, W64, R(R1), At(table))
	f.Emit(LDRSW, W64, R(R0), Indexed(R1.Reg(), R0.Reg(), ExtendUW, 2))
	f.Emit(ADD, W64, R(R0), R(R0), R(R1))
	f.Emit(BR, W64, R(R0))
	f.Bind(first)
	f.SetConstant(R0.Reg(), 1)
	f.Emit(RET, W64)
	f.Bind(second)
	f.SetConstant(R0.Reg(), -0x123456789)
	f.Emit(LDRV, W128, R(V0), At(f.Constant(1, 2)))
	f.Emit(RET, W64)
	f.Bind(otherwise)
	f.Emit(BL, W64, Far(3))
	f.EmitCond(Bcc, CondLT, W64, Far(1))
	f.Emit(CBZ, W64, R(R0), Far(1))
	f.Emit(CBNZ, W32, R(R0), Far(1))
	f.Emit(TBZ, W64, R(R0), Imm(40), Far(1))
	f.Emit(TBNZ, W64, R(R0), Imm(3), Far(1))
	f.Emit(BL, W64, To(second))
	f.Emit(B, W64, Far(0))
	f.Bind(table)
	f.Emit(LONGDIFF, W64, To(first), To(table))
	f.Emit(LONGDIFF, W64, To(second), To(table))
	f.EmitConstants()
	return f
}

func TestJumpTable(t *testing.T) {
	f := jumpTable()
	code := MustAssemble(t, f)
	if assembler := gnuAssembler(t); assembler != "" {
		// GNU as leaves branches to other functions to the linker, as we do.
		want, _ := gnuAssemble(t, assembler, f.String())
		if !bytes.Equal(code.Bytes, want) {
			t.Errorf("got\n% x\nGNU as says\n% x", code.Bytes, want)
		}
	}
	table := code.Labels[0]
	for n, l := range []Label{1, 2} {
		entry := int(int32(binary.LittleEndian.Uint32(code.Bytes[table+4*n:])))
		if table+entry != code.Labels[l] {
			t.Errorf("entry %d leads to %d, want %d", n, table+entry, code.Labels[l])
		}
	}
	lowertest.CompareGolden(t, "jump_table.txt", f)
}

// TestVirtualRegistersInText: before allocation the registers have numbers.
func TestVirtualRegistersInText(t *testing.T) {
	f := NewFunction("swap")
	const in, out, word, vector = VReg(0), VReg(1), VReg(2), VReg(3)
	head := f.NewLabel()
	f.Bind(head)
	f.Emit(LDRH, W32, V(word), M(in.Reg(), 0))
	f.Emit(REV16, W32, V(word), V(word))
	f.Emit(STRH, W32, V(word), Indexed(out.Reg(), in.Reg(), ExtendX, 1))
	f.Emit(STRB, W32, V(word), M(FrameReg.Reg(), 8))
	f.Emit(LDRV, W128, V(vector), M(in.Reg(), 32))
	f.Emit(VREV64, V16B, V(vector), V(vector))
	f.Emit(ADDV, V16B, V(vector), V(vector))
	f.Emit(UMOV, V2D, V(word), Element(vector.Reg(), 1))
	f.Emit(ADD, W64, V(word), V(in), Extended(out.Reg(), ExtendSB, 2))
	f.Emit(EOR, W64, V(word), V(in), Shifted(out.Reg(), ShiftROR, 2))
	f.EmitCond(CCMP, CondEQ, W64, V(word), Imm(3), Imm(4))
	f.EmitCond(Bcc, CondNE, W64, To(head))
	f.Emit(RET, W64)
	lowertest.CompareGolden(t, "virtual.txt", f)
}

func TestAlignment(t *testing.T) {
	for before := range 10 {
		f := NewFunction("align")
		l := f.NewLabel()
		fill(f, 4*before)
		f.EmitCond(Bcc, CondEQ, W64, To(l))
		f.Emit(ALIGN, W64, Imm(16))
		f.Bind(l)
		f.Emit(RET, W64)
		code := MustAssemble(t, f)
		if code.Labels[l]%16 != 0 || code.Labels[l]-4*before-4 >= 16 {
			t.Errorf("after %d instructions the label is at %d", before, code.Labels[l])
		}
		compareFunctionWithGNU(t, f)
	}
}

func TestLink(t *testing.T) {
	var codes []*Code
	for n := range 3 {
		f := NewFunction("linked")
		fill(f, 4*(5*n+1))
		f.Emit(BL, W64, Far(Symbol((n+1)%3)))
		f.Emit(ALIGN, W64, Imm(8))
		f.EmitCond(Bcc, CondNE, W64, Far(Symbol(n)))
		f.Emit(RET, W64)
		codes = append(codes, MustAssemble(t, f))
	}
	segment, err := Link(codes)
	if err != nil {
		t.Fatal(err)
	}
	calls := 0
	for n, code := range codes {
		begin := segment.Offsets[n]
		if begin%FunctionAlign != 0 {
			t.Errorf("function %d begins at %d", n, begin)
		}
		for _, call := range code.Calls {
			word := binary.LittleEndian.Uint32(segment.Bytes[begin+call.Offset:])
			if got := begin + call.Offset + 4*signed(word, 0, 26); got != segment.Offsets[call.Target] {
				t.Errorf("a call in function %d leads to %d, want %d", n, got, segment.Offsets[call.Target])
			}
			if op := word >> 26; op != 0x25 && op != 5 {
				t.Errorf("a call in function %d is %08x", n, word)
			}
			calls++
		}
	}
	if calls != 6 {
		t.Errorf("%d calls, want 6", calls)
	}
	between := segment.Bytes[len(codes[0].Bytes):segment.Offsets[1]]
	if len(between) == 0 || len(between) != 4*bytes.Count(between, binary.LittleEndian.AppendUint32(nil, trap)) {
		t.Errorf("between the functions: % x", between)
	}
	if _, err := Link(codes[:2]); err == nil || !strings.Contains(err.Error(), "func2") {
		t.Errorf("linking without the third function: %v", err)
	}
}

// TestLinkTooFar: a call reaches 128 MiB.
func TestLinkTooFar(t *testing.T) {
	caller := NewFunction("caller")
	caller.Emit(BL, W64, Far(9))
	caller.Emit(RET, W64)
	callee := NewFunction("callee")
	callee.Emit(RET, W64)
	between := &Code{Bytes: make([]byte, 1<<24-FunctionAlign)}
	for _, last := range []int{-FunctionAlign, -FunctionAlign + 4} {
		codes := []*Code{MustAssemble(t, caller)}
		for range 7 {
			codes = append(codes, between)
		}
		// The caller takes FunctionAlign bytes, so that the callee is 128 MiB away but for a few.
		codes = append(codes, &Code{Bytes: make([]byte, 1<<24+6*FunctionAlign+last)}, MustAssemble(t, callee))
		segment, err := Link(codes)
		far := last > -FunctionAlign
		if (err != nil) != far {
			t.Errorf("to a function at %d: %v", segmentEnd(codes), err)
		}
		if err != nil {
			continue
		}
		if got := 4 * signed(binary.LittleEndian.Uint32(segment.Bytes), 0, 26); got != segment.Offsets[9] {
			t.Errorf("a call leads to %d, want %d", got, segment.Offsets[9])
		}
	}
}

func segmentEnd(codes []*Code) int {
	at := 0
	for _, code := range codes[:len(codes)-1] {
		at += len(code.Bytes)
		at += -at & (FunctionAlign - 1)
	}
	return at
}

func TestLabelErrors(t *testing.T) {
	for _, c := range []struct {
		want  string
		build func(f *Function)
	}{
		{".L0 is used but not bound", func(f *Function) { f.Emit(B, W64, To(f.NewLabel())) }},
		{".L0 is used but not bound", func(f *Function) { f.Emit(ADR, W64, R(R0), At(f.NewLabel())) }},
		{".L0 is used but not bound", func(f *Function) { f.Emit(LDR, W64, R(R0), At(f.NewLabel())) }},
		{".L1 is used but not bound", func(f *Function) {
			l, other := f.NewLabel(), f.NewLabel()
			f.Bind(l)
			f.Emit(LONGDIFF, W64, To(l), To(other))
		}},
		{".L7 is used but not bound", func(f *Function) { f.Bind(7); f.Emit(B, W64, To(7)) }},
		{".L0 is bound twice", func(f *Function) { l := f.NewLabel(); f.Bind(l); f.Bind(l) }},
		{"-1 is the number of no label", func(f *Function) { f.Emit(B, W64, To(-1)) }},
		{"-1 is the number of no label", func(f *Function) { f.Emit(BL, W64, Far(-1)) }},
		{"12 is not an alignment", func(f *Function) { f.Emit(ALIGN, W64, Imm(12)) }},
		{"64 is not an alignment", func(f *Function) { f.Emit(ALIGN, W64, Imm(64)) }},
		{"2 is no multiple of an instruction", func(f *Function) { f.Emit(ALIGN, W64, Imm(2)) }},
	} {
		f := NewFunction("labels")
		c.build(f)
		var a Assembler
		if _, err := a.Assemble(f); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("got %v, want an error that says %q", err, c.want)
		}
	}
}

// TestAssemblerIsReusable: nothing of a function, or of an error in it, shows up in the next one.
func TestAssemblerIsReusable(t *testing.T) {
	var a Assembler
	bad := NewFunction("bad")
	bad.Bind(bad.NewLabel())
	bad.Bind(0)
	want := MustAssemble(t, jumpTable())
	for range 3 {
		if _, err := a.Assemble(bad); err == nil {
			t.Fatal("no error")
		}
		got, err := a.Assemble(jumpTable())
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got.Bytes, want.Bytes) || len(got.Calls) != len(want.Calls) {
			t.Errorf("got % x, want % x", got.Bytes, want.Bytes)
		}
	}
}

// BenchmarkAssemble is about 1,000 instructions: loads, arithmetic, compares, branches.
func BenchmarkAssemble(b *testing.B) {
	f := NewFunction("benchmark")
	var last Label
	for n := range 250 {
		if n%8 == 0 {
			last = f.NewLabel()
			f.Bind(last)
		}
		f.Emit(LDR, W64, R(R1), M(R2.Reg(), int32(n)))
		f.Emit(ADD, W64, R(R1), R(R1), Imm(17))
		f.Emit(CMP, W64, R(R8), R(R1))
		f.EmitCond(Bcc, CondNE, W64, To(last))
	}
	var a Assembler
	b.ReportAllocs()
	for b.Loop() {
		if _, err := a.Assemble(f); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(f.Insts)), "ns/inst")
}
