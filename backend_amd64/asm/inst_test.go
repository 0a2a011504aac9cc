package asm

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"github.com/tagwire/tagwire/ir/regalloc"

	"github.com/tagwire/tagwire/ir/lower"
)

// TestTableHasNoGaps: each instruction has a row, and each row says what the others rely on.
func TestTableHasNoGaps(t *testing.T) {
	for op := BAD + 1; op < opCount; op++ {
		r := &table[op]
		if r.mnemonic == "" || r.widths == 0 || r.encode == nil {
			t.Errorf("row %d (%s) is not complete", op, r.mnemonic)
		}
		if r.widths.has(W512) && r.needs512 == 0 {
			t.Errorf("%s exists at 512 bits but says of no processor", r.mnemonic)
		}
		if strings.HasPrefix(r.mnemonic, "v") && r.needs == 0 && r.widths != w512 {
			t.Errorf("%s needs no feature", r.mnemonic)
		}
		ended := false
		for place, spec := range r.operands {
			if spec.allow == 0 {
				ended = true
				continue
			}
			if ended {
				t.Errorf("%s has an operand %d behind one that is missing", r.mnemonic, place+1)
			}
			if spec.role == 0 || spec.allow.has(ImmKind) != (spec.imm != immNone) {
				t.Errorf("%s: operand %d is not complete", r.mnemonic, place+1)
			}
		}
	}
	if op := (&Inst{Op: opCount}).row(); op != &table[BAD] {
		t.Error("an unknown instruction has a row")
	}
}

// describe is what Registers says of an instruction.
func describe(i *Inst) string {
	var text []string
	for _, o := range i.Registers(nil) {
		role := map[lower.Role]string{use: "use", def: "def", both: "both"}[o.Role]
		text = append(text, fmt.Sprintf("%s %s", role, registerName(*o.Reg, W64)))
		if o.Fixed != NoReg {
			text[len(text)-1] += " fixed"
		}
		if Class(o.Class) != General {
			text[len(text)-1] += " " + Class(o.Class).String()
		}
	}
	return strings.Join(text, ", ")
}

// UsesAndDefs are the physical registers that the row says the instruction reads and writes.
func (i *Inst) UsesAndDefs() (uses, defs RegSet) {
	for _, o := range i.Registers(nil) {
		number, _ := o.Reg.Physical()
		p := PReg(number)
		if o.Role&use != 0 {
			uses |= regalloc.Regs(p)
		}
		if o.Role&def != 0 {
			defs |= regalloc.Regs(p)
		}
	}
	return uses, defs
}

func TestRegisters(t *testing.T) {
	memory := Indexed(R8.Reg(), VReg(9).Reg(), 4, 0)
	for _, c := range []struct {
		inst Inst
		want string
	}{
		{Inst{Op: MOV, Width: W64, A: R(RAX), B: V(1)}, "def rax, use v1"},
		{Inst{Op: MOV, Width: W64, A: memory, B: V(1)}, "use r8, use v9, use v1"},
		{Inst{Op: MOV, Width: W64, A: V(1), B: memory}, "use r8, use v9, def v1"},
		{Inst{Op: ADD, Width: W64, A: V(1), B: V(2)}, "both v1, use v2"},
		{Inst{Op: ADD, Width: W64, A: V(1), B: Imm(3)}, "both v1"},
		{Inst{Op: CMP, Width: W64, A: V(1), B: V(2)}, "use v1, use v2"},
		{Inst{Op: XOR, Width: W32, A: V(1), B: V(1)}, "both v1, use v1"},
		{Inst{Op: ZERO, Width: W32, A: V(1)}, "def v1"},
		{Inst{Op: XCHG, Width: W64, A: V(1), B: V(2)}, "both v1, both v2"},
		{Inst{Op: LEA, Width: W64, A: V(1), B: memory}, "use r8, use v9, def v1"},
		{Inst{Op: SHLCL, Width: W64, A: V(1), B: V(2)}, "both v1, use v2 fixed"},
		{Inst{Op: SHLX, Width: W64, A: V(1), B: V(2), C: V(3)}, "def v1, use v2, use v3"},
		{Inst{Op: CMOVcc, Width: W64, A: V(1), B: V(2)}, "both v1, use v2"},
		{Inst{Op: SETcc, Width: W8, A: V(1)}, "def v1"},
		{Inst{Op: JMPI, Width: W64, A: V(1)}, "use v1"},
		{Inst{Op: PSHUFB, Width: W128, A: V(1), B: V(2)}, "both v1 vector, use v2 vector"},
		{Inst{Op: VPXORZ, Width: W128, A: V(1)}, "def v1 vector"},
		{Inst{Op: MOVGX, Width: W64, A: V(1), B: V(2)}, "def v1 vector, use v2"},
		{Inst{Op: VMOVDQU8SK, Width: W512, A: memory, B: V(1), C: V(2)}, "use r8, use v9, use v1 vector, use v2 mask"},
		{Inst{Op: RET, Width: W64}, ""},
	} {
		if got := describe(&c.inst); got != c.want {
			t.Errorf("%v: got %q, want %q", &c.inst, got, c.want)
		}
	}
}

