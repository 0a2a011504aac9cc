package compare_test

import (
	"bytes"
	"reflect"
	"testing"

	original "github.com/cloudwego/frugal"
	"github.com/cloudwego/gopkg/protocol/thrift"
	"github.com/tagwire/tagwire/adapters/fastcodec"
	"github.com/tagwire/tagwire/adapters/frugal"
	"github.com/tagwire/tagwire/adapters/frugal/compare/shapes"
)

// codec is Frugal, or what stands for it.
type codec struct {
	name   string
	size   func(any) int
	encode func([]byte, thrift.NocopyWriter, any) (int, error)
	decode func([]byte, any) (int, error)
}

var codecs = []codec{
	{"original", original.EncodedSize, original.EncodeObject, original.DecodeObject},
	{"drop-in", frugal.EncodedSize, frugal.EncodeObject, frugal.DecodeObject},
}

func (c codec) marshal(t testing.TB, v any) []byte {
	t.Helper()
	buf := make([]byte, c.size(v))
	if n, err := c.encode(buf, nil, v); err != nil || n != len(buf) {
		t.Fatalf("%s: %d of %d bytes, %v", c.name, n, len(buf), err)
	}
	return buf
}

func values() map[string]any {
	full, failure := shapes.FullShape(), &shapes.Failure{Code: 1}
	return map[string]any{
		"defaults":         shapes.NewShape(),
		"zero":             &shapes.Shape{},
		"full":             full,
		"by value":         *full,
		"exception":        failure,
		"slim":             &shapes.Slim{Type_: "t", Level: full.Favourite, Sets: map[int64][]bool{1: {true, false}}},
		"slim, zero":       &shapes.Slim{},
		"union":            full.Choice,
		"nil in a list":    &shapes.Shape{Matrix: [][]*shapes.Inner{nil}},
		"empty containers": &shapes.Shape{Numbers: []int32{}, Blobs: [][]byte{nil}, Sets: map[int64][]string{1: nil}},
	}
}

func TestSameBytes(t *testing.T) {
	for name, v := range values() {
		t.Run(name, func(t *testing.T) {
			theirs, ours := codecs[0].marshal(t, v), codecs[1].marshal(t, v)
			if !bytes.Equal(theirs, ours) {
				t.Errorf("Frugal writes\n% x, the drop-in\n% x", theirs, ours)
			}
			if pointer := reflect.TypeOf(v).Kind() == reflect.Pointer; pointer {
				codec, err := fastcodec.Of(v)
				if err != nil {
					t.Fatal(err)
				}
				if got := thrift.FastMarshal(codec); !bytes.Equal(got, theirs) {
					t.Errorf("Frugal writes\n% x, fastcodec\n% x", theirs, got)
				}
			}
		})
	}
}

// Where the drop-in differs from Frugal on purpose; README.md lists it.
func TestDifferences(t *testing.T) {
	// A union that is not there is left out, since no peer takes one without a member.
	if theirs, ours := codecs[0].marshal(t, &shapes.Holder{}), codecs[1].marshal(t, &shapes.Holder{}); len(theirs) != 5 || len(ours) != 1 {
		t.Errorf("no union: Frugal writes % x, the drop-in % x", theirs, ours)
	}
	if _, err := frugal.EncodeObject(make([]byte, 9), nil, &shapes.Choice{}); err == nil {
		t.Error("a union without a member has an encoding")
	}
	// An optional binary that is empty, not nil, is written. Frugal leaves it out where the struct has an InitDefault.
	empty := shapes.NewShape()
	empty.Blob = []byte{}
	absent := len(codecs[0].marshal(t, shapes.NewShape()))
	if theirs, ours := codecs[0].marshal(t, empty), codecs[1].marshal(t, empty); len(theirs) != absent || len(ours) != absent+7 {
		t.Errorf("an empty binary: Frugal writes % x, the drop-in % x", theirs, ours)
	}
	// An unknown field of type 16 is skipped, an empty list may have elements of any type, and a bool that is not 1 is false.
	uuid := append([]byte{16, 0x70, 0}, make([]byte, 17)...)
	type named struct {
		Names []string `frugal:"1,default,list<string>"`
		Flag  bool     `frugal:"2,default,bool"`
	}
	for name, data := range map[string][]byte{"UUID": uuid, "empty list": {15, 0, 1, 8, 0, 0, 0, 0, 0}} {
		_, theirErr := original.DecodeObject(data, new(named))
		_, ourErr := frugal.DecodeObject(data, new(named))
		if theirErr == nil || ourErr != nil {
			t.Errorf("%s: Frugal: %v, the drop-in: %v", name, theirErr, ourErr)
		}
	}
	flagged := named{Flag: true}
	if _, err := frugal.DecodeObject([]byte{2, 0, 2, 7, 0}, &flagged); err != nil || flagged.Flag {
		t.Errorf("a bool of 7 is %v, %v", flagged.Flag, err)
	}
}

