package pass

import (
	"math/bits"

	"github.com/tagwire/tagwire/ir"
)

// EliminateCommonSubexpressions removes instructions that repeat what one that dominates them has done: computations, loads between which
// nothing was written, and checks that have already been passed. Between two loads
//   - a source load is hurt only by what may exit to Go,
//   - any other load by every write to memory,
//   - a load from the Frame by every write to the Frame.
//
// Across blocks loads are followed only from a block to one that it alone leads to. After it no two equal constants are
// left where one dominates the other; allocators remake constants where they are used rather than keep them.
func EliminateCommonSubexpressions(f *ir.Func) {
	s := scratchOf(f)
	s.ends = ir.Resize(s.ends, f.BlockIDs())
	m := &eliminator{known: &s.known, now: f.NewSubstitution(), ends: s.ends, predecessors: f.Predecessors()}
	m.known.reset(f.ValueIDs())
	s.visits = walkTree(f, s.visits, m.block, func() int { return len(m.known.entries) }, m.known.shrink)
	m.now.Apply(f)
}

// An expression is what makes two instructions equal.
type expression struct {
	op      ir.Op
	cond    ir.Cond
	typ     ir.Type // of the result, which operands may leave open
	source  bool
	imm     int64
	symbol  string        // or the template
	args    [4]ir.ValueID // plus 1; 0 for none
	version int           // of what it reads
}

// hash differs for most expressions. The symbol is left out: few have one.
func (e *expression) hash() uint32 {
	h := uint64(e.op) | uint64(e.cond)<<16 | uint64(e.typ)<<24
	mix := func(word uint64) { h = (h ^ word) * 0x9e3779b97f4a7c15 }
	mix(uint64(e.imm))
	mix(uint64(uint32(e.args[0])) | uint64(uint32(e.args[1]))<<32)
	mix(uint64(uint32(e.args[2])) | uint64(uint32(e.args[3]))<<32)
	mix(uint64(e.version))
	return uint32(h >> 32)
}

// A knownTable finds what has been computed by its expression. Entries leave it in the opposite of the order in which they
// came, so it is a stack whose entries of one hash are chained.
type knownTable struct {
	heads   []int32 // by hash: the index of the newest entry, plus 1; 0: none
	entries []knownEntry
}

type knownEntry struct {
	expression
	result *ir.Value // nil: a check that was passed
	slot   uint32    // the index in heads
	before int32     // the next older entry of the slot, as in heads
}

// reset empties the table and makes it large enough for some number of entries.
func (k *knownTable) reset(size int) {
	k.heads = ir.Resize(k.heads, 1<<bits.Len(uint(size)))
	k.entries = k.entries[:0]
}

// find returns the entry of e, or nil, and the slot in which it is or belongs.
func (k *knownTable) find(e *expression) (entry *knownEntry, slot uint32) {
	slot = e.hash() & uint32(len(k.heads)-1)
	for n := k.heads[slot]; n > 0; n = k.entries[n-1].before {
		if k.entries[n-1].expression == *e {
			return &k.entries[n-1], slot
		}
	}
	return nil, slot
}

func (k *knownTable) push(e *expression, slot uint32, result *ir.Value) {
	k.entries = append(ir.Grow(k.entries, 1), knownEntry{*e, result, slot, k.heads[slot]})
	k.heads[slot] = int32(len(k.entries))
}

// shrink removes the newest entries, down to a number of them.
func (k *knownTable) shrink(length int) {
	for n := len(k.entries) - 1; n >= length; n-- {
		k.heads[k.entries[n].slot] = k.entries[n].before
	}
	k.entries = k.entries[:length]
}

// epochs number the states of what can be read: an equal number means that nothing was written in between.
type epochs struct{ memory, source, frame int }

type eliminator struct {
	known        *knownTable
	now          ir.Substitution
	predecessors [][]*ir.Block
	ends         []epochs // at the end of each block seen, by block ID
	epochs       epochs
	last         int // the last epoch given away
}

func (m *eliminator) newEpoch() int {
	m.last++
	return m.last
}

func (m *eliminator) block(b *ir.Block) {
	if p := m.predecessors[b.ID]; len(p) == 1 {
		m.epochs = m.ends[p[0].ID] // the only way here, so p dominates b and has been seen
	} else {
		m.epochs = epochs{m.newEpoch(), m.newEpoch(), m.newEpoch()}
	}
	b.RemoveInsts(m.redundant)
	m.ends[b.ID] = m.epochs
}

// redundant notes what i does, and reports whether that has been done before.
func (m *eliminator) redundant(i *ir.Inst) bool {
	m.now.ApplyTo(i)
	effects := i.Effects()
	m.advance(effects)
	check := effects == ir.MayFail && len(i.Results) == 0
	if !check && (!effects.Removable() || len(i.Results) != 1) {
		return false
	}
	e := m.expression(i)
	before, slot := m.known.find(&e)
	if before == nil {
		var result *ir.Value
		if !check {
			result = i.Result()
		}
		m.known.push(&e, slot, result)
		return false
	}
	if !check {
		m.now[i.Result().ID] = before.result
	}
	return true
}

// advance starts new epochs for what an instruction may write.
func (m *eliminator) advance(effects ir.Effects) {
	if effects.Has(ir.MayExit) {
		m.epochs = epochs{m.newEpoch(), m.newEpoch(), m.newEpoch()}
		return
	}
	if effects.Has(ir.WritesMemory) {
		m.epochs.memory = m.newEpoch()
	}
	if effects.Has(ir.WritesFrame) {
		m.epochs.frame = m.newEpoch()
	}
}

func (m *eliminator) expression(i *ir.Inst) expression {
	e := expression{op: i.Op, cond: i.Cond, imm: i.Imm, symbol: i.Symbol, source: i.Source}
	if i.Template != "" { // no op has both
		e.symbol = i.Template
	}
	if len(i.Results) == 1 {
		e.typ = i.Results[0].Type
	}
	for n, a := range i.Args {
		e.args[n] = a.ID + 1
	}
	info := i.Op.Info()
	if info.Commutes && e.args[0] > e.args[1] {
		e.args[0], e.args[1] = e.args[1], e.args[0]
	}
	if info.Cond && e.args[0] > e.args[1] {
		e.args[0], e.args[1] = e.args[1], e.args[0]
		e.cond = e.cond.Mirror()
	}
	switch {
	case i.Source:
		e.version = m.epochs.source
	case info.Effects.Has(ir.ReadsMemory):
		e.version = m.epochs.memory
	case info.Effects.Has(ir.ReadsFrame):
		e.version = m.epochs.frame
	}
	return e
}
