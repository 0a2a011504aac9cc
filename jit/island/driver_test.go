//go:build (linux || darwin) && (amd64 || arm64)

package island

import (
	"math"
	"reflect"
	"runtime/debug"
	"strings"
	"sync"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"
	"github.com/tagwire/tagwire/codec"
	"github.com/tagwire/tagwire/jit/abi"
)

const plenty = math.MaxInt

// decodeInto runs a decoding program with no limits that matter.
func decodeInto[T any](p *Program, value *T, input []byte) (int, bool) {
	used, _, ok := p.Process(unsafe.Pointer(value), input, limits(1000, plenty))
	return used, ok
}

func exitsOf(run func()) map[string]uint64 {
	before := Exits()
	run()
	delta := map[string]uint64{}
	for name, n := range Exits() {
		if n != before[name] {
			delta[name] = n - before[name]
		}
	}
	return delta
}

func TestYieldKeepsLiveRegisters(t *testing.T) {
	p := sumProgram()
	input := make([]byte, 10*abi.FuelBytes)
	want := 0
	for i := range len(input) / 8 {
		input[i*8] = byte(i)
		want += i & 0xFF
	}
	var sum int
	exits := exitsOf(func() {
		used, ok := decodeInto(p, &sum, input)
		require.True(t, ok)
		require.Equal(t, len(input), used)
	})
	require.Equal(t, want, sum)
	require.Equal(t, map[string]uint64{"Yield": 9}, exits)
}

func TestNativeStackGrowsAndIsCopied(t *testing.T) {
	p := chainProgram()
	p.structs = []*structRow{newStructRow(reflect.TypeFor[link]())}
	const depth = 20_000
	var first link
	exits := exitsOf(func() {
		used, _, ok := p.Process(unsafe.Pointer(&first), words(depth), limits(depth+1, plenty))
		require.True(t, ok)
		require.Equal(t, 8, used)
	})
	requireChain(t, &first, depth)
	require.Equal(t, uint64(depth), exits["NewStruct"])
	require.Greater(t, exits["GrowStack"], uint64(3))

	var again link
	_, _, ok := p.Process(unsafe.Pointer(&again), words(depth), limits(depth, plenty))
	require.False(t, ok, "one level too few")
	_, _, ok = p.Process(unsafe.Pointer(&again), words(10), limits(plenty, 10*int(unsafe.Sizeof(link{}))-1))
	require.False(t, ok, "one byte of allocation too few")
	_, _, ok = p.Process(unsafe.Pointer(&again), words(10), limits(plenty, 10*int(unsafe.Sizeof(link{}))))
	require.True(t, ok)
	requireChain(t, &again, 10)
}

// TestStructsArePreallocatedAsUsual: rows learn how many structs calls make, forget it at once when calls make fewer, and never
// preallocate more than a call may.
func TestStructsArePreallocatedAsUsual(t *testing.T) {
	p := chainProgram()
	row := newStructRow(reflect.TypeFor[link]())
	p.structs = []*structRow{row}
	decodeChain := func(depth, allocation int) {
		var first link
		_, _, ok := p.Process(unsafe.Pointer(&first), words(depth), limits(depth+1, allocation))
		require.True(t, ok)
		requireChain(t, &first, depth)
	}
	const usual = 32
	size := int(unsafe.Sizeof(link{}))
	decodeChain(usual, plenty)
	require.EqualValues(t, usual/2, row.usual.Load(), "a call may be an exception")
	for range 20 {
		decodeChain(usual, plenty)
	}
	require.EqualValues(t, usual, row.usual.Load())
	decodeChain(usual, usual*size)
	decodeChain(2, plenty)
	require.EqualValues(t, 2, row.usual.Load(), "a shorter chain")

	s, slab := newState(), new(objectSlab)
	row.usual.Store(usual)
	s.moreObjects(slab, row, plenty)
	require.Equal(t, usual, slab.count)
	row.usual.Store(1 << 20)
	s.prealloc, slab = 0, new(objectSlab)
	s.moreObjects(slab, row, plenty)
	require.LessOrEqual(t, slab.count*size, preallocBytes)
	row.usual.Store(1 << 20)
	s.prealloc, slab = 0, new(objectSlab)
	s.moreObjects(slab, row, 3*size)
	require.Equal(t, 4, slab.count, "that of the exit and three more")
}

func TestNativeStackIsBounded(t *testing.T) {
	grow := func(bytes uint64) bool {
		p := assemble(func(a *assembler) {
			a.setArgumentTo(0, bytes)
			a.exit(abi.GrowStack)
			a.done(stackPointer)
		})
		_, ok := p.Size(unsafe.Pointer(new(int)), limits(1, 0))
		return ok
	}
	require.True(t, grow(1<<20))
	for _, bytes := range []uint64{largestStackBytes, largestStackBytes + 1, 1 << 62, math.MaxUint64} {
		require.False(t, grow(bytes), bytes)
	}
}

