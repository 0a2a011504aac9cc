package arm64

import (
	"math/bits"

	. "github.com/tagwire/tagwire/backend_arm64/asm"
	"github.com/tagwire/tagwire/ir"
)

// Bulk work: copies of bytes, copies of lists that reverse the bytes of each element, and copies of bools. They work in
// fixed registers, and load and store nothing outside the bytes they are told to copy. What is changed on its way changes in
// vectors. Copies between elements of different sizes are in lower_bulk_enum.go.

// The registers in which a bulk copy takes its arguments, which stay there. It destroys the registers of copyClobbers,
// boolClobbers or swapClobbers, and the flags.
const (
	bulkTo    = R0 // where to; the two areas do not overlap
	bulkFrom  = R1 // where from
	bulkCount = R2 // how many elements, or bytes; at least 0, and less than 2^60
)

const (
	bulkRest     = R3  // elements that are left, less those of a turn
	bulkFromHere = R16 // where a piece is copied from
	bulkToHere   = R17 // and where to; no address of a label is computed as long as it is used
	bulkTable    = V16 // what bytes become that are bools
	bulkMost     = 128 // bytes that are copied at a time, in V0 to V7
)

// copyClobbers are the registers that a copy of bytes destroys, boolClobbers and swapClobbers those of the copies of bools
// and of those that swap.
const (
	copyClobbers = RegSet(1<<bulkRest | 1<<bulkFromHere | 1<<bulkToHere | 1<<(V7+1) - 1<<V0)
	boolClobbers = copyClobbers | 1<<bulkTable
	swapClobbers = copyClobbers | 1<<enumWrong
)

// bulk is one copy being emitted.
type bulk struct {
	*Function
	from, to bulkSize // of an element
	turn     int      // elements of a turn of the loop, a power of two
	piece    int      // elements that are copied as one piece behind the loop: turn, or half of it
	// change works on n vectors, from V0 on, in which there are pieces of some bytes, and says where the results begin. Of a
	// piece of less than 16 bytes only the lower half of the vector counts.
	change func(n, bytes int) (first PReg)
	single func() // copies the element at bulkFrom; nil: as other numbers of elements are copied
	done   Label
	none   Label // where control goes if no vector was used; done for all that need no more
}

// bulkSize is the binary logarithm of a size in bytes.
type bulkSize uint8

// emitCopyBytes appends a copy of bulkCount bytes.
func emitCopyBytes(f *Function) {
	newBulk(f, W8).emit()
}

// emitSwapCopy appends a copy of bulkCount elements of 16, 32 or 64 bits, each with its bytes reversed.
func emitSwapCopy(f *Function, element Width) {
	b := newBulk(f, element)
	b.change = func(n, bytes int) PReg {
		b.reverse(element, n, bytes)
		return V0
	}
	b.emit()
}

// emitCopyBools appends a copy of bulkCount bytes that are 1 where they were 1 and else 0. Bytes are looked up in a table of
// 16, in which that with the index 1 is 1; a byte that is no index becomes 0.
//
//	movz w16, #0x100
//	fmov s16, w16
func emitCopyBools(f *Function) {
	b := newBulk(f, W8)
	b.SetConstant(bulkFromHere.Reg(), 1<<8)
	b.Emit(FMOVVG, W32, R(bulkTable), R(bulkFromHere))
	b.change = func(n, bytes int) PReg {
		for v := V0; v < V0+PReg(n); v++ {
			b.Emit(TBL, vectorOf(bytes), R(v), List(bulkTable.Reg(), 1), R(v))
		}
		return V0
	}
	b.emit()
}

