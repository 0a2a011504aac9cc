package main

import (
	"bytes"
	"fmt"

	"google.golang.org/protobuf/proto"

	"github.com/tagwire/tagwire"
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
		strict := func() error { return deterministic(value, f.wire, message) }
		return &benchmark{name: name, message: message, engines: engines, strict: strict}, nil
	}
}

// deterministic makes sure that our engines write the very bytes of protobuf-go with WithDeterministic, and find their number.
func deterministic[T any](value *T, wire tagwire.Format, want []byte) error {
	for _, kind := range []tagwire.Engine{tagwire.Native, tagwire.Reflect} {
		codec, err := tagwire.For[T](tagwire.WithFormat(wire), tagwire.WithEngine(kind), tagwire.WithDeterministic())
		if err != nil {
			continue // there is no such engine here
		}
		if size, err := codec.Size(value); err != nil || size != len(want) {
			return fmt.Errorf("%v finds a size of %d bytes, want %d: %v", kind, size, len(want), err)
		}
		if got, err := codec.Append(nil, value); err != nil || !bytes.Equal(got, want) {
			return fmt.Errorf("%v, in the order of keys: %d bytes that differ from %d of protobuf-go: %v", kind, len(got), len(want), err)
		}
	}
	return nil
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
