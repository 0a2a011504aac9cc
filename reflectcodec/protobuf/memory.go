package protobuf

import (
	"errors"
	"reflect"
	"unsafe"

	"github.com/tagwire/tagwire/codec"
)

// memory is what decoded values are made of.
type memory struct {
	// dry: the message is checked and nothing is made; what is to be stored has the address nil.
	dry bool
	// alloc is how many more bytes may be allocated under Limits.Alloc.
	alloc           int
	zeroCopy, owned bool
	// arena is what all memory is taken from, nil for memory of the value's own.
	arena *codec.Arena
	// chunk is what is left of memory that strings and binaries share.
	chunk []byte
}

var errAllocLimit = errors.New("the value needs more memory than the limit allows")

// charge counts the memory of n objects of the given size in bytes, about to be allocated for the wire item at position at.
func (m *memory) charge(n, size, at int) *codec.Error {
	if size > 0 && n > m.alloc/size {
		return &codec.Error{Code: codec.SizeLimit, Offset: at, Err: errAllocLimit}
	}
	m.alloc -= n * size
	return nil
}

// bytes returns n > 0 bytes, not zeroed, capacity n.
func (m *memory) bytes(n int) []byte {
	if m.arena != nil && !m.owned {
		return m.arena.Bytes.Take(n, 1)
	}
	if m.owned || n > codec.SharedBytes {
		return codec.Uninitialised(n)[:n:n]
	}
	if n > len(m.chunk) {
		m.chunk = codec.Uninitialised(codec.ChunkBytes)
	}
	taken := m.chunk[:n:n]
	m.chunk = m.chunk[n:]
	return taken
}

// text returns the n bytes at the cursor of in as bytes of their own, or the input itself, and passes over them. They are there, and at
// is where their number is. No bytes are nil, so that nothing points behind the input.
func (m *memory) text(n, at int, in *input) ([]byte, *codec.Error) {
	if n == 0 {
		return nil, nil
	}
	b := in.data[in.pos : in.pos+n : in.pos+n]
	in.pos += n
	if m.zeroCopy {
		return b, nil
	}
	if err := m.charge(n, 1, at); err != nil {
		return nil, err
	}
	if m.dry {
		return nil, nil
	}
	own := m.bytes(n)
	copy(own, b)
	return own, nil
}

// object returns the address of a new zero value of type t.
func (m *memory) object(t reflect.Type) unsafe.Pointer {
	if m.arena != nil {
		return m.arena.Objects(t).Take(1)
	}
	return reflect.New(t).UnsafePointer()
}

// elements returns a list of type t with n > 0 elements, which are zero.
func (m *memory) elements(t reflect.Type, n int) reflect.Value {
	if m.arena == nil {
		return reflect.MakeSlice(t, n, n)
	}
	made := reflect.New(t)
	first := m.arena.Elements(t.Elem()).Take(n)
	*(*[]byte)(made.UnsafePointer()) = unsafe.Slice((*byte)(first), n) // every slice header looks alike
	return made.Elem()
}

// newMap stores a new map of type t at p.
func (m *memory) newMap(t reflect.Type, p unsafe.Pointer) {
	if m.arena != nil {
		m.arena.Maps(t).Take(p, 0, 0)
		return
	}
	reflect.NewAt(t, p).Elem().Set(reflect.MakeMap(t))
}
