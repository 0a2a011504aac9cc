package asm

// Op is an instruction of the table below.
type Op uint8

// The instructions, by the names that the processor manual has for them. Some names are ours: those that begin in V are vector forms of
// a name that general registers have too, as are those of loads and stores that end in V. Names that end in G have a general
// register in place of an element, in Z a comparison with zero, in cc a condition. LABEL and what follows are no instructions.
const (
	BAD Op = iota // the zero value: a forgotten Op is an error

	MOV
	MOVZ
	MOVN
	MOVK
	ADR

	ADD
	ADDS
	SUB
	SUBS
	CMP
	CMN
	NEG
	ADC
	SBC
	AND
	BIC
	ORR
	ORN
	EOR
	EON
	ANDS
	BICS
	TST
	MVN
	MUL
	MADD
	MSUB
	UMULH
	SMULH
	UMULL
	SMULL

	LSL
	LSR
	ASR
	ROR
	UBFM
	SBFM
	BFM
	UBFX
	SBFX
	BFXIL
	UBFIZ
	SBFIZ
	BFI
	UXTB
	UXTH
	SXTB
	SXTH
	SXTW
	EXTR
	REV
	REV16
	REV32
	RBIT
	CLZ
	CLS

	CSEL
	CSINC
	CSINV
	CSNEG
	CSET
	CSETM
	CCMP
	CCMN

	B
	Bcc
	CBZ
	CBNZ
	TBZ
	TBNZ
	BL
	BR
	BLR
	RET
	BRK
	BTI
	NOP

	LDR
	LDRB
	LDRH
	LDRSB
	LDRSH
	LDRSW
	STR
	STRB
	STRH
	LDP
	STP
	PRFM
	PRFMSTRM

	LDRV
	STRV
	LDPV
	STPV
	LD1
	ST1
	LD1R
	LD1E
	ST1E

	VMOV
	FMOVVG
	FMOVGV
	DUP
	DUPG
	INS
	INSG
	UMOV
	SMOV
	MOVI

	VADD
	VSUB
	VMUL
	VMLA
	USHL
	SSHL
	UMIN
	UMAX
	SMIN
	SMAX
	CMEQ
	CMHI
	CMHS
	CMGT
	CMGE
	CMTST
	CMEQZ
	CMGTZ
	CMGEZ
	CMLTZ
	VNEG
	VABS
	VCLZ
	VCNT
	VREV16
	VREV32
	VREV64

	VAND
	VBIC
	VORR
	VORN
	VEOR
	BSL
	BIT
	BIF
	VMVN

	SHL
	USHR
	SSHR
	USRA
	SLI
	SRI

	SSHLL
	USHLL
	XTN
	XTN2
	SQXTN
	SQXTN2
	SQXTUN
	SQXTUN2
	UQXTN
	UQXTN2
	SHRN
	SHRN2
	SADDLP
	UADDLP

	ADDV
	UADDLV
	UMAXV
	UMINV
	SMAXV
	SMINV
	ADDP
	UMAXP
	UMINP

	TBL
	TBX
	EXT
	ZIP1
	ZIP2
	UZP1
	UZP2
	TRN1
	TRN2

	LABEL
	ALIGN
	QUAD
	LONGDIFF

	opCount
)

