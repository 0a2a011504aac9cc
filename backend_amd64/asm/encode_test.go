package asm

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tagwire/tagwire/ir/lower/lowertest"
)

// encodeRows have machine code that comes from GNU as 2.40, one row at a time:
//
//	(echo .intel_syntax noprefix; echo 'mov rax, rbx') | as --64 -o row.o && objdump -d -M intel row.o
//
// TestRowsAgainstGNU does it again where GNU as is installed.
var encodeRows = []struct {
	build Inst
	text  string
	hex   string
}{
	{Inst{Op: MOV, Width: W64, A: R(RAX), B: R(RBX)}, "mov rax, rbx", "48 89 d8"},
	{Inst{Op: MOV, Width: W8, A: R(RSI), B: R(R9)}, "mov sil, r9b", "44 88 ce"},
	{Inst{Op: MOV, Width: W8, A: M(RAX.Reg(), 0), B: R(RSP)}, "mov byte ptr [rax], spl", "40 88 20"},
	{Inst{Op: MOV, Width: W8, A: R(RSP), B: R(RAX)}, "mov spl, al", "40 88 c4"},
	{Inst{Op: MOVZX8, Width: W32, A: R(R9), B: R(RSP)}, "movzx r9d, spl", "44 0f b6 cc"},
	{Inst{Op: SHL, Width: W8, A: R(RSP), B: Imm(1)}, "shl spl, 1", "40 d0 e4"},
	{Inst{Op: SETcc, Width: W8, Cond: CondE, A: R(RSP)}, "sete spl", "40 0f 94 c4"},
	{Inst{Op: MOV, Width: W16, A: M(FrameReg.Reg(), 128), B: Imm(-2)}, "mov word ptr [r15+128], -2", "66 41 c7 87 80 00 00 00 fe ff"},
	{Inst{Op: MOV, Width: W32, A: R(R8), B: Imm(1<<32 - 1)}, "mov r8d, 4294967295", "41 b8 ff ff ff ff"},
	{Inst{Op: MOV, Width: W64, A: R(RDI), B: Imm(-1)}, "mov rdi, -1", "48 c7 c7 ff ff ff ff"},
	{Inst{Op: MOV, Width: W64, A: R(R11), B: Imm(1 << 31)}, "mov r11, 2147483648", "49 bb 00 00 00 80 00 00 00 00"},
	{Inst{Op: MOV, Width: W64, A: R(RCX), B: M(RSP.Reg(), 8)}, "mov rcx, qword ptr [rsp+8]", "48 8b 4c 24 08"},
	{Inst{Op: MOV, Width: W64, A: R(RCX), B: M(R12.Reg(), 0)}, "mov rcx, qword ptr [r12]", "49 8b 0c 24"},
	{Inst{Op: MOV, Width: W64, A: R(RCX), B: M(RBP.Reg(), 0)}, "mov rcx, qword ptr [rbp]", "48 8b 4d 00"},
	{Inst{Op: MOV, Width: W64, A: R(RCX), B: M(R13.Reg(), 0)}, "mov rcx, qword ptr [r13]", "49 8b 4d 00"},
	{Inst{Op: MOV, Width: W64, A: R(RCX), B: Indexed(R13.Reg(), R12.Reg(), 8, 0)}, "mov rcx, qword ptr [r13+r12*8]", "4b 8b 4c e5 00"},
	{Inst{Op: MOV, Width: W64, A: R(RCX), B: Indexed(RSP.Reg(), RBP.Reg(), 1, -129)}, "mov rcx, qword ptr [rsp+rbp*1-129]", "48 8b 8c 2c 7f ff ff ff"},
	{Inst{Op: MOVZX8, Width: W32, A: R(RAX), B: R(RDI)}, "movzx eax, dil", "40 0f b6 c7"},
	{Inst{Op: MOVZX16, Width: W32, A: R(R10), B: M(RAX.Reg(), 2)}, "movzx r10d, word ptr [rax+2]", "44 0f b7 50 02"},
	{Inst{Op: MOVSX8, Width: W64, A: R(RAX), B: R(RCX)}, "movsx rax, cl", "48 0f be c1"},
	{Inst{Op: MOVSXD, Width: W64, A: R(RAX), B: Indexed(RDX.Reg(), RAX.Reg(), 4, 0)}, "movsxd rax, dword ptr [rdx+rax*4]", "48 63 04 82"},
	{Inst{Op: MOVBE, Width: W16, A: R(R9), B: M(RSI.Reg(), 1)}, "movbe r9w, word ptr [rsi+1]", "66 44 0f 38 f0 4e 01"},
	{Inst{Op: MOVBE, Width: W64, A: M(RDI.Reg(), 3), B: R(RAX)}, "movbe qword ptr [rdi+3], rax", "48 0f 38 f1 47 03"},
	{Inst{Op: BSWAP, Width: W64, A: R(R14)}, "bswap r14", "49 0f ce"},
	{Inst{Op: XCHG, Width: W32, A: R(RAX), B: R(RAX)}, "xchg eax, eax", "87 c0"},
	{Inst{Op: LEA, Width: W64, A: R(RSP), B: M(RSP.Reg(), -40)}, "lea rsp, [rsp-40]", "48 8d 64 24 d8"},
	{Inst{Op: ADD, Width: W64, A: R(RAX), B: Imm(127)}, "add rax, 127", "48 83 c0 7f"},
	{Inst{Op: ADD, Width: W64, A: R(RAX), B: Imm(128)}, "add rax, 128", "48 05 80 00 00 00"},
	{Inst{Op: AND, Width: W32, A: R(RAX), B: Imm(1<<32 - 16)}, "and eax, 4294967280", "83 e0 f0"},
	{Inst{Op: XOR, Width: W16, A: R(R8), B: Imm(1<<16 - 1)}, "xor r8w, 65535", "66 41 83 f0 ff"},
	{Inst{Op: CMP, Width: W8, A: M(RSI.Reg(), 0), B: Imm(11)}, "cmp byte ptr [rsi], 11", "80 3e 0b"},
	{Inst{Op: TEST, Width: W8, A: R(RBP), B: Imm(1)}, "test bpl, 1", "40 f6 c5 01"},
	{Inst{Op: ZERO, Width: W32, A: R(R13)}, "xor r13d, r13d", "45 31 ed"},
	{Inst{Op: IMULI, Width: W64, A: R(RAX), B: R(RCX), C: Imm(24)}, "imul rax, rcx, 24", "48 6b c1 18"},
	{Inst{Op: ROL, Width: W16, A: R(RDX), B: Imm(8)}, "rol dx, 8", "66 c1 c2 08"},
	{Inst{Op: SHL, Width: W64, A: R(RDX), B: Imm(1)}, "shl rdx, 1", "48 d1 e2"},
	{Inst{Op: SARCL, Width: W32, A: R(R9), B: R(RCX)}, "sar r9d, cl", "41 d3 f9"},
	{Inst{Op: SHRX, Width: W64, A: R(RAX), B: R(RDX), C: R(R9)}, "shrx rax, rdx, r9", "c4 e2 b3 f7 c2"},
	{Inst{Op: BTS, Width: W64, A: R(R8), B: Imm(63)}, "bts r8, 63", "49 0f ba e8 3f"},
	{Inst{Op: TZCNT, Width: W32, A: R(RAX), B: R(R8)}, "tzcnt eax, r8d", "f3 41 0f bc c0"},
	{Inst{Op: SETcc, Width: W8, Cond: CondNE, A: R(RDI)}, "setne dil", "40 0f 95 c7"},
	{Inst{Op: CMOVcc, Width: W64, Cond: CondB, A: R(RAX), B: R(R8)}, "cmovb rax, r8", "49 0f 42 c0"},
	{Inst{Op: JMPI, Width: W64, A: R(R11)}, "jmp r11", "41 ff e3"},
	{Inst{Op: CALLI, Width: W64, A: M(FrameReg.Reg(), 16)}, "call qword ptr [r15+16]", "41 ff 57 10"},
	{Inst{Op: MOVDQU, Width: W128, A: M(R9.Reg(), 16), B: R(X9)}, "movdqu xmmword ptr [r9+16], xmm9", "f3 45 0f 7f 49 10"},
	{Inst{Op: MOVXG, Width: W64, A: R(RAX), B: R(X8)}, "movq rax, xmm8", "66 4c 0f 7e c0"},
	{Inst{Op: PSHUFB, Width: W128, A: R(X1), B: R(X12)}, "pshufb xmm1, xmm12", "66 41 0f 38 00 cc"},
	{Inst{Op: PSRAD, Width: W128, A: R(X9), B: Imm(31)}, "psrad xmm9, 31", "66 41 0f 72 e1 1f"},
	{Inst{Op: PSHUFD, Width: W128, A: R(X0), B: R(X8), C: Imm(216)}, "pshufd xmm0, xmm8, 216", "66 41 0f 70 c0 d8"},
	{Inst{Op: PUNPCKHQDQ, Width: W128, A: R(X1), B: R(X2)}, "punpckhqdq xmm1, xmm2", "66 0f 6d ca"},
	{Inst{Op: VPSRAD, Width: W256, A: R(X9), B: R(X2), C: Imm(31)}, "vpsrad ymm9, ymm2, 31", "c5 b5 72 e2 1f"},
	{Inst{Op: VPERMQ, Width: W256, A: R(X2), B: M(RSI.Reg(), 32), C: Imm(216)}, "vpermq ymm2, ymmword ptr [rsi+32], 216", "c4 e3 fd 00 56 20 d8"},
	{Inst{Op: VPCMPEQBK, Width: W512, A: R(K2), B: R(X1), C: R(X12)}, "vpcmpeqb k2, zmm1, zmm12", "62 d1 75 48 74 d4"},
	{Inst{Op: VMOVDQU8LK, Width: W512, A: R(X9), B: R(X4), C: R(K2)}, "vmovdqu8 zmm9{k2}{z}, zmm4", "62 71 7f ca 6f cc"},
	{Inst{Op: VMOVDQU, Width: W256, A: R(X10), B: M(RSI.Reg(), 32)}, "vmovdqu ymm10, ymmword ptr [rsi+32]", "c5 7e 6f 56 20"},
	{Inst{Op: VMOVDQA, Width: W256, A: R(X1), B: R(X10)}, "vmovdqa ymm1, ymm10", "c5 7d 7f d1"},
	{Inst{Op: VPSHUFB, Width: W256, A: R(X1), B: R(X1), C: R(X15)}, "vpshufb ymm1, ymm1, ymm15", "c4 c2 75 00 cf"},
	{Inst{Op: VPSHUFB, Width: W512, A: R(X9), B: R(X1), C: M(RSI.Reg(), 64)}, "vpshufb zmm9, zmm1, zmmword ptr [rsi+64]", "62 72 75 48 00 4e 01"},
	{Inst{Op: VBROADCASTI32X4, Width: W512, A: R(X2), B: M(RAX.Reg(), -2048)}, "vbroadcasti32x4 zmm2, xmmword ptr [rax-2048]", "62 f2 7d 48 5a 50 80"},
	{Inst{Op: VMOVDQU8LK, Width: W512, A: R(X3), B: M(RSI.Reg(), 0), C: R(K1)}, "vmovdqu8 zmm3{k1}{z}, zmmword ptr [rsi]", "62 f1 7f c9 6f 1e"},
	{Inst{Op: VMOVDQU8SK, Width: W512, A: M(RDI.Reg(), 65), B: R(X3), C: R(K7)}, "vmovdqu8 zmmword ptr [rdi+65]{k7}, zmm3", "62 f1 7f 4f 7f 9f 41 00 00 00"},
	{Inst{Op: VPERMB, Width: W512, A: R(X0), B: R(X15), C: R(X8)}, "vpermb zmm0, zmm15, zmm8", "62 d2 05 48 8d c0"},
	{Inst{Op: KMOVGK, Width: W64, A: R(K1), B: R(RAX)}, "kmovq k1, rax", "c4 e1 fb 92 c8"},
	{Inst{Op: VZEROUPPER, Width: W256}, "vzeroupper", "c5 f8 77"},
	{Inst{Op: RET, Width: W64}, "ret", "c3"},
}

