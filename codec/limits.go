package codec

import "math"

// Limits bounds what one call may do. The zero value means the defaults.
type Limits struct {
	// Depth is how many structs, lists, sets and maps may be open at once; the top struct is the first.
	Depth int
	// Size is the most bytes of input a decode may use or an encode may produce.
	Size int
	// Alloc is the most bytes one decode may allocate for the value it builds.
	Alloc int
}

const (
	// DefaultDepth is the nesting limit of values that are encoded from or decoded into Go types.
	DefaultDepth = 1000
	// SkipDepth is the nesting limit below a field that is skipped: the field's own struct or container
	// is the first level.
	SkipDepth = 64
	// MaxDepth is the highest nesting limit that can be set: it keeps the deepest recursion far below the
	// size at which the runtime ends the process for a goroutine stack overflow.
	MaxDepth = 100_000
)

// Resolved returns the limits that l stands for, which can be compared with as they are: the default depth if l sets none, MaxDepth if
// it sets more, and the largest int where l sets no limit on bytes. Resolving them once more changes nothing.
func (l Limits) Resolved() Limits {
	switch {
	case l.Depth < 1:
		l.Depth = DefaultDepth
	case l.Depth > MaxDepth:
		l.Depth = MaxDepth
	}
	if l.Size < 1 {
		l.Size = math.MaxInt
	}
	if l.Alloc < 1 {
		l.Alloc = math.MaxInt
	}
	return l
}
