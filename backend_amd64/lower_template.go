package amd64

import (
	. "github.com/tagwire/tagwire/backend_amd64/asm"
	"github.com/tagwire/tagwire/ir"
	"github.com/tagwire/tagwire/ir/lower"
	"github.com/tagwire/tagwire/ir/regalloc"
)

// --- Arrange: pieces of the source are loaded, their bytes put into order, joined with the constants and stored. What is
// stored behind the bytes that are right is overwritten by the next store, so vectors overlap and all are full. How the
// bytes are divided among vectors is in arrange_plan.go.
//
//	vmovdqu8 zmm0{k1}{z}, [from] ; vpermb zmm0, zmm1, zmm0 ; vpord zmm0, zmm0, [constants] ; vmovdqu8 [to], zmm0
//	vmovdqu xmm0, [from] ; vinserti128 ymm0, ymm0, [from'], 1 ; vpshufb ymm0, ymm0, [order] ; vpor ... ; vmovdqu [to], ymm0
//	movdqu xmm0, [from] ; movdqu xmm1, [order] ; pshufb xmm0, xmm1 ; movdqu xmm2, [constants] ; por ... ; movdqu [to], xmm0
//	mov t, [from] ; bswap t ; mov [to], t
//
// All loads are within the source of the template, and so are those with a mask: it only makes a zero for the constants.

// The registers of templates.
const (
	templateData      = X0
	templateOrder     = X1 // of the last vector whose order is in a register
	templateOther     = X2
	templateSum       = X1 // of the differences that Match finds
	templateDropLast  = K1 // all bytes of a vector but the last
	templateDropFirst = K2 // all but the first
)

func (w *lowering) LowerArrange(i *ir.Inst) {
	to, toOffset := w.place(i.Args[0], ir.MaxTemplateBytes)
	from, fromOffset := w.place(i.Args[1], ir.MaxTemplateOffset+ir.MaxTemplateBytes)
	layout := i.Layout()
	w.Sequence(0, func(f *finisher) {
		a := arranger{Function: f.out, features: f.Features, spare: f.operand(2),
			to: f.operand(0).Reg(), toOffset: toOffset, from: f.operand(1).Reg(), fromOffset: fromOffset}
		a.emit(layout)
	}, regalloc.Use(lower.Virtual(to)), regalloc.Use(lower.Virtual(from)), regalloc.DefEarly(lower.Virtual(w.Temp())))
}

// place returns the register and the displacement that make up v, to which up to more bytes can be added.
func (w *lowering) place(v *ir.Value, more int64) (base Reg, displacement int32) {
	if base, displacement, ok := templatePlace(v, more); ok {
		return w.Reg(base), displacement
	}
	return w.Reg(v), 0
}

// templatePlace splits v, a PtrAdd, if the displacement fits with more bytes added.
func templatePlace(v *ir.Value, more int64) (base *ir.Value, displacement int32, ok bool) {
	if v.Def == nil || v.Def.Op != ir.PtrAdd {
		return nil, 0, false
	}
	if _, _, ok := distanceFrom(v, more); !ok {
		return nil, 0, false
	}
	return distanceFrom(v, 0)
}

// foldsPlace reports whether an op with a template takes its nth argument apart.
func foldsPlace(i *ir.Inst, n int, v *ir.Value) bool {
	more := int64(ir.MaxTemplateBytes)
	if i.Op == ir.Arrange && n == 1 {
		more += ir.MaxTemplateOffset
	}
	_, _, ok := templatePlace(v, more)
	return ok
}

// An arranger writes the code of one Arrange.
type arranger struct {
	*Function
	features             Features
	spare                PReg
	to, from             Reg
	toOffset, fromOffset int32

	order   []byte        // what is in templateOrder
	masks   map[PReg]bool // the masks that are set
	widened bool          // more than 128 bits were used
}

func (a *arranger) target(at int) Operand { return M(a.to, a.toOffset+int32(at)) }

func (a *arranger) source(at int64) Operand { return M(a.from, a.fromOffset+int32(at)) }

