package protobuf_test

import (
	"math/rand"
	"reflect"
	"testing"

	"google.golang.org/protobuf/proto"

	"github.com/tagwire/tagwire"
	"github.com/tagwire/tagwire/fuzz/protobuf/gen/kinds3"
)

// hand is kinds3.Kinds as people write it.
type hand struct {
	Flag         bool               `protobuf:"1"`
	I32          int32              `protobuf:"2"`
	I64          int64              `protobuf:"3"`
	U32          uint32             `protobuf:"4"`
	U64          uint               `protobuf:"5"`
	S32          int32              `protobuf:"6,zigzag"`
	S64          int                `protobuf:"7,zigzag"`
	F32          uint32             `protobuf:"8,fixed"`
	F64          uint64             `protobuf:"9,fixed"`
	Sf32         int32              `protobuf:"10,fixed"`
	Sf64         int64              `protobuf:"11,fixed"`
	Single       float32            `protobuf:"12"`
	Real         float64            `protobuf:"13"`
	Text         string             `protobuf:"14"`
	Blob         []byte             `protobuf:"15"`
	Level        level              `protobuf:"16"`
	Child        *hand              `protobuf:"17"`
	MaybeNumber  *int32             `protobuf:"18"`
	MaybeText    *string            `protobuf:"19"`
	MaybeBlob    []byte             `protobuf:"20,optional"`
	MaybeFlag    *bool              `protobuf:"21"`
	MaybeLevel   *level             `protobuf:"22"`
	Flags        []bool             `protobuf:"31"`
	I32s         []int32            `protobuf:"32"`
	S64s         []int64            `protobuf:"33,zigzag"`
	F32s         []uint32           `protobuf:"34,fixed,unpacked"`
	Reals        []float64          `protobuf:"35"`
	Texts        []string           `protobuf:"36"`
	Blobs        [][]byte           `protobuf:"37"`
	Levels       []level            `protobuf:"38"`
	Children     []hand             `protobuf:"39"`
	ByText       map[string]*hand   `protobuf:"51"`
	ByI32        map[int32]string   `protobuf:"52"`
	ByS64        map[int64][]byte   `protobuf:"53,key=zigzag"`
	ByFlag       map[bool]level     `protobuf:"54"`
	ByF64        map[uint64]float64 `protobuf:"55,key=fixed"`
	ByU32        map[uint32]uint64  `protobuf:"56"`
	ChosenText   *string            `protobuf:"61,oneof=choice"`
	ChosenChild  *hand              `protobuf:"62,oneof=choice"`
	ChosenNumber *int32             `protobuf:"63,oneof=choice"`
	ChosenBlob   *[]byte            `protobuf:"64,oneof=choice"`
	Other        string

	//lint:ignore U1000 the codec fills it
	_unknownFields []byte
}

type level int32

func TestByHand(t *testing.T) {
	r := rand.New(rand.NewSource(4))
	for _, engine := range []tagwire.Engine{tagwire.Reflect, tagwire.Native} {
		options := []tagwire.Option{tagwire.WithFormat(tagwire.Protobuf), tagwire.WithEngine(engine), tagwire.WithDeterministic()}
		if info := tagwire.EngineOf(reflect.TypeFor[hand](), options...); info.Engine != engine {
			t.Fatal(info)
		}
		agreed, failed := 0, 0
		for range messages() {
			data := randomMessage(r, (&kinds3.Kinds{}).ProtoReflect().Descriptor(), 4)
			if r.Intn(4) == 0 && len(data) > 0 {
				data[r.Intn(len(data))] = byte(r.Intn(256))
			}
			theirs := &kinds3.Kinds{}
			theirErr := proto.Unmarshal(data, theirs)
			ours := &hand{Other: "kept", Text: "old", ByI32: map[int32]string{1: "old"}}
			err := tagwire.Unmarshal(data, ours, options...)
			if (err == nil) != (theirErr == nil) && !onlyTheyTake(data, err, theirErr) {
				t.Fatalf("%v %x: %v, %v", engine, data, err, theirErr)
			}
			if err != nil {
				failed++
				continue
			}
			want, _ := proto.MarshalOptions{Deterministic: true}.Marshal(theirs)
			got, err := tagwire.Marshal(ours, options...)
			if err != nil || !sameBytes(got, want) || ours.Other != "kept" {
				t.Fatalf("%v %x:\n%x %v\n%x", engine, data, got, err, want)
			}
			agreed++

			// Merged with another, as the official library does.
			second := randomMessage(r, (&kinds3.Kinds{}).ProtoReflect().Descriptor(), 3)
			if proto.Unmarshal(second, &kinds3.Kinds{}) != nil {
				continue
			}
			if err := tagwire.Unmarshal(second, ours, append(options, tagwire.WithMerge())...); err != nil {
				t.Fatal(err)
			}
			if err := (proto.UnmarshalOptions{Merge: true}).Unmarshal(second, theirs); err != nil {
				t.Fatal(err)
			}
			want, _ = proto.MarshalOptions{Deterministic: true}.Marshal(theirs)
			if got, err = tagwire.Marshal(ours, options...); err != nil || !sameBytes(got, want) {
				t.Fatalf("%v %x + %x:\n%x %v\n%x", engine, data, second, got, err, want)
			}
		}
		t.Logf("%v: %d agree, %d fail", engine, agreed, failed)
	}
}
