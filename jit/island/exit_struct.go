package island

import (
	"unsafe"

	"github.com/tagwire/tagwire/codec"
)

// An objectSlab holds new objects of one type, of which some are in use. The structs of a message share slabs, so that a new
// struct seldom needs an allocation. The first slab has room for the usual number of objects, within what setAside permits,
// each further one for as many as exist already, and none is larger than codec.SlabBytes. Calls do not share slabs.
type objectSlab struct {
	row         *structRow
	base        unsafe.Pointer // nil, or the first of count objects, which are zero except for those used
	used, count int
	made        int // in all slabs of the call
}

// newStruct links a new object into its parent before native code or user code can access it (M1). It is a safe point like
// serve, noinline and not a leaf, because the driver calls it directly.
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

// moreObjects allocates another slab. allocation is the number of bytes that the call may allocate besides one object.
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

// learn updates usual with the number of objects that a call has used: a lower number takes effect at once, a higher one
// halfway. So all calls together never leave more preallocated memory unused than used.
func (r *structRow) learn(made int) {
	usual := int(r.usual.Load())
	if made > usual {
		made = usual + (made-usual+1)/2
	}
	if made != usual { // seldom, so that calls do not contend for the word
		r.usual.Store(uint32(made))
	}
}

// dropObjects releases the slabs of a call.
func (s *state) dropObjects() {
	for i := range s.objects {
		if slab := &s.objects[i]; slab.row != nil {
			slab.row.learn(slab.made - slab.count + slab.used)
		}
	}
	clear(s.objects)
	s.objects, s.madeObjects = s.objects[:0], false
}
