package pass

import (
	"math"
	"math/bits"

	"github.com/tagwire/tagwire/ir"
)

// CombineConstantStores makes few wide stores out of many narrow ones of constants, such as the headers of fields and the fields
// with known values between them. It looks at runs of stores into one object: stores to constant distances from one
// pointer, between which stand only instructions that see no difference (pure ones, source loads, the Frame). In a run
//   - the stores of constants move up to the first of them, so that all other stores of the run come after them;
//   - a wide store may then also write bytes that a later store of the run writes, with whatever value: nothing looks
//     at them before that store is made, since no instruction of the run reads, fails or exits;
//   - wide stores may overlap each other, bytes they share being equal;
//   - nothing is written that the run would not have written, so room that was checked is enough.
//
// A run is changed only if it has fewer stores then.
func CombineConstantStores(f *ir.Func) {
	s := scratchOf(f)
	t := constantCombiner{f: f, bytes: &s.bytes, out: s.out}
	for _, b := range f.Blocks {
		t.block(b)
	}
	s.out = t.out
}

type constantCombiner struct {
	f       *ir.Func
	current *ir.Block
	root    *ir.Value  // of the run; nil: no run
	first   int        // where the first store of a constant will stand in out
	old     int        // stores of constants in the run
	bytes   *byteTable // by distance from root, what the run writes
	windows []window
	changed bool       // the block
	out     []*ir.Inst // the new instructions of the block; the next block uses its memory again
	rest    []*ir.Inst
}

// storeWidth returns how many bytes i writes at Args[0] + Imm, or 0 if it is not a store.
func storeWidth(op ir.Op) int64 {
	switch op {
	case ir.Store8:
		return 1
	case ir.Store16, ir.StoreBE16:
		return 2
	case ir.Store32, ir.StoreBE32:
		return 4
	case ir.Store64, ir.StoreBE64, ir.StorePtr:
		return 8
	}
	return 0
}

func (t *constantCombiner) block(b *ir.Block) {
	t.current, t.out, t.changed = b, t.out[:0], false
	t.root = nil
	for _, i := range b.Insts {
		t.step(i)
		t.out = append(ir.Grow(t.out, 1), i)
	}
	t.flush()
	if t.changed {
		b.SetInsts(t.out)
	}
}

// isConstantStore reports whether i stores a constant, and which.
func isConstantStore(i *ir.Inst) (n int64, ok bool) {
	if storeWidth(i.Op) == 0 || i.Op == ir.StorePtr {
		return 0, false
	}
	return i.Args[1].IsConst()
}

// step takes i into the run, or ends the run, before i is put out.
func (t *constantCombiner) step(i *ir.Inst) {
	width := storeWidth(i.Op)
	if width == 0 {
		if !i.Source && i.Effects().Has(ir.ReadsMemory|ir.WritesMemory|ir.MayFail|ir.MayExit|ir.Terminator) {
			t.flush()
		}
		return
	}
	root, offset := i.Args[0].Place()
	offset += i.Imm
	if root != t.root {
		t.flush()
	}
	n, constant := isConstantStore(i)
	if !constant {
		if t.root != nil {
			for at := range width {
				t.bytes.set(offset+at, false, 0)
			}
		}
		return
	}
	if t.root != nil && t.hitsVariable(offset, width) {
		t.flush()
	}
	if t.root == nil {
		t.root, t.first, t.old = root, len(t.out), 0
		t.bytes.reset()
	}
	t.old++
	value := uint64(n)
	if bigEndian(i.Op) {
		value = bits.ReverseBytes64(value) >> (64 - 8*width)
	}
	for at := range width {
		t.bytes.set(offset+at, true, byte(value>>(8*at)))
	}
}

func bigEndian(op ir.Op) bool { return op == ir.StoreBE16 || op == ir.StoreBE32 || op == ir.StoreBE64 }

// hitsVariable reports whether a store would write over one that is not of a constant, and so must not move before it.
func (t *constantCombiner) hitsVariable(offset, width int64) bool {
	for at := range width {
		if written, constant, _ := t.bytes.at(offset + at); written && !constant {
			return true
		}
	}
	return false
}

// flush ends the run and rewrites it if that helps.
func (t *constantCombiner) flush() {
	if t.root == nil {
		return
	}
	if t.old > 1 { // one alone gets no fewer
		t.cover()
		if len(t.windows) < t.old {
			t.rewrite()
		}
	}
	t.root = nil
}

// A window is one wide store.
type window struct{ offset, width int64 }

// cover chooses windows that write all constant bytes: from the lowest byte on, each time the window that reaches the
// most constant bytes, the narrowest of these.
func (t *constantCombiner) cover() {
	t.windows = t.windows[:0]
	t.bytes.sort()
	for next, ok := t.bytes.nextConstant(math.MinInt64); ok; {
		w := t.best(next)
		t.windows = append(ir.Grow(t.windows, 1), w)
		next, ok = t.bytes.nextConstant(w.offset + w.width)
	}
}

// best returns the best window that writes the byte at next.
func (t *constantCombiner) best(next int64) window {
	choice, most := window{next, 1}, 1
	for _, width := range []int64{2, 4, 8} {
		for offset := next; offset > next-width; offset-- {
			if !t.written(offset, width) {
				continue
			}
			if reached := t.constants(next, offset+width); reached > most {
				choice, most = window{offset, width}, reached
			}
		}
	}
	return choice
}

// written reports whether the run writes all bytes of a window.
func (t *constantCombiner) written(offset, width int64) bool {
	if !fitsDisplacement(offset) {
		return false
	}
	for at := range width {
		if written, _, _ := t.bytes.at(offset + at); !written {
			return false
		}
	}
	return true
}

// constants counts the constant bytes in [from, to).
func (t *constantCombiner) constants(from, to int64) int {
	n := 0
	for at := from; at < to; at++ {
		if _, constant, _ := t.bytes.at(at); constant {
			n++
		}
	}
	return n
}

// rewrite puts the windows in the place of the first store and removes the old ones.
func (t *constantCombiner) rewrite() {
	t.changed = true
	t.rest = append(t.rest[:0], t.out[t.first:]...)
	t.out = t.out[:t.first]
	for _, w := range t.windows {
		t.store(w)
	}
	for _, i := range t.rest {
		if _, old := isConstantStore(i); old {
			i.Block = nil
		} else {
			t.out = append(t.out, i)
		}
	}
}

// store puts out one window.
func (t *constantCombiner) store(w window) {
	var n uint64
	for at := range w.width {
		_, _, value := t.bytes.at(w.offset + at)
		n |= uint64(value) << (8 * at)
	}
	op, typ := ir.Store8, ir.I8
	switch w.width {
	case 2:
		op, typ = ir.Store16, ir.I16
	case 4:
		op, typ = ir.Store32, ir.I32
	case 8:
		op, typ = ir.Store64, ir.I64
	}
	constant := t.f.NewConst(typ, int64(n))
	store := t.f.NewInst(op)
	store.Args = t.f.NewList(2)
	store.Args[0], store.Args[1] = t.root, constant.Result()
	store.Imm = w.offset
	constant.Block, store.Block = t.current, t.current
	t.out = append(t.out, constant, store)
}
