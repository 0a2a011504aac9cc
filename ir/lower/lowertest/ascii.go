package lowertest

import (
	"bytes"
	"fmt"
	"testing"
)

// An ASCIIRoutine searches for a byte that is not ASCII.
type ASCIIRoutine struct {
	Name string
	// Simulate runs it in a simulator, and says where it has come to. The error is an access of something else than memory, or
	// another fault.
	Simulate func(memory Memory, at, end uint64) (stop uint64, err error)
	// Call runs it on the processor, and says how far it has come. The bytes are in mapped memory, which Go neither moves nor frees.
	Call func(text []byte) (ascii uint64)
}

// asciiTexts calls try with texts of each length, all of it ASCII, and with another byte in each place, which others follow in
// some.
func asciiTexts(step int, try func(text []byte, want int) error) error {
	for length := 0; length <= MostBulk; length += 1 + (step-1)*length/MostBulk {
		text := make([]byte, length)
		for at := range text {
			text[at] = byte(at*7+length) & 0x7f
		}
		for at := length; at >= 0; at-- {
			if at < length {
				text[at] = 0x80 | byte(at+length)
			}
			if err := try(text, at); err != nil {
				return fmt.Errorf("%d bytes, of which %d are ASCII: %w", length, at, err)
			}
			if at < length && (at+length)%3 > 0 { // else another one is behind the next
				text[at] &= 0x7f
			}
		}
	}
	return nil
}

// CheckSimulated runs the routine in a simulator, which sees every access beside the text.
func (r *ASCIIRoutine) CheckSimulated(t *testing.T) {
	t.Helper()
	err := asciiTexts(simulatedSteps, func(text []byte, want int) error {
		stop, err := r.Simulate(Memory{ReadOnly(SimulatedFrom, text)}, SimulatedFrom, SimulatedFrom+uint64(len(text)))
		if err == nil && stop != SimulatedFrom+uint64(want) {
			err = fmt.Errorf("it stops at %d", int64(stop-SimulatedFrom))
		}
		return err
	})
	if err != nil {
		t.Fatalf("%s: %v", r.Name, err)
	}
	if stop, err := r.Simulate(nil, 0, 0); stop != 0 || err != nil {
		t.Errorf("%s of nothing at nil: %#x, %v", r.Name, stop, err)
	}
}

// An ASCIICopy copies a text, and its result is 0 if there is nothing but ASCII.
type ASCIICopy struct {
	Name string
	// Simulate and Call are as those of Routine.
	Simulate func(memory Memory, to, from uint64, count int) (result uint64, err error)
	Call     func(to, from []byte) (result uint64)
}

// verdict says what is wrong with what a copy has made of a text that is ASCII up to a place.
func (r *ASCIICopy) verdict(copied, text []byte, ascii int, result uint64) error {
	if other := ascii < len(text); !bytes.Equal(copied, text) || (result != 0) != other {
		return fmt.Errorf("%s: %x is copied as %x with the result %#x", r.Name, text, copied, result)
	}
	return nil
}

// CheckSimulated runs the copy in a simulator.
func (r *ASCIICopy) CheckSimulated(t *testing.T) {
	t.Helper()
	err := asciiTexts(simulatedSteps, func(text []byte, ascii int) error {
		to := make([]byte, len(text))
		result, err := r.Simulate(Memory{ReadWrite(SimulatedTo, to), ReadOnly(SimulatedFrom, text)}, SimulatedTo, SimulatedFrom, len(text))
		if err != nil {
			return err
		}
		return r.verdict(to, text, ascii, result)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// CheckStrayIsSeen: a byte less than the routine is told is one too few.
func (r *ASCIIRoutine) CheckStrayIsSeen(t *testing.T) {
	t.Helper()
	for length := 1; length <= MostBulk; length++ {
		text := make([]byte, length-1)
		for _, base := range []uint64{SimulatedFrom, SimulatedFrom + 1} {
			if _, err := r.Simulate(Memory{ReadOnly(base, text)}, SimulatedFrom, SimulatedFrom+uint64(length)); err == nil {
				t.Fatalf("%s of %d: nothing is seen", r.Name, length)
			}
		}
	}
}
