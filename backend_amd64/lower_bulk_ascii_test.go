package amd64

import (
	"errors"
	"testing"

	. "github.com/tagwire/tagwire/backend_amd64/asm"
	"github.com/tagwire/tagwire/backend_amd64/simulator"
	"github.com/tagwire/tagwire/ir"
	"github.com/tagwire/tagwire/ir/lower/lowertest"
)

// asciiFeatures are the sets that lead to different code for the search.
var asciiFeatures = []struct {
	name     string
	features Features
}{
	{"baseline", 0},
	{"avx2", HasAVX | HasAVX2},
}

// asciiVariants are all forms of the search.
func asciiVariants() (variants []bulkVariant) {
	for _, c := range asciiFeatures {
		f := BulkRoutine(ir.SkipASCII, c.features, failRoutine)
		variants = append(variants, bulkVariant{f.Name + "_" + c.name, ir.SkipASCII, c.features, f})
	}
	return variants
}

// TestASCIISimulated runs every form in a simulator, which sees every access beside what the routine is given.
func TestASCIISimulated(t *testing.T) {
	for _, v := range asciiVariants() {
		r := lowertest.ASCIIRoutine{Name: v.name, Simulate: func(memory lowertest.Memory, at, end uint64) (uint64, error) {
			s := simulator.Simulator{Memory: memory}
			for n := range s.General {
				s.General[n] = 0xdead_beef_dead_beef
			}
			s.General[asciiAt], s.General[asciiEnd] = at, end
			left, err := s.Run(v.code)
			if left || err == nil && s.General[asciiEnd] != end {
				err = errors.New("it leaves, or the end has changed")
			}
			return s.General[asciiAt], err
		}}
		r.CheckSimulated(t)
		r.CheckStrayIsSeen(t)
	}
}

// TestASCIIText keeps the code of each form for the eye, and has it assembled with the features it may use.
func TestASCIIText(t *testing.T) {
	for _, v := range asciiVariants() {
		if _, err := new(Assembler).Assemble(v.code, v.features); err != nil {
			t.Error(err)
		}
		lowertest.CompareGolden(t, v.name+".txt", v.code)
	}
	if got, want := BulkRoutine(ir.SkipASCII, AllFeatures&^HasAVX2, failRoutine), asciiVariants()[0].code; got.String() != want.String() {
		t.Error("the search without AVX2 is not that for all processors")
	}
}

// TestASCIICopiesSimulated: a copy that looks for what is not ASCII finds it, wherever it is.
func TestASCIICopiesSimulated(t *testing.T) {
	ran := 0
	for _, v := range bulkVariants() {
		if v.op == ir.CopyASCII {
			ran++
			r := lowertest.ASCIICopy{Name: v.name, Simulate: func(memory lowertest.Memory, to, from uint64, count int) (uint64, error) {
				result, _, err := v.simulate(memory, to, from, count)
				return result, err
			}}
			r.CheckSimulated(t)
		}
	}
	if want := 2 * len(bulkFeatures); ran != want {
		t.Errorf("%d forms, not %d", ran, want)
	}
}
