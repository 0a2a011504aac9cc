package regalloc

import (
	"fmt"
	"strings"
	"testing"
)

// TestParallelMoves has a loop whose parameters are exchanged in every possible way, with and without a free register
// and an instruction to exchange two, and with fewer registers than parameters.
func TestParallelMoves(t *testing.T) {
	const params = 4
	for registers := 3; registers <= params+1; registers++ {
		for _, swap := range []bool{false, true} {
			for mapping := range params * params * params * params {
				f := &Function{}
				f.Reset(newTestTarget(registers, 1, swap))
				permuteInLoop(f, params, mapping)
				allocateChecked(t, f)
			}
		}
	}
}

// permuteInLoop builds a loop whose next parameters are chosen by the digits of mapping.
func permuteInLoop(f *Function, params, mapping int) {
	f.StartBlock(false)
	var initial, inside, next []VReg
	for range params {
		v := f.NewValue(0)
		f.Add(0, Def(v))
		initial = append(initial, v)
		inside = append(inside, f.NewValue(0))
	}
	f.Add(0)
	f.AddEdge(1, initial...)
	f.StartBlock(false, inside...)
	for _, v := range inside {
		f.Add(0, Use(v))
		next = append(next, inside[mapping%params])
		mapping /= params
	}
	f.Add(0, Use(inside[0]))
	f.AddEdge(2)
	f.AddEdge(3)
	f.StartBlock(false)
	f.Add(0)
	f.AddEdge(1, next...)
	f.StartBlock(false)
	f.Add(0)
}

// TestAllocatorIsReusable allocates a row of functions with one allocator and with new ones: same results, and no new
// memory once it has seen them.
func TestAllocatorIsReusable(t *testing.T) {
	var a Allocator
	for seed := range uint64(50) {
		f := generate(seeded(seed), 60)
		again, fresh := a.Allocate(f).Format(f), new(Allocator).Allocate(f).Format(f)
		if again != fresh {
			t.Fatalf("seed %d: got:\n%s\nfrom a new allocator:\n%s", seed, again, fresh)
		}
	}
	f := decoder(10)
	a.Allocate(f)
	if n := testing.AllocsPerRun(10, func() { a.Allocate(f) }); n != 0 {
		t.Errorf("%v allocations for a function seen before", n)
	}
}

// TestResetKeepsMemory builds a function again in the memory of the first.
func TestResetKeepsMemory(t *testing.T) {
	target := newTestTarget(6, 1, false)
	f := &Function{}
	build := func() {
		f.Reset(target)
		permuteInLoop(f, 2, 1)
	}
	build()
	text := f.String()
	build()
	if f.String() != text {
		t.Errorf("got:\n%s\nwant:\n%s", f, text)
	}
}

// TestImpossible expects a panic, which names the package, for what no allocation can satisfy.
func TestImpossible(t *testing.T) {
	for name, text := range map[string]string{
		"registers": `
			target 2 1
			block0:
				i0: v0
				i1: v1
				i2: v2
				i3: <- v0, v1, v2`,
		"an unreachable block": `
			target 2 1
			block0:
				i0:
			block1:
				i1:`,
		"a critical edge": `
			target 2 1
			block0:
				i0: v0, v1
				i1: <- v0
				-> block2(v0, v1)
				-> block1
			block1:
				i2:
				-> block2(v1, v0)
			block2(v2, v3):
				i3: <- v2, v3`,
	} {
		message := func() (message string) {
			defer func() { message = fmt.Sprint(recover()) }()
			new(Allocator).Allocate(parseFunction(t, text))
			return ""
		}()
		if !strings.HasPrefix(message, "BUG: regalloc") {
			t.Errorf("%s: got %q", name, message)
		}
	}
}

// FuzzAllocate makes a function from the input, one choice from each byte. The seeds are short, for the fuzzer tries long
// to shorten what it finds.
func FuzzAllocate(f *testing.F) {
	for seed := range uint64(8) {
		choice := seeded(seed)
		data := make([]byte, 30+10*seed)
		for n := range data {
			data[n] = byte(choice(256))
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		n := 0
		choice := func(limit int) int {
			if n == len(data) {
				return 0
			}
			n++
			return int(data[n-1]) % limit
		}
		allocateChecked(t, generate(choice, min(len(data)/4, 100)))
	})
}
