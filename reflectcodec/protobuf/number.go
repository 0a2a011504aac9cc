package protobuf

import (
	"encoding/binary"
	"math/bits"
	"unsafe"

	"github.com/tagwire/tagwire/schema"
	wire "github.com/tagwire/tagwire/wire/protobuf"
	"github.com/tagwire/tagwire/wire/varint"
)

// load returns the bits of the scalar at p as they are written: for a varint the number itself, for a fixed form its lower bytes.
func (v *value) load(p unsafe.Pointer) uint64 {
	switch v.kind {
	case schema.Bool:
		if *(*bool)(p) {
			return 1
		}
		return 0
	case schema.I32:
		return v.signed(int64(*(*int32)(p)))
	case schema.U32, schema.Float:
		return uint64(*(*uint32)(p))
	case schema.I64:
		if v.size == 4 { // an int where it has 32 bits
			return v.signed(int64(*(*int32)(p)))
		}
		return v.signed(*(*int64)(p))
	}
	if v.size == 4 {
		return uint64(*(*uint32)(p))
	}
	return *(*uint64)(p)
}

func (v *value) signed(n int64) uint64 {
	if v.form == schema.Zigzag {
		return varint.Zigzag(n)
	}
	return uint64(n)
}

// store sets the scalar at p to what was read. It reports false if an int of this platform cannot hold that.
func (v *value) store(p unsafe.Pointer, u uint64) bool {
	switch v.kind {
	case schema.Bool:
		*(*bool)(p) = u != 0
		return true
	case schema.I32:
		if v.form == schema.Zigzag {
			u = uint64(varint.Unzigzag(u & (1<<32 - 1)))
		}
		*(*uint32)(p) = uint32(u)
		return true
	case schema.U32, schema.Float:
		*(*uint32)(p) = uint32(u)
		return true
	case schema.I64:
		if v.form == schema.Zigzag {
			u = uint64(varint.Unzigzag(u))
		}
		if v.size == 4 {
			*(*uint32)(p) = uint32(u)
			return int64(u) == int64(int32(u))
		}
	}
	if v.size == 4 {
		*(*uint32)(p) = uint32(u)
		return u>>32 == 0
	}
	*(*uint64)(p) = u
	return true
}

// fits reports whether an int of this platform can hold what was read.
func (v *value) fits(u uint64) bool {
	if bits.UintSize == 64 || v.kind != schema.I64 && v.kind != schema.U64 {
		return true
	}
	var number uint64
	return v.store(unsafe.Pointer(&number), u)
}

// sizeOf returns how many bytes the scalar at p takes.
func (v *value) sizeOf(p unsafe.Pointer) int {
	if v.fixed > 0 {
		return v.fixed
	}
	return varint.Size(v.load(p))
}

// put writes the scalar at p to b, which has room for it, and returns its size.
func (v *value) put(b []byte, p unsafe.Pointer) int {
	u := v.load(p)
	switch v.wire {
	case wire.Fixed32:
		binary.LittleEndian.PutUint32(b, uint32(u))
		return 4
	case wire.Fixed64:
		binary.LittleEndian.PutUint64(b, u)
		return 8
	}
	return varint.Put(b, u)
}

// zero reports whether the scalar, string or bytes at p is what stands for absence: -0.0 does not.
func (v *value) zero(p unsafe.Pointer) bool {
	switch v.kind {
	case schema.String, schema.Binary:
		return len(*(*string)(p)) == 0 // the first words of a slice are those of a string
	}
	return v.load(p) == 0
}
