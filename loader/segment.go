package loader

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"sync/atomic"
	"unsafe"
)

// FunctionAlign is the alignment in bytes of each function in a segment.
const FunctionAlign = 32

// MaxMappedBytes bounds the memory of all drafts and segments together: 4,096 types of 64 KiB.
const MaxMappedBytes = 256 << 20

// ErrFull is the error of NewDraft when MaxMappedBytes would be passed.
var ErrFull = errors.New("loader: the memory for native code is used up")

// Function is a piece of code in a segment.
type Function struct {
	Name string
	// Address is where it begins.
	Address uintptr
	// Bytes is its length.
	Bytes int
}

// A Draft is memory being filled with functions that will share a segment. It is used by one goroutine, and
// ends with Seal or Discard.
type Draft struct {
	memory    []byte // mapped outside the Go heap; nil after the end
	used      int
	functions []Function
}

// A Segment is sealed memory. It never changes and may be used by any number of goroutines. Its memory stays
// mapped until Free, whatever happens to the Segment value.
type Segment struct {
	memory    []byte
	functions []Function
	codeBytes int
}

// NewDraft maps room for bytes bytes of code, alignment included.
func NewDraft(bytes int) (*Draft, error) {
	if bytes <= 0 || bytes > MaxMappedBytes {
		return nil, fmt.Errorf("loader: a draft of %d bytes: %w", bytes, ErrFull)
	}
	page := os.Getpagesize()
	mapped := (bytes + page - 1) / page * page
	if mappedBytes.Add(int64(mapped)) > MaxMappedBytes {
		mappedBytes.Add(-int64(mapped))
		return nil, ErrFull
	}
	memory, err := mapWritable(mapped)
	if err != nil {
		mappedBytes.Add(-int64(mapped))
		return nil, fmt.Errorf("loader: cannot map memory: %w", err)
	}
	fillWithTraps(memory)
	return &Draft{memory: memory}, nil
}

// RoomFor returns the bytes that a draft needs for functions of these sizes.
func RoomFor(sizes ...int) int {
	total := 0
	for _, size := range sizes {
		total += aligned(size)
	}
	return total
}

// Next returns the address at which the next function will lie, so that code can be linked before it is added.
func (d *Draft) Next() uintptr { return address(d.memory) + uintptr(d.used) }

// Add copies a function into the draft. It fails if the room is used up.
func (d *Draft) Add(name string, code []byte) (Function, error) {
	if len(code) > len(d.memory)-d.used {
		return Function{}, fmt.Errorf("loader: no room for %s in its draft: %d bytes of %d are left", name, len(d.memory)-d.used, len(d.memory))
	}
	function := Function{Name: name, Address: d.Next(), Bytes: len(code)}
	copy(d.memory[d.used:], code)
	d.used += min(aligned(len(code)), len(d.memory)-d.used)
	d.functions = append(d.functions, function)
	return function, nil
}

// Seal makes the memory executable and no longer writable, and ends the draft. If the host refuses, the
// memory is given back.
func (d *Draft) Seal() (*Segment, error) {
	if d.memory == nil {
		return nil, errors.New("loader: the draft has ended")
	}
	start := address(d.memory)
	synchroniseCaches(start, start+uintptr(len(d.memory)))
	if err := makeExecutable(d.memory); err != nil {
		d.Discard()
		return nil, fmt.Errorf("loader: the host does not let memory become executable: mprotect: %w", err)
	}
	segment := &Segment{memory: d.memory, functions: d.functions}
	for _, function := range d.functions {
		segment.codeBytes += function.Bytes
	}
	d.memory = nil
	segments.Add(1)
	functions.Add(int64(len(segment.functions)))
	codeBytes.Add(int64(segment.codeBytes))
	return segment, nil
}

// Discard gives the memory of an unsealed draft back. After Seal it does nothing.
func (d *Draft) Discard() {
	if d.memory == nil {
		return
	}
	release(d.memory)
	d.memory = nil
}

// Functions returns the functions in the order in which they were added. The caller must not change it.
func (s *Segment) Functions() []Function { return s.functions }

// CodeBytes returns the bytes of code, without padding.
func (s *Segment) CodeBytes() int { return s.codeBytes }

// Free unmaps the segment. The caller must know that nothing runs in it and nothing will enter it again.
func (s *Segment) Free() {
	if s.memory == nil {
		return
	}
	release(s.memory)
	s.memory = nil
	segments.Add(-1)
	functions.Add(-int64(len(s.functions)))
	codeBytes.Add(-int64(s.codeBytes))
}

func release(memory []byte) {
	if err := unmap(memory); err != nil {
		panic(fmt.Sprintf("BUG: loader: cannot unmap %d bytes: %v", len(memory), err))
	}
	mappedBytes.Add(-int64(len(memory)))
}

// Statistics counts the executable memory of the process.
type Statistics struct {
	// Segments and Functions are those sealed and not freed.
	Segments, Functions int
	// CodeBytes is the bytes of their code.
	CodeBytes int
	// MappedBytes is the memory mapped, in whole pages, drafts included; never above MaxMappedBytes.
	MappedBytes int
}

var mappedBytes, segments, functions, codeBytes atomic.Int64

// Stats returns the counts of this moment.
func Stats() Statistics {
	return Statistics{
		Segments:    int(segments.Load()),
		Functions:   int(functions.Load()),
		CodeBytes:   int(codeBytes.Load()),
		MappedBytes: int(mappedBytes.Load()),
	}
}

// fillWithTraps makes a stray jump stop at once. The zeros of fresh memory trap on arm64.
func fillWithTraps(memory []byte) {
	const breakpoint = 0xCC // INT3
	if runtime.GOARCH != "amd64" {
		return
	}
	for n := copy(memory, []byte{breakpoint}); n < len(memory); n *= 2 {
		copy(memory[n:], memory[:n])
	}
}

func aligned(size int) int { return (size + FunctionAlign - 1) &^ (FunctionAlign - 1) }

// address is the address of mapped memory, which the Go heap knows nothing of and which does not move.
func address(memory []byte) uintptr { return uintptr(unsafe.Pointer(unsafe.SliceData(memory))) }