// table has one row per Op, in the order of the constants above.
var table = [opCount]row{
	BAD: {mnemonic: "bad"},

	// Moves. A 32-bit result clears the upper half of its register. MOVK leaves the other bits.
	MOV:  {mnemonic: "mov", widths: wInteger, operands: [maxOperands]operandSpec{drs, move}, encode: encodeMove, together: checkMove},
	MOVZ: {mnemonic: "movz", widths: wInteger, operands: [maxOperands]operandSpec{dr, half, part}, encode: encodeMoveWide, code: 0x52800000, text: textPart},
	MOVN: {mnemonic: "movn", widths: wInteger, operands: [maxOperands]operandSpec{dr, half, part}, encode: encodeMoveWide, code: 0x12800000, text: textPart},
	MOVK: {mnemonic: "movk", widths: wInteger, operands: [maxOperands]operandSpec{br, half, part}, encode: encodeMoveWide, code: 0x72800000, text: textPart},
	ADR:  {mnemonic: "adr", widths: w64, operands: [maxOperands]operandSpec{dr, address}, encode: encodeAdr, code: 0x10000000},

	// Arithmetic. Only names that end in S, and comparisons, set the flags. ADD, SUB and comparisons take SP in the first
	// places.
	ADD:   {mnemonic: "add", widths: wInteger, operands: [maxOperands]operandSpec{drs, urs, added}, encode: encodeSum, code: 0x0b000000, together: checkSum},
	ADDS:  {mnemonic: "adds", widths: wInteger, operands: [maxOperands]operandSpec{dr, urs, added}, effects: writesFlags, encode: encodeSum, code: 0x2b000000, together: checkSum},
	SUB:   {mnemonic: "sub", widths: wInteger, operands: [maxOperands]operandSpec{drs, urs, added}, encode: encodeSum, code: 0x4b000000, together: checkSum},
	SUBS:  {mnemonic: "subs", widths: wInteger, operands: [maxOperands]operandSpec{dr, urs, added}, effects: writesFlags, encode: encodeSum, code: 0x6b000000, together: checkSum},
	CMP:   {mnemonic: "cmp", widths: wInteger, operands: [maxOperands]operandSpec{urs, added}, effects: writesFlags, encode: encodeCompare, code: 0x6b00001f, together: checkCompare},
	CMN:   {mnemonic: "cmn", widths: wInteger, operands: [maxOperands]operandSpec{urs, added}, effects: writesFlags, encode: encodeCompare, code: 0x2b00001f, together: checkCompare},
	NEG:   {mnemonic: "neg", widths: wInteger, operands: [maxOperands]operandSpec{dr, shifty}, encode: encodeNegate, code: 0x4b0003e0},
	ADC:   {mnemonic: "adc", widths: wInteger, operands: [maxOperands]operandSpec{dr, ur, ur}, effects: readsFlags, encode: encodeRegisters, code: 0x1a000000},
	SBC:   {mnemonic: "sbc", widths: wInteger, operands: [maxOperands]operandSpec{dr, ur, ur}, effects: readsFlags, encode: encodeRegisters, code: 0x5a000000},
	AND:   {mnemonic: "and", widths: wInteger, operands: [maxOperands]operandSpec{dr, ur, logic}, encode: encodeLogic, code: 0x0a000000, text: textLogic},
	BIC:   {mnemonic: "bic", widths: wInteger, operands: [maxOperands]operandSpec{dr, ur, logicReg}, encode: encodeLogic, code: 0x0a200000},
	ORR:   {mnemonic: "orr", widths: wInteger, operands: [maxOperands]operandSpec{dr, ur, logic}, encode: encodeLogic, code: 0x2a000000, text: textLogic},
	ORN:   {mnemonic: "orn", widths: wInteger, operands: [maxOperands]operandSpec{dr, ur, logicReg}, encode: encodeLogic, code: 0x2a200000},
	EOR:   {mnemonic: "eor", widths: wInteger, operands: [maxOperands]operandSpec{dr, ur, logic}, encode: encodeLogic, code: 0x4a000000, text: textLogic},
	EON:   {mnemonic: "eon", widths: wInteger, operands: [maxOperands]operandSpec{dr, ur, logicReg}, encode: encodeLogic, code: 0x4a200000},
	ANDS:  {mnemonic: "ands", widths: wInteger, operands: [maxOperands]operandSpec{dr, ur, logic}, effects: writesFlags, encode: encodeLogic, code: 0x6a000000, text: textLogic},
	BICS:  {mnemonic: "bics", widths: wInteger, operands: [maxOperands]operandSpec{dr, ur, logicReg}, effects: writesFlags, encode: encodeLogic, code: 0x6a200000},
	TST:   {mnemonic: "tst", widths: wInteger, operands: [maxOperands]operandSpec{ur, logic}, effects: writesFlags, encode: encodeTest, code: 0x6a00001f, text: textLogic},
	MVN:   {mnemonic: "mvn", widths: wInteger, operands: [maxOperands]operandSpec{dr, logicReg}, encode: encodeNegate, code: 0x2a2003e0},
	MUL:   {mnemonic: "mul", widths: wInteger, operands: [maxOperands]operandSpec{dr, ur, ur}, encode: encodeRegisters, code: 0x1b007c00},
	MADD:  {mnemonic: "madd", widths: wInteger, operands: [maxOperands]operandSpec{dr, ur, ur, ur}, encode: encodeRegisters, code: 0x1b000000},
	MSUB:  {mnemonic: "msub", widths: wInteger, operands: [maxOperands]operandSpec{dr, ur, ur, ur}, encode: encodeRegisters, code: 0x1b008000},
	UMULH: {mnemonic: "umulh", widths: w64, operands: [maxOperands]operandSpec{dr, ur, ur}, encode: encodeRegisters, code: 0x9bc07c00},
	SMULH: {mnemonic: "smulh", widths: w64, operands: [maxOperands]operandSpec{dr, ur, ur}, encode: encodeRegisters, code: 0x9b407c00},
	UMULL: {mnemonic: "umull", widths: w64, operands: [maxOperands]operandSpec{dr, ur32, ur32}, encode: encodeRegisters, code: 0x9ba07c00},
	SMULL: {mnemonic: "smull", widths: w64, operands: [maxOperands]operandSpec{dr, ur32, ur32}, encode: encodeRegisters, code: 0x9b207c00},

	// Shifts and bits. A count in a register is taken modulo the width. UBFX, SBFX and BFXIL move bits from a place to the
	// bottom, UBFIZ, SBFIZ and BFI from the bottom to a place; BFI, BFXIL and BFM leave the other bits.
	LSL:   {mnemonic: "lsl", widths: wInteger, operands: [maxOperands]operandSpec{dr, ur, amount}, encode: encodeShift, code: 0x1ac02000},
	LSR:   {mnemonic: "lsr", widths: wInteger, operands: [maxOperands]operandSpec{dr, ur, amount}, encode: encodeShift, code: 0x1ac02400},
	ASR:   {mnemonic: "asr", widths: wInteger, operands: [maxOperands]operandSpec{dr, ur, amount}, encode: encodeShift, code: 0x1ac02800},
	ROR:   {mnemonic: "ror", widths: wInteger, operands: [maxOperands]operandSpec{dr, ur, amount}, encode: encodeShift, code: 0x1ac02c00},
	UBFM:  {mnemonic: "ubfm", widths: wInteger, operands: [maxOperands]operandSpec{dr, ur, bitNum, bitNum}, encode: encodeBits, code: 0x53000000},
	SBFM:  {mnemonic: "sbfm", widths: wInteger, operands: [maxOperands]operandSpec{dr, ur, bitNum, bitNum}, encode: encodeBits, code: 0x13000000},
	BFM:   {mnemonic: "bfm", widths: wInteger, operands: [maxOperands]operandSpec{br, ur, bitNum, bitNum}, encode: encodeBits, code: 0x33000000},
	UBFX:  {mnemonic: "ubfx", widths: wInteger, operands: [maxOperands]operandSpec{dr, ur, bitNum, count}, encode: encodeExtract, code: 0x53000000, together: checkField},
	SBFX:  {mnemonic: "sbfx", widths: wInteger, operands: [maxOperands]operandSpec{dr, ur, bitNum, count}, encode: encodeExtract, code: 0x13000000, together: checkField},
	BFXIL: {mnemonic: "bfxil", widths: wInteger, operands: [maxOperands]operandSpec{br, ur, bitNum, count}, encode: encodeExtract, code: 0x33000000, together: checkField},
	UBFIZ: {mnemonic: "ubfiz", widths: wInteger, operands: [maxOperands]operandSpec{dr, ur, bitNum, count}, encode: encodeInsert, code: 0x53000000, together: checkField},
	SBFIZ: {mnemonic: "sbfiz", widths: wInteger, operands: [maxOperands]operandSpec{dr, ur, bitNum, count}, encode: encodeInsert, code: 0x13000000, together: checkField},
	BFI:   {mnemonic: "bfi", widths: wInteger, operands: [maxOperands]operandSpec{br, ur, bitNum, count}, encode: encodeInsert, code: 0x33000000, together: checkField},
	UXTB:  {mnemonic: "uxtb", widths: w32, operands: [maxOperands]operandSpec{dr, ur}, encode: encodeWiden, code: 0x53000000},
	UXTH:  {mnemonic: "uxth", widths: w32, operands: [maxOperands]operandSpec{dr, ur}, encode: encodeWiden, code: 0x53000000},
	SXTB:  {mnemonic: "sxtb", widths: wInteger, operands: [maxOperands]operandSpec{dr, ur32}, encode: encodeWiden, code: 0x13000000},
	SXTH:  {mnemonic: "sxth", widths: wInteger, operands: [maxOperands]operandSpec{dr, ur32}, encode: encodeWiden, code: 0x13000000},
	SXTW:  {mnemonic: "sxtw", widths: w64, operands: [maxOperands]operandSpec{dr, ur32}, encode: encodeWiden, code: 0x13000000},
	EXTR:  {mnemonic: "extr", widths: wInteger, operands: [maxOperands]operandSpec{dr, ur, ur, bitNum}, encode: encodeExtr},
	REV:   {mnemonic: "rev", widths: wInteger, operands: [maxOperands]operandSpec{dr, ur}, encode: encodeReverse, code: 0x5ac00800},
	REV16: {mnemonic: "rev16", widths: wInteger, operands: [maxOperands]operandSpec{dr, ur}, encode: encodeRegisters, code: 0x5ac00400},
	REV32: {mnemonic: "rev32", widths: w64, operands: [maxOperands]operandSpec{dr, ur}, encode: encodeRegisters, code: 0xdac00800},
	RBIT:  {mnemonic: "rbit", widths: wInteger, operands: [maxOperands]operandSpec{dr, ur}, encode: encodeRegisters, code: 0x5ac00000},
	CLZ:   {mnemonic: "clz", widths: wInteger, operands: [maxOperands]operandSpec{dr, ur}, encode: encodeRegisters, code: 0x5ac01000},
	CLS:   {mnemonic: "cls", widths: wInteger, operands: [maxOperands]operandSpec{dr, ur}, encode: encodeRegisters, code: 0x5ac01400},

	// Conditions. CCMP and CCMN compare if the condition holds, else the flags become the constant: negative, zero, carry,
	// overflow from the highest bit down.
	CSEL:  {mnemonic: "csel", widths: wInteger, operands: [maxOperands]operandSpec{dr, ur, ur}, effects: isCond | readsFlags, encode: encodeSelect, code: 0x1a800000},
	CSINC: {mnemonic: "csinc", widths: wInteger, operands: [maxOperands]operandSpec{dr, ur, ur}, effects: isCond | readsFlags, encode: encodeSelect, code: 0x1a800400},
	CSINV: {mnemonic: "csinv", widths: wInteger, operands: [maxOperands]operandSpec{dr, ur, ur}, effects: isCond | readsFlags, encode: encodeSelect, code: 0x5a800000},
	CSNEG: {mnemonic: "csneg", widths: wInteger, operands: [maxOperands]operandSpec{dr, ur, ur}, effects: isCond | readsFlags, encode: encodeSelect, code: 0x5a800400},
	CSET:  {mnemonic: "cset", widths: wInteger, operands: [maxOperands]operandSpec{dr}, effects: isCond | readsFlags, encode: encodeSet, code: 0x1a9f07e0},
	CSETM: {mnemonic: "csetm", widths: wInteger, operands: [maxOperands]operandSpec{dr}, effects: isCond | readsFlags, encode: encodeSet, code: 0x5a9f03e0},
	CCMP:  {mnemonic: "ccmp", widths: wInteger, operands: [maxOperands]operandSpec{ur, small, nzcv}, effects: isCond | readsFlags | writesFlags, encode: encodeCondCompare, code: 0x7a400000},
	CCMN:  {mnemonic: "ccmn", widths: wInteger, operands: [maxOperands]operandSpec{ur, small, nzcv}, effects: isCond | readsFlags | writesFlags, encode: encodeCondCompare, code: 0x3a400000},

	// Control. Branches to labels take the form that reaches; under a condition to another function they are two
	// instructions. BR and BLR take the target's address from a register. BTI is where they may land on a host that demands
	// it.
	B:    {mnemonic: "b", widths: w64, operands: [maxOperands]operandSpec{target}, effects: isJump | isEnd, encode: encodeJump, code: 0x14000000},
	Bcc:  {mnemonic: "b.", widths: w64, operands: [maxOperands]operandSpec{target}, effects: isCond | isJump | readsFlags, encode: encodeCondBranch, code: 0x54000000, text: textBranch},
	CBZ:  {mnemonic: "cbz", widths: wInteger, operands: [maxOperands]operandSpec{ur, target}, effects: isJump, encode: encodeCompareBranch, code: 0x34000000, text: textBranch},
	CBNZ: {mnemonic: "cbnz", widths: wInteger, operands: [maxOperands]operandSpec{ur, target}, effects: isJump, encode: encodeCompareBranch, code: 0x35000000, text: textBranch},
	TBZ:  {mnemonic: "tbz", widths: wInteger, operands: [maxOperands]operandSpec{ur, bitNum, target}, effects: isJump, encode: encodeTestBranch, code: 0x36000000, text: textBranch},
	TBNZ: {mnemonic: "tbnz", widths: wInteger, operands: [maxOperands]operandSpec{ur, bitNum, target}, effects: isJump, encode: encodeTestBranch, code: 0x37000000, text: textBranch},
	BL:   {mnemonic: "bl", widths: w64, operands: [maxOperands]operandSpec{target}, effects: isCall, encode: encodeJump, code: 0x94000000},
	BR:   {mnemonic: "br", widths: w64, operands: [maxOperands]operandSpec{ur64}, effects: isJump | isEnd, encode: encodeIndirect, code: 0xd61f0000},
	BLR:  {mnemonic: "blr", widths: w64, operands: [maxOperands]operandSpec{ur64}, effects: isCall, encode: encodeIndirect, code: 0xd63f0000},
	RET:  {mnemonic: "ret", widths: w64, effects: isEnd, encode: encodePlain, code: 0xd65f03c0},
	BRK:  {mnemonic: "brk", widths: w64, operands: [maxOperands]operandSpec{half}, effects: isEnd, encode: encodeBreak, code: 0xd4200000},
	BTI:  {mnemonic: "bti", widths: w64, operands: [maxOperands]operandSpec{land}, encode: encodeLanding, code: 0xd503241f, text: textLanding},
	NOP:  {mnemonic: "nop", widths: w64, encode: encodePlain, code: 0xd503201f},

	// Loads and stores of general registers. A load of 8 to 32 bits clears the bits above, or fills them with the sign. LDP
	// and STP move two registers.
	LDR:      {mnemonic: "ldr", widths: wInteger, operands: [maxOperands]operandSpec{dr, memAt}, encode: encodeLoad, code: 0xb8400000, together: checkBase},
	LDRB:     {mnemonic: "ldrb", widths: w32, operands: [maxOperands]operandSpec{dr, mem}, encode: encodeLoad, code: 0x38400000, together: checkBase},
	LDRH:     {mnemonic: "ldrh", widths: w32, operands: [maxOperands]operandSpec{dr, mem}, encode: encodeLoad, code: 0x78400000, together: checkBase},
	LDRSB:    {mnemonic: "ldrsb", widths: wInteger, operands: [maxOperands]operandSpec{dr, mem}, encode: encodeLoad, code: 0x38800000, together: checkBase},
	LDRSH:    {mnemonic: "ldrsh", widths: wInteger, operands: [maxOperands]operandSpec{dr, mem}, encode: encodeLoad, code: 0x78800000, together: checkBase},
	LDRSW:    {mnemonic: "ldrsw", widths: w64, operands: [maxOperands]operandSpec{dr, memAt}, encode: encodeLoad, code: 0xb8800000, together: checkBase},
	STR:      {mnemonic: "str", widths: wInteger, operands: [maxOperands]operandSpec{ur, mem}, encode: encodeLoad, code: 0xb8000000, together: checkBase},
	STRB:     {mnemonic: "strb", widths: w32, operands: [maxOperands]operandSpec{ur, mem}, encode: encodeLoad, code: 0x38000000, together: checkBase},
	STRH:     {mnemonic: "strh", widths: w32, operands: [maxOperands]operandSpec{ur, mem}, encode: encodeLoad, code: 0x78000000, together: checkBase},
	LDP:      {mnemonic: "ldp", widths: wInteger, operands: [maxOperands]operandSpec{dr, dr, mem}, encode: encodePair, code: 0x28400000, together: checkPair},
	STP:      {mnemonic: "stp", widths: wInteger, operands: [maxOperands]operandSpec{ur, ur, mem}, encode: encodePair, code: 0x28000000, together: checkPair},
	PRFM:     {mnemonic: "prfm pldl1keep", widths: w64, operands: [maxOperands]operandSpec{mem}, encode: encodePrefetch, code: 0xf8800000, text: textPrefetch},
	PRFMSTRM: {mnemonic: "prfm pldl1strm", widths: w64, operands: [maxOperands]operandSpec{mem}, encode: encodePrefetch, code: 0xf8800001, text: textPrefetch},

	// Loads and stores of vectors. A load of less than 128 bits clears the bits above. LD1 and ST1 move the registers of a
	// list, LD1R fills one with copies of an element, LD1E and ST1E move one element.
	LDRV: {mnemonic: "ldr", widths: wScalar, operands: [maxOperands]operandSpec{dv, memAt}, encode: encodeLoadVector, code: 0x3c400000, together: checkLoad},
	STRV: {mnemonic: "str", widths: wScalar, operands: [maxOperands]operandSpec{uv, mem}, encode: encodeLoadVector, code: 0x3c000000},
	LDPV: {mnemonic: "ldp", widths: wPair, operands: [maxOperands]operandSpec{dv, dv, mem}, encode: encodePair, code: 0x2c400000, together: checkPair},
	STPV: {mnemonic: "stp", widths: wPair, operands: [maxOperands]operandSpec{uv, uv, mem}, encode: encodePair, code: 0x2c000000},
	LD1:  {mnemonic: "ld1", widths: vAll, operands: [maxOperands]operandSpec{dl, mem}, encode: encodeStructure, code: 0x0c400000},
	ST1:  {mnemonic: "st1", widths: vAll, operands: [maxOperands]operandSpec{ul, mem}, encode: encodeStructure, code: 0x0c000000},
	LD1R: {mnemonic: "ld1r", widths: vAll, operands: [maxOperands]operandSpec{dl, mem}, encode: encodeStructure, code: 0x0d40c000, together: checkSingle},
	LD1E: {mnemonic: "ld1", widths: vFull, operands: [maxOperands]operandSpec{be, mem}, encode: encodeLane, code: 0x0d400000, text: textLane},
	ST1E: {mnemonic: "st1", widths: vFull, operands: [maxOperands]operandSpec{ue, mem}, encode: encodeLane, code: 0x0d000000, text: textLane},

	// Moves between registers and elements. FMOVVG and FMOVGV move between a general register and the lowest bits of a
	// vector, which is otherwise cleared. INS and INSG leave the other elements.
	VMOV:   {mnemonic: "mov", widths: vBytes, operands: [maxOperands]operandSpec{dv, uv}, encode: encodeVectorMove, code: 0x0ea01c00},
	FMOVVG: {mnemonic: "fmov", widths: wInteger, operands: [maxOperands]operandSpec{dv, ur}, encode: encodeFmov, code: 0x1e270000},
	FMOVGV: {mnemonic: "fmov", widths: wInteger, operands: [maxOperands]operandSpec{dr, uv}, encode: encodeFmov, code: 0x1e260000},
	DUP:    {mnemonic: "dup", widths: vBHSD, operands: [maxOperands]operandSpec{dv, ue}, encode: encodeDup, code: 0x0e000400},
	DUPG:   {mnemonic: "dup", widths: vBHSD, operands: [maxOperands]operandSpec{dv, ug}, encode: encodeDupGeneral, code: 0x0e000c00},
	INS:    {mnemonic: "ins", widths: vFull, operands: [maxOperands]operandSpec{be, ue}, encode: encodeInsertElement, code: 0x6e000400},
	INSG:   {mnemonic: "ins", widths: vFull, operands: [maxOperands]operandSpec{be, ug}, encode: encodeInsertElement, code: 0x4e001c00},
	UMOV:   {mnemonic: "umov", widths: vFull, operands: [maxOperands]operandSpec{dg, ue}, encode: encodeExtractElement, code: 0x0e003c00},
	SMOV:   {mnemonic: "smov", widths: v16b | v8h | v4s, operands: [maxOperands]operandSpec{dr64, ue}, encode: encodeSignedElement, code: 0x4e002c00},
	MOVI:   {mnemonic: "movi", widths: vBHSD, operands: [maxOperands]operandSpec{dv, filled}, encode: encodeFill, code: 0x0f000400, text: textFill},

	// Arithmetic of vectors, in each element for itself. Comparisons fill an element with ones or zeros. USHL and SSHL shift
	// by the lowest byte of an element, which is signed: to the right if it is negative.
	VADD:   {mnemonic: "add", widths: vBHSD, operands: [maxOperands]operandSpec{dv, uv, uv}, encode: encodeVector, code: 0x0e208400},
	VSUB:   {mnemonic: "sub", widths: vBHSD, operands: [maxOperands]operandSpec{dv, uv, uv}, encode: encodeVector, code: 0x2e208400},
	VMUL:   {mnemonic: "mul", widths: vBHS, operands: [maxOperands]operandSpec{dv, uv, uv}, encode: encodeVector, code: 0x0e209c00},
	VMLA:   {mnemonic: "mla", widths: vBHS, operands: [maxOperands]operandSpec{bv, uv, uv}, encode: encodeVector, code: 0x0e209400},
	USHL:   {mnemonic: "ushl", widths: vBHSD, operands: [maxOperands]operandSpec{dv, uv, uv}, encode: encodeVector, code: 0x2e204400},
	SSHL:   {mnemonic: "sshl", widths: vBHSD, operands: [maxOperands]operandSpec{dv, uv, uv}, encode: encodeVector, code: 0x0e204400},
	UMIN:   {mnemonic: "umin", widths: vBHS, operands: [maxOperands]operandSpec{dv, uv, uv}, encode: encodeVector, code: 0x2e206c00},
	UMAX:   {mnemonic: "umax", widths: vBHS, operands: [maxOperands]operandSpec{dv, uv, uv}, encode: encodeVector, code: 0x2e206400},
	SMIN:   {mnemonic: "smin", widths: vBHS, operands: [maxOperands]operandSpec{dv, uv, uv}, encode: encodeVector, code: 0x0e206c00},
	SMAX:   {mnemonic: "smax", widths: vBHS, operands: [maxOperands]operandSpec{dv, uv, uv}, encode: encodeVector, code: 0x0e206400},
	CMEQ:   {mnemonic: "cmeq", widths: vBHSD, operands: [maxOperands]operandSpec{dv, uv, uv}, encode: encodeVector, code: 0x2e208c00},
	CMHI:   {mnemonic: "cmhi", widths: vBHSD, operands: [maxOperands]operandSpec{dv, uv, uv}, encode: encodeVector, code: 0x2e203400},
	CMHS:   {mnemonic: "cmhs", widths: vBHSD, operands: [maxOperands]operandSpec{dv, uv, uv}, encode: encodeVector, code: 0x2e203c00},
	CMGT:   {mnemonic: "cmgt", widths: vBHSD, operands: [maxOperands]operandSpec{dv, uv, uv}, encode: encodeVector, code: 0x0e203400},
	CMGE:   {mnemonic: "cmge", widths: vBHSD, operands: [maxOperands]operandSpec{dv, uv, uv}, encode: encodeVector, code: 0x0e203c00},
	CMTST:  {mnemonic: "cmtst", widths: vBHSD, operands: [maxOperands]operandSpec{dv, uv, uv}, encode: encodeVector, code: 0x0e208c00},
	CMEQZ:  {mnemonic: "cmeq", widths: vBHSD, operands: [maxOperands]operandSpec{dv, uv}, encode: encodeVector, code: 0x0e209800, text: textAgainstZero},
	CMGTZ:  {mnemonic: "cmgt", widths: vBHSD, operands: [maxOperands]operandSpec{dv, uv}, encode: encodeVector, code: 0x0e208800, text: textAgainstZero},
	CMGEZ:  {mnemonic: "cmge", widths: vBHSD, operands: [maxOperands]operandSpec{dv, uv}, encode: encodeVector, code: 0x2e208800, text: textAgainstZero},
	CMLTZ:  {mnemonic: "cmlt", widths: vBHSD, operands: [maxOperands]operandSpec{dv, uv}, encode: encodeVector, code: 0x0e20a800, text: textAgainstZero},
	VNEG:   {mnemonic: "neg", widths: vBHSD, operands: [maxOperands]operandSpec{dv, uv}, encode: encodeVector, code: 0x2e20b800},
	VABS:   {mnemonic: "abs", widths: vBHSD, operands: [maxOperands]operandSpec{dv, uv}, encode: encodeVector, code: 0x0e20b800},
	VCLZ:   {mnemonic: "clz", widths: vBHS, operands: [maxOperands]operandSpec{dv, uv}, encode: encodeVector, code: 0x2e204800},
	VCNT:   {mnemonic: "cnt", widths: vBytes, operands: [maxOperands]operandSpec{dv, uv}, encode: encodeVector, code: 0x0e205800},
	VREV16: {mnemonic: "rev16", widths: vBytes, operands: [maxOperands]operandSpec{dv, uv}, encode: encodeVector, code: 0x0e201800},
	VREV32: {mnemonic: "rev32", widths: vBH, operands: [maxOperands]operandSpec{dv, uv}, encode: encodeVector, code: 0x2e200800},
	VREV64: {mnemonic: "rev64", widths: vBHS, operands: [maxOperands]operandSpec{dv, uv}, encode: encodeVector, code: 0x0e200800},

	// Operations on bits. BSL takes the second operand's bits where the result had ones and the third's where it had zeros;
	// BIT takes the second's where the third has ones, BIF where it has zeros, and leaves the others.
	VAND: {mnemonic: "and", widths: vBytes, operands: [maxOperands]operandSpec{dv, uv, uv}, encode: encodeVectorLogic, code: 0x0e201c00},
	VBIC: {mnemonic: "bic", widths: vBytes, operands: [maxOperands]operandSpec{dv, uv, uv}, encode: encodeVectorLogic, code: 0x0e601c00},
	VORR: {mnemonic: "orr", widths: vBytes, operands: [maxOperands]operandSpec{dv, uv, uv}, encode: encodeVectorLogic, code: 0x0ea01c00},
	VORN: {mnemonic: "orn", widths: vBytes, operands: [maxOperands]operandSpec{dv, uv, uv}, encode: encodeVectorLogic, code: 0x0ee01c00},
	VEOR: {mnemonic: "eor", widths: vBytes, operands: [maxOperands]operandSpec{dv, uv, uv}, encode: encodeVectorLogic, code: 0x2e201c00},
	BSL:  {mnemonic: "bsl", widths: vBytes, operands: [maxOperands]operandSpec{bv, uv, uv}, encode: encodeVectorLogic, code: 0x2e601c00},
	BIT:  {mnemonic: "bit", widths: vBytes, operands: [maxOperands]operandSpec{bv, uv, uv}, encode: encodeVectorLogic, code: 0x2ea01c00},
	BIF:  {mnemonic: "bif", widths: vBytes, operands: [maxOperands]operandSpec{bv, uv, uv}, encode: encodeVectorLogic, code: 0x2ee01c00},
	VMVN: {mnemonic: "mvn", widths: vBytes, operands: [maxOperands]operandSpec{dv, uv}, encode: encodeVectorLogic, code: 0x2e205800},

	// Shifts of vectors by a constant. SLI and SRI leave the bits that nothing is shifted into, USRA adds.
	SHL:  {mnemonic: "shl", widths: vBHSD, operands: [maxOperands]operandSpec{dv, uv, bitNum}, encode: encodeShiftLeft, code: 0x0f005400},
	USHR: {mnemonic: "ushr", widths: vBHSD, operands: [maxOperands]operandSpec{dv, uv, count}, encode: encodeShiftRight, code: 0x2f000400},
	SSHR: {mnemonic: "sshr", widths: vBHSD, operands: [maxOperands]operandSpec{dv, uv, count}, encode: encodeShiftRight, code: 0x0f000400},
	USRA: {mnemonic: "usra", widths: vBHSD, operands: [maxOperands]operandSpec{bv, uv, count}, encode: encodeShiftRight, code: 0x2f001400},
	SLI:  {mnemonic: "sli", widths: vBHSD, operands: [maxOperands]operandSpec{bv, uv, bitNum}, encode: encodeShiftLeft, code: 0x2f005400},
	SRI:  {mnemonic: "sri", widths: vBHSD, operands: [maxOperands]operandSpec{bv, uv, count}, encode: encodeShiftRight, code: 0x2f004400},

	// Wider and narrower. SSHLL and USHLL widen the elements of the lower half, or of the upper half of a full vector, and
	// shift them; a shift by 0 widens alone. What narrows has the width of the result. It writes the lower half of the
	// result and clears the upper one; names that end in 2 write the upper half and leave the lower one. SQXTN, SQXTUN and
	// UQXTN replace what does not fit by what comes next to it. SADDLP and UADDLP add neighbours.
	SSHLL:   {mnemonic: "sshll", widths: vBHS, operands: [maxOperands]operandSpec{dvWide, uv, bitNum}, encode: encodeShiftLeft, code: 0x0f00a400, text: textUpper},
	USHLL:   {mnemonic: "ushll", widths: vBHS, operands: [maxOperands]operandSpec{dvWide, uv, bitNum}, encode: encodeShiftLeft, code: 0x2f00a400, text: textUpper},
	XTN:     {mnemonic: "xtn", widths: v8b | v4h | v2s, operands: [maxOperands]operandSpec{dv, uvWide}, encode: encodeVector, code: 0x0e212800},
	XTN2:    {mnemonic: "xtn2", widths: v16b | v8h | v4s, operands: [maxOperands]operandSpec{bv, uvWide}, encode: encodeVector, code: 0x0e212800},
	SQXTN:   {mnemonic: "sqxtn", widths: v8b | v4h | v2s, operands: [maxOperands]operandSpec{dv, uvWide}, encode: encodeVector, code: 0x0e214800},
	SQXTN2:  {mnemonic: "sqxtn2", widths: v16b | v8h | v4s, operands: [maxOperands]operandSpec{bv, uvWide}, encode: encodeVector, code: 0x0e214800},
	SQXTUN:  {mnemonic: "sqxtun", widths: v8b | v4h | v2s, operands: [maxOperands]operandSpec{dv, uvWide}, encode: encodeVector, code: 0x2e212800},
	SQXTUN2: {mnemonic: "sqxtun2", widths: v16b | v8h | v4s, operands: [maxOperands]operandSpec{bv, uvWide}, encode: encodeVector, code: 0x2e212800},
	UQXTN:   {mnemonic: "uqxtn", widths: v8b | v4h | v2s, operands: [maxOperands]operandSpec{dv, uvWide}, encode: encodeVector, code: 0x2e214800},
	UQXTN2:  {mnemonic: "uqxtn2", widths: v16b | v8h | v4s, operands: [maxOperands]operandSpec{bv, uvWide}, encode: encodeVector, code: 0x2e214800},
	SHRN:    {mnemonic: "shrn", widths: v8b | v4h | v2s, operands: [maxOperands]operandSpec{dv, uvWide, count}, encode: encodeShiftRight, code: 0x0f008400},
	SHRN2:   {mnemonic: "shrn2", widths: v16b | v8h | v4s, operands: [maxOperands]operandSpec{bv, uvWide, count}, encode: encodeShiftRight, code: 0x0f008400},
	SADDLP:  {mnemonic: "saddlp", widths: vBHS, operands: [maxOperands]operandSpec{dvLong, uv}, encode: encodeVector, code: 0x0e202800},
	UADDLP:  {mnemonic: "uaddlp", widths: vBHS, operands: [maxOperands]operandSpec{dvLong, uv}, encode: encodeVector, code: 0x2e202800},

	// Across a vector: ADDV and the like make one element of all, UADDLV one of twice the size. ADDP and the like make one
	// of two neighbours, those of both operands in a row.
	ADDV:   {mnemonic: "addv", widths: vAcross, operands: [maxOperands]operandSpec{dvElement, uv}, encode: encodeVector, code: 0x0e31b800},
	UADDLV: {mnemonic: "uaddlv", widths: vAcross, operands: [maxOperands]operandSpec{dvSum, uv}, encode: encodeVector, code: 0x2e303800},
	UMAXV:  {mnemonic: "umaxv", widths: vAcross, operands: [maxOperands]operandSpec{dvElement, uv}, encode: encodeVector, code: 0x2e30a800},
	UMINV:  {mnemonic: "uminv", widths: vAcross, operands: [maxOperands]operandSpec{dvElement, uv}, encode: encodeVector, code: 0x2e31a800},
	SMAXV:  {mnemonic: "smaxv", widths: vAcross, operands: [maxOperands]operandSpec{dvElement, uv}, encode: encodeVector, code: 0x0e30a800},
	SMINV:  {mnemonic: "sminv", widths: vAcross, operands: [maxOperands]operandSpec{dvElement, uv}, encode: encodeVector, code: 0x0e31a800},
	ADDP:   {mnemonic: "addp", widths: vBHSD, operands: [maxOperands]operandSpec{dv, uv, uv}, encode: encodeVector, code: 0x0e20bc00},
	UMAXP:  {mnemonic: "umaxp", widths: vBHS, operands: [maxOperands]operandSpec{dv, uv, uv}, encode: encodeVector, code: 0x2e20a400},
	UMINP:  {mnemonic: "uminp", widths: vBHS, operands: [maxOperands]operandSpec{dv, uv, uv}, encode: encodeVector, code: 0x2e20ac00},

	// Other orders. TBL looks the bytes of the third operand up in a list; what is behind its end gives 0, and TBX leaves
	// it. EXT takes the bytes from a place in the second operand on, and then those of the third.
	TBL:  {mnemonic: "tbl", widths: vBytes, operands: [maxOperands]operandSpec{dv, table16, uv}, encode: encodeLookup, code: 0x0e000000},
	TBX:  {mnemonic: "tbx", widths: vBytes, operands: [maxOperands]operandSpec{bv, table16, uv}, encode: encodeLookup, code: 0x0e001000},
	EXT:  {mnemonic: "ext", widths: vBytes, operands: [maxOperands]operandSpec{dv, uv, uv, byteNum}, encode: encodeExt, code: 0x2e000000},
	ZIP1: {mnemonic: "zip1", widths: vBHSD, operands: [maxOperands]operandSpec{dv, uv, uv}, encode: encodeVector, code: 0x0e003800},
	ZIP2: {mnemonic: "zip2", widths: vBHSD, operands: [maxOperands]operandSpec{dv, uv, uv}, encode: encodeVector, code: 0x0e007800},
	UZP1: {mnemonic: "uzp1", widths: vBHSD, operands: [maxOperands]operandSpec{dv, uv, uv}, encode: encodeVector, code: 0x0e001800},
	UZP2: {mnemonic: "uzp2", widths: vBHSD, operands: [maxOperands]operandSpec{dv, uv, uv}, encode: encodeVector, code: 0x0e005800},
	TRN1: {mnemonic: "trn1", widths: vBHSD, operands: [maxOperands]operandSpec{dv, uv, uv}, encode: encodeVector, code: 0x0e002800},
	TRN2: {mnemonic: "trn2", widths: vBHSD, operands: [maxOperands]operandSpec{dv, uv, uv}, encode: encodeVector, code: 0x0e006800},

	// Places and constants. LABEL binds the label. ALIGN pads with nops to a multiple of a power of two, at most
	// FunctionAlign. QUAD is a constant of 8 bytes. LONGDIFF is a 32-bit constant, the distance from label B to label A: an
	// entry of a jump table.
	LABEL:    {mnemonic: "label", widths: w64, operands: [maxOperands]operandSpec{label}, effects: isData, encode: encodeLabel, text: textLabel},
	ALIGN:    {mnemonic: ".balign", widths: w64, operands: [maxOperands]operandSpec{align}, effects: isData, encode: encodeAlign, text: textAlign},
	QUAD:     {mnemonic: ".quad", widths: w64, operands: [maxOperands]operandSpec{any64}, effects: isData, encode: encodeQuad, text: textQuad},
	LONGDIFF: {mnemonic: ".long", widths: w64, operands: [maxOperands]operandSpec{label, label}, effects: isData, encode: encodeLongDiff, text: textLongDiff},
}
