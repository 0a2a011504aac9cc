package validate

import "math"

// bounds are the limits that all rules of a whole number, or of the size of a string or container, make together. A number within them keeps
// all of these rules, which is the usual case, and a comparison of two numbers; only others are checked rule by rule.
type bounds struct {
	low, high int64
	// partial: there are other rules besides. Then the bounds are of no use.
	partial bool
}

func newBounds() bounds { return bounds{low: math.MinInt64, high: math.MaxInt64} }

// add narrows the bounds by a rule.
func (b *bounds) add(name string, r *rule, of class) {
	if r.literal == nil || r.literal.class != whole || of != whole && !r.ofSize {
		b.partial = true
		return
	}
	limit := int64(r.literal.bits)
	switch name {
	case "const":
		b.low, b.high = max(b.low, limit), min(b.high, limit)
	case "ge", "min_size":
		b.low = max(b.low, limit)
	case "le", "max_size":
		b.high = min(b.high, limit)
	case "gt":
		if limit == math.MaxInt64 {
			b.partial = true
			return
		}
		b.low = max(b.low, limit+1)
	case "lt":
		if limit == math.MinInt64 {
			b.partial = true
			return
		}
		b.high = min(b.high, limit-1)
	default:
		b.partial = true
	}
}

// contain reports whether a value keeps all rules because of the bounds.
func (b *bounds) contain(v datum) bool {
	if b.partial {
		return false
	}
	n := int64(v.bits)
	if v.class == text {
		n = int64(len(v.text))
	}
	return b.low <= n && n <= b.high
}
