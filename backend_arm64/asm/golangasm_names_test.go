package asm

import (
	"fmt"
	"strings"

	"github.com/twitchyliquid64/golang-asm/obj"
	"github.com/twitchyliquid64/golang-asm/obj/arm64"
)

// golangNames are the names in Go's assembler of the instructions that it does not call as the manual does. * stands for the W
// of a width of 32 bits, ? for the condition, ^ for the letter of a vector's width.
var golangNames = map[Op]string{
	UMULH: "UMULH", SMULH: "SMULH", UMULL: "UMULL", SMULL: "SMULL", SXTW: "SXTW", REV32: "REV32",
	MOVZ: "MOVZ*", MOVN: "MOVN*", MOVK: "MOVK*",
	B: "JMP", BL: "CALL", BR: "JMP", BLR: "CALL", RET: "RET", BRK: "BRK", NOP: "NOOP", TBZ: "TBZ", TBNZ: "TBNZ", Bcc: "B?", ADR: "ADR",
	LDRB: "MOVBU", LDRH: "MOVHU", LDRSW: "MOVW", STRB: "MOVB", STRH: "MOVH",
	LDRV: "FMOV^", STRV: "FMOV^", LDPV: "FLDP^", STPV: "FSTP^", LD1: "VLD1", ST1: "VST1", LD1R: "VLD1R", LD1E: "VLD1", ST1E: "VST1",
	FMOVVG: "FMOV^", FMOVGV: "FMOV^", DUP: "VDUP", DUPG: "VMOV", INS: "VMOV", INSG: "VMOV", UMOV: "VMOV", MOVI: "VMOVI",
	QUAD: "DWORD",
}

var golangConditions = [condCount]string{"EQ", "NE", "HS", "LO", "MI", "PL", "VS", "VC", "HI", "LS", "GE", "LT", "GT", "LE"}

var golangOps = golangOpcodes()

func golangOpcodes() map[string]obj.As {
	known := map[string]obj.As{}
	for n, name := range obj.Anames {
		known[name] = obj.As(n)
	}
	for n, name := range arm64.Anames[obj.A_ARCHSPECIFIC:] {
		known[name] = obj.ABaseARM64 + obj.A_ARCHSPECIFIC + obj.As(n)
	}
	return known
}

// golangName is what Go's assembler calls the instruction.
func golangName(i *Inst) string {
	r := i.row()
	name, ok := golangNames[i.Op]
	switch {
	case ok:
	case i.Op == MOV && movesSP(i):
		name = "MOVD" // and there is none of 32 bits
	case i.Op == MOV:
		name = "ORR*" // with zero, which other moves are
	case (i.Op == PRFM || i.Op == PRFMSTRM) && i.A.form == modeOffset && !i.A.scaled(8):
		return "PRFUM"
	case i.Op == LDR && i.Width == W32:
		return "MOVWU"
	case i.Op == LDR:
		return "MOVD"
	case i.Op == STR && i.Width == W32:
		return "MOVW"
	case i.Op == STR:
		return "MOVD"
	case (i.Op == LDRSB || i.Op == LDRSH) && i.Width == W64:
		return "MOV" + strings.ToUpper(r.mnemonic[4:])
	case i.Op == PRFM || i.Op == PRFMSTRM:
		return "PRFM"
	case i.Op == CMEQZ:
		return "a comparison with zero"
	case r.operands[0].class == Vector:
		name = strings.ToUpper(r.mnemonic)
		if (i.Op == SSHLL || i.Op == USHLL) && i.Width.full() == 1 {
			name += "2"
		}
		if name[0] != 'V' {
			name = "V" + name
		}
	default:
		name = strings.ToUpper(r.mnemonic) + "*"
	}
	suffix, letter := "", map[Width]string{W32: "S", W64: "D", W128: "Q"}[i.Width]
	if i.Width == W32 {
		suffix = "W"
	}
	return strings.NewReplacer("*", suffix, "^", letter, "?", golangConditions[i.Cond%condCount]).Replace(name)
}

