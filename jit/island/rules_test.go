//go:build (linux || darwin) && (amd64 || arm64)

package island

import (
	"reflect"
	"runtime"
	"runtime/debug"
	"strings"
	"sync"
	"testing"
	"time"
	"unsafe"

	"github.com/stretchr/testify/require"
	"github.com/tagwire/tagwire/codec"
	"github.com/tagwire/tagwire/jit/abi"
	"github.com/tagwire/tagwire/jit/jittest"
)

// Each memory rule has a test that keeps it and a control that breaks it, with the same load. Those whose harm takes
// luck share a function with the way to break it as its argument.

func init() {
	jittest.Controls["M1 keeps"] = func() { cutPath(true, 20, nil) }
	jittest.Controls["M1 breaks"] = func() { jittest.TryFor(func() { cutPath(false, 1, nil) }) }
	jittest.Controls["M1 keeps, arena"] = func() { cutPath(true, 20, new(codec.Arena)) }
	jittest.Controls["M2 keeps"] = func() { shade(launch, false, jittest.KeepFor()) }
	jittest.Controls["M2 keeps, zero copy"] = func() { shade(launch, true, jittest.KeepFor()) }
	jittest.Controls["M2 breaks"] = func() { shade(launchUnshaded, false, jittest.ControlSeconds*time.Second) }
	jittest.Controls["M2 breaks, zero copy"] = func() { shade(launchUnshaded, true, jittest.ControlSeconds*time.Second) }
	jittest.Controls["M3 keeps"] = func() { overwrite(fillOptions{}, jittest.KeepFor()) }
	jittest.Controls["M3 breaks"] = func() { overwrite(fillOptions{overwrites: true}, jittest.ControlSeconds*time.Second) }
	jittest.Controls["M5 keeps"] = func() { fillExactly(fillOptions{}, jittest.KeepFor()) }
	jittest.Controls["M5 breaks"] = func() { fillExactly(fillOptions{pastEnd: true}, jittest.ControlSeconds*time.Second) }
	jittest.Controls["M6 keeps"] = func() { readHalfWay(fillOptions{}) }
	jittest.Controls["M6 breaks"] = func() { readHalfWay(fillOptions{lengthFirst: true}) }
	jittest.Controls["M7 keeps"] = func() { growUnder(sumForced, 50) }
	jittest.Controls["M7 breaks"] = func() { jittest.TryFor(func() { growUnder(sumUnforced, 1) }) }
}

func requireRule(t *testing.T, rule, harm string) {
	t.Helper()
	require.NoError(t, runs())
	jittest.RequireUnharmed(t, rule+" keeps")
	jittest.RequireHarm(t, rule+" breaks", harm)
}

// corrupted describes the ends of a process whose collector works on wrong memory.
const corrupted = "harmed: |found bad pointer|marked free object|fatal error: |SIGSEGV"

func TestM1WhatExitsMakeIsHeldAcrossUserCode(t *testing.T) {
	requireRule(t, "M1", "harmed: ")
	jittest.RequireUnharmed(t, "M1 keeps, arena")
}

func TestM2StoredAddressesAreShaded(t *testing.T) {
	requireRule(t, "M2", corrupted)
	jittest.RequireUnharmed(t, "M2 keeps, zero copy")
	jittest.RequireHarm(t, "M2 breaks, zero copy", corrupted)
}

func TestM3OnlyNilSlotsAreStoredTo(t *testing.T) {
	requireRule(t, "M3", corrupted)
}

func TestM5NothingPointsPastAnEnd(t *testing.T) {
	requireRule(t, "M5", corrupted)
}

func TestM6HeadersAreWhole(t *testing.T) { requireRule(t, "M6", "nil pointer|SIGSEGV") }

func TestM7ArgumentsAreOnTheHeap(t *testing.T) { requireRule(t, "M7", "harmed: ") }

// cutPath has the initialiser of the deepest object of a chain cut the chain at its root and fill the memory
// that the collector gets back with victims. Native code then writes into the chain. The objects are of an arena unless that is nil;
// it holds its last slab, and the chain is longer than one.
func cutPath(rootsAll bool, rounds int, arena *codec.Arena) {
	const depth = 6
	p := chainProgram()
	p.rootsAll = rootsAll
	for range rounds {
		root := new(link)
		made := 0
		var victims []*link
		row := newStructRow(reflect.TypeFor[link]())
		p.structs = []*structRow{row}
		row.initialise = func(unsafe.Pointer) {
			if made++; made < depth {
				return
			}
			root.next = nil
			runtime.GC()
			for range 2000 {
				victims = append(victims, new(link))
			}
		}
		settings := limits(1000, plenty)
		if settings.Arena = arena; arena != nil {
			arena.Spoil() // it would have slabs of the right size
		}
		if _, _, ok := p.Process(unsafe.Pointer(root), words(depth), settings); !ok || root.number != depth {
			jittest.Harmed("the call failed")
		}
		for _, victim := range victims {
			if *victim != (link{}) {
				jittest.Harmed("an unrelated object holds %v", *victim)
			}
		}
	}
}

