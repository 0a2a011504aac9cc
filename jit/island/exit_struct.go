package island

import (
	"unsafe"

	"github.com/tagwire/tagwire/codec"
)

// An objectSlab holds new objects of one type, of which some are given away. The structs of a message share slabs, so that
// making one is seldom an allocation: the first slab has room for as many as there usually are, within what setAside allows,
// each further one for as many as there are already, and none is larger than codec.SlabBytes. Calls share nothing.
type objectSlab struct {
	row         *structRow
	base        unsafe.Pointer // nil, or the first of count objects, all zero but for those used
	used, count int
	made        int // in all slabs of the call
}

// newStruct links the object into its parent before native code, or the user's, can touch it (M1). It is a safe point, as
// serve is, for the driver calls it without that: noinline, and it calls on.
//
//go:noinline
func (s *state) newStruct(f *frame, p *Program) bool {
	number := f.arguments[0]
	row := p.structs[number]
	if !charge(f, row.bytes) {
		return false
	}
	if number >= uintptr(len(s.objects)) {
		s.objects = append(s.objects, make([]objectSlab, len(p.structs)-len(s.objects))...)
	}
	slab := &s.objects[number]
	if slab.used == slab.count {
		s.moreObjects(slab, row, f.allocation)
		if p.rootsAll {
			s.roots.add(slab.base) // and with it all objects of the slab
		}
	}
	object := unsafe.Add(slab.base, uintptr(slab.used)*row.bytes) // below the end of the slab
	slab.used++
	*(*unsafe.Pointer)(pointerIn(&f.arguments[1])) = object
	if row.initialise != nil {
		row.initialise(object)
	}
	f.arguments[0] = uintptr(object)
	return true
}

// moreObjects makes another slab. allocation is what the call may allocate besides one object.
func (s *state) moreObjects(slab *objectSlab, row *structRow, allocation int) {
	size, wanted := int(row.bytes), slab.made
	if slab.row == nil {
		slab.row = row
		if wanted = int(row.usual.Load()); wanted > 1 {
			wanted = int(s.setAside(uintptr(size), uintptr(wanted), s.input))
		}
	}
	n := max(1, min(wanted, codec.SlabBytes/max(size, 1), 1+allocation/max(size, 1)))
	slab.base = row.make(n)
	slab.used, slab.count, slab.made = 0, n, slab.made+n
	s.madeObjects = true
}

// learn remembers how many objects a call has made: fewer than usual at once, more of them by and by. So all calls together
// never leave more preallocated memory unused than used.
func (r *structRow) learn(made int) {
	usual := int(r.usual.Load())
	if made > usual {
		made = usual + (made-usual+1)/2
	}
	if made != usual { // seldom, so that calls do not fight for the word
		r.usual.Store(uint32(made))
	}
}

// dropObjects lets go of the slabs of a call.
func (s *state) dropObjects() {
	for i := range s.objects {
		if slab := &s.objects[i]; slab.row != nil {
			slab.row.learn(slab.made - slab.count + slab.used)
		}
	}
	clear(s.objects)
	s.objects, s.madeObjects = s.objects[:0], false
}
