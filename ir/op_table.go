package ir

// Shapes of operands. The small number is the Variable.
var (
	anyType = Operand{Types: Types(I8, I16, I32, I64, Ptr), Variable: 1}
	integer = Operand{Types: Types(I32, I64), Variable: 1}      // computed with
	compare = Operand{Types: Types(I32, I64, Ptr), Variable: 1} // compared
	choice  = Operand{Types: Types(I32, I64, Ptr), Variable: 2} // chosen between
	i8      = Operand{Types: Types(I8)}
	i16     = Operand{Types: Types(I16)}
	i32     = Operand{Types: Types(I32)}
	i64     = Operand{Types: Types(I64)}
	ptr     = Operand{Types: Types(Ptr)}

	anyTypes = Types(I8, I16, I32, I64, Ptr)
	words    = Types(I64, Ptr)
)

// Limits of the calling convention of native functions and of the words of an exit.
const (
	MaxParams      = 6
	MaxResults     = 2
	MaxExitArgs    = 8
	MaxExitResults = 8
)

// VarintRoom is how many bytes the ops on lists of varints want before their end for each further element: more than the
// longest varint has.
const VarintRoom = 16

// list makes the rows short.
func list(operands ...Operand) []Operand { return operands }

// opTable has one row for each op. A test rejects a row that is missing or has gaps.
var opTable = [OpCount]OpInfo{
	InvalidOp: {Name: "InvalidOp"},

	// Constants.
	Const: {Name: "Const", Results: list(anyType), Immediate: ConstantValue,
		About: "v1:i32 = Const #-5 is the constant; of type ptr only #0, nil, makes sense to store or compare with."},
	Address: {Name: "Address", Results: list(ptr), Symbol: true,
		About: "v1:ptr = Address @name is the address of a permanent object, known when the code is linked."},

	// Integers. Results wrap around.
	Add: {Name: "Add", Args: list(integer, integer), Results: list(integer), Commutes: true,
		About: "v3:i64 = Add v1, v2 is v1 + v2."},
	Sub: {Name: "Sub", Args: list(integer, integer), Results: list(integer),
		About: "v3:i64 = Sub v1, v2 is v1 - v2."},
	And: {Name: "And", Args: list(integer, integer), Results: list(integer), Commutes: true,
		About: "v3:i64 = And v1, v2 is v1 & v2."},
	Or: {Name: "Or", Args: list(integer, integer), Results: list(integer), Commutes: true,
		About: "v3:i64 = Or v1, v2 is v1 | v2."},
	Xor: {Name: "Xor", Args: list(integer, integer), Results: list(integer), Commutes: true,
		About: "v3:i64 = Xor v1, v2 is v1 ^ v2."},
	Shl: {Name: "Shl", Args: list(integer, integer), Results: list(integer),
		About: "v3:i64 = Shl v1, v2 is v1 shifted left by v2 modulo the width."},
	Shr: {Name: "Shr", Args: list(integer, integer), Results: list(integer),
		About: "v3:i64 = Shr v1, v2 is v1 shifted right by v2 modulo the width, zeros coming in."},
	Sar: {Name: "Sar", Args: list(integer, integer), Results: list(integer),
		About: "v3:i64 = Sar v1, v2 is v1 shifted right by v2 modulo the width, the sign coming in."},
	MulConst: {Name: "MulConst", Args: list(integer), Results: list(integer), Immediate: Multiplier,
		About: "v2:i64 = MulConst v1, #24 is v1 * 24."},
	SetBit: {Name: "SetBit", Args: list(integer), Results: list(integer), Immediate: BitNumber,
		About: "v2:i64 = SetBit v1, #3 is v1 with bit 3 set."},
	CountLeadingZeros: {Name: "CountLeadingZeros", Args: list(i64), Results: list(i64),
		About: "v2:i64 = CountLeadingZeros v1 is the number of zero bits above the highest one of v1, 64 if v1 is 0."},
	CountTrailingZeros: {Name: "CountTrailingZeros", Args: list(i64), Results: list(i64),
		About: "v2:i64 = CountTrailingZeros v1 is the number of zero bits below the lowest one of v1, 64 if v1 is 0."},
	Gather7: {Name: "Gather7", Args: list(i64), Results: list(i64),
		About: "v2:i64 = Gather7 v1 is the low 7 bits of each byte of v1, packed into the low 56 bits."},
	Spread7: {Name: "Spread7", Args: list(i64), Results: list(i64),
		About: "v2:i64 = Spread7 v1 is the low 56 bits of v1, 7 of them in each byte, whose top bit is 0."},
	SetCC: {Name: "SetCC", Args: list(compare, compare), Results: list(i32), Cond: true,
		About: "v3:i32 = SetCC.ult v1, v2 is 1 if v1 < v2, else 0."},
	Select: {Name: "Select", Args: list(compare, compare, choice, choice), Results: list(choice), Cond: true,
		About: "v5:ptr = Select.eq v1, v2, v3, v4 is v3 if v1 == v2, else v4; both are computed before."},

	// Conversions.
	ZeroExt8to32: {Name: "ZeroExt8to32", Args: list(i8), Results: list(i32),
		About: "v2:i32 = ZeroExt8to32 v1 widens with zeros."},
	ZeroExt8to64: {Name: "ZeroExt8to64", Args: list(i8), Results: list(i64),
		About: "v2:i64 = ZeroExt8to64 v1 widens with zeros."},
	ZeroExt16to32: {Name: "ZeroExt16to32", Args: list(i16), Results: list(i32),
		About: "v2:i32 = ZeroExt16to32 v1 widens with zeros."},
	ZeroExt16to64: {Name: "ZeroExt16to64", Args: list(i16), Results: list(i64),
		About: "v2:i64 = ZeroExt16to64 v1 widens with zeros."},
	ZeroExt32to64: {Name: "ZeroExt32to64", Args: list(i32), Results: list(i64),
		About: "v2:i64 = ZeroExt32to64 v1 widens with zeros."},
	SignExt8to32: {Name: "SignExt8to32", Args: list(i8), Results: list(i32),
		About: "v2:i32 = SignExt8to32 v1 widens with the sign."},
	SignExt8to64: {Name: "SignExt8to64", Args: list(i8), Results: list(i64),
		About: "v2:i64 = SignExt8to64 v1 widens with the sign."},
	SignExt16to32: {Name: "SignExt16to32", Args: list(i16), Results: list(i32),
		About: "v2:i32 = SignExt16to32 v1 widens with the sign."},
	SignExt16to64: {Name: "SignExt16to64", Args: list(i16), Results: list(i64),
		About: "v2:i64 = SignExt16to64 v1 widens with the sign."},
	SignExt32to64: {Name: "SignExt32to64", Args: list(i32), Results: list(i64),
		About: "v2:i64 = SignExt32to64 v1 widens with the sign."},
	Trunc32to8: {Name: "Trunc32to8", Args: list(i32), Results: list(i8),
		About: "v2:i8 = Trunc32to8 v1 keeps the low 8 bits."},
	Trunc32to16: {Name: "Trunc32to16", Args: list(i32), Results: list(i16),
		About: "v2:i16 = Trunc32to16 v1 keeps the low 16 bits."},
	Trunc64to8: {Name: "Trunc64to8", Args: list(i64), Results: list(i8),
		About: "v2:i8 = Trunc64to8 v1 keeps the low 8 bits."},
	Trunc64to16: {Name: "Trunc64to16", Args: list(i64), Results: list(i16),
		About: "v2:i16 = Trunc64to16 v1 keeps the low 16 bits."},
	Trunc64to32: {Name: "Trunc64to32", Args: list(i64), Results: list(i32),
		About: "v2:i32 = Trunc64to32 v1 keeps the low 32 bits."},

	// Pointers.
	PtrAdd: {Name: "PtrAdd", Args: list(ptr), Results: list(ptr), Immediate: Displacement,
		About: "v2:ptr = PtrAdd v1, #16 is v1 + 16 bytes."},
	PtrIndex: {Name: "PtrIndex", Args: list(ptr, i64), Results: list(ptr), Immediate: Scale,
		About: "v3:ptr = PtrIndex v1, v2, #8 is v1 + v2 * 8 bytes."},
	PtrDiff: {Name: "PtrDiff", Args: list(ptr, ptr), Results: list(i64),
		About: "v3:i64 = PtrDiff v1, v2 is v1 - v2 in bytes."},

	// Memory. Loads and stores without BE are little-endian, as both targets are; no alignment is assumed.
	Load8: {Name: "Load8", Args: list(ptr), Results: list(i8), Immediate: Displacement, Effects: ReadsMemory, Source: true,
		About: "v2:i8 = Load8 v1, #3 reads the byte at v1 + 3."},
	Load16: {Name: "Load16", Args: list(ptr), Results: list(i16), Immediate: Displacement, Effects: ReadsMemory, Source: true,
		About: "v2:i16 = Load16 v1, #3 reads 2 bytes at v1 + 3."},
	Load32: {Name: "Load32", Args: list(ptr), Results: list(i32), Immediate: Displacement, Effects: ReadsMemory, Source: true,
		About: "v2:i32 = Load32 v1, #3 source reads 4 bytes at v1 + 3, which native code does not write."},
	Load64: {Name: "Load64", Args: list(ptr), Results: list(i64), Immediate: Displacement, Effects: ReadsMemory, Source: true,
		About: "v2:i64 = Load64 v1, #3 reads 8 bytes at v1 + 3."},
	LoadPtr: {Name: "LoadPtr", Args: list(ptr), Results: list(ptr), Immediate: Displacement, Effects: ReadsMemory, Source: true,
		About: "v2:ptr = LoadPtr v1, #8 reads the pointer at v1 + 8."},
	LoadBE16: {Name: "LoadBE16", Args: list(ptr), Results: list(i16), Immediate: Displacement, Effects: ReadsMemory, Source: true,
		About: "v2:i16 = LoadBE16 v1, #3 reads 2 bytes at v1 + 3, big-endian."},
	LoadBE32: {Name: "LoadBE32", Args: list(ptr), Results: list(i32), Immediate: Displacement, Effects: ReadsMemory, Source: true,
		About: "v2:i32 = LoadBE32 v1, #3 reads 4 bytes at v1 + 3, big-endian."},
	LoadBE64: {Name: "LoadBE64", Args: list(ptr), Results: list(i64), Immediate: Displacement, Effects: ReadsMemory, Source: true,
		About: "v2:i64 = LoadBE64 v1, #3 reads 8 bytes at v1 + 3, big-endian."},
	Store8: {Name: "Store8", Args: list(ptr, i8), Immediate: Displacement, Effects: WritesMemory,
		About: "Store8 v1, v2, #3 writes v2 to the byte at v1 + 3."},
	Store16: {Name: "Store16", Args: list(ptr, i16), Immediate: Displacement, Effects: WritesMemory,
		About: "Store16 v1, v2, #3 writes v2 to 2 bytes at v1 + 3."},
	Store32: {Name: "Store32", Args: list(ptr, i32), Immediate: Displacement, Effects: WritesMemory,
		About: "Store32 v1, v2, #3 writes v2 to 4 bytes at v1 + 3."},
	Store64: {Name: "Store64", Args: list(ptr, i64), Immediate: Displacement, Effects: WritesMemory,
		About: "Store64 v1, v2, #3 writes v2 to 8 bytes at v1 + 3."},
	StorePtr: {Name: "StorePtr", Args: list(ptr, ptr), Immediate: Displacement, Effects: WritesMemory,
		About: "StorePtr v1, v2, #8 writes the pointer v2 to v1 + 8, which is aligned; the garbage collector is not told."},
	StoreBE16: {Name: "StoreBE16", Args: list(ptr, i16), Immediate: Displacement, Effects: WritesMemory,
		About: "StoreBE16 v1, v2, #3 writes v2 to 2 bytes at v1 + 3, big-endian."},
	StoreBE32: {Name: "StoreBE32", Args: list(ptr, i32), Immediate: Displacement, Effects: WritesMemory,
		About: "StoreBE32 v1, v2, #3 writes v2 to 4 bytes at v1 + 3, big-endian."},
	StoreBE64: {Name: "StoreBE64", Args: list(ptr, i64), Immediate: Displacement, Effects: WritesMemory,
		About: "StoreBE64 v1, v2, #3 writes v2 to 8 bytes at v1 + 3, big-endian."},

	Arrange: {Name: "Arrange", Args: list(ptr, ptr), Template: ArrangeTemplate, Effects: ReadsMemory | WritesMemory,
		About: "Arrange v1, v2, \"0a1b +16:4 -20:2\" writes at v1 the bytes that the template says: constants, the 4 bytes at v2 + 16, " +
			"the 2 at v2 + 20 reversed. It may read whatever lies between the bytes that are named; no overlap."},
	Match: {Name: "Match", Args: list(ptr), Results: list(i32), Template: MatchTemplate, Effects: ReadsMemory, Source: true,
		About: "v2:i32 = Match v1, \"0a1b ?1 .4\" source is 1 if the bytes at v1 are as the template says: constants, one that is 0 " +
			"or 1, and 4 of any value, else 0. It may read all of them."},

	// The Frame.
	FrameLoad64: {Name: "FrameLoad64", Results: list(i64), Immediate: FrameOffset, Effects: ReadsFrame,
		About: "v1:i64 = FrameLoad64 #64 reads the word at offset 64 of the Frame."},
	FrameLoadPtr: {Name: "FrameLoadPtr", Results: list(ptr), Immediate: FrameOffset, Effects: ReadsFrame,
		About: "v1:ptr = FrameLoadPtr #64 reads the pointer at offset 64 of the Frame."},
	FrameStore64: {Name: "FrameStore64", Args: list(i64), Immediate: FrameOffset, Effects: WritesFrame,
		About: "FrameStore64 v1, #64 writes the word at offset 64 of the Frame."},
	FrameStorePtr: {Name: "FrameStorePtr", Args: list(ptr), Immediate: FrameOffset, Effects: WritesFrame,
		About: "FrameStorePtr v1, #64 writes the pointer at offset 64 of the Frame."},

	// Bulk work. These do not look at the budget: the builder bounds the count and charges the fuel for it.
	CopyBytes: {Name: "CopyBytes", Args: list(ptr, ptr, i64), Effects: ReadsMemory | WritesMemory,
		Bulk:  Bulk{To: 1, From: 1},
		About: "CopyBytes v1, v2, v3 copies v3 >= 0 bytes from v2 to v1; the two ranges do not overlap."},
	SwapCopy16: {Name: "SwapCopy16", Args: list(ptr, ptr, i64), Effects: ReadsMemory | WritesMemory,
		Bulk:  Bulk{To: 2, From: 2},
		About: "SwapCopy16 v1, v2, v3 copies v3 >= 0 elements of 2 bytes from v2 to v1, the bytes of each reversed; no overlap."},
	SwapCopy32: {Name: "SwapCopy32", Args: list(ptr, ptr, i64), Effects: ReadsMemory | WritesMemory,
		Bulk:  Bulk{To: 4, From: 4},
		About: "SwapCopy32 v1, v2, v3 copies v3 >= 0 elements of 4 bytes from v2 to v1, the bytes of each reversed; no overlap."},
	SwapCopy64: {Name: "SwapCopy64", Args: list(ptr, ptr, i64), Effects: ReadsMemory | WritesMemory,
		Bulk:  Bulk{To: 8, From: 8},
		About: "SwapCopy64 v1, v2, v3 copies v3 >= 0 elements of 8 bytes from v2 to v1, the bytes of each reversed; no overlap."},
	CopyBools: {Name: "CopyBools", Args: list(ptr, ptr, i64), Effects: ReadsMemory | WritesMemory,
		Bulk:  Bulk{To: 1, From: 1},
		About: "CopyBools v1, v2, v3 copies v3 >= 0 bytes from v2 to v1, those that are 1 as 1 and all others as 0; no overlap."},
	SwapWiden32to64: {Name: "SwapWiden32to64", Args: list(ptr, ptr, i64), Effects: ReadsMemory | WritesMemory,
		Bulk: Bulk{To: 8, From: 4},
		About: "SwapWiden32to64 v1, v2, v3 copies v3 >= 0 elements of 4 bytes at v2, the bytes of each reversed, to 8 bytes each " +
			"at v1, the sign coming in; no overlap."},
	SwapNarrow64to32: {Name: "SwapNarrow64to32", Args: list(ptr, ptr, i64), Effects: ReadsMemory | WritesMemory | MayFail,
		Bulk: Bulk{To: 4, From: 8},
		About: "SwapNarrow64to32 v1, v2, v3 copies the low halves of v3 >= 0 elements of 8 bytes at v2, the bytes of each half " +
			"reversed, to v1, and fails unless each element is the sign extension of its low half; no overlap."},
	// These do as many elements as they can, and report by their results how many: the addresses behind the last one at the
	// target and at the source. What is left, and why, is the caller's business. Behind the first result, memory of the target
	// is undefined: of decoding up to all elements, of encoding up to 16 bytes, below the end.
	DecodeZigZags32: {Name: "DecodeZigZags32", Args: list(ptr, ptr, i64, ptr), Results: list(ptr, ptr), Effects: ReadsMemory | WritesMemory,
		Bulk: Bulk{To: 4, VarintBits: 32, ZigZag: true},
		About: "v5:ptr, v6:ptr = DecodeZigZags32 v1, v2, v3, v4 reads zigzag varints at v2 into up to v3 >= 0 elements of 4 bytes " +
			"at v1, nothing at or past v4, while 16 bytes or more are left, up to one of more than 5 bytes or 32 bits; no overlap."},
	DecodeZigZags64: {Name: "DecodeZigZags64", Args: list(ptr, ptr, i64, ptr), Results: list(ptr, ptr), Effects: ReadsMemory | WritesMemory,
		Bulk: Bulk{To: 8, VarintBits: 64, ZigZag: true},
		About: "v5:ptr, v6:ptr = DecodeZigZags64 v1, v2, v3, v4 reads zigzag varints at v2 into up to v3 >= 0 elements of 8 bytes " +
			"at v1, nothing at or past v4, while 16 bytes or more are left, up to one of more than 10 bytes or 64 bits; no overlap."},
	DecodeZigZags32to64: {Name: "DecodeZigZags32to64", Args: list(ptr, ptr, i64, ptr), Results: list(ptr, ptr), Effects: ReadsMemory | WritesMemory,
		Bulk: Bulk{To: 8, VarintBits: 32, ZigZag: true},
		About: "v5:ptr, v6:ptr = DecodeZigZags32to64 v1, v2, v3, v4 reads as DecodeZigZags32 does, into elements of 8 bytes, the " +
			"sign coming in."},
	EncodeZigZags32: {Name: "EncodeZigZags32", Args: list(ptr, ptr, i64, ptr), Results: list(ptr, ptr), Effects: ReadsMemory | WritesMemory,
		Bulk: Bulk{From: 4, VarintBits: 32, ZigZag: true},
		About: "v5:ptr, v6:ptr = EncodeZigZags32 v1, v2, v3, v4 writes zigzag varints at v1 for up to v3 >= 0 elements of 4 bytes " +
			"at v2, nothing at or past v4, while 16 bytes or more are left; no overlap."},
	EncodeZigZags64: {Name: "EncodeZigZags64", Args: list(ptr, ptr, i64, ptr), Results: list(ptr, ptr), Effects: ReadsMemory | WritesMemory,
		Bulk: Bulk{From: 8, VarintBits: 64, ZigZag: true},
		About: "v5:ptr, v6:ptr = EncodeZigZags64 v1, v2, v3, v4 writes zigzag varints at v1 for up to v3 >= 0 elements of 8 bytes " +
			"at v2, nothing at or past v4, while 16 bytes or more are left; no overlap."},
	EncodeZigZags64to32: {Name: "EncodeZigZags64to32", Args: list(ptr, ptr, i64, ptr), Results: list(ptr, ptr), Effects: ReadsMemory | WritesMemory,
		Bulk: Bulk{From: 8, VarintBits: 32, ZigZag: true},
		About: "v5:ptr, v6:ptr = EncodeZigZags64to32 v1, v2, v3, v4 writes as EncodeZigZags64 does, up to an element that is not " +
			"the sign extension of its low half."},
	DecodeVarints64: {Name: "DecodeVarints64", Args: list(ptr, ptr, i64, ptr), Results: list(ptr, ptr), Effects: ReadsMemory | WritesMemory,
		Bulk:  Bulk{To: 8, VarintBits: 64},
		About: "v5:ptr, v6:ptr = DecodeVarints64 v1, v2, v3, v4 reads as DecodeZigZags64 does, varints that are not zigzag ones."},
	DecodeVarints64to32: {Name: "DecodeVarints64to32", Args: list(ptr, ptr, i64, ptr), Results: list(ptr, ptr), Effects: ReadsMemory | WritesMemory,
		Bulk: Bulk{To: 4, VarintBits: 64},
		About: "v5:ptr, v6:ptr = DecodeVarints64to32 v1, v2, v3, v4 reads as DecodeVarints64 does, the low halves of numbers into elements " +
			"of 4 bytes."},
	EncodeVarints32: {Name: "EncodeVarints32", Args: list(ptr, ptr, i64, ptr), Results: list(ptr, ptr), Effects: ReadsMemory | WritesMemory,
		Bulk: Bulk{From: 4, VarintBits: 32},
		About: "v5:ptr, v6:ptr = EncodeVarints32 v1, v2, v3, v4 writes as EncodeZigZags32 does, varints that are not zigzag ones, of " +
			"elements without a sign."},
	EncodeVarints64: {Name: "EncodeVarints64", Args: list(ptr, ptr, i64, ptr), Results: list(ptr, ptr), Effects: ReadsMemory | WritesMemory,
		Bulk: Bulk{From: 8, VarintBits: 64},
		About: "v5:ptr, v6:ptr = EncodeVarints64 v1, v2, v3, v4 writes as EncodeZigZags64 does, varints that are not zigzag ones, of " +
			"elements without a sign."},
	EncodeVarints32to64: {Name: "EncodeVarints32to64", Args: list(ptr, ptr, i64, ptr), Results: list(ptr, ptr), Effects: ReadsMemory | WritesMemory,
		Bulk:  Bulk{From: 4, VarintBits: 64},
		About: "v5:ptr, v6:ptr = EncodeVarints32to64 v1, v2, v3, v4 writes as EncodeVarints64 does, elements of 4 bytes, the sign coming in."},
	MoveUp: {Name: "MoveUp", Args: list(ptr, ptr, i64), Effects: ReadsMemory | WritesMemory,
		Bulk: Bulk{To: 1, From: 1},
		About: "MoveUp v1, v2, v3 copies v3 >= 0 bytes from v2 to v1, as if all were read before any is written; the two ranges " +
			"overlap only where v1 > v2."},
	CopyASCII: {Name: "CopyASCII", Args: list(ptr, ptr, i64), Results: list(i64), Effects: ReadsMemory | WritesMemory,
		Bulk:  Bulk{To: 1, From: 1, Tells: true},
		About: "v4:i64 = CopyASCII v1, v2, v3 copies as CopyBytes does, and is 0 if no byte has its top bit set, else another number."},
	SkipASCII: {Name: "SkipASCII", Args: list(ptr, ptr), Results: list(ptr), Effects: ReadsMemory, Source: true,
		Bulk: Bulk{From: 1},
		About: "v3:ptr = SkipASCII v1, v2 source is the address of the first byte from v1 up to v2, exclusive, whose top bit is set, " +
			"v2 if there is none; v1 <= v2. It may read all of these bytes."},
	SkipValue: {Name: "SkipValue", Args: list(ptr, ptr, i32, i64), Results: list(ptr), Symbol: true,
		Effects: ReadsMemory | ReadsFrame | WritesFrame | MayFail | MayExit,
		About: "v5:ptr = SkipValue @format, v1, v2, v3, v4 steps over one value of wire type v3, written in that format, " +
			"from v1 on, not reading at or past v2 nor nesting deeper than v4 levels; it is the address behind the value. " +
			"Fails on a value that is refused; may yield."},

	// Checks. To fail is to take the terminal exit Fail.
	CheckBounds: {Name: "CheckBounds", Args: list(ptr, ptr), Immediate: ByteCount, Effects: MayFail,
		About: "CheckBounds v1, v2, #12 fails unless v2 - v1 >= 12, signed: v1 is a cursor, v2 the end."},
	CheckBoundsN: {Name: "CheckBoundsN", Args: list(ptr, ptr, i64), Immediate: ByteCount, Effects: MayFail,
		About: "CheckBoundsN v1, v2, v3, #12 fails unless v3 >= 0 and v2 - v1 >= v3 + 12, signed, without overflow."},
	FailIf: {Name: "FailIf", Args: list(compare, compare), Cond: true, Effects: MayFail,
		About: "FailIf.ne v1, v2 fails if v1 != v2."},
	Narrow64to32: {Name: "Narrow64to32", Args: list(i64), Results: list(i32), Effects: MayFail,
		About: "v2:i32 = Narrow64to32 v1 is the low half of v1, and fails unless v1 is its sign extension."},

	// Leaving the function for a while.
	Call: {Name: "Call", MoreArgs: Rest{anyTypes, MaxParams}, MoreResults: Rest{anyTypes, MaxResults}, Symbol: true, Effects: everything,
		About: "v3:ptr = Call @name, v1, v2 calls a native function."},
	Exit: {Name: "Exit", MoreArgs: Rest{words, MaxExitArgs}, MoreResults: Rest{words, MaxExitResults}, Immediate: ExitCode, Effects: everything,
		About: "v3:ptr = Exit v1, v2, #7 leaves for Go with code 7 and comes back with what Go has put in place."},

	// Terminators.
	Jump: {Name: "Jump", Effects: Terminator, Edges: OneEdge,
		About: "Jump -> b1(v2) goes to b1, whose parameter becomes v2."},
	Branch: {Name: "Branch", Args: list(compare, compare), Cond: true, Effects: Terminator, Edges: TwoEdges,
		About: "Branch.slt v1, v2 -> b1(v3), b2 goes to b1 if v1 < v2, else to b2."},
	Switch: {Name: "Switch", Args: list(i32), Effects: Terminator, Edges: ManyEdges,
		About: "Switch v1 -> b9, b0, b1, b2 goes to b0 if v1 is 0, to b1 if 1, to b2 if 2, and to b9 for any other value."},
	Return: {Name: "Return", MoreArgs: Rest{anyTypes, MaxResults}, Effects: Terminator,
		About: "Return v1 goes back to the caller with the results of the function."},
	Fail: {Name: "Fail", Effects: Terminator | MayFail,
		About: "Fail refuses the whole call: Go throws away all native frames and does the call again by reflection."},
}
