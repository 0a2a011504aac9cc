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
//	echo 'mov x0, x1' | aarch64-linux-gnu-as -o row.o && aarch64-linux-gnu-objdump -d row.o
//
// TestRowsAgainstGNU does it again where GNU as is installed.
var encodeRows = []struct {
	build Inst
	text  string
	hex   string
}{
	{Inst{Op: MOV, Width: W64, A: R(R0), B: R(R1)}, "mov x0, x1", "e0 03 01 aa"},
	{Inst{Op: MOV, Width: W32, A: R(R30), B: Zero}, "mov w30, wzr", "fe 03 1f 2a"},
	{Inst{Op: MOV, Width: W64, A: R(SP), B: R(R9)}, "mov sp, x9", "3f 01 00 91"},
	{Inst{Op: MOVZ, Width: W64, A: R(R3), B: Imm(0x1234), C: Imm(48)}, "movz x3, #4660, lsl #48", "83 46 e2 d2"},
	{Inst{Op: MOVN, Width: W32, A: R(R3), B: Imm(0xffff), C: Imm(16)}, "movn w3, #65535, lsl #16", "e3 ff bf 12"},
	{Inst{Op: MOVK, Width: W64, A: R(R3), B: Imm(0), C: Imm(16)}, "movk x3, #0, lsl #16", "03 00 a0 f2"},
	{Inst{Op: ADD, Width: W64, A: R(SP), B: R(SP), C: Imm(4095)}, "add sp, sp, #4095", "ff ff 3f 91"},
	{Inst{Op: SUB, Width: W64, A: R(SP), B: R(SP), C: Imm(4096)}, "sub sp, sp, #4096", "ff 07 40 d1"},
	{Inst{Op: ADD, Width: W64, A: R(R0), B: R(SP), C: R(R1)}, "add x0, sp, x1", "e0 63 21 8b"},
	{Inst{Op: ADD, Width: W64, A: R(R0), B: R(R1), C: Shifted(R2.Reg(), ShiftLSL, 3)}, "add x0, x1, x2, lsl #3", "20 0c 02 8b"},
	{Inst{Op: SUBS, Width: W32, A: R(R4), B: R(R5), C: Extended(R6.Reg(), ExtendSB, 2)}, "subs w4, w5, w6, sxtb #2", "a4 88 26 6b"},
	{Inst{Op: CMP, Width: W64, A: R(SP), B: Extended(R6.Reg(), ExtendX, 0)}, "cmp sp, x6, uxtx #0", "ff 63 26 eb"},
	{Inst{Op: CMN, Width: W32, A: R(R4), B: Imm(1)}, "cmn w4, #1", "9f 04 00 31"},
	{Inst{Op: AND, Width: W64, A: R(R0), B: R(R1), C: Imm(0x7f7f7f7f7f7f7f7f)}, "and x0, x1, #0x7f7f7f7f7f7f7f7f", "20 d8 00 92"},
	{Inst{Op: ORR, Width: W64, A: R(R0), B: Zero, C: Imm(-2)}, "orr x0, xzr, #0xfffffffffffffffe", "e0 fb 7f b2"},
	{Inst{Op: EOR, Width: W32, A: R(R0), B: R(R1), C: Imm(0x80000001)}, "eor w0, w1, #0x80000001", "20 04 01 52"},
	{Inst{Op: TST, Width: W64, A: R(R9), B: Imm(-1 << 63)}, "tst x9, #0x8000000000000000", "3f 01 41 f2"},
	{Inst{Op: BIC, Width: W64, A: R(R9), B: R(R10), C: Shifted(R11.Reg(), ShiftROR, 63)}, "bic x9, x10, x11, ror #63", "49 fd eb 8a"},
	{Inst{Op: NEG, Width: W64, A: R(R9), B: Shifted(R10.Reg(), ShiftASR, 1)}, "neg x9, x10, asr #1", "e9 07 8a cb"},
	{Inst{Op: MADD, Width: W64, A: R(R0), B: R(R1), C: R(R2), D: R(R3)}, "madd x0, x1, x2, x3", "20 0c 02 9b"},
	{Inst{Op: UMULH, Width: W64, A: R(R0), B: R(R1), C: R(R2)}, "umulh x0, x1, x2", "20 7c c2 9b"},
	{Inst{Op: LSL, Width: W32, A: R(R0), B: R(R1), C: Imm(31)}, "lsl w0, w1, #31", "20 00 01 53"},
	{Inst{Op: ROR, Width: W64, A: R(R0), B: R(R1), C: Imm(8)}, "ror x0, x1, #8", "20 20 c1 93"},
	{Inst{Op: ASR, Width: W64, A: R(R0), B: R(R1), C: R(R2)}, "asr x0, x1, x2", "20 28 c2 9a"},
	{Inst{Op: UBFX, Width: W64, A: R(R0), B: R(R1), C: Imm(7), D: Imm(57)}, "ubfx x0, x1, #7, #57", "20 fc 47 d3"},
	{Inst{Op: BFI, Width: W64, A: R(R0), B: R(R1), C: Imm(7), D: Imm(7)}, "bfi x0, x1, #7, #7", "20 18 79 b3"},
	{Inst{Op: BFXIL, Width: W32, A: R(R0), B: R(R1), C: Imm(16), D: Imm(8)}, "bfxil w0, w1, #16, #8", "20 5c 10 33"},
	{Inst{Op: SXTW, Width: W64, A: R(R0), B: R(R1)}, "sxtw x0, w1", "20 7c 40 93"},
	{Inst{Op: EXTR, Width: W64, A: R(R0), B: R(R1), C: R(R2), D: Imm(13)}, "extr x0, x1, x2, #13", "20 34 c2 93"},
	{Inst{Op: REV, Width: W64, A: R(R0), B: R(R1)}, "rev x0, x1", "20 0c c0 da"},
	{Inst{Op: REV, Width: W32, A: R(R0), B: R(R1)}, "rev w0, w1", "20 08 c0 5a"},
	{Inst{Op: REV16, Width: W32, A: R(R0), B: R(R1)}, "rev16 w0, w1", "20 04 c0 5a"},
	{Inst{Op: REV32, Width: W64, A: R(R0), B: R(R1)}, "rev32 x0, x1", "20 08 c0 da"},
	{Inst{Op: CSEL, Width: W64, Cond: CondLO, A: R(R0), B: R(R1), C: Zero}, "csel x0, x1, xzr, lo", "20 30 9f 9a"},
	{Inst{Op: CSET, Width: W32, Cond: CondEQ, A: R(R0)}, "cset w0, eq", "e0 17 9f 1a"},
	{Inst{Op: CCMP, Width: W64, Cond: CondNE, A: R(R0), B: Imm(31), C: Imm(4)}, "ccmp x0, #31, #4, ne", "04 18 5f fa"},
	{Inst{Op: CCMN, Width: W32, Cond: CondGE, A: R(R0), B: R(R1), C: Imm(15)}, "ccmn w0, w1, #15, ge", "0f a0 41 3a"},
	{Inst{Op: BR, Width: W64, A: R(R16)}, "br x16", "00 02 1f d6"},
	{Inst{Op: BLR, Width: W64, A: R(R16)}, "blr x16", "00 02 3f d6"},
	{Inst{Op: RET, Width: W64}, "ret", "c0 03 5f d6"},
	{Inst{Op: BRK, Width: W64, A: Imm(1)}, "brk #1", "20 00 20 d4"},
	{Inst{Op: BTI, Width: W64, A: Imm(3)}, "bti jc", "df 24 03 d5"},
	{Inst{Op: LDR, Width: W64, A: R(R0), B: M(FrameReg.Reg(), 32760)}, "ldr x0, [x19, #32760]", "60 fe 7f f9"},
	{Inst{Op: LDR, Width: W32, A: R(R0), B: M(R1.Reg(), 3)}, "ldr w0, [x1, #3]", "20 30 40 b8"},
	{Inst{Op: LDRB, Width: W32, A: R(R0), B: PostIndexed(R1, 1)}, "ldrb w0, [x1], #1", "20 14 40 38"},
	{Inst{Op: LDRSH, Width: W32, A: R(R0), B: Indexed(R1.Reg(), R2.Reg(), ExtendSW, 1)}, "ldrsh w0, [x1, w2, sxtw #1]", "20 d8 e2 78"},
	{Inst{Op: LDRSW, Width: W64, A: R(R0), B: Indexed(R1.Reg(), R2.Reg(), ExtendX, 2)}, "ldrsw x0, [x1, x2, lsl #2]", "20 78 a2 b8"},
	{Inst{Op: STR, Width: W64, A: Zero, B: PreIndexed(SP, -16)}, "str xzr, [sp, #-16]!", "ff 0f 1f f8"},
	{Inst{Op: STRH, Width: W32, A: R(R3), B: M(R1.Reg(), 8190)}, "strh w3, [x1, #8190]", "23 fc 3f 79"},
	{Inst{Op: LDP, Width: W64, A: R(R29), B: R(R30), C: PostIndexed(SP, 16)}, "ldp x29, x30, [sp], #16", "fd 7b c1 a8"},
	{Inst{Op: STP, Width: W64, A: R(R0), B: Zero, C: M(SP.Reg(), -512)}, "stp x0, xzr, [sp, #-512]", "e0 7f 20 a9"},
	{Inst{Op: LDRV, Width: W128, A: R(V31), B: M(R1.Reg(), 65520)}, "ldr q31, [x1, #65520]", "3f fc ff 3d"},
	{Inst{Op: LDRV, Width: W8, A: R(V1), B: Indexed(R1.Reg(), R2.Reg(), ExtendX, 0)}, "ldr b1, [x1, x2]", "21 68 62 3c"},
	{Inst{Op: STRV, Width: W128, A: R(V1), B: M(R1.Reg(), -1)}, "str q1, [x1, #-1]", "21 f0 9f 3c"},
	{Inst{Op: LDPV, Width: W128, A: R(V0), B: R(V1), C: PostIndexed(R1, 32)}, "ldp q0, q1, [x1], #32", "20 04 c1 ac"},
	{Inst{Op: STPV, Width: W128, A: R(V2), B: R(V3), C: M(R0.Reg(), 1008)}, "stp q2, q3, [x0, #1008]", "02 8c 1f ad"},
	{Inst{Op: LD1, Width: V16B, A: List(V0.Reg(), 4), B: PostIndexed(R1, 64)}, "ld1 {v0.16b, v1.16b, v2.16b, v3.16b}, [x1], #64", "20 20 df 4c"},
	{Inst{Op: ST1, Width: V2D, A: List(V30.Reg(), 3), B: M(SP.Reg(), 0)}, "st1 {v30.2d, v31.2d, v0.2d}, [sp]", "fe 6f 00 4c"},
	{Inst{Op: LD1R, Width: V8H, A: List(V3.Reg(), 1), B: PostIndexed(R1, 2)}, "ld1r {v3.8h}, [x1], #2", "23 c4 df 4d"},
	{Inst{Op: FMOVVG, Width: W64, A: R(V1), B: R(R2)}, "fmov d1, x2", "41 00 67 9e"},
	{Inst{Op: FMOVGV, Width: W32, A: R(R2), B: R(V1)}, "fmov w2, s1", "22 00 26 1e"},
	{Inst{Op: DUPG, Width: V16B, A: R(V1), B: R(R2)}, "dup v1.16b, w2", "41 0c 01 4e"},
	{Inst{Op: INS, Width: V4S, A: Element(V1.Reg(), 3), B: Element(V2.Reg(), 1)}, "ins v1.s[3], v2.s[1]", "41 24 1c 6e"},
	{Inst{Op: UMOV, Width: V2D, A: R(R0), B: Element(V2.Reg(), 1)}, "umov x0, v2.d[1]", "40 3c 18 4e"},
	{Inst{Op: UMOV, Width: V16B, A: R(R0), B: Element(V2.Reg(), 15)}, "umov w0, v2.b[15]", "40 3c 1f 0e"},
	{Inst{Op: MOVI, Width: V4S, A: R(V0), B: Imm(0x7f0000)}, "movi v0.4s, #127, lsl #16", "e0 47 03 4f"},
	{Inst{Op: MOVI, Width: V2D, A: R(V0), B: Imm(-0xff01)}, "movi v0.2d, #0xffffffffffff00ff", "a0 e7 07 6f"},
	{Inst{Op: CMEQZ, Width: V16B, A: R(V0), B: R(V1)}, "cmeq v0.16b, v1.16b, #0", "20 98 20 4e"},
	{Inst{Op: CMHI, Width: V8H, A: R(V0), B: R(V1), C: R(V2)}, "cmhi v0.8h, v1.8h, v2.8h", "20 34 62 6e"},
	{Inst{Op: BSL, Width: V16B, A: R(V0), B: R(V1), C: R(V2)}, "bsl v0.16b, v1.16b, v2.16b", "20 1c 62 6e"},
	{Inst{Op: USHR, Width: V2D, A: R(V0), B: R(V1), C: Imm(64)}, "ushr v0.2d, v1.2d, #64", "20 04 40 6f"},
	{Inst{Op: SHL, Width: V4S, A: R(V0), B: R(V1), C: Imm(31)}, "shl v0.4s, v1.4s, #31", "20 54 3f 4f"},
	{Inst{Op: SSHLL, Width: V4S, A: R(V0), B: R(V1), C: Imm(0)}, "sshll2 v0.2d, v1.4s, #0", "20 a4 20 4f"},
	{Inst{Op: XTN, Width: V2S, A: R(V0), B: R(V1)}, "xtn v0.2s, v1.2d", "20 28 a1 0e"},
	{Inst{Op: SHRN, Width: V8B, A: R(V0), B: R(V1), C: Imm(4)}, "shrn v0.8b, v1.8h, #4", "20 84 0c 0f"},
	{Inst{Op: ADDV, Width: V16B, A: R(V0), B: R(V1)}, "addv b0, v1.16b", "20 b8 31 4e"},
	{Inst{Op: TBL, Width: V16B, A: R(V0), B: List(V31.Reg(), 2), C: R(V2)}, "tbl v0.16b, {v31.16b, v0.16b}, v2.16b", "e0 23 02 4e"},
	{Inst{Op: TBX, Width: V8B, A: R(V0), B: List(V4.Reg(), 1), C: R(V2)}, "tbx v0.8b, {v4.16b}, v2.8b", "80 10 02 0e"},
	{Inst{Op: EXT, Width: V16B, A: R(V0), B: R(V1), C: R(V2), D: Imm(15)}, "ext v0.16b, v1.16b, v2.16b, #15", "20 78 02 6e"},
	{Inst{Op: VREV64, Width: V16B, A: R(V0), B: R(V1)}, "rev64 v0.16b, v1.16b", "20 08 20 4e"},
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
	compareForms(t, name, instructions)
}

