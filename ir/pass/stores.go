package pass

import (
	"math"
	"math/bits"

	"github.com/tagwire/tagwire/ir"
)

// CombineStores makes one wide store out of the stores of small values and of the constants around them, such as fields of one
// to four bytes with their headers: the value is loaded in the order of its bytes on the wire, shifted to its position and
// joined with the constant. That takes more arithmetic and fewer stores, of which a processor makes one or two at a time.
//
// It looks at runs of stores into one object that lie one behind the other, each beginning where the one before ends,
// between which stand only instructions that see no difference (pure ones, source loads, the Frame). In a run
//   - a word takes the place of the last value in it, so the stores before that move down, which nothing can see;
//   - a word that is not full may spill into the bytes of the value behind it, which is stored later;
//   - constants may be written twice, by words and by what is left of their own store;
//   - nothing is written that the run would not have written, so room that was checked is enough.
//
// Only words with a value and a constant are made. Constants between larger values are left to CombineConstantStores.
func CombineStores(f *ir.Func) {
	m := storeCombiner{f: f}
	for _, b := range f.Blocks {
		m.block(b)
	}
}

type storeCombiner struct {
	f       *ir.Func
	root    *ir.Value         // of the run; nil: no run
	stores  []wordStore       // of the run, in order
	loads   map[*ir.Inst]bool // source loads of the block that would still find the same: no exit has come since
	gone    map[*ir.Inst]bool
	instead map[*ir.Inst]word // words by the store whose place they take
	current *ir.Block
	out     []*ir.Inst
}

// A wordStore is a store of a run.
type wordStore struct {
	inst        *ir.Inst
	offset, end int64 // from the root
	constant    bool
	bits        uint64   // of a constant, as it lies in memory
	load        *ir.Inst // what a small value comes from; nil for any other
}

// A word is a store that will be made.
type word struct {
	root          *ir.Value
	offset, width int64
	// reach is the end of what is right in it; behind that are the bytes of a value that is stored later.
	reach    int64
	constant uint64
	values   []wordStore
}

func (m *storeCombiner) block(b *ir.Block) {
	if !mayHaveWords(b) {
		return
	}
	m.gone, m.instead, m.loads = map[*ir.Inst]bool{}, map[*ir.Inst]word{}, map[*ir.Inst]bool{}
	for _, i := range b.Insts {
		m.step(i)
	}
	m.flush()
	if len(m.instead) == 0 {
		return
	}
	m.current, m.out = b, make([]*ir.Inst, 0, len(b.Insts))
	for _, i := range b.Insts {
		if w, ok := m.instead[i]; ok {
			m.store(w)
		}
		if m.gone[i] {
			i.Block = nil
		} else {
			m.out = append(m.out, i)
		}
	}
	b.Insts = m.out
}

// mayHaveWords reports whether b stores a constant and a small value. Most blocks do not.
func mayHaveWords(b *ir.Block) bool {
	constant, small := false, false
	for _, i := range b.Insts {
		if width := storeWidth(i.Op); width > 0 {
			_, isConstant := i.Args[1].IsConst()
			constant, small = constant || isConstant, small || !isConstant && width <= 4
		}
	}
	return constant && small
}

// step takes i into the run, or ends the run.
func (m *storeCombiner) step(i *ir.Inst) {
	width := storeWidth(i.Op)
	if width == 0 {
		if i.Source {
			m.loads[i] = true
		}
		if i.Effects().Has(ir.MayExit) {
			clear(m.loads)
		}
		if !i.Source && i.Effects().Has(ir.ReadsMemory|ir.WritesMemory|ir.MayFail|ir.MayExit|ir.Terminator) {
			m.flush()
		}
		return
	}
	root, offset := i.Args[0].Place()
	s := wordStore{inst: i, offset: offset + i.Imm, end: offset + i.Imm + width}
	if n := len(m.stores); n > 0 && (root != m.root || m.stores[n-1].end != s.offset) {
		m.flush()
	}
	m.root = root
	if n, ok := i.Args[1].IsConst(); ok && i.Op != ir.StorePtr {
		s.constant, s.bits = true, uint64(n)
		if bigEndian(i.Op) {
			s.bits = bits.ReverseBytes64(s.bits) >> (64 - 8*width)
		}
	} else if width <= 4 {
		s.load = m.smallLoad(i.Args[1])
	}
	m.stores = append(m.stores, s)
}

// smallLoad returns the source load that v is, or is the low half of, if its bytes can be loaded again in another order.
func (m *storeCombiner) smallLoad(v *ir.Value) *ir.Inst {
	def := v.Def
	if def != nil && def.Op == ir.Trunc64to32 {
		def = def.Args[0].Def
		if def == nil || def.Op != ir.Load64 {
			return nil
		}
	}
	if m.loads[def] && (def.Op == ir.Load8 || def.Op == ir.Load16 || def.Op == ir.Load32 || def.Op == ir.Load64) {
		return def
	}
	return nil
}