func (a *arranger) emit(layout ir.Template) {
	a.masks = map[PReg]bool{}
	for _, v := range planArrange(layout, a.features) {
		switch {
		case v.width < W128:
			a.word(v)
		case v.width == W512:
			a.wide(v)
		default:
			a.lanes(v)
		}
	}
	if a.widened {
		a.Emit(VZEROUPPER, W256)
	}
}

// word copies up to eight bytes of the source, or writes constants.
func (a *arranger) word(v arrangeStep) {
	spare, target := R(a.spare), a.target(v.start)
	switch {
	case v.width == W64 && v.constant:
		a.SetConstant(a.spare.Reg(), int64(lower.LittleEndian(v.constants)))
		a.Emit(MOV, W64, target, spare)
	case v.constant:
		a.Emit(MOV, v.width, target, Imm(int64(lower.LittleEndian(v.constants))))
	case v.width == W8:
		a.Emit(MOVZX8, W32, spare, a.source(v.from[0]))
		a.Emit(MOV, W8, target, spare)
	case v.width == W16:
		a.Emit(MOVZX16, W32, spare, a.source(v.from[0]))
		if v.reversed {
			a.Emit(ROL, W16, spare, Imm(8))
		}
		a.Emit(MOV, W16, target, spare)
	case v.reversed && a.features.Has(HasMOVBE):
		a.Emit(MOVBE, v.width, spare, a.source(v.from[0]))
		a.Emit(MOV, v.width, target, spare)
	default:
		a.Emit(MOV, v.width, spare, a.source(v.from[0]))
		if v.reversed {
			a.Emit(BSWAP, v.width, spare)
		}
		a.Emit(MOV, v.width, target, spare)
	}
}

// wide arranges 64 bytes of which any may come from anywhere in 64 of the source.
func (a *arranger) wide(v arrangeStep) {
	a.widened = true
	if v.constant {
		a.Emit(VMOVDQU8, W512, R(templateData), a.bytes(v.constants))
		a.Emit(VMOVDQU8, W512, a.target(v.start), R(templateData))
		return
	}
	a.setOrder(VMOVDQU8, W512, v.order)
	switch v.zero {
	case 0:
		a.maskedLoad(v, templateDropFirst, -2)
	case 63:
		a.maskedLoad(v, templateDropLast, 1<<63-1)
	default:
		a.Emit(VMOVDQU8, W512, R(templateData), a.source(v.from[0]))
	}
	a.Emit(VPERMB, W512, R(templateData), R(templateOrder), R(templateData))
	if v.joined {
		a.Emit(VPORD, W512, R(templateData), R(templateData), a.bytes(v.constants))
	}
	a.Emit(VMOVDQU8, W512, a.target(v.start), R(templateData))
}

func (a *arranger) maskedLoad(v arrangeStep, mask PReg, bits int64) {
	if !a.masks[mask] {
		a.masks[mask] = true
		a.SetConstant(a.spare.Reg(), bits)
		a.Emit(KMOVGK, W64, R(mask), R(a.spare))
	}
	a.Emit(VMOVDQU8LK, W512, R(templateData), a.source(v.from[0]), R(mask))
}

// lanes arranges 16 bytes, or 32 in two lanes, each out of 16 of the source.
func (a *arranger) lanes(v arrangeStep) {
	vex := a.features.Has(HasAVX2)
	move := MOVDQU
	if vex {
		move = VMOVDQU
	}
	a.widened = a.widened || v.width == W256
	switch {
	case v.constant:
		a.Emit(move, v.width, R(templateData), a.bytes(v.constants))
	case v.width == W256 && v.from[1] != v.from[0]+16:
		a.Emit(move, W128, R(templateData), a.source(v.from[0]))
		a.Emit(VINSERTI128H, W256, R(templateData), R(templateData), a.source(v.from[1]))
	default:
		a.Emit(move, v.width, R(templateData), a.source(v.from[0]))
	}
	switch {
	case v.constant:
	case vex:
		a.Emit(VPSHUFB, v.width, R(templateData), R(templateData), a.bytes(v.order))
		if v.joined {
			a.Emit(VPOR, v.width, R(templateData), R(templateData), a.bytes(v.constants))
		}
	default:
		a.setOrder(MOVDQU, W128, v.order)
		a.Emit(PSHUFB, W128, R(templateData), R(templateOrder))
		if v.joined {
			a.Emit(MOVDQU, W128, R(templateOther), a.bytes(v.constants))
			a.Emit(POR, W128, R(templateData), R(templateOther))
		}
	}
	a.Emit(move, v.width, a.target(v.start), R(templateData))
}

