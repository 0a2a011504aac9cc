package ir

import "math"

// An Op says what an instruction does. Everything about one, except its meaning (package interp) and its
// machine code (the backends), stands in its row of opTable.
type Op uint8

// The ops, in the order of opTable.
const (
	InvalidOp Op = iota

	Const
	Address

	Add
	Sub
	And
	Or
	Xor
	Shl
	Shr
	Sar
	MulConst
	SetBit
	CountLeadingZeros
	CountTrailingZeros
	Gather7
	Spread7
	SetCC
	Select

	ZeroExt8to32
	ZeroExt8to64
	ZeroExt16to32
	ZeroExt16to64
	ZeroExt32to64
	SignExt8to32
	SignExt8to64
	SignExt16to32
	SignExt16to64
	SignExt32to64
	Trunc32to8
	Trunc32to16
	Trunc64to8
	Trunc64to16
	Trunc64to32

	PtrAdd
	PtrIndex
	PtrDiff

	Load8
	Load16
	Load32
	Load64
	LoadPtr
	LoadBE16
	LoadBE32
	LoadBE64
	Store8
	Store16
	Store32
	Store64
	StorePtr
	StoreBE16
	StoreBE32
	StoreBE64
	Arrange
	Match

	FrameLoad64
	FrameLoadPtr
	FrameStore64
	FrameStorePtr

	CopyBytes
	SwapCopy16
	SwapCopy32
	SwapCopy64
	CopyBools
	SwapWiden32to64
	SwapNarrow64to32
	DecodeZigZags32
	DecodeZigZags64
	DecodeZigZags32to64
	EncodeZigZags32
	EncodeZigZags64
	EncodeZigZags64to32
	DecodeVarints64
	DecodeVarints64to32
	EncodeVarints32
	EncodeVarints64
	EncodeVarints32to64
	MoveUp
	CopyASCII
	SkipASCII
	SkipValue

	CheckBounds
	CheckBoundsN
	FailIf
	Narrow64to32

	Call
	Exit

	Jump
	Branch
	Switch
	Return
	Fail

	// OpCount is one more than the last op.
	OpCount
)

// Effects are what an instruction does beside computing its results. An instruction without effects is pure: it may be
// removed, repeated, merged with an equal one and moved anywhere its operands dominate. Memory is what pointers reach;
// the Frame is separate, no pointer leads there.
type Effects uint8

// The effects.
const (
	ReadsMemory  Effects = 1 << iota
	WritesMemory         // also: must not be removed
	ReadsFrame
	WritesFrame // also: must not be removed
	MayFail     // may take the terminal exit Fail; does nothing else then
	MayExit     // may leave for Go and come back: Go may change any memory and the Frame
	Terminator  // ends a block

	everything = ReadsMemory | WritesMemory | ReadsFrame | WritesFrame | MayFail | MayExit
)

// Pure reports whether there are no effects at all.
func (e Effects) Pure() bool { return e == 0 }

// Has reports whether any effect of which is among e.
func (e Effects) Has(which Effects) bool { return e&which != 0 }

// Removable reports whether an instruction with these effects may be dropped when its results are unused.
func (e Effects) Removable() bool {
	return !e.Has(WritesMemory | WritesFrame | MayFail | MayExit | Terminator)
}

// An Operand says which types an operand or a result may have. Operands and results of one op that carry the same
// Variable (other than 0) have the same type.
type Operand struct {
	Types    TypeSet
	Variable uint8
}

// Rest describes the operands or results that follow the fixed ones: up to Max, each of one of Types.
type Rest struct {
	Types TypeSet
	Max   int
}

// An ImmediateKind says what the constant of an instruction is, and so which ones are allowed.
type ImmediateKind uint8

// The kinds of constants.
const (
	NoImmediate   ImmediateKind = iota
	ConstantValue               // fits the result type, sign-extended
	Multiplier                  // a signed 32-bit number
	Displacement                // a signed 32-bit number of bytes
	FrameOffset                 // bytes from the start of the Frame: a multiple of 8, 0 to 32,760
	Scale                       // bytes per index: 1, 2, 4 or 8
	BitNumber                   // 0 up to the width of the operand, exclusive
	ByteCount                   // 0 to 2^31-1
	ExitCode                    // 0 to 65,535
	immediateKindCount
)

