package main

import (
	"bytes"

	apache "github.com/apache/thrift/lib/go/thrift"
)

// The engines that Compact is compared with on the same values, besides Apache's TCompactProtocol.
const (
	ownBinary        = "binary"         // ours in Binary, native
	ownBinaryReflect = "binary-reflect" // ours in Binary, reflection
	peerApacheBinary = "apache-binary"  // Apache's TBinaryProtocol
)

func apacheBinary(transport apache.TTransport, configuration *apache.TConfiguration) apache.TProtocol {
	return apache.NewTBinaryProtocolConf(transport, configuration)
}

func apacheCompact(transport apache.TTransport, configuration *apache.TConfiguration) apache.TProtocol {
	return apache.NewTCompactProtocolConf(transport, configuration)
}

// compactEngines are the engines of a case in Compact, and those in Binary that they are compared with.
func compactEngines[A, T, F any, PA apacheMessage[A], PF fastMessage[F]](of subject[T, F], compact []byte, reuse bool) ([]engine, error) {
	engines := append(ownEngines(compactFormat, of.value, compact, reuse),
		apacheEngine[A, PA](peerApache, apacheCompact, compact, reuse))
	var written []byte
	if of.written != nil {
		var err error
		if written, err = translate[A, PA](of.written); err != nil {
			return nil, err
		}
	}
	for i := range engines {
		engines[i].canonical, engines[i].message, engines[i].written = canonicalCompact, compact, written
	}
	inBinary := append(ownEngines(binaryFormat, of.value, of.binary, reuse),
		apacheEngine[A, PA](peerApacheBinary, apacheBinary, of.binary, reuse),
		floorEngine[F, PF](of.floor, of.binary, reuse))
	inBinary[0].name, inBinary[1].name = ownBinary, ownBinaryReflect
	for i := range inBinary {
		inBinary[i].canonical, inBinary[i].message, inBinary[i].written = canonical, of.binary, of.written
	}
	return append(engines, inBinary...), nil
}

// translate lets Apache read a message in Binary and write it in Compact.
func translate[A any, P apacheMessage[A]](message []byte) ([]byte, error) {
	value := new(A)
	if err := apacheReader[A, P](apacheBinary)(value, message); err != nil {
		return nil, err
	}
	return apacheWriter[A, P](apacheCompact)(value, bytes.Buffer{})
}

// varintI32s are numbers whose varints have 1 to 5 bytes, in no order that a branch predictor could learn.
func varintI32s() *ListI32 {
	value := new(ListI32)
	for i := range listLength {
		value.Values = append(value.Values, int32(varying(i)))
	}
	return value
}

// varintI64s are the same numbers as i64.
func varintI64s() *ListI64 {
	value := new(ListI64)
	for i := range listLength {
		value.Values = append(value.Values, varying(i))
	}
	return value
}

// varying is a number with a varint of 1 to 5 bytes: of a hundred, 40 have one byte, 25 two, 15 three, 10 four and 10 five, as
// counts, sizes, ids and times do together. It fits 32 bits.
func varying(seed int) int64 {
	random := uint64(long(seed))
	random ^= random >> 29
	random *= 0xbf58476d1ce4e5b9
	random ^= random >> 32
	length := 1
	for chance := random % 100; length < 5 && chance >= varintShares[length-1]; length++ {
		chance -= varintShares[length-1]
	}
	low, high := uint64(0), uint64(1)<<(7*length) // of the zigzag form
	if length > 1 {
		low = 1 << (7 * (length - 1))
	}
	zigzag := low + random>>8%(min(high, 1<<32)-low)
	return int64(zigzag>>1) ^ -int64(zigzag&1)
}

// varintShares are the parts in a hundred of the numbers whose varints have 1 to 5 bytes.
var varintShares = [5]uint64{40, 25, 15, 10, 10}
