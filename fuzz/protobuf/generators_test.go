package protobuf_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"math/rand"
	"reflect"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/descriptorpb"

	"github.com/tagwire/tagwire"
	"github.com/tagwire/tagwire/fuzz/protobuf/gen/gogokinds"
	"github.com/tagwire/tagwire/fuzz/protobuf/gen/vtkinds"
)

// A generated is a message that another generator has made, with methods of its own.
type generated interface {
	Marshal() ([]byte, error)
	Unmarshal([]byte) error
	Size() int
}

// vt is a message of protoc-gen-go-vtproto by the names of the methods of gogo's.
type vt struct{ *vtkinds.Kinds }

func (m vt) Marshal() ([]byte, error)    { return m.MarshalVT() }
func (m vt) Unmarshal(data []byte) error { return m.UnmarshalVT(data) }
func (m vt) Size() int                   { return m.SizeVT() }

// TestGogo: structs of gogofaster, with fields by value, casts, and maps of messages by value.
func TestGogo(t *testing.T) {
	agreesWithMethods(t, gogoDescriptor(t, &gogokinds.Kinds{}), func() (any, generated) {
		m := &gogokinds.Kinds{}
		return m, m
	})
	agreesWithMethods(t, gogoDescriptor(t, &gogokinds.Three{}), func() (any, generated) {
		m := &gogokinds.Three{}
		return m, m
	})
}

// TestVT: structs of protoc-gen-go with the methods of vtprotobuf.
func TestVT(t *testing.T) {
	agreesWithMethods(t, (&vtkinds.Kinds{}).ProtoReflect().Descriptor(), func() (any, generated) {
		m := &vtkinds.Kinds{}
		return m, vt{m}
	})
}

// agreesWithMethods compares with the methods of a generated type, for random messages: values and sizes. The methods replace a message in a
// oneof that comes twice and put maps in any order, so they get what we have written, and are compared by what we write of it.
func agreesWithMethods(t *testing.T, d protoreflect.MessageDescriptor, create func() (any, generated)) {
	eachEngine(t, func(t *testing.T, options []tagwire.Option) {
		r := rand.New(rand.NewSource(21))
		compared := 0
		for range messages() {
			ours, methods := create()
			if tagwire.Unmarshal(randomMessage(r, d, 4), ours, options...) != nil {
				continue // not UTF-8
			}
			makePositive(reflect.ValueOf(ours)) // they leave -0.0 out
			want, err := tagwire.Marshal(ours, options...)
			if err != nil {
				t.Fatal(err)
			}
			size, err := tagwire.Size(ours, options...)
			if err != nil || size != methods.Size() || size != len(want) {
				t.Fatalf("%x: a size of %d, %v; theirs is %d", want, size, err, methods.Size())
			}
			written, err := methods.Marshal()
			if err != nil || len(written) != size {
				t.Fatalf("%x: they write %x, %v", want, written, err)
			}
			back, _ := create()
			if err := tagwire.Unmarshal(written, back, options...); err != nil {
				t.Fatalf("%x: %v", written, err)
			}
			theirs, methods := create()
			if err := methods.Unmarshal(want); err != nil && strings.Contains(err.Error(), "wrong wireType") {
				continue // to them, the number of a known field with another wire type is no unknown field
			} else if err != nil {
				t.Fatalf("%x: they say %v", want, err)
			}
			for _, value := range []any{back, theirs} {
				if got, err := tagwire.Marshal(value, options...); err != nil || !bytes.Equal(got, want) {
					t.Fatalf("got  %x, %v\nwant %x", got, err, want)
				}
			}
			compared++
		}
		if compared < messages()/3 {
			t.Errorf("only %d messages were compared", compared)
		}
	})
}

// makePositive makes 0.0 of the fields that are -0.0 in what v refers to.
func makePositive(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() {
			makePositive(v.Elem())
		}
	case reflect.Struct:
		for i := range v.NumField() {
			switch f := v.Field(i); {
			case !v.Type().Field(i).IsExported():
			case (f.Kind() == reflect.Float32 || f.Kind() == reflect.Float64) && f.Float() == 0:
				f.SetFloat(0)
			default:
				makePositive(f)
			}
		}
	case reflect.Slice:
		if kind := v.Type().Elem().Kind(); kind == reflect.Pointer || kind == reflect.Struct {
			for i := range v.Len() {
				makePositive(v.Index(i))
			}
		}
	case reflect.Map:
		for iterator := v.MapRange(); iterator.Next(); { // values that are structs have no such fields
			if iterator.Value().Kind() == reflect.Pointer {
				makePositive(iterator.Value())
			}
		}
	}
}

// gogoDescriptor returns the descriptor of a message of gogo's, which the official library does not know.
func gogoDescriptor(t *testing.T, m interface{ Descriptor() ([]byte, []int) }) protoreflect.MessageDescriptor {
	t.Helper()
	zipped, path := m.Descriptor()
	reader, err := gzip.NewReader(bytes.NewReader(zipped))
	if err != nil {
		t.Fatal(err)
	}
	data, err := io.ReadAll(reader)
	if err != nil {
		t.Fatal(err)
	}
	file := &descriptorpb.FileDescriptorProto{}
	if err := proto.Unmarshal(data, file); err != nil {
		t.Fatal(err)
	}
	file.Dependency = nil // gogo's options
	made, err := protodesc.FileOptions{AllowUnresolvable: true}.New(file, new(protoregistry.Files))
	if err != nil {
		t.Fatal(err)
	}
	return made.Messages().Get(path[0])
}

// TestGogoCustomType: only its own methods know what a custom type is on the wire.
func TestGogoCustomType(t *testing.T) {
	eachEngine(t, func(t *testing.T, options []tagwire.Option) {
		_, err := tagwire.Marshal(&gogokinds.Custom{Id: "id"}, options...)
		if err == nil || !strings.Contains(err.Error(), "customtype") || !strings.Contains(err.Error(), "Custom.Id") {
			t.Error(err)
		}
		if _, err := tagwire.Marshal(&gogokinds.Leaf{}, options...); err != nil { // which is one of the same file
			t.Error(err)
		}
	})
}
