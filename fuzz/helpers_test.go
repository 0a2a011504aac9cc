package fuzz

import (
	"errors"
	"flag"
	"strings"
	"testing"

	"github.com/tagwire/tagwire"
	"github.com/tagwire/tagwire/fuzz/cases"
	"github.com/tagwire/tagwire/fuzz/harness"
	"github.com/tagwire/tagwire/fuzz/regress"
)

// long asks for the long forms of tests; .ci/run long does.
var long = flag.Bool("long", false, "run the long forms of tests")

// shortOrLong returns the number for this run.
func shortOrLong(inShort, inLong int) int {
	if *long {
		return inLong
	}
	return inShort
}

// eachEncoder runs a subtest for each engine, and with -long also for each mode, which only decoding knows.
func eachEncoder(t *testing.T, test func(t *testing.T, e harness.Engine)) {
	harness.EachFormat(t, func(t *testing.T, e harness.Engine) {
		if *long || !e.ZeroCopy {
			test(t, e)
		}
	})
}

// eachThriftEncoder is eachEncoder for the formats of Thrift.
func eachThriftEncoder(t *testing.T, test func(t *testing.T, e harness.Engine)) {
	harness.EachThrift(t, func(t *testing.T, e harness.Engine) {
		if *long || !e.ZeroCopy {
			test(t, e)
		}
	})
}

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
	if !cases.Equal(got, want) {
		t.Errorf("%s\ngot  %s\nwant %s", what, cases.Text(got), cases.Text(want))
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
