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
	s := scratchOf(f)
	s.stores.loads = ir.Resize(s.stores.loads, f.ValueIDs())
	m := storeCombiner{f: f, storeScratch: &s.stores, out: s.out}
	for _, b := range f.Blocks {
		m.block(b)
	}
	s.out = m.out
}

type storeCombiner struct {
	f *ir.Func
	*storeScratch
	root    *ir.Value // of the run; nil: no run
	epoch   int32     // how many exits, and blocks, there have been
	at      int       // the index in the block of the instruction that is looked at
	current *ir.Block
	out     []*ir.Inst // the new instructions of the block; the next block uses its memory again
}

type storeScratch struct {
	stores []wordStore // of the block, in order; those of the run are behind the first run
	run    int
	loads  []int32  // by value ID: the epoch of a source load, which would still find the same in this epoch
	gone   []bool   // by index in the block
	words  []placed // in the order of the block
}

// placed is a word that takes the place of the instruction at an index in the block.
type placed struct {
	word
	at int
}

// A wordStore is a store of a run.
type wordStore struct {
	inst        *ir.Inst
	at          int   // index in the block
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
	// first and end are the indexes of the stores that take part; those that are not constants are the values.
	first, end int
	lastValue  *wordStore
}

func (m *storeCombiner) block(b *ir.Block) {
	if !mayHaveWords(b) {
		return
	}
	m.epoch++
	m.gone, m.words = ir.Resize(m.gone, len(b.Insts)), m.words[:0]
	m.stores, m.run = m.stores[:0], 0
	for n, i := range b.Insts {
		m.at = n
		m.step(i)
	}
	m.flush()
	if len(m.words) == 0 {
		return
	}
	m.current, m.out = b, m.out[:0]
	next := 0
	for n, i := range b.Insts {
		if next < len(m.words) && m.words[next].at == n {
			m.store(&m.words[next].word)
			next++
		}
		if m.gone[n] {
			i.Block = nil
		} else {
			m.out = append(ir.Grow(m.out, 1), i)
		}
	}
	b.SetInsts(m.out)
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
			m.loads[i.Result().ID] = m.epoch
		}
		if i.Effects().Has(ir.MayExit) {
			m.epoch++
		}
		if !i.Source && i.Effects().Has(ir.ReadsMemory|ir.WritesMemory|ir.MayFail|ir.MayExit|ir.Terminator) {
			m.flush()
		}
		return
	}
	root, offset := i.Args[0].Place()
	s := wordStore{inst: i, at: m.at, offset: offset + i.Imm, end: offset + i.Imm + width}
	if n := len(m.stores); n > m.run && (root != m.root || m.stores[n-1].end != s.offset) {
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
	m.stores = append(ir.Grow(m.stores, 1), s)
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
	if def != nil && def.Source && m.loads[def.Result().ID] == m.epoch && (def.Op == ir.Load8 || def.Op == ir.Load16 || def.Op == ir.Load32 || def.Op == ir.Load64) {
		return def
	}
	return nil
}

// flush ends the run and plans its words, from the lowest byte on.
func (m *storeCombiner) flush() {
	from := int64(math.MinInt64)
	for at := m.run; at < len(m.stores); {
		from = max(from, m.stores[at].offset)
		if w, ok := m.wordAt(at, from); ok {
			m.plan(w)
			from = w.reach
		} else {
			from = m.stores[at].end
		}
		for at < len(m.stores) && m.stores[at].end <= from {
			at++
		}
	}
	m.root, m.run = nil, len(m.stores)
}

// wordAt returns the word that begins at an offset in a store, if there is one.
func (m *storeCombiner) wordAt(store int, from int64) (w word, ok bool) {
	high := m.stores[len(m.stores)-1].end
	for _, width := range []int64{8, 4} {
		if from+width > high || !fitsDisplacement(from) {
			continue
		}
		w, constants := m.fillWord(word{root: m.root, offset: from, width: width, reach: from, first: store, end: store})
		if constants && w.lastValue != nil && w.reach-from > width/2 {
			return w, true
		}
	}
	return word{}, false
}

// fillWord puts as many stores as fit into w, and reports whether there are constants among them.
func (m *storeCombiner) fillWord(w word) (filled word, constants bool) {
	end := w.offset + w.width
	for ; w.end < len(m.stores); w.end++ {
		s := &m.stores[w.end]
		switch {
		case s.offset >= end:
			return w, constants
		case s.constant:
			for at := max(s.offset, w.offset); at < min(s.end, end); at++ {
				w.constant |= s.bits >> (8 * (at - s.offset)) & 0xff << (8 * (at - w.offset))
			}
			w.reach, constants = min(s.end, end), true
		case s.load != nil && s.end <= end:
			w.lastValue = s
			w.reach = s.end
		default:
			return w, constants
		}
	}
	return w, constants
}

// plan has w made in the place of its last value, and the stores that it makes needless left out.
func (m *storeCombiner) plan(w word) {
	m.words = append(ir.Grow(m.words, 1), placed{w, w.lastValue.at})
	for _, s := range m.stores[w.first:] {
		if s.end > w.reach {
			break
		}
		m.gone[s.at] = true
	}
}

// emit puts out an instruction with a result of type t, or none if that is InvalidType.
func (m *storeCombiner) emit(op ir.Op, t ir.Type, imm int64, args ...*ir.Value) *ir.Inst {
	var i *ir.Inst
	if t == ir.InvalidType {
		i = m.f.NewInst(op)
	} else {
		i = m.f.NewInst(op, t)
	}
	i.Imm, i.Args, i.Block = imm, m.f.NewList(len(args)), m.current
	copy(i.Args, args)
	m.out = append(m.out, i)
	return i
}

// wordValues is how the bytes of a store get into a word, by the width of the store.
var wordValues = [...]struct {
	little, big          ir.Op
	loaded               ir.Type
	toFourBytes, toEight ir.Op
}{
	1: {ir.Load8, ir.Load8, ir.I8, ir.ZeroExt8to32, ir.ZeroExt8to64},
	2: {ir.Load16, ir.LoadBE16, ir.I16, ir.ZeroExt16to32, ir.ZeroExt16to64},
	4: {ir.Load32, ir.LoadBE32, ir.I32, 0, ir.ZeroExt32to64},
}

// store puts out a word.
func (m *storeCombiner) store(w *word) {
	op, t := ir.Store64, ir.I64
	if w.width == 4 {
		op, t = ir.Store32, ir.I32
	}
	var sum *ir.Value
	for n := w.first; n < w.end; n++ {
		s := &m.stores[n]
		if s.constant {
			continue
		}
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
