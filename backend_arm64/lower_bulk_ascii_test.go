package arm64

import (
	"errors"
	"testing"

	"github.com/tagwire/tagwire/ir"
	"github.com/tagwire/tagwire/ir/lower/lowertest"
)

// asciiRoutine is the search.
func asciiRoutine() bulkVariant {
	return bulkVariant{ir.SkipASCII, BulkRoutine(ir.SkipASCII, failRoutine)}
}

// TestASCIISimulated runs the search in a simulator, which sees every access beside what the routine is given.
func TestASCIISimulated(t *testing.T) {
	v := asciiRoutine()
	r := lowertest.ASCIIRoutine{Name: v.code.Name, Simulate: func(memory lowertest.Memory, at, end uint64) (uint64, error) {
		s, left, err := simulate(&v, memory, at, end)
		if left {
			err = errors.New("it leaves")
		}
		return s.General[asciiAt], err
	}}
	r.CheckSimulated(t)
	r.CheckStrayIsSeen(t)
}

// TestASCIIText keeps the code for the eye.
func TestASCIIText(t *testing.T) { lowertest.CompareGolden(t, "ascii.txt", asciiRoutine().code) }

// TestASCIICopiesSimulated: a copy that looks for what is not ASCII finds it, wherever it is.
func TestASCIICopiesSimulated(t *testing.T) {
	ran := 0
	for _, v := range bulkVariants() {
		if v.op == ir.CopyASCII {
			ran++
			r := lowertest.ASCIICopy{Name: v.code.Name, Simulate: func(memory lowertest.Memory, to, from uint64, count int) (uint64, error) {
				s, _, err := simulate(&v, memory, to, from, uint64(count))
				return s.General[bulkTo], err
			}}
			r.CheckSimulated(t)
		}
	}
	if ran != 2 {
		t.Errorf("%d forms", ran)
	}
}
