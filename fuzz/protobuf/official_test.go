package protobuf_test

import (
	"math/rand"
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/dynamicpb"
	"google.golang.org/protobuf/types/known/anypb"
	"google.golang.org/protobuf/types/known/structpb"
	"google.golang.org/protobuf/types/known/timestamppb"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/tagwire/tagwire"
	"github.com/tagwire/tagwire/fuzz/protobuf/conformance/edition2023pb"
	"github.com/tagwire/tagwire/fuzz/protobuf/conformance/proto3pb"
	"github.com/tagwire/tagwire/fuzz/protobuf/gen/kinds2"
	"github.com/tagwire/tagwire/fuzz/protobuf/gen/kinds3"
)

// officialTypes are messages that protoc-gen-go has made: our own, those of the conformance suite, and well-known ones. None has a message
// set, which the official library reads and writes only if it is built for that; the conformance suite does.
var officialTypes = []proto.Message{
	&kinds2.Kinds{}, &kinds3.Kinds{}, &kinds2.Loose{}, &proto3pb.TestAllTypesProto3{},
	&edition2023pb.TestAllTypesEdition2023{}, &descriptorpb.FileDescriptorProto{}, &structpb.Struct{}, &anypb.Any{}, &timestamppb.Timestamp{},
	&wrapperspb.StringValue{},
}

// agreesWithOfficial has a message of any bytes read and written as the official library does, in generated structs and in dynamic messages.
// It reports whether the bytes were a message.
func agreesWithOfficial(t *testing.T, like proto.Message, data []byte, options []tagwire.Option) bool {
	t.Helper()
	ours, theirs := newOf(like), newOf(like)
	err, theirErr := tagwire.Unmarshal(data, ours, options...), withoutExtensions.Unmarshal(data, theirs)
	if (err == nil) != (theirErr == nil) && !onlyTheyTake(data, err, theirErr) {
		t.Fatalf("%T %x: we %v, they %v", like, data, err, theirErr)
	}
	if err != nil {
		return false
	}
	if !proto.Equal(theirs, ours) {
		t.Fatalf("%T %x: they read\n%v, we\n%v", like, data, theirs, ours)
	}
	deterministic := proto.MarshalOptions{Deterministic: true}
	want, theirErr := deterministic.Marshal(theirs)
	got, err := tagwire.Marshal(ours, options...)
	if err != nil || theirErr != nil || !sameBytes(got, want) {
		t.Fatalf("%T %x: they write\n%x (%v), we\n%x (%v)", like, data, want, theirErr, got, err)
	}
	if size, err := tagwire.Size(ours, options...); err != nil || size != len(want) {
		t.Fatalf("%T %x: a size of %d, %v; theirs is %d", like, data, size, err, len(want))
	}
	// A dynamic message cannot read an entry of a map without its key, so it gets what we have written.
	dynamic, back := dynamicpb.NewMessage(like.ProtoReflect().Descriptor()), newOf(like)
	if err := proto.Unmarshal(got, dynamic); err != nil {
		t.Fatalf("%T %x: a dynamic message: %v", like, got, err)
	}
	written, err := proto.Marshal(dynamic)
	if err != nil || len(written) != len(got) {
		t.Fatalf("%T %x: a dynamic message writes %x, %v", like, got, written, err)
	}
	if err := tagwire.Unmarshal(written, back, options...); err != nil || !proto.Equal(back, ours) {
		t.Fatalf("%T %x: we read %v, %v\nof a dynamic message, and wrote\n%v", like, written, back, err, ours)
	}
	return true
}

// TestOfficial tries random messages of each type. One in three is changed or cut.
func TestOfficial(t *testing.T) {
	eachEngine(t, func(t *testing.T, options []tagwire.Option) {
		for _, like := range officialTypes {
			r := rand.New(rand.NewSource(11))
			read, refused := 0, 0
			for range messages() / len(officialTypes) {
				if agreesWithOfficial(t, like, randomInput(r, like), options) {
					read++
				} else {
					refused++
				}
			}
			if read < 100 || refused < 10 {
				t.Errorf("%T: %d messages were read, %d refused", like, read, refused)
			}
		}
	})
}

// randomInput returns a random message, changed or cut now and then.
func randomInput(r *rand.Rand, like proto.Message) []byte {
	data := randomMessage(r, like.ProtoReflect().Descriptor(), 4)
	if r.Intn(3) == 0 && len(data) > 0 {
		if r.Intn(3) == 0 {
			return data[:r.Intn(len(data))]
		}
		data[r.Intn(len(data))] = byte(r.Intn(256))
	}
	return data
}

// FuzzOfficial reads any bytes as a message of any of the types.
func FuzzOfficial(f *testing.F) {
	r := rand.New(rand.NewSource(12))
	for number, like := range officialTypes {
		for range 5 {
			f.Add(uint8(number), randomInput(r, like))
		}
	}
	f.Fuzz(func(t *testing.T, number uint8, data []byte) {
		if len(data) > 1<<14 {
			return
		}
		like := officialTypes[int(number)%len(officialTypes)]
		for _, engine := range []tagwire.Engine{tagwire.Reflect, tagwire.Native} {
			agreesWithOfficial(t, like, data, []tagwire.Option{
				tagwire.WithFormat(tagwire.Protobuf), tagwire.WithEngine(engine), tagwire.WithDeterministic(),
			})
		}
	})
}
