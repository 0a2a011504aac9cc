package fuzz

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tagwire/tagwire"
	"github.com/tagwire/tagwire/fuzz/cases"
	"github.com/tagwire/tagwire/fuzz/harness"
)

// TestOptionalBinariesWithDefaults: left out is what equals the default; without a default, what is nil. What is not left out
// is read back, so that nothing turns into the default on the way.
func TestOptionalBinariesWithDefaults(t *testing.T) {
	const header = 3 + 4 // of a field, and the length
	values := [][]byte{nil, {}, []byte("filled"), []byte("Filled"), []byte("filled and more"), []byte("fill"), {0}}
	harness.EachEngine(t, func(t *testing.T, e harness.Engine) {
		codec := codecFor[cases.Binaries](t, e)
		for _, value := range values {
			for name, test := range map[string]struct {
				value  cases.Binaries
				absent bool
			}{
				"Filled": {cases.Binaries{Filled: value, Empty: []byte{}}, string(value) == "filled"},
				"Empty":  {cases.Binaries{Filled: []byte("filled"), Empty: value}, len(value) == 0},
				"Bare":   {cases.Binaries{Filled: []byte("filled"), Bare: value}, value == nil},
			} {
				want := header + 1 // Plain is empty
				if !test.absent {
					want += header + len(value)
				}
				size, err := codec.Size(&test.value)
				require.NoError(t, err)
				require.Equal(t, want, size, "%s, %q", name, value)
				data, err := codec.Append(nil, &test.value)
				require.NoError(t, err)
				require.Len(t, data, want, "%s, %q", name, value)
				back := new(cases.Binaries)
				back.InitDefault()
				_, err = codec.Decode(data, back)
				require.NoError(t, err)
				require.Equal(t, string(test.value.Filled), string(back.Filled))
				require.Equal(t, string(test.value.Empty), string(back.Empty))
				require.Equal(t, test.value.Bare == nil, back.Bare == nil)
				require.Equal(t, string(test.value.Bare), string(back.Bare))
			}
		}
	})
}

// sharing has a default whose bytes all values have in common.
type sharing struct {
	Blob []byte `frugal:"1,optional"`
}

var sharedDefault = []byte("shared")

func (s *sharing) InitDefault() { s.Blob = sharedDefault }

// TestDefaultsAreNotChangedThroughValues: writing into the default that values share does not change what is left out.
func TestDefaultsAreNotChangedThroughValues(t *testing.T) {
	defer copy(sharedDefault, "shared")
	harness.EachEngine(t, func(t *testing.T, e harness.Engine) {
		copy(sharedDefault, "shared")
		codec, err := tagwire.For[sharing](e.Options()...)
		require.NoError(t, err)
		value := new(sharing)
		value.InitDefault()
		data, err := codec.Append(nil, value)
		require.NoError(t, err)
		require.Equal(t, []byte{0}, data)
		value.Blob[0] = 'S'
		data, err = codec.Append(nil, value)
		require.NoError(t, err)
		require.Len(t, data, 3+4+6+1, "a changed value is left out")
	})
}
