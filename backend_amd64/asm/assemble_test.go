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
	code, err := a.Assemble(f, AllFeatures)
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
	for ; size >= 3; size -= 3 {
		f.Emit(MOV, W64, R(RAX), R(RCX))
	}
	for ; size > 0; size-- {
		f.Emit(PUSH, W64, R(RAX))
	}
}

// TestBranchSizes: a branch is short exactly where one byte holds the distance.
func TestBranchSizes(t *testing.T) {
	for _, c := range []struct {
		name          string
		op            Op
		before, after int // bytes between branch and target: forward if after >= 0, else backward
		size          int
	}{
		{"jmp forward 127", JMP, 0, 127, 2},
		{"jmp forward 128", JMP, 0, 128, 5},
		{"jcc forward 127", Jcc, 0, 127, 2},
		{"jcc forward 128", Jcc, 0, 128, 6},
		{"jmp backward 126", JMP, 126, -1, 2},
		{"jmp backward 127", JMP, 127, -1, 5},
		{"jcc backward 126", Jcc, 126, -1, 2},
		{"jcc backward 127", Jcc, 127, -1, 6},
		{"jmp to itself", JMP, 0, -1, 2},
		{"jmp to the next", JMP, 0, 0, 2},
	} {
		f := NewFunction(c.name)
		l := f.NewLabel()
		if c.after < 0 {
			f.Bind(l)
		}
		fill(f, c.before)
		f.EmitCond(c.op, CondNE, W64, To(l))
		fill(f, c.after)
		if c.after >= 0 {
			f.Bind(l)
		}
		code := MustAssemble(t, f)
		if got := len(code.Bytes) - c.before - max(c.after, 0); got != c.size {
			t.Errorf("%s: the branch has %d bytes, want %d", c.name, got, c.size)
		}
		compareFunctionWithGNU(t, f)
	}
}

// TestBranchesGrowTogether: the outer branch is in reach only as long as the inner ones are short.
func TestBranchesGrowTogether(t *testing.T) {
	f := NewFunction("nested")
	const depth = 40
	var ends [depth]Label
	for n := range ends {
		ends[n] = f.NewLabel()
		f.EmitCond(Jcc, CondB, W64, To(ends[n]))
	}
	fill(f, 128-2*depth/2)
	for n := range ends {
		f.Bind(ends[len(ends)-1-n])
		f.Emit(ADD, W64, R(RAX), Imm(1))
	}
	compareFunctionWithGNU(t, f)
	code := MustAssemble(t, f)
	checkBranches(t, f, code)
}

// checkBranches follows each branch in the code to its label.
func checkBranches(t *testing.T, f *Function, code *Code) {
	t.Helper()
	at := 0
	for n := range f.Insts {
		i := &f.Insts[n]
		if i.Op != JMP && i.Op != Jcc {
			at += len(assembleUnlessLabel(t, i))
			continue
		}
		var end, distance int
		switch b := code.Bytes[at:]; {
		case b[0] == 0xeb || b[0]&0xf0 == 0x70:
			end, distance = at+2, int(int8(b[1]))
		case b[0] == 0xe9:
			end, distance = at+5, int(int32(binary.LittleEndian.Uint32(b[1:])))
		case b[0] == 0x0f && b[1]&0xf0 == 0x80:
			end, distance = at+6, int(int32(binary.LittleEndian.Uint32(b[2:])))
		default:
			t.Fatalf("%s: no branch at %d: % x", f.Name, at, b[:2])
		}
		l, _ := i.A.Label()
		if want := code.Labels[l]; end+distance != want {
			t.Fatalf("%s: the branch at %d goes to %d, but %v is at %d", f.Name, at, end+distance, l, want)
		}
		at = end
	}
	if at != len(code.Bytes) {
		t.Fatalf("%s: %d bytes are known, the code has %d", f.Name, at, len(code.Bytes))
	}
}

func assembleUnlessLabel(t *testing.T, i *Inst) []byte {
	if i.Op == LABEL {
		return nil
	}
	return AssembleOne(t, *i)
}

// TestRandomBranches: functions full of branches, each followed to its target.
func TestRandomBranches(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	for n := range 60 {
		f := randomBranches(random, fmt.Sprintf("random%d", n), 1+random.IntN(60))
		checkBranches(t, f, MustAssemble(t, f))
		if n < 20 {
			compareFunctionWithGNU(t, f)
		}
	}
}