// emitShortCopy appends a copy of bulkCount bytes where that is 16 to 64, which many strings are, and goes to other for
// another count.
//
//	  sub x16, x2, #16
//	  cmp x16, #48
//	  b.hi other
//	  cmp x2, #32
//	  b.hi four
//	  [x0], [x0+x16] <- [x1], [x1+x16]
//	  b done
//	four:
//	  add x16, x1, x16
//	  add x17, x0, x2
//	  [x0], [x0+16], [x17-32], [x17-16] <- [x1], [x1+16], [x16-16], [x16]
//	done:
//
// If it is to tell whether all bytes are ASCII, it joins the vectors.
func emitShortCopy(f *Function, op ir.Op, other Label) {
	four, done := f.NewLabel(), f.NewLabel()
	f.Emit(SUB, W64, R(bulkFromHere), R(bulkCount), Imm(16))
	f.Emit(CMP, W64, R(bulkFromHere), Imm(48))
	f.EmitCond(Bcc, CondHI, W64, To(other))
	f.Emit(CMP, W64, R(bulkCount), Imm(32))
	f.EmitCond(Bcc, CondHI, W64, To(four))
	last := func(base PReg) Operand { return Indexed(base.Reg(), bulkFromHere.Reg(), ExtendX, 0) }
	f.Emit(LDRV, W128, R(V0), M(bulkFrom.Reg(), 0))
	f.Emit(LDRV, W128, R(V1), last(bulkFrom))
	f.Emit(STRV, W128, R(V0), M(bulkTo.Reg(), 0))
	f.Emit(STRV, W128, R(V1), last(bulkTo))
	if op == ir.CopyASCII {
		f.Emit(VORR, V16B, R(V0), R(V0), R(V1))
	}
	f.Emit(B, W64, To(done))
	f.Bind(four)
	f.Emit(ADD, W64, R(bulkFromHere), R(bulkFrom), R(bulkFromHere))
	f.Emit(ADD, W64, R(bulkToHere), R(bulkTo), R(bulkCount))
	f.Emit(LDPV, W128, R(V0), R(V1), M(bulkFrom.Reg(), 0))
	f.Emit(LDPV, W128, R(V2), R(V3), M(bulkFromHere.Reg(), -16))
	f.Emit(STPV, W128, R(V0), R(V1), M(bulkTo.Reg(), 0))
	f.Emit(STPV, W128, R(V2), R(V3), M(bulkToHere.Reg(), -32))
	if op == ir.CopyASCII {
		joinFour(f)
	}
	f.Bind(done)
	if op == ir.CopyASCII {
		tellTops(f, V0)
	}
}

// emitShorterCopy appends a copy of bulkCount bytes where that is 1 to 15, which goes to done then.
//
//	  cmp x2, #16 ; b.hs other
//	  add x16, x1, x2 ; add x17, x0, x2
//	  cmp x2, #8 ; b.lo under8
//	  [x0], [x17-8] <- [x1], [x16-8]
//	  b done
//	under8: ...                            the same for 4
//	under4:
//	  cbz x2, other
//	  lsr x3, x2, #1
//	  [x0], [x17-1], [x0+x3] <- the same bytes of x1 and x16: of three all, of fewer the same ones again
//	  b done
//	other:
func emitShorterCopy(f *Function, op ir.Op, done Label) {
	other := f.NewLabel()
	f.Emit(CMP, W64, R(bulkCount), Imm(int64(W128.Bytes())))
	f.EmitCond(Bcc, CondHS, W64, To(other))
	f.Emit(ADD, W64, R(bulkFromHere), R(bulkFrom), R(bulkCount))
	f.Emit(ADD, W64, R(bulkToHere), R(bulkTo), R(bulkCount))
	ends := func(op Op, w Width, base, end PReg) {
		f.Emit(op, w, R(V0), M(base.Reg(), 0))
		f.Emit(op, w, R(V1), M(end.Reg(), int32(-w.Bytes())))
	}
	tell := func() {
		if op == ir.CopyASCII {
			f.Emit(VORR, V16B, R(V0), R(V0), R(V1))
			tellTops(f, V0)
		}
		f.Emit(B, W64, To(done))
	}
	for _, w := range []Width{W64, W32} {
		under := f.NewLabel()
		f.Emit(CMP, W64, R(bulkCount), Imm(int64(w.Bytes())))
		f.EmitCond(Bcc, CondLO, W64, To(under))
		ends(LDRV, w, bulkFrom, bulkFromHere)
		ends(STRV, w, bulkTo, bulkToHere)
		tell()
		f.Bind(under)
	}
	middle := func(base PReg) Operand { return Indexed(base.Reg(), bulkRest.Reg(), ExtendX, 0) }
	f.Emit(CBZ, W64, R(bulkCount), To(other))
	f.Emit(LSR, W64, R(bulkRest), R(bulkCount), Imm(1))
	ends(LDRV, W8, bulkFrom, bulkFromHere)
	f.Emit(LDRV, W8, R(V2), middle(bulkFrom))
	ends(STRV, W8, bulkTo, bulkToHere)
	f.Emit(STRV, W8, R(V2), middle(bulkTo))
	if op == ir.CopyASCII {
		f.Emit(VORR, V16B, R(V0), R(V0), R(V2))
	}
	tell()
	f.Bind(other)
}

