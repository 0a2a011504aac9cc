package protobuf_test

import (
	"math/rand"
	"reflect"
	"strconv"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/dynamicpb"

	"github.com/tagwire/tagwire"
	"github.com/tagwire/tagwire/fuzz/protobuf/gen/gogokinds"
	"github.com/tagwire/tagwire/fuzz/protobuf/gen/gogostd"
	"github.com/tagwire/tagwire/fuzz/protobuf/gen/kinds2"
	"github.com/tagwire/tagwire/fuzz/protobuf/gen/kinds3"
	"github.com/tagwire/tagwire/fuzz/protobuf/gen/vtkinds"
	"github.com/tagwire/tagwire/rpc/grpc/descriptor"
)

// registered returns the files of a set that has the services, as the official library takes them: it refuses what is wrong.
func registered(t *testing.T, services ...descriptor.Service) *protoregistry.Files {
	t.Helper()
	set := descriptor.Build(services)
	all := &descriptorpb.FileDescriptorSet{}
	seen := map[string]bool{}
	for _, s := range services {
		if err := set.Fault(s.Name); err != nil {
			t.Fatal(err)
		}
		for _, data := range set.Encoded(set.PathOf(s.Name)) {
			file := &descriptorpb.FileDescriptorProto{}
			if err := proto.Unmarshal(data, file); err != nil {
				t.Fatal(err)
			}
			if !seen[file.GetName()] {
				seen[file.GetName()] = true
				all.File = append(all.File, file)
			}
		}
	}
	files, err := protodesc.NewFiles(all)
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// echo describes a service with a method for each type, named by its place, that takes it and returns it.
func echo(name string, types ...reflect.Type) descriptor.Service {
	s := descriptor.Service{Name: name}
	for i, of := range types {
		s.Methods = append(s.Methods, descriptor.Method{Name: "Echo" + strconv.Itoa(i), Request: of, Reply: of})
	}
	return s
}

// described returns the descriptor of a type from its tags.
func described(t *testing.T, of reflect.Type) protoreflect.MessageDescriptor {
	t.Helper()
	files := registered(t, echo("echo.Echo", of))
	d, err := files.FindDescriptorByName("echo.Echo")
	if err != nil {
		t.Fatal(err)
	}
	return d.(protoreflect.ServiceDescriptor).Methods().Get(0).Input()
}

// TestDescribedGenerated: generated messages keep their files.
func TestDescribedGenerated(t *testing.T) {
	files := registered(t,
		echo("a.Echo", reflect.TypeFor[kinds2.Kinds](), reflect.TypeFor[kinds2.Strict](), reflect.TypeFor[kinds3.Kinds](), reflect.TypeFor[vtkinds.Kinds]()),
		echo("b.Echo", reflect.TypeFor[gogokinds.Kinds](), reflect.TypeFor[gogokinds.Three](), reflect.TypeFor[gogostd.Std]()),
		echo("c.Echo", reflect.TypeFor[descriptorpb.FileDescriptorProto]()))
	for name, path := range map[protoreflect.FullName]string{
		"kinds2.Kinds.Part": "kinds2.proto", "kinds3.Kinds": "kinds3.proto", "vtkinds.Level": "vtkinds.proto", "gogokinds.Kinds": "gogo.proto",
		"gogokinds.Part": "gogo3.proto", "gogostd.Std": "std.proto", "google.protobuf.Timestamp": "google/protobuf/timestamp.proto",
		"google.protobuf.DescriptorProto": "google/protobuf/descriptor.proto",
	} {
		d, err := files.FindDescriptorByName(name)
		if err != nil || d.ParentFile().Path() != path {
			t.Error(name, path, err)
		}
	}
	d, _ := files.FindDescriptorByName("kinds2.Kinds")
	if !proto.Equal(protodesc.ToFileDescriptorProto(d.ParentFile()), protodesc.ToFileDescriptorProto(kinds2.File_kinds2_proto)) {
		t.Error("the file of a generated message has changed")
	}
}

// TestDescribedByHand: what the tags of hand describe is the message of which it is the form by hand.
func TestDescribedByHand(t *testing.T) {
	got, want := described(t, reflect.TypeFor[hand]()), (&kinds3.Kinds{}).ProtoReflect().Descriptor()
	if got.Fields().Len() != want.Fields().Len() {
		t.Fatal(got.Fields().Len(), want.Fields().Len())
	}
	for i := range want.Fields().Len() {
		w := want.Fields().Get(i)
		g := got.Fields().ByNumber(w.Number())
		kind := w.Kind()
		if kind == protoreflect.EnumKind {
			kind = protoreflect.Int32Kind // level has no names
		}
		if g == nil || g.Name() != w.Name() || g.JSONName() != w.JSONName() || g.Kind() != kind || g.Cardinality() != w.Cardinality() ||
			g.HasPresence() != w.HasPresence() || g.IsPacked() != w.IsPacked() || g.IsMap() != w.IsMap() {
			t.Errorf("%v is described as %v", w, g)
		}
	}
}

// required has what proto3 does not.
type required struct {
	Name     *string              `protobuf:"1,required"`
	Numbers  []int32              `protobuf:"2"`
	Unpacked []int64              `protobuf:"3,unpacked,zigzag"`
	Maybe    *float32             `protobuf:"4"`
	State    state                `protobuf:"5"`
	States   []state              `protobuf:"6"`
	ByState  map[string]state     `protobuf:"7"`
	Blob     []byte               `protobuf:"8,optional"`
	Inner    *required            `protobuf:"9"`
	ByName   map[string]*required `protobuf:"10"`
	Raw      string               `protobuf:"11,bytes"`
	A        *string              `protobuf:"12,oneof=choice"`
	B        *state               `protobuf:"14,oneof=choice"`
	Between  uint32               `protobuf:"13,fixed"`
}

type state int32

func (s state) String() string {
	switch s {
	case 0:
		return "IDLE"
	case 1:
		return "BUSY"
	}
	return "state(" + strconv.Itoa(int(s)) + ")"
}

type held struct {
	Time  time.Time                `protobuf:"1,stdtime"`
	Times []*time.Time             `protobuf:"2,stdtime"`
	Span  *time.Duration           `protobuf:"3,stdduration"`
	By    map[string]time.Duration `protobuf:"4,stdduration"`
	Maybe *string                  `protobuf:"5,wktptr"`
	Blob  []byte                   `protobuf:"6,wktptr"`
	Items []struct {
		Name string `protobuf:"1"`
		By   map[int32]struct {
			X int32 `protobuf:"1"`
		} `protobuf:"2"`
	} `protobuf:"7"`
	Level  kinds3.Level            `protobuf:"8"`
	Levels map[string]kinds3.Level `protobuf:"9"`
	Kinds  *kinds3.Kinds           `protobuf:"10"`
}

// TestDescribedAgrees: what is encoded decodes by the description, and the other way round.
func TestDescribedAgrees(t *testing.T) {
	agreesWithDescription[hand](t, sameFields)
	agreesWithDescription[kinds2.Kinds](t, sameFields)
	agreesWithDescription[gogokinds.Three](t, sameFields)
	agreesWithDescription[required](t, func(ours, theirs protoreflect.Message) bool {
		withoutZeros(theirs, []protoreflect.FieldNumber{5, 11, 13})
		return sameFields(ours, theirs)
	})
	agreesWithDescription[held](t, always)
	agreesWithDescription[gogokinds.Kinds](t, always)
	agreesWithDescription[gogostd.Std](t, always)
}

func sameFields(ours, theirs protoreflect.Message) bool {
	return proto.Equal(ours.Interface(), theirs.Interface())
}

// withoutZeros removes fields that are zero from messages, in which they have presence, but in Go they do not.
func withoutZeros(m protoreflect.Message, numbers []protoreflect.FieldNumber) {
	for _, number := range numbers {
		if f := m.Descriptor().Fields().ByNumber(number); m.Get(f).Equal(f.Default()) {
			m.Clear(f)
		}
	}
	m.Range(func(f protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		switch {
		case !f.IsList() && f.Message() == m.Descriptor():
			withoutZeros(v.Message(), numbers)
		case f.IsMap() && f.MapValue().Message() == m.Descriptor():
			v.Map().Range(func(_ protoreflect.MapKey, v protoreflect.Value) bool {
				withoutZeros(v.Message(), numbers)
				return true
			})
		}
		return true
	})
}

// theyRead reports whether the official library reads data, but for unknown fields, which not all types keep. It panics for a map whose entry has its key twice, the second time with
// another wire type.
func theyRead(data []byte, m proto.Message) (read bool) {
	defer func() {
		if recover() != nil {
			read = false
		}
	}()
	return proto.UnmarshalOptions{DiscardUnknown: true}.Unmarshal(data, m) == nil
}

// agreesWithDescription compares for random messages of a type.
func agreesWithDescription[T any](t *testing.T, same func(ours, theirs protoreflect.Message) bool) {
	t.Helper()
	d := described(t, reflect.TypeFor[T]())
	agreed, filled := agreements(t, d, reflect.TypeFor[T](), messages()/4, same)
	if agreed < messages()/60 || filled < agreed/2 {
		t.Errorf("%v: only %d messages were compared, of which %d have fields", d.FullName(), agreed, filled)
	}
}

// always accepts what types with values that are always written have for others.
func always(protoreflect.Message, protoreflect.Message) bool { return true }

// agreements compares random messages of a type, and returns how many, and how many of them were not empty.
func agreements(t *testing.T, d protoreflect.MessageDescriptor, of reflect.Type, tries int, same func(ours, theirs protoreflect.Message) bool) (agreed, filled int) {
	t.Helper()
	options := []tagwire.Option{tagwire.WithFormat(tagwire.Protobuf), tagwire.WithDeterministic()}
	r := rand.New(rand.NewSource(11))
	for range tries {
		theirs := dynamicpb.NewMessage(d)
		if !theyRead(randomMessage(r, d, 4), theirs) {
			continue
		}
		// No field comes twice: times and durations are not merged.
		data, err := proto.Marshal(theirs)
		if err != nil {
			t.Fatal(err)
		}
		ours := reflect.New(of).Interface()
		if err := tagwire.Unmarshal(data, ours, options...); err != nil {
			continue // a time that is out of range
		}
		got, err := tagwire.Marshal(ours, options...)
		if err != nil {
			t.Fatalf("%v %x: %v", d.FullName(), data, err)
		}
		again := dynamicpb.NewMessage(d)
		if err := proto.Unmarshal(got, again); err != nil || !same(again, theirs) {
			t.Fatalf("%v %x: %v\n%v\n%v", d.FullName(), data, err, again, theirs)
		}
		written, err := proto.Marshal(again)
		if err != nil {
			t.Fatal(err)
		}
		back := reflect.New(of).Interface()
		if err := tagwire.Unmarshal(written, back, options...); err != nil {
			t.Fatalf("%v %x: %v", d.FullName(), written, err)
		}
		if second, err := tagwire.Marshal(back, options...); err != nil || string(second) != string(got) {
			t.Fatalf("%v %x: %v\n%x\n%x", d.FullName(), written, err, second, got)
		}
		agreed++
		if len(data) > 0 {
			filled++
		}
	}
	return agreed, filled
}
