package descriptor

import (
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"testing"

	"github.com/tagwire/tagwire"
	"github.com/tagwire/tagwire/definition"
	"github.com/tagwire/tagwire/definition/compilertest"
)

// checkText has protoc read the text of all definitions of a set, and compares what it finds there with them.
func checkText(t *testing.T, s *Set) {
	t.Helper()
	files, err := s.Definitions()
	if err != nil {
		t.Fatal(err)
	}
	d := &definition.Definitions{Files: files}
	if len(files) == 0 || !compilertest.Available(t, "protoc", "Debian's protobuf-compiler") {
		compilertest.Texts(t, d)
		return
	}
	folder := t.TempDir()
	compilertest.Write(t, folder, d)
	arguments := []string{"-I.", "--descriptor_set_out=set"}
	for _, f := range files {
		if f.Edition != "2023" {
			arguments = append(arguments, f.Path)
		}
	}
	if output, err := compilertest.Run(t, folder, "protoc", arguments...); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	data, err := os.ReadFile(filepath.Join(folder, "set"))
	if err != nil {
		t.Fatal(err)
	}
	var described struct {
		File []*FileDescriptorProto `protobuf:"1"`
	}
	if err := tagwire.Unmarshal(data, &described, inProtobuf...); err != nil {
		t.Fatal(err)
	}
	again := &Set{files: map[string]encodedFile{}}
	for _, f := range described.File {
		data, err := tagwire.Marshal(f, inProtobuf...)
		if err != nil {
			t.Fatal(err)
		}
		again.files[f.Name] = encodedFile{data: data}
	}
	read, err := again.Definitions()
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range files {
		i := slices.IndexFunc(read, func(f *definition.File) bool { return f.Path == want.Path })
		if i < 0 || !reflect.DeepEqual(inOrderOfNames(want), inOrderOfNames(read[i])) {
			text, _ := os.ReadFile(filepath.Join(folder, filepath.FromSlash(want.Path)))
			t.Errorf("%s is read as something else:\n%s", want.Path, text)
			if i >= 0 {
				differ(t, want, read[i])
			}
		}
	}
}

// inOrderOfNames returns a file whose types are in the order of their names: those inside of a message may come after or before others.
func inOrderOfNames(f *definition.File) *definition.File {
	sorted := *f
	sorted.Structs = slices.SortedFunc(slices.Values(f.Structs), func(a, b *definition.Struct) int { return compareText(a.Name, b.Name) })
	sorted.Enums = slices.SortedFunc(slices.Values(f.Enums), func(a, b *definition.Enum) int { return compareText(a.Name, b.Name) })
	sorted.Extensions = slices.SortedFunc(slices.Values(f.Extensions), func(a, b *definition.Field) int { return compareText(a.Name, b.Name) })
	return &sorted
}

func compareText(a, b string) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// differ says which fields differ.
func differ(t *testing.T, want, got *definition.File) {
	t.Helper()
	want, got = inOrderOfNames(want), inOrderOfNames(got)
	t.Logf("%+v\n%+v", want, got)
	for i, s := range want.Structs {
		for j, f := range s.Fields {
			if i < len(got.Structs) && j < len(got.Structs[i].Fields) && !reflect.DeepEqual(f, got.Structs[i].Fields[j]) {
				t.Logf("%s.%s: %+v, and not %+v", s.Name, f.Name, got.Structs[i].Fields[j], f)
			}
		}
	}
}

// TestEditions: what a file of an edition says by features, its definition says, too.
func TestEditions(t *testing.T) {
	packed, zero := false, int32(0)
	with := func(f *FieldDescriptorProto, features FeatureSet) *FieldDescriptorProto {
		f.Options = &FieldOptions{Features: &features}
		return f
	}
	repeated := func(f *FieldDescriptorProto) *FieldDescriptorProto {
		f.Label = labelRepeated
		return f
	}
	value := "x"
	preset := plainField("preset", 8, typeString)
	preset.DefaultValue = &value
	old := repeated(plainField("old", 9, typeInt32))
	old.Options = &FieldOptions{Packed: &packed}
	file := &FileDescriptorProto{
		Name: "e.proto", Package: "e", Syntax: editions, Edition: edition2023,
		Options: &FileOptions{Features: &FeatureSet{FieldPresence: presenceImplicit}},
		MessageType: []*DescriptorProto{{
			Name: "Item", Options: &MessageOptions{Features: &FeatureSet{UTF8Validation: utf8Any}},
			Field: []*FieldDescriptorProto{
				plainField("implicit", 1, typeInt32),
				with(plainField("explicit", 2, typeString), FeatureSet{FieldPresence: presenceExplicit, UTF8Validation: utf8Verified}),
				with(plainField("must", 3, typeString), FeatureSet{FieldPresence: presenceRequired}),
				with(repeated(plainField("numbers", 4, typeInt32)), FeatureSet{RepeatedFields: repeatedExpanded}),
				repeated(plainField("others", 5, typeInt32)),
				with(fieldOf("part", 6, ".e.Item"), FeatureSet{MessageEncoding: messageDelimited}),
				fieldOf("plain", 7, ".e.Item"),
				preset, old,
			},
			EnumType: []*EnumDescriptorProto{{Name: "Shut", Value: []*EnumValueDescriptorProto{{Name: "ZERO", Number: &zero}},
				Options: &EnumOptions{Features: &FeatureSet{EnumType: enumClosed}}}},
		}},
	}
	set := func(file *FileDescriptorProto) *Set {
		data, err := tagwire.Marshal(file, inProtobuf...)
		if err != nil {
			t.Fatal(err)
		}
		return &Set{files: map[string]encodedFile{file.Name: {data: data}}}
	}
	files, err := set(file).Definitions()
	if err != nil {
		t.Fatal(err)
	}
	got := compilertest.Texts(t, &definition.Definitions{Files: files})["e.proto"]
	expect(t, got, `
edition = "2023";

package e;

message Item {
  int32 implicit = 1 [features.field_presence = IMPLICIT];
  string explicit = 2;
  string must = 3 [features.field_presence = LEGACY_REQUIRED, features.utf8_validation = NONE];
  repeated int32 numbers = 4 [features.repeated_field_encoding = EXPANDED];
  repeated int32 others = 5;
  Item part = 6 [features.message_encoding = DELIMITED];
  Item plain = 7;
  string preset = 8 [default = "x", features.field_presence = IMPLICIT, features.utf8_validation = NONE];
  repeated int32 old = 9 [features.repeated_field_encoding = EXPANDED];

  enum Shut {
    option features.enum_type = CLOSED;
    ZERO = 0;
  }
}`)
	file.Edition = 1001
	if _, err := set(file).Definitions(); err == nil || err.Error() != "e.proto: it is of the edition with the number 1001, which has no definition here; 2023 has" {
		t.Error(err)
	}
}
