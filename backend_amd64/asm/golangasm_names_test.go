package asm

import (
	"fmt"
	"strings"

	"github.com/twitchyliquid64/golang-asm/obj"
	"github.com/twitchyliquid64/golang-asm/obj/x86"
)

// golangNames are the names in Go's assembler of the instructions that it calls otherwise than the manual. * stands for
// the letter of the width, - for the manual's letter, ? for the condition.
var golangNames = map[Op]string{
	MOVZX8: "MOVB*ZX", MOVZX16: "MOVW*ZX", MOVSX8: "MOVB*SX", MOVSX16: "MOVW*SX", MOVSXD: "MOVL*SX", MOVBE: "MOVBE**",
	IMULI: "IMUL3*", SETcc: "SET?", CMOVcc: "CMOV*?", Jcc: "J?", JMP: "JMP", JMPI: "JMP", CALL: "CALL", CALLI: "CALL",
	RET: "RET", UD2: "UD2", PREFETCHT0: "PREFETCHT0", PREFETCHNTA: "PREFETCHNTA",
	MOVDQU: "MOVOU", MOVDQA: "MOVO", MOVGX: "MOV*", MOVXG: "MOV*", PSRAD: "PSRAL",
	PUNPCKLDQ: "PUNPCKLLQ", PUNPCKHDQ: "PUNPCKHLQ",
	VMOVGX: "VMOV-", VMOVXG: "VMOV-", KMOV: "KMOV-", KMOVGK: "KMOV-", KMOVKG: "KMOV-",
	QUAD: "QUAD",
}

var (
	golangConditions = [condCount]string{"OS", "OC", "CS", "CC", "EQ", "NE", "LS", "HI", "MI", "PL", "PS", "PC", "LT", "GE", "LE", "GT"}
	golangWidths     = map[Width]string{W8: "B", W16: "W", W32: "L", W64: "Q"}
	golangOps        = golangOpcodes()
)

func golangOpcodes() map[string]obj.As {
	known := map[string]obj.As{}
	for n, name := range obj.Anames {
		known[name] = obj.As(n)
	}
	for n, name := range x86.Anames[obj.A_ARCHSPECIFIC:] {
		known[name] = obj.ABaseAMD64 + obj.A_ARCHSPECIFIC + obj.As(n)
	}
	return known
}

// golangName is what Go's assembler calls the instruction.
func golangName(i *Inst) string {
	name, ok := golangNames[i.Op]
	if !ok {
		name = strings.ToUpper(i.row().mnemonic)
		if i.Width <= W64 {
			name += "*"
		}
	}
	manual := "D"
	if i.Width == W64 {
		manual = "Q"
	}
	return strings.NewReplacer("*", golangWidths[i.Width], "-", manual, "?", golangConditions[i.Cond%condCount]).Replace(name)
}

// translate returns golang-asm's form of an instruction, which has the operands in the other order. places are the places of
// labels.
func (g *golangAssembler) translate(i *Inst, places []*obj.Prog) (*obj.Prog, error) {
	r := i.row()
	as, ok := golangOps[golangName(i)]
	if !ok {
		return nil, fmt.Errorf("there is no %s", golangName(i))
	}
	p := g.context.NewProg()
	p.As = as
	var operands []obj.Addr
	for n := range r.operands {
		if o := i.operand(n); o.kind != NoOperand {
			operands = append(operands, translateOperand(o, &r.operands[n], i, places))
		}
	}
	switch i.Op {
	case ZERO, PXORZ: // the register is named once here
		operands = append(operands, operands[0])
	case VPXORZ:
		operands = append(operands, operands[0], operands[0])
	case VINSERTI128H:
		operands = append(operands, obj.Addr{Type: obj.TYPE_CONST, Offset: 1})
	case PSRAD: // its constant is signed
		operands[1].Offset = int64(int8(operands[1].Offset))
	case VMOVDQU8LK:
		operands[1], operands[2] = operands[2], operands[1]
		if err := x86.ParseSuffix(p, "Z"); err != nil {
			return nil, err
		}
	case VMOVDQU8SK:
		operands[1], operands[2] = operands[2], operands[1]
	case CMP:
		operands[0], operands[1] = operands[1], operands[0]
	}
	last := len(operands) - 1
	switch {
	case last < 0:
	case last == 0 && r.operands[0].role == use && r.effects&(isJump|isCall) == 0:
		p.From = operands[0]
	case last == 0:
		p.To = operands[0]
	default:
		p.To, p.From = operands[0], operands[last]
		for n := last - 1; n > 0; n-- {
			p.RestArgs = append(p.RestArgs, operands[n])
		}
	}
	return p, nil
}

func translateOperand(o *Operand, spec *operandSpec, i *Inst, places []*obj.Prog) obj.Addr {
	switch o.kind {
	case RegKind:
		return obj.Addr{Type: obj.TYPE_REG, Reg: translateRegister(o.reg, spec.width(i.Width))}
	case MemKind:
		a := obj.Addr{Type: obj.TYPE_MEM, Offset: o.value, Reg: translateRegister(o.reg, W64)}
		if o.index != NoReg {
			a.Index, a.Scale = translateRegister(o.index, W64), int16(o.scale)
		}
		return a
	case LabelMem, SymbolKind:
		return obj.Addr{Type: obj.TYPE_MEM, Name: obj.NAME_EXTERN, Sym: &obj.LSym{Name: "place"}}
	case ImmKind:
		return obj.Addr{Type: obj.TYPE_CONST, Offset: o.signed(i.Width)}
	}
	return obj.Addr{Type: obj.TYPE_BRANCH, Val: places[o.value]}
}

func translateRegister(r Reg, w Width) int16 {
	number, _ := r.Physical()
	p := PReg(number)
	n := int16(p.Number())
	switch {
	case p.Class() == Mask:
		return x86.REG_K0 + n
	case p.Class() == Vector && w == W512:
		return x86.REG_Z0 + n
	case p.Class() == Vector && w == W256:
		return x86.REG_Y0 + n
	case p.Class() == Vector:
		return x86.REG_X0 + n
	case w == W8:
		return x86.REG_AL + n
	}
	return x86.REG_AX + n
}