// TestNativeCodeRunsInsideItsStack: no stack pointer is the address of the stack's end, which may be that of a signal stack.
func TestNativeCodeRunsInsideItsStack(t *testing.T) {
	requireInside := func(s *state, stackPointer uintptr) {
		t.Helper()
		end := uintptr(unsafe.Pointer(&s.stack[len(s.stack)-1])) + abi.WordBytes
		require.Less(t, stackPointer, end)
		require.Greater(t, stackPointer+2*abi.StackAlign, end)
		require.Zero(t, stackPointer%abi.StackAlign)
	}
	for words := firstStackBytes / abi.WordBytes; words < firstStackBytes/abi.WordBytes+4; words++ {
		s := &state{stack: make(nativeStack, words)}
		p := assemble(func(a *assembler) {
			a.move(r0, stackPointer)
			a.done(r0)
		})
		s.prepare(&s.frame, p, &call{})
		requireInside(s, s.frame.nativeSP)
		launch(&s.frame, &s.cells, nil, nil, nil, nil, nil, nil)
		entered, ok := doneWith(&s.frame)
		require.True(t, ok)
		requireInside(s, entered)
		larger, ok := s.stack.grown(&s.frame, firstStackBytes)
		require.True(t, ok)
		s.stack = larger
		requireInside(s, s.frame.nativeSP)
	}
}

func requireChain(t *testing.T, first *link, depth int) {
	t.Helper()
	for l, number := first, depth; number >= 0; l, number = l.next, number-1 {
		if l == nil || l.number != number {
			t.Fatalf("link %d is %v", number, l)
		}
	}
}

func TestStringsFillChunks(t *testing.T) {
	p := fillProgram(fillOptions{})
	values := sample(1000, 1)
	values[7], values[999] = "", ""
	got := make([]string, len(values))
	exits := exitsOf(func() {
		used, ok := decodeInto(p, &got[0], wire(values...))
		require.True(t, ok)
		require.Equal(t, len(wire(values...)), used)
	})
	require.Equal(t, values, got)
	require.Nil(t, unsafe.StringData(got[7]))
	total := len(strings.Join(values, ""))
	require.InDelta(t, total/codec.ChunkBytes, exits["NewChunk"], 2)

	_, _, ok := p.Process(unsafe.Pointer(&got[0]), wire("abc")[:3], limits(1, plenty))
	require.False(t, ok, "the input ends early")
	fresh := make([]string, 2)
	_, _, ok = p.Process(unsafe.Pointer(&fresh[0]), wire("abc", "def"), limits(1, 5))
	require.False(t, ok, "one byte of allocation too few")
	_, _, ok = p.Process(unsafe.Pointer(&fresh[0]), nil, limits(1, 0))
	require.True(t, ok, "no input")
}

func TestChunkIsSharedByCalls(t *testing.T) {
	p := fillProgram(fillOptions{})
	const calls = 1000
	exits := exitsOf(func() {
		for range calls {
			var got string
			_, ok := decodeInto(p, &got, wire("0123456789"))
			require.True(t, ok)
			require.Equal(t, "0123456789", got)
		}
	})
	require.Less(t, exits["NewChunk"], uint64(calls/4)) // the race detector's pool drops some states
}

func TestOwnBytes(t *testing.T) {
	text := strings.Repeat("x", 3000)
	var s string
	_, ok := decodeInto(bytesProgram(abi.KindString), &s, []byte(text))
	require.True(t, ok)
	require.Equal(t, text, s)
	var b []byte
	_, ok = decodeInto(bytesProgram(abi.KindBytes), &b, []byte(text))
	require.True(t, ok)
	require.Equal(t, text, string(b))
	require.Equal(t, len(text), cap(b))
	_, ok = decodeInto(bytesProgram(abi.KindBytes), &b, nil)
	require.True(t, ok)
	require.Equal(t, []byte{}, b)
	_, _, ok = bytesProgram(abi.KindString).Process(unsafe.Pointer(&s), []byte(text), limits(1, len(text)-1))
	require.False(t, ok)
}

type wide struct {
	number int
	//lint:ignore U1000 only the size counts
	name *string
	//lint:ignore U1000 only the size counts
	rest [5]int
}