// targets are what a value is decoded into: a zero struct, one with defaults, one with a value in each field.
func targets() map[string]func() *shapes.Shape {
	return map[string]func() *shapes.Shape{
		"zero":     func() *shapes.Shape { return new(shapes.Shape) },
		"defaults": shapes.NewShape,
		"full":     shapes.FullShape,
	}
}

func TestSameValues(t *testing.T) {
	for name, v := range values() {
		data := codecs[1].marshal(t, v)
		for target, make := range targets() {
			t.Run(name+" into "+target, func(t *testing.T) {
				theirs, ours, fast := make(), make(), make()
				m, theirErr := original.DecodeObject(data, theirs)
				n, ourErr := frugal.DecodeObject(data, ours)
				k, fastErr := fastcodec.Wrap(fast).FastRead(data)
				if (theirErr == nil) != (ourErr == nil) || (theirErr == nil) != (fastErr == nil) {
					t.Fatalf("Frugal: %v; the drop-in: %v; fastcodec: %v", theirErr, ourErr, fastErr)
				}
				if theirErr != nil {
					return // what is in the target then is not the same
				}
				if m != n || k != n || !reflect.DeepEqual(theirs, ours) || !reflect.DeepEqual(theirs, fast) {
					t.Errorf("Frugal decodes %d bytes to\n%+v, the drop-in %d to\n%+v", m, theirs, n, ours)
				}
			})
		}
	}
}

// Fields that a struct does not know pass through it, where it has a place for them.
func TestUnknownFieldsPassThrough(t *testing.T) {
	type narrow struct {
		Type_          string `thrift:"type,1,required" frugal:"1,required,string"`
		_unknownFields []byte
	}
	sent := shapes.FullShape()
	for _, c := range codecs {
		var passed narrow
		if _, err := c.decode(c.marshal(t, sent), &passed); err != nil {
			t.Fatal(c.name, err)
		}
		if len(passed._unknownFields) == 0 {
			t.Errorf("%s: no unknown fields", c.name)
		}
		received := new(shapes.Shape)
		if _, err := c.decode(c.marshal(t, &passed), received); err != nil {
			t.Fatal(c.name, err)
		}
		if !reflect.DeepEqual(codecs[1].marshal(t, received), codecs[1].marshal(t, sent)) {
			t.Errorf("%s: another value came out", c.name)
		}
	}
}

func TestMethodsOfShapes(t *testing.T) {
	s := shapes.NewShape()
	*s.GetOrSetUser() = 5
	if s.CarryingUnknownFields() || *s.User != 5 {
		t.Error("a new shape has unknown fields, or no user")
	}
	data := append([]byte{8, 0x70, 0, 0, 0, 0, 1}, codecs[1].marshal(t, s)...)
	if _, err := frugal.DecodeObject(data, s); err != nil || !s.CarryingUnknownFields() {
		t.Error("the unknown field is not there", err)
	}
	var level shapes.Level
	if err := level.Scan(int64(9)); err != nil || level != shapes.Level_HIGH || level.String() != "Level(9)" {
		t.Error(level, err)
	}
	if v, err := level.Value(); err != nil || v != int64(9) {
		t.Error(v, err)
	}
}
