package varint

import (
	"encoding/binary"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestVarints: numbers around every power of two are written as the standard library writes them, and read as they were; each
// prefix is cut.
func TestVarints(t *testing.T) {
	for power := range 65 {
		for _, near := range []uint64{^uint64(1), ^uint64(0), 0, 1} {
			u := uint64(1)<<power + near
			want := binary.AppendUvarint(nil, u)
			got := make([]byte, MaxSize)
			require.Equal(t, len(want), Put(got, u))
			require.Equal(t, want, got[:len(want)])
			require.Equal(t, len(want), Size(u))
			read, size := Read(append(want, 0xff))
			require.Equal(t, u, read)
			require.Equal(t, len(want), size)
			for cut := range want {
				_, size := Read(want[:cut])
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
		u, size := Read([]byte(c.bytes))
		require.Equal(t, c.u, u, name)
		require.Equal(t, c.size, size, name)
	}
}
