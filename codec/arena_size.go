package codec

import "unsafe"

// Retained returns how many bytes of memory the arena keeps, or takes at once when it is used next. The memory of maps is an
// estimate.
func (a *Arena) Retained() int {
	n := max(len(a.Bytes.block), a.Bytes.wanted)
	for _, p := range a.pools {
		n += max(p.slab.count, p.wanted) * int(p.Size)
	}
	for _, p := range a.maps {
		n += p.retained()
	}
	return n
}

func (p *MapPool) retained() int {
	n := len(p.maps) * int(unsafe.Sizeof(p.maps[0])+unsafe.Sizeof(p.lengths[0]))
	for i, m := range p.maps {
		if m != nil {
			n += MapHeaderBytes + MapSlots(p.lengths[i])*MapSlotBytes(p.mapType)
		}
	}
	return n
}
