package interp

import (
	"fmt"
	"slices"
)

// A Memory is a number of arenas, each a piece of memory at an address of its own. The addresses are the caller's choice:
// to compare with native code, they may be the real ones.
type Memory struct {
	arenas                []*arena
	lastRead, lastWritten *arena // the last ones: most accesses are to the same again
}

type arena struct {
	name     string
	base     uint64
	data     []byte
	writable bool
	written  []bool // by native code, in this run; nil if it is not writable
}

// Map adds an arena: data, seen at address base. Arenas must not overlap, nor be at 0.
func (m *Memory) Map(name string, base uint64, data []byte, writable bool) {
	a := &arena{name: name, base: base, data: data, writable: writable}
	if writable {
		a.written = make([]bool, len(data))
	}
	m.arenas = append(m.arenas, a)
}

// holds reports whether n bytes at address are in the arena.
func (a *arena) holds(address, n uint64) bool {
	size := uint64(len(a.data))
	return address >= a.base && address-a.base <= size && n <= size-(address-a.base)
}

// find returns the arena that holds n bytes at address. It looks at the likely one first.
func (m *Memory) find(likely **arena, address, n uint64) *arena {
	if *likely != nil && (*likely).holds(address, n) {
		return *likely
	}
	for _, a := range m.arenas {
		if a.holds(address, n) {
			*likely = a
			return a
		}
	}
	panic(fault(fmt.Sprintf("access of %d bytes at %#x, outside of all arenas%s", n, address, m.near(address))))
}

// near helps to understand a fault.
func (m *Memory) near(address uint64) string {
	const reach = 1 << 12
	for _, a := range m.arenas {
		if offset := int64(address - a.base); offset > -reach && offset < int64(len(a.data))+reach {
			return fmt.Sprintf(" (%s%+d of %d)", a.name, offset, len(a.data))
		}
	}
	return ""
}

// read returns n bytes at address. source says that native code must not have written them.
func (m *Memory) read(address, n uint64, source bool) []byte {
	a := m.find(&m.lastRead, address, n)
	offset := address - a.base
	if source && a.writable {
		if at := slices.Index(a.written[offset:offset+n], true); at >= 0 {
			panic(fault(fmt.Sprintf("source load of written byte %s%+d", a.name, offset+uint64(at))))
		}
	}
	return a.data[offset : offset+n]
}

// write returns n bytes at address, to be written.
func (m *Memory) write(address, n uint64) []byte {
	a := m.find(&m.lastWritten, address, n)
	offset := address - a.base
	if !a.writable && n > 0 {
		panic(fault(fmt.Sprintf("write to read-only %s%+d", a.name, offset)))
	}
	for at := range n {
		a.written[offset+at] = true
	}
	return a.data[offset : offset+n]
}
