package pass_test

import (
	"testing"

	"github.com/tagwire/tagwire/ir"
	"github.com/tagwire/tagwire/ir/irtest"
	"github.com/tagwire/tagwire/ir/pass"
)

func TestNoCriticalEdgesAfterSplitting(t *testing.T) {
	for seed := range uint64(40) {
		f := irtest.Generate(seed, irtest.Config{}).Main()
		pass.SplitCriticalEdges(f)
		predecessors := f.Predecessors()
		for _, b := range f.Blocks {
			for _, e := range b.Edges() {
				if len(b.Edges()) > 1 && (len(e.To.Params) > 0 || len(predecessors[e.To.ID]) > 1) {
					t.Errorf("seed %d: the edge from %s to %s", seed, b, e.To)
				}
			}
		}
	}
}

func TestLayoutIsAnOrderOfTheSameBlocks(t *testing.T) {
	for seed := range uint64(40) {
		f := irtest.Generate(seed, irtest.Config{}).Main()
		before := map[*ir.Block]bool{}
		for _, b := range f.Blocks {
			before[b] = true
		}
		entry := f.Entry()
		pass.LayoutBlocks(f)
		if f.Entry() != entry || len(f.Blocks) != len(before) {
			t.Fatalf("seed %d: the entry or a block is gone", seed)
		}
		cold := false
		for _, b := range f.Blocks {
			if !before[b] {
				t.Errorf("seed %d: %s is new", seed, b)
			}
			fails := b.Terminator().Op == ir.Fail && b != entry
			if cold = cold || fails; cold && b.Terminator().Op == ir.Return {
				t.Errorf("seed %d: %s returns behind a failing block\n%s", seed, b, f)
			}
		}
	}
}