// newBulk returns a copy that does not change the bytes.
func newBulk(f *Function, element Width) *bulk {
	turn := bulkMost / element.Bytes()
	b := &bulk{Function: f, from: sizeOf(element), to: sizeOf(element), turn: turn, piece: turn / 2, done: f.NewLabel()}
	b.none = b.done
	b.change = func(int, int) PReg { return V0 }
	return b
}

// sizeOf returns the size of an element.
func sizeOf(element Width) bulkSize { return bulkSize(logarithm(element.Bytes())) }

// logarithm is that of a power of two.
func logarithm(n int) int { return bits.TrailingZeros(uint(n)) }

// vectorOf is how much of a vector is worked on where a piece has some bytes.
func vectorOf(bytes int) Width {
	if bytes < 16 {
		return V8B
	}
	return V16B
}

// reverse reverses the bytes of each element of n vectors.
func (b *bulk) reverse(element Width, n, bytes int) {
	op := map[Width]Op{W16: VREV16, W32: VREV32, W64: VREV64}[element]
	for v := V0; v < V0+PReg(n); v++ {
		b.Emit(op, vectorOf(bytes), R(v), R(v))
	}
}

// emit: counts of a piece or more in large, others in small.
//
//	  cmp x2, #P
//	  b.hs large
//	  small
//	large:
//	  large
//	done:
func (b *bulk) emit() {
	large := b.NewLabel()
	b.Emit(CMP, W64, R(bulkCount), Imm(int64(b.piece)))
	b.EmitCond(Bcc, CondHS, W64, To(large))
	b.small()
	b.Bind(large)
	b.large()
	b.Bind(b.done)
}

// large copies counts of at least one piece: turns of T elements, one piece of P if that leaves more, and the rest as the
// last piece of all, which may overlap those before: stored twice, the bytes are the same.
//
//	  mov x16, x1
//	  mov x17, x0
//	  subs x3, x2, #T
//	  b.ls rest
//	again:
//	  T elements at x16 and x17, which go on behind them
//	  subs x3, x3, #T
//	  b.hi again
//	rest:
//	  adds x3, x3, #P               not if a piece is a turn
//	  b.le last
//	  P elements at x16 and x17
//	last:
//	  add x16, x16, x3, lsl ..      x3 is how far from here the last piece begins, which may be before
//	  add x17, x17, x3, lsl ..
//	  P elements at x16 and x17
func (b *bulk) large() {
	again, rest := b.NewLabel(), b.NewLabel()
	b.Emit(MOV, W64, R(bulkFromHere), R(bulkFrom))
	b.Emit(MOV, W64, R(bulkToHere), R(bulkTo))
	b.Emit(SUBS, W64, R(bulkRest), R(bulkCount), Imm(int64(b.turn)))
	b.EmitCond(Bcc, CondLS, W64, To(rest))
	b.Bind(again)
	b.copy(bulkPiece{from: bulkFromHere, to: bulkToHere, elements: b.turn, goesOn: true})
	b.Emit(SUBS, W64, R(bulkRest), R(bulkRest), Imm(int64(b.turn)))
	b.EmitCond(Bcc, CondHI, W64, To(again))
	b.Bind(rest)
	if b.piece < b.turn {
		b.Emit(ADDS, W64, R(bulkRest), R(bulkRest), Imm(int64(b.turn-b.piece)))
		last := b.NewLabel()
		b.EmitCond(Bcc, CondLE, W64, To(last))
		b.copy(bulkPiece{from: bulkFromHere, to: bulkToHere, elements: b.piece})
		b.Bind(last)
	}
	b.add(bulkFromHere, bulkFromHere, bulkRest, b.from)
	b.add(bulkToHere, bulkToHere, bulkRest, b.to)
	b.copy(bulkPiece{from: bulkFromHere, to: bulkToHere, elements: b.piece})
}

