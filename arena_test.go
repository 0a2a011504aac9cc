package tagwire_test

import (
	"reflect"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tagwire/tagwire"
)

// TestArenaDecodesAlike: the value is the same as without an arena, message after message, with either engine.
func TestArenaDecodesAlike(t *testing.T) {
	require.NoError(t, tagwire.Compile(reflect.TypeFor[tree]()))
	data, err := tagwire.Marshal(sample())
	require.NoError(t, err)
	for _, engine := range []tagwire.Engine{tagwire.Auto, tagwire.Reflect} {
		codec, err := tagwire.For[tree](tagwire.WithEngine(engine))
		require.NoError(t, err)
		want := new(tree)
		_, err = codec.Decode(data, want)
		require.NoError(t, err)
		var arena tagwire.Arena
		for range 200 {
			got := tagwire.NewIn[tree](&arena)
			require.Zero(t, *got)
			n, err := codec.DecodeIn(&arena, data, got)
			require.NoError(t, err)
			require.Equal(t, len(data), n)
			require.Equal(t, want, got)
			arena.Reset()
		}
	}
}
