package island

import (
	"unsafe"

	"github.com/tagwire/tagwire/codec"
	"github.com/tagwire/tagwire/jit/abi"
)

// keepUnknown appends skipped fields, header included, to those that are kept already. With zero copy, fields that follow
// each other and are all there is alias the input.
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
	if have := len(kept); length > cap(kept)-have {
		size := have + length
		if have > 0 {
			size = max(size, 2*have) // more may follow
		}
		s.outgrown += uintptr(max(0, size-copied))
		kept = append(codec.Uninitialised(size)[:0:size], kept...)
	}
	*slot = append(kept, source...)
	return true
}

// isWithin reports whether the bytes of part, which are not none, lie in data. Only addresses are compared.
func isWithin(part, data []byte) bool {
	offset := uintptr(unsafe.Pointer(unsafe.SliceData(part))) - uintptr(unsafe.Pointer(unsafe.SliceData(data)))
	return len(part) > 0 && offset < uintptr(len(data))
}
