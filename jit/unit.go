package jit

import "github.com/tagwire/tagwire/loader"

// A unit is functions that were compiled together, in one sealed segment.
type unit struct {
	segment *loader.Segment
	// entries are, for each function, where Go enters to call it.
	entries []uintptr
	// bodies are, for each function, where native code calls it.
	bodies []uintptr
}
