//go:build linux && arm64

package arm64

import (
	"bytes"
	"testing"
	"unsafe"

	"github.com/tagwire/tagwire/backend_arm64/nativetest"
	"github.com/tagwire/tagwire/ir/lower/lowertest"
)

// TestArrangeOnTheProcessor: what is written is what the template says, and neither a byte beside it is written nor one beside
// its source read.
func TestArrangeOnTheProcessor(t *testing.T) {
	source, target := lowertest.BetweenGuards(t, 1<<14), lowertest.BetweenGuards(t, 1<<14)
	lowertest.ArrangeTrials(t, func(trial *lowertest.ArrangeTrial) {
		code := linkWords(t, trial.Func)
		for _, p := range [][2]lowertest.Position{{{}, {AtEnd: true}}, {{AtEnd: true}, {}}} {
			p[0].Length, p[1].Length = len(trial.Source), len(trial.Want)
			begin := p[1].Begin(target)
			for n := range target {
				target[n] = 0x5a
			}
			want := bytes.Clone(target)
			copy(want[begin:], trial.Want)
			copy(source[p[0].Begin(source):], trial.Source)
			arguments := [3]uint64{
				uint64(lowertest.AddressOf(target)) + uint64(begin) - uint64(trial.ToOffset),
				uint64(lowertest.AddressOf(source)) + uint64(p[0].Begin(source)) - uint64(trial.FromOffset),
			}
			nativetest.Call(code, unsafe.Pointer(&arguments))
			if !bytes.Equal(target, want) {
				t.Fatalf("got % x, want % x\n%s", target[begin:][:len(trial.Want)], trial.Want, trial.Func)
			}
		}
	})
}

// TestMatchOnTheProcessor: a Match holds for the bytes that its template allows, and not if a bit that counts is another one;
// and it reads those bytes only.
func TestMatchOnTheProcessor(t *testing.T) {
	source := lowertest.BetweenGuards(t, 1<<14)
	lowertest.MatchTrials(t, func(trial *lowertest.MatchTrial) {
		code := linkWords(t, trial.Func)
		for _, m := range trial.Cases {
			for _, p := range []lowertest.Position{{}, {AtEnd: true}} {
				p.Length = len(m.Bytes)
				copy(source[p.Begin(source):], m.Bytes)
				arguments := [3]uint64{uint64(lowertest.AddressOf(source)) + uint64(p.Begin(source)) - uint64(trial.Offset)}
				nativetest.Call(code, unsafe.Pointer(&arguments))
				if got := arguments[2]; got > 1 || got == 1 != m.Match {
					t.Fatalf("the result is %#x, want %v for % x\n%s", got, m.Match, m.Bytes, trial.Func)
				}
			}
		}
	})
}
