package transport

import (
	"runtime/debug"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"
)

// TestGroupMemory: the limits of control groups are found, in both versions, on the host and in a container.
func TestGroupMemory(t *testing.T) {
	file := func(text string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(text)} }
	for name, c := range map[string]struct {
		system fstest.MapFS
		want   int64
	}{
		"none":     {fstest.MapFS{}, 0},
		"no limit": {fstest.MapFS{"proc/self/cgroup": file("0::/a\n"), "sys/fs/cgroup/a/memory.max": file("max\n")}, 0},
		"version 2": {fstest.MapFS{"proc/self/cgroup": file("0::/a/b\n"), "sys/fs/cgroup/a/b/memory.max": file("1048576\n"),
			"sys/fs/cgroup/a/memory.max": file("max\n")}, 1 << 20},
		"of the group above": {fstest.MapFS{"proc/self/cgroup": file("0::/a/b\n"), "sys/fs/cgroup/a/b/memory.max": file("1048576\n"),
			"sys/fs/cgroup/a/memory.max": file("4096\n")}, 4096},
		"in a container":      {fstest.MapFS{"proc/self/cgroup": file("0::/docker/123\n"), "sys/fs/cgroup/memory.max": file("2097152\n")}, 2 << 20},
		"outside of the root": {fstest.MapFS{"proc/self/cgroup": file("0::/../../x\n"), "sys/fs/cgroup/memory.max": file("2097152\n")}, 2 << 20},
		"version 1": {fstest.MapFS{"proc/self/cgroup": file("3:cpu:/x\n4:hugetlb,memory:/y\n"),
			"sys/fs/cgroup/memory/y/memory.limit_in_bytes": file("12345\n"),
			"sys/fs/cgroup/memory/memory.limit_in_bytes":   file("9223372036854771712\n")}, 12345},
		"garbage": {fstest.MapFS{"proc/self/cgroup": file("0::/a\nx\n:::\n"), "sys/fs/cgroup/a/memory.max": file("-1\n")}, 0},
	} {
		require.Equal(t, c.want, groupMemory(c.system), name)
	}
	require.Equal(t, int64(16<<20), machineMemory(fstest.MapFS{"proc/meminfo": file("MemTotal:       16384 kB\nMemFree: 1 kB\n")}))
	require.Zero(t, machineMemory(fstest.MapFS{"proc/meminfo": file("nonsense")}))
	require.Zero(t, machineMemory(fstest.MapFS{}))
}

func TestDefaultMemory(t *testing.T) {
	require.Positive(t, availableMemory())
	require.Greater(t, DefaultMemory(), int64(16<<20))
	before := debug.SetMemoryLimit(4 << 30)
	defer debug.SetMemoryLimit(before)
	require.Equal(t, int64(1<<30), DefaultMemory())
}
