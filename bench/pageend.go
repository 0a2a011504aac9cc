package main

import (
	"unsafe"

	"github.com/tagwire/tagwire/fuzz/guard"
)

// atPageEnd returns a copy of data that ends where a page ends behind which no memory can be accessed. It is never freed.
func atPageEnd(data []byte) []byte {
	pages, _, err := guard.Map(len(data))
	if err != nil {
		panic(err)
	}
	return pages.AtEnd(data)
}

// pageEndValue has four short texts, each at such an end. The whole message of it is shorter than a vector of 512 bits.
func pageEndValue() *Strings {
	value := new(Strings)
	for i := range 4 {
		short := atPageEnd([]byte(text(i, 3+4*i)))
		value.Texts = append(value.Texts, unsafe.String(unsafe.SliceData(short), len(short))) // what is mapped stays
	}
	return value
}
