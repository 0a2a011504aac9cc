package island

import (
	"math/bits"
	"sync"
	"sync/atomic"
	"unsafe"

	"github.com/tagwire/tagwire/jit/abi"
)

// A state is the Go memory of one running call. It is always on the heap, belongs to one goroutine at a time, and is
// pooled.
type state struct {
	frame frame
	stack nativeStack
	cells shadeCells
	chunk chunk
	// arena has the pools of calls that decode into an arena, whose own this state is; nil for others.
	arena *arenaRows
	// pending is the list of stores that native code left to Go. Its words keep nothing alive: the objects are kept alive by
	// the chunk, the data or the allocations of exits, and the list is emptied before Go runs anything else.
	pending [abi.PendingCapacity * abi.PendingBytes / abi.WordBytes]uintptr
	// roots are the allocations of exits, in programs with rootsAll.
	roots callRoots
	// objects are the slabs that structs are allocated from, by the number of their row in the program.
	objects []objectSlab
	// slabs are those of objects that native code takes objects from.
	slabs slabBases
	// maps are the maps that native code is working on.
	maps openMaps
	// fills are entries for maps that are filled without an exit.
	fills fills
	// order sorts the encoded entries of maps, in calls that sort.
	order entryOrder
	// header is that of a slice being made.
	header listHeader
	// words are the allocations of NewWords exits.
	words [][]uint64
	// appended are the arrays of lists and of kept fields that this call has lengthened, which have room behind their elements.
	appended map[unsafe.Pointer]bool
	// input is the length of the call's input. prealloc is the memory preallocated for list elements; see preallocate. outgrown
	// is the memory that was allocated and not charged, such as that of lists before they grew.
	input, prealloc, outgrown uintptr
	// exits count the exits by code since countExits. exited has a bit for each code with a count.
	exits  [abi.ExitCount]uint32
	exited uint32
}

// shadeCells are the fields that launch stores to in order to run the write barrier.
type shadeCells struct {
	chunk, data unsafe.Pointer
	slabs       slabBases
}

var states = sync.Pool{New: func() any { return newState() }}

func newState() *state {
	s := emptyState()
	s.chunk = newChunk()
	return s
}

// emptyState returns a state without a chunk.
func emptyState() *state {
	return &state{stack: make(nativeStack, firstStackBytes/abi.WordBytes)}
}

// publish writes to a new frame what stays the same from call to call until an exit replaces it: where the memory of s is.
func (s *state) publish(f *frame) {
	s.stack.publish(f, 0)
	s.chunk.publish(f)
	s.publishPending(f)
}

// prepare fills a frame for the first entry of p.
func (s *state) prepare(f *frame, p *Program, c *call) {
	if f.stackTop == 0 {
		s.publish(f)
	}
	f.nativeSP, f.resumePC = f.stackTop, p.entry
	if len(p.fills) > 0 {
		f.maps = uintptr(unsafe.Pointer(s.prepareFills(p)))
	} else {
		f.maps = uintptr(unsafe.Pointer(&noMapsAhead)) // a package variable, which does not move
	}
	data := uintptr(unsafe.Pointer(unsafe.SliceData(c.data)))
	f.arguments[abi.ArgumentValue] = uintptr(c.value)
	f.arguments[abi.ArgumentCursor] = data
	f.arguments[abi.ArgumentEnd] = data + uintptr(len(c.data))
	f.fuel = abi.FuelBytes
	s.input, s.prealloc, s.outgrown = uintptr(len(c.data)), 0, 0
	f.levels, f.allocation, f.flags = c.levels, c.allocation, c.flags
	switch {
	case s.arena != nil:
		s.lendArena(f, p)
		f.reused = 1
	case len(p.nativeSlabs) > 0:
		s.provide(f, p)
	}
}

// release returns s to the pool after the last entry. Nothing of the call stays reachable through it.
func (s *state) release(f *frame, p *Program) {
	s.cells.data = nil
	if s.arena != nil {
		s.returnArena(f, p)
	}
	if s.exited != 0 || len(s.objects) > 0 || abi.ExitCode(f.exit) != abi.Done { // else nothing is kept
		s.reset(f, p)
	}
	if s.arena == nil {
		states.Put(s)
	}
}

// reset drops everything that exits have allocated or kept.
func (s *state) reset(f *frame, p *Program) {
	s.roots.release()
	if len(s.objects) > 0 {
		s.settleSlabs(f, p)
		s.dropSlabs(f)
		s.dropObjects()
	}
	s.maps.drop()
	if s.fills.program != nil && abi.ExitCode(f.exit) != abi.Done {
		s.fills.reset()
	}
	if s.order.used {
		s.order.release()
	}
	clear(s.appended)
	clear(s.words)
	s.words = s.words[:0]
	s.countExits()
	if len(s.stack)*abi.WordBytes > keptStackBytes {
		s.stack = make(nativeStack, firstStackBytes/abi.WordBytes)
		s.stack.publish(f, 0)
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

// Exits returns the number of exits that Go has served so far, by name. Exits of calls that have not ended are not included,
// and Done and Fail, which end calls, are not counted.
func Exits() map[string]uint64 {
	counts := map[string]uint64{}
	for _, row := range abi.Exits() {
		if !row.Terminal {
			counts[row.Name] = exitCounts[row.Code].Load()
		}
	}
	return counts
}
