//go:build linux || darwin

#include "textflag.h"

// The numbers are constants of jit/abi, compared with the layout of frame in frame_test.go.

// func enter(f *frame)
TEXT ·enter(SB), NOSPLIT|NOFRAME, $0-8
	MOVD f+0(FP), R19 // ARM64Frame
	MOVD RSP, R9
	MOVD R9, 0(R19)   // FrameGoSP
	MOVD R29, 8(R19)  // FrameGoBP
	MOVD R30, 16(R19) // FrameGoLR: native code returns with it to the caller of enter
	MOVD 24(R19), R9  // FrameNativeSP
	MOVD R9, RSP
	MOVD ZR, R29      // frame-pointer unwinding ends here
	MOVD 32(R19), R9  // FrameResumePC
	JMP  (R9)
