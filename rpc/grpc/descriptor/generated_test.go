package descriptor

import (
	"bytes"
	"compress/gzip"
	"math/rand"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tagwire/tagwire"
)

// Types as generators make them, whose files the tests set.

type generated struct {
	Name  string `protobuf:"bytes,1,opt,name=name,proto3"`
	Other *other `protobuf:"bytes,2,opt,name=other,proto3"`
}

type other struct {
	Number int32 `protobuf:"varint,1,opt,name=number,proto3"`
	Grade  grade `protobuf:"varint,2,opt,name=grade,enum=shop.Grade,proto3"`
}

type grade int32

// carried is what the methods of these types return.
var carried carriedFiles

type carriedFiles struct {
	item, other, grade *FileDescriptorProto
	path               []int         // of generated in item
	instead            func() []byte // of item, unless nil
}

func (*generated) ProtoMessage() {}

func (*generated) Descriptor() ([]byte, []int) {
	if carried.instead != nil {
		return carried.instead(), carried.path
	}
	return zipped(carried.item), carried.path
}

func (*other) ProtoMessage()                  {}
func (*other) Descriptor() ([]byte, []int)    { return zipped(carried.other), []int{0} }
func (grade) EnumDescriptor() ([]byte, []int) { return zipped(carried.grade), []int{0} }

// zipped returns a file as generated types carry it.
func zipped(file *FileDescriptorProto) []byte {
	data, err := tagwire.Marshal(file, tagwire.WithFormat(tagwire.Protobuf))
	if err != nil {
		panic(err)
	}
	return zip(data)
}

func zip(data []byte) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = w.Write(data)
	_ = w.Close()
	return b.Bytes()
}

// file returns a file of the package shop.
func file(path string, imports []string, messages ...*DescriptorProto) *FileDescriptorProto {
	return &FileDescriptorProto{Name: path, Package: "shop", Syntax: proto3, Dependency: imports, MessageType: messages}
}

func messageOf(name string, fields ...*FieldDescriptorProto) *DescriptorProto {
	return &DescriptorProto{Name: name, Field: fields}
}

func fieldOf(name string, number int32, of string) *FieldDescriptorProto {
	return &FieldDescriptorProto{Name: name, Number: number, Label: labelOptional, Type: typeMessage, TypeName: of, JSONName: name}
}

// newCarried returns files that are complete.
func newCarried() carriedFiles {
	zero := int32(0)
	grade := file("grade.proto", nil)
	grade.EnumType = []*EnumDescriptorProto{{Name: "Grade", Value: []*EnumValueDescriptorProto{{Name: "NONE", Number: &zero}}}}
	return carriedFiles{
		item: file("item.proto", []string{"other.proto"},
			messageOf("Item", plainField("name", 1, typeString), fieldOf("other", 2, ".shop.Other"))),
		other: file("other.proto", []string{"grade.proto"}, messageOf("Other", plainField("number", 1, typeInt32))),
		grade: grade,
		path:  []int{0},
	}
}

type timed struct {
	Now time.Time `protobuf:"1,stdtime"`
}

// described returns the set of a service shop.Store that takes and returns generated messages.
func described(t *testing.T) *Set {
	t.Helper()
	s := Build([]Service{
		{Name: "shop.Store", Methods: []Method{{Name: "Get", Request: reflect.TypeFor[generated](), Reply: reflect.TypeFor[generated]()}}},
		{Name: "time.Clock", Methods: []Method{{Name: "Get", Request: reflect.TypeFor[timed](), Reply: reflect.TypeFor[timed]()}}},
	})
	if err := s.Fault("shop.Store"); err != nil {
		t.Fatal(err)
	}
	checkLinked(t, s)
	return s
}

