package asm

import (
	"encoding/binary"
	"fmt"

	"github.com/tagwire/tagwire/ir/lower"
)

// FunctionAlign is a multiple of where each function begins; so it bounds the alignment inside of functions.
const FunctionAlign = 32

// maxFunction bounds the code of a function, so that the long forms reach all of it: those of addresses reach 16 MiB.
const maxFunction = 1<<24 - 1<<12

const (
	trap = 0xd4200000 // brk #0
	nop  = 0xd503201f

	jump = 0x14000000 // b, without its distance
	call = 0x94000000 // bl
	adr  = 0x10000000

	addLow  = 0x91000000 // add xd, xn, #imm12
	addHigh = 0x91400000 // add xd, xn, #imm12, lsl #12
	subHigh = 0xd1400000 // sub xd, xn, #imm12, lsl #12
)

// layout is what package lower has to know of the processor to lay out and link code.
var layout = &lower.Target{
	Align: FunctionAlign, Trap: binary.LittleEndian.AppendUint32(nil, trap), Pad: appendNops, Patch: patch,
	AppendBranch: appendBranch, Reaches: reaches,
}

// patch puts the distance to another function into a B or BL. The processor counts from the instruction.
func patch(code []byte, field, _, to int) error {
	distance := to - field
	if !fitsWords(distance, 26) {
		return fmt.Errorf("a branch over %d bytes", distance)
	}
	word := binary.LittleEndian.Uint32(code[field:])
	binary.LittleEndian.PutUint32(code[field:], word|uint32(distance>>2)&(1<<26-1))
	return nil
}

// fitsWords reports whether a distance in bytes can be expressed by a signed number of words.
func fitsWords(distance int, bits uint) bool {
	return distance&3 == 0 && -1<<(bits+1) <= distance && distance < 1<<(bits+1)
}

// reference is a way to get to a label. The word of an instruction, without a distance, tells which it is.
type reference uint8

const (
	byJump    reference = iota // b, bl
	byCond                     // b.cond, cbz, cbnz
	byBit                      // tbz, tbnz
	byAddress                  // adr
	byLoad                     // ldr of a label
)

func referenceOf(word uint32) reference {
	switch {
	case word>>26&^0x20 == jump>>26: // and bl
		return byJump
	case word&0x7e000000 == 0x36000000:
		return byBit
	case word&0x1f000000 == adr:
		return byAddress
	case word&0x3b000000 == 0x18000000:
		return byLoad
	}
	return byCond
}

// longSizes are the bytes of the long forms, short ones are all one word:
//
//	b.!cond .+8; b label                                   conditions, cbz, tbz
//	adr xN, .; add xN, xN, #low; add xN, xN, #high, lsl #12        addresses
//	the same for AssemblerReg; ldr xN, [AssemblerReg]      loads
var longSizes = [...]uint8{byJump: 4, byCond: 8, byBit: 8, byAddress: 12, byLoad: 16}

// reference appends what leads to a label.
func (e *encoder) reference(word uint32, l Label) {
	e.Branch(lower.Branch{Code: word, Short: 4, Long: longSizes[referenceOf(word)]}, l)
}

// reaches: distance counts from the end of the short form, which the processor begins to count from 4 bytes before.
func reaches(b lower.Branch, distance int) bool {
	distance += int(b.Short)
	switch referenceOf(b.Code) {
	case byJump:
		return fitsWords(distance, 26)
	case byBit:
		return fitsWords(distance, 14)
	case byAddress:
		return -1<<20 <= distance && distance < 1<<20
	}
	return fitsWords(distance, 19)
}

// appendBranch appends what leads to a label. That it is in reach, reaches and maxFunction take care of.
func appendBranch(code []byte, b lower.Branch, short bool, distance int) []byte {
	kind := referenceOf(b.Code)
	if short {
		return binary.LittleEndian.AppendUint32(code, withDistance(b.Code, kind, distance+int(b.Short)))
	}
	switch kind {
	case byCond, byBit:
		code = binary.LittleEndian.AppendUint32(code, withDistance(opposite(b.Code), kind, 8))
		return binary.LittleEndian.AppendUint32(code, withDistance(jump, byJump, distance+4))
	case byAddress:
		return appendAddress(code, b.Code&31, distance+int(b.Long))
	}
	n := uint32(AssemblerReg.Number())
	code = appendAddress(code, n, distance+int(b.Long))
	return binary.LittleEndian.AppendUint32(code, loadOf(b.Code, n))
}

