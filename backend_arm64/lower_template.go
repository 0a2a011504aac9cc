package arm64

import (
	"bytes"

	. "github.com/tagwire/tagwire/backend_arm64/asm"
	"github.com/tagwire/tagwire/ir"
	"github.com/tagwire/tagwire/ir/lower"
	"github.com/tagwire/tagwire/ir/regalloc"
)

// The vectors of templates.
const (
	templateBlocks = V0  // blocks of the source, in their order
	templateSum    = V23 // of the differences that Match finds
	templateItems  = V24 // constants from behind the code, in the order in which they are used

	mostBlocks = int64(templateSum - templateBlocks)
	ringSize   = 8 // of templateItems
)

// place returns the register and the distance that make up v.
func (w *lowering) place(v *ir.Value) (base Reg, distance int64) {
	if base, distance, ok := templatePlace(v); ok {
		return w.Reg(base), distance
	}
	return w.Reg(v), 0
}

// templatePlace splits v, a PtrAdd: what is too far for a displacement costs no more in the template.
func templatePlace(v *ir.Value) (base *ir.Value, distance int64, ok bool) {
	if v.Def == nil || v.Def.Op != ir.PtrAdd {
		return nil, 0, false
	}
	base, distance = v.Place()
	return base, distance, -ir.MaxTemplateOffset <= distance && distance <= ir.MaxTemplateOffset
}

// foldsPlace reports whether an op with a template takes its nth argument apart.
func foldsPlace(_ *ir.Inst, _ int, v *ir.Value) bool {
	_, _, ok := templatePlace(v)
	return ok
}

// A pointer is what memory of a template is addressed by: a register, and for what that does not reach another one that is moved
// along.
type pointer struct {
	*Function
	base     Reg
	distance int64 // from base
	moving   PReg
	moved    bool
	at       int64 // where moving is, as a distance from base
}

// memory returns the operand of a load or store of one register at an offset.
func (p *pointer) memory(offset int64, w Width) Operand {
	o, ok := p.reach(offset, func(d int64) bool { return FitsDisplacement(w, d) })
	if !ok {
		o = p.move(offset)
	}
	return o
}

// pair returns the operand of a load or store of two vectors, if that is possible. many: it pays to move for it.
func (p *pointer) pair(offset int64, many bool) (Operand, bool) {
	o, ok := p.reach(offset, func(d int64) bool { return FitsPair(W128, d) })
	if !ok && many {
		return p.move(offset), true
	}
	return o, ok
}

func (p *pointer) reach(offset int64, fits func(displacement int64) bool) (Operand, bool) {
	total := p.distance + offset
	if fits(total) {
		return M(p.base, int32(total)), true
	}
	if p.moved && fits(total-p.at) {
		return M(p.moving.Reg(), int32(total-p.at)), true
	}
	return Operand{}, false
}

// move has moving begin at an offset.
func (p *pointer) move(offset int64) Operand {
	p.moved, p.at = true, p.distance+offset
	switch {
	case FitsSum(p.at):
		p.Emit(ADD, W64, R(p.moving), RegOperand(p.base), Imm(p.at))
	case FitsSum(-p.at):
		p.Emit(SUB, W64, R(p.moving), RegOperand(p.base), Imm(-p.at))
	default:
		p.SetConstant(p.moving.Reg(), p.at)
		p.Emit(ADD, W64, R(p.moving), R(p.moving), RegOperand(p.base))
	}
	return M(p.moving.Reg(), 0)
}

// A template is the code of one Arrange or Match.
type template struct {
	*Function
	from   pointer
	blocks blocks
	first  int64          // the block in the first vector
	loaded map[int64]bool // blocks

	items   [][]byte // constants, in the order in which they are used
	ready   int      // items that are loaded
	used    int      // items that are used
	walking PReg     // goes over them
}

// item returns the next item in a vector.
//
//	ldr q24, items                        up to two
//	adr x0, items ; ldp q24, q25, [x0], 32
func (t *template) item() PReg {
	vector := func(n int) PReg { return templateItems + PReg(n%ringSize) }
	n := t.used
	t.used++
	switch {
	case n < t.ready:
	case len(t.items) <= 2:
		t.Emit(LDRV, W128, R(vector(n)), At(t.Table(lower.Words(t.items[n])...)))
		t.ready = n + 1
	default:
		if n == 0 {
			var words []uint64
			for _, b := range t.items {
				words = append(words, lower.Words(b)...)
			}
			t.Emit(ADR, W64, R(t.walking), At(t.Table(words...)))
		}
		if n+1 < len(t.items) {
			t.Emit(LDPV, W128, R(vector(n)), R(vector(n+1)), PostIndexed(t.walking, 2*vectorBytes))
			t.ready = n + 2
			break
		}
		t.Emit(LDRV, W128, R(vector(n)), M(t.walking.Reg(), 0))
		t.ready = n + 1
	}
	return vector(n)
}

