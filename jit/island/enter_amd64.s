//go:build linux || darwin

#include "textflag.h"

// The numbers are constants of jit/abi, compared with the layout of frame in frame_test.go.

// func enter(f *frame)
TEXT ·enter(SB), NOSPLIT|NOFRAME, $0-8
	MOVQ f+0(FP), R15  // AMD64Frame
	MOVQ SP, 0(R15)    // FrameGoSP: native code returns with it to the caller of enter
	MOVQ BP, 8(R15)    // FrameGoBP
	MOVQ 24(R15), SP   // FrameNativeSP
	XORL BP, BP        // frame-pointer unwinding ends here
	MOVQ 32(R15), AX   // FrameResumePC
	JMP  AX
