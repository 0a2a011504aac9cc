package thriftcompact

import "github.com/tagwire/tagwire/wire/varint"

// Delta returns what the short form of a header says of an id behind another one in the same struct, which is 0 before the
// first. It reports false if the header needs the long form. On the wire ids are numbers of 16 bits with a sign.
func Delta(last, id int32) (delta byte, short bool) {
	d := int32(int16(id)) - int32(int16(last))
	return byte(d), 1 <= d && d <= MaxDelta
}

// IDBits returns the number that is the varint of an id in the long form of a header.
func IDBits(id int32) uint64 { return varint.Zigzag(int64(int16(id))) }

// IDOf undoes IDBits: an id from 0 to 65535.
func IDOf(u uint64) int32 { return int32(uint16(varint.Unzigzag(u))) }

// Next returns the id that the short form of a header means.
func Next(last int32, delta byte) int32 { return int32(uint16(last) + uint16(delta)) }

// KeptHeader splits a field into the first byte of its header, which has the type, and what follows the header.
func KeptHeader(field []byte) (first byte, value []byte) {
	first, value = field[0], field[HeaderSize:]
	if first>>4 == 0 {
		_, size := varint.Read(value)
		value = value[size:]
	}
	return first, value
}
