package codec

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

// Levels returns the nesting limit that l stands for: the default if it sets none, MaxDepth if it sets more.
func (l *Limits) Levels() int {
	switch {
	case l.Depth < 1:
		return DefaultDepth
	case l.Depth > MaxDepth:
		return MaxDepth
	}
	return l.Depth
}
