package jit

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"sync"
	"time"
	"unsafe"

	"github.com/tagwire/tagwire/codec"
	"github.com/tagwire/tagwire/ir"
	"github.com/tagwire/tagwire/jit/abi"
	"github.com/tagwire/tagwire/jit/build"
	"github.com/tagwire/tagwire/jit/build/protobuf"
	"github.com/tagwire/tagwire/jit/build/thriftbinary"
	"github.com/tagwire/tagwire/jit/build/thriftcompact"
	"github.com/tagwire/tagwire/jit/compile"
	"github.com/tagwire/tagwire/jit/island"
	"github.com/tagwire/tagwire/loader"
	"github.com/tagwire/tagwire/schema"
)

// A Codec is the native code of a struct type. It is immutable and safe for concurrent use. Its methods report false
// where native code refuses; the caller then repeats the whole call on the plain codec, which knows why.
type Codec struct {
	size, encode, decode *island.Program
	texts                bool
	leastInput           int
	info                 Info
}

// Info describes the native code of a Codec.
type Info struct {
	// CodeBytes is its size; CompileTime what it took to make.
	CodeBytes   int
	CompileTime time.Duration
}

// ErrNoDefaultYet is why there is no code yet for a type whose InitDefault is running.
var ErrNoDefaultYet = build.ErrNoDefaultYet

// A Format is a wire format that native code can be made for.
type Format = build.Format

// The formats that there are.
var (
	ThriftBinary  = thriftbinary.Format
	ThriftCompact = thriftcompact.Format
	Protobuf      = protobuf.Format
)

// CompileInSteps makes the native code of a struct type. It may be called by several goroutines; they take turns. pause is called
// between the steps, some microseconds apart, and may give the processor to others for as long as it likes. Other compilations
// wait meanwhile.
func CompileInSteps(s *schema.StructType, format Format, pause func()) (*Codec, error) {
	c, err := compilePrograms(s, pause, tasks(format)...)
	if err != nil {
		return nil, err
	}
	return &Codec{
		size: c.programs[0], encode: c.programs[1], decode: c.programs[2],
		texts: c.modules[1].Texts, leastInput: c.leastInput, info: c.info,
	}, nil
}

// tasks returns what a Codec is made of, in the order of its programs.
func tasks(format Format) []build.Task {
	return []build.Task{
		{Operation: build.Size, Format: format}, {Operation: build.Encode, Format: format}, {Operation: build.Decode, Format: format},
	}
}

// A compiled is what compilePrograms makes. The functions of the modules must not be used: link releases them.
type compiled struct {
	modules []*build.Module
	// fast tells which modules' programs can be called without a state; see canFastCall.
	fast []bool
	// leastInput is that of the module that decodes.
	leastInput int
	unit       *compile.Unit
	programs   []*island.Program
	info       Info
}

// compilePrograms makes the programs of s for tasks.
func compilePrograms(s *schema.StructType, pause func(), tasks ...build.Task) (*compiled, error) {
	if err := Available(); err != nil {
		return nil, err
	}
	compiling.Lock()
	defer compiling.Unlock()
	start := time.Now()
	c := new(compiled)
	if err := c.compile(s, pause, tasks); err != nil {
		return nil, err
	}
	c.link()
	c.info = Info{CodeBytes: c.unit.Segment.CodeBytes(), CompileTime: time.Since(start)}
	return c, nil
}

// compiling keeps compilations from taking every processor at once. A caller that waits for a type which another caller is compiling
// should not wait here: see the lock of each type in the root package.
var compiling sync.Mutex

// finishedHelpers are those that any type has needed. They are a dozen small functions at most. Guarded by compiling.
var finishedHelpers = build.HelperSet{}

// compile makes the modules of s for tasks, and their code, which shares a segment.
func (c *compiled) compile(s *schema.StructType, pause func(), tasks []build.Task) (err error) {
	unlinked := compile.Compilation{
		Objects: map[string]uint64{}, Seldom: map[string]bool{}, Features: compile.HostFeatures(debugging.level), Check: debugging.verify,
		Pause: pause, List: debugging.listingFor(s),
	}
	c.modules = make([]*build.Module, len(tasks))
	for n, task := range slices.Backward(tasks) { // decoding is most work: what it needs is enough for the others
		p := debugging.pipelineFor(s, task)
		p.Pause = pause
		unlinked.Format, unlinked.Finished = task.Format, p.Finished
		if c.modules[n], err = p.Run(s, task); err != nil {
			return err
		}
		if p.Finished != nil {
			p.Finished.Add(c.modules[n]) // the next task takes them from there
		}
	}
	for _, m := range c.modules {
		unlinked.Entered = append(unlinked.Entered, len(unlinked.Functions)) // the type's body comes first
		maps.Copy(unlinked.Objects, m.Symbols(island.NoByte()))
		c.fast = append(c.fast, canFastCall(m))
		if m.Operation == build.Decode {
			c.leastInput = leastInput(m)
		}
		if c.fast[len(c.fast)-1] {
			for _, f := range m.Functions[:m.Bodies] {
				unlinked.Seldom[f.Name] = true
			}
		}
		if err := unlinked.Add(m.Functions); err != nil {
			return err
		}
	}
	if c.unit, err = unlinked.Compile(); err != nil {
		return fmt.Errorf("jit: %s: %w", codec.TypeText(s.Go), err)
	}
	if debugging.perfMap {
		notePerf(codec.TypeText(s.Go), c.unit.Segment.Functions())
	}
	return nil
}

