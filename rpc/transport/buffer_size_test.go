package transport

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// TestBufferSizes: a buffer is as large as asked for, not much larger, and used again for its own size only.
func TestBufferSizes(t *testing.T) {
	pools := map[any]int{}
	for n := 1; n < 6<<20; n += 1 + n/37 {
		size := bufferSize(n)
		require.GreaterOrEqual(t, size, n)
		require.Equal(t, size, bufferSize(size), "of %d", n)
		switch {
		case n > largestPooled:
			require.Less(t, size-n, largeStep)
		case n > largestDouble:
			require.LessOrEqual(t, size-n, n/4)
		}
		if size > largestPooled {
			continue
		}
		pool := poolOf(size)
		if known, found := pools[pool]; found {
			require.Equal(t, known, size)
		}
		pools[pool] = size
		require.Len(t, getBuffer(n), size)
	}
}