func randomBranches(random *rand.Rand, name string, count int) *Function {
	f := NewFunction(name)
	for range count {
		f.NewLabel()
	}
	for n := range count {
		fill(f, random.IntN(40))
		op := JMP
		if random.IntN(2) == 0 {
			op = Jcc
		}
		f.EmitCond(op, Cond(random.IntN(int(condCount))), W64, To(Label(random.IntN(count))))
		f.Bind(Label(n))
	}
	return f
}

// jumpTable is
//
//	cmp eax, 2
//	jae default
//	lea rcx, [rip+table]
//	movsxd rax, dword ptr [rcx+rax*4]
//	add rax, rcx
//	jmp rax
func jumpTable() *Function {
	f := NewFunction("jumpTable")
	table, first, second, otherwise := f.NewLabel(), f.NewLabel(), f.NewLabel(), f.NewLabel()
	f.Emit(CMP, W32, R(RAX), Imm(2))
	f.EmitCond(Jcc, CondAE, W64, To(otherwise))
	f.Emit(LEA, W64, R(RCX), At(table))
	f.Emit(MOVSXD, W64, R(RAX), Indexed(RCX.Reg(), RAX.Reg(), 4, 0))
	f.Emit(ADD, W64, R(RAX), R(RCX))
	f.Emit(JMPI, W64, R(RAX))
	f.Bind(first)
	f.SetConstant(RAX.Reg(), 1)
	f.Emit(RET, W64)
	f.Bind(second)
	f.SetConstant(RAX.Reg(), -1)
	f.Emit(CMP, W32, At(table), Imm(1000)) // a constant behind the distance
	f.Emit(RET, W64)
	f.Bind(otherwise)
	f.Emit(CALL, W64, Far(3))
	f.EmitCond(Jcc, CondS, W64, Far(1))
	f.Emit(CALL, W64, To(second))
	f.Emit(JMP, W64, Far(0))
	f.Bind(table)
	f.Emit(LONGDIFF, W64, To(first), To(table))
	f.Emit(LONGDIFF, W64, To(second), To(table))
	f.Emit(QUAD, W64, Imm(0x0706050403020100))
	return f
}

func TestJumpTable(t *testing.T) {
	f := jumpTable()
	compareFunctionWithGNU(t, f)
	code := MustAssemble(t, f)
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
	const in, out, word, vector, mask = VReg(0), VReg(1), VReg(2), VReg(3), VReg(4)
	head := f.NewLabel()
	f.Bind(head)
	f.Emit(MOV, W16, V(word), M(in.Reg(), 0))
	f.Emit(ROL, W16, V(word), Imm(8))
	f.Emit(MOV, W16, Indexed(out.Reg(), in.Reg(), 2, -2), V(word))
	f.Emit(MOV, W8, M(FrameReg.Reg(), 8), V(word))
	f.Emit(VMOVDQU, W256, V(vector), M(in.Reg(), 32))
	f.Emit(VPSHUFB, W512, V(vector), V(vector), At(head))
	f.Emit(KMOVGK, W64, V(mask), V(word))
	f.Emit(VMOVDQU8SK, W512, M(out.Reg(), 0), V(vector), V(mask))
	f.Emit(MOVGX, W32, V(vector), V(word))
	f.Emit(SHLCL, W64, V(word), R(ShiftCount))
	f.EmitCond(Jcc, CondNE, W64, To(head))
	f.Emit(RET, W64)
	lowertest.CompareGolden(t, "virtual.txt", f)
}

func TestAlignment(t *testing.T) {
	for before := range 70 {
		f := NewFunction("align")
		l := f.NewLabel()
		fill(f, before)
		f.EmitCond(Jcc, CondE, W64, To(l))
		f.Emit(ALIGN, W64, Imm(32))
		f.Bind(l)
		f.Emit(RET, W64)
		code := MustAssemble(t, f)
		if code.Labels[l]%32 != 0 || code.Labels[l]-before-shortSize >= 32 {
			t.Errorf("after %d bytes the label is at %d", before, code.Labels[l])
		}
		if code.Bytes[len(code.Bytes)-1] != 0xc3 {
			t.Errorf("code % x", code.Bytes)
		}
	}
}