// An EdgeCount says how many edges leave a terminator.
type EdgeCount uint8

// The numbers of edges.
const (
	NoEdges   EdgeCount = iota
	OneEdge             // to the block that follows
	TwoEdges            // taken where the condition holds, and where it does not
	ManyEdges           // the default first, then one for each index from 0 on: at least two in all
)

// A Bulk says what an op that works on many elements does to each of them. The zero value is that of all other ops.
type Bulk struct {
	To, From   int64 // bytes of an element at the target and at the source, 0 where it is a varint or there is none
	VarintBits int   // of the number that such a varint stands for
	ZigZag     bool  // the varint is that of the number's zigzag form
	Tells      bool  // the result tells something about the elements
}

// Copies reports whether the elements have a fixed size on both sides.
func (b Bulk) Copies() bool { return b.To > 0 && b.From > 0 }

// Decodes reports whether varints become elements of a fixed size.
func (b Bulk) Decodes() bool { return b.To > 0 && b.From == 0 }

// Encodes reports whether elements of a fixed size become varints.
func (b Bulk) Encodes() bool { return b.To == 0 && b.From > 0 && b.VarintBits > 0 }

// An OpInfo is the row of an op.
type OpInfo struct {
	Name        string // the Go identifier, also in the text form
	Args        []Operand
	Results     []Operand
	MoreArgs    Rest
	MoreResults Rest
	Effects     Effects
	Immediate   ImmediateKind
	Cond        bool // carries a condition
	Symbol      bool // carries a symbol
	Template    TemplateKind
	Source      bool // may be marked as reading memory that native code does not write
	Commutes    bool // the two operands can be exchanged
	Edges       EdgeCount
	Bulk        Bulk   // of ops that work on many elements
	About       string // the meaning, with the text form
}

// Info returns the row of op.
func (op Op) Info() *OpInfo {
	if op >= OpCount {
		op = InvalidOp
	}
	return &opTable[op]
}

// String returns the name of op.
func (op Op) String() string { return op.Info().Name }

// Effects returns the effects of op.
func (op Op) Effects() Effects { return op.Info().Effects }

// IsTerminator reports whether op ends a block.
func (op Op) IsTerminator() bool { return op.Effects().Has(Terminator) }

// BulkOps returns the ops whose Bulk is one that which reports.
func BulkOps(which func(Bulk) bool) (ops []Op) {
	for op := InvalidOp + 1; op < OpCount; op++ {
		if which(opTable[op].Bulk) {
			ops = append(ops, op)
		}
	}
	return ops
}

// opByName maps the names of the table to ops.
var opByName = func() map[string]Op {
	byName := make(map[string]Op, OpCount)
	for op := InvalidOp + 1; op < OpCount; op++ {
		byName[opTable[op].Name] = op
	}
	return byName
}()

// Allows reports whether n may be the constant of an instruction whose constants are of kind k. t is the type that
// bounds the constant, where its kind depends on one: of the result of a Const, of the operand of a bit op.
func (k ImmediateKind) Allows(n int64, t Type) bool {
	switch k {
	case NoImmediate:
		return n == 0
	case ConstantValue:
		return t.SignExtend(n) == n
	case Multiplier, Displacement:
		return fitsInt32(n)
	case FrameOffset:
		return n >= 0 && n <= 32760 && n%8 == 0
	case Scale:
		return n == 1 || n == 2 || n == 4 || n == 8
	case BitNumber:
		return n >= 0 && n < int64(t.Bits())
	case ByteCount:
		return n >= 0 && n <= math.MaxInt32
	case ExitCode:
		return n >= 0 && n <= math.MaxUint16
	}
	return false
}

func fitsInt32(n int64) bool { return n == int64(int32(n)) }