// checkLinked checks that files find what they refer to, in files that they import, and that each name is there once.
func checkLinked(t *testing.T, s *Set) {
	t.Helper()
	checkText(t, s)
	owners, files := map[string]string{}, map[string]*FileDescriptorProto{}
	for path, f := range s.files {
		decoded := new(FileDescriptorProto)
		if err := tagwire.Unmarshal(f.data, decoded, tagwire.WithFormat(tagwire.Protobuf)); err != nil || decoded.Name != path {
			t.Fatal(path, err)
		}
		files[path] = decoded
		decoded.eachSymbol(func(name string, _ symbolKind) {
			if owners[name] != "" || !isFullName(name) {
				t.Errorf("%s is in %s and %s", name, path, owners[name])
			}
			owners[name] = path
		})
	}
	for path, f := range files {
		for _, needed := range f.Dependency {
			if files[needed] == nil {
				t.Errorf("%s imports %s, which is not there", path, needed)
			}
		}
		f.eachReference(func(name string) {
			owner := owners[strings.TrimPrefix(name, ".")]
			if owner == "" || owner != path && !slices.Contains(f.Dependency, owner) {
				t.Errorf("%s refers to %s, which is in %q", path, name, owner)
			}
		})
	}
}

// TestGeneratedFiles: the files that generated types carry stay as they are, or lose what cannot be resolved.
func TestGeneratedFiles(t *testing.T) {
	const own, fromTags = "rpc Get(.shop.Item) returns (.shop.Item)", "rpc Get(.shop.generated) returns (.shop.generated)"
	for name, c := range map[string]struct {
		change func(c *carriedFiles)
		want   string // in the file of the service
		path   string // of shop.Item
	}{
		"as they are": {func(c *carriedFiles) {}, own, "item.proto"},
		"an import of which nothing is needed": {func(c *carriedFiles) {
			c.item.Dependency = []string{"options.proto", "other.proto"}
			c.item.PublicDependency = []int32{0, 1}
		}, own, "item.proto"},
		"a message next to it that cannot be resolved": {func(c *carriedFiles) {
			c.item.Dependency = append(c.item.Dependency, "gone.proto")
			c.item.MessageType = append(c.item.MessageType, messageOf("Lost", fieldOf("gone", 1, ".gone.Message")), messageOf("Loser", fieldOf("lost", 1, ".shop.Lost")))
			c.item.Extension = []*FieldDescriptorProto{{Name: "x", Number: 100, Type: typeInt32, Extendee: ".gone.Message"}}
			c.item.Service = []*ServiceDescriptorProto{{Name: "Loses", Method: []*MethodDescriptorProto{{Name: "Get", InputType: ".shop.Loser", OutputType: ".shop.Item"}}}}
		}, own, "item.proto"},
		"what it has cannot be resolved": {func(c *carriedFiles) {
			c.item.Dependency = append(c.item.Dependency, "gone.proto")
			c.item.MessageType[0].Field = append(c.item.MessageType[0].Field, fieldOf("gone", 3, ".gone.Message"))
		}, fromTags, ""},
		"two files of a path":     {func(c *carriedFiles) { c.other.Name = "item.proto" }, fromTags, ""},
		"two messages of a name":  {func(c *carriedFiles) { c.other.MessageType[0].Name = "Item" }, fromTags, ""},
		"a path that is none":     {func(c *carriedFiles) { c.path = []int{1} }, fromTags, "item.proto"},
		"a path below zero":       {func(c *carriedFiles) { c.path = []int{-1} }, fromTags, "item.proto"},
		"a path to nothing":       {func(c *carriedFiles) { c.path = nil }, fromTags, "item.proto"},
		"no gzip":                 {func(c *carriedFiles) { c.instead = func() []byte { return []byte("no gzip") } }, fromTags, ""},
		"no file":                 {func(c *carriedFiles) { c.instead = func() []byte { return nil } }, fromTags, ""},
		"a panic":                 {func(c *carriedFiles) { c.instead = func() []byte { panic("no") } }, fromTags, ""},
		"an import of well-known": {func(c *carriedFiles) { c.item.Dependency = append(c.item.Dependency, timestampFile) }, own, "item.proto"},
		"a well-known message elsewhere": {func(c *carriedFiles) {
			c.other.Name, c.other.Package = "a.proto", wellKnownPackage
			c.other.MessageType = []*DescriptorProto{messageOf("Timestamp", plainField("x", 1, typeString))}
		}, fromTags, ""},
		"an enum for a message": {func(c *carriedFiles) {
			c.grade.Name, c.grade.EnumType[0].Name = "item.proto", "Item"
			c.item.MessageType[0].Field = c.item.MessageType[0].Field[:1]
		}, own, "item.proto"},
		"its own service": {func(c *carriedFiles) {
			c.item.Service = []*ServiceDescriptorProto{{Name: "Store", Method: []*MethodDescriptorProto{
				{Name: "Get", InputType: ".shop.Item", OutputType: ".shop.Item"}, {Name: "Put", InputType: ".shop.Item", OutputType: ".shop.Item"}}}}
		}, "rpc Put", "item.proto"},
		"its own service, another one": {func(c *carriedFiles) {
			c.item.Service = []*ServiceDescriptorProto{{Name: "Store", Method: []*MethodDescriptorProto{
				{Name: "Get", InputType: ".shop.Item", OutputType: ".shop.Item", ServerStreaming: true}}}}
		}, own, "item.proto"},
	} {
		t.Run(name, func(t *testing.T) {
			carried = newCarried()
			c.change(&carried)
			s := described(t)
			all := ""
			for path := range s.files {
				all += printed(t, s, "shop.Store", path)
			}
			if !strings.Contains(all, c.want) || s.PathOf("shop.Item") != c.path {
				t.Errorf("shop.Item is in %q, and the files are\n%s", s.PathOf("shop.Item"), all)
			}
		})
	}
}

