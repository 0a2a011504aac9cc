package codec

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// TestListLength: lists that may double in each step get there without detours, and never beyond what they may have.
func TestListLength(t *testing.T) {
	for count := 1; count < 5000; count += 1 + count/50 {
		for _, most := range []int{1, 2, 3, 7, 64, 100, 5000} {
			length, steps := ListLength(count, most), 1
			total := length
			require.Greater(t, 2*length, min(count, most), "%d of %d is not as much as may be", most, count)
			for ; length < count; steps++ {
				longer := ListLength(count, 2*length)
				require.Greater(t, longer, length)
				require.LessOrEqual(t, longer, 2*length)
				length = longer
				total += length
			}
			require.Equal(t, count, length)
			require.LessOrEqual(t, total, 2*count+steps)
		}
		require.Equal(t, count, ListLength(count, count))
	}
	// From any length, as a list of the caller may have, there is a longer one.
	for used := 1; used < 300; used++ {
		require.Greater(t, ListLength(300, 2*used), used)
	}
}
