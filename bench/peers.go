package main

import (
	"bytes"
	"context"
	"fmt"
	"slices"

	apache "github.com/apache/thrift/lib/go/thrift"
	"github.com/cloudwego/gopkg/protocol/thrift"
	segmentio "github.com/segmentio/encoding/thrift"
)

// The names of the peers.
const (
	peerApache    = "apache"
	peerFastCodec = "fastcodec"
	peerSegmentio = "segmentio"
)

// A direction is what an operation does. A peer that has no such operation is compared in the base direction.
type direction string

const (
	encode         direction = "encode"
	encodeAny      direction = "encode-any"
	sizeEncode     direction = "size-encode"
	appending      direction = "append"
	marshaling     direction = "marshal"
	decode         direction = "decode"
	decodeZeroCopy direction = "decode-zerocopy"
	decodeArena    direction = "decode-arena"
	decodeOwned    direction = "decode-owned"
)

var directions = []direction{encode, encodeAny, sizeEncode, appending, marshaling, decode, decodeZeroCopy, decodeArena, decodeOwned}

// base is the direction that all engines have and that d is compared with, in the same rounds.
func (d direction) base() direction {
	switch d {
	case encodeAny, sizeEncode, appending:
		return encode
	case decodeZeroCopy, decodeArena, decodeOwned:
		return decode
	}
	return d
}

// bases are the base directions.
var bases = []direction{encode, marshaling, decode}

// An operation runs n times in a row, without allocating anything of its own, and stops at the first error.
type operation func(n int) error

// An engine is one codec at work on the type of one case.
type engine struct {
	name   string
	absent string // why the engine cannot take part in the case; empty if it can

	codeBytes int // of the machine code that the engine has made for the type

	// These are set by the case: what the engine works on, and what the others of its format do.
	canonical func(message []byte) ([]byte, error) // see canonical
	message   []byte
	written   []byte // what the engine writes after it has read the message; nil: the message itself

	// encoders encode the value of the case once, as the operation of that direction does. Engines with types of their own have
	// got that value by decoding the reference message, so it is also the test of their decoders.
	encoders map[direction]func() ([]byte, error)
	// remarshal decodes a message with the named decoder and encodes what it got.
	remarshal map[direction]func(message []byte) ([]byte, error)
	// operations are what is timed.
	operations map[direction]operation
}

// room is a buffer for a message that is appended: buffers that are used again are seldom filled to the last byte.
func room(message []byte) []byte { return make([]byte, 0, 2*len(message)+64) }

// newMessage holds the last marshaled message, which the compiler must not keep on the stack.
//
//lint:ignore U1000 it is only stored to
var newMessage []byte

// keep holds the last decoded values, as a server holds what it works on: the collector has to walk them.
var keep [1000]any

var keepNext int

func keepValue(value any) {
	keep[keepNext] = value
	if keepNext++; keepNext == len(keep) {
		keepNext = 0
	}
}

// decodeLoop makes the operation that decodes into fresh values, or over and over into a populated few.
func decodeLoop[T any](reuse bool, read func(target *T) error) operation {
	if !reuse {
		return func(n int) error {
			for range n {
				target := new(T)
				if err := read(target); err != nil {
					return err
				}
				keepValue(target)
			}
			return nil
		}
	}
	// Each engine has its own targets; all engines together hold about as many values as keep does.
	targets := make([]*T, len(keep)/8)
	for i := range targets {
		targets[i] = new(T)
	}
	next := 0
	return func(n int) error {
		for range n {
			if err := read(targets[next]); err != nil {
				return err
			}
			if next++; next == len(targets) {
				next = 0
			}
		}
		return nil
	}
}

// fastMessage is a pointer to T with FastCodec methods.
type fastMessage[T any] interface {
	*T
	thrift.FastCodec
}

// sizeAndWrite encodes into a buffer as Kitex does: it asks for the size, and writes to that part of the buffer.
func sizeAndWrite(codec thrift.FastCodec, buf []byte) []byte {
	buf = buf[:codec.BLength()]
	return buf[:codec.FastWriteNocopy(buf, nil)]
}

// sizeAndAppend encodes behind a message's head, into memory that is made only if there is not enough.
func sizeAndAppend(codec thrift.FastCodec, dst []byte) []byte {
	head, size := len(dst), codec.BLength()
	dst = slices.Grow(dst, size)[:head+size]
	return dst[:head+codec.FastWriteNocopy(dst[head:], nil)]
}

