package jit

import (
	"runtime"
	"unsafe"
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
	var f frame
	s.prepare(&f, p, c)
	for {
		f.exit = 0
		launch(&f, &s.cells, s.chunk.base, data)
		if !s.serve(&f, p, c) {
			break
		}
	}
	result, ok = doneWith(&f)
	s.release(&f)
	// Native code kept these as numbers, so the compiler saw no use of them since the first entry.
	runtime.KeepAlive(c.value)
	runtime.KeepAlive(data)
	runtime.KeepAlive(s)
	return result, ok
}

// decode fills value from input and returns the bytes used.
func (p *program) decode(value unsafe.Pointer, input []byte, levels, allocation int, flags uintptr) (used int, ok bool) {
	c := call{value: value, data: input, levels: levels, allocation: allocation, flags: flags}
	return p.moved(&c)
}

// encode writes value to output, never past its length, and returns the bytes written.
func (p *program) encode(value unsafe.Pointer, output []byte, levels int, flags uintptr) (written int, ok bool) {
	c := call{value: value, data: output, levels: levels, flags: flags}
	return p.moved(&c)
}

// size returns the bytes that encode would write.
func (p *program) size(value unsafe.Pointer, levels int, flags uintptr) (bytes int, ok bool) {
	c := call{value: value, levels: levels, flags: flags}
	result, ok := p.run(&c)
	return int(result), ok
}

// moved runs p and returns how far the cursor got.
func (p *program) moved(c *call) (n int, ok bool) {
	cursor, ok := p.run(c)
	if !ok {
		return 0, false
	}
	return offsetIn(c.data, cursor), true
}

// offsetIn returns the offset of a cursor in data.
func offsetIn(data []byte, cursor uintptr) int {
	offset := cursor - uintptr(unsafe.Pointer(unsafe.SliceData(data)))
	if offset > uintptr(len(data)) {
		panic("BUG: jit: native code left with a cursor outside its data")
	}
	return int(offset)
}
