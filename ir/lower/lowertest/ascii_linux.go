package lowertest

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

// CheckASCIIOnTheProcessor runs routines between inaccessible pages, with texts at the beginning, at the end, and at other places.
func CheckASCIIOnTheProcessor(t *testing.T, routines []ASCIIRoutine) {
	t.Helper()
	memory := BetweenGuards(t, MostBulk+Line)
	for _, r := range routines {
		shift := 0
		err := asciiTexts(1, func(text []byte, want int) error {
			shift++
			for _, p := range []Position{{}, {AtEnd: true}, {Shift: shift % Line}, {Shift: shift % Line, AtEnd: true}} {
				p.Length = len(text)
				begin := p.Begin(memory)
				for n := range memory { // what is around is not ASCII
					memory[n] = 0xff
				}
				copy(memory[begin:], text)
				if got := r.Call(memory[begin:][:len(text)]); got != uint64(want) {
					return fmt.Errorf("it stops at %d at %+v", int64(got), p)
				}
				if !bytes.Equal(memory[begin:][:len(text)], text) {
					return fmt.Errorf("it writes")
				}
			}
			return nil
		})
		if err != nil {
			t.Fatalf("%s: %v", r.Name, err)
		}
	}
	if len(routines) == 0 {
		t.Error("nothing ran")
	}
}

// CheckASCIICopiesOnTheProcessor runs copies between inaccessible pages.
func CheckASCIICopiesOnTheProcessor(t *testing.T, copies []ASCIICopy) {
	t.Helper()
	source, target := BetweenGuards(t, MostBulk+Line), BetweenGuards(t, MostBulk+Line)
	for _, r := range copies {
		shift := 0
		err := asciiTexts(1, func(text []byte, ascii int) error {
			shift++
			for _, p := range []Position{{}, {AtEnd: true}, {Shift: shift % Line}, {Shift: shift % Line, AtEnd: true}} {
				p.Length = len(text)
				for n := range source { // what is around is not ASCII
					source[n] = 0xff
				}
				clear(target)
				from, to := source[p.Begin(source):][:len(text)], target[p.Begin(target):][:len(text)]
				copy(from, text)
				result := r.Call(to, from)
				if err := r.verdict(to, text, ascii, result); err != nil {
					return err
				}
				clear(to)
				if slices.ContainsFunc(target, func(b byte) bool { return b != 0 }) {
					return fmt.Errorf("%s writes beside the target", r.Name)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if len(copies) == 0 {
		t.Error("nothing ran")
	}
}

// BenchmarkASCII is of ASCII of one length, and of lengths that no branch predictor learns.
func BenchmarkASCII(b *testing.B, routines []ASCIIRoutine) {
	memory := BetweenGuards(b, 1<<17)
	for _, r := range routines {
		for _, length := range []int{3, 8, 20, 40, 100, 350, 8192} {
			b.Run(fmt.Sprintf("%s/%d", r.Name, length), func(b *testing.B) {
				for b.Loop() {
					r.Call(memory[:length])
				}
			})
		}
		for _, most := range []int{20, 63} {
			b.Run(fmt.Sprintf("%s/to-%d", r.Name, most), func(b *testing.B) {
				lengths, random := make([]int, 1<<16), rand.New(rand.NewPCG(5, 0))
				for n := range lengths {
					lengths[n] = random.IntN(most + 1)
				}
				for n := 0; b.Loop(); n++ {
					r.Call(memory[:lengths[n%len(lengths)]])
				}
			})
		}
	}
}
