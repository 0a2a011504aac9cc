//go:build (linux || darwin) && (amd64 || arm64)

package island

import (
	"math"
	"reflect"
	"testing"
	"time"
	"unsafe"

	"github.com/stretchr/testify/require"

	"github.com/tagwire/tagwire/codec"
	"github.com/tagwire/tagwire/jit/abi"
	"github.com/tagwire/tagwire/jit/jittest"
	"github.com/tagwire/tagwire/schema"
)

func init() {
	jittest.Controls["M2 keeps, objects"] = func() { shadeObjects(launch, jittest.KeepFor()) }
	jittest.Controls["M2 breaks, objects"] = func() { shadeObjects(launchUnshaded, jittest.ControlSeconds*time.Second) }
}

func TestM2ObjectsAreShaded(t *testing.T) {
	require.NoError(t, runs())
	jittest.RequireUnharmed(t, "M2 keeps, objects")
	jittest.RequireHarm(t, "M2 breaks, objects", corrupted)
}

// Branches leads to objects that native code takes from a slab.
type Branches struct {
	Left  *Leaf `frugal:"1,optional,Leaf"`
	Right *Leaf `frugal:"2,optional,Leaf"`
	Third *Leaf `frugal:"3,optional,Leaf"`
}

// Leaf has no pointers.
type Leaf struct {
	Number int64 `frugal:"1,required"`
}

func branches(seed int) *Branches {
	n := int64(seed)
	return &Branches{&Leaf{n}, &Leaf{n << 20}, &Leaf{-n}}
}

// branchesCodec returns the program that decodes Branches, which takes all objects from one slab, and an encoder.
func branchesCodec() (decode *Program, encode func(*Branches) []byte) {
	s, err := schema.Thrift.Of(reflect.TypeFor[Branches]())
	if err != nil {
		panic(err)
	}
	c, err := compileType(s)
	if err != nil {
		panic(err)
	}
	c.decode.structs[0].usual.Store(3)
	return c.decode, func(v *Branches) []byte {
		message, err := jittest.Binary.Oracle(s, v, jittest.ManyLevels)
		if err != nil {
			panic(err)
		}
		return message
	}
}

// shadeObjects is shade for objects that native code takes from slabs.
func shadeObjects(start launchFunction, duration time.Duration) {
	p, encode := branchesCodec()
	shadeTargets(p, start, duration, branches, encode, func(want, got *Branches) {
		if !reflect.DeepEqual(want, got) {
			jittest.Harmed("%d, %d, %d", got.Left.Number, got.Right.Number, got.Third.Number)
		}
	})
}

// TestObjectsTakeNoExits once a program has learned how many a call takes, and only then, and what one message has too few of is not
// made for the next.
func TestObjectsTakeNoExits(t *testing.T) {
	p, encode := branchesCodec()
	p.structs[0].usual.Store(0)
	decode := func(v *Branches) uint64 {
		message := encode(v)
		return exitsOf(func() {
			got := new(Branches)
			n, spent, ok := p.Process(unsafe.Pointer(got), message, limits(jittest.ManyLevels, math.MaxInt))
			require.True(t, ok)
			require.Equal(t, len(message), n)
			require.Equal(t, v, got)
			require.LessOrEqual(t, spent, 3*8)
		})["NewStruct"]
	}
	full, lean := branches(7), &Branches{Third: &Leaf{1}}
	for range 3 { // the estimate rises halfway each time
		decode(full)
	}
	require.Zero(t, decode(full))
	require.Zero(t, decode(lean))
	require.EqualValues(t, 1, p.structs[0].usual.Load())
	require.Zero(t, decode(lean))
	require.Zero(t, decode(&Branches{}))
	require.Zero(t, p.structs[0].usual.Load())
	require.EqualValues(t, 1, decode(lean))
}

// TestObjectsProvidedAreBounded: what a call is given before it has read anything is within what it may preallocate, and within what
// it may allocate.
func TestObjectsProvidedAreBounded(t *testing.T) {
	p, _ := branchesCodec()
	for _, c := range []struct {
		usual      uint32
		allocation int
		want       int
	}{
		{0, math.MaxInt, 0}, {3, math.MaxInt, 3}, {math.MaxUint32, math.MaxInt, preallocBytes / 8},
		{3, 16, 2}, {3, 7, 0}, {3, 0, 0},
	} {
		p.structs[0].usual.Store(c.usual)
		s, f := newState(), new(frame)
		s.prepare(f, p, &call{value: unsafe.Pointer(new(Branches)), levels: 3, allocation: c.allocation})
		bytes := f.slabs[0].end - f.slabs[0].next
		require.EqualValues(t, c.want*8, bytes, "%v", c)
		require.Equal(t, bytes, s.prealloc)
		require.Equal(t, c.allocation, f.allocation, "objects are charged when they are taken")
		f.exit = uintptr(abi.Done)
		s.release(f, p)
		require.Equal(t, slabBases{}, s.slabs)
		require.Zero(t, f.slabs)
		require.Equal(t, slabBases{}, s.cells.slabs)
		require.Nil(t, s.cells.data)
		require.Empty(t, s.objects)
	}
	large := &structRow{goType: reflect.TypeFor[[preallocBytes + 1]byte](), bytes: preallocBytes + 1}
	large.usual.Store(1)
	p.structs[0] = large
	s, f := newState(), new(frame)
	s.prepare(f, p, &call{value: unsafe.Pointer(new(Branches)), levels: 3, allocation: math.MaxInt})
	require.Zero(t, f.slabs, "an object larger than what may be preallocated is made when it is there")
}

// TestSlotsWithObjectsAreLeftToGo, which stores over the pointers that are there; objects before and after them come from the slab.
func TestSlotsWithObjectsAreLeftToGo(t *testing.T) {
	p, encode := branchesCodec()
	message := encode(branches(5))
	old := &Leaf{99}
	got := &Branches{Right: old}
	exits := exitsOf(func() {
		_, _, ok := p.Process(unsafe.Pointer(got), message, limits(codec.DefaultDepth, math.MaxInt))
		require.True(t, ok)
	})
	require.EqualValues(t, 1, exits["NewStruct"])
	require.Equal(t, branches(5), got)
	require.EqualValues(t, 99, old.Number, "what the old pointer led to is as it was")
	require.NotSame(t, got.Left, got.Right)
}
