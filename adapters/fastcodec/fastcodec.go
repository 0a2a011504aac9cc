// Package fastcodec makes any tagged struct a FastCodec of github.com/cloudwego/gopkg: frameworks that check for one, such as Kitex,
// then encode and decode with Tagwire instead of generated code.
//
// A [Message] has the struct inside, for places where a framework wants new values of a known type. [Wrap] takes a pointer to a
// struct as a Message, and [Of] a pointer of any type.
//
// FastCodec has no place for an error of encoding. BLength of a value that has no encoding, because it nests too deeply or holds nil
// where the tags require a struct, returns 0; FastWriteNocopy then panics with the error, a *tagwire.Error, as generated code panics
// if a buffer is too short. Kitex recovers such a panic and returns it from the call.
package fastcodec

import (
	"errors"
	"reflect"
	"sync"
	"unsafe"

	"github.com/cloudwego/gopkg/protocol/thrift"
	"github.com/tagwire/tagwire"
)

// Message is a struct T with the methods of a FastCodec. The zero Message holds a zero T. A T that is not a struct, or has a tag
// that is wrong, is an error of FastRead and a panic of FastWriteNocopy; tagwire.For[T] finds it when a program starts.
type Message[T any] struct {
	Value T
}

// Wrap returns *v as a Message. They are one variable: what FastRead sets is set in *v. Wrap allocates nothing.
func Wrap[T any](v *T) *Message[T] {
	// A Message has T as its only field, so it has the same size and layout, and the pointer keeps *v alive.
	return (*Message[T])(unsafe.Pointer(v))
}

// BLength returns the length of the encoding in bytes, with those that FastWriteNocopy hands to a NocopyWriter.
func (m *Message[T]) BLength() int { return length((*T)(unsafe.Pointer(m))) }

// FastWriteNocopy writes the struct into buf, which must have BLength bytes, and returns how many of them it used. Strings and
// binaries of 4 KiB and more are handed to w instead of being copied; a nil w, also a nil pointer, takes none. A nil Message is
// written as a struct without fields. If w returns an error, FastWriteNocopy returns 0 and leaves it to the owner of w to notice.
func (m *Message[T]) FastWriteNocopy(buf []byte, w thrift.NocopyWriter) int {
	return write(buf, w, (*T)(unsafe.Pointer(m)))
}

// FastRead reads the struct from the start of buf and returns how many bytes it used. Fields that are absent from buf keep their
// values. Nothing refers to buf afterwards, save fields tagged nocopy.
func (m *Message[T]) FastRead(buf []byte) (int, error) {
	return tagwire.Decode(buf, (*T)(unsafe.Pointer(m)))
}

// Of returns v, a pointer to a struct, as a FastCodec. They share the struct: what FastRead sets is set in v's. The error says what
// is wrong with v or its type.
func Of(v any) (thrift.FastCodec, error) {
	t := reflect.TypeOf(v)
	if t == nil || t.Kind() != reflect.Pointer {
		return nil, errors.New("fastcodec: Of needs a pointer to a struct")
	}
	if _, ok := served.Load(t); !ok {
		if _, err := tagwire.CodecOf(t.Elem()); err != nil {
			return nil, err
		}
		served.Store(t, nil)
	}
	return &object{v}, nil
}

// served has the types, of pointers, that Of has found a codec for.
var served sync.Map

// object is the FastCodec of a pointer to a struct that has a codec.
type object struct {
	value any
}

func (o *object) BLength() int { return length(o.value) }

func (o *object) FastWriteNocopy(buf []byte, w thrift.NocopyWriter) int {
	return write(buf, w, o.value)
}

func (o *object) FastRead(buf []byte) (int, error) { return tagwire.Decode(buf, o.value) }

// directThreshold is the length in bytes from which a string or binary is handed to a NocopyWriter instead of being copied.
const directThreshold = 4096

func length(v any) int {
	n, err := tagwire.Size(v)
	if err != nil {
		return 0
	}
	return n
}

func write(buf []byte, w thrift.NocopyWriter, v any) int {
	var n int
	var err error
	// A buffer below the threshold has no room for a string that w could take.
	if w == nil || len(buf) < directThreshold || isNilPointer(w) {
		n, err = tagwire.Encode(buf, v)
	} else {
		n, err = tagwire.EncodeDirect(buf, v, w)
	}
	if err != nil {
		refuse(err, v)
	}
	return n
}

// refuse panics with the reason why v could not be written, unless it is an error of a NocopyWriter.
func refuse(err error, v any) {
	if errors.Is(err, tagwire.ErrWriteFailed) {
		return
	}
	if errors.Is(err, tagwire.ErrBufferTooSmall) {
		// BLength returned 0 for a value without an encoding, so the buffer is not what is wrong.
		if _, reason := tagwire.Size(v); reason != nil {
			err = reason
		}
	}
	panic(err)
}

// isNilPointer reports that w holds nil: a pointer of a transport that has no writer, which frameworks pass on without looking.
func isNilPointer(w thrift.NocopyWriter) bool {
	// An interface is two words, type and data, and data is nil only for nil pointers, maps, functions and channels, and for
	// structs and arrays that hold one of them alone. w is read, not kept.
	return (*[2]unsafe.Pointer)(unsafe.Pointer(&w))[1] == nil
}
