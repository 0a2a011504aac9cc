//go:build amd64 || arm64

package compile

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tagwire/tagwire/jit/build"
	"github.com/tagwire/tagwire/jit/jittest"
)

// TestHelpersAreTheSameForAllTypes: helpers are kept by format and name, so those of one name must not depend on the type or the task.
func TestHelpersAreTheSameForAllTypes(t *testing.T) {
	type key struct{ format, name string }
	known := map[key]string{}
	for _, f := range jittest.Formats {
		for _, c := range f.Cases() {
			s := f.Schema(t, c.New())
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
						key := key{f.Name, helper.Name}
						before, seen := known[key]
						if !seen {
							known[key] = text
							continue
						}
						require.Equal(t, before, text, "%s of %s, for %s and for an earlier type", helper.Name, task, c.Name)
					}
				}
			}
		}
	}
	require.Greater(t, len(known), 20)
}
