package tagwire_test

import (
	"os"
	"os/exec"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tagwire/tagwire"
	"github.com/tagwire/tagwire/fuzz/guard"
)

// seccompVariable tells the process of a test that it is the one under the filter.
const seccompVariable = "TAGWIRE_TEST_SECCOMP"

const refusedMemory = "loader: the host does not let memory become executable: mprotect: operation not permitted"

// TestHostWithoutExecutableMemory: where the host refuses to make memory executable, everything works by reflection,
// EngineOf says why, and only calls that require native code get an error.
func TestHostWithoutExecutableMemory(t *testing.T) {
	if os.Getenv(seccompVariable) != "" {
		require.NoError(t, guard.RefuseExecutableMemory())
		underFilter(t)
		return
	}
	for _, engine := range []string{"", "native", "reflect"} {
		executable, err := os.Executable()
		require.NoError(t, err)
		command := exec.Command(executable, "-test.run=^TestHostWithoutExecutableMemory$", "-test.v")
		command.Env = append(os.Environ(), seccompVariable+"=1", "TAGWIRE_ENGINE="+engine)
		output, err := command.CombinedOutput()
		require.NoError(t, err, "%s", output)
		require.Contains(t, string(output), "--- PASS: TestHostWithoutExecutableMemory")
		require.NotContains(t, strings.TrimSpace(string(output)), "tagwire: ") // nothing is printed about it
	}
}

// underFilter asks for all engines in all ways.
func underFilter(t *testing.T) {
	tree := reflect.TypeFor[tree]()
	requireRefused := func(err error) {
		t.Helper()
		require.ErrorIs(t, err, tagwire.ErrUnsupportedType)
		require.ErrorContains(t, err, refusedMemory)
	}
	native := tagwire.WithEngine(tagwire.Native)
	_, err := tagwire.For[leaf](native)
	requireRefused(err)
	_, err = tagwire.CodecOf(tree, native)
	requireRefused(err)
	_, err = tagwire.Marshal(sample(), native)
	requireRefused(err)
	requireRefused(tagwire.Unmarshal([]byte{0}, sample(), native))
	info := tagwire.EngineOf(tree, native)
	require.Equal(t, tagwire.Auto, info.Engine)
	require.Contains(t, info.Reason, refusedMemory)

	if os.Getenv("TAGWIRE_ENGINE") == "native" {
		_, err = tagwire.Marshal(sample())
		requireRefused(err)
		requireRefused(tagwire.Compile(tree))
		return
	}
	require.NoError(t, tagwire.Compile(tree))
	for range 200 { // more than enough calls for a type to be compiled
		data, err := tagwire.Marshal(sample())
		require.NoError(t, err)
		require.NoError(t, tagwire.Unmarshal(data, sample()))
	}
	info = tagwire.EngineOf(tree)
	require.Equal(t, tagwire.Reflect, info.Engine)
	if os.Getenv("TAGWIRE_ENGINE") == "reflect" {
		require.Equal(t, "reflection was asked for", info.Reason)
	} else {
		require.Equal(t, refusedMemory, info.Reason)
	}
	require.Zero(t, info.CodeBytes)
	stats := tagwire.Stats()
	require.Zero(t, stats.NativeCalls)
	require.Zero(t, stats.CodeBytes)
	require.GreaterOrEqual(t, stats.ReflectCalls, uint64(600))
}
