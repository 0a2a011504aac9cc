//go:build amd64 || arm64

package main

import (
	"buf.build/go/hyperpb"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// hyperpbEngine times hyperpb, which decodes into dynamic messages that can only be read, and encodes nothing. All memory of a
// message is one Shared; for decode-arena one is used again and again.
func hyperpbEngine(descriptor protoreflect.MessageDescriptor, message []byte) engine {
	compiled := hyperpb.CompileMessageDescriptor(descriptor)
	loop := func(options ...hyperpb.UnmarshalOption) operation {
		return func(n int) error {
			for range n {
				target := hyperpb.NewMessage(compiled)
				if err := target.Unmarshal(message, options...); err != nil {
					return err
				}
				keepValue(target)
			}
			return nil
		}
	}
	read := func(shared *hyperpb.Shared, message []byte, options ...hyperpb.UnmarshalOption) ([]byte, error) {
		target := shared.NewMessage(compiled)
		if err := target.Unmarshal(message, options...); err != nil {
			return nil, err
		}
		return proto.MarshalOptions{Deterministic: true}.Marshal(target)
	}
	return engine{
		name: peerHyperpb,
		remarshal: map[direction]func([]byte) ([]byte, error){
			decode: func(message []byte) ([]byte, error) {
				return read(new(hyperpb.Shared), message, hyperpb.WithAllowAlias(false))
			},
			decodeZeroCopy: func(message []byte) ([]byte, error) {
				return read(new(hyperpb.Shared), message, hyperpb.WithAllowAlias(true))
			},
			decodeArena: func(message []byte) ([]byte, error) {
				shared := new(hyperpb.Shared)
				for range 2 { // the second time into memory that has been used
					if _, err := read(shared, message, hyperpb.WithAllowAlias(false)); err != nil {
						return nil, err
					}
					shared.Free()
				}
				return read(shared, message, hyperpb.WithAllowAlias(false))
			},
		},
		operations: map[direction]operation{
			decode:         loop(hyperpb.WithAllowAlias(false)),
			decodeZeroCopy: loop(hyperpb.WithAllowAlias(true)),
			decodeArena: func(n int) error {
				shared := new(hyperpb.Shared)
				for range n {
					if err := shared.NewMessage(compiled).Unmarshal(message, hyperpb.WithAllowAlias(false)); err != nil {
						return err
					}
					shared.Free()
				}
				return nil
			},
		},
	}
}
