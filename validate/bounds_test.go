package validate

import (
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestBoundsAgreeWithRules, at the ends of what numbers can be, and where several limits meet.
func TestBoundsAgreeWithRules(t *testing.T) {
	numbers := []int64{math.MinInt64, math.MinInt64 + 1, -1, 0, 1, 2, math.MaxInt64 - 1, math.MaxInt64}
	holds := map[string]func(v, limit int64) bool{
		"lt": func(v, l int64) bool { return v < l }, "le": func(v, l int64) bool { return v <= l },
		"gt": func(v, l int64) bool { return v > l }, "ge": func(v, l int64) bool { return v >= l },
		"const": func(v, l int64) bool { return v == l },
	}
	for first, firstHolds := range holds {
		for second, secondHolds := range holds {
			for _, a := range numbers {
				for _, b := range numbers {
					if first == second {
						continue
					}
					tag := fmt.Sprintf("%s=%d,%s=%d", first, a, second, b)
					s := structWith(tag, int64(0))
					plan, err := Of(s.Type().Elem())
					require.NoError(t, err)
					for _, v := range numbers {
						s.Elem().Field(0).SetInt(v)
						want := firstHolds(v, a) && secondHolds(v, b)
						require.Equal(t, want, plan.First(s.UnsafePointer()) == nil, "%d: %s", v, tag)
					}
				}
			}
		}
	}
}