// TestExtensions: extensions are found by the message that they extend.
func TestExtensions(t *testing.T) {
	carried = newCarried()
	carried.item.Syntax, carried.other.Syntax = proto2, proto2 // proto3 has no extensions
	extension := func(name string, number int32) *FieldDescriptorProto {
		return &FieldDescriptorProto{Name: name, Number: number, Label: labelOptional, Type: typeInt32, Extendee: ".shop.Other"}
	}
	carried.item.Extension = []*FieldDescriptorProto{extension("b", 200), extension("a", 100)}
	carried.item.MessageType[0].Extension = []*FieldDescriptorProto{extension("inner", 150)}
	s := described(t)
	if got := s.Extensions("shop.Other"); !slices.Equal(got, []int32{100, 150, 200}) {
		t.Error(got)
	}
	if got := s.Extensions("shop.Item"); len(got) > 0 {
		t.Error(got)
	}
	for number, want := range map[int32]string{100: "item.proto", 150: "item.proto", 101: "", 0: ""} {
		if got := s.PathOfExtension("shop.Other", number); got != want {
			t.Error(number, got)
		}
	}
	for _, symbol := range []string{"shop.a", "shop.Item.inner"} {
		if got := s.PathOf(symbol); got != "item.proto" {
			t.Error(symbol, got)
		}
	}
	var first []string
	for _, data := range s.Encoded(s.PathOf("shop.Store")) {
		first = append(first, parse(data).file.Name)
	}
	if want := []string{"tagwire/shop.proto", "item.proto", "other.proto", "grade.proto"}; !slices.Equal(first, want) {
		t.Error(first)
	}
	if got := s.Encoded("none"); got != nil || s.Has("none") || !s.Has("item.proto") {
		t.Error(got)
	}
}

// TestFaults: what is wrong with a service concerns no other one.
func TestFaults(t *testing.T) {
	type group struct {
		Inner *group `protobuf:"group,1,opt,name=Inner"`
	}
	type wide struct {
		A map[int32]*item `protobuf:"bytes,1,rep,name=a" protobuf_key:"varint,1,opt,name=key" protobuf_val:"group,2,opt,name=value"`
	}
	one := func(name string, of reflect.Type) Service {
		return Service{Name: name, Methods: []Method{{Name: "Get", Request: of, Reply: of}}}
	}
	good := reflect.TypeFor[item]()
	carried = newCarried() // which has shop.Item
	services := []Service{
		one("shop.Good", good), one("shop.v1.Good", good), one("shop.Good", reflect.TypeFor[group]()),
		one("shop.v1", good), one("shop.Item.Inner", good), one("shop.Item", good), one("shop.Generated", reflect.TypeFor[generated]()), one("", good), one("a..b", good), one("1.A", good), one("shop.Größe", good),
		one("shop.Group", reflect.TypeFor[group]()), one("shop.Wide", reflect.TypeFor[wide]()), one("shop.Int", reflect.TypeFor[int]()),
		one("shop.Untagged", reflect.TypeFor[struct{ A int }]()), one("shop.Thrift", nil),
		{Name: "shop.Exception", Methods: []Method{{Name: "Get", Request: good, Reply: good, Exceptions: []reflect.Type{nil}}}},
		{Name: "shop.Twice", Methods: []Method{{Name: "Get", Request: good, Reply: good}, {Name: "Get", Request: good, Reply: good}}},
		{Name: "shop.Empty"},
	}
	s := Build(services)
	checkLinked(t, s)
	for name, want := range map[string]string{
		"shop.Good": "", "shop.v1.Good": "", "shop.Empty": "", "shop.None": "", "shop.Generated": "",
		"shop.v1":         "the package of something else",
		"shop.Item":       "a message has the same name",
		"shop.Item.Inner": "its package has the name of something else, shop.Item",
		"":                "its name is none of Protobuf", "a..b": "its name is none", "1.A": "its name is none", "shop.Größe": "its name is none",
		"shop.Group": "the group group contains itself", "shop.Wide": "the elements of the map wide.A are groups",
		"shop.Int": "has the message int", "shop.Untagged": "has fields but no tags", "shop.Thrift": "messages of Thrift",
		"shop.Exception": "has the message <nil>", "shop.Twice": "two methods Get",
	} {
		err := s.Fault(name)
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", name, err)
		}
		if strings.HasPrefix(name, "shop.Item") {
			continue
		}
		if known := s.PathOf(name) != ""; known != (want == "" && name != "shop.None") {
			t.Errorf("%q is described: %v", name, known)
		}
	}
	if len(services[0].Methods) != 1 || services[2].Methods[0].Request != reflect.TypeFor[group]() {
		t.Error("the services were changed")
	}
}