// setOrder loads templateOrder, unless it holds the same already.
func (a *arranger) setOrder(move Op, width Width, order []byte) {
	if string(a.order) != string(order) {
		a.Emit(move, width, R(templateOrder), a.bytes(order))
		a.order = order
	}
}

// bytes are constants behind the code.
func (a *arranger) bytes(b []byte) Operand { return constantBytes(a.Function, b) }

func constantBytes(f *Function, b []byte) Operand { return At(f.Table(lower.Words(b)...)) }

// --- Match: bytes that differ, in all vectors together; then what is left must be zero. The last vector overlaps the one before.
//
//	vmovdqu8 zmm0, [m] ; vpxord zmm0, zmm0, [constants] ; vpandd zmm0, zmm0, [relevant] ; vpord zmm1, zmm1, zmm0
//	vpxor xmm0, xmm0, xmm0 ; vpcmpeqb k1, zmm1, zmm0 ; kmovq r, k1 ; cmp r, -1 ; sete r ; movzx r, r
//	vptest ymm1, ymm1 ; sete r ; movzx r, r
//	pxor xmm0, xmm0 ; pcmpeqb xmm1, xmm0 ; pmovmskb r, xmm1 ; cmp r, 65535 ; sete r ; movzx r, r
//	xor sum, sum ; mov t, [m] ; xor t, constants ; and t, relevant ; or sum, t ; sete r ; movzx r, r

func (w *lowering) LowerMatch(i *ir.Inst) {
	from, offset := w.place(i.Args[0], ir.MaxTemplateBytes)
	layout := i.Layout()
	w.Sequence(0, func(f *finisher) {
		m := matcher{Function: f.out, features: f.Features, from: f.operand(0).Reg(), offset: offset, result: f.operand(1), spare: f.operand(2)}
		m.emit(layout)
	}, regalloc.Use(lower.Virtual(from)), regalloc.DefEarly(lower.Virtual(w.Result(i))), regalloc.DefEarly(lower.Virtual(w.Temp())))
}

// A matcher writes the code of one Match.
type matcher struct {
	*Function
	features      Features
	from          Reg
	offset        int32
	result, spare PReg

	constants, relevant []byte // what the bytes are compared with, and which of their bits are
	some                bool   // something has been compared
}

func (m *matcher) emit(layout ir.Template) {
	m.constants, m.relevant = lower.Matched(layout)
	width := W64
	switch size := layout.Len(); {
	case size >= 64 && m.features.Has(needsBulk512):
		width = W512
	case size >= 32 && m.features.Has(HasAVX|HasAVX2):
		width = W256
	case size >= 16:
		width = W128
	}
	if width == W64 {
		m.words()
	} else {
		m.vectors(width)
	}
	m.EmitCond(SETcc, CondE, W8, R(m.result))
	m.Emit(MOVZX8, W32, R(m.result), R(m.result))
}

// isRelevant reports whether any of the bytes from at on counts, and whether all their bits do.
func (m *matcher) isRelevant(at, size int) (some, all bool) {
	all = true
	for _, b := range m.relevant[at : at+size] {
		some, all = some || b != 0, all && b == 0xff
	}
	return some, all
}

// words is for fewer than 16 bytes.
func (m *matcher) words() {
	m.Emit(ZERO, W32, R(m.result))
	for at := 0; at < len(m.constants); {
		width := W64
		for ; width.Bytes() > len(m.constants)-at; width-- {
		}
		size := width.Bytes()
		if some, all := m.isRelevant(at, size); some {
			m.word(at, width, all)
		}
		at += size
	}
	m.Emit(TEST, W64, R(m.result), R(m.result))
}

