// Package frugal has the API of github.com/cloudwego/frugal and encodes and decodes with Tagwire. Its go.mod carries that module
// path, so a replace directive switches an application, or a framework that it uses, to Tagwire's codec; README.md has the lines.
//
// A type that has no Thrift form is an error of EncodeObject, DecodeObject and Pretouch, and nothing here panics because of it.
package frugal

import (
	"reflect"
	"sync/atomic"
	"unsafe"

	"github.com/cloudwego/gopkg/protocol/thrift"
	"github.com/tagwire/tagwire"
)

// directThreshold is the length in bytes from which a string or binary is handed to a NocopyWriter instead of being copied.
const directThreshold = 4096

// reflectOnly is what NoJIT has been called with.
var reflectOnly atomic.Bool

// EncodedSize returns how many bytes val takes in Thrift Binary, with those that EncodeObject hands to a NocopyWriter. val is a
// struct or a pointer to one. If val has no encoding it returns 0, and EncodeObject returns the reason.
func EncodedSize(val any) int {
	n, err := encodedSize(val)
	if err != nil {
		return 0
	}
	return n
}

func encodedSize(val any) (int, error) {
	if reflectOnly.Load() {
		return tagwire.Size(val, tagwire.WithEngine(tagwire.Reflect))
	}
	return tagwire.Size(val)
}

// EncodeObject writes val, a struct or a pointer to one, into buf, which must have the EncodedSize of val. Strings and binaries of
// 4 KiB and more are handed to w, which is told how many bytes of buf are left where they belong; without w they are copied. It
// returns how many bytes of buf it used, which is less than EncodedSize if w took some. It never writes past len(buf).
//
// An error of w ends the call; errors.Is finds it. A nil pointer in w counts as no writer.
func EncodeObject(buf []byte, w thrift.NocopyWriter, val any) (int, error) {
	n, err := encode(buf, w, val)
	if err == nil {
		return n, nil
	}
	// EncodedSize returned 0 for a value without an encoding, so the buffer is not what is wrong.
	if _, reason := encodedSize(val); reason != nil {
		return 0, reason
	}
	if v := reflect.ValueOf(val); len(buf) > 0 && v.Kind() == reflect.Pointer && v.IsNil() {
		buf[0] = 0 // a struct without fields, as Frugal writes nil also for one with required fields: some of its callers ignore the error
		return 1, nil
	}
	return n, err
}

func encode(buf []byte, w thrift.NocopyWriter, val any) (int, error) {
	// A buffer below the threshold has no room for a string that w could take.
	if w == nil || len(buf) < directThreshold || isNilPointer(w) {
		if reflectOnly.Load() {
			return tagwire.Encode(buf, val, tagwire.WithEngine(tagwire.Reflect))
		}
		return tagwire.Encode(buf, val)
	}
	if reflectOnly.Load() {
		return tagwire.EncodeDirect(buf, val, w, tagwire.WithEngine(tagwire.Reflect))
	}
	return tagwire.EncodeDirect(buf, val, w)
}

// isNilPointer reports that w holds nil: a pointer of a transport that has no writer, which frameworks pass on without looking.
func isNilPointer(w thrift.NocopyWriter) bool {
	// An interface is two words, type and data, and data is nil only for nil pointers, maps, functions and channels, and for
	// structs and arrays that hold one of them alone. w is read, not kept.
	return (*[2]unsafe.Pointer)(unsafe.Pointer(&w))[1] == nil
}

// DecodeObject reads the struct that val points to from the start of buf and returns how many bytes it used. Fields that are absent
// from buf keep their values. Nothing in val refers to buf afterwards, save fields tagged nocopy.
func DecodeObject(buf []byte, val any) (int, error) {
	if reflectOnly.Load() {
		return tagwire.Decode(buf, val, tagwire.WithEngine(tagwire.Reflect))
	}
	return tagwire.Decode(buf, val)
}

// Pretouch compiles the type vt, a struct or a pointer to one, and all that it refers to, so that the first use is as fast as any.
// vt is a reflect.Type or a value of the type. The error says what is wrong with the type. After NoJIT(true) it only checks.
func Pretouch(vt any, options ...Option) error {
	t, ok := vt.(reflect.Type)
	if !ok {
		t = reflect.TypeOf(vt)
	}
	if reflectOnly.Load() {
		for t != nil && t.Kind() == reflect.Pointer {
			t = t.Elem()
		}
		_, err := tagwire.CodecOf(t, tagwire.WithEngine(tagwire.Reflect))
		return err
	}
	return tagwire.Compile(t)
}
