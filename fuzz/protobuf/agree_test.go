package protobuf_test

import (
	"math/rand"
	"reflect"
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/descriptorpb"

	"github.com/tagwire/tagwire/codec"
	"github.com/tagwire/tagwire/fuzz/protobuf/gen/kinds2"
	"github.com/tagwire/tagwire/fuzz/protobuf/gen/kinds3"
	plain "github.com/tagwire/tagwire/reflectcodec/protobuf"
	"github.com/tagwire/tagwire/schema"
)

func codecOf(t testing.TB, m proto.Message) *plain.Codec {
	s, err := schema.Protobuf.Of(reflect.TypeOf(m))
	if err != nil {
		t.Fatal(err)
	}
	return plain.New(s)
}

// check has a message read and written as the official library does.
func check(t *testing.T, c *plain.Codec, m proto.Message, data []byte) bool {
	theirs, ours := m.ProtoReflect().New().Interface(), m.ProtoReflect().New().Interface()
	theirErr := proto.Unmarshal(data, theirs)
	_, ourErr := c.Decode(data, reflect.ValueOf(ours).UnsafePointer(), &codec.Settings{})
	if (theirErr == nil) != (ourErr == nil) && !onlyTheyTake(data, ourErr, theirErr) {
		t.Errorf("%x: %v, %v", data, theirErr, ourErr)
		return false
	}
	if ourErr != nil {
		return true
	}
	if !proto.Equal(theirs, ours) {
		t.Errorf("%x: they read\n%v, we\n%v", data, theirs, ours)
		return false
	}
	want, theirErr := proto.MarshalOptions{Deterministic: true}.Marshal(theirs)
	o := &codec.Settings{Deterministic: true}
	n, _, err := c.Size(reflect.ValueOf(ours).UnsafePointer(), o)
	if err != nil {
		t.Errorf("%x: %v", data, err)
		return false
	}
	buf := make([]byte, n)
	m2, ourErr := c.Encode(buf, reflect.ValueOf(ours).UnsafePointer(), o, nil)
	if ourErr != nil || theirErr != nil || m2 != n || !sameBytes(buf, want) {
		t.Errorf("%x: they write\n%x (%v), we\n%x (%v, %d of %d)", data, want, theirErr, buf, ourErr, m2, n)
		return false
	}
	return true
}

func TestAgrees(t *testing.T) {
	for _, m := range []proto.Message{&kinds2.Kinds{}, &kinds3.Kinds{}, &kinds2.Strict{}, &kinds2.Loose{}, &descriptorpb.FileDescriptorProto{}} {
		c := codecOf(t, m)
		r := rand.New(rand.NewSource(1))
		good := 0
		for range messages() {
			data := randomMessage(r, m.ProtoReflect().Descriptor(), 4)
			if r.Intn(3) == 0 && len(data) > 0 {
				switch r.Intn(3) {
				case 0:
					data = data[:r.Intn(len(data))]
				default:
					data[r.Intn(len(data))] = byte(r.Intn(256))
				}
			} else {
				good++
			}
			if !check(t, c, m, data) {
				break
			}
		}
		t.Logf("%T: %d", m, good)
	}
}
