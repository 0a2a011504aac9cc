package island

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestLongStringsAreCopiedWhole(t *testing.T) {
	for _, length := range []int{0, 1, pieceBytes - 1, pieceBytes, pieceBytes + 1, 3*pieceBytes + 17} {
		source := make([]byte, length)
		for i := range source {
			source[i] = byte(i*i>>8 + i)
		}
		s := newState()
		text, blob := s.ownString(&s.frame, source), s.ownBytes(&s.frame, source)
		require.True(t, text == string(source), "%d bytes", length)
		require.True(t, bytes.Equal(blob, source), "%d bytes", length)
		require.Equal(t, length, cap(blob))
		clear(source)
		if length > 1 {
			require.NotEqual(t, source, blob)
			require.NotEqual(t, string(source), text)
		}
	}
}