// compareForms compares instructions with the lines of a file.
func compareForms(t *testing.T, name string, instructions []Inst) {
	t.Helper()
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

func formLine(i *Inst, code []byte) string { return fmt.Sprintf("%-8x %v", code, i) }

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
	random := rand.New(rand.NewPCG(seed, 0))
	var instructions []Inst
	for len(instructions) < 20000 {
		if i, ok := randomInst(random); ok {
			instructions = append(instructions, i)
		}
	}
	compareWithGNU(t, assembler, instructions)
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
	return i, i.check() == nil
}

func randomOperand(random *rand.Rand, spec *operandSpec, i *Inst) Operand {
	if spec.allow.has(MemKind) && random.IntN(3) > 0 {
		return randomMemory(random)
	}
	if spec.allow.has(ImmKind) && random.IntN(2) == 0 {
		return Imm(RandomConstant(random))
	}
	candidates := mixed.candidates(spec, i)
	if len(candidates) == 0 {
		return Operand{}
	}
	return candidates[random.IntN(len(candidates))]
}

func randomMemory(random *rand.Rand) Operand {
	base, index := PReg(random.IntN(32)), PReg(random.IntN(31)).Reg()
	displacement := int32(RandomConstant(random)) >> 10
	switch random.IntN(4) {
	case 0:
		return Indexed(base.Reg(), index, Extend(random.IntN(int(extendCount))), uint8(random.IntN(5)))
	case 1:
		return PreIndexed(base, displacement>>8)
	case 2:
		return PostIndexed(base, displacement>>8)
	}
	return M(base.Reg(), displacement)
}

// RandomConstant returns constants that have every number of significant bits with the same probability.
func RandomConstant(random *rand.Rand) int64 {
	return int64(random.Uint64()) >> random.IntN(64)
}
