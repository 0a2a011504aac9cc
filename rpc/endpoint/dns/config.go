package dns

import (
	"bufio"
	"io"
	"net"
	"net/netip"
	"os"
	"slices"
	"strconv"
	"strings"
)

const (
	// maxFile bounds what is read of a file, in bytes.
	maxFile = 1 << 20
	// maxServers and maxDots are those of resolv.conf(5).
	maxServers = 3
	maxDots    = 15
)

// paths are where the system's configuration is, "" if that is not in files.
type paths struct{ resolv, hosts string }

// pathsOf returns those of an operating system.
func pathsOf(system string) paths {
	switch system {
	case "windows", "darwin", "ios":
		return paths{}
	}
	return paths{"/etc/resolv.conf", "/etc/hosts"}
}

// lines calls each with the fields of each line of a file, without comments.
func lines(path string, each func(fields []string)) {
	file, err := os.Open(path)
	if err != nil {
		return
	}
	defer func() { _ = file.Close() }()
	scanner := bufio.NewScanner(io.LimitReader(file, maxFile))
	for scanner.Scan() {
		line := scanner.Text()
		if comment := strings.IndexAny(line, "#;"); comment >= 0 {
			line = line[:comment]
		}
		if fields := strings.Fields(line); len(fields) > 1 {
			each(fields)
		}
	}
}

// inHosts reports whether the file of hosts has a name.
func (p paths) inHosts(name string) (found bool) {
	lines(p.hosts, func(fields []string) {
		found = found || slices.ContainsFunc(fields[1:], func(f string) bool { return strings.EqualFold(f, name) })
	})
	return found
}

// configured returns a client for what resolv.conf says, nil if that names no server.
func (p paths) configured() *client {
	c := &client{dots: 1}
	lines(p.resolv, func(fields []string) {
		switch fields[0] {
		case "nameserver":
			if address, err := netip.ParseAddr(fields[1]); err == nil && len(c.servers) < maxServers {
				c.servers = append(c.servers, net.JoinHostPort(address.String(), "53"))
			}
		case "domain", "search": // the last line counts
			c.search = slices.DeleteFunc(slices.Clone(fields[1:]), func(suffix string) bool { return !validName(suffix) })
		case "options":
			for _, option := range fields[1:] {
				if text, found := strings.CutPrefix(option, "ndots:"); found {
					if n, err := strconv.Atoi(text); err == nil {
						c.dots = min(maxDots, max(0, n))
					}
				}
			}
		}
	})
	if len(c.servers) == 0 {
		return nil
	}
	return c
}

// absolute returns the names that a name may stand for, in the order in which they are tried.
func (c *client) absolute(name string) (names []string) {
	if strings.HasSuffix(name, ".") {
		return []string{name}
	}
	for _, suffix := range c.search {
		if full := name + "." + strings.TrimSuffix(suffix, ".") + "."; validName(full) {
			names = append(names, full)
		}
	}
	if len(c.search) == 0 || strings.Count(name, ".") >= c.dots {
		return slices.Insert(names, 0, name+".")
	}
	return append(names, name+".")
}
