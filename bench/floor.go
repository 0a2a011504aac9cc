package main

import (
	"strings"
	"unsafe"

	"github.com/cloudwego/gopkg/protocol/thrift"
)

// byHand is no codec. It does in Go what no encoder or decoder can leave out, and nothing else. As a decoder it allocates the
// value, with the shared blocks that ours has, and copies texts and numbers; as an encoder it walks lists and maps and copies
// texts and lists of numbers. It reads no message, and writes headers only for wide and deep, which have little else; also those
// in the simplest order. Its copies are calls, so native code that copies short texts in place can be faster.
const byHand = "by-hand"

// floored is a value that can be copied and gathered by hand.
type floored[T any] interface {
	// copyTo makes target a copy of the value.
	copyTo(target *T, m *memory)
	// gather copies texts and lists of numbers, one behind the other, to buf and returns how many bytes.
	gather(buf []byte) int
}

// floorEngine times what is left of a case when nothing is encoded or decoded.
func floorEngine[T any, P fastMessage[T]](source floored[T], message []byte, reuse bool) engine {
	m := new(memory)
	buf := make([]byte, len(message))
	copied := func() *T {
		target := new(T)
		source.copyTo(target, m)
		return target
	}
	return engine{
		name: byHand,
		encoders: map[direction]func() ([]byte, error){
			encode: func() ([]byte, error) { return thrift.FastMarshal(P(copied())), nil },
		},
		operations: map[direction]operation{
			encode: func(n int) error {
				for range n {
					floorBytes = source.gather(buf)
				}
				return nil
			},
			decode: decodeLoop(reuse, func(target *T) error {
				source.copyTo(target, m)
				return nil
			}),
		},
	}
}

// floorBytes keeps the compiler from leaving out gather.
//
//lint:ignore U1000 it is only stored to
var floorBytes int

// memory hands out bytes from blocks, as our decoders do.
type memory struct{ block []byte }

const (
	blockBytes = 6912
	ownBytes   = 1 << 10 // what is longer has an allocation of its own
)

// unzeroed returns n bytes that have not been cleared. They are the builder's, which is dropped; the slice keeps them alive.
func unzeroed(n int) []byte {
	var b strings.Builder
	b.Grow(n)
	b.WriteByte(0)
	return unsafe.Slice(unsafe.StringData(b.String()), n)
}

func (m *memory) bytes(source []byte) []byte {
	n := len(source)
	if n > ownBytes {
		target := unzeroed(n)
		copy(target, source)
		return target
	}
	if n > len(m.block) {
		m.block = unzeroed(blockBytes)
	}
	target := m.block[:n:n]
	m.block = m.block[n:]
	copy(target, source)
	return target
}

func (m *memory) text(source string) string {
	target := m.bytes(unsafe.Slice(unsafe.StringData(source), len(source)))
	return unsafe.String(unsafe.SliceData(target), len(target))
}

// The sizes for which ours asks for more, and how much: see roomy in jit/chunk.go.
const (
	pairBytes, pairRoom = 4 << 10, 4864
	soleBytes, soleRoom = 8 << 10, 9472
)

// numbers copies a list of numbers to memory of its own, in the size that ours asks for. The list keeps it alive.
func numbers[N int32 | int64 | float64](source []N) []N {
	size := len(source) * int(unsafe.Sizeof(source[0]))
	room := size
	switch most := size + size/4; {
	case size <= pairBytes && pairRoom <= most:
		room = pairRoom
	case pairBytes < size && size <= soleBytes && soleRoom <= most:
		room = soleRoom
	}
	target := unsafe.Slice((*N)(unsafe.Pointer(unsafe.SliceData(unzeroed(room)))), len(source))
	copy(target, source)
	return target
}

// bytesOf are the bytes of a list of numbers, which they keep alive.
func bytesOf[N int32 | int64 | float64](source []N) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(source))), len(source)*int(unsafe.Sizeof(source[0])))
}

// pointersTo makes n values in one allocation and a list of pointers to them.
func pointersTo[T any](n int) []*T {
	list, values := make([]*T, n), make([]T, n)
	for i := range list {
		list[i] = &values[i]
	}
	return list
}
