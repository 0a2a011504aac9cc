//go:build linux || darwin

package island

import (
	"encoding/binary"

	"github.com/tagwire/tagwire/jit/abi"
)

// numbers are the encodings of the registers: RAX, RBX, RCX, RDI, RSI, R8, R9, R10; R11; R15; RSP; RBP.
var numbers = [...]byte{0, 3, 1, 7, 6, 8, 9, 10, 11, 15, 4, 5}

// conditions are the low bits of Jcc.
var conditions = [...]byte{equal: 4, notEqual: 5, below: 2, belowOrEqual: 6, above: 7, aboveOrEqual: 3, signedLess: 12}

// relative32 is a displacement of four bytes that ends the instruction.
const relative32 fixupKind = 0

func (a *assembler) emit(code ...byte) { a.code = append(a.code, code...) }

// memory writes REX, opcode and [base+offset] with a displacement of four bytes.
func (a *assembler) memory(wide byte, opcode []byte, r, base register, offset int) {
	reg, rm := numbers[r], numbers[base]
	a.emit(0x40 | wide<<3 | reg>>3<<2 | rm>>3)
	a.emit(opcode...)
	a.emit(0x80 | reg&7<<3 | rm&7)
	if rm&7 == 4 {
		a.emit(0x24)
	}
	a.code = binary.LittleEndian.AppendUint32(a.code, uint32(offset))
}

// direct writes REX.W, opcode and two registers.
func (a *assembler) direct(opcode, reg, rm byte) {
	a.emit(0x48|reg>>3<<2|rm>>3, opcode, 0xC0|reg&7<<3|rm&7)
}

func (a *assembler) load(to, base register, offset int) { a.memory(1, []byte{0x8B}, to, base, offset) }
func (a *assembler) store(base register, offset int, r register) {
	a.memory(1, []byte{0x89}, r, base, offset)
}
func (a *assembler) loadByte(to, base register) { a.memory(1, []byte{0x0F, 0xB6}, to, base, 0) }
func (a *assembler) storeByte(base, r register) { a.memory(0, []byte{0x88}, r, base, 0) }
func (a *assembler) move(to, from register)     { a.direct(0x89, numbers[from], numbers[to]) }
func (a *assembler) add(to, from register)      { a.direct(0x01, numbers[from], numbers[to]) }
func (a *assembler) subtract(to, from register) { a.direct(0x29, numbers[from], numbers[to]) }

func (a *assembler) addImmediate(to register, number int) {
	a.direct(0x81, 0, numbers[to])
	a.code = binary.LittleEndian.AppendUint32(a.code, uint32(number))
}

func (a *assembler) immediate(to register, number uint64) {
	a.emit(0x48|numbers[to]>>3, 0xB8|numbers[to]&7)
	a.code = binary.LittleEndian.AppendUint64(a.code, number)
}

func (a *assembler) relative(label string, opcode ...byte) {
	a.emit(opcode...)
	a.refer(relative32, label)
	a.emit(0, 0, 0, 0)
}

func (a *assembler) resolve(fix fixup, target int) {
	binary.LittleEndian.PutUint32(a.code[fix.offset:], uint32(target-fix.offset-4))
}

// branch goes to label if x stands in the condition to y.
func (a *assembler) branch(x register, c condition, y register, label string) {
	a.direct(0x39, numbers[y], numbers[x])
	a.relative(label, 0x0F, 0x80|conditions[c])
}

func (a *assembler) branchIfZero(r register, label string) {
	a.direct(0x85, numbers[r], numbers[r]) // TEST
	a.relative(label, 0x0F, 0x80|conditions[equal])
}

func (a *assembler) branchIfNotNegative(r register, label string) {
	a.direct(0x85, numbers[r], numbers[r])
	a.relative(label, 0x0F, 0x89)
}

func (a *assembler) branchIfStackAbove(r register, label string) {
	a.branch(stackPointer, above, r, label)
}

func (a *assembler) jump(label string) { a.relative(label, 0xE9) }
func (a *assembler) call(label string) { a.relative(label, 0xE8) }
func (a *assembler) addressOf(to register, label string) {
	a.relative(label, 0x4C, 0x8D, 0x05|numbers[to]&7<<3)
}
func (a *assembler) push(r register) { a.emit(0x40|numbers[r]>>3, 0x50|numbers[r]&7) }
func (a *assembler) pop(r register)  { a.emit(0x40|numbers[r]>>3, 0x58|numbers[r]&7) }

// function begins a function that calls others; endFunction returns from it.
func (a *assembler) function(name string) { a.label(name) }
func (a *assembler) endFunction()         { a.emit(0xC3) }

func (a *assembler) returnToGo() {
	a.load(stackPointer, frameRegister, abi.FrameGoSP)
	a.load(framePointer, frameRegister, abi.FrameGoBP)
	a.emit(0xC3)
}