// link makes the programs of the modules, and releases their functions.
func (c *compiled) link() {
	for n, m := range c.modules {
		fastCall := uintptr(0)
		if c.fast[n] {
			fastCall = c.unit.Bodies[n]
		}
		c.programs = append(c.programs, newProgram(m, c.unit.Entries[n], fastCall))
		for _, f := range m.Functions {
			if !finishedHelpers.Has(m.Format, f) {
				f.Release()
			}
		}
	}
}

// usedFlags returns the flags of a call that programs for an operation are to see.
func usedFlags(o build.Operation) uintptr {
	if o == build.Decode {
		return abi.FlagZeroCopy | abi.FlagOwnedStrings
	}
	return abi.FlagSorted
}

// newProgram returns the program of a module, whose code is at two addresses.
func newProgram(m *build.Module, entry, fastCall uintptr) *island.Program {
	p := island.NewProgram(entry, fastCall, usedFlags(m.Operation), m.Constants, m.UserCode)
	if m.Operation == build.Encode {
		p.SetEncodes()
	}
	for _, o := range m.Objects {
		p.AddObject(o.GoType, o.Initialise)
	}
	for _, l := range m.Lists {
		p.AddList(l.GoType, l.Pointers, l.Nests, l.Memory)
	}
	for _, t := range m.Maps {
		p.AddMap(t)
	}
	for _, row := range m.Slabs {
		p.AddSlab(row)
	}
	for _, row := range m.Fills {
		p.AddFill(row)
	}
	for _, a := range m.Ahead {
		p.AddAhead(a.GoType, a.Offsets, a.CountOnly)
	}
	return p
}

// canFastCall reports whether the functions of m store no addresses and usually take no exits: only for more fuel, for maps that
// could not be read ahead, and in calls that sort.
func canFastCall(m *build.Module) bool {
	for _, a := range m.Ahead {
		if !island.ReadsAhead(a.GoType) {
			return false
		}
	}
	for _, f := range m.Functions {
		for _, b := range f.Blocks {
			for _, i := range b.Insts {
				if i.Op == ir.StorePtr || i.Op == ir.Exit && !seldom(abi.ExitCode(i.Imm), m) {
					return false
				}
			}
		}
	}
	return true
}

// seldom reports whether an exit of m is one of these.
func seldom(exit abi.ExitCode, m *build.Module) bool {
	switch exit {
	case abi.Yield, abi.MarkEntry:
		return true
	case abi.ReadMap, abi.CountMap:
		return !m.MapExits
	}
	return false
}

// Info describes the native code of c.
func (c *Codec) Info() Info { return c.info }

// In the settings of a call, limits are resolved; the limit on the size is not used.

// Size returns the bytes that Encode writes for the struct at value, nil for an absent one.
func (c *Codec) Size(value unsafe.Pointer, s *codec.Settings) (n int, ok bool) {
	return c.size.Size(value, s)
}

// SizesQuickly reports whether Size needs no Go code, as it does to look into maps.
func (c *Codec) SizesQuickly() bool { return c.size.SizesQuickly() }

// HasTexts reports whether values of the type may contain strings or binaries: other types have no use for a Direct.
func (c *Codec) HasTexts() bool { return c.texts }

// Encode writes the struct at value, nil for an absent one, into buf, never past its length.
func (c *Codec) Encode(buf []byte, value unsafe.Pointer, s *codec.Settings) (n int, ok bool) {
	n, _, ok = c.encode.Process(value, buf, s)
	return n, ok
}

// The costs of decoding, in nanoseconds: where native code makes objects, lists or maps, what its call takes more than one of the plain
// codec's, and what it gains on each byte of a message. The command bench/engines holds them to measurement.
const (
	costOfMaking = 18
	gainPerByte  = 1.5
)

// leastInput computes LeastInput for the module that decodes, by the exits in its bodies.
func leastInput(m *build.Module) int {
	for _, f := range m.Functions[:m.Bodies] {
		for _, b := range f.Blocks {
			for _, i := range b.Insts {
				if i.Op != ir.Exit {
					continue
				}
				switch abi.ExitCode(i.Imm) {
				case abi.NewStruct, abi.NewSlab, abi.FillMap, abi.KeepUnknown, abi.KeepHeaded, abi.AppendList, abi.AppendMap, abi.SetOneof, abi.SetTime:
					return int(costOfMaking/gainPerByte) + 1
				}
			}
		}
	}
	return 0
}

// LeastInput is the length of a message from which on Decode is the faster engine. Encoding and measuring always are.
func (c *Codec) LeastInput() int { return c.leastInput }

// LongestInput is the most bytes that Decode takes: a length or count that fits the input is a positive number of 32 bits.
const LongestInput = math.MaxInt32

// Decode reads a struct from the start of data into the one at value, which is not nil, and returns the bytes used, and
// those that it has allocated, also if it refuses. data must not be longer than LongestInput.
func (c *Codec) Decode(data []byte, value unsafe.Pointer, s *codec.Settings) (n, spent int, ok bool) {
	return c.decode.Process(value, data, s)
}

// Exits returns how often native code asked Go for something, by kind.
func Exits() map[string]uint64 { return island.Exits() }

// Calls returns how many calls native code has served so far.
func Calls() uint64 { return island.Calls() }

// MappedBytes returns the memory that is mapped for native code.
func MappedBytes() int { return loader.Stats().MappedBytes }