type item struct {
	Name string `protobuf:"1"`
}

// TestOrder: services in another order, and methods, have the same files.
func TestOrder(t *testing.T) {
	services := func() []Service {
		return []Service{
			{Name: "a.One", Methods: []Method{{Name: "Get", Request: reflect.TypeFor[order](), Reply: reflect.TypeFor[item]()}, {Name: "Put", Request: reflect.TypeFor[strict](), Reply: reflect.TypeFor[struct{}]()}}},
			{Name: "a.Two", Methods: []Method{{Name: "Put", Request: localItem(), Reply: reflect.TypeFor[item]()}, {Name: "Get", Request: reflect.TypeFor[struct{}](), Reply: reflect.TypeFor[item]()}}},
			{Name: "a.b.Two", Methods: []Method{{Name: "Put", Request: localItem(), Reply: reflect.TypeFor[order]()}}},
		}
	}
	want := Build(services())
	checkLinked(t, want)
	other := services()
	slices.Reverse(other)
	for _, s := range other {
		slices.Reverse(s.Methods)
	}
	for range 20 { // maps differ in their order
		if got := Build(other); !reflect.DeepEqual(got, want) {
			t.Fatal("there are other files")
		}
	}
}

func localItem() reflect.Type {
	type item struct {
		Other int32 `protobuf:"2"`
	}
	return reflect.TypeFor[item]()
}

// TestDamagedFiles: whatever a generated type carries, there is a description or a reason why there is none.
func TestDamagedFiles(t *testing.T) {
	r := rand.New(rand.NewSource(3))
	carried = newCarried()
	carried.item.Service = []*ServiceDescriptorProto{{Name: "Store", Method: []*MethodDescriptorProto{{Name: "Get", InputType: ".shop.Item", OutputType: ".shop.Item"}}}}
	plain := unzip(zipped(carried.item))
	files, faults := 0, 0
	for range 400 {
		data := slices.Clone(plain)
		for range 1 + r.Intn(2) {
			switch i := r.Intn(len(data)); r.Intn(12) {
			case 0:
				data = slices.Delete(data, i, i+1)
			case 1:
				data = slices.Insert(data, i, data[r.Intn(len(data))])
			default:
				data[i] = byte(r.Intn(128))
			}
		}
		carried.instead = func() []byte { return zip(data) }
		s := Build([]Service{{Name: "shop.Store", Methods: []Method{{Name: "Get", Request: reflect.TypeFor[generated](), Reply: reflect.TypeFor[other]()}}}})
		if err := s.Fault("shop.Store"); err != nil {
			faults++
		} else if len(s.Encoded(s.PathOf("shop.Store"))) == 0 {
			t.Fatalf("%x: there is no description", data)
		}
		if s.Has("item.proto") {
			files++
		}
	}
	t.Logf("%d files are accepted, and %d services refused", files, faults)
	if files < 40 || files > 360 {
		t.Errorf("%d files are accepted", files)
	}
}
