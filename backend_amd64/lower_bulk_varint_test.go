package amd64

import (
	"errors"
	"testing"

	. "github.com/tagwire/tagwire/backend_amd64/asm"
	"github.com/tagwire/tagwire/backend_amd64/simulator"
	"github.com/tagwire/tagwire/ir"
	"github.com/tagwire/tagwire/ir/lower/lowertest"
)

// varintFeatures are the sets that lead to different code for varints.
var varintFeatures = []struct {
	name     string
	features Features
}{
	{"baseline", 0},
	{"fast", needsFastVarints},
}

// varintVariants are all forms of the routines for lists of varints.
func varintVariants() (variants []bulkVariant) {
	for _, c := range varintFeatures {
		for _, op := range ir.BulkOps(func(b ir.Bulk) bool { return b.VarintBits > 0 }) {
			f := BulkRoutine(op, c.features, failRoutine)
			variants = append(variants, bulkVariant{f.Name + "_" + c.name, op, c.features, f})
		}
	}
	return variants
}

// simulatedVarints are the forms as code for the simulator.
func simulatedVarints() (routines []lowertest.VarintRoutine) {
	for _, v := range varintVariants() {
		routines = append(routines, lowertest.VarintRoutine{Name: v.name, Op: v.op,
			Simulate: func(memory lowertest.Memory, to, from uint64, count int, end uint64) (uint64, uint64, error) {
				s := simulator.Simulator{Memory: memory}
				for n := range s.General {
					s.General[n] = 0xdead_beef_dead_beef
				}
				s.General[bulkTo], s.General[bulkFrom], s.General[bulkCount], s.General[varintEnd] = to, from, uint64(count), end
				left, err := s.Run(v.code)
				if left {
					err = errors.New("it leaves")
				}
				return s.General[bulkTo], s.General[bulkFrom], err
			}})
	}
	return routines
}

// TestVarintsSimulated runs every form in a simulator, which sees every access beside what the routine is given.
func TestVarintsSimulated(t *testing.T) {
	for _, v := range simulatedVarints() {
		v.CheckSimulated(t)
		v.CheckStrayIsSeen(t)
	}
}

// TestVarintText keeps the code of each form for the eye, and has it assembled with the features it may use.
func TestVarintText(t *testing.T) {
	for _, v := range varintVariants() {
		if _, err := new(Assembler).Assemble(v.code, v.features); err != nil {
			t.Error(err)
		}
		switch v.op {
		case ir.DecodeZigZags64, ir.EncodeZigZags64, ir.DecodeVarints64, ir.EncodeVarints32to64:
			lowertest.CompareGolden(t, v.name+".txt", v.code)
		}
	}
	for _, missing := range []Features{HasFastPEXT, HasBMI2, HasBMI1, HasLZCNT, HasAVX2} {
		for _, op := range []ir.Op{ir.DecodeZigZags32, ir.EncodeZigZags32} {
			if got, want := BulkRoutine(op, AllFeatures&^missing, failRoutine), BulkRoutine(op, 0, failRoutine); got.String() != want.String() {
				t.Errorf("%s without %v is not that for all processors", got.Name, missing)
			}
		}
	}
}
