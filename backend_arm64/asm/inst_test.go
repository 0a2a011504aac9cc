package asm

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"github.com/tagwire/tagwire/ir/lower"
	"github.com/tagwire/tagwire/ir/regalloc"
)

// TestTableHasNoGaps: each instruction has a row, and each row says what the others rely on.
func TestTableHasNoGaps(t *testing.T) {
	for op := BAD + 1; op < opCount; op++ {
		r := &table[op]
		if r.mnemonic == "" || r.widths == 0 || r.encode == nil {
			t.Errorf("row %d (%s) is not complete", op, r.mnemonic)
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
		text = append(text, role+" "+registerName(*o.Reg, Class(o.Class), W64))
	}
	return strings.Join(text, ", ")
}

// UsesAndDefs returns the registers that an instruction reads and those that it writes. All are physical.
func (i *Inst) UsesAndDefs() (uses, defs RegSet) {
	note := func(p PReg, role lower.Role) {
		if role&use != 0 {
			uses |= regalloc.Regs(p)
		}
		if role&def != 0 {
			defs |= regalloc.Regs(p)
		}
	}
	for _, o := range i.Registers(nil) {
		number, _ := o.Reg.Physical()
		note(PReg(number), o.Role)
	}
	for n, spec := range i.row().operands {
		o := i.operand(n)
		if o.kind != ListKind {
			continue
		}
		for k := range o.form {
			note(V0+PReg((uint8(o.number())+k)&31), spec.role)
		}
	}
	return uses, defs
}

func TestRegisters(t *testing.T) {
	memory := Indexed(R8.Reg(), VReg(9).Reg(), ExtendX, 0)
	for _, c := range []struct {
		inst Inst
		want string
	}{
		{Inst{Op: MOV, Width: W64, A: R(R0), B: V(1)}, "def x0, use x%1"},
		{Inst{Op: LDR, Width: W64, A: V(1), B: memory}, "use x8, use x%9, def x%1"},
		{Inst{Op: STR, Width: W64, A: V(1), B: memory}, "use x8, use x%9, use x%1"},
		{Inst{Op: STR, Width: W64, A: Zero, B: memory}, "use x8, use x%9"},
		{Inst{Op: LDP, Width: W64, A: V(1), B: V(2), C: PostIndexed(SP, 16)}, "both sp, def x%1, def x%2"},
		{Inst{Op: ADD, Width: W64, A: V(1), B: V(2), C: Shifted(VReg(3).Reg(), ShiftLSL, 3)}, "def x%1, use x%2, use x%3"},
		{Inst{Op: ADD, Width: W64, A: V(1), B: V(2), C: Extended(VReg(3).Reg(), ExtendUW, 3)}, "def x%1, use x%2, use x%3"},
		{Inst{Op: CMP, Width: W64, A: V(1), B: Imm(3)}, "use x%1"},
		{Inst{Op: MOVK, Width: W64, A: V(1), B: Imm(3), C: Imm(16)}, "both x%1"},
		{Inst{Op: BFI, Width: W64, A: V(1), B: V(2), C: Imm(3), D: Imm(16)}, "both x%1, use x%2"},
		{Inst{Op: MADD, Width: W64, A: V(1), B: V(2), C: V(3), D: V(4)}, "def x%1, use x%2, use x%3, use x%4"},
		{Inst{Op: CBZ, Width: W64, A: V(1), B: To(0)}, "use x%1"},
		{Inst{Op: LDRV, Width: W128, A: V(1), B: M(VReg(2).Reg(), 0)}, "use x%2, def d%1"},
		{Inst{Op: BSL, Width: V16B, A: V(1), B: V(2), C: V(3)}, "both d%1, use d%2, use d%3"},
		{Inst{Op: XTN2, Width: V16B, A: V(1), B: V(2)}, "both d%1, use d%2"},
		{Inst{Op: UMOV, Width: V2D, A: V(1), B: Element(VReg(2).Reg(), 1)}, "def x%1, use d%2"},
		{Inst{Op: INSG, Width: V2D, A: Element(VReg(2).Reg(), 1), B: V(1)}, "both d%2, use x%1"},
		{Inst{Op: TBL, Width: V16B, A: V(1), B: List(V2.Reg(), 2), C: V(3)}, "def d%1, use d2, use d%3"},
		{Inst{Op: RET, Width: W64}, ""},
	} {
		if got := describe(&c.inst); got != c.want {
			t.Errorf("%v: got %q, want %q", &c.inst, got, c.want)
		}
	}
}

// TestRegistersCanBeReplaced: what allocation writes is what the assembler reads.
func TestRegistersCanBeReplaced(t *testing.T) {
	i := Inst{Op: LDR, Width: W32, A: V(0), B: Indexed(VReg(1).Reg(), VReg(2).Reg(), ExtendX, 2)}
	for _, o := range i.Registers(nil) {
		if v, ok := o.Reg.Virtual(); ok {
			*o.Reg = PReg(v).Reg()
		}
	}
	if got := i.String(); got != "ldr w0, [x1, x2, lsl #2]" {
		t.Errorf("got %s", got)
	}
}

func TestEffects(t *testing.T) {
	for _, c := range []struct {
		op   Op
		want string
	}{
		{MOV, ""}, {ADD, ""}, {AND, ""}, {LSL, ""}, {CLZ, ""}, {LDR, ""}, {CMEQ, ""}, {LABEL, ""}, {ADR, ""},
		{ADDS, "sets"}, {SUBS, "sets"}, {CMP, "sets"}, {TST, "sets"}, {ANDS, "sets"}, {BICS, "sets"}, {SBC, "reads"}, {CSEL, "reads"},
		{CSET, "reads"}, {CCMP, "reads sets"}, {CCMN, "reads sets"}, {Bcc, "reads jump"}, {CBZ, "jump"}, {TBNZ, "jump"},
		{B, "jump end"}, {BR, "jump end"}, {RET, "end"}, {BRK, "end"}, {BL, "sets call"}, {BLR, "sets call"},
	} {
		i := Inst{Op: c.op}
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
	for c, not := range map[Cond]Cond{CondEQ: CondNE, CondHS: CondLO, CondHI: CondLS, CondLT: CondGE, CondGT: CondLE,
		CondMI: CondPL, CondVS: CondVC} {
		if c.Not() != not || not.Not() != c {
			t.Errorf("the opposite of %v is %v", c, c.Not())
		}
	}
}

func TestInstructionErrors(t *testing.T) {
	x0, x1, q0 := R(R0), R(R1), R(V0)
	for _, c := range []struct {
		inst Inst
		want string
	}{
		{Inst{}, "no instruction 0"},
		{Inst{Op: opCount}, "no instruction"},
		{Inst{Op: LDRB, Width: W64, A: x0, B: M(R0.Reg(), 0)}, "no form of width"},
		{Inst{Op: VAND, Width: V8H, A: q0, B: q0, C: q0}, "no form of width"},
		{Inst{Op: MOV, Width: W64, A: V(3), B: x0}, "x%3 has no place yet"},
		{Inst{Op: MOV, Width: W64, A: q0, B: x0}, "q0 is not a general register"},
		{Inst{Op: MOV, Width: W64, A: Zero, B: x0}, "xzr is not possible here"},
		{Inst{Op: MOV, Width: W64, A: R(SP), B: Zero}, "the same number"},
		{Inst{Op: MOV, Width: W64, A: x0}, "nothing is not possible here"},
		{Inst{Op: MOV, Width: W64, A: x0, B: x0, C: x0}, "x0 is not possible here"},
		{Inst{Op: ADD, Width: W64, A: x0, B: x1, C: R(SP)}, "sp is not possible here"},
		{Inst{Op: ADD, Width: W64, A: x0, B: Zero, C: x1}, "xzr is not possible here"},
		{Inst{Op: ADDS, Width: W64, A: R(SP), B: x1, C: x1}, "sp is not possible here"},
		{Inst{Op: AND, Width: W64, A: R(SP), B: x1, C: Imm(1)}, "sp is not possible here"},
		{Inst{Op: LSL, Width: W64, A: R(SP), B: x1, C: Imm(1)}, "sp is not possible here"},
		{Inst{Op: STR, Width: W64, A: R(SP), B: M(SP.Reg(), 0)}, "sp is not possible here"},
		{Inst{Op: ADD, Width: W64, A: R(SP), B: x1, C: Shifted(R1.Reg(), ShiftLSL, 1)}, "sp and a shifted register"},
		{Inst{Op: CMP, Width: W64, A: R(SP), B: Shifted(R1.Reg(), ShiftLSL, 1)}, "sp and a shifted register"},
		{Inst{Op: ADD, Width: W64, A: x0, B: x1, C: Shifted(R1.Reg(), ShiftROR, 1)}, "rotated"},
		{Inst{Op: ADD, Width: W32, A: x0, B: x1, C: Shifted(R1.Reg(), ShiftLSL, 32)}, "no shift"},
		{Inst{Op: ADD, Width: W64, A: x0, B: x1, C: Extended(R1.Reg(), ExtendUB, 5)}, "no extension"},
		{Inst{Op: ADD, Width: W32, A: x0, B: x1, C: Extended(R1.Reg(), ExtendX, 0)}, "64 bits to 32"},
		{Inst{Op: ADD, Width: W64, A: x0, B: x1, C: Imm(4097)}, "no number of 12 bits"},
		{Inst{Op: ADD, Width: W64, A: x0, B: x1, C: Imm(-1)}, "no number of 12 bits"},
		{Inst{Op: ADD, Width: W64, A: x0, B: x1, C: Imm(1 << 24)}, "no number of 12 bits"},
		{Inst{Op: AND, Width: W64, A: x0, B: x1, C: Imm(0)}, "no repeated run"},
		{Inst{Op: AND, Width: W64, A: x0, B: x1, C: Imm(-1)}, "no repeated run"},
		{Inst{Op: AND, Width: W32, A: x0, B: x1, C: Imm(1<<32 - 1)}, "no repeated run"},
		{Inst{Op: AND, Width: W32, A: x0, B: x1, C: Imm(1 << 32)}, "no repeated run"},
		{Inst{Op: AND, Width: W64, A: x0, B: x1, C: Imm(5)}, "no repeated run"},
		{Inst{Op: MOVZ, Width: W64, A: x0, B: Imm(65536), C: Imm(0)}, "not from 0 to 65535"},
		{Inst{Op: MOVZ, Width: W32, A: x0, B: Imm(1), C: Imm(32)}, "no part at bit 32"},
		{Inst{Op: LSL, Width: W32, A: x0, B: x1, C: Imm(32)}, "not from 0 to 31"},
		{Inst{Op: UBFX, Width: W32, A: x0, B: x1, C: Imm(20), D: Imm(13)}, "13 bits from bit 20"},
		{Inst{Op: BFI, Width: W64, A: x0, B: x1, C: Imm(63), D: Imm(2)}, "2 bits from bit 63"},
		{Inst{Op: LDR, Width: W64, A: x0, B: M(R1.Reg(), 32768)}, "cannot be encoded"},
		{Inst{Op: LDR, Width: W64, A: x0, B: M(R1.Reg(), 257)}, "cannot be encoded"},
		{Inst{Op: LDR, Width: W64, A: x0, B: M(R1.Reg(), -257)}, "cannot be encoded"},
		{Inst{Op: LDR, Width: W64, A: x0, B: PostIndexed(R1, 256)}, "cannot be encoded"},
		{Inst{Op: LDR, Width: W64, A: x0, B: PreIndexed(R0, 8)}, "the base is moved"},
		{Inst{Op: LDP, Width: W64, A: x0, B: x1, C: PostIndexed(R1, 16)}, "the base is moved"},
		{Inst{Op: LDP, Width: W64, A: x0, B: x0, C: M(R1.Reg(), 0)}, "two values"},
		{Inst{Op: LDP, Width: W64, A: x0, B: x1, C: M(R2.Reg(), 4)}, "cannot be encoded"},
		{Inst{Op: LDP, Width: W64, A: x0, B: x1, C: M(R2.Reg(), 512)}, "cannot be encoded"},
		{Inst{Op: LDP, Width: W64, A: x0, B: x1, C: Indexed(R2.Reg(), R3.Reg(), ExtendX, 0)}, "index is not possible"},
		{Inst{Op: LDR, Width: W64, A: x0, B: M(V1.Reg(), 0)}, "base d1"},
		{Inst{Op: LDR, Width: W64, A: x0, B: M(NoReg, 0)}, "base noreg"},
		{Inst{Op: LDR, Width: W64, A: x0, B: Indexed(R1.Reg(), SP.Reg(), ExtendX, 0)}, "index sp"},
		{Inst{Op: LDR, Width: W64, A: x0, B: Indexed(R1.Reg(), VReg(5).Reg(), ExtendX, 0)}, "index x%5"},
		{Inst{Op: LDR, Width: W64, A: x0, B: Indexed(R1.Reg(), R2.Reg(), ExtendX, 2)}, "shifted by 2"},
		{Inst{Op: LDR, Width: W64, A: x0, B: Indexed(R1.Reg(), R2.Reg(), ExtendUB, 0)}, "extension 0"},
		{Inst{Op: LDRV, Width: W8, A: q0, B: At(0)}, "from a label"},
		{Inst{Op: LD1, Width: V16B, A: List(V0.Reg(), 2), B: PostIndexed(R1, 16)}, "cannot be encoded"},
		{Inst{Op: LD1, Width: V16B, A: List(V0.Reg(), 5), B: M(R1.Reg(), 0)}, "list of 5"},
		{Inst{Op: LD1R, Width: V16B, A: List(V0.Reg(), 2), B: M(R1.Reg(), 0)}, "list of 2"},
		{Inst{Op: UMOV, Width: V8H, A: x0, B: Element(V0.Reg(), 8)}, "no element 8"},
		{Inst{Op: SHL, Width: V8H, A: q0, B: q0, C: Imm(16)}, "not from 0 to 15"},
		{Inst{Op: USHR, Width: V8H, A: q0, B: q0, C: Imm(0)}, "not from 1 to 16"},
		{Inst{Op: EXT, Width: V8B, A: q0, B: q0, C: q0, D: Imm(8)}, "not from 0 to 7"},
		{Inst{Op: MOVI, Width: V4S, A: q0, B: Imm(0x101)}, "cannot be repeated"},
		{Inst{Op: MOVI, Width: V8H, A: q0, B: Imm(0x10000)}, "cannot be repeated"},
		{Inst{Op: MOVI, Width: V2D, A: q0, B: Imm(1)}, "cannot be repeated"},
		{Inst{Op: CSET, Width: W64, Cond: condCount, A: x0}, "no condition"},
		{Inst{Op: TBZ, Width: W32, A: x0, B: Imm(32), C: To(0)}, "not from 0 to 31"},
	} {
		err := c.inst.check()
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
		for place := range random.IntN(maxOperands + 1) {
			*i.operand(place) = Operand{kind: Kind(random.IntN(int(SymbolKind) + 2)), form: uint8(random.IntN(9)),
				shift: uint8(random.IntN(6)), reg: Reg(random.IntN(70)), index: Reg(random.IntN(70)),
				value: RandomConstant(random)}
		}
		if i.String() == "" {
			t.Fatalf("%#v has no text", i)
		}
		garbage := FunctionOf(i)
		garbage.NewLabel()
		garbage.NewLabel()
		if _, err := a.Assemble(garbage); err != nil {
			refused++
		}
	}
	if refused < count/2 || refused == count {
		t.Errorf("%d of %d were refused", refused, count)
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

// run executes what SetConstant emits: it knows the four instructions.
func run(f *Function) (value uint64, err error) {
	for _, i := range f.Insts {
		var part uint64
		if i.Op != ORR {
			part = uint64(i.B.value) << i.C.value
		}
		switch i.Op {
		case MOVZ:
			value = part
		case MOVN:
			value = bitsAt(i.Width, int64(^part))
		case MOVK:
			value = value&^(0xffff<<i.C.value) | part
		case ORR:
			value = bitsAt(i.Width, i.C.value)
		default:
			return 0, fmt.Errorf("unexpected %v", &i)
		}
		if i.Width == W32 {
			value = uint64(uint32(value))
		}
	}
	return value, nil
}

// TestSetConstant: the value comes out, in as few instructions as its parts need.
func TestSetConstant(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 0))
	values := allConstants()
	for range 20000 {
		values = append(values, RandomConstant(random), RandomConstant(random)<<random.IntN(64), int64(uint32(random.Uint64())),
			^(random.Int64N(1<<16) << (16 * random.IntN(4))))
	}
	for _, value := range values {
		f := NewFunction("constant")
		f.SetConstant(R0.Reg(), value)
		if got, err := run(f); got != uint64(value) || err != nil {
			t.Fatalf("%#x: got %#x, %v\n%v", value, got, err, f)
		}
		MustAssemble(t, f)
		zeros, ones := 0, 0
		for n := range 4 {
			switch uint64(value) >> (16 * n) & 0xffff {
			case 0:
				zeros++
			case 0xffff:
				ones++
			}
		}
		if limit := max(1, 4-max(zeros, ones)); len(f.Insts) > limit {
			t.Fatalf("%#x takes more than %d instructions:\n%v", value, limit, f)
		}
	}
}
