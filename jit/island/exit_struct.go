package island

import (
	"unsafe"

	"github.com/tagwire/tagwire/codec"
)

// An objectSlab holds new objects of one type, of which some are in use. The structs of a message share slabs, and so do the
// elements of its short lists, so that a new struct or list seldom needs an allocation. The first slab has room for the usual
// number of objects, within what preallocate permits, each further one for as many as exist already, and none is larger than
// codec.SlabBytes. Calls do not share slabs.
type objectSlab struct {
	row         *structRow
	base        unsafe.Pointer // nil, or the first of count objects, which are zero except for those used
	used, count int
	made        int // in all slabs of the call
	// prealloc is what s.prealloc counts for objects that may not have arrived: for structs, what is unused of the first slab; for
	// lists, what the exits of the row have allocated for lists that may still be open, in slabs or not.
	prealloc uintptr
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
	var object unsafe.Pointer
	if s.arena != nil {
		object = s.arenaStruct(f, p, number)
	} else {
		object = s.slabStruct(f, p, number)
	}
	*(*unsafe.Pointer)(pointerIn(&f.arguments[1])) = object
	if row.initialise != nil {
		row.initialise(object)
	}
	f.arguments[0] = uintptr(object)
	return true
}

// slabStruct returns a new object of a slab.
func (s *state) slabStruct(f *frame, p *Program, number uintptr) unsafe.Pointer {
	row, slab, native := p.structs[number], s.objectSlab(p, number), p.nativeSlab(number)
	if native >= 0 {
		s.settle(f, slab, native)
	}
	if slab.used == slab.count {
		s.moreObjects(slab, row, f.allocation)
		if p.rootsAll {
			s.roots.add(slab.base) // and with it all objects of the slab
		}
	}
	object := unsafe.Add(slab.base, uintptr(slab.used)*row.bytes) // below the end of the slab
	slab.used++
	s.arrive(slab, min(slab.prealloc, row.bytes))
	if native >= 0 {
		s.publishSlab(f, slab, native)
	}
	return object
}

// shortListBytes is the size of the longest lists that share slabs. A longer list would leave too much of a slab unused. The
// first slab of lists is no larger than that either, because a message has lists of many types.
const shortListBytes = codec.SlabBytes / 16

// sharesSlabs reports whether a list of the given length is a short one.
func (r *slabRow) sharesSlabs(length uintptr) bool {
	return r.elements != nil && length > 0 && length <= shortListBytes/r.elementBytes
}

// shortList returns zero elements for a new list, which no other list has. They have been charged and preallocated. The caller
// links them, and keeps them reachable while user code runs (M1). left is the number of bytes left of the input.
func (s *state) shortList(f *frame, slab *objectSlab, row *structRow, length int, left uintptr) unsafe.Pointer {
	if unused := slab.count - slab.used; unused < length {
		s.prealloc -= uintptr(unused) * row.bytes // and that is less than this list has
		slab.made -= unused
		wanted := slab.made
		if slab.row == nil {
			slab.row = row
			wanted = min(int(row.usual.Load()), shortListBytes/int(row.bytes))
		}
		// Half of the allowance is for lists that find no room in a slab.
		wanted = min(wanted, length+int(s.allowance(left)/2/row.bytes))
		s.makeSlab(slab, length, wanted, f.allocation)
		s.prealloc += uintptr(slab.count-length) * row.bytes
	}
	first := unsafe.Add(slab.base, uintptr(slab.used)*row.bytes) // length elements are below the end of the slab
	slab.used += length
	return first
}

// arrive notes that objects that were preallocated are in the input.
func (s *state) arrive(slab *objectSlab, bytes uintptr) {
	slab.prealloc -= bytes
	s.prealloc -= bytes
}

// objectSlab returns the slab of a number: structs use the numbers of their rows, and lists use those after them.
func (s *state) objectSlab(p *Program, number uintptr) *objectSlab {
	if number >= uintptr(len(s.objects)) {
		s.openObjects(len(p.structs) + len(p.slabs))
	}
	return &s.objects[number]
}

// openObjects makes room for n slabs. What s.objects has behind its length is zero.
func (s *state) openObjects(n int) {
	if n > cap(s.objects) {
		s.objects = make([]objectSlab, n)
	}
	s.objects = s.objects[:n]
}

// moreObjects allocates another slab for structs. allocation is the number of bytes that the call may allocate besides one
// object.
func (s *state) moreObjects(slab *objectSlab, row *structRow, allocation int) {
	wanted := slab.made
	if slab.row == nil {
		slab.row = row
		if wanted = int(row.usual.Load()); wanted > 1 {
			wanted = int(s.preallocate(row.bytes, uintptr(wanted), s.input))
			slab.prealloc = uintptr(wanted) * row.bytes
		}
	}
	s.makeSlab(slab, 1, wanted, allocation)
}

// makeSlab allocates a slab for at least the given number of objects, and for as many as wanted if allocation, the number of
// bytes that the call may allocate besides those for the least, permits.
func (s *state) makeSlab(slab *objectSlab, least, wanted, allocation int) {
	size := max(int(slab.row.bytes), 1)
	n := max(least, min(wanted, codec.SlabBytes/size, least+allocation/size))
	slab.base = s.makeObjects(slab.row, n)
	slab.used, slab.count, slab.made = 0, n, slab.made+n
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
		slab := &s.objects[i]
		if slab.row != nil {
			slab.row.learn(slab.made - slab.count + slab.used)
		}
		if slab.row != nil || slab.prealloc != 0 {
			*slab = objectSlab{}
		}
	}
	s.objects = s.objects[:0]
}
