package ir_test

import (
	"testing"

	"github.com/tagwire/tagwire/ir"
	"github.com/tagwire/tagwire/ir/irtest"
	"github.com/tagwire/tagwire/ir/pass"
)

// reaches reports whether some path leads from one block to another without passing a third one.
func reaches(from, to, without *ir.Block) bool {
	if from == without {
		return false
	}
	seen := map[*ir.Block]bool{from: true}
	work := []*ir.Block{from}
	for len(work) > 0 {
		b := work[len(work)-1]
		work = work[:len(work)-1]
		if b == to {
			return true
		}
		for _, e := range b.Edges() {
			if e.To != without && !seen[e.To] {
				seen[e.To] = true
				work = append(work, e.To)
			}
		}
	}
	return false
}

func TestDominatorsByDefinition(t *testing.T) {
	for seed := range uint64(40) {
		f := irtest.Generate(seed, irtest.Config{}).Main()
		d := f.Dominators()
		for _, b := range f.Blocks {
			for _, a := range f.Blocks {
				want := a == b || !reaches(f.Entry(), b, a)
				if got := d.Dominates(a, b); got != want {
					t.Fatalf("seed %d: %s dominates %s: %v\n%s", seed, a, b, got, f)
				}
				if d.Immediate(b) == a && !d.Dominates(a, b) {
					t.Fatalf("seed %d: %s is not a dominator of %s", seed, a, b)
				}
			}
			if (d.Immediate(b) == nil) != (b == f.Entry()) {
				t.Fatalf("seed %d: immediate dominator of %s is %v", seed, b, d.Immediate(b))
			}
		}
	}
}

func TestLoopDepths(t *testing.T) {
	f := parse(t, `func @f(v0:i64, v1:i64) {
b0:
	Jump -> b1
b1:
	Branch.eq v0, v1 -> b5, b2
b2:
	Branch.ne v0, v1 -> b2, b3
b3:
	Branch.ult v0, v1 -> b4, b1
b4:
	Branch.ult v1, v0 -> b1, b6
b5:
	Return
b6:
	Fail
}
`)
	depths := ir.LoopDepths(f, f.Dominators())
	for n, want := range []int32{0, 1, 2, 1, 1, 0, 0} {
		if depths[n] != want {
			t.Errorf("b%d: depth %d, want %d", n, depths[n], want)
		}
	}
}

// TestPlace: distances add up, however far they reach.
func TestPlace(t *testing.T) {
	f := parse(t, `func @f(v0:ptr) -> (ptr) {
b0:
	v1:ptr = PtrAdd v0, #8
	v2:ptr = PtrAdd v1, #2147483647
	Return v2
}
`)
	if root, distance := f.Entry().Insts[1].Result().Place(); root != f.Params()[0] || distance != 8+2147483647 {
		t.Errorf("v%d and %d", root.ID, distance)
	}
}

// TestClone: a copy reads the same and is in order, and neither what becomes of it nor of the original is seen in the other.
func TestClone(t *testing.T) {
	for seed := range uint64(15) {
		f := irtest.Generate(seed, irtest.Config{Statements: 40}).Main()
		text := f.String()
		clone := f.Clone()
		if err := ir.Verify(clone); err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		pass.FoldConstants(clone)
		pass.EliminateDeadCode(clone)
		pass.SplitCriticalEdges(clone)
		if got := f.String(); got != text {
			t.Fatalf("seed %d: the original has become\n%s", seed, got)
		}
		clone = f.Clone()
		f.Release()
		if got := clone.String(); got != text {
			t.Fatalf("seed %d: the copy is\n%s\nof\n%s", seed, got, text)
		}
		if clone.ValueIDs() == 0 || clone.NewBlock(ir.I64).ID != ir.BlockID(clone.BlockIDs()-1) {
			t.Errorf("seed %d: the copy gives away IDs that are taken", seed)
		}
	}
}
