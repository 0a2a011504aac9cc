package lowertest

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/tagwire/tagwire/ir"
)

// moves calls try with memory whose first count bytes are to be moved up by a distance, and with what it is then.
func moves(step int, try func(memory, want []byte, count, distance int) error) error {
	for count := 0; count <= MostBulk; count += 1 + (step-1)*count/MostBulk {
		for distance := 1; distance <= 16; distance++ {
			memory := make([]byte, count+distance)
			for at := range memory {
				memory[at] = byte(at*11 + count)
			}
			want := bytes.Clone(memory)
			copy(want[distance:], memory[:count])
			if err := try(memory, want, count, distance); err != nil {
				return fmt.Errorf("%d bytes by %d: %w", count, distance, err)
			}
		}
	}
	return nil
}

// CheckMovesSimulated runs a routine that does MoveUp on ranges that overlap.
func (r *Routine) CheckMovesSimulated(t *testing.T) {
	t.Helper()
	if r.Op != ir.MoveUp {
		return
	}
	err := moves(simulatedSteps, func(memory, want []byte, count, distance int) error {
		failed, err := r.Simulate(Memory{ReadWrite(SimulatedTo, memory)}, SimulatedTo+uint64(distance), SimulatedTo, count)
		if err == nil && (failed || !bytes.Equal(memory, want)) {
			err = fmt.Errorf("failed: %v\n got % x\nwant % x", failed, memory, want)
		}
		return err
	})
	if err != nil {
		t.Fatalf("%s: %v", r.Name, err)
	}
}
