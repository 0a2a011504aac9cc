package island

import (
	"math/bits"
	"sync"
	"sync/atomic"
	"unsafe"

	"github.com/tagwire/tagwire/jit/abi"
)

// A state is the Go memory of one running call. It is on the heap for certain, belongs to one goroutine at a
// time, and is pooled.
type state struct {
	frame frame
	stack nativeStack
	cells shadeCells
	chunk chunk
	// pending is the list of stores that native code left to Go. Its words keep nothing alive: what they point to is
	// kept by the chunk, the data or what exits have made, and the list is emptied before Go runs anything else.
	pending [abi.PendingCapacity * abi.PendingBytes / abi.WordBytes]uintptr
	// roots is what exits have made, in programs that hold all.
	roots callRoots
	// objects are the slabs that structs come from, by the number of their row in the program, if madeObjects.
	objects     []objectSlab
	madeObjects bool
	// maps are the maps that native code is working on.
	maps openMaps
	// order is that of the entries of maps with struct keys, in calls that sort.
	order entryOrder
	// words are those of NewWords exits.
	words [][]uint64
	// input is the length of the call's input, ahead what was set aside for list elements; see setAside. outgrown is what was
	// allocated besides what was charged: the shorter forms of what has grown.
	input, prealloc, outgrown uintptr
	// exits are how often native code left since they were last counted, exited a bit for each code that it left with.
	exits  [abi.ExitCount]uint32
	exited uint32
}

// shadeCells are the fields that launch stores to, for the sake of the write barrier in that store.
type shadeCells struct {
	chunk, data unsafe.Pointer
}

var states = sync.Pool{New: func() any { return newState() }}

func newState() *state {
	return &state{stack: make(nativeStack, firstStackBytes/abi.WordBytes), chunk: newChunk()}
}

// prepare fills a frame for the first entry of p.
func (s *state) prepare(f *frame, p *Program, c *call) {
	s.stack.lend(f, 0)
	s.chunk.lend(f)
	s.lendPending(f)
	f.resumePC = p.entry
	data := uintptr(unsafe.Pointer(unsafe.SliceData(c.data)))
	f.arguments[abi.ArgumentValue] = uintptr(c.value)
	f.arguments[abi.ArgumentCursor] = data
	f.arguments[abi.ArgumentEnd] = data + uintptr(len(c.data))
	f.fuel = abi.FuelBytes
	s.input, s.prealloc, s.outgrown = uintptr(len(c.data)), 0, 0
	f.levels, f.allocation, f.flags = c.levels, c.allocation, c.flags
}

// release gives s back after the last entry. Nothing of the call stays reachable through it.
func (s *state) release(f *frame) {
	s.chunk.take(f)
	s.cells = shadeCells{}
	if s.exited != 0 || abi.ExitCode(f.exit) != abi.Done { // else there was no exit to keep anything
		s.reset()
	}
	states.Put(s)
}

// reset drops what exits have made or kept.
func (s *state) reset() {
	s.roots.release()
	if s.madeObjects {
		s.dropObjects()
	}
	s.maps.drop()
	if s.order.used {
		s.order.release()
	}
	clear(s.words)
	s.words = s.words[:0]
	s.countExits()
	if len(s.stack)*abi.WordBytes > keptStackBytes {
		s.stack = make(nativeStack, firstStackBytes/abi.WordBytes)
	}
}

// countExits adds the exits of the call to those of the process.
func (s *state) countExits() {
	for ; s.exited != 0; s.exited &= s.exited - 1 {
		code := bits.TrailingZeros32(s.exited)
		exitCounts[code].Add(uint64(s.exits[code]))
		s.exits[code] = 0
	}
}

// keptStackBytes is the largest native stack that stays in the pool.
const keptStackBytes = 256 << 10

var exitCounts [abi.ExitCount]atomic.Uint64

// Exits returns how often native code left for Go's help so far, by the exit's name. Calls that have not
// ended are not in it, and ends of calls, Done and Fail, are not counted.
func Exits() map[string]uint64 {
	counts := map[string]uint64{}
	for _, row := range abi.Exits() {
		if !row.Terminal {
			counts[row.Name] = exitCounts[row.Code].Load()
		}
	}
	return counts
}
