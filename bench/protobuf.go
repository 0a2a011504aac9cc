package main

import (
	"fmt"

	"google.golang.org/protobuf/proto"
)

// A protobufMessage is a type that protoc-gen-go and vtprotobuf have made.
type protobufMessage[T any] interface {
	*T
	proto.Message
	vtprotobufMessage
}

// defineProtobuf makes a case of a value of T, for which G is gogo's type. The reference message is what protobuf-go writes with its
// option Deterministic.
func defineProtobuf[G, T any, PG gogoMessage[G], P protobufMessage[T]](make func() *T) func(string, *format) (*benchmark, error) {
	return func(name string, f *format) (*benchmark, error) {
		value := make()
		message, err := proto.MarshalOptions{Deterministic: true}.Marshal(P(value))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		message = placed(name, message)
		engines := append(ownEngines(f, value, message, reuses(name)),
			protobufGoEngine[T, P](value, message, reuses(name)),
			vtprotobufEngine[T, P](value, message, reuses(name)),
			gogoEngine[G, PG](message, reuses(name)),
			hyperpbEngine(P(value).ProtoReflect().Descriptor(), message))
		for i := range engines {
			engines[i].canonical, engines[i].message = canonicalProtobuf[T, P], message
		}
		return &benchmark{name: name, message: message, engines: engines}, nil
	}
}

// canonicalProtobuf is canonical for messages of a type in Protobuf, by means of protobuf-go. Fields are in the order of their
// numbers after it; two messages of the same length that say the same in another way are equal, too.
func canonicalProtobuf[T any, P protobufMessage[T]](message []byte) ([]byte, error) {
	value := P(new(T))
	if err := proto.Unmarshal(message, value); err != nil {
		return nil, err
	}
	return proto.MarshalOptions{Deterministic: true}.Marshal(value)
}
