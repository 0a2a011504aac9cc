package jit

import (
	"fmt"
	"sync"
	"time"
	"unsafe"

	"github.com/tagwire/tagwire/ir"
	"github.com/tagwire/tagwire/jit/abi"
	"github.com/tagwire/tagwire/schema"
)

// A Codec is the native code of a struct type. It is immutable and safe for concurrent use. Its methods report false
// where native code refuses; the caller then repeats the whole call on the plain codec, which knows why.
type Codec struct {
	size, encode, decode *program
	info                 Info
}

// Info tells what native code a Codec has.
type Info struct {
	// CodeBytes is its size; CompileTime what it took to make.
	CodeBytes   int
	CompileTime time.Duration
}

// Compile makes the native code of a struct type. It may be called by several goroutines; they take turns.
func Compile(s *schema.StructType) (*Codec, error) {
	if err := Available(); err != nil {
		return nil, err
	}
	compiling.Lock()
	defer compiling.Unlock()
	start := time.Now()
	c := &Codec{}
	var err error
	if c.size, err = c.compile(s, sizing); err != nil {
		return nil, err
	}
	if c.encode, err = c.compile(s, encoding); err != nil {
		return nil, err
	}
	if c.decode, err = c.compile(s, decoding); err != nil {
		return nil, err
	}
	c.info.CompileTime = time.Since(start)
	return c, nil
}

// compiling keeps compilations from taking every processor at once.
var compiling sync.Mutex

// compile makes the code of one direction.
func (c *Codec) compile(s *schema.StructType, d direction) (*program, error) {
	made, err := debugging.pipelineFor(s, d).run(s, d)
	if err != nil {
		return nil, err
	}
	var u *unit
	err = guarded("the backend on "+made.functions[0].Name, func() (err error) {
		unlinked := compilation{
			functions: made.functions, objects: made.objects(), owner: s.Go.String(), list: debugging.listingFor(s, d),
		}
		u, err = unlinked.compile()
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("jit: %s of %s: %w", d, s.Go, err)
	}
	c.info.CodeBytes += u.segment.CodeBytes()
	p := &program{
		entry: u.entries[0], structs: made.structs, slabs: made.slabs, maps: made.maps, constants: made.constants,
		holdsAll: made.userCode,
	}
	if isQuick(made.functions) {
		p.quick = u.bodies[0]
	}
	return p, nil
}

// isQuick reports whether functions ask Go for nothing, another stint excepted, and store no addresses.
func isQuick(functions []*ir.Func) bool {
	for _, f := range functions {
		for _, b := range f.Blocks {
			for _, i := range b.Insts {
				if i.Op == ir.StorePtr || i.Op == ir.Exit && abi.ExitCode(i.Imm) != abi.Yield {
					return false
				}
			}
		}
	}
	return true
}

// Info tells what native code c has.
func (c *Codec) Info() Info { return c.info }

// Size returns the bytes that Encode writes for the struct at value, nil for an absent one.
func (c *Codec) Size(value unsafe.Pointer, levels int) (n int, ok bool) {
	return c.size.size(value, levels, 0)
}

// Encode writes the struct at value, nil for an absent one, into buf, never past its length.
func (c *Codec) Encode(buf []byte, value unsafe.Pointer, levels int) (n int, ok bool) {
	return c.encode.encode(value, buf, levels, 0)
}

// LongestInput is the most bytes that Decode takes: a length or count that fits the input is a positive number of 32 bits.
const LongestInput = wireMaxCount

// Decode reads a struct from the start of data into the one at value, which is not nil, and returns the bytes used.
// allocation is the most bytes it may allocate; strings and binaries alias data if zeroCopy, and have allocations of
// their own if owned. data must not be longer than LongestInput.
func (c *Codec) Decode(data []byte, value unsafe.Pointer, levels, allocation int, zeroCopy, owned bool) (n int, ok bool) {
	var flags uintptr
	if zeroCopy {
		flags |= abi.FlagZeroCopy
	}
	if owned {
		flags |= abi.FlagOwnedStrings
	}
	return c.decode.decode(value, data, levels, allocation, flags)
}

// FallbackExit is the name, in Exits, of the exit by which native code leaves a field to Go.
var FallbackExit = abi.FallbackField.String()

// Exits returns how often native code asked Go for something, by kind.
func Exits() map[string]uint64 { return exitsByKind() }
