package thriftbinary

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// TestNoTypeHasTheMarkBit: a mark and a type byte can be told apart.
func TestNoTypeHasTheMarkBit(t *testing.T) {
	for b := range 256 {
		if b&MarkBit != 0 {
			require.False(t, Type(b).Known(), "%#x", b)
		}
	}
}
