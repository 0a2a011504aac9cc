package lowertest

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"testing"
)

// run runs the routine; the end is that of the bytes of varints.
func (v *VarintRoutine) run(r *VarintRun, to, from []byte) error {
	varints := to
	if r.Decodes {
		varints = from
	}
	written, consumed := v.Call(to, from, r.Count, AddressOf(varints)+uintptr(len(varints)))
	if err := r.Check(to, written, consumed); err != nil {
		return fmt.Errorf("%s: %w", v.Name, err)
	}
	return nil
}

// CheckVarintsOnTheProcessor runs routines between inaccessible pages, with the source and the target at the beginning, at the
// end, and at all alignments.
func CheckVarintsOnTheProcessor(t *testing.T, routines []VarintRoutine) {
	t.Helper()
	source, target, untouched := BetweenGuards(t, 1<<14), BetweenGuards(t, 1<<14), bytes.Repeat([]byte{0x5a}, 1<<14)
	for _, v := range routines {
		shift := 0
		VarintsOf(v.Op).Trials(300, func(r VarintRun) {
			shift++
			for _, p := range [][2]Position{
				{{Shift: shift % Line}, {Shift: shift % (Line - 1)}},
				{{Shift: shift % Line, AtEnd: true}, {Shift: shift % (Line - 1), AtEnd: true}},
				{{}, {AtEnd: true}}, {{AtEnd: true}, {}},
			} {
				p[0].Length, p[1].Length = len(r.From), r.Room
				from, begin := source[p[0].Begin(source):][:len(r.From)], p[1].Begin(target)
				copy(from, r.From)
				first, end := max(0, begin-Line), min(len(target), begin+r.Room+Line)
				copy(target[first:end], untouched)
				to := target[begin:][:r.Room]
				clear(to)
				if err := v.run(&r, to, from); err != nil {
					t.Fatal(err)
				}
				if !bytes.Equal(target[first:begin], untouched[:begin-first]) ||
					!bytes.Equal(target[begin+r.Room:end], untouched[begin+r.Room-first:end-first]) || !bytes.Equal(from, r.From) {
					t.Fatalf("%s, %s, of %d: writes beside its target", v.Name, r.Name, r.Count)
				}
			}
		})
	}
	if len(routines) == 0 {
		t.Error("nothing ran")
	}
}

// BenchmarkVarints is of lists of numbers whose lengths are at random, and of such with one length.
func BenchmarkVarints(b *testing.B, routines []VarintRoutine) {
	const count = 20_000
	source, target := BetweenGuards(b, 1<<18), BetweenGuards(b, 1<<18)
	for _, v := range routines {
		k := VarintsOf(v.Op)
		for _, lengths := range VarintLengths {
			random := rand.New(rand.NewPCG(9, 0))
			numbers := make([]int64, count)
			for n := range numbers {
				numbers[n] = k.Number(random, lengths)
			}
			r := k.Run(numbers)
			from, to := source[:copy(source, r.From)], target[:r.Room]
			b.Run(fmt.Sprintf("%s/%s", v.Name, lengths), func(b *testing.B) {
				for b.Loop() {
					if err := v.run(&r, to, from); err != nil {
						b.Fatal(err)
					}
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/count, "ns/element")
			})
		}
	}
}
