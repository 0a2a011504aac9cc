//go:build (linux || darwin) && (amd64 || arm64)

package island

import (
	"runtime"
	"strings"
	"testing"
	"unsafe"
	"weak"

	"github.com/stretchr/testify/require"

	"github.com/tagwire/tagwire/codec"
	"github.com/tagwire/tagwire/jit/jittest"
)

// Bough makes trees whose nodes native code takes from a slab.
type Bough struct {
	Left  *Bough `frugal:"1,optional,Bough"`
	Right *Bough `frugal:"2,optional,Bough"`
	Text  string `frugal:"3,default,string"`
}

func bough(depth int) *Bough {
	b := &Bough{Text: strings.Repeat("x", 10+depth)}
	if depth > 0 {
		b.Left, b.Right = bough(depth-1), bough(depth-1)
	}
	return b
}

// TestStateKeepsNoMemoryOfItsArena that the arena has given back.
func TestStateKeepsNoMemoryOfItsArena(t *testing.T) {
	c, _ := compiled(t, new(Bough))
	require.NotEmpty(t, c.decode.nativeSlabs)
	large := encodeNatively(t, c, bough(11))
	arena := new(codec.Arena)
	var slab weak.Pointer[Bough]
	var block weak.Pointer[byte]
	for range 5 {
		got := new(Bough)
		decodeInArena(c.decode, arena, unsafe.Pointer(got), large, false)
		require.Equal(t, bough(11), got)
		slab, block = weak.Make(got.Left), weak.Make(unsafe.StringData(got.Left.Text))
		arena.Reset()
	}
	runtime.GC()
	require.NotNil(t, slab.Value())
	require.NotNil(t, block.Value())
	for range 150 { // more than the arena waits for
		arena.Reset()
	}
	runtime.GC()
	require.Nil(t, slab.Value())
	require.Nil(t, block.Value())
	got := new(Bough)
	decodeInArena(c.decode, arena, unsafe.Pointer(got), large, false)
	require.Equal(t, bough(11), got)
}

// TestNativeCodeTakesObjectsOfArenas: in the steady state a call exits for lists and maps alone.
func TestNativeCodeTakesObjectsOfArenas(t *testing.T) {
	c, _ := compiled(t, new(Bough))
	message := encodeNatively(t, c, bough(6))
	arena := new(codec.Arena)
	for round := range 4 {
		exits := exitsOf(func() {
			got := new(Bough)
			settings := limits(jittest.ManyLevels, plenty)
			settings.Arena = arena
			n, spent, ok := c.decode.Process(unsafe.Pointer(got), message, settings)
			require.True(t, ok)
			require.Equal(t, len(message), n)
			require.Positive(t, spent)
			require.Equal(t, bough(6), got)
		})
		require.Equal(t, round >= 2, len(exits) == 0, "round %d: %v", round, exits)
		arena.Reset()
	}
}
