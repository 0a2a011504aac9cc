package irtest

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"slices"

	"github.com/tagwire/tagwire/ir"
	"github.com/tagwire/tagwire/ir/interp"
)

// Sizes of the pieces of memory that a generated function works on.
const (
	SourceSize  = 2048
	TargetSize  = 2048
	ScratchSize = 256
	FrameWords  = 8
)

// An Environment is what a generated function is run in: its memory, its Frame, and Go at the other side of its exits.
// Native tests may put the pieces of memory anywhere, if they set the addresses to the real ones.
type Environment struct {
	Source  []byte // read by native code, written only by exits
	Target  []byte
	Scratch []byte
	Frame   []uint64 // the words at Config.FrameOffset

	SourceAddress  uint64
	TargetAddress  uint64
	ScratchAddress uint64

	Argument uint64  // the last argument
	Trace    []Event // the exits so far
}

// An Event is an exit as Go sees it.
type Event struct {
	Code   int64
	Args   []uint64
	Memory uint64 // a hash of target, scratch and Frame
}

// NewEnvironment makes an environment out of seed. Of two with one seed each is a copy of the other.
func NewEnvironment(seed uint64) *Environment {
	random := rand.New(rand.NewPCG(seed, 1))
	e := &Environment{
		Source: make([]byte, SourceSize), Target: make([]byte, TargetSize), Scratch: make([]byte, ScratchSize),
		Frame:         make([]uint64, FrameWords),
		SourceAddress: 0x1000_0000, TargetAddress: 0x2000_0003, ScratchAddress: 0x3000_0008,
		Argument: random.Uint64(),
	}
	for _, data := range [][]byte{e.Source, e.Target, e.Scratch} {
		for n := range data {
			data[n] = byte(random.Uint32())
		}
	}
	for n := range e.Frame {
		e.Frame[n] = random.Uint64N(1000)
	}
	return e
}

// Limit cuts source and target to the given sizes, so that checks of room fail where they have to.
func (e *Environment) Limit(source, target int) {
	e.Source, e.Target = e.Source[:source:source], e.Target[:target:target]
}

// Arguments returns the arguments of the main function.
func (e *Environment) Arguments() []uint64 {
	return []uint64{
		e.SourceAddress, e.SourceAddress + uint64(len(e.Source)),
		e.TargetAddress, e.TargetAddress + uint64(len(e.Target)),
		e.ScratchAddress, e.Argument,
	}
}

// ObjectOffset is where in the scratch memory the symbol @object leads.
const ObjectOffset = 64

// Symbols returns the addresses of the symbols that generated functions use.
func (e *Environment) Symbols() map[string]uint64 {
	return map[string]uint64{"object": e.ScratchAddress + ObjectOffset}
}

// errRefused is what an exit sometimes ends with.
var errRefused = errors.New("irtest: exit refused")

// ServeExit is Go at the other side of an exit with the code first+ExitWords and so on: it notes what it sees, changes
// some of the memory, and returns numbers made of it all. A pointer is returned as it came. Sometimes it refuses.
func (e *Environment) ServeExit(first, code int64, args []uint64, results int) ([]uint64, error) {
	e.Trace = append(e.Trace, Event{Code: code, Args: slices.Clone(args), Memory: e.hash()})
	h := fnv.New64a()
	var word [8]byte
	for _, n := range append([]uint64{uint64(code), uint64(len(e.Trace))}, args...) {
		binary.LittleEndian.PutUint64(word[:], n)
		h.Write(word[:])
	}
	seed := h.Sum64()
	if code == first+ExitPointer {
		return args[:results], nil
	}
	random := rand.New(rand.NewPCG(seed, 2))
	if random.IntN(32) == 0 {
		return nil, errRefused
	}
	for range 4 {
		e.Scratch[random.IntN(len(e.Scratch)/4)] ^= byte(random.Uint32())
	}
	for n := range e.Source { // Go may write it, native code may not
		e.Source[n] ^= byte(n & 1)
	}
	e.Frame[random.IntN(len(e.Frame))] += seed & 7
	e.Frame[random.IntN(3)]++
	out := make([]uint64, results)
	for n := range out {
		out[n] = random.Uint64()
	}
	return out, nil
}

