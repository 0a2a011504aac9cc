package amd64

import (
	"bytes"
	"testing"

	. "github.com/tagwire/tagwire/backend_amd64/asm"
	"github.com/tagwire/tagwire/backend_amd64/simulator"
	"github.com/tagwire/tagwire/ir"
	"github.com/tagwire/tagwire/ir/lower/lowertest"
)

// templateFeatures are the sets that lead to different code.
var templateFeatures = append(bulkFeatures[:len(bulkFeatures):len(bulkFeatures)],
	struct {
		name     string
		features Features
	}{"movbe", HasMOVBE})

// lowerTemplate returns the code of an Arrange or Match on the arguments of a function, at distances from them.
func lowerTemplate(t *testing.T, features Features, f *ir.Func) *Function {
	t.Helper()
	out, err := (&Lowerer{Features: features, Settings: lowertest.SettingsOf(BulkOps)}).Lower(f)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := new(Assembler).Assemble(out, features); err != nil {
		t.Fatal(err)
	}
	return out
}

// TestArrangeInSimulator: what is written is what the template says, and neither a byte beside it is written nor one beside its
// source read, by the code for any processor.
func TestArrangeInSimulator(t *testing.T) {
	const toBase, fromBase = 1 << 32, 1 << 33
	widths := map[Width]int{}
	lowertest.ArrangeTrials(t, func(trial *lowertest.ArrangeTrial) {
		for _, c := range templateFeatures {
			target := make([]byte, len(trial.Want))
			s := &simulator.Simulator{Memory: lowertest.Memory{lowertest.ReadWrite(uint64(toBase+trial.ToOffset), target),
				lowertest.ReadOnly(uint64(fromBase+trial.FromOffset), trial.Source)}}
			s.General[machine.Convention.Arguments[0]], s.General[machine.Convention.Arguments[1]] = toBase, fromBase
			code := lowerTemplate(t, c.features, trial.Func)
			if _, err := s.Run(code); err != nil {
				t.Fatalf("%s: %v in\n%s\n%s", c.name, err, trial.Func, code)
			}
			if !bytes.Equal(target, trial.Want) {
				t.Fatalf("%s: got % x, want % x\n%s\n%s", c.name, target, trial.Want, trial.Func, code)
			}
			checkUpperHalves(t, &s.State)
			for _, v := range planArrange(trial.Layout, c.features) {
				widths[v.width]++
			}
		}
	})
	for w := W8; w <= W512; w++ {
		if widths[w] == 0 {
			t.Errorf("nothing is %v wide", w)
		}
	}
}

// checkUpperHalves checks that no register holds more than 128 bits.
func checkUpperHalves(t *testing.T, s *simulator.State) {
	t.Helper()
	for n := range s.Vector {
		if !bytes.Equal(s.Vector[n][16:], make([]byte, 48)) {
			t.Fatalf("register %d holds more than 128 bits", n)
		}
	}
}

// TestMatchInSimulator: a Match holds for the bytes that its template allows, and not if a bit that counts is another one; and
// it reads those bytes only.
func TestMatchInSimulator(t *testing.T) {
	const base = 1 << 32
	lowertest.MatchTrials(t, func(trial *lowertest.MatchTrial) {
		for _, c := range templateFeatures {
			code := lowerTemplate(t, c.features, trial.Func)
			for _, m := range trial.Cases {
				s := &simulator.Simulator{Memory: lowertest.Memory{lowertest.ReadOnly(uint64(base+trial.Offset), m.Bytes)}}
				s.General[machine.Convention.Arguments[0]] = base
				if _, err := s.Run(code); err != nil {
					t.Fatalf("%s: %v in\n%s\n%s", c.name, err, trial.Func, code)
				}
				checkUpperHalves(t, &s.State)
				if got := s.General[machine.Convention.Results[0]]; got > 1 || got == 1 != m.Match {
					t.Fatalf("%s: the result is %#x, want %v for % x\n%s\n%s", c.name, got, m.Match, m.Bytes, trial.Func, code)
				}
			}
		}
	})
}
