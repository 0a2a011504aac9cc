package amd64

import (
	"math/rand/v2"
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

// TestVarintsSimulated runs every form in a simulator, which sees every access beside what the routine is given.
func TestVarintsSimulated(t *testing.T) {
	for _, v := range varintVariants() {
		lowertest.VarintsOf(v.op).Trials(90, func(r lowertest.VarintRun) {
			to := make([]byte, r.Room)
			s := simulator.Simulator{Memory: lowertest.Memory{lowertest.ReadWrite(lowertest.SimulatedTo, to), lowertest.ReadOnly(lowertest.SimulatedFrom, r.From)}}
			for n := range s.General {
				s.General[n] = 0xdead_beef_dead_beef
			}
			end := lowertest.SimulatedFrom + uint64(len(r.From))
			if !r.Decodes {
				end = lowertest.SimulatedTo + uint64(len(to))
			}
			s.General[bulkTo], s.General[bulkFrom], s.General[bulkCount], s.General[varintEnd] = lowertest.SimulatedTo, lowertest.SimulatedFrom, uint64(r.Count), end
			if left, err := s.Run(v.code); err != nil || left {
				t.Fatalf("%s of %d, %s: %v", v.name, r.Count, r.Name, err)
			}
			if err := r.Check(to, s.General[bulkTo]-lowertest.SimulatedTo, s.General[bulkFrom]-lowertest.SimulatedFrom); err != nil {
				t.Fatalf("%s: %v", v.name, err)
			}
		})
	}
}

// TestVarintsSeeStrayAccesses: with a byte less than a routine is told, it goes too far: all bytes count.
func TestVarintsSeeStrayAccesses(t *testing.T) {
	random := rand.New(rand.NewPCG(8, 0))
	for _, v := range varintVariants() {
		k := lowertest.VarintsOf(v.op)
		numbers := make([]int64, 100)
		for n := range numbers {
			numbers[n] = k.Number(random, "any")
		}
		r := k.Run(numbers)
		from, to, end := r.From, make([]byte, len(r.Want)), lowertest.SimulatedTo+uint64(len(r.Want)+ir.VarintRoom-1)
		if k.Decodes {
			from, end = r.From[:len(r.From)-ir.VarintRoom-1], lowertest.SimulatedFrom+uint64(len(r.From)-1)
		}
		for _, memory := range []lowertest.Memory{
			{lowertest.ReadWrite(lowertest.SimulatedTo, to[:len(to)-1]), lowertest.ReadOnly(lowertest.SimulatedFrom, append(from, make([]byte, 100)...))},
			{lowertest.ReadWrite(lowertest.SimulatedTo, append(to, make([]byte, 100)...)), lowertest.ReadOnly(lowertest.SimulatedFrom, from[:len(from)-1])},
		} {
			s := simulator.Simulator{Memory: memory}
			s.General[bulkTo], s.General[bulkFrom], s.General[bulkCount], s.General[varintEnd] = lowertest.SimulatedTo, lowertest.SimulatedFrom, 100, end
			if _, err := s.Run(v.code); err == nil {
				t.Fatalf("%s: nothing is seen", v.name)
			}
		}
	}
}

// TestVarintText keeps the code of each form for the eye, and has it assembled with the features it may use.
func TestVarintText(t *testing.T) {
	for _, v := range varintVariants() {
		if _, err := new(Assembler).Assemble(v.code, v.features); err != nil {
			t.Error(err)
		}
		if v.op == ir.DecodeZigZags64 || v.op == ir.EncodeZigZags64 {
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
