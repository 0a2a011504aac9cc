//go:build amd64 || arm64

package compile

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tagwire/tagwire/fuzz/cases"
	"github.com/tagwire/tagwire/jit/build"
	"github.com/tagwire/tagwire/jit/jittest"
	"github.com/tagwire/tagwire/schema"
)

// TestHelpersAreKnownByName: helpers are kept by their names for all types and formats, so what has the same name is the same function.
func TestHelpersAreKnownByName(t *testing.T) {
	type origin struct{ task, text string }
	known := map[string]origin{}
	for _, c := range cases.All() {
		s, err := schema.Of(c.Type)
		require.NoError(t, err)
		for _, f := range jittest.Formats {
			for _, o := range []build.Operation{build.Size, build.Encode, build.Decode} {
				for _, direct := range []bool{false, true} {
					if o == build.Decode && direct {
						continue
					}
					task := f.Task(o, direct)
					m, err := build.New(s, task, nil)
					require.NoError(t, err)
					for _, helper := range m.Functions[m.Bodies:] {
						text := helper.String()
						before, seen := known[helper.Name]
						if !seen {
							known[helper.Name] = origin{task.String(), text}
							continue
						}
						require.Equal(t, before.text, text, "%s of %s and of %s", helper.Name, before.task, task)
					}
				}
			}
		}
	}
	require.Greater(t, len(known), 20)
}
