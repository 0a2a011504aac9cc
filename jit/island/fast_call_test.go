//go:build (linux || darwin) && (amd64 || arm64)

package island

import (
	"os"
	"reflect"
	"regexp"
	"runtime"
	"strconv"
	"sync"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"
	"github.com/tagwire/tagwire/jit/abi"
)

// fastCallProgram returns a program that is tried without a state. Its code is a body: it takes its arguments and returns its
// result in registers.
func fastCallProgram(write func(a *assembler)) *Program {
	p := assemble(func(a *assembler) {
		a.function("body")
		write(a)
	})
	p.fastCall = p.entry
	return p
}

// argumentRegisters are those of the first arguments among the registers of these tests; the first is that of the result,
// too.
func argumentRegisters(t testing.TB) (value, cursor, end register) {
	t.Helper()
	registers := map[string][]abi.Register{"amd64": first3(abi.AMD64Arguments()), "arm64": first3(abi.ARM64Arguments())}[runtime.GOARCH]
	var found [3]register
	for n, wanted := range registers {
		at := -1
		for r := r0; r <= r7; r++ {
			if int(numbers[r]) == int(wanted) {
				at = int(r)
			}
		}
		require.GreaterOrEqual(t, at, 0)
		found[n] = register(at)
	}
	return found[0], found[1], found[2]
}

func first3(all [6]abi.Register) []abi.Register { return all[:3] }

func TestFastCallCallsABody(t *testing.T) {
	value, cursor, end := argumentRegisters(t)
	p := fastCallProgram(func(a *assembler) {
		a.subtract(end, cursor) // the length
		a.load(cursor, value, 8)
		a.add(end, cursor)
		a.load(cursor, frameRegister, abi.FrameLevels)
		a.add(end, cursor)
		a.move(value, end)
		a.endFunction()
	})
	input := make([]byte, 10)
	before := Calls()
	exit, result := fastCall(p.fastCall, unsafe.Pointer(&link{number: 100}), unsafe.Pointer(&input[0]), 10, 1000, nil)
	require.Equal(t, abi.Done, exit)
	require.Equal(t, uintptr(1110), result)
	require.Equal(t, before+1, Calls())
}

func TestFastCallRefuses(t *testing.T) {
	p := fastCallProgram(func(a *assembler) { a.exit(abi.Fail) })
	before := Calls()
	for range 1000 {
		_, _, ok := p.Process(unsafe.Pointer(new(int)), make([]byte, 10), limits(5, 0))
		require.False(t, ok)
		_, ok = p.Size(unsafe.Pointer(new(int)), limits(5, 0))
		require.False(t, ok)
	}
	require.Equal(t, before, Calls())
}

func TestFastCallLeavesTheRestToAState(t *testing.T) {
	value, _, _ := argumentRegisters(t)
	for _, code := range []abi.ExitCode{abi.Yield, abi.GrowStack} {
		p := fastCallProgram(func(a *assembler) { a.exit(code) })
		p.entry = assemble(func(a *assembler) {
			a.immediate(value, 77)
			a.done(value)
		}).entry
		n, ok := p.Size(unsafe.Pointer(new(int)), limits(5, 0))
		require.True(t, ok, code)
		require.Equal(t, 77, n)
	}
}

func TestFastCallIsNotTriedOnWhatIsLong(t *testing.T) {
	p := fastCallProgram(func(a *assembler) { a.exit(abi.Fail) })
	p.entry = sumProgram().entry
	sum := 0
	n, ok := decodeInto(p, &sum, make([]byte, fastCallBytes+8))
	require.True(t, ok)
	require.Equal(t, fastCallBytes+8, n)
	_, ok = decodeInto(p, &sum, make([]byte, fastCallBytes))
	require.False(t, ok)
}

// TestFastCallStackIsWhatItSays fills the whole native stack of fastCall, down to where it has to ask for more: 2 KiB by pushes of 8
// or, on arm64, 16 bytes.
func TestFastCallStackIsWhatItSays(t *testing.T) {
	value, _, end := argumentRegisters(t)
	p := fastCallProgram(func(a *assembler) {
		a.move(end, value)
		a.immediate(value, 0)
		a.label("again")
		a.load(scratch, frameRegister, abi.FrameStackLow)
		a.branchIfStackAbove(scratch, "room")
		a.store(frameRegister, abi.Argument(0), value)
		a.exit(abi.GrowStack) // its slack is there as well
		a.label("room")
		a.push(end)
		a.addImmediate(value, 1)
		a.store(end, 0, value)
		a.jump("again")
	})
	var group sync.WaitGroup
	for range 16 {
		group.Add(1)
		go func() {
			defer group.Done()
			pushed := new(int)
			for range 1000 {
				exit, _ := fastCall(p.fastCall, unsafe.Pointer(pushed), nil, 0, 5, nil)
				if exit != abi.GrowStack || *pushed < 120 || *pushed > 260 {
					t.Errorf("exit %d after %d words", exit, *pushed)
					return
				}
			}
		}()
	}
	group.Wait()
}