// fastCodecEngine times FastWriteNocopy into a buffer that is known to be large enough (BLength is part of it in the other
// directions of encoding only), and FastRead with strings copied. The calls go through the interface, as in Kitex.
func fastCodecEngine[T any, P fastMessage[T]](value P, message []byte, reuse bool) engine {
	var codec thrift.FastCodec = value
	buf, free := make([]byte, codec.BLength()), room(message)
	return engine{
		name: peerFastCodec,
		encoders: map[direction]func() ([]byte, error){
			encode:     func() ([]byte, error) { return buf[:codec.FastWriteNocopy(buf, nil)], nil },
			sizeEncode: func() ([]byte, error) { return sizeAndWrite(codec, buf), nil },
			appending:  func() ([]byte, error) { return sizeAndAppend(codec, free), nil },
			marshaling: func() ([]byte, error) { return thrift.FastMarshal(codec), nil },
		},
		remarshal: map[direction]func([]byte) ([]byte, error){decode: func(message []byte) ([]byte, error) {
			target := P(new(T))
			used, err := target.FastRead(message)
			if err == nil && used != len(message) {
				err = fmt.Errorf("used %d bytes of %d", used, len(message))
			}
			return thrift.FastMarshal(target), err
		}},
		operations: map[direction]operation{
			encode: func(n int) error {
				for range n {
					codec.FastWriteNocopy(buf, nil)
				}
				return nil
			},
			sizeEncode: func(n int) error {
				for range n {
					sizeAndWrite(codec, buf)
				}
				return nil
			},
			appending: func(n int) error {
				for range n {
					sizeAndAppend(codec, free)
				}
				return nil
			},
			marshaling: func(n int) error {
				for range n {
					newMessage = thrift.FastMarshal(codec)
				}
				return nil
			},
			decode: decodeLoop(reuse, func(target *T) error {
				_, err := P(target).FastRead(message)
				return err
			}),
		},
	}
}

// apacheMessage is a pointer to A with the methods of generated code.
type apacheMessage[A any] interface {
	*A
	apache.TStruct
}

// apacheProtocol makes one of Apache's protocols.
type apacheProtocol func(apache.TTransport, *apache.TConfiguration) apache.TProtocol

// apacheReader makes a function that reads messages. Its buffer is pointed at each of them, which spares it the copy that a
// deserializer makes.
func apacheReader[A any, P apacheMessage[A]](protocol apacheProtocol) func(target *A, message []byte) error {
	source := apache.NewTMemoryBuffer()
	reader := protocol(source, &apache.TConfiguration{})
	return func(target *A, message []byte) error {
		*source.Buffer = *bytes.NewBuffer(message)
		return P(target).Read(context.Background(), reader)
	}
}

// apacheWriter makes a function that appends to what a buffer has, which is not changed: the writer works on a copy of its head.
func apacheWriter[A any, P apacheMessage[A]](protocol apacheProtocol) func(value *A, dst bytes.Buffer) ([]byte, error) {
	sink := apache.NewTMemoryBuffer()
	writer := protocol(sink, &apache.TConfiguration{})
	return func(value *A, dst bytes.Buffer) ([]byte, error) {
		*sink.Buffer = dst
		err := P(value).Write(context.Background(), writer)
		return sink.Bytes(), err
	}
}

// streamEngine times a peer that reads a message and appends one to a buffer, and can do nothing else. It marshals as Apache's
// TSerializer does: into a buffer, from which the message is copied.
func streamEngine[V any](name string, message []byte, reuse bool, read func(*V, []byte) error, write func(*V, bytes.Buffer) ([]byte, error)) engine {
	value, buf, free := new(V), *bytes.NewBuffer(make([]byte, 0, len(message))), *bytes.NewBuffer(room(message))
	readError := read(value, message)
	appendTo := func(dst bytes.Buffer) func() ([]byte, error) {
		return func() ([]byte, error) {
			if readError != nil {
				return nil, readError
			}
			return write(value, dst)
		}
	}
	marshal := func(value *V) ([]byte, error) {
		data, err := write(value, buf)
		return bytes.Clone(data), err
	}
	writeLoop := func(dst bytes.Buffer) operation {
		return func(n int) error {
			for range n {
				if _, err := write(value, dst); err != nil {
					return err
				}
			}
			return nil
		}
	}
	return engine{
		name: name,
		encoders: map[direction]func() ([]byte, error){
			encode:     appendTo(buf),
			appending:  appendTo(free),
			marshaling: func() ([]byte, error) { return marshal(value) },
		},
		remarshal: map[direction]func([]byte) ([]byte, error){decode: func(message []byte) ([]byte, error) {
			target := new(V)
			if err := read(target, message); err != nil {
				return nil, err
			}
			return marshal(target)
		}},
		operations: map[direction]operation{
			encode:    writeLoop(buf),
			appending: writeLoop(free),
			marshaling: func(n int) (err error) {
				for range n {
					if newMessage, err = marshal(value); err != nil {
						return err
					}
				}
				return nil
			},
			decode: decodeLoop(reuse, func(target *V) error { return read(target, message) }),
		},
	}
}

// apacheEngine times Write and Read of the generated code with one protocol over one memory buffer each, both reused.
func apacheEngine[A any, P apacheMessage[A]](name string, protocol apacheProtocol, message []byte, reuse bool) engine {
	return streamEngine(name, message, reuse, apacheReader[A, P](protocol), apacheWriter[A, P](protocol))
}

// segmentioEngine times Encoder.Encode and Decoder.Decode, everything around them reused. A type of its own: S.
func segmentioEngine[S any](message []byte, reuse bool) engine {
	protocol := new(segmentProtocol)
	sink, source := new(bytes.Buffer), new(bytes.Reader)
	encoder, decoder := segmentio.NewEncoder(protocol.NewWriter(sink)), segmentio.NewDecoder(protocol.NewReader(source))
	read := func(target *S, message []byte) error {
		source.Reset(message)
		return decoder.Decode(target)
	}
	write := func(value *S, dst bytes.Buffer) ([]byte, error) {
		*sink = dst
		err := encoder.Encode(value)
		return sink.Bytes(), err
	}
	return streamEngine(peerSegmentio, message, reuse, read, write)
}
