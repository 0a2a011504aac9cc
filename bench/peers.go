package main

import (
	"bytes"
	"context"
	"fmt"

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

// A direction is what an operation does. Those of the peers are encode and decode; ours are measured against the peers' base.
type direction string

const (
	encode         direction = "encode"
	encodeAny      direction = "encode-any"
	decode         direction = "decode"
	decodeZeroCopy direction = "decode-zerocopy"
)

var directions = []direction{encode, encodeAny, decode, decodeZeroCopy}

// base is the peers' direction that d is compared with.
func (d direction) base() direction {
	switch d {
	case encodeAny:
		return encode
	case decodeZeroCopy:
		return decode
	}
	return d
}

// An operation runs n times in a row, without allocating anything of its own, and stops at the first error.
type operation func(n int) error

// An engine is one codec at work on the type of one case.
type engine struct {
	name   string
	absent string // why the engine cannot take part in the case; empty if it can

	// format and message are set by the case: what the engine works on, and what the others of this format do.
	format  *format
	message []byte

	// marshal encodes the value of the case once. Engines with types of their own have got that value by decoding the
	// reference message, so it is also the test of their decoders.
	marshal func() ([]byte, error)
	// remarshal decodes a message with the named decoder and encodes what it got.
	remarshal map[direction]func(message []byte) ([]byte, error)
	// operations are what is timed.
	operations map[direction]operation
}

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

// fastCodecEngine times FastWriteNocopy into a buffer that is known to be large enough (BLength is not part of it), and
// FastRead with strings copied. The calls go through the interface, as in Kitex.
func fastCodecEngine[T any, P fastMessage[T]](value P, message []byte, reuse bool) engine {
	var codec thrift.FastCodec = value
	buf := make([]byte, len(message))
	return engine{
		name:    peerFastCodec,
		marshal: func() ([]byte, error) { return thrift.FastMarshal(codec), nil },
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

// apacheWriter makes a function that writes into a buffer, which the next call writes to as well.
func apacheWriter[A any, P apacheMessage[A]](protocol apacheProtocol, size int) func(value *A) ([]byte, error) {
	sink := apache.NewTMemoryBufferLen(size)
	writer := protocol(sink, &apache.TConfiguration{})
	return func(value *A) ([]byte, error) {
		sink.Reset()
		err := P(value).Write(context.Background(), writer)
		return sink.Bytes(), err
	}
}

// apacheEngine times Write and Read of the generated code with one protocol over one memory buffer each, both reused.
func apacheEngine[A any, P apacheMessage[A]](name string, protocol apacheProtocol, message []byte, reuse bool) engine {
	read, write := apacheReader[A, P](protocol), apacheWriter[A, P](protocol, len(message))
	value := new(A)
	readError := read(value, message)
	return engine{
		name: name,
		marshal: func() ([]byte, error) {
			if readError != nil {
				return nil, readError
			}
			data, err := write(value)
			return bytes.Clone(data), err
		},
		remarshal: map[direction]func([]byte) ([]byte, error){decode: func(message []byte) ([]byte, error) {
			target := new(A)
			if err := read(target, message); err != nil {
				return nil, err
			}
			data, err := write(target)
			return bytes.Clone(data), err
		}},
		operations: map[direction]operation{
			encode: func(n int) error {
				for range n {
					if _, err := write(value); err != nil {
						return err
					}
				}
				return nil
			},
			decode: decodeLoop(reuse, func(target *A) error { return read(target, message) }),
		},
	}
}

// segmentioEngine times Encoder.Encode and Decoder.Decode, everything around them reused. No type of its own: no part in
// the case.
func segmentioEngine[S any](message []byte, reuse bool) engine {
	protocol := new(segmentProtocol)
	sink, source := new(bytes.Buffer), new(bytes.Reader)
	encoder, decoder := segmentio.NewEncoder(protocol.NewWriter(sink)), segmentio.NewDecoder(protocol.NewReader(source))
	read := func(target *S) error {
		source.Reset(message)
		return decoder.Decode(target)
	}
	write := func(value *S) ([]byte, error) {
		sink.Reset()
		err := encoder.Encode(value)
		return bytes.Clone(sink.Bytes()), err
	}
	value := new(S)
	readError := read(value)
	return engine{
		name: peerSegmentio,
		marshal: func() ([]byte, error) {
			if readError != nil {
				return nil, readError
			}
			return write(value)
		},
		remarshal: map[direction]func([]byte) ([]byte, error){decode: func(message []byte) ([]byte, error) {
			target := new(S)
			source.Reset(message)
			if err := decoder.Decode(target); err != nil {
				return nil, err
			}
			return write(target)
		}},
		operations: map[direction]operation{
			encode: func(n int) error {
				for range n {
					sink.Reset()
					if err := encoder.Encode(value); err != nil {
						return err
					}
				}
				return nil
			},
			decode: decodeLoop(reuse, read),
		},
	}
}
