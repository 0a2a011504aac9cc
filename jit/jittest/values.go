package jittest

import (
	"bytes"
	"errors"
	"math"
	"reflect"
	"strings"
	"testing"

	"github.com/tagwire/tagwire/codec"
	"github.com/tagwire/tagwire/fuzz/cases"
	"github.com/tagwire/tagwire/jit/build"
	"github.com/tagwire/tagwire/schema"
)

// Tasks of Thrift Binary.
var (
	Sizing         = Binary.Task(build.Size, false)
	Encoding       = Binary.Task(build.Encode, false)
	Decoding       = Binary.Task(build.Decode, false)
	SizingDirect   = Binary.Task(build.Size, true)
	EncodingDirect = Binary.Task(build.Encode, true)
)

// Schema returns the schema of the struct that value points to.
func Schema(t testing.TB, value any) *schema.StructType {
	t.Helper()
	s, err := schema.Thrift.Of(reflect.TypeOf(value))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// SameEncoding compares two encodings of values of a type. The order of entries in maps is any.
func (f Format) SameEncoding(t testing.TB, s *schema.StructType, want, got []byte) {
	t.Helper()
	if bytes.Equal(want, got) {
		return
	}
	if len(got) != len(want) {
		t.Fatalf("%d bytes instead of %d", len(got), len(want))
	}
	var texts [2]string
	for i, message := range [][]byte{want, got} {
		value := reflect.New(s.Go)
		n, err := f.Plain(s).Decode(message, value.UnsafePointer(), &codec.Settings{})
		if err != nil || n != len(message) {
			t.Fatalf("%d of %d bytes were decoded: %v", n, len(message), err)
		}
		texts[i] = cases.Text(value.Interface())
	}
	if texts[0] != texts[1] {
		t.Fatalf("the values differ: %s\nand %s", texts[0], texts[1])
	}
	if !strings.Contains(texts[0], "map") {
		t.Fatalf("only maps may be written in another order, and there is none in %s", texts[0])
	}
}

// Oracle encodes a value by the plain codec, under a limit on its depth.
func (f Format) Oracle(s *schema.StructType, value any, levels int) ([]byte, error) {
	plain := f.Plain(s)
	p := reflect.ValueOf(value).UnsafePointer()
	options := codec.Settings{Deterministic: true, Limits: codec.Limits{Depth: levels}}
	size, _, err := plain.Size(p, &options)
	if err != nil {
		return nil, err
	}
	buffer := make([]byte, size)
	n, err := plain.Encode(buffer, p, &options, nil)
	if err == nil && n != size {
		err = errors.New("size and bytes differ")
	}
	return buffer, err
}

// Samples returns the samples of a case, and values filled from bytes.
func (f Format) Samples(c cases.Case) []any {
	samples := f.cases(c)
	for seed := range byte(3) {
		source := make([]byte, 400)
		for i := range source {
			source[i] = byte(i*i*7+i*int(seed+3)) ^ seed<<3
		}
		value := c.New()
		cases.Fill(value, source)
		samples = append(samples, value)
	}
	return samples
}

// cases returns the samples of a case, with unknown fields of the format.
func (f Format) cases(c cases.Case) []any {
	switch f {
	case Binary:
		return c.Samples()
	case Compact:
		return c.CompactSamples()
	case Protobuf:
		return c.Samples()
	}
	panic("jittest: no samples with unknown fields of " + f.Name)
}

// Usual are the settings of a call without options.
var Usual = &codec.Settings{Limits: codec.Limits{}.Resolved()}

// ManyLevels is more than any value of the tests has.
const ManyLevels = math.MaxInt32

// Find returns the case of a name.
func Find(t testing.TB, name string) cases.Case {
	t.Helper()
	c, ok := cases.Find(name)
	if !ok {
		t.Fatal("there is no case", name)
	}
	return c
}
