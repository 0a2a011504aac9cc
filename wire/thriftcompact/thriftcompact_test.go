package thriftcompact

import (
	"encoding/binary"
	"math"
	"math/bits"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tagwire/tagwire/schema"
)

// TestVarints: numbers around every power of two are written as the standard library writes them, and read as they were; each
// prefix is cut.
func TestVarints(t *testing.T) {
	for power := range 65 {
		for _, near := range []uint64{^uint64(1), ^uint64(0), 0, 1} {
			u := uint64(1)<<power + near
			want := binary.AppendUvarint(nil, u)
			got := make([]byte, MaxVarintSize)
			require.Equal(t, len(want), PutVarint(got, u))
			require.Equal(t, want, got[:len(want)])
			require.Equal(t, len(want), VarintSize(u))
			read, size := Varint(append(want, 0xff))
			require.Equal(t, u, read)
			require.Equal(t, len(want), size)
			for cut := range want {
				_, size := Varint(want[:cut])
				require.Equal(t, Cut, size)
			}
			n := int64(u)
			require.Equal(t, n, Unzigzag(Zigzag(n)))
			require.Equal(t, binary.AppendVarint(nil, n), binary.AppendUvarint(nil, Zigzag(n)))
		}
	}
}

func TestVarintsOfOtherForms(t *testing.T) {
	for name, c := range map[string]struct {
		bytes string
		u     uint64
		size  int
	}{
		"padded":                      {"\x81\x00", 1, 2},
		"padded to ten bytes":         {"\x81\x80\x80\x80\x80\x80\x80\x80\x80\x00", 1, 10},
		"the highest bit":             {"\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01", 1 << 63, 10},
		"a bit more":                  {"\x80\x80\x80\x80\x80\x80\x80\x80\x80\x02", 0, TooLong},
		"ten bytes without an end":    {"\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80", 0, TooLong},
		"eleven bytes":                {"\x80\x80\x80\x80\x80\x80\x80\x80\x80\x81\x00", 0, TooLong},
		"nine bytes without an end":   {"\xff\xff\xff\xff\xff\xff\xff\xff\xff", 0, Cut},
		"nothing":                     {"", 0, Cut},
		"what follows does not count": {"\x05\xff", 5, 1},
	} {
		u, size := Varint([]byte(c.bytes))
		require.Equal(t, c.u, u, name)
		require.Equal(t, c.size, size, name)
	}
}

// TestIDs: whichever form a header has, its reader gets the id; the short form is used wherever it can be.
func TestIDs(t *testing.T) {
	interesting := []int32{0, 1, 2, 14, 15, 16, 17, 255, 32752, 32753, 32766, 32767, 32768, 32769, 65520, 65534, 65535}
	shorts := 0
	for _, last := range interesting {
		for _, id := range interesting {
			require.Equal(t, id, IDOf(IDBits(id)))
			require.LessOrEqual(t, VarintSize(IDBits(id)), MaxIDSize)
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
