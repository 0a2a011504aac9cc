package pass_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tagwire/tagwire/fuzz/effort"
	"github.com/tagwire/tagwire/ir"
	"github.com/tagwire/tagwire/ir/irtest"
	"github.com/tagwire/tagwire/ir/pass"
)

// long asks for the long forms of tests; .ci/run long does.
var long = flag.Bool("long", false, "run the long forms of tests")

var update = flag.Bool("update", false, "rewrite the golden files")

// passes under the names of the folders of their golden files.
var passes = []struct {
	name string
	run  func(*ir.Func)
}{
	{"join_blocks", pass.JoinBlocks},
	{"fold", pass.FoldConstants},
	{"cse", pass.EliminateCommonSubexpressions},
	{"bounds", pass.MergeBoundsChecks},
	{"stores", pass.CombineStores},
	{"constant_stores", pass.CombineConstantStores},
	{"dead_code", pass.EliminateDeadCode},
	{"split_edges", pass.SplitCriticalEdges},
	{"layout", pass.LayoutBlocks},
}

// goldenMark stands between what a pass is given and what it makes of it.
const goldenMark = "---\n"

func TestPassGolden(t *testing.T) {
	for _, pass := range passes {
		files, err := filepath.Glob(filepath.Join("testdata", pass.name, "*.ir"))
		if err != nil || len(files) == 0 {
			t.Errorf("%s: no golden files (%v)", pass.name, err)
		}
		for _, file := range files {
			name := strings.TrimSuffix(filepath.Base(file), ".ir")
			t.Run(pass.name+"/"+name, func(t *testing.T) { checkGolden(t, file, pass.run) })
		}
	}
}

func checkGolden(t *testing.T, file string, pass func(*ir.Func)) {
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	input, want, marked := strings.Cut(string(text), goldenMark)
	if !marked && !*update {
		t.Fatalf("no line %q", goldenMark)
	}
	f := parse(t, input)
	pass(f)
	if err := ir.Verify(f); err != nil {
		t.Errorf("after the pass: %v", err)
	}
	got := f.String()
	if *update {
		if err := os.WriteFile(file, []byte(input+goldenMark+got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
	pass(f)
	if again := f.String(); again != got {
		t.Errorf("a second time:\n%s\nafter the first:\n%s", again, got)
	}
}

func parse(t *testing.T, text string) *ir.Func {
	t.Helper()
	f, err := ir.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	if err := ir.Verify(f); err != nil {
		t.Fatal(err)
	}
	return f
}

// checkMeaning runs a program before and after some passes, in some environments.
func checkMeaning(t *testing.T, seed uint64, config irtest.Config, run ...int) {
	t.Helper()
	program := irtest.Generate(seed, config)
	changed, err := program.Clone()
	if err != nil {
		t.Fatalf("seed %d: %v", seed, err)
	}
	for n, f := range program.Funcs {
		if err := ir.Verify(f); err != nil {
			t.Fatalf("seed %d: the generated function: %v\n%s", seed, err, f)
		}
		if f.String() != changed.Funcs[n].String() {
			t.Fatalf("seed %d: the text form changed", seed)
		}
	}
	for _, f := range changed.Funcs {
		for _, n := range run {
			passes[n].run(f)
			if err := ir.Verify(f); err != nil {
				t.Fatalf("seed %d, after %s: %v\n%s", seed, passes[n].name, err, f)
			}
		}
	}
	for environment := range uint64(3) {
		compare := func(source, target int) *irtest.Result {
			want, got := interpret(t, program, environment, source, target), interpret(t, changed, environment, source, target)
			if difference := irtest.Differ(want, got); difference != "" {
				t.Fatalf("seed %d, environment %d, %d and %d bytes, passes %v: %s\nbefore:\n%s\nafter:\n%s",
					seed, environment, source, target, run, difference, program.Main(), changed.Main())
			}
			return want
		}
		r := compare(irtest.SourceSize, irtest.TargetSize)
		if r.Failed {
			continue
		}
		// Checks of room matter where there is not too much of it.
		source, target := r.Used()
		for n := range 12 {
			compare(max(0, source+12-2*n), irtest.TargetSize)
			compare(irtest.SourceSize, max(0, target+12-2*n))
			compare(source*n/12, irtest.TargetSize)
			compare(irtest.SourceSize, target*n/12)
		}
	}
}

func interpret(t *testing.T, p *irtest.Program, environment uint64, source, target int) *irtest.Result {
	t.Helper()
	e := irtest.NewEnvironment(environment)
	e.Limit(source, target)
	r, err := irtest.Interpret(p, e)
	if err != nil {
		t.Fatalf("%v\n%s", err, p.Main())
	}
	return r
}

// allPasses, twice: what one leaves is found by the others.
var allPasses = []int{0, 1, 2, 3, 4, 5, 0, 1, 2, 3, 4, 5, 6, 7}

func TestPassesKeepMeaning(t *testing.T) {
	seeds := effort.Of(20, 8)
	if *long {
		seeds = 500
	}
	for seed := range uint64(seeds) {
		for n := range passes {
			checkMeaning(t, seed, irtest.Config{}, n)
		}
		checkMeaning(t, seed, irtest.Config{}, allPasses...)
		checkMeaning(t, seed, irtest.Config{NoExits: true, NoCalls: true, NoSkips: true}, allPasses...)
	}
}

func FuzzPasses(f *testing.F) {
	f.Add(uint64(1), uint64(0o76543210))
	f.Fuzz(func(t *testing.T, seed, order uint64) {
		var run []int
		for ; order != 0 && len(run) < 16; order >>= 3 {
			run = append(run, int(order&7))
		}
		checkMeaning(t, seed, irtest.Config{Statements: 10 + int(seed%60), NoExits: seed%3 == 0, NoCalls: seed%3 == 0, NoSkips: seed%3 == 0}, run...)
	})
}

// TestReleasedMemoryLeavesNoTrace: functions built and changed in memory that others have used come out the same.
func TestReleasedMemoryLeavesNoTrace(t *testing.T) {
	text := func(f *ir.Func) string {
		for _, n := range allPasses {
			passes[n].run(f)
		}
		if err := ir.Verify(f); err != nil {
			t.Fatal(err)
		}
		return f.String()
	}
	var want []string
	for round := range 4 {
		for seed := range uint64(25) {
			f := irtest.Generate(seed, irtest.Config{}).Main()
			got := text(f)
			if round == 0 {
				want = append(want, got) // in memory of its own, which no later function gets
				continue
			}
			if got != want[seed] {
				t.Fatalf("seed %d, round %d: got\n%s\nwant\n%s", seed, round, got, want[seed])
			}
			f.Release()
			if len(f.Blocks) != 0 || f.ValueIDs() != 0 {
				t.Fatal("a released function has something left")
			}
		}
	}
}
