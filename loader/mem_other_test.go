//go:build !linux && !darwin

package loader

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestHostWithoutExecutableMemorySaysSo(t *testing.T) {
	err := Probe([]byte{1}, func(uintptr) error { return nil })
	require.ErrorContains(t, err, "no executable memory")
	require.Equal(t, Statistics{}, Stats())
}
