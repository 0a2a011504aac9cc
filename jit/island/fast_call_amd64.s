//go:build linux || darwin

#include "textflag.h"
#include "funcdata.h"

// The numbers are constants of jit/abi and of count.go, compared with them in fast_call_test.go. The frame of fastCall:
//
//	0(SP)    the Frame, FrameBytes
//	272(SP)  the native stack, up to 2496(SP); FrameStackLow is StackSlack above its lower end
//	2496(SP)  zero, which is what unwinding finds where it looks for a return address

// func fastCall(body uintptr, value, data unsafe.Pointer, length, levels int, maps unsafe.Pointer) (exit abi.ExitCode, result uintptr)
TEXT ·fastCall(SB), 0, $2512-64
	NO_LOCAL_POINTERS
	LEAQ 0(SP), R15           // AMD64Frame
	MOVQ body+0(FP), DX
	MOVQ value+8(FP), AX      // AMD64Arguments: AX, BX, CX
	MOVQ data+16(FP), BX
	MOVQ length+24(FP), CX
	MOVQ levels+32(FP), DI
	ADDQ BX, CX
	LEAQ 528(SP), R8
	LEAQ 2496(SP), SI
	MOVQ $65536, 112(R15)     // FrameFuel: FuelBytes
	MOVQ R8, 128(R15)         // FrameStackLow
	MOVQ DI, 136(R15)         // FrameLevels
	MOVQ maps+40(FP), DI
	MOVQ $4194304, 176(R15)   // FrameAllocation: FastMoves
	MOVQ $0, 184(R15)         // FrameFlags
	MOVQ DI, 192(R15)         // FrameMaps
	MOVQ $0, (SI)
	CALL island<>(SB)
	MOVQ 40(SP), CX           // FrameExit
	MOVQ AX, result+56(FP)    // AMD64Results
	MOVB CX, exit+48(FP)
	CMPQ CX, $1               // Done
	JNE  left
	MOVQ SP, CX               // callShards[SP >> callShardShift % callShardCount].calls++
	SHRQ $11, CX
	ANDQ $63, CX
	SHLQ $6, CX
	LEAQ ·callShards(SB), DX
	INCQ (DX)(CX*1)

left:
	RET

// island calls DX on the stack SI. Native code that leaves returns to the caller of island as if DX had returned. The frame
// pointer stays what it is: the frames of Go below are whole.
TEXT island<>(SB), NOSPLIT|NOFRAME, $0-0
	MOVQ SP, 0(R15)           // FrameGoSP
	MOVQ BP, 8(R15)           // FrameGoBP
	MOVQ SI, SP
	CALL DX
	MOVQ $1, 40(R15)          // FrameExit: Done
	LEAQ -2504(SP), SP         // what FrameGoSP says: SI was 2496 above the caller's SP, and that is 8 above ours
	RET
