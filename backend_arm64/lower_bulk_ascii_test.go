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