// look loads the blocks of a lookup that are not loaded yet, and returns them.
//
//	ldr q0, [from, offset]
//	ldp q0, q1, [from, offset]
func (t *template) look(l *lookup) Operand {
	if !t.near(l) {
		t.first = l.first
		clear(t.loaded)
	}
	for n := l.first; n < l.first+l.count; n++ {
		if !t.loaded[n] {
			t.load(n)
		}
	}
	return List(t.vector(l.first).Reg(), int(l.count))
}

// near reports whether the blocks of a lookup have vectors.
func (t *template) near(l *lookup) bool {
	return t.first <= l.first && l.first+l.count <= t.first+mostBlocks
}

func (t *template) vector(block int64) PReg { return templateBlocks + PReg(block-t.first) }

func (t *template) load(n int64) {
	t.loaded[n] = true
	offset, left := t.blocks.offset(n), t.blocks.count()-n
	if next := n + 1; left > 1 && !t.loaded[next] && next < t.first+mostBlocks &&
		t.blocks.size == vectorBytes && t.blocks.offset(next) == offset+vectorBytes {
		if o, ok := t.from.pair(offset, left >= 4); ok {
			t.loaded[next] = true
			t.Emit(LDPV, W128, R(t.vector(n)), R(t.vector(next)), o)
			return
		}
	}
	w := widthOf(int(t.blocks.size))
	t.Emit(LDRV, w, R(t.vector(n)), t.from.memory(offset, w))
}

// widthOf is the width of 1, 2, 4, 8 or 16 bytes.
func widthOf(bytes int) Width {
	w := W8
	for w.Bytes() < bytes {
		w++
	}
	return w
}

// --- Arrange: all of the source is loaded into vectors. The bytes of a store are looked up in some of them, over constants
// that are there already, and stored, two vectors at a time where these are neighbours. What is stored behind the bytes that
// are right is overwritten by the next store. How the bytes are divided among stores is in arrange_plan.go.
//
//	ldp q0, q1, [from] ; adr x, items ; ldp q24, q25, [x], 32 ; tbx v25, {v0, v1}, v24 ; str q25, [to]
//	ldr x, [from] ; rev x, x ; str x, [to]
//
// All loads are within the source of the template.

func (w *lowering) LowerArrange(i *ir.Inst) {
	to, toDistance := w.place(i.Args[0])
	from, fromDistance := w.place(i.Args[1])
	layout := i.Layout()
	w.Sequence(0, func(f *finisher) {
		a := arranger{
			template: template{Function: f.out, walking: f.operand(4),
				from: pointer{Function: f.out, base: f.operand(1).Reg(), distance: fromDistance, moving: f.operand(3)}},
			to: pointer{Function: f.out, base: f.operand(0).Reg(), distance: toDistance, moving: f.operand(2)},
		}
		a.emit(layout)
	}, regalloc.Use(lower.Virtual(to)), regalloc.Use(lower.Virtual(from)),
		regalloc.DefEarly(lower.Virtual(w.Temp())), regalloc.DefEarly(lower.Virtual(w.Temp())), regalloc.DefEarly(lower.Virtual(w.Temp())))
}

// An arranger writes the code of one Arrange.
type arranger struct {
	template
	to pointer

	waiting bool // for a neighbour: a vector that is to be stored
	stored  PReg
	start   int
}

func (a *arranger) emit(layout ir.Template) {
	a.loaded = map[int64]bool{}
	steps, source := planArrange(layout)
	a.blocks = source
	for n := range steps {
		v := &steps[n]
		if v.count > 0 && !v.whole(source) {
			a.items = append(a.items, v.order(source))
		}
		if v.constants != nil {
			a.items = append(a.items, v.constants)
		}
	}
	for n := range steps {
		switch v := &steps[n]; {
		case v.word.Size > 0:
			a.flush()
			a.word(&v.word)
		case v.size < vectorBytes:
			a.storeParts(a.bytes(v), v.size)
		default:
			a.store(a.bytes(v), v.start, len(steps)-n)
		}
	}
	a.flush()
}