// small copies counts below one piece: for each smaller power of two, a count of at least that much is copied as its first
// and its last elements, which may overlap. It ends at done.
//
//	  add x16, x1, x2, lsl ..
//	  add x17, x0, x2, lsl ..
//	  tbz x2, #n, under
//	  2^n elements at x1 and x0, 2^n before x16 and x17
//	  b done
//	under: ...
func (b *bulk) small() {
	b.add(bulkFromHere, bulkFrom, bulkCount, b.from)
	b.add(bulkToHere, bulkTo, bulkCount, b.to)
	for elements := b.piece / 2; elements > 0; elements /= 2 {
		under := b.none
		if elements > 1 {
			under = b.NewLabel()
		}
		b.Emit(TBZ, W64, R(bulkCount), Imm(int64(logarithm(elements))), To(under))
		first := bulkPiece{from: bulkFrom, to: bulkTo, elements: elements}
		switch {
		case elements > 1:
			b.copy(first, bulkPiece{from: bulkFromHere, to: bulkToHere, elements: elements, before: true})
			b.Emit(B, W64, To(b.done))
			b.Bind(under)
		case b.single != nil:
			b.single()
			b.Emit(B, W64, To(b.none))
		default:
			b.copy(first)
			b.Emit(B, W64, To(b.done))
		}
	}
}

// add is to <- a + n elements.
func (b *bulk) add(to, a, n PReg, size bulkSize) {
	second := R(n)
	if size > 0 {
		second = Shifted(n.Reg(), ShiftLSL, uint8(size))
	}
	b.Emit(ADD, W64, R(to), R(a), second)
}

// bulkPiece is some elements, a power of two, that begin at the addresses in from and to.
type bulkPiece struct {
	from, to PReg
	elements int
	before   bool // they end there instead
	goesOn   bool // the registers become the addresses behind the elements
}

// copy copies pieces of the same size: all loads, then all changes, then all stores.
func (b *bulk) copy(pieces ...bulkPiece) {
	from := V0
	for _, p := range pieces {
		from = b.move(LDRV, LDPV, from, p, p.from, b.from)
	}
	to := b.change(int(from-V0), pieces[0].elements<<b.from)
	for _, p := range pieces {
		to = b.move(STRV, STPV, to, p, p.to, b.to)
	}
}

// move loads or stores a piece, in vectors from v on, and returns which one is next. If the address goes on, it does so with
// the last instruction, which therefore moves the first bytes.
func (b *bulk) move(one, two Op, v PReg, p bulkPiece, base PReg, size bulkSize) (next PReg) {
	total, begin := p.elements<<size, 0
	if p.before {
		begin = -total
	}
	if total <= 16 {
		b.Emit(one, Width(logarithm(total)), R(v), M(base.Reg(), int32(begin)))
		return v + 1
	}
	pair := func(offset int, at Operand) {
		first := v + PReg(offset/16)
		b.Emit(two, W128, R(first), R(first+1), at)
	}
	if !p.goesOn {
		pair(0, M(base.Reg(), int32(begin)))
	}
	for offset := 32; offset < total; offset += 32 {
		pair(offset, M(base.Reg(), int32(begin+offset)))
	}
	if p.goesOn {
		pair(0, PostIndexed(base, int32(total)))
	}
	return v + PReg(total/16)
}
