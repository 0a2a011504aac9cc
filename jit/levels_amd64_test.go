package jit

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tagwire/tagwire/backend_amd64/asm"
)

// hostLevels returns the levels of the architecture that differ on this host from the one before; the log says which do not.
// The last is what the host has.
func hostLevels(t *testing.T) (levels []int) {
	last := ^asm.Features(0)
	for level := 1; level <= 4; level++ {
		features := asm.HostFeatures() & asm.Level(level)
		if features == last {
			t.Logf("level %d is level %d on this host, which has no %v", level, level-1, asm.Level(level)&^features)
			continue
		}
		levels, last = append(levels, level), features
	}
	require.Greater(t, len(levels), 1, "every amd64 processor has SSE2, and those of this century SSSE3")
	require.Equal(t, asm.HostFeatures(), last)
	return levels
}