// A launchFunction is launch or a form of it that looks right and is not.
type launchFunction func(f *frame, cells *shadeCells, chunk, data, slab0, slab1, slab2, slab3 unsafe.Pointer)

// launchUnshaded does not shade.
//
//go:nosplit
//go:noinline
func launchUnshaded(f *frame, cells *shadeCells, _, _, _, _, _, _ unsafe.Pointer) { enter(f) }

// drive is run with a state and a launch of the test's choice.
func drive(p *Program, c *call, s *state, start launchFunction) bool {
	data := unsafe.Pointer(unsafe.SliceData(c.data))
	escape(c.value, data)
	f := new(frame)
	s.prepare(f, p, c)
	for {
		start(f, &s.cells, s.chunk.base, data, s.slabs[0], s.slabs[1], s.slabs[2], s.slabs[3])
		if !s.serve(f, p, c) {
			break
		}
	}
	_, ok := doneWith(f)
	runtime.KeepAlive(c.value)
	runtime.KeepAlive(data)
	runtime.KeepAlive(s)
	return ok
}

// goroutinesOfLoad is more than processors, so that the collector takes time to get round their stacks.
const goroutinesOfLoad = 96

// underLoad runs body repeatedly in many goroutines, beside a loop of collections, for the given time.
func underLoad(duration time.Duration, body func(seed int)) {
	var group sync.WaitGroup
	end := time.Now().Add(duration)
	for worker := range goroutinesOfLoad {
		group.Add(1)
		go func() {
			defer group.Done()
			for seed := worker; time.Now().Before(end); seed++ {
				body(seed)
			}
		}()
	}
	stopped := make(chan struct{})
	go func() {
		group.Wait()
		close(stopped)
	}()
	for {
		select {
		case <-stopped:
			return
		default:
			runtime.GC()
		}
	}
}

// shade decodes into fresh nil slots from chunks, or inputs, that only this goroutine's stack leads to and that it
// drops right afterwards: what the native stores lead to lives on only if it was shaded.
func shade(start launchFunction, zeroCopy bool, duration time.Duration) {
	const batch = 24
	p := fillProgram(fillOptions{zeroCopy: zeroCopy})
	underLoad(duration, func(seed int) {
		var states [batch]*state
		var inputs [batch][]byte
		values := sample(8, seed)
		for i := range states {
			states[i], inputs[i] = newState(), wire(values...)
		}
		runtime.Gosched()
		results := make([]*[8]string, batch)
		for i := range states {
			slots := new([8]string)
			if !drive(p, &call{value: unsafe.Pointer(slots), data: inputs[i], levels: 1, allocation: plenty}, states[i], start) {
				jittest.Harmed("the call failed")
			}
			results[i] = slots
			states[i], inputs[i] = nil, nil
		}
		waitForCollections(2)
		for _, slots := range results {
			requireStrings(values, slots[:])
		}
	})
}

// waitForCollections lets n collections begin after it was called.
func waitForCollections(n uint32) {
	var stats debug.GCStats
	debug.ReadGCStats(&stats)
	for last := stats.NumGC + int64(n); stats.NumGC < last; debug.ReadGCStats(&stats) {
		time.Sleep(time.Millisecond)
	}
}

func requireStrings(want, got []string) {
	for i := range want {
		if want[i] != got[i] {
			jittest.Harmed("%q instead of %q", got[i], want[i])
		}
	}
}

// overwrite decodes into slots that hold strings which it has read just before: a goroutine whose stack the collector
// has seen already may do that, because the collector sees the strings through the slots until a barrier reports the change.
func overwrite(o fillOptions, duration time.Duration) {
	const holders = 64
	p := fillProgram(o)
	underLoad(duration, func(seed int) {
		olds := sample(8, seed)
		input := wire(sample(8, seed+1)...)
		all := make([]*[8]string, holders)
		for i := range all {
			all[i] = new([8]string)
			for j, old := range olds {
				all[i][j] = strings.Clone(old)
			}
		}
		runtime.Gosched()
		var read [holders][8]string // on the stack
		for i, slots := range all {
			read[i] = *slots
			if _, ok := decodeInto(p, slots, input); !ok {
				jittest.Harmed("the call failed")
			}
		}
		waitForCollections(2)
		for i := range read {
			requireStrings(olds, read[i][:])
		}
		runtime.KeepAlive(all)
	})
}

// fillExactly fills chunks to their last byte and then decodes an empty string.
func fillExactly(o fillOptions, duration time.Duration) {
	p := fillProgram(o)
	var values []string
	for range 64 {
		values = append(values, strings.Repeat("x", 128)) // 8 KiB in all
	}
	values = append(values, "")
	input := wire(values...)
	underLoad(duration, func(int) {
		slots := make([]string, len(values))
		s := newState()
		if !drive(p, &call{value: unsafe.Pointer(&slots[0]), data: input, levels: 1, allocation: plenty}, s, launch) {
			jittest.Harmed("the call failed")
		}
		if s.chunk.base == nil {
			jittest.Harmed("no chunk")
		}
		runtime.Gosched()
		for i, want := range values {
			if len(slots[i]) != len(want) {
				jittest.Harmed("a string of %d bytes", len(slots[i]))
			}
		}
	})
}