func TestEncodeRows(t *testing.T) {
	for _, row := range encodeRows {
		if got := row.build.String(); got != row.text {
			t.Errorf("text is %q, want %q", got, row.text)
		}
		want, err := hex.DecodeString(strings.ReplaceAll(row.hex, " ", ""))
		if err != nil {
			t.Fatal(err)
		}
		if got := AssembleOne(t, row.build); !bytes.Equal(got, want) {
			t.Errorf("%s: got % x, want % x", row.text, got, want)
		}
	}
}

// TestForms compares the forms with those of the golden file, whose machine code comes from GNU as.
func TestForms(t *testing.T) {
	name := filepath.Join("testdata", "encode", "forms.txt")
	instructions := Forms(&few)
	if *lowertest.Update {
		writeForms(t, name, instructions)
	}
	content, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSuffix(string(content), "\n"), "\n")
	if len(lines) != len(instructions) {
		t.Fatalf("%s has %d lines for %d instructions: run the test with -update", name, len(lines), len(instructions))
	}
	for n, i := range instructions {
		if got := formLine(&i, AssembleOne(t, i)); got != lines[n] {
			t.Errorf("%s:%d:\n got %s\nwant %s", name, n+1, got, lines[n])
		}
	}
}

func formLine(i *Inst, code []byte) string { return fmt.Sprintf("%-24x %v", code, i) }

