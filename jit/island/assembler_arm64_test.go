//go:build linux || darwin

package island

import (
	"encoding/binary"

	"github.com/tagwire/tagwire/jit/abi"
)

// numbers are the encodings of the registers: X0 to X7; X9; X19; SP; X29; X10.
var numbers = [...]uint32{0, 1, 2, 3, 4, 5, 6, 7, 9, 19, 31, 29, 10}

// conditions are those of B.cond.
var conditions = [...]uint32{equal: 0, notEqual: 1, below: 3, belowOrEqual: 9, above: 8, aboveOrEqual: 2, signedLess: 11}

const (
	branch26  fixupKind = iota // B, BL
	branch19                   // B.cond, CBZ
	address21                  // ADR
)

const linkRegister = 30 // X30

func (a *assembler) emit(instruction uint32) {
	a.code = binary.LittleEndian.AppendUint32(a.code, instruction)
}

// direct writes an instruction on three registers.
func (a *assembler) direct(opcode, d, n, m uint32) { a.emit(opcode | m<<16 | n<<5 | d) }

func (a *assembler) load(to, base register, offset int) {
	a.emit(0xF9400000 | uint32(offset/8)<<10 | numbers[base]<<5 | numbers[to])
}

func (a *assembler) store(base register, offset int, r register) {
	a.emit(0xF9000000 | uint32(offset/8)<<10 | numbers[base]<<5 | numbers[r])
}

func (a *assembler) loadByte(to, base register) { a.emit(0x39400000 | numbers[base]<<5 | numbers[to]) }
func (a *assembler) storeByte(base, r register) { a.emit(0x39000000 | numbers[base]<<5 | numbers[r]) }
func (a *assembler) add(to, from register) {
	a.direct(0x8B000000, numbers[to], numbers[to], numbers[from])
}
func (a *assembler) subtract(to, from register) {
	a.direct(0xCB000000, numbers[to], numbers[to], numbers[from])
}

// move is ADD #0, the form that takes the stack pointer.
func (a *assembler) move(to, from register) { a.emit(0x91000000 | numbers[from]<<5 | numbers[to]) }

func (a *assembler) addImmediate(to register, number int) {
	opcode := uint32(0x91000000)
	if number < 0 {
		opcode, number = 0xD1000000, -number
	}
	if number > 0xFFF {
		panic("the number does not fit ADD")
	}
	a.emit(opcode | uint32(number)<<10 | numbers[to]<<5 | numbers[to])
}

// spare is clobbered where an instruction does not take SP: 31 means zero in SUB and CMP of registers.
const spare = framePointer + 1

func (a *assembler) immediate(to register, number uint64) {
	a.emit(0xD2800000 | uint32(number&0xFFFF)<<5 | numbers[to])
	for half := uint32(1); half < 4; half++ {
		if bits := uint32(number >> (16 * half) & 0xFFFF); bits != 0 {
			a.emit(0xF2800000 | half<<21 | bits<<5 | numbers[to])
		}
	}
}

func (a *assembler) relative(kind fixupKind, label string, opcode uint32) {
	a.refer(kind, label)
	a.emit(opcode)
}

func (a *assembler) resolve(fix fixup, target int) {
	distance := uint32(int32(target - fix.offset))
	bits := uint32(0)
	switch fix.kind {
	case branch26:
		bits = distance >> 2 & (1<<26 - 1)
	case branch19:
		bits = distance >> 2 & (1<<19 - 1) << 5
	case address21:
		bits = distance&3<<29 | distance>>2&(1<<19-1)<<5
	}
	here := a.code[fix.offset:]
	binary.LittleEndian.PutUint32(here, binary.LittleEndian.Uint32(here)|bits)
}

// branch goes to label if x stands in the condition to y.
func (a *assembler) branch(x register, c condition, y register, label string) {
	a.direct(0xEB000000, 31, numbers[x], numbers[y]) // CMP
	a.relative(branch19, label, 0x54000000|conditions[c])
}

func (a *assembler) branchIfZero(r register, label string) {
	a.relative(branch19, label, 0xB4000000|numbers[r])
}

func (a *assembler) branchIfNotNegative(r register, label string) {
	a.emit(0xF100001F | numbers[r]<<5)         // CMP r, #0
	a.relative(branch19, label, 0x54000000|10) // GE
}

func (a *assembler) branchIfStackAbove(r register, label string) {
	a.move(spare, stackPointer)
	a.branch(spare, above, r, label)
}

func (a *assembler) jump(label string) { a.relative(branch26, label, 0x14000000) }
func (a *assembler) call(label string) { a.relative(branch26, label, 0x94000000) }
func (a *assembler) addressOf(to register, label string) {
	a.relative(address21, label, 0x10000000|numbers[to])
}

// push and pop keep the stack pointer aligned to 16 bytes.
func (a *assembler) push(r register) { a.emit(0xF81F0FE0 | numbers[r]) }
func (a *assembler) pop(r register)  { a.emit(0xF84107E0 | numbers[r]) }

// function begins a function that calls others; endFunction returns from it.
func (a *assembler) function(name string) {
	a.label(name)
	a.emit(0xF81F0FE0 | linkRegister)
}

func (a *assembler) endFunction() {
	a.emit(0xF84107E0 | linkRegister)
	a.emit(0xD65F03C0)
}

func (a *assembler) returnToGo() {
	a.load(scratch, frameRegister, abi.FrameGoSP)
	a.move(stackPointer, scratch)
	a.load(framePointer, frameRegister, abi.FrameGoBP)
	a.emit(0xF9400000 | abi.FrameGoLR/8<<10 | numbers[frameRegister]<<5 | linkRegister)
	a.emit(0xD65F03C0)
}
