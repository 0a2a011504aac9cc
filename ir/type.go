package ir

// A Type is the type of a value. There is no floating-point type: a double is the I64 of its bits, because nothing
// here computes with doubles, it only moves them.
type Type uint8

// The types. I8 and I16 are narrow: they are loaded, stored, extended, truncated to and passed along, never
// computed with or compared, and the upper bits of the register that holds one are undefined.
const (
	InvalidType Type = iota
	I8
	I16
	I32
	I64
	Ptr // an address, or nil, which is 0
	typeCount
)

var typeNames = [typeCount]string{"invalid", "i8", "i16", "i32", "i64", "ptr"}

// String returns the name of t in the text form.
func (t Type) String() string {
	if t >= typeCount {
		return "invalid"
	}
	return typeNames[t]
}

// Bits returns the width of t in bits.
func (t Type) Bits() int { return t.Size() * 8 }

// Size returns the width of t in bytes.
func (t Type) Size() int {
	switch t {
	case I8:
		return 1
	case I16:
		return 2
	case I32:
		return 4
	case I64, Ptr:
		return 8
	}
	return 0
}

// typeByName returns the type with the given name, or InvalidType.
func typeByName(name string) Type {
	for t := I8; t < typeCount; t++ {
		if typeNames[t] == name {
			return t
		}
	}
	return InvalidType
}

// A TypeSet is a set of types.
type TypeSet uint8

// Types returns the set of the given types.
func Types(types ...Type) TypeSet {
	var s TypeSet
	for _, t := range types {
		s |= 1 << t
	}
	return s
}

// Has reports whether t is in s.
func (s TypeSet) Has(t Type) bool { return t != InvalidType && s&(1<<t) != 0 }

// String lists the types of s.
func (s TypeSet) String() string {
	text := ""
	for t := I8; t < typeCount; t++ {
		if s.Has(t) {
			if text != "" {
				text += "|"
			}
			text += t.String()
		}
	}
	return text
}

// SignExtend returns the low bits of n, as many as t has, extended by their sign: the canonical form of a constant.
func (t Type) SignExtend(n int64) int64 {
	switch t {
	case I8:
		return int64(int8(n))
	case I16:
		return int64(int16(n))
	case I32:
		return int64(int32(n))
	}
	return n
}

// ZeroExtend returns the low bits of n, as many as t has, extended by zeros.
func (t Type) ZeroExtend(n int64) uint64 {
	switch t {
	case I8:
		return uint64(uint8(n))
	case I16:
		return uint64(uint16(n))
	case I32:
		return uint64(uint32(n))
	}
	return uint64(n)
}