func writeForms(t *testing.T, name string, instructions []Inst) {
	t.Helper()
	lines := make([]string, len(instructions))
	for n := range instructions {
		lines[n] = instructions[n].String()
	}
	var content strings.Builder
	for n, code := range gnuEach(t, gnuAssembler(t), lines) {
		content.WriteString(formLine(&instructions[n], code) + "\n")
	}
	if err := os.WriteFile(name, []byte(content.String()), 0o666); err != nil {
		t.Fatal(err)
	}
}

func TestRowsAgainstGNU(t *testing.T) {
	assembler := gnuAssembler(t)
	if assembler == "" {
		return
	}
	var lines []string
	for _, row := range encodeRows {
		lines = append(lines, row.text)
	}
	for n, code := range gnuEach(t, assembler, lines) {
		if got := hex.EncodeToString(code); got != strings.ReplaceAll(encodeRows[n].hex, " ", "") {
			t.Errorf("%s: GNU as says % x, the row %s", lines[n], code, encodeRows[n].hex)
		}
	}
}

// TestAllFormsAgainstGNU: each register and each shape of memory as each operand of each instruction.
func TestAllFormsAgainstGNU(t *testing.T) {
	if assembler := gnuAssembler(t); assembler != "" {
		compareWithGNU(t, assembler, append(Forms(&few), Forms(&all)...))
	}
}

