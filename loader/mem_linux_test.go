package loader

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// rightsAt returns the rights of the mapping that holds address, as /proc/self/maps writes them.
func rightsAt(t *testing.T, address uintptr) string {
	maps, err := os.ReadFile("/proc/self/maps")
	require.NoError(t, err)
	for _, line := range strings.Split(string(maps), "\n") {
		var low, high uintptr
		var rights string
		if n, _ := fmt.Sscanf(line, "%x-%x %s", &low, &high, &rights); n == 3 && low <= address && address < high {
			return rights
		}
	}
	return "none"
}

func TestMemoryIsNeverWritableAndExecutableAtOnce(t *testing.T) {
	draft, err := NewDraft(100)
	require.NoError(t, err)
	start := draft.Next()
	require.Equal(t, "rw-p", rightsAt(t, start))
	segment, err := draft.Seal()
	require.NoError(t, err)
	require.Equal(t, "r-xp", rightsAt(t, start))
	segment.Free()
	require.NotContains(t, rightsAt(t, start), "x")
}
