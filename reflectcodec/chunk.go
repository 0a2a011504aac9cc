package reflectcodec

import (
	"reflect"
	"strings"
	"unsafe"
)

const (
	// chunkSize is how many bytes of strings and small lists share an allocation; keeping one of them keeps
	// the chunk. The allocator serves this size from spans of seven; 8 KiB, of which a span has one, costs more.
	chunkSize = 6912
	// ownAllocation is the size from which a string or list body gets an allocation of its own.
	ownAllocation = 1<<10 + 1
	// alignment of list bodies in a chunk: that of the widest scalar.
	alignment = 8
	// slabSize bounds the structs that share an allocation, in bytes: a size like chunkSize, less the word that the
	// allocator puts in front of memory with pointers.
	slabSize = 6776
	// spareSize bounds what one decode sets aside for structs and map entries that have not arrived yet, in
	// bytes, on the whole path from the top.
	spareSize = 32 << 10
)

// uninitialised returns n > 0 bytes of fresh memory that holds no pointers and is not zeroed. A
// strings.Builder is the one way to such memory that needs no help from the runtime's internals. The memory
// is aligned to 8 bytes, since its size is rounded up to a multiple of 8.
func uninitialised(n int) []byte {
	var b strings.Builder
	b.Grow((n + alignment - 1) &^ (alignment - 1))
	b.WriteByte(0) // an empty string need not have an address
	// The bytes behind the string are the builder's, which nobody else has: writing to them changes no string in use.
	return unsafe.Slice(unsafe.StringData(b.String()), n)
}

// bump returns n > 0 bytes at a multiple of align from the chunk in hand, not zeroed, capacity n.
func (d *decoder) bump(n, align int) []byte {
	if d.owned || n >= ownAllocation {
		return uninitialised(n)
	}
	from := (d.used + align - 1) &^ (align - 1)
	if from+n > len(d.chunk) {
		d.chunk, from = uninitialised(chunkSize), 0
	}
	d.used = from + n
	return d.chunk[from:d.used:d.used]
}

// makeElements returns a zeroed array of n > 0 elements of plan v, or one that is not zeroed if they are
// scalars.
func (d *decoder) makeElements(v *valuePlan, n int) unsafe.Pointer {
	switch {
	case v.scalar():
		return unsafe.Pointer(unsafe.SliceData(d.bump(n*v.size, alignment)))
	case v.pointer, v.op == opMap:
		return unsafe.Pointer(unsafe.SliceData(make([]unsafe.Pointer, n)))
	case v.op == opString:
		return unsafe.Pointer(unsafe.SliceData(make([]string, n)))
	case v.op == opBinary, v.op == opList:
		return unsafe.Pointer(unsafe.SliceData(make([][]byte, n))) // every slice header looks alike
	}
	return v.body.make(n)
}

// make returns an array of n > 0 zeroed structs.
func (s *structPlan) make(n int) unsafe.Pointer {
	if n == 1 {
		return reflect.New(s.typ).UnsafePointer()
	}
	return reflect.MakeSlice(s.slice, n, n).UnsafePointer()
}

// slab hands out the structs of one list or map whose elements are pointers to structs.
type slab struct {
	next unsafe.Pointer // the next unused struct, if left > 0
	left int            // structs not handed out
	held int            // bytes taken from the decoder's spare
}

// take returns a zeroed struct of plan s; at most remaining more will be asked for, this one included.
func (b *slab) take(d *decoder, s *structPlan, remaining int) unsafe.Pointer {
	if b.left == 0 {
		b.release(d)
		size := max(s.size, 1)
		b.left = max(1, min(remaining, min(slabSize, d.spare)/size))
		b.held = min(b.left*size, d.spare)
		d.spare -= b.held
		b.next = s.make(b.left)
	}
	p := b.next
	b.left--
	if b.left > 0 { // a pointer past the end would be one into another object
		b.next = unsafe.Add(p, s.size)
	}
	return p
}

// release returns what is held to the decoder.
func (b *slab) release(d *decoder) {
	d.spare += b.held
	b.held = 0
}