// translate returns golang-asm's form of an instruction. places are those of labels.
func (g *golangAssembler) translate(i *Inst, places []*obj.Prog) (*obj.Prog, error) {
	r := i.row()
	as, ok := golangOps[golangName(i)]
	if !ok {
		return nil, fmt.Errorf("there is no %s", golangName(i))
	}
	p := g.context.NewProg()
	p.As = as
	var o []obj.Addr // in our order
	for n := range r.operands {
		operand := i.operand(n)
		if operand.kind == NoOperand {
			break
		}
		a, err := translateOperand(operand, r.operands[n].shape.of(i.Width), places)
		if err != nil {
			return nil, err
		}
		if s := r.operands[n].shape; s == shapeElement || s == shapeSum {
			if operand.kind == RegKind {
				a.Reg = arm64.REG_V0 + int16(operand.number())
			}
		}
		switch {
		case operand.kind == MemKind && operand.form == modePre:
			p.Scond = arm64.C_XPRE
		case operand.kind == MemKind && operand.form == modePost:
			p.Scond = arm64.C_XPOST
		}
		o = append(o, a)
	}
	condition := obj.Addr{Type: obj.TYPE_REG, Reg: arm64.COND_EQ + int16(i.Cond)}
	switch i.Op {
	case RET:
		p.To = obj.Addr{Type: obj.TYPE_MEM, Reg: arm64.REG_R30}
	case NOP:
	case B, BL, Bcc, LABEL:
		p.To = o[0]
	case ADR:
		p.From, p.To = obj.Addr{Type: obj.TYPE_BRANCH, Val: places[i.B.value]}, o[0]
	case BR, BLR:
		p.To = obj.Addr{Type: obj.TYPE_MEM, Reg: o[0].Reg}
	case QUAD:
		p.To = o[0]
	case BRK:
		p.From = o[0]
	case CBZ, CBNZ:
		p.From, p.To = o[0], o[1]
	case TBZ, TBNZ:
		p.From, p.Reg, p.To = o[1], o[0].Reg, o[2]
	case PRFM:
		p.From, p.To = o[0], obj.Addr{Type: obj.TYPE_REG, Reg: arm64.REG_PLDL1KEEP}
	case PRFMSTRM:
		p.From, p.To = o[0], obj.Addr{Type: obj.TYPE_REG, Reg: arm64.REG_PLDL1STRM}
	case MOV:
		p.From, p.To = o[1], o[0]
		if movesSP(i) && i.Width == W32 {
			return nil, fmt.Errorf("there is no move of wsp")
		} else if !movesSP(i) {
			p.Reg = arm64.REGZERO
		}
	case MOVZ, MOVN, MOVK:
		p.From, p.To = obj.Addr{Type: obj.TYPE_CONST, Offset: i.B.value << i.C.value}, o[0]
	case CMP, CMN, TST:
		p.From, p.Reg = o[1], o[0].Reg
	case CSET, CSETM:
		p.From, p.To = condition, o[0]
	case CSEL, CSINC, CSINV, CSNEG:
		p.From, p.Reg, p.To = condition, o[1].Reg, o[0]
		p.RestArgs = []obj.Addr{o[2]}
	case CCMP, CCMN:
		p.From, p.Reg, p.To = condition, o[0].Reg, o[2]
		p.RestArgs = []obj.Addr{o[1]}
	case STR, STRB, STRH, STRV, ST1, ST1E:
		p.From, p.To = o[0], o[1]
	case LDP, LDPV:
		p.From, p.To = o[2], obj.Addr{Type: obj.TYPE_REGREG, Reg: o[0].Reg, Offset: int64(o[1].Reg)}
	case STP, STPV:
		p.From, p.To = obj.Addr{Type: obj.TYPE_REGREG, Reg: o[0].Reg, Offset: int64(o[1].Reg)}, o[2]
	case MADD, MSUB: // the number added is the second here
		p.From, p.Reg, p.To = o[2], o[3].Reg, o[0]
		p.RestArgs = []obj.Addr{o[1]}
	case UBFM, SBFM, BFM, UBFX, SBFX, BFXIL, UBFIZ, SBFIZ, BFI:
		p.From, p.Reg, p.To = o[2], o[1].Reg, o[0]
		p.RestArgs = []obj.Addr{o[3]}
	case EXTR, EXT:
		p.From, p.Reg, p.To = o[3], o[2].Reg, o[0]
		p.RestArgs = []obj.Addr{o[1]}
	case TBL:
		p.From, p.To = o[2], o[0]
		p.RestArgs = []obj.Addr{o[1]}
	default:
		p.To = o[0]
		switch len(o) {
		case 2:
			p.From = o[1]
		case 3:
			p.From, p.Reg = o[2], o[1].Reg
		}
	}
	return p, nil
}

