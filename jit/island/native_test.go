//go:build (linux || darwin) && (amd64 || arm64)

package island

import (
	"fmt"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"unsafe"

	"github.com/tagwire/tagwire/fuzz/effort"
	"github.com/tagwire/tagwire/fuzz/record"
	"github.com/tagwire/tagwire/ir"
	"github.com/tagwire/tagwire/ir/interp"
	"github.com/tagwire/tagwire/ir/irtest"
	"github.com/tagwire/tagwire/ir/pass"
	"github.com/tagwire/tagwire/jit/abi"
	"github.com/tagwire/tagwire/jit/compile"
)

// firstTestExit is the first of the exit codes that generated programs get here, one for each Exit instruction, so
// that the code says how many argument words the exit has.
const firstTestExit = 100

// testFrame is a Frame with the words that generated programs use behind it.
type testFrame struct {
	frame
	words [irtest.FrameWords]uint64
}

// numberExits gives each Exit of p a code of its own and returns the instructions by code.
func numberExits(p *irtest.Program) map[uintptr]*ir.Inst {
	byCode := map[uintptr]*ir.Inst{}
	code := int64(firstTestExit)
	for _, f := range p.Funcs {
		for _, b := range f.Blocks {
			for _, i := range b.Insts {
				if i.Op == ir.Exit {
					original := *i
					byCode[uintptr(code)] = &original
					i.Imm = code
					code++
				}
			}
		}
	}
	return byCode
}

// runNative compiles p and runs it in e, whose addresses it sets to the real ones.
func runNative(t testing.TB, p *irtest.Program, e *irtest.Environment, features compile.Features) *irtest.Result {
	t.Helper()
	source, target, scratch := e.Source, e.Target, e.Scratch
	exits := numberExits(p)
	functions := map[string]uint64{"object": e.ScratchAddress + irtest.ObjectOffset}
	unit, err := compileFunctions(p.Funcs, functions, features)
	if err != nil {
		t.Fatal(err)
	}
	defer unit.Segment.Free()
	s := newState()
	c := &call{}
	f := new(testFrame)
	s.prepare(&f.frame, &Program{entry: unit.Entries[0]}, c)
	copy(f.words[:], e.Frame)
	for n, a := range e.Arguments() {
		f.arguments[n] = uintptr(a)
	}
	f.levels, f.fuel = 1<<30, 1<<40
	for {
		f.exit = 0
		launch(&f.frame, &s.cells, s.chunk.base, nil, nil, nil, nil, nil)
		copy(e.Frame, f.words[:])
		if i := exits[f.exit]; i != nil {
			args := make([]uint64, len(i.Args))
			for n := range args {
				args[n] = uint64(f.arguments[n])
			}
			results, err := e.ServeExit(0, i.Imm, args, len(i.Results))
			if err != nil {
				f.exit = uintptr(abi.Fail)
				break
			}
			copy(f.words[:], e.Frame)
			for n := range f.arguments {
				f.arguments[n] = 0xBAD0BAD
			}
			for n, r := range results {
				f.arguments[n] = uintptr(r)
			}
			continue
		}
		if !s.serve(&f.frame, &Program{}, c) {
			break
		}
	}
	runtime.KeepAlive(s)
	runtime.KeepAlive([][]byte{source, target, scratch})
	result := &irtest.Result{Environment: e}
	switch abi.ExitCode(f.exit) {
	case abi.Done:
		for n := range p.Main().Results {
			result.Results = append(result.Results, uint64(f.arguments[n]))
		}
	case abi.Fail:
		result.Outcome = interp.Outcome{Failed: true}
	default:
		t.Fatalf("native code left with exit %d", f.exit)
	}
	return result
}

// realAddresses makes an environment whose memory has its real addresses: those that the environment has of its own, so that
// a program computes the same on each architecture, or others where the system maps none there.
func realAddresses(seed uint64) (e *irtest.Environment, fixed bool) {
	e = irtest.NewEnvironment(seed)
	fixed = true
	for _, piece := range []struct {
		data    *[]byte
		address *uint64
	}{{&e.Source, &e.SourceAddress}, {&e.Target, &e.TargetAddress}, {&e.Scratch, &e.ScratchAddress}} {
		if memory := memoryAt(*piece.address, len(*piece.data)); memory != nil {
			copy(memory, *piece.data)
			*piece.data = memory
		} else {
			fixed = false
		}
		*piece.address = uint64(uintptr(unsafe.Pointer(&(*piece.data)[0])))
	}
	return e, fixed
}