// TestFastCallGrowsTheGoroutineStack calls fastCall at every depth of a young stack.
func TestFastCallGrowsTheGoroutineStack(t *testing.T) {
	value, _, _ := argumentRegisters(t)
	p := fastCallProgram(func(a *assembler) {
		a.load(value, value, 0)
		a.endFunction()
	})
	done := make(chan uintptr)
	go func() { done <- deeper(p, 2000) }()
	require.Equal(t, uintptr(2000*2001/2), <-done)
}

//go:noinline
func deeper(p *Program, depth int) uintptr {
	if depth == 0 {
		return 0
	}
	number := new(int)
	*number = depth
	_, result := fastCall(p.fastCall, unsafe.Pointer(number), nil, 0, 5, nil)
	return result + deeper(p, depth-1)
}

// TestFastCallKnowsTheConstants compares the numbers in the assembly with what they stand for.
func TestFastCallKnowsTheConstants(t *testing.T) {
	for file, at := range map[string]int{"fast_call_amd64.s": 0, "fast_call_arm64.s": 16} {
		source, err := os.ReadFile(file)
		require.NoError(t, err)
		constant := func(pattern string) int {
			t.Helper()
			match := regexp.MustCompile(`(?m)^\t` + pattern).FindSubmatch(source)
			require.NotNil(t, match, "%s: %s", file, pattern)
			n, err := strconv.Atoi(string(match[1]))
			require.NoError(t, err)
			return n
		}
		if file == "fast_call_amd64.s" {
			require.Equal(t, abi.FuelBytes, constant(`MOVQ \$(\d+), 112\(R15\)`))
			require.Equal(t, int(abi.Done), constant(`MOVQ \$(\d+), 40\(R15\)`))
			require.Equal(t, int(abi.Done), constant(`CMPQ CX, \$(\d+)`))
			require.Equal(t, at+abi.FrameBytes+abi.StackSlack, constant(`LEAQ (\d+)\(SP\), R8`))
			top := constant(`LEAQ (\d+)\(SP\), SI`)
			require.Equal(t, top+abi.WordBytes, constant(`LEAQ -(\d+)\(SP\), SP`))
			require.Equal(t, at+abi.FrameExit, constant(`MOVQ (\d+)\(SP\), CX`))
		} else {
			require.Equal(t, abi.FuelBytes, constant(`MOVD \$(\d+), R7`))
			require.Equal(t, int(abi.Done), constant(`MOVD \$(\d+), R9`))
			require.Equal(t, int(abi.Done), constant(`CMP  \$(\d+), R1`))
			require.Equal(t, at, constant(`ADD  \$(\d+), RSP, R19`))
			require.Equal(t, at+abi.FrameBytes+abi.StackSlack, constant(`ADD  \$(\d+), RSP, R4`))
			require.Equal(t, at+abi.FrameExit, constant(`MOVD (\d+)\(RSP\), R1`))
		}
		require.Equal(t, callShardShift, constant(`(?:SHRQ|LSR)  ?\$(\d+), (?:CX|R3)`))
		require.Equal(t, callShardCount-1, constant(`ANDQ? +\$(\d+), (?:CX|R3)`))
		require.Equal(t, callShardBytes, 1<<constant(`(?:SHLQ|LSL)  ?\$(\d+), (?:CX|R3)`))
		for name, offset := range map[string]int{"FrameGoSP": abi.FrameGoSP, "FrameGoBP": abi.FrameGoBP, "FrameStackLow": abi.FrameStackLow,
			"FrameLevels": abi.FrameLevels, "FrameFuel": abi.FrameFuel, "FrameFlags": abi.FrameFlags, "FrameMaps": abi.FrameMaps} {
			require.Equal(t, offset, constant(`.* (\d+)\(R1[59]\) +// `+name), "%s: %s", file, name)
		}
	}
	require.EqualValues(t, callShardBytes, reflect.TypeOf(callShards).Elem().Size())
}