func TestSlabsOfValuesAndPointers(t *testing.T) {
	const size = int(unsafe.Sizeof(wide{}))
	values := slabProgram(size, false)
	values.slabs = []slabRow{newSlabRow(reflect.TypeFor[[]wide](), false, abi.GrowingList)}
	pointers := slabProgram(size, true)
	pointers.slabs = []slabRow{newSlabRow(reflect.TypeFor[[]*wide](), true, abi.GrowingList)}
	for _, count := range []int{0, 1, 15, 16, 17, 1000} {
		input := []int{count}
		for i := range count {
			input = append(input, i+1)
		}
		list := []wide{{number: -1}}
		used, ok := decodeInto(values, &list, words(input...))
		require.True(t, ok, count)
		require.Equal(t, len(input)*8, used)
		require.NotNil(t, list)
		require.Len(t, list, count)
		require.Equal(t, count, cap(list))
		links := []*wide{{number: -1}}
		_, ok = decodeInto(pointers, &links, words(input...))
		require.True(t, ok, count)
		require.NotNil(t, links)
		require.Len(t, links, count)
		for i := range count {
			require.Equal(t, wide{number: i + 1}, list[i])
			require.Equal(t, wide{number: i + 1}, *links[i])
		}
	}
	var list []wide
	_, ok := decodeInto(values, &list, words(1<<40, 1, 2, 3))
	require.False(t, ok, "the input ends early")
	require.LessOrEqual(t, len(list)*size, preallocBytes+preallocFactor*4*8, "a count that the input cannot hold allocates little")
	_, _, ok = values.Process(unsafe.Pointer(&list), words(2, 1, 2), limits(1, 2*size-1))
	require.False(t, ok, "one byte of allocation too few")
}

func TestPanicInAnExitUnwindsLikeAnyOther(t *testing.T) {
	p := aroundProgram()
	calls := 0
	p.structs = callsBack(func(unsafe.Pointer) {
		if calls++; calls == 3 {
			panic("by the user")
		}
	})
	for range 100 {
		sum := 0
		calls = 0
		require.PanicsWithValue(t, "by the user", func() { decodeInto(p, &sum, words(1, 2, 7)) })
		require.Equal(t, 3, sum)
		_, ok := decodeInto(p, &sum, words(1, 2))
		require.True(t, ok)
		require.Equal(t, 6, sum)
	}
}

func TestNativeCodeMayBeEnteredAgainFromAnExit(t *testing.T) {
	inner := sumProgram()
	outer := aroundProgram()
	outer.structs = callsBack(func(value unsafe.Pointer) {
		var sum int
		_, ok := decodeInto(inner, &sum, words(10, 20))
		require.True(t, ok)
		*(*int)(value) += sum
	})
	sum := 0
	_, ok := decodeInto(outer, &sum, words(1, 2))
	require.True(t, ok)
	require.Equal(t, 63, sum)
}

func TestEncodingStaysInsideItsBufferAndAllocatesNothing(t *testing.T) {
	p := walkProgram()
	first := &link{number: 3, next: &link{number: 2, next: &link{number: 1}}}
	buffer := make([]byte, 32)
	n, _, ok := p.Process(unsafe.Pointer(first), buffer[:24], limits(10, 0))
	require.True(t, ok)
	require.Equal(t, 24, n)
	require.Equal(t, words(1, 2, 3, 0), buffer)
	clear(buffer)
	_, _, ok = p.Process(unsafe.Pointer(first), buffer[:23], limits(10, 0))
	require.False(t, ok)
	require.Equal(t, words(1, 2, 0, 0), buffer)
	if !instrumented() {
		require.Zero(t, testing.AllocsPerRun(1000, func() { p.Process(unsafe.Pointer(first), buffer, limits(10, 0)) }))
	}
}

// instrumented reports a build in which the pool drops states (race) or frames move to the heap (checkptr).
func instrumented() bool {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return false
	}
	for _, setting := range info.Settings {
		if setting.Key == "-race" && setting.Value == "true" || strings.Contains(setting.Value, "checkptr") {
			return true
		}
	}
	return false
}

func TestSizeReturnsANumber(t *testing.T) {
	p := assemble(func(a *assembler) {
		a.load(r0, frameRegister, abi.Argument(abi.ArgumentValue))
		a.load(r1, r0, 8)
		a.done(r1)
	})
	n, ok := p.Size(unsafe.Pointer(&link{number: 7}), limits(3, 0))
	require.True(t, ok)
	require.Equal(t, 7, n)
}

func TestUnknownExitsAreBugs(t *testing.T) {
	for _, code := range []abi.ExitCode{0, abi.ExitCode(abi.ExitCount)} {
		p := assemble(func(a *assembler) { a.exit(code) })
		require.Panics(t, func() { p.Size(unsafe.Pointer(new(int)), limits(1, 0)) })
	}
}

func TestManyGoroutinesDrive(t *testing.T) {
	p := fillProgram(fillOptions{})
	var group sync.WaitGroup
	for seed := range 64 {
		group.Add(1)
		go func() {
			defer group.Done()
			values := sample(100, seed)
			input := wire(values...)
			for range 20 {
				got := make([]string, len(values))
				if _, ok := decodeInto(p, &got[0], input); !ok || !reflect.DeepEqual(values, got) {
					t.Error("wrong strings")
				}
			}
		}()
	}
	group.Wait()
}
