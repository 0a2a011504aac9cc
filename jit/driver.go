package jit

import (
	"runtime"
	"unsafe"

	"github.com/tagwire/tagwire/jit/abi"
)

// run enters p and serves its exits until it is done. It returns the result word, or false if native code
// refused or ran out of something; then the caller repeats the whole call on the plain codec. User code that panics
// in an exit unwinds through run like through any Go function: no native code is on the goroutine's stack
// then, and the state is left to the collector.
func (p *program) run(c *call) (result uintptr, ok bool) {
	data := unsafe.Pointer(unsafe.SliceData(c.data))
	escape(c.value)
	escape(data)
	s := states.Get().(*state)
	f := &s.frame
	s.prepare(f, p, c)
	for {
		f.exit = 0
		launch(f, &s.cells, s.chunk.base, data)
		if s.isDone() || !s.serve(f, p, c) {
			break
		}
	}
	if result, ok = doneWith(f); ok {
		countCall()
	}
	s.release(f)
	// Native code kept these as numbers, so the compiler saw no use of them since the first entry.
	runtime.KeepAlive(c.value)
	runtime.KeepAlive(data)
	runtime.KeepAlive(s)
	return result, ok
}

// quickBytes is the longest input or output of a quick run: longer ones may not end within a stint.
const quickBytes = abi.StintBytes / 4

// decode fills value from input and returns the bytes used.
func (p *program) decode(value unsafe.Pointer, input []byte, levels, allocation int, flags uintptr) (used int, ok bool) {
	return p.move(value, input, levels, allocation, flags)
}

// encode writes value to output, never past its length, and returns the bytes written.
func (p *program) encode(value unsafe.Pointer, output []byte, levels int, flags uintptr) (written int, ok bool) {
	return p.move(value, output, levels, 0, flags)
}

// move runs p over data and returns how far the cursor got.
func (p *program) move(value unsafe.Pointer, data []byte, levels, allocation int, flags uintptr) (n int, ok bool) {
	if p.quick != 0 && len(data) <= quickBytes {
		start := unsafe.Pointer(unsafe.SliceData(data))
		escape(value)
		escape(start)
		exit, cursor := quick(p.quick, value, start, len(data), levels)
		runtime.KeepAlive(value)
		runtime.KeepAlive(start)
		if exit <= uintptr(abi.Fail) {
			if exit == uintptr(abi.Fail) {
				return 0, false
			}
			return offsetIn(data, cursor), true
		}
	}
	return p.moveInState(value, data, levels, allocation, flags)
}

//go:noinline
func (p *program) moveInState(value unsafe.Pointer, data []byte, levels, allocation int, flags uintptr) (n int, ok bool) {
	c := call{value: value, data: data, levels: levels, allocation: allocation, flags: flags}
	cursor, ok := p.run(&c)
	if !ok {
		return 0, false
	}
	return offsetIn(c.data, cursor), true
}

// size returns the bytes that encode would write.
func (p *program) size(value unsafe.Pointer, levels int, flags uintptr) (bytes int, ok bool) {
	if p.quick != 0 {
		escape(value)
		exit, result := quick(p.quick, value, nil, 0, levels)
		runtime.KeepAlive(value)
		if exit <= uintptr(abi.Fail) {
			return int(result), exit == uintptr(abi.Done)
		}
	}
	return p.sizeInState(value, levels, flags)
}

//go:noinline
func (p *program) sizeInState(value unsafe.Pointer, levels int, flags uintptr) (bytes int, ok bool) {
	c := call{value: value, levels: levels, flags: flags}
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