// TestRegistersCanBeReplaced: what allocation writes is what the assembler reads.
func TestRegistersCanBeReplaced(t *testing.T) {
	i := Inst{Op: MOV, Width: W32, A: V(0), B: Indexed(VReg(1).Reg(), VReg(2).Reg(), 8, 16)}
	for _, o := range i.Registers(nil) {
		if v, ok := o.Reg.Virtual(); ok {
			*o.Reg = PReg(v).Reg()
		}
	}
	if got := i.String(); got != "mov eax, dword ptr [rcx+rdx*8+16]" {
		t.Errorf("got %s", got)
	}
}

func TestEffects(t *testing.T) {
	for _, c := range []struct {
		op    Op
		width Width
		want  string
	}{
		{MOV, W64, ""}, {LEA, W64, ""}, {NOT, W64, ""}, {BSWAP, W64, ""}, {SHLX, W64, ""}, {RORX, W64, ""},
		{ADD, W64, "sets"}, {CMP, W64, "sets"}, {ZERO, W32, "sets"}, {SHL, W64, "sets"}, {VPTEST, W128, "sets"},
		{SBB, W64, "reads sets"}, {SETcc, W8, "reads"}, {CMOVcc, W64, "reads"}, {Jcc, W64, "reads jump"},
		{JMP, W64, "jump end"}, {JMPI, W64, "jump end"}, {RET, W64, "end"}, {UD2, W64, "end"},
		{CALL, W64, "sets call"}, {CALLI, W64, "sets call"}, {LABEL, W64, ""},
	} {
		i := Inst{Op: c.op, Width: c.width}
		var found []string
		for _, f := range []struct {
			name string
			is   bool
		}{
			{"reads", i.ReadsFlags()}, {"sets", i.WritesFlags()}, {"call", i.IsCall()},
			{"jump", i.IsJump()}, {"end", i.EndsBlock()},
		} {
			if f.is {
				found = append(found, f.name)
			}
		}
		if got := strings.Join(found, " "); got != c.want {
			t.Errorf("%s: got %q, want %q", i.row().mnemonic, got, c.want)
		}
	}
}

func TestConditions(t *testing.T) {
	for c, not := range map[Cond]Cond{CondE: CondNE, CondB: CondAE, CondA: CondBE, CondL: CondGE, CondG: CondLE,
		CondS: CondNS, CondO: CondNO, CondP: CondNP} {
		if c.Not() != not || not.Not() != c {
			t.Errorf("the opposite of %v is %v", c, c.Not())
		}
	}
}

func TestInstructionErrors(t *testing.T) {
	for _, c := range []struct {
		inst Inst
		want string
	}{
		{Inst{}, "no instruction 0"},
		{Inst{Op: opCount}, "no instruction"},
		{Inst{Op: MOVZX8, Width: W64, A: R(RAX), B: R(RCX)}, "no form of width"},
		{Inst{Op: VPXOR, Width: W512, A: R(X0), B: R(X0), C: R(X0)}, "no form of width"},
		{Inst{Op: MOV, Width: W64, A: V(3), B: R(RCX)}, "v3 has no place yet"},
		{Inst{Op: MOV, Width: W64, A: R(X3), B: R(RCX)}, "xmm3 is not a general register"},
		{Inst{Op: MOV, Width: W64, A: R(RAX)}, "nothing is not possible here"},
		{Inst{Op: MOV, Width: W64, A: R(RAX), B: R(RAX), C: R(RAX)}, "rax is not possible here"},
		{Inst{Op: MOV, Width: W64, A: M(RAX.Reg(), 0), B: M(RAX.Reg(), 0)}, "two memory operands"},
		{Inst{Op: MOV, Width: W64, A: M(RAX.Reg(), 0), B: Imm(1 << 31)}, "does not fit"},
		{Inst{Op: MOV, Width: W32, A: R(RAX), B: Imm(1 << 32)}, "does not fit"},
		{Inst{Op: ADD, Width: W64, A: R(RAX), B: Imm(1 << 31)}, "does not fit"},
		{Inst{Op: ADD, Width: W8, A: R(RAX), B: Imm(256)}, "does not fit"},
		{Inst{Op: ADD, Width: W8, A: R(RAX), B: Imm(-129)}, "does not fit"},
		{Inst{Op: SHL, Width: W32, A: R(RAX), B: Imm(32)}, "not a bit number"},
		{Inst{Op: SHL, Width: W32, A: R(RAX), B: R(RCX)}, "not possible"},
		{Inst{Op: SHLCL, Width: W32, A: R(RAX), B: R(RDX)}, "only rcx"},
		{Inst{Op: MOVBE, Width: W32, A: R(RAX), B: R(RDX)}, "no memory operand"},
		{Inst{Op: MOV, Width: W64, A: R(RAX), B: M(X1.Reg(), 0)}, "base xmm1"},
		{Inst{Op: MOV, Width: W64, A: R(RAX), B: M(NoReg, 0)}, "base noreg"},
		{Inst{Op: MOV, Width: W64, A: R(RAX), B: Indexed(RAX.Reg(), RSP.Reg(), 1, 0)}, "index rsp"},
		{Inst{Op: MOV, Width: W64, A: R(RAX), B: Indexed(RAX.Reg(), VReg(5).Reg(), 1, 0)}, "index v5"},
		{Inst{Op: MOV, Width: W64, A: R(RAX), B: Indexed(RAX.Reg(), RCX.Reg(), 3, 0)}, "scale 3"},
		{Inst{Op: SETcc, Width: W8, Cond: condCount, A: R(RAX)}, "no condition"},
		{Inst{Op: VMOVDQU8LK, Width: W512, A: R(X0), B: M(RAX.Reg(), 0), C: R(K0)}, "k0"},
		{Inst{Op: PUSH, Width: W64, A: Imm(1)}, "not possible"},
	} {
		err := c.inst.check(AllFeatures)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v: got %v, want an error that says %q", &c.inst, err, c.want)
		}
	}
}

