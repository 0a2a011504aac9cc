package thriftcompact

import (
	"math"
	"math/bits"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tagwire/tagwire/schema"
	"github.com/tagwire/tagwire/wire/varint"
)

// TestIDs: whichever form a header has, its reader gets the id; the short form is used wherever it can be.
func TestIDs(t *testing.T) {
	interesting := []int32{0, 1, 2, 14, 15, 16, 17, 255, 32752, 32753, 32766, 32767, 32768, 32769, 65520, 65534, 65535}
	shorts := 0
	for _, last := range interesting {
		for _, id := range interesting {
			require.Equal(t, id, IDOf(IDBits(id)))
			require.LessOrEqual(t, varint.Size(IDBits(id)), MaxIDSize)
			delta, short := Delta(last, id)
			difference := int(int16(id)) - int(int16(last))
			require.Equal(t, difference >= 1 && difference <= MaxDelta, short, "%d behind %d", id, last)
			if short {
				shorts++
				require.Equal(t, id, Next(last, delta))
			}
		}
	}
	require.Positive(t, shorts)
	require.Equal(t, int32(3), Next(65534, 5))
}

func TestTypes(t *testing.T) {
	for kind := schema.Bool; kind <= schema.Map; kind++ {
		require.True(t, Of(kind).Known(), kind)
	}
	known := 0
	for n := range Type(16) {
		largest, isVarint := n.Varint()
		require.False(t, isVarint && n.Fixed(), n)
		if isVarint {
			require.Zero(t, (bits.Len64(largest))%16)
		}
		if n.Known() {
			known++
			require.Positive(t, n.MinSize())
		}
	}
	require.Equal(t, 13, known)
	require.Equal(t, True, False.Plain())
	require.Equal(t, I8, I8.Plain())
	require.Equal(t, uint64(math.MaxUint16), func() uint64 { largest, _ := I16.Varint(); return largest }())
}

func TestKeptHeader(t *testing.T) {
	for field, value := range map[string]string{"\x31\x07": "\x07", "\x03\x02\x07": "\x07", "\x03\x82\x00\x07": "\x07", "\x01\x02": "", "\x12": ""} {
		first, got := KeptHeader([]byte(field))
		require.Equal(t, field[0], first)
		require.Equal(t, value, string(got))
	}
}
