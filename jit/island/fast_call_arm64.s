//go:build linux || darwin

#include "textflag.h"
#include "funcdata.h"

// The numbers are constants of jit/abi and of count.go, compared with them in fast_call_test.go. The frame of fastCall:
//
//	16(RSP)   the Frame, FrameBytes
//	288(RSP)  the native stack, up to 2496(RSP); FrameStackLow is StackSlack above its lower end

// func fastCall(body uintptr, value, data unsafe.Pointer, length, levels int, maps unsafe.Pointer) (exit abi.ExitCode, result uintptr)
TEXT ·fastCall(SB), 0, $2520-64
	NO_LOCAL_POINTERS
	ADD  $16, RSP, R19        // ARM64Frame
	MOVD body+0(FP), R6
	MOVD value+8(FP), R0      // ARM64Arguments: R0, R1, R2
	MOVD data+16(FP), R1
	MOVD length+24(FP), R2
	MOVD levels+32(FP), R3
	ADD  R1, R2
	ADD  $544, RSP, R4
	ADD  $2496, RSP, R5
	MOVD $65536, R7
	MOVD R7, 112(R19)         // FrameFuel: FuelBytes
	MOVD R4, 128(R19)         // FrameStackLow
	MOVD R3, 136(R19)         // FrameLevels
	MOVD maps+40(FP), R3
	MOVD $4194304, R7
	MOVD R7, 176(R19)         // FrameAllocation: FastMoves
	MOVD ZR, 184(R19)         // FrameFlags
	MOVD R3, 192(R19)         // FrameMaps
	CALL island<>(SB)
	MOVD 56(RSP), R1          // FrameExit
	MOVD R0, result+56(FP)    // ARM64Results
	MOVB R1, exit+48(FP)
	CMP  $1, R1               // Done
	BNE  left
	MOVD RSP, R3              // callShards[RSP >> callShardShift % callShardCount].calls++
	LSR  $11, R3
	AND  $63, R3
	LSL  $6, R3
	MOVD $·callShards(SB), R4
	ADD  R3, R4

again:
	LDXR (R4), R5
	ADD  $1, R5
	STXR R5, (R4), R6
	CBNZ R6, again

left:
	RET

// island calls R6 on the stack R5. Native code that leaves returns to the caller of island as if R6 had returned.
TEXT island<>(SB), NOSPLIT|NOFRAME, $0-0
	MOVD RSP, R9
	MOVD R9, 0(R19)           // FrameGoSP
	MOVD R29, 8(R19)          // FrameGoBP
	MOVD R30, 16(R19)         // FrameGoLR
	MOVD R5, RSP
	MOVD ZR, R29              // frame-pointer unwinding ends here
	CALL (R6)
	MOVD $1, R9
	MOVD R9, 40(R19)          // FrameExit: Done
	MOVD 0(R19), R9
	MOVD R9, RSP
	MOVD 8(R19), R29
	MOVD 16(R19), R30
	RET
