package lowertest

import (
	"encoding/binary"
	"math/rand/v2"

	"github.com/tagwire/tagwire/ir"
)

// MostBulk is the largest count of elements that is tried at all alignments.
const MostBulk = 300

// Line is the alignment that matters: of a cache, and of the longest vector.
const Line = 64

// CopyOps are the bulk ops that copy.
var CopyOps = ir.BulkOps(ir.Bulk.Copies)

// TooLarge are elements that have no 32 bits: by each part of what is compared.
var TooLarge = []int64{1 << 31, -1<<31 - 1, 1 << 32, 1 << 62, -1 << 63, 1<<32 - 1, -1 << 32, 1<<31 | 1<<33}

// justFitting are elements that have 32 bits, next to those that have not.
var justFitting = []int64{1<<31 - 1, -1 << 31, -1, 0}

// bulkSizes are the bytes of an element where it goes to and where it comes from.
func bulkSizes(op ir.Op) (to, from int) {
	b := op.Info().Bulk
	return int(b.To), int(b.From)
}

// plainBulk does a bulk op that copies, in the plainest way; every element fits.
func plainBulk(op ir.Op, from []byte) []byte {
	out := make([]byte, 0, 2*len(from))
	big, little := binary.BigEndian, binary.LittleEndian
	_, size := bulkSizes(op)
	for ; len(from) > 0; from = from[size:] {
		switch op {
		case ir.CopyBytes, ir.CopyASCII, ir.MoveUp:
			out = append(out, from[0])
		case ir.CopyBools:
			if from[0] == 1 {
				out = append(out, 1)
			} else {
				out = append(out, 0)
			}
		case ir.SwapCopy16:
			out = big.AppendUint16(out, little.Uint16(from))
		case ir.SwapCopy32:
			out = big.AppendUint32(out, little.Uint32(from))
		case ir.SwapCopy64:
			out = big.AppendUint64(out, little.Uint64(from))
		case ir.SwapWiden32to64:
			out = little.AppendUint64(out, uint64(int32(big.Uint32(from))))
		case ir.SwapNarrow64to32:
			out = big.AppendUint32(out, uint32(little.Uint64(from)))
		}
	}
	return out
}

// bulkSource returns count elements that a bulk op does not refuse.
func bulkSource(op ir.Op, count int, random *rand.Rand) []byte {
	_, size := bulkSizes(op)
	source := make([]byte, count*size)
	for n := range source {
		source[n] = byte(random.Uint32())
	}
	switch op {
	case ir.CopyBools:
		for n, b := range source {
			if b%4 < 2 { // half of them as they should be, the others anything
				source[n] = b % 2
			}
		}
	case ir.SwapNarrow64to32:
		for at := 0; at < len(source); at += size {
			value := int64(int32(binary.LittleEndian.Uint32(source[at:])))
			if random.IntN(4) == 0 {
				value = justFitting[random.IntN(len(justFitting))]
			}
			binary.LittleEndian.PutUint64(source[at:], uint64(value))
		}
	}
	return source
}
