package transport

import (
	"bufio"
	"bytes"
	"io/fs"
	"os"
	"path"
	"strconv"
	"strings"
)

// availableMemory returns the bytes that the control group of the process may use, or that the machine has, if those
// are fewer; 0 if neither is known.
func availableMemory() int64 {
	system := os.DirFS("/")
	least := machineMemory(system)
	if limit := groupMemory(system); limit > 0 && (least == 0 || limit < least) {
		least = limit
	}
	return least
}

// machineMemory reads the first line of /proc/meminfo, such as "MemTotal: 16384 kB".
func machineMemory(system fs.FS) int64 {
	text, err := fs.ReadFile(system, "proc/meminfo")
	if err != nil {
		return 0
	}
	for scanner := bufio.NewScanner(bytes.NewReader(text)); scanner.Scan(); {
		fields := strings.Fields(scanner.Text())
		if len(fields) == 3 && fields[0] == "MemTotal:" {
			n, _ := strconv.ParseInt(fields[1], 10, 53)
			return n << 10
		}
	}
	return 0
}

// groupMemory returns the lowest limit of the control groups that the process is in, 0 if there is none. Version 2 has
// one hierarchy, "0::/path"; in version 1 that of memory has its own, "4:memory:/path".
func groupMemory(system fs.FS) int64 {
	text, err := fs.ReadFile(system, "proc/self/cgroup")
	if err != nil {
		return 0
	}
	least := int64(0)
	for scanner := bufio.NewScanner(bytes.NewReader(text)); scanner.Scan(); {
		parts := strings.SplitN(scanner.Text(), ":", 3)
		switch {
		case len(parts) != 3:
		case parts[0] == "0" && parts[1] == "":
			least = lower(least, groupLimit(system, "sys/fs/cgroup", parts[2], "memory.max"))
		case strings.Contains(","+parts[1]+",", ",memory,"):
			least = lower(least, groupLimit(system, "sys/fs/cgroup/memory", parts[2], "memory.limit_in_bytes"))
		}
	}
	return least
}

// groupLimit returns the lowest limit of a group and those above it. In a container the path may be that of the host,
// and only the root be there.
func groupLimit(system fs.FS, root, group, file string) int64 {
	least := int64(0)
	for group = path.Clean("/" + group); ; group = path.Dir(group) {
		if text, err := fs.ReadFile(system, path.Join(root, group, file)); err == nil {
			n, err := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64) // "max" is none
			if err == nil && n > 0 && n < 1<<60 {
				least = lower(least, n)
			}
		}
		if group == "/" {
			return least
		}
	}
}

// lower returns the lower of two limits, where 0 is none.
func lower(a, b int64) int64 {
	if a == 0 || b > 0 && b < a {
		return b
	}
	return a
}
