package arm64

import (
	"errors"
	"testing"

	"github.com/tagwire/tagwire/ir"
	"github.com/tagwire/tagwire/ir/lower/lowertest"
)

// varintRoutines are the routines for lists of varints.
func varintRoutines() (variants []bulkVariant) {
	for _, op := range ir.BulkOps(func(b ir.Bulk) bool { return b.VarintBits > 0 }) {
		variants = append(variants, bulkVariant{op, BulkRoutine(op, failRoutine)})
	}
	return variants
}

// simulatedVarints are the routines as code for the simulator.
func simulatedVarints() (routines []lowertest.VarintRoutine) {
	for _, v := range varintRoutines() {
		routines = append(routines, lowertest.VarintRoutine{Name: v.code.Name, Op: v.op,
			Simulate: func(memory lowertest.Memory, to, from uint64, count int, end uint64) (uint64, uint64, error) {
				s, left, err := simulate(&v, memory, to, from, uint64(count), end)
				if left {
					err = errors.New("it leaves")
				}
				return s.General[bulkTo], s.General[bulkFrom], err
			}})
	}
	return routines
}

// TestVarintsSimulated runs every routine in a simulator, which sees every access beside what the routine is given.
func TestVarintsSimulated(t *testing.T) {
	for _, v := range simulatedVarints() {
		v.CheckSimulated(t)
		v.CheckStrayIsSeen(t)
	}
}

// TestVarintText keeps the code for the eye.
func TestVarintText(t *testing.T) {
	for _, v := range varintRoutines() {
		lowertest.CompareGolden(t, v.code.Name+".txt", v.code)
	}
}
