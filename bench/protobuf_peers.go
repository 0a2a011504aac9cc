package main

import (
	"google.golang.org/protobuf/proto"
)

// The names of the peers in Protobuf.
const (
	peerProtobufGo = "protobuf-go"
	peerVTProtobuf = "vtprotobuf"
	peerGogo       = "gogo"
	peerHyperpb    = "hyperpb"
)

// protobufGoEngine times google.golang.org/protobuf. MarshalAppend finds the size by itself; after proto.Size it takes the sizes
// that are cached in the value.
func protobufGoEngine[T any, P protobufMessage[T]](value P, message []byte, reuse bool) engine {
	var m proto.Message = value
	buf, free := make([]byte, 0, len(message)), room(message)
	var fresh, cached proto.MarshalOptions
	cached.UseCachedSize = true
	return engine{
		name: peerProtobufGo,
		encoders: map[direction]func() ([]byte, error){
			encode: func() ([]byte, error) { return fresh.MarshalAppend(buf, m) },
			sizeEncode: func() ([]byte, error) {
				size := proto.Size(m)
				return cached.MarshalAppend(buf[:0:size], m)
			},
			appending:  func() ([]byte, error) { return fresh.MarshalAppend(free, m) },
			marshaling: func() ([]byte, error) { return proto.Marshal(m) },
		},
		remarshal: map[direction]func([]byte) ([]byte, error){decode: canonicalProtobuf[T, P]},
		operations: map[direction]operation{
			encode: func(n int) error {
				for range n {
					if _, err := fresh.MarshalAppend(buf, m); err != nil {
						return err
					}
				}
				return nil
			},
			sizeEncode: func(n int) error {
				for range n {
					size := proto.Size(m)
					if _, err := cached.MarshalAppend(buf[:0:size], m); err != nil {
						return err
					}
				}
				return nil
			},
			appending: func(n int) error {
				for range n {
					if _, err := fresh.MarshalAppend(free, m); err != nil {
						return err
					}
				}
				return nil
			},
			marshaling: func(n int) (err error) {
				for range n {
					if newMessage, err = proto.Marshal(m); err != nil {
						return err
					}
				}
				return nil
			},
			decode: decodeLoop(reuse, func(target *T) error { return proto.Unmarshal(message, P(target)) }),
		},
	}
}
