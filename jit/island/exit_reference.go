package island

import (
	"encoding/binary"
	"math"
	"unsafe"
)

// A Reference is a part of an encoding that is not copied to the buffer.
type Reference struct {
	// At is the position of the bytes: the number of bytes of the buffer that come before them.
	At int
	// Bytes are memory of the value, with a capacity of their length. They must not be changed.
	Bytes []byte
}

// references are those of one call. The caller retains the list, and thereby usually this object.
type references struct {
	list []Reference
	one  [1]Reference // enough for most calls
}

func newReferences() *references {
	r := new(references)
	r.list = r.one[:0]
	return r
}

// reference records bytes that belong to the output. They are part of the value, which the call keeps alive, and from now on
// the reference keeps them alive too. User code gets them only after native code has finished.
func (s *state) reference(f *frame, c *call) bool {
	length := f.arguments[1]
	if s.order.isOpen() {
		f.arguments[0] = length
		return true
	}
	c.references.list = append(c.references.list, Reference{
		At:    offsetIn(c.data, f.arguments[2]),
		Bytes: unsafe.Slice((*byte)(pointerIn(&f.arguments[0])), int(length)),
	})
	f.arguments[0] = 0
	return true
}

// closeMessage writes the length of a message in front of it. Some of its bytes may be referred to. Those that are not are moved where the
// length takes more than the byte that was left for it.
func (s *state) closeMessage(f *frame, c *call) bool {
	start, end := offsetIn(c.data, f.arguments[0]), offsetIn(c.data, f.arguments[1])
	length, list := end-start, c.references.list
	first := len(list)
	for ; first > 0 && list[first-1].At >= start; first-- { // what came before the message is in front of its tag
		length += len(list[first-1].Bytes)
	}
	if length > math.MaxInt32 {
		return false
	}
	var text [binary.MaxVarintLen64]byte
	by := binary.PutUvarint(text[:], uint64(length)) - 1
	if len(c.data)-end < by || by > 0 && !charge(f, uintptr(end-start+len(list)-first)) {
		return false
	}
	copy(c.data[start+by:], c.data[start:end])
	copy(c.data[start-1:], text[:by+1])
	for i := range list[first:] {
		list[first+i].At += by
	}
	f.arguments[0] = f.arguments[1] + uintptr(by)
	return true
}
