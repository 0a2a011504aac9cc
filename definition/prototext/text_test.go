package prototext_test

import (
	"flag"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tagwire/tagwire/definition"
	"github.com/tagwire/tagwire/definition/compilertest"
	"github.com/tagwire/tagwire/definition/prototext"
)

func kind(k definition.Kind) *definition.Type { return &definition.Type{Kind: k} }

func named(k definition.Kind, path, name string) *definition.Type {
	return &definition.Type{Kind: k, Ref: &definition.Ref{Path: path, Name: name}}
}

func list(of *definition.Type) *definition.Type {
	return &definition.Type{Kind: definition.KindList, Elem: of}
}

func value(v definition.Value) *definition.Value { return &v }

var deprecated = []definition.Annotation{{Name: "deprecated", Value: "true"}}

func place(n int32) *int32 { return &n }

// sample has all that proto2 and proto3 can say.
func sample() *definition.Definitions {
	color := named(definition.KindEnum, "old.proto", "Color")
	item := named(definition.KindStruct, "old.proto", "Item")
	old := &definition.File{
		Path: "old.proto", Language: definition.Protobuf, Edition: "proto2", Package: "shop.old", Doc: "What was\n\nthere.",
		Annotations: []definition.Annotation{{Name: "java_package", Value: `"com.shop"`}},
		Enums: []*definition.Enum{{Name: "Color", Closed: true, Doc: "A colour.", Values: []*definition.EnumValue{
			{Name: "RED", Number: 1}, {Name: "ROT", Number: 1, Annotations: deprecated}, {Name: "BLUE", Number: -2, Doc: "Blue."}}}},
		Structs: []*definition.Struct{
			{Name: "Item", Doc: "An item.", Annotations: deprecated, Fields: []*definition.Field{
				{Name: "id", ID: 1, Requiredness: definition.Required, Type: kind(definition.KindFixed64), Default: value(definition.Value{Kind: definition.ValueInt, Int: -1})},
				{Name: "name", ID: 2, Requiredness: definition.Optional, Type: kind(definition.KindString), JSONName: "title", Doc: "Its name.",
					Default: value(definition.Value{Kind: definition.ValueString, Text: "a \"b\"\n\\ü"}), Annotations: deprecated},
				{Name: "raw", ID: 3, Requiredness: definition.Optional, Type: kind(definition.KindBinary), Default: value(definition.Value{Kind: definition.ValueString, Text: "\x00\xff"})},
				{Name: "color", ID: 4, Requiredness: definition.Optional, Type: color, Default: value(definition.Value{Kind: definition.ValueEnum, Int: -2, Text: "BLUE"})},
				{Name: "weight", ID: 5, Requiredness: definition.Optional, Type: kind(definition.KindFloat), Default: value(definition.Value{Kind: definition.ValueDouble, Double: math.Inf(-1)})},
				{Name: "price", ID: 6, Requiredness: definition.Optional, Type: kind(definition.KindDouble), Default: value(definition.Value{Kind: definition.ValueDouble, Double: math.NaN()})},
				{Name: "sold", ID: 7, Requiredness: definition.Optional, Type: kind(definition.KindBool), Default: value(definition.Value{Kind: definition.ValueBool, Bool: true})},
				{Name: "numbers", ID: 8, Type: list(kind(definition.KindSint32)), Packed: true},
				{Name: "others", ID: 9, Type: list(kind(definition.KindSfixed32))},
				{Name: "part", ID: 10, Type: list(named(definition.KindStruct, "old.proto", "Item.Part")), Delimited: true},
				{Name: "either", ID: 11, Oneof: place(0), Requiredness: definition.Optional, Type: kind(definition.KindUint32)},
				{Name: "between", ID: 13, Requiredness: definition.Optional, Type: item},
				{Name: "or", ID: 12, Oneof: place(0), Requiredness: definition.Optional, Delimited: true, Type: named(definition.KindStruct, "old.proto", "Item.Or")},
			}, Oneofs: []*definition.Oneof{{Name: "choice", Doc: "One of them."}}},
			{Name: "Item.Part", Fields: []*definition.Field{{Name: "color", ID: 1, Requiredness: definition.Optional, Type: color}}},
			{Name: "Item.Part.Color"},
			{Name: "Item.Or"},
			{Name: "Item.Plain"},
		},
		Extensions: []*definition.Field{
			{Name: "note", ID: 100, Requiredness: definition.Optional, Type: kind(definition.KindString), Extends: item.Ref},
			{Name: "Item.notes", ID: 101, Type: list(kind(definition.KindI64)), Extends: item.Ref},
			{Name: "far", ID: 200, Requiredness: definition.Optional, Type: item, Extends: item.Ref},
		},
	}
	shop := &definition.File{
		Path: "dir/shop.proto", Language: definition.Protobuf, Edition: "proto3", Package: "shop.v1",
		Includes: []definition.Include{{Path: "old.proto", Public: true}},
		Enums:    []*definition.Enum{{Name: "Box.Size", Values: []*definition.EnumValue{{Name: "SMALL"}}}},
		Structs: []*definition.Struct{
			{Name: "Box", Fields: []*definition.Field{
				{Name: "implicit", ID: 1, Type: kind(definition.KindI32)},
				{Name: "explicit_one", ID: 2, Requiredness: definition.Optional, Type: kind(definition.KindSint64), JSONName: "explicitOne"},
				{Name: "items", ID: 3, Type: &definition.Type{Kind: definition.KindMap, Key: kind(definition.KindString), Elem: item}},
				{Name: "size", ID: 4, Type: named(definition.KindEnum, "dir/shop.proto", "Box.Size")},
				{Name: "unpacked", ID: 5, Type: list(kind(definition.KindFixed32))},
				{Name: "packed", ID: 6, Type: list(kind(definition.KindUint64)), Packed: true},
				{Name: "word", ID: 7, Requiredness: definition.Optional, Type: named(definition.KindStruct, "dir/shop.proto", "message")},
				{Name: "shop", ID: 8, Requiredness: definition.Optional, Type: item},
			}},
			{Name: "message"},
		},
		Services: []*definition.Service{{Name: "Shop", Doc: "A shop.", Annotations: deprecated, Methods: []*definition.Method{
			{Name: "Get", Doc: "Gets.", Annotations: deprecated, Arguments: []*definition.Field{{Type: named(definition.KindStruct, "dir/shop.proto", "Box")}}, Result: item},
			{Name: "Talk", ClientStream: true, ServerStream: true, Arguments: []*definition.Field{{Type: item}}, Result: item},
		}}},
	}
	return &definition.Definitions{Files: []*definition.File{old, shop}}
}