// withDistance puts a distance from the instruction into its word.
func withDistance(word uint32, kind reference, distance int) uint32 {
	switch kind {
	case byJump:
		return word | uint32(distance>>2)&(1<<26-1)
	case byBit:
		return word | uint32(distance>>2)&(1<<14-1)<<5
	case byAddress:
		return word | uint32(distance)&3<<29 | uint32(distance>>2)&(1<<19-1)<<5
	}
	return word | uint32(distance>>2)&(1<<19-1)<<5
}

// opposite is the branch that is taken when this one is not.
func opposite(word uint32) uint32 {
	if word>>24 == 0x54 {
		return word ^ 1 // the condition
	}
	return word ^ 1<<24
}

// appendAddress appends the long form of adr. The distance counts from its begin.
func appendAddress(code []byte, n uint32, distance int) []byte {
	high := uint32(addHigh)
	magnitude := uint32(distance)
	low := magnitude & 0xfff
	if distance < 0 { // to a multiple of 4096 below, and up again
		high = subHigh
		low = uint32(distance) & 0xfff
		magnitude = uint32(int(low) - distance)
	}
	code = binary.LittleEndian.AppendUint32(code, adr|n)
	code = binary.LittleEndian.AppendUint32(code, addLow|low<<10|n<<5|n)
	return binary.LittleEndian.AppendUint32(code, high|magnitude>>12<<10|n<<5|n)
}

// loadOf turns a load of a label into one of the same register from [xN].
func loadOf(word, n uint32) uint32 {
	vector := word & (1 << 26)
	var size uint32
	switch opc := word >> 30; {
	case vector == 0 && opc == 2:
		return 0xb9800000 | n<<5 | word&31 // ldrsw
	case vector == 0:
		size = 0xb9400000 | opc<<30
	case opc == 2:
		size = 0x3dc00000
	default:
		size = 0xbd400000 | opc<<30
	}
	return size | n<<5 | word&31
}

// encodeJump: B and BL, to a label or to another function.
func encodeJump(e *encoder, r *row, i *Inst) {
	if i.A.kind == SymbolKind {
		e.call(r.code, Symbol(i.A.value))
		return
	}
	e.reference(r.code, Label(i.A.value))
}

// call appends a word for Link to put a distance into.
func (e *encoder) call(word uint32, s Symbol) {
	e.Call(s)
	binary.LittleEndian.PutUint32(e.Bytes[len(e.Bytes)-4:], word)
}

// conditional appends a branch, which to another function is the opposite one around a B.
func (e *encoder) conditional(word uint32, to *Operand) {
	if to.kind == SymbolKind {
		e.Word32(withDistance(opposite(word), referenceOf(word), 8))
		e.call(jump, Symbol(to.value))
		return
	}
	e.reference(word, Label(to.value))
}

func encodeCondBranch(e *encoder, r *row, i *Inst) {
	e.conditional(r.code|uint32(i.Cond), &i.A)
}

// encodeCompareBranch: CBZ and CBNZ.
func encodeCompareBranch(e *encoder, r *row, i *Inst) {
	e.conditional(r.code|sf(i.Width)|i.A.number(), &i.B)
}

// encodeTestBranch: TBZ and TBNZ. The highest bit of the number stands where other instructions have their width.
func encodeTestBranch(e *encoder, r *row, i *Inst) {
	bit := uint32(i.B.value)
	e.conditional(r.code|bit>>5<<31|bit&31<<19|i.A.number(), &i.C)
}

// encodeAdr: the address of a label.
func encodeAdr(e *encoder, r *row, i *Inst) {
	e.reference(r.code|i.A.number(), Label(i.B.value))
}

func encodeLabel(e *encoder, _ *row, i *Inst) { e.Bind(Label(i.A.value)) }

func encodeAlign(e *encoder, _ *row, i *Inst) { e.Align(i.A.value) }

func encodeQuad(e *encoder, _ *row, i *Inst) { e.Word64(uint64(i.A.value)) }

func encodeLongDiff(e *encoder, _ *row, i *Inst) { e.Distance(Label(i.B.value), Label(i.A.value)) }

// appendNops appends n bytes of no-ops, a multiple of 4.
func appendNops(code []byte, size int) []byte {
	for ; size > 0; size -= 4 {
		code = binary.LittleEndian.AppendUint32(code, nop)
	}
	return code
}
