package lowertest

import "fmt"

// Memory is what a simulated processor may access: an access that is not wholly in one of the areas is a fault.
type Memory []Area

// An Area is memory that may be accessed.
type Area struct {
	Base     uint64
	Bytes    []byte
	Writable bool
}

// ReadOnly returns an area that may be read.
func ReadOnly(base uint64, bytes []byte) Area { return Area{Base: base, Bytes: bytes} }

// ReadWrite returns an area that may be read and written.
func ReadWrite(base uint64, bytes []byte) Area { return Area{base, bytes, true} }

// At returns the n bytes at an address. It panics if they may not be accessed.
func (m Memory) At(address uint64, n int, write bool) []byte {
	for _, a := range m {
		if offset := address - a.Base; address >= a.Base && offset <= uint64(len(a.Bytes)) && n <= len(a.Bytes)-int(offset) && (a.Writable || !write) {
			return a.Bytes[offset:][:n]
		}
	}
	panic(fmt.Sprintf("an access of %d bytes at %#x, outside of what is given", n, address))
}