var mappings = map[uint64][]byte{}

// memoryAt maps memory at an address, once for the life of the process, if it is free.
func memoryAt(address uint64, size int) []byte {
	const room = 1 << 16 // whole pages of any system
	start := address &^ (room - 1)
	if mappings[start] == nil {
		got, _, _ := syscall.Syscall6(syscall.SYS_MMAP, uintptr(start), room, syscall.PROT_READ|syscall.PROT_WRITE,
			syscall.MAP_PRIVATE|syscall.MAP_ANON, ^uintptr(0), 0)
		if uint64(got) != start {
			return nil
		}
		mappings[start] = unsafe.Slice(*(**byte)(unsafe.Pointer(&got)), room)
	}
	from := int(address - start)
	return mappings[start][from : from+size : from+size]
}

// TestNativeAgainstInterpreter runs generated programs by package interp and natively, over memory at the same
// addresses one after the other, and compares all that a user can see.
func TestNativeAgainstInterpreter(t *testing.T) {
	if err := runs(); err != nil {
		t.Fatal(err)
	}
	failed, exits := 0, 0
	seeds := 200
	if *long {
		seeds = 5000
	}
	for seed := range uint64(seeds) {
		for _, r := range checkSeed(t, seed) {
			if r.Failed {
				failed++
			}
			exits += len(r.Environment.Trace)
		}
	}
	if failed == 0 || failed > seeds*3/2 || exits < seeds {
		t.Errorf("%d of %d runs failed, %d exits: the programs test too little", failed, 3*seeds, exits)
	}
}

// checkSeed compares one generated program.
func checkSeed(t testing.TB, seed uint64) []*irtest.Result {
	t.Helper()
	return checkProgram(t, seed, irtest.Generate(seed, nativeConfig))
}

// nativeConfig is for programs that run natively here.
var nativeConfig = irtest.Config{FrameOffset: abi.FrameBytes, NoSkips: true}

// checkProgram compares a program, in the environment of a seed, with and without what the processor offers beyond the baseline.
func checkProgram(t testing.TB, seed uint64, p *irtest.Program) (results []*irtest.Result) {
	t.Helper()
	for _, features := range nativeFeatures() {
		e, fixed := realAddresses(seed)
		saved := [][]byte{append([]byte{}, e.Source...), append([]byte{}, e.Target...), append([]byte{}, e.Scratch...)}
		frameWords := append([]uint64{}, e.Frame...)
		want, err := irtest.Interpret(p, e)
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		wanted := *e
		wanted.Target, wanted.Scratch = append([]byte{}, e.Target...), append([]byte{}, e.Scratch...)
		want.Environment = &wanted
		copy(e.Source, saved[0])
		copy(e.Target, saved[1])
		copy(e.Scratch, saved[2])
		fresh := *e
		fresh.Frame, fresh.Trace = frameWords, nil
		native, err := p.Clone()
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range native.Funcs {
			pass.SplitCriticalEdges(f)
		}
		got := runNative(t, native, &fresh, features)
		if difference := irtest.Differ(want, got); difference != "" {
			text := ""
			for _, f := range p.Funcs {
				text += fmt.Sprintln(f)
			}
			text = text[:min(len(text), 1<<16)]
			t.Fatalf("seed %d, features %v: interpreter and native differ: %s\n%s", seed, features, difference, text)
		}
		if fixed {
			outcome := fmt.Append(nil, got.Outcome, fresh.Trace, fresh.Frame)
			record.Output(t, "IR", fmt.Append(nil, p.Main().Name, seed), slices.Concat(outcome, fresh.Target, fresh.Scratch))
		}
		results = append(results, got)
	}
	return results
}