// The names of arrangements.
var golangArrangements = map[Width]int16{V8B: arm64.ARNG_8B, V16B: arm64.ARNG_16B, V4H: arm64.ARNG_4H, V8H: arm64.ARNG_8H,
	V2S: arm64.ARNG_2S, V4S: arm64.ARNG_4S, V1D: arm64.ARNG_1D, V2D: arm64.ARNG_2D,
	W8: arm64.ARNG_B, W16: arm64.ARNG_H, W32: arm64.ARNG_S, W64: arm64.ARNG_D}

func translateOperand(o *Operand, w Width, places []*obj.Prog) (obj.Addr, error) {
	switch o.kind {
	case RegKind, ZeroKind:
		return obj.Addr{Type: obj.TYPE_REG, Reg: translateRegister(o, w)}, nil
	case ShiftKind:
		return obj.Addr{Type: obj.TYPE_SHIFT, Offset: int64(o.number())<<16 | int64(o.form)<<22 | o.value<<10}, nil
	case ExtendKind:
		extension := arm64.REG_UXTB + int16(o.form)<<8
		return obj.Addr{Type: obj.TYPE_REG, Reg: extension + int16(o.number()) + int16(o.value)<<5}, nil
	case ElementKind:
		return obj.Addr{Type: obj.TYPE_REG, Reg: arm64.REG_ELEM + int16(o.number()) + golangArrangements[w]&15<<5, Index: int16(o.value)}, nil
	case ListKind:
		list := 1<<60 | int64(o.number()) | int64(structureCodes[o.form-1])<<12 | int64(w.full())<<30 | int64(w.size())<<10
		return obj.Addr{Type: obj.TYPE_REGLIST, Offset: list}, nil
	case MemKind:
		a := obj.Addr{Type: obj.TYPE_MEM, Reg: arm64.REG_R0 + int16(o.number()), Offset: o.value}
		if o.number() == zero {
			a.Reg = arm64.REGSP
		}
		if o.form == modeIndex {
			index, _ := o.index.Physical()
			return translateIndex(a, Extend(o.value), int16(index), int16(o.shift))
		}
		return a, nil
	case ImmKind:
		return obj.Addr{Type: obj.TYPE_CONST, Offset: o.value}, nil
	case LabelKind, LabelMem:
		return obj.Addr{Type: obj.TYPE_BRANCH, Val: places[o.value]}, nil
	case SymbolKind:
		return obj.Addr{Type: obj.TYPE_MEM, Name: obj.NAME_EXTERN, Sym: &obj.LSym{Name: "function"}}, nil
	}
	return obj.Addr{}, fmt.Errorf("there is no such operand")
}

func translateIndex(a obj.Addr, x Extend, index, shift int16) (obj.Addr, error) {
	a.Offset = 0
	switch {
	case x == ExtendX && shift == 0:
		a.Index = arm64.REG_R0 + index
	case x == ExtendX:
		a.Index = arm64.REG_LSL + index + shift<<5
	default:
		a.Index = arm64.REG_UXTB + int16(x)<<8 + index + shift<<5
	}
	return a, nil
}

func translateRegister(o *Operand, w Width) int16 {
	n := int16(o.number())
	number, _ := o.reg.Physical()
	switch p := PReg(number); {
	case o.kind == ZeroKind:
		return arm64.REGZERO
	case p == SP:
		return arm64.REGSP
	case p.Class() == General:
		return arm64.REG_R0 + n
	case w.isArrangement():
		return arm64.REG_ARNG + n + golangArrangements[w]&15<<5
	}
	return arm64.REG_F0 + n
}

// movesSP reports whether the instruction names SP in one of the first two operands.
func movesSP(i *Inst) bool { return i.A.is(SP.Reg()) || i.B.is(SP.Reg()) }
