package main

import (
	"errors"
	"fmt"
	"reflect"

	"github.com/tagwire/tagwire"
)

// The names of our engines, best tier first.
const (
	ownNative  = "tagwire"
	ownReflect = "tagwire-reflect"
)

var ownNames = []string{ownNative, ownReflect}

// ownEngines are ours, best tier first. An engine that cannot take the type is there with its reason.
func ownEngines[T any](f *format, value *T, message []byte, reuse bool) []engine {
	return []engine{
		ownEngine(ownNative, f, tagwire.Native, value, message, reuse),
		ownEngine(ownReflect, f, tagwire.Reflect, value, message, reuse),
	}
}

// ownEngine times the handles, Codec[T], and the function that takes any value.
func ownEngine[T any](name string, f *format, kind tagwire.Engine, value *T, message []byte, reuse bool) engine {
	codec, err := tagwire.For[T](tagwire.WithFormat(f.wire), tagwire.WithEngine(kind))
	if err != nil {
		return engine{name: name, absent: reason(err)}
	}
	zeroCopy, err := tagwire.For[T](tagwire.WithFormat(f.wire), tagwire.WithEngine(kind), tagwire.WithZeroCopy())
	if err != nil {
		return engine{name: name, absent: reason(err)}
	}
	buf, free := make([]byte, len(message)), room(message)
	options := optionsForAny[T](f, kind)
	return engine{
		name:      name,
		codeBytes: tagwire.EngineOf(reflect.TypeFor[T](), tagwire.WithFormat(f.wire), tagwire.WithEngine(kind)).CodeBytes,
		encoders: map[direction]func() ([]byte, error){
			encode: func() ([]byte, error) {
				used, err := codec.Encode(buf, value)
				return buf[:used], err
			},
			encodeAny: func() ([]byte, error) {
				used, err := tagwire.Encode(buf, value, options...)
				return buf[:used], err
			},
			sizeEncode: func() ([]byte, error) {
				size, err := codec.Size(value)
				if err != nil {
					return nil, err
				}
				used, err := codec.Encode(buf[:size], value)
				return buf[:used], err
			},
			appending:  func() ([]byte, error) { return codec.Append(free, value) },
			marshaling: func() ([]byte, error) { return tagwire.Marshal(value, options...) },
		},
		remarshal: map[direction]func([]byte) ([]byte, error){
			decode:         func(message []byte) ([]byte, error) { return remarshal(codec, message) },
			decodeZeroCopy: func(message []byte) ([]byte, error) { return remarshal(zeroCopy, message) },
			decodeOwned:    func(message []byte) ([]byte, error) { return remarshal(zeroCopy, owned(message)) },
			decodeArena: func(message []byte) ([]byte, error) {
				var arena tagwire.Arena
				for range 2 { // the second time into memory that has been used
					if _, err := codec.DecodeIn(&arena, message, tagwire.NewIn[T](&arena)); err != nil {
						return nil, err
					}
					arena.Reset()
				}
				target := tagwire.NewIn[T](&arena)
				if _, err := codec.DecodeIn(&arena, message, target); err != nil {
					return nil, err
				}
				return codec.Append(nil, target)
			},
		},
		operations: map[direction]operation{
			encode: func(n int) error {
				for range n {
					if _, err := codec.Encode(buf, value); err != nil {
						return err
					}
				}
				return nil
			},
			encodeAny: func(n int) error {
				for range n {
					if _, err := tagwire.Encode(buf, value, options...); err != nil {
						return err
					}
				}
				return nil
			},
			sizeEncode: func(n int) error {
				for range n {
					size, err := codec.Size(value)
					if err != nil {
						return err
					}
					if _, err := codec.Encode(buf[:size], value); err != nil {
						return err
					}
				}
				return nil
			},
			appending: func(n int) error {
				for range n {
					if _, err := codec.Append(free, value); err != nil {
						return err
					}
				}
				return nil
			},
			marshaling: func(n int) (err error) {
				for range n {
					if newMessage, err = codec.Append(nil, value); err != nil {
						return err
					}
				}
				return nil
			},
			decode: decodeLoop(reuse, func(target *T) error {
				_, err := codec.Decode(message, target)
				return err
			}),
			decodeZeroCopy: decodeLoop(reuse, func(target *T) error {
				_, err := zeroCopy.Decode(message, target)
				return err
			}),
			decodeOwned: decodeLoop(reuse, func(target *T) error {
				_, err := zeroCopy.Decode(owned(message), target)
				return err
			}),
			decodeArena: func(n int) error {
				var arena tagwire.Arena
				target, none := new(T), *new(T)
				for range n {
					*target = none
					if _, err := codec.DecodeIn(&arena, message, target); err != nil {
						return err
					}
					arena.Reset()
				}
				return nil
			},
		},
	}
}

// owned returns a copy of a message, in memory that is not cleared first.
func owned(message []byte) []byte {
	memory := unzeroed(len(message))
	copy(memory, message)
	return memory
}

// reason is the cause of an error without the type that it was met at: the same for all types it holds for.
func reason(err error) string {
	if located := new(tagwire.Error); errors.As(err, &located) && located.Err != nil {
		return located.Err.Error()
	}
	return err.Error()
}

// optionsForAny are what makes Encode take a format and an engine: nothing where it does so of itself, as in the plainest call.
func optionsForAny[T any](f *format, kind tagwire.Engine) []tagwire.Option {
	var options []tagwire.Option
	if f.wire != tagwire.ThriftBinary {
		options = append(options, tagwire.WithFormat(f.wire))
	}
	if tagwire.EngineOf(reflect.TypeFor[T](), options...).Engine != kind {
		options = append(options, tagwire.WithEngine(kind))
	}
	return options
}

// remarshal decodes a message and encodes what came of it.
func remarshal[T any](codec *tagwire.Codec[T], message []byte) ([]byte, error) {
	target := new(T)
	used, err := codec.Decode(message, target)
	if err != nil {
		return nil, err
	}
	if used != len(message) {
		return nil, fmt.Errorf("used %d bytes of %d", used, len(message))
	}
	return codec.Append(nil, target)
}