// TestLongFunctions: branches, failures, constants and jump tables across more than a megabyte of code, where the short forms of
// arm64 end.
func TestLongFunctions(t *testing.T) {
	if effort.RaceDetector {
		t.Skip("one goroutine compiles, which takes minutes under the race detector")
	}
	if err := runs(); err != nil {
		t.Fatal(err)
	}
	var filler strings.Builder
	for n := range 280_000 {
		fmt.Fprintf(&filler, "\tStore64 v4, v8, #%d\n", n%15*16) // no two beside each other, which would be one instruction
	}
	functions, err := ir.ParseAll(`func @long(v0:ptr, v1:ptr, v2:ptr, v3:ptr, v4:ptr, v5:i64) -> (ptr, i64) {
b0:
	v6:i64 = Const #0
	v7:i64 = Const #5
	Jump -> b1(v7)
b1(v8:i64):
	v9:ptr = Address @object
	StorePtr v4, v9, #16
	v10:i64 = Const #77
	FailIf.eq v8, v10
	v11:i64 = Const #1
	v12:i64 = And v8, v11
	Branch.ne v12, v6 -> b5, b3
b3:
	Branch.eq v8, v10 -> b10, b4
b4:
` + filler.String() + `	Jump -> b5
b5:
	v13:i64 = Sub v8, v11
	v14:i32 = Trunc64to32 v13
	Switch v14 -> b8, b6, b7, b2, b9
b6:
	v15:ptr = PtrAdd v2, #8
	Return v15, v13
b7:
	Branch.slt v8, v6 -> b6, b8
b2:
	Store64 v4, v8, #240
	Jump -> b1(v13)
b8:
	StoreBE64 v2, v8, #0
	Branch.ne v13, v6 -> b1(v13), b6
b9:
	Exit #3
	Jump -> b1(v13)
b10:
	Return v2, v8
}
`)
	if err != nil {
		t.Fatal(err)
	}
	p := &irtest.Program{Config: irtest.Config{FrameOffset: abi.FrameBytes}, Funcs: functions}
	for _, r := range checkProgram(t, 1, p) {
		if r.Failed || len(r.Environment.Trace) != 1 {
			t.Errorf("failed: %v, %d exits", r.Failed, len(r.Environment.Trace))
		}
	}
}

// TestLimitsNatively is TestNativeAgainstInterpreter for programs that are at the limits of what instructions can say.
func TestLimitsNatively(t *testing.T) {
	if err := runs(); err != nil {
		t.Fatal(err)
	}
	seeds, failed := effort.Of(300, 60), 0
	if *long {
		seeds = 10000
	}
	for seed := range uint64(seeds) {
		for _, r := range checkProgram(t, seed, irtest.GenerateLimits(seed, nativeConfig)) {
			if r.Failed {
				failed++
			}
		}
	}
	if failed == 0 || failed > seeds*len(nativeFeatures())/2 {
		t.Errorf("%d runs of %d programs failed: they test too little", failed, seeds)
	}
}

// TestWideFunctionsNatively: frames at and beyond the limits of displacements, in which an exit saves all; more of them than the
// native stack has at first; long switches.
func TestWideFunctionsNatively(t *testing.T) {
	if err := runs(); err != nil {
		t.Fatal(err)
	}
	done, sizes := 0, []int{20, 40, 60, 200, 540, 1100, 4094, 4095, 4096, 5000}
	if effort.RaceDetector {
		sizes = sizes[:6] // one goroutine compiles, which takes minutes for the others
	}
	for seed, values := range sizes {
		p := irtest.GenerateWide(uint64(seed), nativeConfig, values)
		for _, r := range checkProgram(t, uint64(seed), p) {
			if !r.Failed {
				done++
			}
		}
	}
	if done < len(sizes)/2 {
		t.Errorf("only %d runs did not fail", done)
	}
}

// FuzzNativeAgainstInterpreter goes on with seeds of its own.
func FuzzNativeAgainstInterpreter(f *testing.F) {
	if err := runs(); err != nil {
		f.Fatal(err)
	}
	f.Add(uint64(1 << 40))
	f.Fuzz(func(t *testing.T, seed uint64) {
		checkSeed(t, seed)
		checkProgram(t, seed, irtest.GenerateLimits(seed, nativeConfig))
	})
}
