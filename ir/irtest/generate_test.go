package irtest

import (
	"testing"

	"github.com/tagwire/tagwire/ir"
)

// TestGeneratorMakesEveryOp: generated programs make, and run, every op, so that each test with them meets each one; and most
// do not fail.
func TestGeneratorMakesEveryOp(t *testing.T) {
	const programs = 200
	var executed [ir.OpCount]int
	failures := 0
	for seed := range uint64(programs) {
		r, err := Interpret(Generate(seed, Config{}), NewEnvironment(seed))
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		for op, n := range r.Executed {
			executed[op] += n
		}
		if r.Failed {
			failures++
		}
	}
	for op := ir.InvalidOp + 1; op < ir.OpCount; op++ {
		if executed[op] == 0 {
			t.Errorf("%s is never run", op)
		}
	}
	if failures > programs/2 {
		t.Errorf("%d of %d programs fail", failures, programs)
	}
	if executed[ir.FailIf] == 0 || failures == 0 {
		t.Error("no program fails")
	}
}

func TestGeneratorObeysConfig(t *testing.T) {
	for seed := range uint64(50) {
		p := Generate(seed, Config{NoExits: true, NoCalls: true, NoSkips: true, FrameOffset: 64})
		if len(p.Funcs) != 1 {
			t.Fatal("a function to call")
		}
		if err := ir.Verify(p.Main()); err != nil {
			t.Fatal(err)
		}
		for _, b := range p.Main().Blocks {
			for _, i := range b.Insts {
				if i.Effects().Has(ir.MayExit) {
					t.Errorf("seed %d: %s", seed, i)
				}
				if i.Effects().Has(ir.ReadsFrame|ir.WritesFrame) && (i.Imm < 64 || i.Imm >= 64+8*FrameWords) {
					t.Errorf("seed %d: %s", seed, i)
				}
			}
		}
		if _, err := Interpret(p, NewEnvironment(0)); err != nil {
			t.Errorf("seed %d: %v", seed, err)
		}
	}
}

// TestLimitsAreSound: what is at the limits is still what the rules of IR allow, it ends, and most of it does not fail.
func TestLimitsAreSound(t *testing.T) {
	failures, programs := 0, 0
	for seed := range uint64(200) {
		c := Config{NoSkips: true, FrameOffset: 64}
		for _, p := range []*Program{GenerateLimits(seed, c), GenerateWide(seed, c, int(seed)+10)} {
			for _, f := range p.Funcs {
				if err := ir.Verify(f); err != nil {
					t.Fatalf("seed %d: %v", seed, err)
				}
			}
			r, err := Interpret(p, NewEnvironment(seed))
			if err != nil {
				t.Fatalf("seed %d: %v", seed, err)
			}
			programs++
			if r.Failed {
				failures++
			}
		}
	}
	if failures == 0 || failures > programs/3 {
		t.Errorf("%d of %d programs fail", failures, programs)
	}
}

func TestDifferSees(t *testing.T) {
	run := func() *Result {
		r, err := Interpret(Generate(3, Config{NoExits: true, NoCalls: true, NoSkips: true, Statements: 4}), NewEnvironment(1))
		if err != nil || r.Failed {
			t.Fatal(r, err)
		}
		return r
	}
	if d := Differ(run(), run()); d != "" {
		t.Errorf("equal runs differ: %s", d)
	}
	for name, spoil := range map[string]func(*Result){
		"result":  func(r *Result) { r.Results[1]++ },
		"failed":  func(r *Result) { r.Failed = true },
		"target":  func(r *Result) { r.Environment.Target[5]++ },
		"scratch": func(r *Result) { r.Environment.Scratch[5]++ },
		"frame":   func(r *Result) { r.Environment.Frame[1]++ },
		"exit":    func(r *Result) { r.Environment.Trace = append(r.Environment.Trace, Event{}) },
	} {
		r := run()
		spoil(r)
		if Differ(run(), r) == "" {
			t.Errorf("%s: not seen", name)
		}
	}
}
