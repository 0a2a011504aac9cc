package transport

import (
	"encoding/binary"
	"syscall"
)

// availableMemory returns the bytes that the machine has, 0 if that is not known.
func availableMemory() int64 {
	text, err := syscall.Sysctl("hw.memsize")
	if err != nil {
		return 0
	}
	// The value is a number of eight bytes, read as a string: a zero at its end is missing.
	var number [8]byte
	copy(number[:], text)
	return int64(binary.LittleEndian.Uint64(number[:]))
}
