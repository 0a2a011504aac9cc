package codec

import (
	"cmp"
	"math"
)

// DirectThreshold is the length in bytes from which strings and binaries are referred to instead of copied, where
// that is asked for.
const DirectThreshold = 4096

// CompareDoubles is the order of doubles as map keys: by value, with NaNs last, ordered by their bits.
func CompareDoubles(a, b float64) int {
	if aNaN, bNaN := a != a, b != b; aNaN != bNaN {
		if aNaN {
			return 1
		}
		return -1
	} else if aNaN {
		return cmp.Compare(math.Float64bits(a), math.Float64bits(b))
	}
	return cmp.Compare(a, b)
}
