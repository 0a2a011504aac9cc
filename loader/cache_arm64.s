#include "textflag.h"

// func synchroniseCaches(start, end uintptr)
// Steps by 16 bytes, the shortest cache line that the architecture allows; start is aligned to a page.
TEXT ·synchroniseCaches(SB), NOSPLIT, $0-16
	MOVD start+0(FP), R0
	MOVD end+8(FP), R1

	MOVD R0, R3
clean:
	WORD $0xd50b7b23 // DC CVAU, X3
	ADD  $16, R3
	CMP  R1, R3
	BLO  clean
	DSB  $11 // inner shareable

	MOVD R0, R3
invalidate:
	WORD $0xd50b7523 // IC IVAU, X3
	ADD  $16, R3
	CMP  R1, R3
	BLO  invalidate
	DSB  $11
	ISB  $15
	RET
