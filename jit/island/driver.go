package island

import (
	"runtime"
	"slices"
	"unsafe"

	"github.com/tagwire/tagwire/codec"
	"github.com/tagwire/tagwire/jit/abi"
)

// run enters p and serves its exits until it is done. It returns the result word, or false if native code rejected the input
// or value or exceeded a limit; then the caller repeats the whole call on the plain codec. A panic of user code in an exit
// unwinds through run as through any Go function: no native code is on the goroutine's stack then, and the state is left to
// the collector.
func (p *Program) run(c *call) (result uintptr, ok bool) {
	data := unsafe.Pointer(unsafe.SliceData(c.data))
	escape(c.value, data)
	var s *state
	if c.arena != nil {
		s = arenaState(c.arena, p)
	} else {
		s = states.Get().(*state)
	}
	f := &s.frame
	s.prepare(f, p, c)
	for {
		f.exit = 0
		launch(f, &s.cells, s.chunk.base, data, s.slabs[0], s.slabs[1], s.slabs[2], s.slabs[3])
		if s.isDone(p) || !s.serveCommon(f, p, c) {
			break
		}
	}
	if result, ok = doneWith(f); ok {
		countCall()
	}
	c.spent = c.allocation - max(f.allocation, 0) + int(s.outgrown)
	s.release(f, p)
	// Native code kept these as numbers, so the compiler saw no use of them since the first entry.
	runtime.KeepAlive(c.value)
	runtime.KeepAlive(data)
	runtime.KeepAlive(s)
	return result, ok
}

// serveCommon serves an exit and reports whether to enter again. It serves the most frequent exits, new structs, lists and entries
// of maps, without a call of serve.
func (s *state) serveCommon(f *frame, p *Program, c *call) bool {
	code, ok := abi.ExitCode(f.exit), false
	if s.hasPending(f) {
		return s.serve(f, p, c)
	}
	s.makeFilled(p)
	switch {
	case code == abi.NewStruct:
		ok = s.newStruct(f, p)
	case code == abi.NewSlab:
		ok = s.newSlab(f, p)
	case code == abi.ReadMap:
		ok = s.readMap(f, p)
	case code == abi.FillMap:
		ok = s.fillMap(f, p)
	default:
		return s.serve(f, p, c)
	}
	if !ok {
		f.exit = uintptr(abi.Fail)
		return false
	}
	s.served(f, code)
	return true
}

// SizesQuickly reports whether p, which finds sizes, is tried without a state and without reading the entries of maps.
func (p *Program) SizesQuickly() bool {
	return p.fastCall != 0 && !slices.ContainsFunc(p.ahead, func(a aheadRow) bool { return !a.countOnly })
}

// fastCallBytes is the longest input or output of a fast call: longer ones may run out of fuel.
const fastCallBytes = abi.FuelBytes / 4

// Programs with a fastCall address are tried without a state first. Such a try ends with Done and the result, with Fail, or
// with another exit if the call has to be repeated with a state; see fastCall. The memory that they access needs no
// KeepAlive: no collection can end between the stack check of fastCall, where it is live, and its return.

// Process runs p over data: it decodes data to value or encodes value to data, never past its length. It returns the offset
// n of the cursor in data at the end and the number of bytes allocated. The limits of s are resolved, here and below.
func (p *Program) Process(value unsafe.Pointer, data []byte, s *codec.Settings) (n, spent int, ok bool) {
	if p.fastCall != 0 && len(data) <= fastCallBytes {
		start := unsafe.Pointer(unsafe.SliceData(data))
		escape(value, start)
		var exit abi.ExitCode
		var cursor uintptr
		if len(p.ahead) == 0 {
			exit, cursor = fastCall(p.fastCall, value, start, len(data), s.Depth, unsafe.Pointer(&noMapsAhead))
		} else {
			exit, cursor = p.processAhead(value, data, s)
		}
		switch exit {
		case abi.Done:
			return offsetIn(data, cursor), 0, true
		case abi.Fail:
			return 0, 0, false
		}
	}
	return p.runWithState(value, data, s)
}

// runWithState is Process with a state.
//
//go:noinline
func (p *Program) runWithState(value unsafe.Pointer, data []byte, s *codec.Settings) (n, spent int, ok bool) {
	var c call
	p.fill(&c, value, data, s)
	cursor, ok := p.run(&c)
	if !ok {
		return 0, c.spent, false
	}
	return offsetIn(c.data, cursor), c.spent, true
}

// fill makes c, which is zero, a call of p. Copying a call would wait for its parts to be written.
func (p *Program) fill(c *call, value unsafe.Pointer, data []byte, s *codec.Settings) {
	c.value, c.data = value, data
	c.levels, c.allocation, c.flags, c.arena = s.Depth, s.Alloc, flagsOf(s)&p.usedFlags, s.Arena
	if p.encodes {
		c.allocation = abi.FastMoves + movesFactor*len(data)
	}
}

// movesFactor is how many times its length the bytes of an output may be moved on the whole, besides abi.FastMoves.
const movesFactor = 64

// flagsOf returns the flags of the abi that stand for settings.
func flagsOf(s *codec.Settings) (flags uintptr) {
	if s.ZeroCopy {
		flags |= abi.FlagZeroCopy
	}
	if s.OwnedStrings {
		flags |= abi.FlagOwnedStrings
	}
	if s.Deterministic {
		flags |= abi.FlagSorted
	}
	return flags
}

// EncodeDirect is Process for programs whose output refers to parts of the value. It returns the references.
func (p *Program) EncodeDirect(value unsafe.Pointer, output []byte, s *codec.Settings) (written int, list []Reference, ok bool) {
	c := call{references: newReferences()}
	p.fill(&c, value, output, s)
	cursor, ok := p.run(&c)
	if !ok {
		return 0, nil, false
	}
	return offsetIn(c.data, cursor), c.references.list, true
}

// Size returns the number of bytes that Process would write.
func (p *Program) Size(value unsafe.Pointer, s *codec.Settings) (bytes int, ok bool) {
	if p.fastCall != 0 {
		escape(value, nil)
		var exit abi.ExitCode
		var result uintptr
		if len(p.ahead) == 0 {
			exit, result = fastCall(p.fastCall, value, nil, 0, s.Depth, unsafe.Pointer(&noMapsAhead))
		} else {
			exit, result = p.processAhead(value, nil, s)
		}
		switch exit {
		case abi.Done:
			return int(result), true
		case abi.Fail:
			return 0, false
		}
	}
	return p.sizeInState(value, s)
}

//go:noinline
func (p *Program) sizeInState(value unsafe.Pointer, s *codec.Settings) (bytes int, ok bool) {
	c := call{value: value, levels: s.Depth}
	result, ok := p.run(&c)
	return int(result), ok
}

// offsetIn returns the offset of a cursor in data.
func offsetIn(data []byte, cursor uintptr) int {
	offset := cursor - uintptr(unsafe.Pointer(unsafe.SliceData(data)))
	if offset > uintptr(len(data)) {
		panic("BUG: jit: native code left with a cursor outside its data")
	}
	return int(offset)
}