// update rewrites the golden texts.
var update = flag.Bool("update", false, "rewrite the golden files")

// TestText: protoc reads the texts, which are those of testdata.
func TestText(t *testing.T) {
	texts := compilertest.Check(t, sample())
	edition := sample()
	for _, f := range edition.Files {
		f.Edition = "2023"
	}
	edition.Files[0].Structs[0].Fields[0].AnyUTF8, edition.Files[0].Structs[0].Fields[1].AnyUTF8 = true, true
	text, err := prototext.Text(edition, edition.Files[0])
	require.NoError(t, err)
	texts["old_2023.proto"] = text
	text, err = prototext.Text(edition, edition.Files[1])
	require.NoError(t, err)
	texts["dir/shop_2023.proto"] = text
	for path, text := range texts {
		golden := filepath.Join("testdata", filepath.Base(path))
		if *update {
			require.NoError(t, os.WriteFile(golden, []byte(text), 0o644))
		}
		want, err := os.ReadFile(golden)
		require.NoError(t, err)
		require.Equal(t, string(want), text)
	}
	require.Len(t, texts, 4)
}

// TestUnspeakable: what an edition has no words for, and what is missing in definitions that come from elsewhere, is an error that names it.
func TestUnspeakable(t *testing.T) {
	field := func(edition string, change func(f *definition.Field)) func(f *definition.File) {
		return func(f *definition.File) {
			f.Edition = edition
			made := &definition.Field{Name: "x", ID: 1, Requiredness: definition.Optional, Type: kind(definition.KindI64)}
			change(made)
			f.Structs = []*definition.Struct{{Name: "S", Fields: []*definition.Field{made}}}
		}
	}
	method := func(m definition.Method) func(f *definition.File) {
		return func(f *definition.File) {
			f.Structs = []*definition.Struct{{Name: "S"}}
			m.Name = "M"
			f.Services = []*definition.Service{{Name: "V", Methods: []*definition.Method{&m}}}
		}
	}
	s := named(definition.KindStruct, "f.proto", "S")
	for want, spoil := range map[string]func(f *definition.File){
		"f.proto: S.x: its type is missing":                field("proto3", func(f *definition.Field) { f.Type = nil }),
		"S.x: a type is missing, or none of Protobuf":      field("proto3", func(f *definition.Field) { f.Type = kind(definition.KindI8) }),
		"S.x: the reference to a declaration is missing":   field("proto3", func(f *definition.Field) { f.Type = kind(definition.KindEnum) }),
		"S.x: there is no Y in other.proto":                field("proto3", func(f *definition.Field) { f.Type = named(definition.KindStruct, "other.proto", "Y") }),
		"S: x is required, which proto3 cannot say":        field("proto3", func(f *definition.Field) { f.Requiredness = definition.Required }),
		"S: x has no presence of its own, which proto2":    field("proto2", func(f *definition.Field) { f.Requiredness = definition.Default }),
		"S.x: it has a default, which proto3 cannot say":   field("proto3", func(f *definition.Field) { f.Default = &definition.Value{} }),
		"S.x: its default is of a kind that Protobuf":      field("proto2", func(f *definition.Field) { f.Default = &definition.Value{Kind: definition.ValueMap} }),
		"S.x: a group is a field of proto2":                field("proto2", func(f *definition.Field) { f.Delimited = true }),
		"S: x is in the oneof 3, which there is not":       field("proto3", func(f *definition.Field) { f.Oneof = place(3) }),
		`S.a-b: "a-b" cannot be a name`:                    field("proto3", func(f *definition.Field) { f.Name = "a-b" }),
		"f.proto: its edition is \"2024\"":                 func(f *definition.File) { f.Edition = "2024" },
		`"a..b" cannot be the name of a package`:           func(f *definition.File) { f.Package = "a..b" },
		"there is no message A for what is declared in it": func(f *definition.File) { f.Structs = []*definition.Struct{{Name: "A.B"}} },
		"f.proto: a message has no name":                   func(f *definition.File) { f.Structs = []*definition.Struct{{}} },
		"S: its form is none of Protobuf":                  func(f *definition.File) { f.Structs = []*definition.Struct{{Name: "S", Form: definition.FormUnion}} },
		"E: an enum needs a value":                         func(f *definition.File) { f.Enums = []*definition.Enum{{Name: "E"}} },
		"E: whether an enum is closed follows from":        func(f *definition.File) { f.Enums = []*definition.Enum{{Name: "E", Closed: true}} },
		"E: option cannot be the name of a value": func(f *definition.File) {
			f.Enums = []*definition.Enum{{Name: "E", Values: []*definition.EnumValue{{Name: "option"}}}}
		},
		"V.M: a method of Protobuf takes a message":     method(definition.Method{Result: s}),
		"V.M: what it takes, or returns, is no message": method(definition.Method{Result: s, Arguments: []*definition.Field{{}}}),
		"V: a service of Protobuf extends no other one": func(f *definition.File) { f.Services = []*definition.Service{{Name: "V", Extends: s.Ref}} },
		"f.proto is a file of Thrift":                   func(f *definition.File) { f.Language = definition.Thrift },
	} {
		f := &definition.File{Path: "f.proto", Language: definition.Protobuf, Edition: "proto3"}
		spoil(f)
		written, err := prototext.Text(&definition.Definitions{Files: []*definition.File{f}}, f)
		require.ErrorContains(t, err, want)
		require.Empty(t, written)
	}
}
