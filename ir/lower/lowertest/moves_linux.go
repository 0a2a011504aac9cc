package lowertest

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/tagwire/tagwire/ir"
)

// CheckMovesOnTheProcessor runs routines that do MoveUp on ranges that overlap, beside inaccessible pages.
func CheckMovesOnTheProcessor(t *testing.T, routines []Routine) {
	t.Helper()
	arena := BetweenGuards(t, MostBulk+2*Line)
	ran := 0
	for n := range routines {
		r := &routines[n]
		if r.Op != ir.MoveUp {
			continue
		}
		ran++
		err := moves(1, func(memory, want []byte, count, distance int) error {
			for _, p := range []Position{{}, {AtEnd: true}, {Shift: count % Line}, {Shift: count % Line, AtEnd: true}} {
				p.Length = len(memory)
				begin := p.Begin(arena)
				copy(arena, canary)
				copy(arena[begin:], memory)
				whole := bytes.Clone(arena)
				copy(whole[begin:], want)
				if r.Call(arena[begin+distance:], arena[begin:], count) || !bytes.Equal(arena, whole) {
					return fmt.Errorf("at %+v:\n got % x\nwant % x", p, arena, whole)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatalf("%s: %v", r.Name, err)
		}
	}
	if ran == 0 {
		t.Error("nothing ran")
	}
}