// TestGarbageIsAnError: whatever an instruction holds, it has a text, and it is assembled or refused.
func TestGarbageIsAnError(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	var a Assembler
	refused := 0
	const count = 100000
	for range count {
		i := Inst{Op: Op(random.IntN(int(opCount) + 2)), Width: Width(random.IntN(int(widthCount) + 1)),
			Cond: Cond(random.IntN(int(condCount) + 1))}
		for place := range random.IntN(4) {
			*i.operand(place) = Operand{kind: Kind(random.IntN(int(SymbolKind) + 2)), scale: uint8(random.IntN(9)),
				reg: Reg(random.IntN(70)), index: Reg(random.IntN(70)),
				value: RandomConstant(random, W64)}
		}
		if i.String() == "" {
			t.Fatalf("%#v has no text", i)
		}
		garbage := FunctionOf(i)
		garbage.NewLabel()
		garbage.NewLabel()
		if _, err := a.Assemble(garbage, AllFeatures); err != nil {
			refused++
		}
	}
	if refused < count/2 || refused == count {
		t.Errorf("%d of %d were refused", refused, count)
	}
}

func TestFeatures(t *testing.T) {
	for _, f := range []Features{0, HasAVX2, HasMOVBE | HasAVX512VBMI, AllFeatures} {
		got, err := ParseFeatures(f.String())
		if err != nil || got != f {
			t.Errorf("%q becomes %q, %v", f, got, err)
		}
	}
	if _, err := ParseFeatures("avx2,avx3"); err == nil || !strings.Contains(err.Error(), `"avx3"`) {
		t.Errorf("an unknown feature: %v", err)
	}
	if !AllFeatures.Has(HostFeatures()) {
		t.Errorf("the host has %q", HostFeatures())
	}
}

// TestMissingFeatureIsAnError: an instruction that the processor does not have is never made.
func TestMissingFeatureIsAnError(t *testing.T) {
	checked := map[Features]bool{}
	for _, i := range Forms(&few) {
		needs := i.Needs()
		for _, known := range featureList {
			err := i.check(AllFeatures &^ known.feature)
			if (err != nil) != (needs&known.feature != 0) {
				t.Errorf("%v without %s: %v", &i, known.name, err)
			}
			checked[needs&known.feature] = true
		}
	}
	for _, known := range featureList {
		if !checked[known.feature] {
			t.Errorf("no instruction needs %s", known.name)
		}
	}
}

// TestFormsCoverTheTable: the enumeration that the golden file and GNU as see leaves out no row.
func TestFormsCoverTheTable(t *testing.T) {
	seen := map[Op]map[Width]bool{}
	for _, i := range Forms(&few) {
		if seen[i.Op] == nil {
			seen[i.Op] = map[Width]bool{}
		}
		seen[i.Op][i.Width] = true
	}
	for op := range opCount {
		r := &table[op]
		if !isPlain(r) {
			continue
		}
		want := map[Width]bool{}
		for w := range widthCount {
			if r.widths.has(w) {
				want[w] = true
			}
		}
		if !reflect.DeepEqual(seen[op], want) {
			t.Errorf("%s: forms of widths %v, want %v", r.mnemonic, seen[op], want)
		}
	}
}

// DefBytes is how much of the registers that it writes an instruction defines: 8- and 16-bit results leave the
// rest of a general register, and SSE the rest of a vector.
func (i *Inst) DefBytes(p PReg) int {
	if w := i.row().operands[0].width(i.Width); p.Class() == Vector {
		return max(w.Bytes(), 16)
	} else if w >= W32 {
		return 8
	} else {
		return w.Bytes()
	}
}