func (m *matcher) word(at int, width Width, all bool) {
	address := M(m.from, m.offset+int32(at))
	constants, relevant := lower.LittleEndian(m.constants[at:at+width.Bytes()]), lower.LittleEndian(m.relevant[at:at+width.Bytes()])
	switch width {
	case W8:
		m.Emit(MOVZX8, W32, R(m.spare), address)
	case W16:
		m.Emit(MOVZX16, W32, R(m.spare), address)
	default:
		m.Emit(MOV, width, R(m.spare), address)
	}
	operand := func(n uint64) Operand { return Imm(int64(int32(n))) }
	if width == W64 {
		operand = func(n uint64) Operand { return At(m.Constant(n, 0)) }
	}
	width = max(width, W32)
	m.Emit(XOR, width, R(m.spare), operand(constants))
	if !all {
		m.Emit(AND, width, R(m.spare), operand(relevant))
	}
	m.Emit(OR, W64, R(m.result), R(m.spare))
}

// vectors sets the flags to equal if nothing differs.
func (m *matcher) vectors(width Width) {
	size := width.Bytes()
	for at := 0; ; at += size {
		at = min(at, len(m.constants)-size)
		if some, all := m.isRelevant(at, size); some {
			m.vector(at, width, all)
		}
		if at+size == len(m.constants) {
			break
		}
	}
	switch {
	case !m.some:
		m.Emit(ZERO, W32, R(m.spare)) // which sets the flags
		return
	case width == W512:
		m.Emit(VPXORZ, W128, R(templateData))
		m.Emit(VPCMPEQBK, W512, R(templateDropLast), R(templateSum), R(templateData))
		m.Emit(KMOVKG, W64, R(m.result), R(templateDropLast))
		m.Emit(CMP, W64, R(m.result), Imm(-1))
	case m.features.Has(HasAVX | HasAVX2):
		m.Emit(VPTEST, width, R(templateSum), R(templateSum))
	default:
		m.Emit(PXORZ, W128, R(templateData))
		m.Emit(PCMPEQB, W128, R(templateSum), R(templateData))
		m.Emit(PMOVMSKB, W128, R(m.result), R(templateSum))
		m.Emit(CMP, W32, R(m.result), Imm(0xffff))
	}
	if width > W128 {
		m.Emit(VZEROUPPER, W256)
	}
}

// vector adds up what differs in one vector.
func (m *matcher) vector(at int, width Width, all bool) {
	into := templateData
	if !m.some {
		into = templateSum
	}
	m.some = true
	address := M(m.from, m.offset+int32(at))
	constants, relevant := constantBytes(m.Function, m.constants[at:at+width.Bytes()]), constantBytes(m.Function, m.relevant[at:at+width.Bytes()])
	move, xor, and, or := VMOVDQU, VPXOR, VPAND, VPOR
	switch {
	case width == W512:
		move, xor, and, or = VMOVDQU8, VPXORD, VPANDD, VPORD
	case !m.features.Has(HasAVX | HasAVX2):
		m.plainVector(into, address, constants, relevant, all)
		return
	}
	m.Emit(move, width, R(into), address)
	m.Emit(xor, width, R(into), R(into), constants)
	if !all {
		m.Emit(and, width, R(into), R(into), relevant)
	}
	if into != templateSum {
		m.Emit(or, width, R(templateSum), R(templateSum), R(into))
	}
}

// plainVector is vector for SSE, which has no operands in memory that is not aligned.
func (m *matcher) plainVector(into PReg, address, constants, relevant Operand, all bool) {
	m.Emit(MOVDQU, W128, R(into), address)
	m.Emit(MOVDQU, W128, R(templateOther), constants)
	m.Emit(PXOR, W128, R(into), R(templateOther))
	if !all {
		m.Emit(MOVDQU, W128, R(templateOther), relevant)
		m.Emit(PAND, W128, R(into), R(templateOther))
	}
	if into != templateSum {
		m.Emit(POR, W128, R(templateSum), R(into))
	}
}
