package fuzz

import (
	"errors"
	"strings"
	"testing"

	"github.com/tagwire/tagwire"
	"github.com/tagwire/tagwire/fuzz/cases"
	"github.com/tagwire/tagwire/fuzz/harness"
	"github.com/tagwire/tagwire/fuzz/regress"
)

// unhex reads bytes as the regression files write them.
func unhex(t testing.TB, text string) []byte {
	t.Helper()
	b, err := regress.ParseHex(text)
	if err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	return b
}

// codecFor returns the codec of T under an engine.
func codecFor[T any](t testing.TB, e harness.Engine, others ...tagwire.Option) *tagwire.Codec[T] {
	t.Helper()
	codec, err := tagwire.For[T](e.Options(others...)...)
	if err != nil {
		t.Fatal(err)
	}
	return codec
}

// decodeAs decodes a message, all of it, into a fresh T.
func decodeAs[T any](t testing.TB, e harness.Engine, message []byte) *T {
	t.Helper()
	v := new(T)
	n, err := codecFor[T](t, e).Decode(message, v)
	if err != nil || n != len(message) {
		t.Fatalf("decoding %x: used %d, %v", message, n, err)
	}
	return v
}

// faultOf writes an error as the tables do.
func faultOf(t testing.TB, err error) string {
	t.Helper()
	if err == nil {
		return "no error"
	}
	var e *tagwire.Error
	if !errors.As(err, &e) {
		t.Fatalf("%T is no *tagwire.Error", err)
	}
	return harness.Fault(e)
}

// same fails the test if two values differ.
func same(t testing.TB, what string, got, want any) {
	t.Helper()
	if a, b := cases.Text(got), cases.Text(want); a != b {
		t.Errorf("%s\ngot  %s\nwant %s", what, a, b)
	}
}

// deepPath is the path of a field that lies that many fields of the same name below the top.
func deepPath(top, field string, depth int) string {
	if depth > 64 {
		half := strings.Repeat("."+field, 32)
		return top + half + "..." + half
	}
	return top + strings.Repeat("."+field, depth)
}