// word copies up to eight bytes of the source, or writes constants.
func (a *arranger) word(v *lower.TemplateWord) {
	w, value := widthOf(v.Size), R(spare)
	load, store := LDR, STR
	switch w {
	case W8:
		load, store = LDRB, STRB
	case W16:
		load, store = LDRH, STRH
	}
	whole := max(w, W32)
	switch c := int64(lower.LittleEndian(v.Constants)); {
	case v.Constants == nil:
		a.Emit(load, whole, value, a.from.memory(v.From, w))
	case c == 0:
		value = Zero
	case ConstantLength(c) > 2:
		a.Emit(LDR, W64, value, At(a.Table(uint64(c))))
	default:
		a.SetConstant(spare.Reg(), c)
	}
	switch {
	case v.Reversed && w == W16:
		a.Emit(REV16, W32, value, value)
	case v.Reversed:
		a.Emit(REV, w, value, value)
	}
	a.Emit(store, whole, value, a.to.memory(int64(v.Start), w))
}

// bytes returns the vector that a step stores: the register of an item, which is not needed any more, or a block.
func (a *arranger) bytes(v *arrangeStep) PReg {
	if v.count == 0 {
		return a.item()
	}
	if !a.near(&v.lookup) {
		a.flush() // what waits may be a block
	}
	vectors := a.look(&v.lookup)
	if v.whole(a.blocks) {
		return a.vector(v.first)
	}
	order := a.item()
	if v.constants == nil {
		a.Emit(TBL, V16B, R(order), vectors, R(order))
		return order
	}
	into := a.item()
	a.Emit(TBX, V16B, R(into), vectors, R(order))
	return into
}

// store stores a vector, now or together with the next one. So many steps are left.
func (a *arranger) store(vector PReg, start, left int) {
	if a.waiting && start == a.start+vectorBytes {
		if o, ok := a.to.pair(int64(a.start), left >= 3); ok {
			a.Emit(STPV, W128, R(a.stored), R(vector), o)
			a.waiting = false
			return
		}
	}
	a.flush()
	a.waiting, a.stored, a.start = true, vector, start
}

// flush stores the vector that waits.
func (a *arranger) flush() {
	if a.waiting {
		a.Emit(STRV, W128, R(a.stored), a.to.memory(int64(a.start), W128))
		a.waiting = false
	}
}

// storeParts stores the first bytes of a vector, fewer than 16, in two parts that overlap.
//
//	str d24, [to] ; ext v24, v24, v24, n-8 ; str d24, [to, n-8]
func (a *arranger) storeParts(vector PReg, size int) {
	w := W64
	for w.Bytes() > size {
		w--
	}
	a.Emit(STRV, w, R(vector), a.to.memory(0, w))
	if rest := size - w.Bytes(); rest > 0 {
		a.Emit(EXT, V16B, R(vector), R(vector), R(vector), Imm(int64(rest)))
		a.Emit(STRV, w, R(vector), a.to.memory(int64(rest), w))
	}
}

// --- Match: the bytes that count are looked up, up to 16 of them in 64, and compared; what is left of all must be zero.
//
//	ldp q0, q1, [m] ; adr x, items ; ldp q24, q25, [x], 32 ; tbl v24, {v0, v1}, v24
//	eor v24, v24, v25 ; ldr q26, [x] ; and v24, v24, v26 ; orr v23, v23, v24
//	umaxv s23, v23.4s ; fmov w, s23 ; cmp w, 0 ; cset w, eq
//	ldr r, [m] ; mov x, constants ; eor r, r, x ; and r, r, relevant ; cmp r, 0 ; cset r, eq

func (w *lowering) LowerMatch(i *ir.Inst) {
	from, distance := w.place(i.Args[0])
	layout := i.Layout()
	w.Sequence(0, func(f *finisher) {
		m := matcher{result: f.operand(1), template: template{Function: f.out, walking: f.operand(3),
			from: pointer{Function: f.out, base: f.operand(0).Reg(), distance: distance, moving: f.operand(2)}}}
		m.emit(layout)
	}, regalloc.Use(lower.Virtual(from)), regalloc.DefEarly(lower.Virtual(w.Result(i))),
		regalloc.DefEarly(lower.Virtual(w.Temp())), regalloc.DefEarly(lower.Virtual(w.Temp())))
}

// A matcher writes the code of one Match.
type matcher struct {
	template
	result              PReg
	constants, relevant []byte // what the bytes are compared with, and which of their bits are
	some                bool   // something has been compared
}

func (m *matcher) emit(layout ir.Template) {
	m.constants, m.relevant = lower.Matched(layout)
	if len(m.constants) < vectorBytes {
		m.words()
	} else {
		m.vectors()
	}
	if !m.some {
		m.Emit(MOVZ, W32, R(m.result), Imm(1), Imm(0))
		return
	}
	m.Emit(CMP, W64, R(m.result), Imm(0))
	m.EmitCond(CSET, CondEQ, W32, R(m.result))
}

