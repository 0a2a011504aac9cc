package pass

import (
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
	t := constantCombiner{f: f}
	for _, b := range f.Blocks {
		t.block(b)
	}
}

type constantCombiner struct {
	f       *ir.Func
	current *ir.Block
	root    *ir.Value         // of the run; nil: no run
	first   int               // where the first store of a constant will stand in out
	old     map[*ir.Inst]bool // the stores of constants in the run
	bytes   map[int64]byteAt  // by distance from root, what the run writes
	out     []*ir.Inst
}

// byteAt is what becomes of a byte in a run.
type byteAt struct {
	constant bool // else some other store writes it, after all constants
	value    byte
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
	insts := b.Insts
	t.current, t.out = b, make([]*ir.Inst, 0, len(insts))
	t.root = nil
	for _, i := range insts {
		t.step(i)
		t.out = append(t.out, i)
	}
	t.flush()
	b.Insts = t.out
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
	n, constant := i.Args[1].IsConst()
	if !constant || i.Op == ir.StorePtr {
		if t.root != nil {
			t.variable(offset, width)
		}
		return
	}
	if t.root != nil && t.hitsVariable(offset, width) {
		t.flush()
	}
	if t.root == nil {
		t.root, t.first = root, len(t.out)
		t.old, t.bytes = map[*ir.Inst]bool{}, map[int64]byteAt{}
	}
	t.old[i] = true
	value := uint64(n)
	if bigEndian(i.Op) {
		value = bits.ReverseBytes64(value) >> (64 - 8*width)
	}
	for at := range width {
		t.bytes[offset+at] = byteAt{constant: true, value: byte(value >> (8 * at))}
	}
}

func bigEndian(op ir.Op) bool { return op == ir.StoreBE16 || op == ir.StoreBE32 || op == ir.StoreBE64 }

func (t *constantCombiner) variable(offset, width int64) {
	for at := range width {
		t.bytes[offset+at] = byteAt{}
	}
}

// hitsVariable reports whether a store would write over one that is not of a constant, and so must not move before it.
func (t *constantCombiner) hitsVariable(offset, width int64) bool {
	for at := range width {
		if b, ok := t.bytes[offset+at]; ok && !b.constant {
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
	windows := t.cover()
	if len(windows) < len(t.old) {
		t.rewrite(windows)
	}
	t.root = nil
}

// A window is one wide store.
type window struct{ offset, width int64 }

// cover chooses windows that write all constant bytes: from the lowest byte on, each time the window that reaches the
// most constant bytes, the narrowest of these.
func (t *constantCombiner) cover() []window {
	var low, high int64
	started := false
	for offset, b := range t.bytes {
		if !b.constant {
			continue
		}
		if !started {
			low, high, started = offset, offset, true
		}
		low, high = min(low, offset), max(high, offset)
	}
	if !started {
		return nil
	}
	var windows []window
	for next := low; next <= high; {
		if !t.bytes[next].constant {
			if next = t.nextConstant(next, high); next > high {
				break
			}
		}
		w := t.best(next)
		windows = append(windows, w)
		next = w.offset + w.width
	}
	return windows
}

// nextConstant returns the lowest offset of a constant byte above from, or one more than high. Runs reach far only where
// they write much, so to count is fine; a gap is jumped over.
func (t *constantCombiner) nextConstant(from, high int64) int64 {
	if high-from > int64(4*len(t.bytes)) {
		best := high + 1
		for offset, b := range t.bytes {
			if b.constant && offset > from && offset < best {
				best = offset
			}
		}
		return best
	}
	for from++; from <= high && !t.bytes[from].constant; from++ {
	}
	return from
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
		if _, ok := t.bytes[offset+at]; !ok {
			return false
		}
	}
	return true
}

// constants counts the constant bytes in [from, to).
func (t *constantCombiner) constants(from, to int64) int {
	n := 0
	for at := from; at < to; at++ {
		if t.bytes[at].constant {
			n++
		}
	}
	return n
}

// rewrite puts the windows in the place of the first store and removes the old ones.
func (t *constantCombiner) rewrite(windows []window) {
	rest := append([]*ir.Inst(nil), t.out[t.first:]...)
	t.out = t.out[:t.first]
	for _, w := range windows {
		t.store(w)
	}
	for _, i := range rest {
		if t.old[i] {
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
		n |= uint64(t.bytes[w.offset+at].value) << (8 * at)
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
	store.Args = []*ir.Value{t.root, constant.Result()}
	store.Imm = w.offset
	constant.Block, store.Block = t.current, t.current
	t.out = append(t.out, constant, store)
}
