package arm64

import (
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

// TestVarintText keeps the code for the eye.
func TestVarintText(t *testing.T) {
	for _, v := range varintRoutines() {
		lowertest.CompareGolden(t, v.code.Name+".txt", v.code)
	}
}
