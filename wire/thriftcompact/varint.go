package thriftcompact

import "math/bits"

// Zigzag maps numbers to ones that are small if they are close to 0.
func Zigzag(n int64) uint64 { return uint64(n)<<1 ^ uint64(n>>63) }

// Unzigzag undoes Zigzag.
func Unzigzag(u uint64) int64 { return int64(u>>1) ^ -int64(u&1) }

// VarintSize returns the bytes that u takes as a varint.
func VarintSize(u uint64) int { return (bits.Len64(u|1) + 6) / 7 }

// PutVarint writes u to b, which has room for it, and returns its size.
func PutVarint(b []byte, u uint64) int {
	i := 0
	for ; u >= 0x80; i++ {
		b[i] = byte(u) | 0x80
		u >>= 7
	}
	b[i] = byte(u)
	return i + 1
}

// What Varint returns in place of a size.
const (
	// Cut: the bytes end before the varint does.
	Cut = 0
	// TooLong: the varint has more than 64 bits.
	TooLong = -1
)

// Varint reads a varint from the start of b and returns its size. It need not be the shortest form of u.
func Varint(b []byte) (u uint64, size int) {
	if len(b) > 0 && b[0] < 0x80 {
		return uint64(b[0]), 1
	}
	for i, x := range b {
		if i == MaxVarintSize-1 {
			if x > 1 {
				return 0, TooLong
			}
			return u | uint64(x)<<63, MaxVarintSize
		}
		u |= uint64(x&0x7f) << (7 * i)
		if x < 0x80 {
			return u, i + 1
		}
	}
	return 0, Cut
}

// Delta returns what the short form of a header says of an id behind another one in the same struct, which is 0 before the
// first. It reports false if the header needs the long form. On the wire ids are numbers of 16 bits with a sign.
func Delta(last, id int32) (delta byte, short bool) {
	d := int32(int16(id)) - int32(int16(last))
	return byte(d), 1 <= d && d <= MaxDelta
}

// IDBits returns the number that is the varint of an id in the long form of a header.
func IDBits(id int32) uint64 { return Zigzag(int64(int16(id))) }

// IDOf undoes IDBits: an id from 0 to 65535.
func IDOf(u uint64) int32 { return int32(uint16(Unzigzag(u))) }

// Next returns the id that the short form of a header means.
func Next(last int32, delta byte) int32 { return int32(uint16(last) + uint16(delta)) }

// KeptHeader splits a field into the first byte of its header, which has the type, and what follows the header.
func KeptHeader(field []byte) (first byte, value []byte) {
	first, value = field[0], field[HeaderSize:]
	if first>>4 == 0 {
		_, size := Varint(value)
		value = value[size:]
	}
	return first, value
}