// TestRandomOperandsAgainstGNU combines all operands at a time.
func TestRandomOperandsAgainstGNU(t *testing.T) {
	assembler := gnuAssembler(t)
	if assembler == "" {
		return
	}
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	compareWithGNU(t, assembler, randomInsts(seed))
}

// randomInsts returns as many random instructions as an oracle is asked about at once.
func randomInsts(seed uint64) (instructions []Inst) {
	random := rand.New(rand.NewPCG(seed, 0))
	for len(instructions) < 20000 {
		if i, ok := randomInst(random); ok {
			instructions = append(instructions, i)
		}
	}
	return instructions
}

// randomInst draws an instruction; ok reports whether what came out is one.
func randomInst(random *rand.Rand) (i Inst, ok bool) {
	i = Inst{Op: Op(random.IntN(int(opCount))), Width: Width(random.IntN(int(widthCount)))}
	r := i.row()
	if !isPlain(r) || !r.widths.has(i.Width) {
		return i, false
	}
	if r.effects&isCond != 0 {
		i.Cond = Cond(random.IntN(int(condCount)))
	}
	for index := range r.operands {
		spec := &r.operands[index]
		if spec.allow == 0 {
			break
		}
		*i.operand(index) = randomOperand(random, spec, &i)
	}
	return i, i.check(AllFeatures) == nil
}

func randomOperand(random *rand.Rand, spec *operandSpec, i *Inst) Operand {
	switch random.IntN(3) {
	case 0:
		if spec.allow.has(MemKind) {
			return randomMemory(random)
		}
	case 1:
		if spec.allow.has(ImmKind) {
			return Imm(RandomConstant(random, i.Width))
		}
	}
	candidates := all.candidates(spec, i)
	return candidates[random.IntN(len(candidates))]
}

func randomMemory(random *rand.Rand) Operand {
	base := PReg(random.IntN(16)).Reg()
	displacement := int32(RandomConstant(random, W32))
	if index := PReg(random.IntN(16)); index != RSP && random.IntN(2) == 0 {
		return Indexed(base, index.Reg(), 1<<random.IntN(4), displacement)
	}
	return M(base, displacement)
}

// RandomConstant returns constants that have every number of significant bits with the same probability.
func RandomConstant(random *rand.Rand, w Width) int64 {
	value := int64(random.Uint64()) >> random.IntN(64)
	switch w {
	case W8:
		return int64(int8(value))
	case W16:
		return int64(int16(value))
	case W32:
		return int64(int32(value))
	}
	return value
}
