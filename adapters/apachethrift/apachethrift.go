// Package apachethrift makes any tagged struct a TStruct of Apache Thrift's Go library, so that its protocols, clients and
// servers take the struct without generated code.
//
// A [Message] has the struct inside, for places where new values of a known type are wanted. [Wrap] takes a pointer to a struct as a
// Message, and [Of] a pointer of any type.
//
// On a TBinaryProtocol or a TCompactProtocol a struct is written as one piece of bytes. It is read as one where the transport is a
// TBufferedTransport, a TFramedTransport or a TMemoryBuffer. Everything else, such as JSON and protocols that wrap others, is served
// field by field. The bytes and the values are the same.
//
// Errors are those of Apache's library: a TProtocolException with the code of the fault, INVALID_DATA where a required field is
// missing. It wraps the *tagwire.Error. After an error the position in the transport is not defined.
package apachethrift

import (
	"context"
	"reflect"
	"unsafe"

	"github.com/apache/thrift/lib/go/thrift"
)

// Message is a struct T with the methods of a TStruct. The zero Message holds a zero T. A T that is not a struct, or has a tag that
// is wrong, is an error of both methods; tagwire.For[T] finds it when a program starts.
type Message[T any] struct {
	Value T
}

// Wrap returns *v as a Message. They are one variable: what Read sets is set in *v. Wrap allocates nothing.
func Wrap[T any](v *T) *Message[T] {
	// A Message has T as its only field, so it has the same size and layout, and the pointer keeps *v alive.
	return (*Message[T])(unsafe.Pointer(v))
}

// Write writes the struct to p. If it has no encoding, because it nests too deeply or holds nil where the tags require a struct,
// nothing is written. A nil Message is written as a struct without fields.
func (m *Message[T]) Write(ctx context.Context, p thrift.TProtocol) error {
	return write(ctx, p, (*T)(unsafe.Pointer(m)))
}

// Read reads the struct from p, and no byte behind it. Fields that are absent keep their values.
func (m *Message[T]) Read(ctx context.Context, p thrift.TProtocol) error {
	return read(ctx, p, (*T)(unsafe.Pointer(m)))
}

// Of returns v, a pointer to a struct, as a TStruct. They share the struct: what Read sets is set in v's. The error says what is
// wrong with v or its type.
func Of(v any) (thrift.TStruct, error) {
	t := reflect.TypeOf(v)
	if t == nil || t.Kind() != reflect.Pointer {
		return nil, errNoPointer
	}
	c, err := codecsOf(t)
	if err != nil {
		return nil, err
	}
	return &object{c, v}, nil
}

// object is the TStruct of a pointer to a struct.
type object struct {
	codecs *codecs
	value  any
}

func (o *object) Write(ctx context.Context, p thrift.TProtocol) error {
	return o.codecs.write(ctx, p, o.value)
}

func (o *object) Read(ctx context.Context, p thrift.TProtocol) error {
	return o.codecs.read(ctx, p, o.value)
}
