package asm

// Op is an instruction of the table below.
type Op uint8

// The instructions, by the names that the processor manual has for them. Some names are ours: those that end
// in Z set a register to zero, in K use a mask, in cc a condition, in I an immediate or an indirect target.
// LABEL and what follows are no instructions.
const (
	BAD Op = iota // the zero value: a forgotten Op is an error

	MOV
	MOVZX8
	MOVZX16
	MOVSX8
	MOVSX16
	MOVSXD
	MOVBE
	BSWAP
	XCHG
	LEA
	PUSH
	POP

	ADD
	OR
	ADC
	SBB
	AND
	SUB
	XOR
	CMP
	TEST
	ZERO
	NEG
	NOT
	IMUL
	IMULI

	ROL
	ROR
	SHL
	SHR
	SAR
	ROLCL
	RORCL
	SHLCL
	SHRCL
	SARCL
	SHLX
	SHRX
	SARX
	RORX
	BT
	BTS
	BTR
	BSF
	BSR
	TZCNT
	LZCNT
	POPCNT
	ANDN
	BLSR
	BLSMSK
	BZHI
	PEXT
	PDEP

	SETcc
	CMOVcc
	Jcc
	JMP
	JMPI
	CALL
	CALLI
	RET
	UD2
	PREFETCHT0
	PREFETCHNTA

	MOVDQU
	MOVDQA
	MOVGX
	MOVXG
	PSHUFB
	PXOR
	PAND
	POR
	PCMPEQB
	PMOVMSKB
	PSRAD
	PSHUFD
	PUNPCKLDQ
	PUNPCKHDQ
	PUNPCKLQDQ
	PUNPCKHQDQ
	PXORZ

	VMOVDQU
	VMOVDQA
	VMOVGX
	VMOVXG
	VPSHUFB
	VPXOR
	VPAND
	VPOR
	VPCMPEQB
	VPMOVMSKB
	VPTEST
	VPSRAD
	VPSHUFD
	VPUNPCKLDQ
	VPUNPCKHDQ
	VPUNPCKLQDQ
	VPUNPCKHQDQ
	VPERMQ
	VPMOVSXBD
	VPMOVSXBQ
	VPXORZ
	VBROADCASTI128
	VINSERTI128H
	VZEROUPPER

	VMOVDQU8
	VMOVDQU8LK
	VMOVDQU8SK
	VPCMPEQBK
	VPERMB
	VPXORD
	VPANDD
	VPORD
	VBROADCASTI32X4
	KMOV
	KMOVGK
	KMOVKG

	LABEL
	ALIGN
	QUAD
	LONGDIFF

	opCount
)

