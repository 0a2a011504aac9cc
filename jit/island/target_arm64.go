package island

import (
	"encoding/binary"

	"github.com/tagwire/tagwire/jit/abi"
)

// ProbeCode returns a program that inverts its first argument:
//
//	LDR x0, [x19+value]; MVN x0, x0; STR x0, [x19+result]
//	MOVZ x0, Done; STR x0, [x19+exit]
//	LDR x9, [x19+goSP]; MOV sp, x9; LDR x29, [x19+goBP]; LDR x30, [x19+goLR]; RET
func ProbeCode() []byte {
	const (
		load, store = 0xF9400000, 0xF9000000
		x0, x9      = 0, 9
	)
	var code []byte
	word := func(instruction int) { code = binary.LittleEndian.AppendUint32(code, uint32(instruction)) }
	move := func(opcode int, register abi.Register, offset int) {
		word(opcode | offset/abi.WordBytes<<10 | int(abi.ARM64Frame)<<5 | int(register))
	}
	move(load, x0, abi.Argument(abi.ArgumentValue))
	word(0xAA2003E0)
	move(store, x0, abi.Argument(abi.ArgumentResult))
	word(0xD2800000 | int(abi.Done)<<5)
	move(store, x0, abi.FrameExit)
	move(load, x9, abi.FrameGoSP)
	word(0x9100013F)
	move(load, abi.ARM64FramePointer, abi.FrameGoBP)
	move(load, abi.ARM64Link, abi.FrameGoLR)
	word(0xD65F03C0)
	return code
}