func (e *Environment) hash() uint64 {
	h := fnv.New64a()
	h.Write(e.Target)
	h.Write(e.Scratch)
	var word [8]byte
	for _, n := range e.Frame {
		binary.LittleEndian.PutUint64(word[:], n)
		h.Write(word[:])
	}
	return h.Sum64()
}

// errSkip is the refusal of Skip.
var errSkip = errors.New("irtest: value refused")

// Skip is a wire format for tests: a value of kind k is k%16 bytes long, and kind%16 == 15 is refused, as is a value that
// the end cuts.
func Skip(_ string, src, end uint64, kind uint32, depth int64) (uint64, error) {
	n := uint64(kind % 16)
	if n == 15 || depth < 1 || int64(end-src) < int64(n) {
		return 0, errSkip
	}
	return src + n, nil
}

// A Result is how a run ended and what it left behind.
type Result struct {
	interp.Outcome
	Environment *Environment
	Executed    [ir.OpCount]int
}

// Interpret runs p by package interp in e. An error is a fault of the program.
func Interpret(p *Program, e *Environment) (*Result, error) {
	m := &interp.Machine{
		Frame:   make([]uint64, p.Config.FrameOffset/8, p.Config.FrameOffset/8+FrameWords),
		Funcs:   map[string]*ir.Func{},
		Symbols: e.Symbols(),
		Skip:    Skip,
	}
	words := m.Frame
	m.Frame = append(m.Frame, e.Frame...)
	e.Frame = m.Frame[len(words):]
	m.Exit = func(code int64, args []uint64, results int) ([]uint64, error) {
		return e.ServeExit(p.Config.FirstExitCode, code, args, results)
	}
	m.Memory.Map("source", e.SourceAddress, e.Source, false)
	m.Memory.Map("target", e.TargetAddress, e.Target, true)
	m.Memory.Map("scratch", e.ScratchAddress, e.Scratch, true)
	for _, f := range p.Funcs {
		m.Funcs[f.Name] = f
	}
	outcome, err := m.Run(p.Main(), e.Arguments()...)
	return &Result{Outcome: outcome, Environment: e, Executed: m.Executed}, err
}

// Used returns how much of source and target the run used, if it did not fail: with these limits it succeeds again.
func (r *Result) Used() (source, target int) {
	return int(r.Environment.Frame[0] - r.Environment.SourceAddress), int(r.Results[0] - r.Environment.TargetAddress)
}

// Differ returns how two results differ in what a user can see, or "". After a failure, memory does not count: the whole
// call is done again.
func Differ(a, b *Result) string {
	if a.Failed != b.Failed {
		return fmt.Sprintf("failed: %v, %v", a.Failed, b.Failed)
	}
	if !slices.Equal(a.Results, b.Results) {
		return fmt.Sprintf("results: %x, %x", a.Results, b.Results)
	}
	traceA, traceB := a.Environment.Trace, b.Environment.Trace
	for n := range min(len(traceA), len(traceB)) {
		x, y := traceA[n], traceB[n]
		if x.Code != y.Code || !slices.Equal(x.Args, y.Args) || x.Memory != y.Memory {
			return fmt.Sprintf("exit %d: %+v, %+v", n, x, y)
		}
	}
	if len(traceA) != len(traceB) {
		return fmt.Sprintf("exits: %d, %d", len(traceA), len(traceB))
	}
	if a.Failed {
		return ""
	}
	for _, memory := range []struct {
		name string
		a, b []byte
	}{{"target", a.Environment.Target, b.Environment.Target}, {"scratch", a.Environment.Scratch, b.Environment.Scratch}} {
		for n := range memory.a {
			if memory.a[n] != memory.b[n] {
				return fmt.Sprintf("%s+%d: %#x, %#x", memory.name, n, memory.a[n], memory.b[n])
			}
		}
	}
	if !slices.Equal(a.Environment.Frame, b.Environment.Frame) {
		return fmt.Sprintf("Frame: %x, %x", a.Environment.Frame, b.Environment.Frame)
	}
	return ""
}
