package grpc

import (
	"encoding/binary"
	"strconv"
)

// PrefixSize is the size of what stands before each message: whether it is compressed, in one byte, and its length, in four.
const PrefixSize = 5

// PutPrefix writes the prefix of a message of that many bytes, which are less than 1<<32, into the first bytes of dst.
func PutPrefix(dst []byte, compressed bool, length int) {
	dst[0] = 0
	if compressed {
		dst[0] = 1
	}
	binary.BigEndian.PutUint32(dst[1:PrefixSize], uint32(length))
}

// ParsePrefix reads a prefix from the first bytes of data. The error is a *Status, about a message whose length exceeds a limit or whose first
// byte is none of 0 and 1.
func ParsePrefix(data []byte, limit int) (compressed bool, length int, err error) {
	size := binary.BigEndian.Uint32(data[1:PrefixSize])
	switch {
	case data[0] > 1:
		return false, 0, &Status{Code: Internal, Message: "a message begins with the byte " + strconv.Itoa(int(data[0])) + ", not with 0 or 1"}
	case uint64(size) > uint64(max(limit, 0)):
		return false, 0, tooLarge(limit)
	}
	return data[0] == 1, int(size), nil
}

// tooLarge returns the status for a message that exceeds a limit.
func tooLarge(limit int) *Status {
	return &Status{Code: ResourceExhausted, Message: "a message has more than the " + strconv.Itoa(limit) + " bytes that are allowed"}
}