// flush ends the run and plans its words, from the lowest byte on.
func (m *storeCombiner) flush() {
	from := int64(math.MinInt64)
	for at := 0; at < len(m.stores); {
		from = max(from, m.stores[at].offset)
		if w, ok := m.wordAt(m.stores[at:], from); ok {
			m.plan(w, m.stores[at:])
			from = w.reach
		} else {
			from = m.stores[at].end
		}
		for at < len(m.stores) && m.stores[at].end <= from {
			at++
		}
	}
	m.root, m.stores = nil, m.stores[:0]
}

// wordAt returns the word that begins at an offset in the first of some stores, if there is one.
func (m *storeCombiner) wordAt(stores []wordStore, from int64) (w word, ok bool) {
	high := stores[len(stores)-1].end
	for _, width := range []int64{8, 4} {
		if from+width > high || !fitsDisplacement(from) {
			continue
		}
		w, constants := fillWord(stores, word{root: m.root, offset: from, width: width, reach: from})
		if constants && len(w.values) > 0 && w.reach-from > width/2 {
			return w, true
		}
	}
	return word{}, false
}

// fillWord puts as many of the stores into w as fit, and reports whether there are constants among them.
func fillWord(stores []wordStore, w word) (filled word, constants bool) {
	end := w.offset + w.width
	for _, s := range stores {
		switch {
		case s.offset >= end:
			return w, constants
		case s.constant:
			for at := max(s.offset, w.offset); at < min(s.end, end); at++ {
				w.constant |= s.bits >> (8 * (at - s.offset)) & 0xff << (8 * (at - w.offset))
			}
			w.reach, constants = min(s.end, end), true
		case s.load != nil && s.end <= end:
			w.values = append(w.values, s)
			w.reach = s.end
		default:
			return w, constants
		}
	}
	return w, constants
}

// plan has w made in the place of its last value, and the stores that it makes needless left out.
func (m *storeCombiner) plan(w word, stores []wordStore) {
	m.instead[w.values[len(w.values)-1].inst] = w
	for _, s := range stores {
		if s.end > w.reach {
			break
		}
		m.gone[s.inst] = true
	}
}

// emit puts out an instruction with a result of type t, or none if that is InvalidType.
func (m *storeCombiner) emit(op ir.Op, t ir.Type, imm int64, args ...*ir.Value) *ir.Inst {
	var results []ir.Type
	if t != ir.InvalidType {
		results = []ir.Type{t}
	}
	i := m.f.NewInst(op, results...)
	i.Imm, i.Args, i.Block = imm, args, m.current
	m.out = append(m.out, i)
	return i
}

// wordValues is how the bytes of a store get into a word, by the width of the store.
var wordValues = map[int64]struct {
	little, big          ir.Op
	loaded               ir.Type
	toFourBytes, toEight ir.Op
}{
	1: {ir.Load8, ir.Load8, ir.I8, ir.ZeroExt8to32, ir.ZeroExt8to64},
	2: {ir.Load16, ir.LoadBE16, ir.I16, ir.ZeroExt16to32, ir.ZeroExt16to64},
	4: {ir.Load32, ir.LoadBE32, ir.I32, 0, ir.ZeroExt32to64},
}

// store puts out a word.
func (m *storeCombiner) store(w word) {
	op, t := ir.Store64, ir.I64
	if w.width == 4 {
		op, t = ir.Store32, ir.I32
	}
	var sum *ir.Value
	for _, s := range w.values {
		row := wordValues[s.end-s.offset]
		load, widen := row.little, row.toEight
		if bigEndian(s.inst.Op) {
			load = row.big
		}
		if w.width == 4 {
			widen = row.toFourBytes
		}
		i := m.emit(load, row.loaded, s.load.Imm, s.load.Args[0])
		i.Source = true
		v := m.emit(widen, t, 0, i.Result()).Result()
		if shift := 8 * (s.offset - w.offset); shift > 0 {
			v = m.emit(ir.Shl, t, 0, v, m.constant(t, shift)).Result()
		}
		if sum != nil {
			v = m.emit(ir.Or, t, 0, sum, v).Result()
		}
		sum = v
	}
	if w.constant != 0 {
		sum = m.emit(ir.Or, t, 0, sum, m.constant(t, int64(w.constant))).Result()
	}
	m.emit(op, ir.InvalidType, w.offset, w.root, sum)
}

func (m *storeCombiner) constant(t ir.Type, n int64) *ir.Value {
	i := m.f.NewConst(t, n)
	i.Block = m.current
	m.out = append(m.out, i)
	return i.Result()
}
