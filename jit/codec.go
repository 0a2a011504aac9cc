package jit

import (
	"fmt"
	"maps"
	"math"
	"sync"
	"time"
	"unsafe"

	"github.com/tagwire/tagwire/codec"
	"github.com/tagwire/tagwire/ir"
	"github.com/tagwire/tagwire/jit/abi"
	"github.com/tagwire/tagwire/jit/build"
	"github.com/tagwire/tagwire/jit/build/thriftbinary"
	"github.com/tagwire/tagwire/loader"
	"github.com/tagwire/tagwire/schema"
)

// A Codec is the native code of a struct type. It is immutable and safe for concurrent use. Its methods report false
// where native code refuses; the caller then repeats the whole call on the plain codec, which knows why.
type Codec struct {
	size, encode, decode *program
	texts                bool
	info                 Info
}

// Info tells what native code a Codec has.
type Info struct {
	// CodeBytes is its size; CompileTime what it took to make.
	CodeBytes   int
	CompileTime time.Duration
}

// A Format is a wire format that native code can be made for.
type Format = build.Format

// ThriftBinary is the one.
var ThriftBinary = thriftbinary.Format

// Compile makes the native code of a struct type. It may be called by several goroutines; they take turns.
func Compile(s *schema.StructType, format Format) (*Codec, error) {
	return CompileInSteps(s, format, func() {})
}

// CompileInSteps is Compile for callers that are not waiting: pause is called between the steps, some microseconds apart, and may
// give the processor to others for as long as it likes. Other compilations wait meanwhile.
func CompileInSteps(s *schema.StructType, format Format, pause func()) (*Codec, error) {
	made, programs, info, err := compilePrograms(s, pause, tasks(format)...)
	if err != nil {
		return nil, err
	}
	return &Codec{size: programs[0], encode: programs[1], decode: programs[2], texts: made[1].Texts, info: info}, nil
}

// tasks returns what a Codec is made of, in the order of its programs.
func tasks(format Format) []build.Task {
	return []build.Task{
		{Operation: build.Size, Format: format}, {Operation: build.Encode, Format: format}, {Operation: build.Decode, Format: format},
	}
}

// compilePrograms makes the programs of s for tasks. Of their modules only what stands beside the functions may be used.
func compilePrograms(s *schema.StructType, pause func(), tasks ...build.Task) ([]*build.Module, []*program, Info, error) {
	if err := Available(); err != nil {
		return nil, nil, Info{}, err
	}
	compiling.Lock()
	defer compiling.Unlock()
	start := time.Now()
	made, u, err := compileTasks(s, pause, tasks...)
	if err != nil {
		return nil, nil, Info{}, err
	}
	programs := newPrograms(made, u)
	return made, programs, Info{CodeBytes: u.segment.CodeBytes(), CompileTime: time.Since(start)}, nil
}

// compiling keeps compilations from taking every processor at once.
var compiling sync.Mutex

// finishedHelpers are those that any type has needed. They are a dozen small functions at most. Guarded by compiling.
var finishedHelpers = build.HelperSet{}

// newPrograms returns the programs of the modules of a unit, which are done with then.
func newPrograms(made []*build.Module, u *unit) []*program {
	programs := make([]*program, len(made))
	for n, d := range made {
		p := newProgram(d)
		p.entry = u.entries[n]
		if canFastCall(d.Functions) {
			p.fastCall = u.bodies[n]
		}
		programs[n] = p
		finishedHelpers.Add(d)
		for _, f := range d.Functions {
			if !finishedHelpers.Has(f) {
				f.Release()
			}
		}
	}
	return programs
}

// newProgram returns the program of a module, without code.
func newProgram(d *build.Module) *program {
	p := &program{constants: d.Constants, rootsAll: d.UserCode}
	for _, o := range d.Objects {
		p.addObject(o.GoType, o.Initialise)
	}
	for _, l := range d.Lists {
		p.addList(l.GoType, l.Pointers)
	}
	for _, t := range d.Maps {
		p.addMap(t)
	}
	return p
}

// compileTasks makes the modules of s for tasks, and their code, which shares a segment.
func compileTasks(s *schema.StructType, pause func(), tasks ...build.Task) (made []*build.Module, u *unit, err error) {
	unlinked := compilation{objects: map[string]uint64{}, owner: codec.TypeText(s.Go), pause: pause, list: debugging.listingFor(s)}
	for _, d := range tasks {
		p := debugging.pipelineFor(s, d)
		p.pause = pause
		unlinked.finished = p.finished
		result, err := p.run(s, d)
		if err != nil {
			return nil, nil, err
		}
		made = append(made, result)
		unlinked.entered = append(unlinked.entered, len(unlinked.functions)) // the type's body comes first
		maps.Copy(unlinked.objects, result.Symbols(unsafe.Pointer(&noByte)))
		if err := unlinked.add(result.Functions); err != nil {
			return nil, nil, err
		}
	}
	err = guarded("the backend on "+codec.TypeText(s.Go), func() (err error) {
		u, err = unlinked.compile()
		return err
	})
	if err != nil {
		return nil, nil, fmt.Errorf("jit: %s: %w", codec.TypeText(s.Go), err)
	}
	return made, u, nil
}

// canFastCall reports whether functions ask Go for nothing, more fuel excepted, and store no addresses.
func canFastCall(functions []*ir.Func) bool {
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

// HasTexts reports whether values of the type may hold strings or binaries: others have no use for a Direct.
func (c *Codec) HasTexts() bool { return c.texts }

// EncodeFlags change what an encode writes.
type EncodeFlags uintptr

// Sorted has the entries of maps written in the order of their keys.
const Sorted EncodeFlags = abi.FlagSorted

// Encode writes the struct at value, nil for an absent one, into buf, never past its length.
func (c *Codec) Encode(buf []byte, value unsafe.Pointer, levels int, flags EncodeFlags) (n int, ok bool) {
	return c.encode.encode(value, buf, levels, uintptr(flags))
}

// LongestInput is the most bytes that Decode takes: a length or count that fits the input is a positive number of 32 bits.
const LongestInput = math.MaxInt32

// Decode reads a struct from the start of data into the one at value, which is not nil, and returns the bytes used, and
// those that it has allocated, also if it refuses. allocation is the most bytes it may allocate; strings and binaries alias
// data if zeroCopy, and have allocations of their own if owned. data must not be longer than LongestInput.
func (c *Codec) Decode(data []byte, value unsafe.Pointer, levels, allocation int, zeroCopy, owned bool) (n, spent int, ok bool) {
	var flags uintptr
	if zeroCopy {
		flags |= abi.FlagZeroCopy
	}
	if owned {
		flags |= abi.FlagOwnedStrings
	}
	return c.decode.decode(value, data, levels, allocation, flags)
}

// Exits returns how often native code asked Go for something, by kind.
func Exits() map[string]uint64 { return exitsByKind() }

// MappedBytes returns the memory that is mapped for native code.
func MappedBytes() int { return loader.Stats().MappedBytes }
