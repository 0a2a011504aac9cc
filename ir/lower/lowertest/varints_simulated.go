package lowertest

import (
	"math/rand/v2"
	"testing"

	"github.com/tagwire/tagwire/ir"
)

// A VarintRoutine is a routine for lists of varints.
type VarintRoutine struct {
	Name string
	Op   ir.Op
	// Simulate runs it in a simulator, with an end, and says where it has come to. The error is an access of something else
	// than memory, or another fault.
	Simulate func(memory Memory, to, from uint64, count int, end uint64) (toEnd, fromEnd uint64, err error)
	// Call runs it on the processor, with an end, and says how far it has come. The bytes are in mapped memory, which Go neither
	// moves nor frees.
	Call func(to, from []byte, count int, end uintptr) (written, consumed uint64)
}

// CheckSimulated runs a routine in a simulator, which sees every access beside what the routine is given.
func (v *VarintRoutine) CheckSimulated(t *testing.T) {
	t.Helper()
	VarintsOf(v.Op).Trials(90/simulatedSteps, func(r VarintRun) {
		to, end := make([]byte, r.Room), SimulatedFrom+uint64(len(r.From))
		if !r.Decodes {
			end = SimulatedTo + uint64(r.Room)
		}
		memory := Memory{ReadWrite(SimulatedTo, to), ReadOnly(SimulatedFrom, r.From)}
		toEnd, fromEnd, err := v.Simulate(memory, SimulatedTo, SimulatedFrom, r.Count, end)
		if err == nil {
			err = r.Check(to, toEnd-SimulatedTo, fromEnd-SimulatedFrom)
		}
		if err != nil {
			t.Fatalf("%s of %d, %s: %v", v.Name, r.Count, r.Name, err)
		}
	})
}

// CheckStrayIsSeen: with a byte less than a routine is told, it goes too far: all bytes count.
func (v *VarintRoutine) CheckStrayIsSeen(t *testing.T) {
	t.Helper()
	random, k := rand.New(rand.NewPCG(8, 0)), VarintsOf(v.Op)
	numbers := make([]int64, 100)
	for n := range numbers {
		numbers[n] = k.Number(random, "any")
	}
	r := k.Run(numbers)
	from, to, end := r.From, make([]byte, len(r.Want)), SimulatedTo+uint64(len(r.Want)+ir.VarintRoom-1)
	if k.Decodes {
		from, end = r.From[:len(r.From)-ir.VarintRoom-1], SimulatedFrom+uint64(len(r.From)-1)
	}
	for _, memory := range []Memory{
		{ReadWrite(SimulatedTo, to[:len(to)-1]), ReadOnly(SimulatedFrom, append(from, make([]byte, 100)...))},
		{ReadWrite(SimulatedTo, append(to, make([]byte, 100)...)), ReadOnly(SimulatedFrom, from[:len(from)-1])},
	} {
		if _, _, err := v.Simulate(memory, SimulatedTo, SimulatedFrom, len(numbers), end); err == nil {
			t.Fatalf("%s: nothing is seen", v.Name)
		}
	}
}
