package interp

import "fmt"

// A Memory is a number of arenas, each a piece of memory at an address of its own. The addresses are the caller's choice:
// to compare with native code, they may be the real ones.
type Memory struct {
	arenas []*arena
}

type arena struct {
	name     string
	base     uint64
	data     []byte
	writable bool
	written  []bool // by native code, in this run
}

// Map adds an arena: data, seen at address base. Arenas must not overlap, nor be at 0.
func (m *Memory) Map(name string, base uint64, data []byte, writable bool) {
	m.arenas = append(m.arenas, &arena{name: name, base: base, data: data, writable: writable, written: make([]bool, len(data))})
}

// find returns the arena that holds n bytes at address, and where in it they begin.
func (m *Memory) find(address, n uint64) (*arena, uint64) {
	for _, a := range m.arenas {
		offset := address - a.base
		if address >= a.base && offset <= uint64(len(a.data)) && n <= uint64(len(a.data))-offset {
			return a, offset
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
	a, offset := m.find(address, n)
	for at := range n {
		if source && a.written[offset+at] {
			panic(fault(fmt.Sprintf("source load of written byte %s%+d", a.name, offset+at)))
		}
	}
	return a.data[offset : offset+n]
}

// write returns n bytes at address, to be written.
func (m *Memory) write(address, n uint64) []byte {
	a, offset := m.find(address, n)
	if !a.writable && n > 0 {
		panic(fault(fmt.Sprintf("write to read-only %s%+d", a.name, offset)))
	}
	for at := range n {
		a.written[offset+at] = true
	}
	return a.data[offset : offset+n]
}