// TestNops: padding is instructions, as GNU as reads them back.
func TestNops(t *testing.T) {
	texts := []string{"nop", "xchg ax, ax", "nop dword ptr [rax]", ".byte 0x0f, 0x1f, 0x40, 0",
		".byte 0x0f, 0x1f, 0x44, 0, 0", ".byte 0x66, 0x0f, 0x1f, 0x44, 0, 0", "nop dword ptr [rax+0x12345678]",
		"nop dword ptr [rax+rax*1+0x12345678]", "nop word ptr [rax+rax*1+0x12345678]"}
	for size := range 40 {
		if got := len(appendNops(nil, size)); got != size {
			t.Errorf("%d bytes of padding are %d", size, got)
		}
	}
	assembler := gnuAssembler(t)
	if assembler == "" {
		return
	}
	for n, want := range gnuEach(t, assembler, texts) {
		want = bytes.ReplaceAll(want, []byte{0x78, 0x56, 0x34, 0x12}, make([]byte, 4))
		if got := appendNops(nil, n+1); !bytes.Equal(got, want) {
			t.Errorf("%d bytes: got % x, GNU as says % x", n+1, got, want)
		}
	}
}

func TestLink(t *testing.T) {
	var codes []*Code
	for n := range 3 {
		f := NewFunction("linked")
		fill(f, 5*n+1)
		f.Emit(CALL, W64, Far(Symbol((n+1)%3)))
		f.Emit(ALIGN, W64, Imm(int64(8<<n)))
		f.EmitCond(Jcc, CondNE, W64, Far(Symbol(n)))
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
			field := begin + call.Offset
			distance := int(int32(binary.LittleEndian.Uint32(segment.Bytes[field:])))
			if got := field + 4 + distance; got != segment.Offsets[call.Target] {
				t.Errorf("a call in function %d leads to %d, want %d", n, got, segment.Offsets[call.Target])
			}
			calls++
		}
	}
	if calls != 6 {
		t.Errorf("%d calls, want 6", calls)
	}
	between := segment.Bytes[len(codes[0].Bytes):segment.Offsets[1]]
	if len(between) == 0 || bytes.Count(between, []byte{trap}) != len(between) {
		t.Errorf("between the functions: % x", between)
	}
	if _, err := Link(codes[:2]); err == nil || !strings.Contains(err.Error(), "func2") {
		t.Errorf("linking without the third function: %v", err)
	}
}

func TestLabelErrors(t *testing.T) {
	for _, c := range []struct {
		want  string
		build func(f *Function)
	}{
		{".L0 is used but not bound", func(f *Function) { f.Emit(JMP, W64, To(f.NewLabel())) }},
		{".L0 is used but not bound", func(f *Function) { f.Emit(LEA, W64, R(RAX), At(f.NewLabel())) }},
		{".L1 is used but not bound", func(f *Function) {
			l, other := f.NewLabel(), f.NewLabel()
			f.Bind(l)
			f.Emit(LONGDIFF, W64, To(l), To(other))
		}},
		{".L7 is used but not bound", func(f *Function) { f.Bind(7); f.Emit(JMP, W64, To(7)) }},
		{".L0 is bound twice", func(f *Function) { l := f.NewLabel(); f.Bind(l); f.Bind(l) }},
		{"-1 is the number of no label", func(f *Function) { f.Emit(JMP, W64, To(-1)) }},
		{"-1 is the number of no label", func(f *Function) { f.Emit(CALL, W64, Far(-1)) }},
		{"48 is not an alignment", func(f *Function) { f.Emit(ALIGN, W64, Imm(48)) }},
		{"64 is not an alignment", func(f *Function) { f.Emit(ALIGN, W64, Imm(64)) }},
	} {
		f := NewFunction("labels")
		c.build(f)
		var a Assembler
		if _, err := a.Assemble(f, AllFeatures); err == nil || !strings.Contains(err.Error(), c.want) {
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
		if _, err := a.Assemble(bad, AllFeatures); err == nil {
			t.Fatal("no error")
		}
		got, err := a.Assemble(jumpTable(), AllFeatures)
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
		f.Emit(MOV, W64, R(RCX), M(RBX.Reg(), int32(n)))
		f.Emit(ADD, W64, R(RCX), Imm(17))
		f.Emit(CMP, W64, R(R8), R(RCX))
		f.EmitCond(Jcc, CondNE, W64, To(last))
	}
	var a Assembler
	b.ReportAllocs()
	for b.Loop() {
		if _, err := a.Assemble(f, 0); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(f.Insts)), "ns/inst")
}
