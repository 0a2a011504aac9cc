// Package varint has the numbers of variable length that Thrift Compact and Protobuf share: seven bits in a byte, the lowest first.
package varint

import "math/bits"

// MaxSize is the most bytes of a varint.
const MaxSize = 10

// Zigzag maps numbers to ones that are small if they are close to 0.
func Zigzag(n int64) uint64 { return uint64(n)<<1 ^ uint64(n>>63) }

// Unzigzag undoes Zigzag.
func Unzigzag(u uint64) int64 { return int64(u>>1) ^ -int64(u&1) }

// Size returns the bytes that u takes as a varint.
func Size(u uint64) int { return (bits.Len64(u|1) + 6) / 7 }

// Put writes u to b, which has room for it, and returns its size.
func Put(b []byte, u uint64) int {
	i := 0
	for ; u >= 0x80; i++ {
		b[i] = byte(u) | 0x80
		u >>= 7
	}
	b[i] = byte(u)
	return i + 1
}

// What Read returns in place of a size.
const (
	// Cut: the bytes end before the varint does.
	Cut = 0
	// TooLong: the varint has more than 64 bits.
	TooLong = -1
)

// Read reads a varint from the start of b and returns its size. It need not be the shortest form of u.
func Read(b []byte) (u uint64, size int) {
	if len(b) > 0 && b[0] < 0x80 {
		return uint64(b[0]), 1
	}
	for i, x := range b {
		if i == MaxSize-1 {
			if x > 1 {
				return 0, TooLong
			}
			return u | uint64(x)<<63, MaxSize
		}
		u |= uint64(x&0x7f) << (7 * i)
		if x < 0x80 {
			return u, i + 1
		}
	}
	return 0, Cut
}
