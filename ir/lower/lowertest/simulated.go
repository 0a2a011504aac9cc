package lowertest

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"
	"testing"

	"github.com/tagwire/tagwire/fuzz/effort"
	"github.com/tagwire/tagwire/ir"
)

// A Routine does a bulk op that copies.
type Routine struct {
	Name string
	Op   ir.Op
	// Simulate runs it in a simulator. The error is an access of something else than memory, or another fault.
	Simulate func(memory Memory, to, from uint64, count int) (failed bool, err error)
	// Call runs it on the processor. The bytes are in mapped memory, which Go neither moves nor frees.
	Call func(to, from []byte, count int) (failed bool)
}

// SimulatedTo and SimulatedFrom are where simulated routines find their elements. They may access nothing else.
const SimulatedTo, SimulatedFrom = 1 << 40, 1 << 41

// simulatedSteps is by how much counts grow in the end where routines are simulated. A simulator in an emulator or under the race
// detector is slow, and every host runs all counts without them.
var simulatedSteps = effort.Of(1, 10)

// simulate runs a routine on elements at addresses. It fails the test if that touches anything but them.
func (r *Routine) simulate(t *testing.T, toBase, fromBase uint64, from []byte, count int) (to []byte, failed bool) {
	t.Helper()
	size, _ := bulkSizes(r.Op)
	to = make([]byte, size*count)
	failed, err := r.Simulate(Memory{ReadWrite(toBase, to), ReadOnly(fromBase, from)}, toBase, fromBase, count)
	if err != nil {
		t.Fatalf("%s of %d: %v", r.Name, count, err)
	}
	return to, failed
}

// CheckSimulated runs a routine on every count. Of alignments a simulator knows nothing, and of pages what
// CheckTouchesNoOtherPage is about.
func (r *Routine) CheckSimulated(t *testing.T) {
	t.Helper()
	random := rand.New(rand.NewPCG(1, uint64(r.Op)))
	for count := 0; count <= MostBulk; count += 1 + (simulatedSteps-1)*count/MostBulk {
		for range 1 + 40/(count+1) { // of few elements, one list says little
			from := bulkSource(r.Op, count, random)
			got, failed := r.simulate(t, SimulatedTo, SimulatedFrom, from, count)
			if want := plainBulk(r.Op, from); failed || !bytes.Equal(got, want) {
				t.Fatalf("%s of %d: failed: %v\n got % x\nwant % x", r.Name, count, failed, got, want)
			}
		}
	}
}

// CheckTouchesNoOtherPage: a routine touches no page in which it has nothing to copy, not even one with bytes that a mask
// leaves out; and where there is nothing to copy, none at all.
func (r *Routine) CheckTouchesNoOtherPage(t *testing.T) {
	t.Helper()
	random := rand.New(rand.NewPCG(4, uint64(r.Op)))
	toSize, fromSize := bulkSizes(r.Op)
	for count := range Line + 9 { // vectors are no longer
		from := bulkSource(r.Op, count, random)
		want := plainBulk(r.Op, from)
		toPlaces, fromPlaces := placesInPage(count*toSize), placesInPage(count*fromSize)
		check := func(toPlace, fromPlace uint64) {
			got, failed := r.simulate(t, SimulatedTo+toPlace, SimulatedFrom+fromPlace, from, count)
			if failed || !bytes.Equal(got, want) {
				t.Fatalf("%s of %d from %d to %d in a page: failed: %v", r.Name, count, fromPlace, toPlace, failed)
			}
		}
		for n := range toPlaces { // each side alone, both, and both by other reasons
			check(toPlaces[n], 0)
			check(0, fromPlaces[n])
			check(toPlaces[n], fromPlaces[n])
			check(toPlaces[n], fromPlaces[(n+1+count%(len(fromPlaces)-1))%len(fromPlaces)])
		}
	}
	if _, failed := r.simulate(t, 0, 0, nil, 0); failed {
		t.Errorf("%s fails for nothing from nil to nil", r.Name)
	}
}

// PageBytes is the size of the smallest pages of memory.
const PageBytes = 4 << 10

// placesInPage are where in a page something of a size may begin: at its begin, and around the last places from which it,
// and from which a vector, ends in the same page.
func placesInPage(size int) (places []uint64) {
	for _, place := range []int{0, PageBytes - size - 1, PageBytes - size, PageBytes - size + 1,
		PageBytes - Line - 1, PageBytes - Line, PageBytes - Line + 1, PageBytes - 1} {
		places = append(places, uint64(place%PageBytes))
	}
	return places
}

// CheckRefusesSimulated: each element that is too large for a routine that narrows is found, wherever it is.
func (r *Routine) CheckRefusesSimulated(t *testing.T) {
	t.Helper()
	random := rand.New(rand.NewPCG(1, 2))
	for count := 1; count <= 40; count++ {
		for bad := range count {
			from := bulkSource(r.Op, count, random)
			binary.LittleEndian.PutUint64(from[8*bad:], uint64(TooLarge[(bad+count)%len(TooLarge)]))
			if _, failed := r.simulate(t, SimulatedTo, SimulatedFrom, from, count); !failed {
				t.Fatalf("%s takes element %d of %d", r.Name, bad, count)
			}
		}
	}
}

// CheckStrayIsSeen: a byte less than a routine is told is one too few.
func (r *Routine) CheckStrayIsSeen(t *testing.T) {
	t.Helper()
	toSize, fromSize := bulkSizes(r.Op)
	for count := 1; count <= 70; count++ {
		from, to := make([]byte, fromSize*count), make([]byte, toSize*count)
		for _, memory := range []Memory{
			{ReadWrite(SimulatedTo, to), ReadOnly(SimulatedFrom, from[1:])},
			{ReadWrite(SimulatedTo, to), ReadOnly(SimulatedFrom+1, from[1:])},
			{ReadWrite(SimulatedTo, to[1:]), ReadOnly(SimulatedFrom, from)},
			{ReadWrite(SimulatedTo+1, to[1:]), ReadOnly(SimulatedFrom, from)},
			{ReadOnly(SimulatedTo, to), ReadOnly(SimulatedFrom, from)},
		} {
			if _, err := r.Simulate(memory, SimulatedTo, SimulatedFrom, count); err == nil {
				t.Fatalf("%s of %d: nothing is seen", r.Name, count)
			}
		}
	}
}
