//go:build !((linux || darwin) && (amd64 || arm64))

package jit

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestHostWithoutEngineSaysSo(t *testing.T) {
	require.Regexp(t, "no native engine for|no executable memory on", Available())
}
