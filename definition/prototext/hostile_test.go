package prototext_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tagwire/tagwire/definition"
	"github.com/tagwire/tagwire/definition/prototext"
)

// fieldOf returns an optional field with the number 1.
func fieldOf(t *definition.Type, annotations ...definition.Annotation) *definition.Field {
	return &definition.Field{Name: "f", ID: 1, Requiredness: definition.Optional, Type: t, Annotations: annotations}
}

func textOf(files ...*definition.File) (string, error) {
	for _, f := range files {
		f.Language, f.Edition = definition.Protobuf, "proto2"
	}
	return prototext.Text(&definition.Definitions{Files: files}, files[0])
}

// TestNoOtherText: whatever names, values and comments hold, they add no statement to a file. Definitions may come from a peer.
func TestNoOtherText(t *testing.T) {
	const evil = "x = 1;\n}\nmessage Evil { int32 y"
	struct1 := func(f *definition.Field) *definition.File {
		return &definition.File{Path: "a.proto", Structs: []*definition.Struct{{Name: "A", Fields: []*definition.Field{f}}}}
	}
	other := named(definition.KindStruct, "b.proto", evil)
	for name, files := range map[string][]*definition.File{
		"another file's message": {struct1(fieldOf(other)), {Path: "b.proto", Structs: []*definition.Struct{{Name: evil}}}},
		"another file's enum":    {struct1(fieldOf(named(definition.KindEnum, "b.proto", evil))), {Path: "b.proto", Enums: []*definition.Enum{{Name: evil}}}},
		"another file's package": {struct1(fieldOf(named(definition.KindStruct, "b.proto", "B"))),
			{Path: "b.proto", Package: evil, Structs: []*definition.Struct{{Name: "B"}}}},
		"package": {{Path: "a.proto", Package: evil}},
	} {
		_, err := textOf(files...)
		require.Error(t, err, name)
		require.Equal(t, 1, strings.Count(err.Error(), "\n")+1, "%s: a name makes a line of its own: %v", name, err)
	}

	for text, right := range map[string]bool{
		"deprecated": true, "(a.b)": true, "(.a.b).c.d": true, "a.(b.c).d": true, "features.(pb.go).x": true,
		"": false, "a b": false, "a = 1; option b": false, "(a": false, "(a)b": false, "a.": false, ".a": false, "()": false, "(a).": false, "a)": false,
	} {
		_, err := textOf(struct1(fieldOf(kind(definition.KindI32), definition.Annotation{Name: text, Value: "true"})))
		require.Equal(t, right, err == nil, "name %q: %v", text, err)
	}
	for text, right := range map[string]bool{
		"true": true, "-1.5e+3": true, "inf": true, `"a"`: true, `"a\"];" 'b'`: true, `{}`: true, `{a: 1, b: {c: "}"}}`: true, `{[a.b]: <c: 'x'>}`: true,
		"": false, "true]": false, "1, b = 2": false, "1; ": false, `"a`: false, `"a\"`: false, "\"a\nb\"": false, `"a"]; message Evil {"`: false,
		"{": false, "{}}": false, "{} }": false, "{[}]": false, "{a: 1 # b\n}": false, "{ /* } */ }": false, "{ // }\n}": false, "--1": false, "a b": false,
	} {
		_, err := textOf(struct1(fieldOf(kind(definition.KindI32), definition.Annotation{Name: "a", Value: text})))
		require.Equal(t, right, err == nil, "value %q: %v", text, err)
	}
}

// TestGrowingText: definitions of a few kilobytes do not make text, or errors, without an end.
func TestGrowingText(t *testing.T) {
	twice := &definition.File{Path: "a.proto"}
	groups := &definition.File{Path: "a.proto"}
	deep := &definition.File{Path: "a.proto"}
	name := "A"
	for i := range 3000 {
		if i < 60 {
			twice.Structs = append(twice.Structs, &definition.Struct{Name: name}, &definition.Struct{Name: name})
			group := &definition.Field{Name: "a", ID: 1, Delimited: true, Requiredness: definition.Optional, Type: named(definition.KindStruct, "a.proto", name+".A")}
			groups.Structs = append(groups.Structs, &definition.Struct{Name: name, Fields: []*definition.Field{group, group}})
		}
		deep.Structs = append(deep.Structs, &definition.Struct{Name: name})
		name += ".A"
	}
	groups.Structs = append(groups.Structs, &definition.Struct{Name: strings.Repeat("A.", 60) + "A"})

	many := &definition.Struct{Name: "A"}
	for i := range 200_000 {
		many.Fields = append(many.Fields, &definition.Field{Name: fmt.Sprint("f", i), ID: int32(i + 1), Requiredness: definition.Optional,
			Type: named(definition.KindStruct, "b.proto", "B")})
	}
	long := &definition.File{Path: "b.proto", Package: strings.Repeat("a", 999), Structs: []*definition.Struct{{Name: "B"}}}

	nameless := &definition.File{Path: strings.Repeat("a", 1<<20)}
	for range 3000 {
		nameless.Structs = append(nameless.Structs, &definition.Struct{Name: "-"})
	}

	for want, files := range map[string][]*definition.File{
		"there are two messages A":          {twice},
		"there are two fields of that name": {groups},
		"cannot be the name of a message":   {deep},
		"more than 67108864 bytes":          {{Path: "a.proto", Structs: []*definition.Struct{many}}, long},
		"...":                               {nameless},
	} {
		_, err := textOf(files...)
		require.ErrorContains(t, err, want)
		require.Less(t, len(err.Error()), 200_000, want)
	}
}
