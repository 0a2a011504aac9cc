package protobuf_test

import (
	"math"
	"math/rand"

	"google.golang.org/protobuf/encoding/protowire"
)

// Std has these fields, in this order, in seven places each, numbered on: as pointers, by value, lists of both, maps of both, and in a oneof.
const (
	stdTime = iota
	stdSpan
	stdDouble
	stdFloat
	stdInt64
	stdUint64
	stdInt32
	stdUint32
	stdFlag
	stdText
	stdBlob
	stdTypes
)

const stdChild, stdChildren = 7*stdTypes + 1, 7*stdTypes + 2

// randomStd returns the bytes of a Std: fields in any order, some of them several times, some unknown.
func randomStd(r *rand.Rand, depth int) (b []byte) {
	for range r.Intn(8) {
		switch number := 1 + r.Intn(stdChildren+1); {
		case number > stdChildren:
			b = randomUnknown(r, b, 100, 2)
		case number >= stdChild && depth == 0:
		case number >= stdChild:
			b = appendMessage(b, number, randomStd(r, depth-1))
		default:
			for range 1 + r.Intn(2) {
				inner := randomHeld(r, (number-1)%stdTypes)
				if place := (number - 1) / stdTypes; place == 4 || place == 5 {
					inner = randomEntry(r, place == 5, inner)
				}
				b = appendMessage(b, number, inner)
			}
		}
	}
	return b
}

func appendMessage(b []byte, number int, message []byte) []byte {
	return protowire.AppendBytes(protowire.AppendTag(b, protowire.Number(number), protowire.BytesType), message)
}

// randomEntry returns the bytes of an entry of a map. Its key does not come twice: gogo's code for numbers then takes both for one.
func randomEntry(r *rand.Rand, textKey bool, value []byte) (b []byte) {
	keyAt := r.Intn(4)
	for i := range 3 {
		switch {
		case keyAt != i:
		case textKey:
			b = appendMessage(b, 1, []byte{byte('a' + r.Intn(3))})
		default:
			b = appendVarint(b, 1, uint64(r.Intn(3)))
		}
		if r.Intn(2) > 0 {
			b = appendMessage(b, 2, value)
		}
	}
	return b
}

func appendVarint(b []byte, number protowire.Number, value uint64) []byte {
	return protowire.AppendVarint(protowire.AppendTag(b, number, protowire.VarintType), value)
}

// randomHeld returns the bytes of a well-known message.
func randomHeld(r *rand.Rand, kind int) (b []byte) {
	for range r.Intn(4) {
		switch kind {
		case stdTime, stdSpan:
			if r.Intn(2) == 0 {
				b = appendVarint(b, 1, uint64(randomSeconds(r)))
			} else {
				b = appendVarint(b, 2, uint64(randomNanos(r)))
			}
		case stdDouble:
			b = protowire.AppendFixed64(protowire.AppendTag(b, 1, protowire.Fixed64Type), r.Uint64()>>r.Intn(64))
		case stdFloat:
			b = protowire.AppendFixed32(protowire.AppendTag(b, 1, protowire.Fixed32Type), r.Uint32()>>r.Intn(32))
		case stdText, stdBlob:
			b = appendMessage(b, 1, []byte("some text"[:r.Intn(10)]))
		default:
			b = appendVarint(b, 1, r.Uint64()>>r.Intn(64))
		}
		if r.Intn(8) == 0 {
			b = randomUnknown(r, b, 9, 2)
		}
	}
	return b
}

// edges are seconds around which something ends: the years of a Timestamp, the range of a time.Duration, and that of a Duration.
var edges = []int64{0, -62135596800, 253402300800, 9223372036, -9223372036, 315576000000, -315576000000, math.MaxInt64, math.MinInt64}

func randomSeconds(r *rand.Rand) int64 {
	if r.Intn(3) == 0 {
		return edges[r.Intn(len(edges))] + int64(r.Intn(3)-1)
	}
	return int64(r.Uint64()) >> r.Intn(64)
}

func randomNanos(r *rand.Rand) int64 {
	if r.Intn(4) == 0 {
		return []int64{0, 999999999, 1000000000, -999999999, -1000000000, 854775807, 854775808, -854775808, -854775809}[r.Intn(9)]
	}
	return int64(r.Intn(1e9)) - int64(r.Intn(2))*1e9
}
