package reflectcodec

import (
	"reflect"
	"unsafe"

	"github.com/tagwire/tagwire/codec"
)

// preallocBytes is the most memory in bytes that one decode preallocates, for elements, structs and map entries that have not
// arrived, in all that is open at a time.
const preallocBytes = 32 << 10

// alignment of list bodies in a chunk: that of the widest scalar.
const alignment = 8

// bump returns n > 0 bytes at a multiple of align from the current chunk, not zeroed, capacity n.
func (d *Decoder) bump(n, align int) []byte {
	if d.arena != nil && !d.owned {
		return d.arena.Bytes.Take(n, align)
	}
	if d.owned || n > codec.SharedBytes {
		return codec.Uninitialised(n)[:n:n]
	}
	from := (d.used + align - 1) &^ (align - 1)
	if from+n > len(d.chunk) {
		d.chunk, from = codec.Uninitialised(codec.ChunkBytes), 0
	}
	d.used = from + n
	return d.chunk[from:d.used:d.used]
}

// makeElements returns a zeroed array of n > 0 elements of plan v, or one that is not zeroed if they are
// scalars.
func (d *Decoder) makeElements(v *Value, n int) unsafe.Pointer {
	switch {
	case d.arena != nil && (v.Op == OpBool || !v.scalar()): // not any byte is a bool
		return d.arena.Elements(v.GoType).Take(n)
	case v.scalar():
		return unsafe.Pointer(unsafe.SliceData(d.bump(n*v.size, alignment)))
	case v.Pointer, v.Op == OpMap:
		return unsafe.Pointer(unsafe.SliceData(make([]unsafe.Pointer, n)))
	case v.Op == OpString:
		return unsafe.Pointer(unsafe.SliceData(make([]string, n)))
	case v.Op == OpBinary, v.Op == OpList:
		return unsafe.Pointer(unsafe.SliceData(make([][]byte, n))) // every slice header looks alike
	}
	return v.body.make(n)
}

// makeStructs returns an array of n > 0 zeroed structs that pointers lead to.
func (d *Decoder) makeStructs(s *structPlan, n int) unsafe.Pointer {
	if d.arena != nil {
		return d.arena.Objects(s.typ).Take(n)
	}
	return s.make(n)
}

// make returns an array of n > 0 zeroed structs with memory of its own.
func (s *structPlan) make(n int) unsafe.Pointer {
	if n == 1 {
		return reflect.New(s.typ).UnsafePointer()
	}
	return reflect.MakeSlice(s.slice, n, n).UnsafePointer()
}

// slab allocates the structs of one list or map whose elements are pointers to structs.
type slab struct {
	next     unsafe.Pointer // the next unused struct, if left > 0
	left     int            // unused structs
	prealloc int            // of the decoder's prealloc, in use here
}

// take returns a zeroed struct of plan s; at most remaining more will be asked for, this one included.
func (b *slab) take(d *Decoder, s *structPlan, remaining int) unsafe.Pointer {
	if b.left == 0 {
		b.release(d)
		size := max(s.size, 1)
		b.left = max(1, min(remaining, min(codec.SlabBytes, d.prealloc)/size))
		b.prealloc = min(b.left*size, d.prealloc)
		d.prealloc -= b.prealloc
		b.next = d.makeStructs(s, b.left)
	}
	p := b.next
	b.left--
	if b.left > 0 { // a pointer past the end would be one into another object
		b.next = unsafe.Add(p, s.size)
	}
	return p
}

// release returns what is in use here to the decoder.
func (b *slab) release(d *Decoder) {
	d.prealloc += b.prealloc
	b.prealloc = 0
}
