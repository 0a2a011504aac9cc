package island

import (
	"encoding/binary"

	"github.com/tagwire/tagwire/jit/abi"
)

// ProbeCode returns a program that inverts its first argument:
//
//	MOV rax, [r15+value]; NOT rax; MOV [r15+result], rax
//	MOV qword [r15+exit], Done
//	MOV rsp, [r15+goSP]; MOV rbp, [r15+goBP]; RET
func ProbeCode() []byte {
	const (
		rax, rsp, rbp = 0, 4, 5
		load, store   = 0x8B, 0x89
	)
	var code []byte
	move := func(opcode byte, register, offset int) {
		code = append(code, 0x49, opcode, byte(0x87|register<<3)) // REX.WB, mod disp32 on r15
		code = binary.LittleEndian.AppendUint32(code, uint32(offset))
	}
	move(load, rax, abi.Argument(abi.ArgumentValue))
	code = append(code, 0x48, 0xF7, 0xD0)
	move(store, rax, abi.Argument(abi.ArgumentResult))
	move(0xC7, 0, abi.FrameExit)
	code = binary.LittleEndian.AppendUint32(code, uint32(abi.Done))
	move(load, rsp, abi.FrameGoSP)
	move(load, rbp, abi.FrameGoBP)
	return append(code, 0xC3)
}
