package island

import "unsafe"

// A Reference is bytes that belong into an encoding.
type Reference struct {
	// At is their place: the number of bytes of the buffer that come before them.
	At int
	// Bytes are memory of the value, with a capacity of their length. They must not be changed.
	Bytes []byte
}

// references are those of one call. The caller keeps the list, and with it, as a rule, this memory.
type references struct {
	list []Reference
	one  [1]Reference // what most calls have at most
}

func newReferences() *references {
	r := new(references)
	r.list = r.one[:0]
	return r
}

// reference notes bytes that belong into the output. They are part of the value, which the call keeps, and from now on
// kept by the reference too. User code gets them when no native code is under way any more.
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