// words is for fewer than 16 bytes.
func (m *matcher) words() {
	for at := 0; at < len(m.constants); {
		w := W64
		for w.Bytes() > len(m.constants)-at {
			w--
		}
		if lower.LittleEndian(m.relevant[at:at+w.Bytes()]) != 0 {
			m.word(at, w)
		}
		at += w.Bytes()
	}
}

// word compares up to eight bytes.
func (m *matcher) word(at int, w Width) {
	constants := int64(lower.LittleEndian(m.constants[at : at+w.Bytes()]))
	relevant := int64(lower.LittleEndian(m.relevant[at : at+w.Bytes()]))
	load, whole, all := LDR, max(w, W32), int64(uint64(1)<<(w.Bits()-1)<<1-1)
	switch w {
	case W8:
		load = LDRB
	case W16:
		load = LDRH
	}
	loaded := spare
	if !m.some {
		loaded = m.result
	}
	m.Emit(load, whole, R(loaded), m.from.memory(int64(at), w))
	m.combine(EOR, whole, loaded, constants)
	if relevant != all {
		m.combine(AND, whole, loaded, relevant)
	}
	if m.some {
		m.Emit(ORR, W64, R(m.result), R(m.result), R(loaded))
	}
	m.some = true
}

// combine changes a register by a constant.
func (m *matcher) combine(op Op, w Width, loaded PReg, c int64) {
	switch {
	case op == EOR && c == 0:
	case FitsLogic(w, c):
		m.Emit(op, w, R(loaded), R(loaded), Imm(c))
	case ConstantLength(c) > 2:
		m.Emit(LDR, W64, R(m.walking), At(m.Table(uint64(c))))
		m.Emit(op, w, R(loaded), R(loaded), R(m.walking))
	default:
		m.SetConstant(m.walking.Reg(), c)
		m.Emit(op, w, R(loaded), R(loaded), R(m.walking))
	}
}

// vectors leaves zero in result if nothing differs.
func (m *matcher) vectors() {
	m.loaded = map[int64]bool{}
	m.blocks = newBlocks(0, int64(len(m.constants)))
	lookups, masks := m.planMatch()
	for n := range lookups {
		m.difference(&lookups[n], masks[n] != nil)
	}
	if !m.some {
		return
	}
	if m.used < len(m.items) { // a mask for all
		m.Emit(VAND, V16B, R(templateSum), R(templateSum), R(m.item()))
	}
	m.Emit(UMAXV, V4S, R(templateSum), R(templateSum))
	m.Emit(FMOVGV, W32, R(m.result), R(templateSum))
}

// planMatch divides the bytes that count among vectors, and sets the items. masks has, of each vector, which bits count, nil if
// all of them do; if that is the same for all vectors, it is the last item, and masks has nothing.
func (m *matcher) planMatch() (lookups []lookup, masks [][]byte) {
	for at, bits := range m.relevant {
		if bits == 0 {
			continue
		}
		last := len(lookups) - 1
		if last < 0 || len(lookups[last].from) == vectorBytes || !lookups[last].add(m.blocks, int64(at)) {
			lookups = append(lookups, lookup{})
			last++
			lookups[last].add(m.blocks, int64(at))
		}
	}
	var all []byte
	same := true
	for n := range lookups {
		mask := filled(0xff)
		for k, at := range lookups[n].from {
			mask[k] = m.relevant[at]
		}
		if bytes.Equal(mask, filled(0xff)) {
			mask = nil
		}
		if masks = append(masks, mask); n == 0 {
			all = mask
		}
		same = same && bytes.Equal(mask, all)
	}
	for n := range lookups {
		if !lookups[n].whole(m.blocks) {
			m.items = append(m.items, lookups[n].order(m.blocks))
		}
		constants := filled(0)
		for k, at := range lookups[n].from {
			constants[k] = m.constants[at]
		}
		m.items = append(m.items, constants)
		if same {
			masks[n] = nil
		} else if masks[n] != nil {
			m.items = append(m.items, masks[n])
		}
	}
	if same && all != nil {
		m.items = append(m.items, all)
	}
	return lookups, masks
}

// difference adds up what differs in one vector.
func (m *matcher) difference(l *lookup, masked bool) {
	vectors := m.look(l)
	looked := m.vector(l.first)
	if !l.whole(m.blocks) {
		order := m.item()
		m.Emit(TBL, V16B, R(order), vectors, R(order))
		looked = order
	}
	different := m.item()
	into := func(last bool) Operand {
		if last && !m.some {
			return R(templateSum)
		}
		return R(different)
	}
	m.Emit(VEOR, V16B, into(!masked), R(looked), R(different))
	if masked {
		m.Emit(VAND, V16B, into(true), R(different), R(m.item()))
	}
	if m.some {
		m.Emit(VORR, V16B, R(templateSum), R(templateSum), R(different))
	}
	m.some = true
}
