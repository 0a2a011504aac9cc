package island

import "unsafe"

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