// table has one row per Op, in the order of the constants above.
var table = [opCount]row{
	BAD: {mnemonic: "bad"},

	// Moves. A 32-bit result clears the upper half of its register; 8 and 16 bits leave the rest as it was.
	MOV:     {mnemonic: "mov", widths: wInteger, operands: [3]operandSpec{drm, wide}, encode: encodeMov},
	MOVZX8:  {mnemonic: "movzx", widths: w32, operands: [3]operandSpec{dr, rm8}, encode: encodeRM, code: opcode{m: 1, op: 0xb6}},
	MOVZX16: {mnemonic: "movzx", widths: w32, operands: [3]operandSpec{dr, rm16}, encode: encodeRM, code: opcode{m: 1, op: 0xb7}},
	MOVSX8:  {mnemonic: "movsx", widths: w3264, operands: [3]operandSpec{dr, rm8}, encode: encodeRM, code: opcode{m: 1, op: 0xbe}},
	MOVSX16: {mnemonic: "movsx", widths: w3264, operands: [3]operandSpec{dr, rm16}, encode: encodeRM, code: opcode{m: 1, op: 0xbf}},
	MOVSXD:  {mnemonic: "movsxd", widths: w64, operands: [3]operandSpec{dr, rm32}, encode: encodeRM, code: opcode{op: 0x63}},
	MOVBE:   {mnemonic: "movbe", widths: w163264, operands: [3]operandSpec{drm, urm}, effects: needsMem, needs: HasMOVBE, encode: encodeMovbe, code: opcode{m: 2, op: 0xf0}},
	BSWAP:   {mnemonic: "bswap", widths: w3264, operands: [3]operandSpec{br}, encode: encodeBswap},
	XCHG:    {mnemonic: "xchg", widths: w3264, operands: [3]operandSpec{br, br}, encode: encodeXchg},
	LEA:     {mnemonic: "lea", widths: w3264, operands: [3]operandSpec{dr, address}, encode: encodeRM, code: opcode{op: 0x8d}, text: textLea},
	PUSH:    {mnemonic: "push", widths: w64, operands: [3]operandSpec{ur}, encode: encodePushPop, code: opcode{op: 0x50}},
	POP:     {mnemonic: "pop", widths: w64, operands: [3]operandSpec{dr}, encode: encodePushPop, code: opcode{op: 0x58}},

	// Arithmetic. ZERO is xor of a register with itself, which reads nothing; it sets the flags.
	ADD:   {mnemonic: "add", widths: wInteger, operands: [3]operandSpec{brm, urmi}, effects: writesFlags, encode: encodeALU, code: opcode{ext: 0}},
	OR:    {mnemonic: "or", widths: wInteger, operands: [3]operandSpec{brm, urmi}, effects: writesFlags, encode: encodeALU, code: opcode{ext: 1}},
	ADC:   {mnemonic: "adc", widths: wInteger, operands: [3]operandSpec{brm, urmi}, effects: readsFlags | writesFlags, encode: encodeALU, code: opcode{ext: 2}},
	SBB:   {mnemonic: "sbb", widths: wInteger, operands: [3]operandSpec{brm, urmi}, effects: readsFlags | writesFlags, encode: encodeALU, code: opcode{ext: 3}},
	AND:   {mnemonic: "and", widths: wInteger, operands: [3]operandSpec{brm, urmi}, effects: writesFlags, encode: encodeALU, code: opcode{ext: 4}},
	SUB:   {mnemonic: "sub", widths: wInteger, operands: [3]operandSpec{brm, urmi}, effects: writesFlags, encode: encodeALU, code: opcode{ext: 5}},
	XOR:   {mnemonic: "xor", widths: wInteger, operands: [3]operandSpec{brm, urmi}, effects: writesFlags, encode: encodeALU, code: opcode{ext: 6}},
	CMP:   {mnemonic: "cmp", widths: wInteger, operands: [3]operandSpec{urm, urmi}, effects: writesFlags, encode: encodeALU, code: opcode{ext: 7}},
	TEST:  {mnemonic: "test", widths: wInteger, operands: [3]operandSpec{urm, uri}, effects: writesFlags, encode: encodeTest},
	ZERO:  {mnemonic: "xor", widths: w32, operands: [3]operandSpec{dr}, effects: writesFlags, encode: encodeZero, code: opcode{op: 0x31}, text: textZero},
	NEG:   {mnemonic: "neg", widths: wInteger, operands: [3]operandSpec{brm}, effects: writesFlags, encode: encodeUnary, code: opcode{ext: 3}},
	NOT:   {mnemonic: "not", widths: wInteger, operands: [3]operandSpec{brm}, encode: encodeUnary, code: opcode{ext: 2}},
	IMUL:  {mnemonic: "imul", widths: w163264, operands: [3]operandSpec{br, urm}, effects: writesFlags, encode: encodeRM, code: opcode{m: 1, op: 0xaf}},
	IMULI: {mnemonic: "imul", widths: w163264, operands: [3]operandSpec{dr, urm, full}, effects: writesFlags, encode: encodeImulImm},

	// Shifts and bits. The count of the CL forms is taken modulo the width (32 below 64); BSF and BSR must
	// not be given zero.
	ROL:    {mnemonic: "rol", widths: wInteger, operands: [3]operandSpec{brm, count}, effects: writesFlags, encode: encodeShift, code: opcode{ext: 0}},
	ROR:    {mnemonic: "ror", widths: wInteger, operands: [3]operandSpec{brm, count}, effects: writesFlags, encode: encodeShift, code: opcode{ext: 1}},
	SHL:    {mnemonic: "shl", widths: wInteger, operands: [3]operandSpec{brm, count}, effects: writesFlags, encode: encodeShift, code: opcode{ext: 4}},
	SHR:    {mnemonic: "shr", widths: wInteger, operands: [3]operandSpec{brm, count}, effects: writesFlags, encode: encodeShift, code: opcode{ext: 5}},
	SAR:    {mnemonic: "sar", widths: wInteger, operands: [3]operandSpec{brm, count}, effects: writesFlags, encode: encodeShift, code: opcode{ext: 7}},
	ROLCL:  {mnemonic: "rol", widths: wInteger, operands: [3]operandSpec{brm, inCL}, effects: writesFlags, encode: encodeShift, code: opcode{ext: 0}},
	RORCL:  {mnemonic: "ror", widths: wInteger, operands: [3]operandSpec{brm, inCL}, effects: writesFlags, encode: encodeShift, code: opcode{ext: 1}},
	SHLCL:  {mnemonic: "shl", widths: wInteger, operands: [3]operandSpec{brm, inCL}, effects: writesFlags, encode: encodeShift, code: opcode{ext: 4}},
	SHRCL:  {mnemonic: "shr", widths: wInteger, operands: [3]operandSpec{brm, inCL}, effects: writesFlags, encode: encodeShift, code: opcode{ext: 5}},
	SARCL:  {mnemonic: "sar", widths: wInteger, operands: [3]operandSpec{brm, inCL}, effects: writesFlags, encode: encodeShift, code: opcode{ext: 7}},
	SHLX:   {mnemonic: "shlx", widths: w3264, operands: [3]operandSpec{dr, urm, ur}, needs: HasBMI2, encode: encodeVexRMV, code: opcode{prefix: 0x66, m: 2, op: 0xf7}},
	SHRX:   {mnemonic: "shrx", widths: w3264, operands: [3]operandSpec{dr, urm, ur}, needs: HasBMI2, encode: encodeVexRMV, code: opcode{prefix: 0xf2, m: 2, op: 0xf7}},
	SARX:   {mnemonic: "sarx", widths: w3264, operands: [3]operandSpec{dr, urm, ur}, needs: HasBMI2, encode: encodeVexRMV, code: opcode{prefix: 0xf3, m: 2, op: 0xf7}},
	RORX:   {mnemonic: "rorx", widths: w3264, operands: [3]operandSpec{dr, urm, count}, needs: HasBMI2, encode: encodeRorx, code: opcode{prefix: 0xf2, m: 3, op: 0xf0}},
	BT:     {mnemonic: "bt", widths: w163264, operands: [3]operandSpec{ur, bit}, effects: writesFlags, encode: encodeBit, code: opcode{m: 1, op: 0xa3, ext: 4}},
	BTS:    {mnemonic: "bts", widths: w163264, operands: [3]operandSpec{br, bit}, effects: writesFlags, encode: encodeBit, code: opcode{m: 1, op: 0xab, ext: 5}},
	BTR:    {mnemonic: "btr", widths: w163264, operands: [3]operandSpec{br, bit}, effects: writesFlags, encode: encodeBit, code: opcode{m: 1, op: 0xb3, ext: 6}},
	BSF:    {mnemonic: "bsf", widths: w3264, operands: [3]operandSpec{dr, urm}, effects: writesFlags, encode: encodeRM, code: opcode{m: 1, op: 0xbc}},
	BSR:    {mnemonic: "bsr", widths: w3264, operands: [3]operandSpec{dr, urm}, effects: writesFlags, encode: encodeRM, code: opcode{m: 1, op: 0xbd}},
	TZCNT:  {mnemonic: "tzcnt", widths: w3264, operands: [3]operandSpec{dr, urm}, effects: writesFlags, needs: HasBMI1, encode: encodeRM, code: opcode{prefix: 0xf3, m: 1, op: 0xbc}},
	LZCNT:  {mnemonic: "lzcnt", widths: w3264, operands: [3]operandSpec{dr, urm}, effects: writesFlags, needs: HasLZCNT, encode: encodeRM, code: opcode{prefix: 0xf3, m: 1, op: 0xbd}},
	POPCNT: {mnemonic: "popcnt", widths: w3264, operands: [3]operandSpec{dr, urm}, effects: writesFlags, needs: HasPOPCNT, encode: encodeRM, code: opcode{prefix: 0xf3, m: 1, op: 0xb8}},
	ANDN:   {mnemonic: "andn", widths: w3264, operands: [3]operandSpec{dr, ur, urm}, effects: writesFlags, needs: HasBMI1, encode: encodeVexRVM, code: opcode{m: 2, op: 0xf2}},
	BLSR:   {mnemonic: "blsr", widths: w3264, operands: [3]operandSpec{dr, urm}, effects: writesFlags, needs: HasBMI1, encode: encodeVexVM, code: opcode{m: 2, op: 0xf3, ext: 1}},
	BLSMSK: {mnemonic: "blsmsk", widths: w3264, operands: [3]operandSpec{dr, urm}, effects: writesFlags, needs: HasBMI1, encode: encodeVexVM, code: opcode{m: 2, op: 0xf3, ext: 2}},
	BZHI:   {mnemonic: "bzhi", widths: w3264, operands: [3]operandSpec{dr, urm, ur}, effects: writesFlags, needs: HasBMI2, encode: encodeVexRMV, code: opcode{m: 2, op: 0xf5}},
	PEXT:   {mnemonic: "pext", widths: w3264, operands: [3]operandSpec{dr, ur, urm}, needs: NeedsPEXT, encode: encodeVexRVM, code: opcode{prefix: 0xf3, m: 2, op: 0xf5}},
	PDEP:   {mnemonic: "pdep", widths: w3264, operands: [3]operandSpec{dr, ur, urm}, needs: NeedsPEXT, encode: encodeVexRVM, code: opcode{prefix: 0xf2, m: 2, op: 0xf5}},

	// Conditions and control. Jcc and JMP to a label take the short form where it reaches. JMPI and CALLI
	// take the target's address from a register or memory.
	SETcc:       {mnemonic: "set", widths: w8, operands: [3]operandSpec{drm}, effects: isCond | readsFlags, encode: encodeSetcc},
	CMOVcc:      {mnemonic: "cmov", widths: w3264, operands: [3]operandSpec{br, urm}, effects: isCond | readsFlags, encode: encodeCmovcc},
	Jcc:         {mnemonic: "j", widths: w64, operands: [3]operandSpec{target}, effects: isCond | isJump | readsFlags, encode: encodeBranch},
	JMP:         {mnemonic: "jmp", widths: w64, operands: [3]operandSpec{target}, effects: isJump | isEnd, encode: encodeBranch},
	JMPI:        {mnemonic: "jmp", widths: w64, operands: [3]operandSpec{pointer}, effects: isJump | isEnd, encode: encodeIndirect, code: opcode{op: 0xff, ext: 4}},
	CALL:        {mnemonic: "call", widths: w64, operands: [3]operandSpec{target}, effects: isCall, encode: encodeBranch},
	CALLI:       {mnemonic: "call", widths: w64, operands: [3]operandSpec{pointer}, effects: isCall, encode: encodeIndirect, code: opcode{op: 0xff, ext: 2}},
	RET:         {mnemonic: "ret", widths: w64, effects: isEnd, encode: encodePlain, code: opcode{op: 0xc3}},
	UD2:         {mnemonic: "ud2", widths: w64, effects: isEnd, encode: encodePlain, code: opcode{m: 1, op: 0x0b}},
	PREFETCHT0:  {mnemonic: "prefetcht0", widths: w8, operands: [3]operandSpec{um}, encode: encodePrefetch, code: opcode{m: 1, op: 0x18, ext: 1}},
	PREFETCHNTA: {mnemonic: "prefetchnta", widths: w8, operands: [3]operandSpec{um}, encode: encodePrefetch, code: opcode{m: 1, op: 0x18, ext: 0}},

	// SSE. MOVGX and MOVXG move between a general register and the low bits of a vector. Memory operands of
	// the arithmetic must be 16-byte aligned, so there are none.
	MOVDQU:   {mnemonic: "movdqu", widths: w128, operands: [3]operandSpec{dvm, uvm}, encode: encodeSSEMove, code: opcode{prefix: 0xf3, m: 1, op: 0x6f, store: 0x7f}},
	MOVDQA:   {mnemonic: "movdqa", widths: w128, operands: [3]operandSpec{dv, uv}, encode: encodeRM, code: opcode{prefix: 0x66, m: 1, op: 0x6f}},
	MOVGX:    {mnemonic: "mov", widths: w3264, operands: [3]operandSpec{dv128, ur}, encode: encodeRM, code: opcode{prefix: 0x66, m: 1, op: 0x6e}, text: textSuffix},
	MOVXG:    {mnemonic: "mov", widths: w3264, operands: [3]operandSpec{dr, uv128}, encode: encodeMR, code: opcode{prefix: 0x66, m: 1, op: 0x7e}, text: textSuffix},
	PSHUFB:   {mnemonic: "pshufb", widths: w128, operands: [3]operandSpec{bv, uv}, needs: HasSSSE3, encode: encodeRM, code: opcode{prefix: 0x66, m: 2, op: 0x00}},
	PXOR:     {mnemonic: "pxor", widths: w128, operands: [3]operandSpec{bv, uv}, encode: encodeRM, code: opcode{prefix: 0x66, m: 1, op: 0xef}},
	PAND:     {mnemonic: "pand", widths: w128, operands: [3]operandSpec{bv, uv}, encode: encodeRM, code: opcode{prefix: 0x66, m: 1, op: 0xdb}},
	POR:      {mnemonic: "por", widths: w128, operands: [3]operandSpec{bv, uv}, encode: encodeRM, code: opcode{prefix: 0x66, m: 1, op: 0xeb}},
	PCMPEQB:  {mnemonic: "pcmpeqb", widths: w128, operands: [3]operandSpec{bv, uv}, encode: encodeRM, code: opcode{prefix: 0x66, m: 1, op: 0x74}},
	PMOVMSKB: {mnemonic: "pmovmskb", widths: w128, operands: [3]operandSpec{dr32, uv}, encode: encodeRM, code: opcode{prefix: 0x66, m: 1, op: 0xd7}},
	PSRAD:    {mnemonic: "psrad", widths: w128, operands: [3]operandSpec{bv, byte8}, encode: encodeSSEShift, code: opcode{prefix: 0x66, m: 1, op: 0x72, ext: 4}},
	PSHUFD:   {mnemonic: "pshufd", widths: w128, operands: [3]operandSpec{dv, uv, byte8}, encode: encodeRMI, code: opcode{prefix: 0x66, m: 1, op: 0x70}},

	PUNPCKLDQ:  {mnemonic: "punpckldq", widths: w128, operands: [3]operandSpec{bv, uv}, encode: encodeRM, code: opcode{prefix: 0x66, m: 1, op: 0x62}},
	PUNPCKHDQ:  {mnemonic: "punpckhdq", widths: w128, operands: [3]operandSpec{bv, uv}, encode: encodeRM, code: opcode{prefix: 0x66, m: 1, op: 0x6a}},
	PUNPCKLQDQ: {mnemonic: "punpcklqdq", widths: w128, operands: [3]operandSpec{bv, uv}, encode: encodeRM, code: opcode{prefix: 0x66, m: 1, op: 0x6c}},
	PUNPCKHQDQ: {mnemonic: "punpckhqdq", widths: w128, operands: [3]operandSpec{bv, uv}, encode: encodeRM, code: opcode{prefix: 0x66, m: 1, op: 0x6d}},

	PXORZ: {mnemonic: "pxor", widths: w128, operands: [3]operandSpec{dv}, encode: encodeZero, code: opcode{prefix: 0x66, m: 1, op: 0xef}, text: textZero},

	// AVX and AVX2. VINSERTI128H replaces the upper half. The part of a register above the width becomes zero. VZEROUPPER does that above 128 bits
	// to all vector registers, which its row does not say: no wider value may live across it.
	VMOVDQU:        {mnemonic: "vmovdqu", widths: wAVX, operands: [3]operandSpec{dvm, uvm}, needs: HasAVX, encode: encodeVexMove, code: opcode{prefix: 0xf3, m: 1, op: 0x6f, store: 0x7f}},
	VMOVDQA:        {mnemonic: "vmovdqa", widths: wAVX, operands: [3]operandSpec{dv, uv}, needs: HasAVX, encode: encodeVexMove, code: opcode{prefix: 0x66, m: 1, op: 0x6f, store: 0x7f}},
	VMOVGX:         {mnemonic: "vmov", widths: w3264, operands: [3]operandSpec{dv128, ur}, needs: HasAVX, encode: encodeVexGeneral, code: opcode{prefix: 0x66, m: 1, op: 0x6e}, text: textSuffix},
	VMOVXG:         {mnemonic: "vmov", widths: w3264, operands: [3]operandSpec{dr, uv128}, needs: HasAVX, encode: encodeVexGeneral, code: opcode{prefix: 0x66, m: 1, op: 0x7e}, text: textSuffix},
	VPSHUFB:        {mnemonic: "vpshufb", widths: wEVEX, operands: [3]operandSpec{dv, uv, uvm}, needs: HasAVX2, needs512: NeedsAVX512, encode: encodeVector, code: opcode{prefix: 0x66, m: 2, op: 0x00}},
	VPXOR:          {mnemonic: "vpxor", widths: wAVX, operands: [3]operandSpec{dv, uv, uvm}, needs: HasAVX2, encode: encodeVector, code: opcode{prefix: 0x66, m: 1, op: 0xef}},
	VPAND:          {mnemonic: "vpand", widths: wAVX, operands: [3]operandSpec{dv, uv, uvm}, needs: HasAVX2, encode: encodeVector, code: opcode{prefix: 0x66, m: 1, op: 0xdb}},
	VPOR:           {mnemonic: "vpor", widths: wAVX, operands: [3]operandSpec{dv, uv, uvm}, needs: HasAVX2, encode: encodeVector, code: opcode{prefix: 0x66, m: 1, op: 0xeb}},
	VPCMPEQB:       {mnemonic: "vpcmpeqb", widths: wAVX, operands: [3]operandSpec{dv, uv, uvm}, needs: HasAVX2, encode: encodeVector, code: opcode{prefix: 0x66, m: 1, op: 0x74}},
	VPMOVMSKB:      {mnemonic: "vpmovmskb", widths: wAVX, operands: [3]operandSpec{dr32, uv}, needs: HasAVX2, encode: encodeVexRM, code: opcode{prefix: 0x66, m: 1, op: 0xd7}},
	VPTEST:         {mnemonic: "vptest", widths: wAVX, operands: [3]operandSpec{uv, uvm}, effects: writesFlags, needs: HasAVX, encode: encodeVexRM, code: opcode{prefix: 0x66, m: 2, op: 0x17}},
	VPSRAD:         {mnemonic: "vpsrad", widths: wAVX, operands: [3]operandSpec{dv, uv, byte8}, needs: HasAVX2, encode: encodeVexShift, code: opcode{prefix: 0x66, m: 1, op: 0x72, ext: 4}},
	VPSHUFD:        {mnemonic: "vpshufd", widths: wAVX, operands: [3]operandSpec{dv, uvm, byte8}, needs: HasAVX2, encode: encodeVexRMI, code: opcode{prefix: 0x66, m: 1, op: 0x70}},
	VPUNPCKLDQ:     {mnemonic: "vpunpckldq", widths: wAVX, operands: [3]operandSpec{dv, uv, uvm}, needs: HasAVX2, encode: encodeVector, code: opcode{prefix: 0x66, m: 1, op: 0x62}},
	VPUNPCKHDQ:     {mnemonic: "vpunpckhdq", widths: wAVX, operands: [3]operandSpec{dv, uv, uvm}, needs: HasAVX2, encode: encodeVector, code: opcode{prefix: 0x66, m: 1, op: 0x6a}},
	VPUNPCKLQDQ:    {mnemonic: "vpunpcklqdq", widths: wAVX, operands: [3]operandSpec{dv, uv, uvm}, needs: HasAVX2, encode: encodeVector, code: opcode{prefix: 0x66, m: 1, op: 0x6c}},
	VPUNPCKHQDQ:    {mnemonic: "vpunpckhqdq", widths: wAVX, operands: [3]operandSpec{dv, uv, uvm}, needs: HasAVX2, encode: encodeVector, code: opcode{prefix: 0x66, m: 1, op: 0x6d}},
	VPERMQ:         {mnemonic: "vpermq", widths: w256, operands: [3]operandSpec{dv, uvm, byte8}, needs: HasAVX2, encode: encodeVexRMI, code: opcode{prefix: 0x66, m: 3, op: 0x00}},
	VPMOVSXBD:      {mnemonic: "vpmovsxbd", widths: w256, operands: [3]operandSpec{dv, uv128}, needs: HasAVX2, encode: encodeVexRM, code: opcode{prefix: 0x66, m: 2, op: 0x21}},
	VPMOVSXBQ:      {mnemonic: "vpmovsxbq", widths: w256, operands: [3]operandSpec{dv, uv128}, needs: HasAVX2, encode: encodeVexRM, code: opcode{prefix: 0x66, m: 2, op: 0x22}},
	VPXORZ:         {mnemonic: "vpxor", widths: w128, operands: [3]operandSpec{dv}, needs: HasAVX, encode: encodeVexZero, code: opcode{prefix: 0x66, m: 1, op: 0xef}, text: textVectorZero},
	VBROADCASTI128: {mnemonic: "vbroadcasti128", widths: w256, operands: [3]operandSpec{dv, m128}, needs: HasAVX2, encode: encodeVexRM, code: opcode{prefix: 0x66, m: 2, op: 0x5a}},
	VINSERTI128H:   {mnemonic: "vinserti128", widths: w256, operands: [3]operandSpec{dv, uv, m128}, needs: HasAVX2, encode: encodeVexInsert, code: opcode{prefix: 0x66, m: 3, op: 0x38}, text: textUpperHalf},
	VZEROUPPER:     {mnemonic: "vzeroupper", widths: w256, needs: HasAVX, encode: encodeVzeroupper, code: opcode{m: 1, op: 0x77}},

	// AVX-512. VMOVDQU8LK loads the bytes whose mask bit is set, or takes them from a register, and zeroes the others;
	// VMOVDQU8SK stores the bytes whose mask bit is set. Neither faults for a byte whose bit is clear, but if that
	// cannot be accessed, both are slow: see lower_bulk.go.
	// VPCMPEQBK sets the mask bits of the bytes that are equal and clears all others. A KMOV of 64 bits moves all of a
	// mask register.
	VMOVDQU8:        {mnemonic: "vmovdqu8", widths: wEVEX, operands: [3]operandSpec{dvm, uvm}, needs: NeedsAVX512, needs512: NeedsAVX512, encode: encodeEvexMove, code: opcode{prefix: 0xf2, m: 1, op: 0x6f, store: 0x7f}},
	VMOVDQU8LK:      {mnemonic: "vmovdqu8", widths: wEVEX, operands: [3]operandSpec{dv, uvm, uk}, needs: NeedsAVX512, needs512: NeedsAVX512, encode: encodeEvexMove, code: opcode{prefix: 0xf2, m: 1, op: 0x6f, zeroing: true}, text: textMaskedLoad},
	VMOVDQU8SK:      {mnemonic: "vmovdqu8", widths: wEVEX, operands: [3]operandSpec{dm, uv, uk}, needs: NeedsAVX512, needs512: NeedsAVX512, encode: encodeEvexMove, code: opcode{prefix: 0xf2, m: 1, store: 0x7f}, text: textMaskedStore},
	VPCMPEQBK:       {mnemonic: "vpcmpeqb", widths: wEVEX, operands: [3]operandSpec{dk, uv, uvm}, needs: NeedsAVX512, needs512: NeedsAVX512, encode: encodeEvexRVM, code: opcode{prefix: 0x66, m: 1, op: 0x74}},
	VPERMB:          {mnemonic: "vpermb", widths: wEVEX, operands: [3]operandSpec{dv, uv, uvm}, needs: NeedsAVX512 | HasAVX512VBMI, needs512: NeedsAVX512 | HasAVX512VBMI, encode: encodeEvexRVM, code: opcode{prefix: 0x66, m: 2, op: 0x8d}},
	VPXORD:          {mnemonic: "vpxord", widths: w512, operands: [3]operandSpec{dv, uv, uvm}, needs: NeedsAVX512, needs512: NeedsAVX512, encode: encodeEvexRVM, code: opcode{prefix: 0x66, m: 1, op: 0xef}},
	VPANDD:          {mnemonic: "vpandd", widths: w512, operands: [3]operandSpec{dv, uv, uvm}, needs: NeedsAVX512, needs512: NeedsAVX512, encode: encodeEvexRVM, code: opcode{prefix: 0x66, m: 1, op: 0xdb}},
	VPORD:           {mnemonic: "vpord", widths: w512, operands: [3]operandSpec{dv, uv, uvm}, needs: NeedsAVX512, needs512: NeedsAVX512, encode: encodeEvexRVM, code: opcode{prefix: 0x66, m: 1, op: 0xeb}},
	VBROADCASTI32X4: {mnemonic: "vbroadcasti32x4", widths: w256 | w512, operands: [3]operandSpec{dv, m128}, needs: NeedsAVX512, needs512: NeedsAVX512, encode: encodeEvexBroadcast, code: opcode{prefix: 0x66, m: 2, op: 0x5a}},
	KMOV:            {mnemonic: "kmov", widths: w3264, operands: [3]operandSpec{dk, uk}, needs: NeedsAVX512, encode: encodeKmov, code: opcode{op: 0x90}, text: textSuffix},
	KMOVGK:          {mnemonic: "kmov", widths: w3264, operands: [3]operandSpec{dk, ur}, needs: NeedsAVX512, encode: encodeKmov, code: opcode{op: 0x92}, text: textSuffix},
	KMOVKG:          {mnemonic: "kmov", widths: w3264, operands: [3]operandSpec{dr, uk}, needs: NeedsAVX512, encode: encodeKmov, code: opcode{op: 0x93}, text: textSuffix},

	// Places and constants. LABEL binds the label. ALIGN pads with nops to a multiple of a power of two, at
	// most FunctionAlign. QUAD is a constant of 8 bytes. LONGDIFF is a 32-bit constant, the distance from label B to
	// label A: an entry of a jump table.
	LABEL:    {mnemonic: "label", widths: w64, operands: [3]operandSpec{label}, effects: isData, encode: encodeLabel, text: textLabel},
	ALIGN:    {mnemonic: ".balign", widths: w64, operands: [3]operandSpec{full}, effects: isData, encode: encodeAlign},
	QUAD:     {mnemonic: ".quad", widths: w64, operands: [3]operandSpec{any64}, effects: isData, encode: encodeQuad, text: textQuad},
	LONGDIFF: {mnemonic: ".long", widths: w64, operands: [3]operandSpec{label, label}, effects: isData, encode: encodeLongDiff, text: textLongDiff},
}
