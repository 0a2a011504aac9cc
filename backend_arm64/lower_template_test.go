package arm64

import (
	"bytes"
	"testing"

	. "github.com/tagwire/tagwire/backend_arm64/asm"
	"github.com/tagwire/tagwire/backend_arm64/simulator"
	"github.com/tagwire/tagwire/ir"
	"github.com/tagwire/tagwire/ir/lower/lowertest"
)

// lowerTemplate returns the code of an Arrange or Match on the arguments of a function, at distances from them.
func lowerTemplate(t *testing.T, f *ir.Func) *Function {
	t.Helper()
	out, err := (&Lowerer{Settings: lowertest.SettingsOf(BulkOps)}).Lower(f)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := new(Assembler).Assemble(out); err != nil {
		t.Fatal(err)
	}
	return out
}

// simulateTemplate runs the code of a template, of which what is in registers must not matter, and returns the first result.
func simulateTemplate(t *testing.T, f *ir.Func, memory lowertest.Memory, arguments ...uint64) uint64 {
	t.Helper()
	s := &simulator.Simulator{Memory: memory}
	for n := range s.Vector {
		copy(s.Vector[n][:], bytes.Repeat([]byte{0xa5 + byte(n)}, 16))
	}
	for n, a := range arguments {
		s.General[machine.Convention.Arguments[n]] = a
	}
	code := lowerTemplate(t, f)
	if _, err := s.Run(code); err != nil {
		t.Fatalf("%v in\n%s\n%s", err, f, code)
	}
	return s.General[machine.Convention.Results[0]]
}

// TestArrangeInSimulator: what is written is what the template says, and neither a byte beside it is written nor one beside its
// source read; and all forms of code occur.
func TestArrangeInSimulator(t *testing.T) {
	const toBase, fromBase = 1 << 32, 1 << 33
	words, whole, parts, looked := 0, 0, 0, map[int64]int{}
	lowertest.ArrangeTrials(t, func(trial *lowertest.ArrangeTrial) {
		target := make([]byte, len(trial.Want))
		simulateTemplate(t, trial.Func, lowertest.Memory{lowertest.ReadWrite(uint64(toBase+trial.ToOffset), target),
			lowertest.ReadOnly(uint64(fromBase+trial.FromOffset), trial.Source)}, toBase, fromBase)
		if !bytes.Equal(target, trial.Want) {
			t.Fatalf("got % x, want % x\n%s", target, trial.Want, trial.Func)
		}
		steps, source := planArrange(trial.Layout)
		for _, v := range steps {
			switch {
			case v.word.Size > 0:
				words++
				continue
			case v.size < vectorBytes:
				parts++
			case v.whole(source):
				whole++
			}
			looked[v.count]++
		}
	})
	for n := range int64(mostLooked + 1) {
		if looked[n] == 0 {
			t.Errorf("nothing is looked up in %d vectors", n)
		}
	}
	if words == 0 || whole == 0 || parts == 0 {
		t.Errorf("%d words, %d whole vectors, %d parts of one", words, whole, parts)
	}
}

// TestMatchInSimulator: a Match holds for the bytes that its template allows, and not if a bit that counts is another one; and
// it reads those bytes only.
func TestMatchInSimulator(t *testing.T) {
	const base = 1 << 32
	lowertest.MatchTrials(t, func(trial *lowertest.MatchTrial) {
		for _, m := range trial.Cases {
			memory := lowertest.Memory{lowertest.ReadOnly(uint64(base+trial.Offset), m.Bytes)}
			if got := simulateTemplate(t, trial.Func, memory, base); got > 1 || got == 1 != m.Match {
				t.Fatalf("the result is %#x, want %v for % x\n%s", got, m.Match, m.Bytes, trial.Func)
			}
		}
	})
}