// readHalfWay looks at all slots whenever native code is out, at its end, and after it failed.
func readHalfWay(o fillOptions) {
	p := fillProgram(o)
	values := sample(500, 3)
	input := wire(values...)
	for cut := range 2 {
		slots := make([]string, len(values))
		read := func() {
			for i := range slots {
				if slots[i] != "" && strings.Clone(slots[i]) != values[i] {
					jittest.Harmed("%q instead of %q", slots[i], values[i])
				}
			}
		}
		p.structs = callsBack(func(unsafe.Pointer) { read() })
		_, ok := decodeInto(p, &slots[0], input[:len(input)-cut])
		if ok != (cut == 0) {
			jittest.Harmed("success is %v", ok)
		}
		read()
	}
}

func TestM6CapacityEndsWithTheBytes(t *testing.T) {
	for _, roomy := range []bool{false, true} {
		p := fillProgram(fillOptions{bytes: true, roomy: roomy})
		got := make([][]byte, 2)
		s := newState() // both lie in its chunk
		require.True(t, drive(p, &call{value: unsafe.Pointer(&got[0]), data: wire("abc", "def"), allocation: plenty}, s, launch))
		require.Equal(t, "def", string(got[1]))
		_ = append(got[0], 'X')
		damaged := string(got[1]) != "def"
		require.Equal(t, roomy, damaged, "with a capacity of its length a slice cannot be appended over the next")
	}
}

func TestM3StoresAreBatched(t *testing.T) {
	p := fillProgram(fillOptions{})
	values := sample(100, 5)
	got := sample(100, 6)
	exits := exitsOf(func() {
		_, ok := decodeInto(p, &got[0], wire(values...))
		require.True(t, ok)
	})
	require.Equal(t, values, got)
	total := uint64(0)
	for _, n := range exits {
		total += n
	}
	require.NotZero(t, exits["StoreSlots"])
	require.LessOrEqual(t, total, uint64(5), "100 stores, 32 at a time, and what chunks and budget ask for: %v", exits)

	p = fillProgram(fillOptions{bytes: true})
	slots := make([][]byte, 100)
	for i := range slots {
		slots[i] = []byte("old")
	}
	_, ok := decodeInto(p, &slots[0], wire(values...))
	require.True(t, ok)
	for i := range slots {
		require.Equal(t, values[i], string(slots[i]))
		require.Equal(t, len(values[i]), cap(slots[i]))
	}
}

// driveForced is the driver; driveUnforced is one that keeps addresses of things on the goroutine's stack.
func driveForced(p *Program, value *int, input *[64]byte) bool {
	_, ok := decodeInto(p, value, input[:])
	return ok
}

func driveUnforced(p *Program, value *int, input *[64]byte) bool {
	s := newState()
	var f frame
	s.prepare(&f, p, &call{levels: 1, allocation: plenty})
	f.arguments[0] = uintptr(unsafe.Pointer(value))
	f.arguments[1] = uintptr(unsafe.Pointer(input))
	f.arguments[2] = f.arguments[1] + uintptr(len(input))
	for {
		launch(&f, &s.cells, s.chunk.base, nil, nil, nil, nil, nil)
		if f.exit != uintptr(abi.ResetStruct) {
			break
		}
		growGoroutineStack()
	}
	runtime.KeepAlive(s)
	_, ok := doneWith(&f)
	return ok
}

// growUnder decodes an array into a number, both written as variables on the stack, while exits make the stack move.
func growUnder(sum func(*Program) (got, want int), rounds int) {
	p := aroundProgram()
	p.structs = callsBack(func(unsafe.Pointer) { growGoroutineStack() })
	for range rounds {
		finished := make(chan struct{})
		go func() { // with a small stack
			defer close(finished)
			if got, want := sum(p); got != want {
				jittest.Harmed("the sum is %d instead of %d", got, want)
			}
		}()
		<-finished
	}
}

//go:noinline
func sumForced(p *Program) (got, want int) {
	input, want := eightWords()
	driveForced(p, &got, &input)
	return got, want
}

//go:noinline
func sumUnforced(p *Program) (got, want int) {
	input, want := eightWords()
	driveUnforced(p, &got, &input)
	return got, want
}

func eightWords() (input [64]byte, sum int) {
	for i := range 8 {
		input[i*8] = byte(i + 1)
		sum += i + 1
	}
	return input, sum
}

// growGoroutineStack makes this stack move, and has other goroutines write where it was.
//
//go:noinline
func growGoroutineStack() {
	deepen(200)
	var group sync.WaitGroup
	for range 20 {
		group.Add(1)
		go func() {
			defer group.Done()
			deepen(40)
		}()
	}
	group.Wait()
}

//go:noinline
func deepen(levels int) byte {
	var room [256]byte
	for i := range room {
		room[i] = byte(levels) | 1
	}
	if levels == 0 {
		return room[0]
	}
	return deepen(levels-1) + room[levels%256]
}
