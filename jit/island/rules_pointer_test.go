//go:build (linux || darwin) && (amd64 || arm64)

package island

import (
	"fmt"
	"reflect"
	"runtime"
	"testing"
	"time"
	"unsafe"

	"github.com/stretchr/testify/require"

	"github.com/tagwire/tagwire/ir"
	"github.com/tagwire/tagwire/jit/abi"
	"github.com/tagwire/tagwire/jit/compile"
	"github.com/tagwire/tagwire/jit/jittest"
	"github.com/tagwire/tagwire/schema"
)

func init() {
	jittest.Controls["M2 keeps, pointers"] = func() { shadePointers(launch, jittest.KeepFor()) }
	jittest.Controls["M2 breaks, pointers"] = func() { shadePointers(launchUnshaded, jittest.ControlSeconds*time.Second) }
	jittest.Controls["M3 keeps, pointers"] = func() { overwritePointers(false, jittest.KeepFor()) }
	jittest.Controls["M3 breaks, pointers"] = func() { overwritePointers(true, jittest.ControlSeconds*time.Second) }
}

func TestM2PointersAreShaded(t *testing.T) {
	require.NoError(t, runs())
	jittest.RequireUnharmed(t, "M2 keeps, pointers")
	jittest.RequireHarm(t, "M2 breaks, pointers", corrupted)
}

func TestM3OnlyNilPointersAreStoredTo(t *testing.T) {
	require.NoError(t, runs())
	jittest.RequireUnharmed(t, "M3 keeps, pointers")
	jittest.RequireHarm(t, "M3 breaks, pointers", corrupted)
}

// Scattered has pointers to scalars of several sizes.
type Scattered struct {
	Flag  *bool    `frugal:"1,optional,bool"`
	Large *int64   `frugal:"2,optional,i64"`
	Small *int16   `frugal:"3,optional,i16"`
	Real  *float64 `frugal:"4,optional,double"`
	Word  *int32   `frugal:"5,optional,i32"`
}

func scattered(seed int) *Scattered {
	n := int64(seed)*0x0101 + 1
	return &Scattered{to(seed%2 == 0), to(n << 32), to(int16(n)), to(float64(n)), to(int32(n))}
}

// scatteredCodec is decoderOf for Scattered.
func scatteredCodec(overwrites bool) (decode *Program, encode func(*Scattered) []byte) {
	decode, encode, looks := decoderOf[Scattered](overwrites)
	if overwrites && looks != reflect.TypeFor[Scattered]().NumField() {
		panic(fmt.Sprintf("not broken in %d places", looks))
	}
	return decode, encode
}

// decoderOf returns the program that decodes a T, and an encoder. overwrites breaks M3: the program takes all slots for nil. looks says
// in how many places.
func decoderOf[T any](overwrites bool) (decode *Program, encode func(*T) []byte, looks int) {
	s, err := schema.Thrift.Of(reflect.TypeFor[T]())
	if err != nil {
		panic(err)
	}
	m, err := (&compile.Pipeline{Verify: true}).Run(s, jittest.Decoding)
	if err != nil {
		panic(err)
	}
	for _, f := range m.Functions {
		for _, b := range f.Blocks {
			for _, i := range b.Insts {
				if overwrites && i.Op == ir.LoadPtr {
					i.Op, i.Args, i.Imm = ir.Const, nil, 0
					looks++
				}
			}
		}
	}
	u, err := compileFunctions(m.Functions, m.Symbols(NoByte()), compile.HostFeatures(0))
	if err != nil {
		panic(err)
	}
	decode = programOf(m)
	decode.entry = u.Entries[0]
	return decode, func(v *T) []byte {
		message, err := jittest.Binary.Oracle(s, v, jittest.ManyLevels)
		if err != nil {
			panic(err)
		}
		return message
	}, looks
}

func requireScattered(want, got *Scattered) {
	if !reflect.DeepEqual(want, got) {
		jittest.Harmed("%v, %d, %d, %v, %d", *got.Flag, *got.Large, *got.Small, *got.Real, *got.Word)
	}
}

// shadePointers is shade for what pointers to scalars lead to.
func shadePointers(start launchFunction, duration time.Duration) {
	p, encode := scatteredCodec(false)
	shadeTargets(p, start, duration, scattered, encode, requireScattered)
}

// shadeTargets is shade for what pointers lead to: nothing but the stack of a call, which drops its state, and what native code has
// stored leads there.
func shadeTargets[T any](p *Program, start launchFunction, duration time.Duration, value func(seed int) *T, encode func(*T) []byte, check func(want, got *T)) {
	const batch = 24
	underLoad(duration, func(seed int) {
		var states [batch]*state
		want := value(seed + 1)
		input := encode(want)
		data := unsafe.Pointer(unsafe.SliceData(input))
		for i := range states { // what is prepared may wait for its call while a collection begins
			s := newState()
			s.prepare(&s.frame, p, &call{data: input, levels: 3, allocation: plenty})
			states[i] = s
		}
		runtime.Gosched()
		results := make([]*T, batch)
		for i, s := range states {
			got := new(T)
			escape(unsafe.Pointer(got), data)
			s.frame.arguments[abi.ArgumentValue] = uintptr(unsafe.Pointer(got)) // got is alive: results has it
			results[i] = got
			start(&s.frame, &s.cells, s.chunk.base, data, s.slabs[0], s.slabs[1], s.slabs[2], s.slabs[3])
			if !s.isDone(p) {
				jittest.Harmed("the call failed")
			}
			states[i] = nil
		}
		runtime.KeepAlive(data)
		waitForCollections(2)
		for _, got := range results {
			check(want, got)
		}
	})
}

// overwritePointers is overwrite for pointers to scalars.
func overwritePointers(overwrites bool, duration time.Duration) {
	const holders = 64
	p, encode := scatteredCodec(overwrites)
	underLoad(duration, func(seed int) {
		input := encode(scattered(seed + 1))
		all := make([]*Scattered, holders)
		for i := range all {
			all[i] = scattered(seed)
		}
		runtime.Gosched()
		var read [holders]Scattered // on the stack
		for i, value := range all {
			read[i] = *value
			if _, ok := decodeInto(p, value, input); !ok {
				jittest.Harmed("the call failed")
			}
		}
		waitForCollections(2)
		want := scattered(seed)
		for i := range read {
			if *want.Flag != *read[i].Flag || *want.Large != *read[i].Large || *want.Small != *read[i].Small || *want.Real != *read[i].Real || *want.Word != *read[i].Word {
				jittest.Harmed("%v, %d, %d, %v, %d", *read[i].Flag, *read[i].Large, *read[i].Small, *read[i].Real, *read[i].Word)
			}
		}
		for _, value := range all {
			requireScattered(scattered(seed+1), value)
		}
	})
}
