package island

import (
	"unsafe"

	"github.com/tagwire/tagwire/jit/abi"
)

// keepUnknown appends skipped fields, header included, to those that are kept already. With zero copy, fields alias the input
// if they are contiguous and the only ones.
func (s *state) keepUnknown(f *frame, c *call) bool {
	slot, length := (*[]byte)(pointerIn(&f.arguments[0])), int(f.arguments[2])
	if length == 0 {
		*slot = nil
		return true
	}
	from := offsetIn(c.data, f.arguments[1])
	source := c.data[from : from+length : from+length]
	kept, zeroCopy := *slot, f.flags&abi.FlagZeroCopy != 0
	if zeroCopy && kept == nil {
		*slot = source
		return true
	}
	copied := length
	if zeroCopy && isWithin(kept, c.data) {
		copied += len(kept)
	}
	if !charge(f, uintptr(copied)) {
		return false
	}
	*slot = append(s.grownKept(f, kept, length, copied), source...)
	return true
}

// keepHeaded is keepUnknown for fields that get another header. The first of them is preceded by a mark, which is not charged: the plain
// codec of Protobuf need not know then whether there are others.
func (s *state) keepHeaded(f *frame, c *call) bool {
	slot, length, word := (*[]byte)(pointerIn(&f.arguments[0])), int(f.arguments[2]), uint64(f.arguments[3])
	head := func(i int) byte { return byte(word >> (8 * i)) }
	from := offsetIn(c.data, f.arguments[1])
	source := c.data[from+int(head(abi.HeadReplaced)) : from+length]
	var own [1 + abi.HeadBytes]byte
	prefix, marks := own[:0], 0
	switch mark := head(abi.HeadMark); {
	case mark == 0:
	case len(*slot) == 0:
		prefix, marks = append(prefix, mark), 1
	case (*slot)[0] != mark:
		return false // kept from another format
	}
	for i := range int(head(abi.HeadLength)) {
		prefix = append(prefix, head(i))
	}
	copied := len(prefix) + len(source)
	if !charge(f, uintptr(copied-marks)) {
		return false
	}
	*slot = append(append(s.grownKept(f, *slot, copied, copied), prefix...), source...)
	return true
}

// grownKept returns kept with room for length more bytes. copied bytes of a new allocation have been charged already. What is behind the
// bytes of an array that this call has not made is the user's.
func (s *state) grownKept(f *frame, kept []byte, length, copied int) []byte {
	have := len(kept)
	if have > 0 && length <= cap(kept)-have && s.appended[unsafe.Pointer(unsafe.SliceData(kept))] {
		return kept
	}
	size := have + length
	if have > 0 {
		size = max(size, 2*have) // more may follow
	}
	s.outgrown += uintptr(max(0, size-copied))
	grown := append(s.uninitialised(f, size)[:0:size], kept...)
	if have > 0 {
		s.noteAppended(unsafe.Pointer(unsafe.SliceData(grown)))
	}
	return grown
}

// isWithin reports whether part is not empty and lies in data. Only addresses are compared.
func isWithin(part, data []byte) bool {
	offset := uintptr(unsafe.Pointer(unsafe.SliceData(part))) - uintptr(unsafe.Pointer(unsafe.SliceData(data)))
	return len(part) > 0 && offset < uintptr(len(data))
}
