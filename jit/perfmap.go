package jit

import (
	"fmt"
	"os"
	"strings"
	"sync"

	"github.com/tagwire/tagwire/loader"
)

// A perfMap is the file in which perf, a profiler, looks for the names of code that no executable file holds: a line
// of address, size and name for each function, the numbers in hexadecimal digits.
type perfMap struct {
	lock sync.Mutex
	path string
	file *os.File // open from the first use to the end of the process
	err  error    // why there is none; then there will be none
}

// processPerfMap is where perf looks for the names of this process.
var processPerfMap = perfMap{path: fmt.Sprintf("/tmp/perf-%d.map", os.Getpid())}

// notePerf adds functions that were compiled for owner to the map. It may be called by several goroutines. A map that
// cannot be written is reported once and else forgotten: it is no reason not to compile.
func notePerf(owner string, functions []loader.Function) {
	if err := processPerfMap.add(owner, functions); err != nil {
		fmt.Fprintf(os.Stderr, "tagwire: %s: %v\n", perfMapVariable, err)
	}
}

// add writes a line for each function, all at once. Its error is that of the first call that fails, once.
func (m *perfMap) add(owner string, functions []loader.Function) error {
	var text strings.Builder
	for _, f := range functions {
		fmt.Fprintf(&text, "%x %x tagwire:%s:%s\n", f.Address, f.Bytes, perfName(owner), f.Name)
	}
	m.lock.Lock()
	defer m.lock.Unlock()
	if m.err != nil {
		return nil
	}
	if m.file == nil {
		// A file of that name is of an earlier process with the same number. It is not written to but replaced, so
		// that a link planted by another user is not followed.
		os.Remove(m.path)
		m.file, m.err = os.OpenFile(m.path, os.O_WRONLY|os.O_CREATE|os.O_EXCL|os.O_APPEND, 0o644)
	}
	if m.err == nil {
		_, m.err = m.file.WriteString(text.String())
	}
	return m.err
}

// perfName makes a type's name fit a line: names of anonymous structs list all of their fields.
func perfName(name string) string {
	const longest = 120
	name = strings.Map(func(r rune) rune {
		if r <= ' ' {
			return '_'
		}
		return r
	}, name)
	if len(name) > longest {
		name = name[:longest] + "..."
	}
	return name
}
