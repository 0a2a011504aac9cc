package thrifttext_test

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tagwire/tagwire/definition"
	"github.com/tagwire/tagwire/definition/compilertest"
	"github.com/tagwire/tagwire/definition/thrifttext"
)

func ref(path, name string) *definition.Ref { return &definition.Ref{Path: path, Name: name} }

func kind(k definition.Kind) *definition.Type { return &definition.Type{Kind: k} }

func named(k definition.Kind, path, name string) *definition.Type {
	return &definition.Type{Kind: k, Ref: ref(path, name)}
}

func integer(n int64) *definition.Value { return &definition.Value{Kind: definition.ValueInt, Int: n} }

func text(s string) *definition.Value {
	return &definition.Value{Kind: definition.ValueString, Text: s}
}

var note = []definition.Annotation{{Name: "a.b", Value: `x "y" \ z`}, {Name: "c"}}

// sample has all that a definition of Thrift can have, in two files.
func sample() *definition.Definitions {
	common := &definition.File{
		Path: "dir/common.thrift", Doc: "What is\n * shared.*/",
		Enums:     []*definition.Enum{{Name: "Color", Values: []*definition.EnumValue{{Name: "RED", Number: -1}, {Name: "BLUE", Number: 0x7fffffff}}}},
		Constants: []*definition.Constant{{Name: "LIMIT", Type: kind(definition.KindI64), Value: integer(math.MinInt64)}},
		Services:  []*definition.Service{{Name: "Base", Methods: []*definition.Method{{Name: "ping"}}}},
	}
	color := &definition.Value{Kind: definition.ValueEnum, Int: -1, Text: "RED", Ref: ref("dir/common.thrift", "Color")}
	shop := &definition.File{
		Path: "shop.thrift", Doc: "The shop.",
		Namespaces: []definition.Namespace{{Language: "*", Name: "shop.v1"}, {Language: "py", Name: "shop", Annotations: note}},
		Includes:   []definition.Include{{Path: "dir/common.thrift", Prefix: "common"}},
		Typedefs: []*definition.Typedef{{Name: "Names", Doc: "Names of items.", Annotations: note, Type: &definition.Type{
			Kind: definition.KindList, Annotations: note, Elem: &definition.Type{Kind: definition.KindString, Annotations: note}}}},
		Enums: []*definition.Enum{{Name: "Size", Doc: "A size.", Annotations: note, Values: []*definition.EnumValue{
			{Name: "SMALL", Number: 1, Doc: "One\nor two.", Annotations: note}}}},
		Structs: []*definition.Struct{
			{Name: "Box", Doc: "Comes after what its default is of.", Fields: []*definition.Field{
				{Name: "item", ID: 1, Type: named(definition.KindStruct, "shop.thrift", "Item"), Default: &definition.Value{
					Kind: definition.ValueMap, Map: []definition.Entry{{Key: text("name"), Value: text("x\x01ü\t\"'\\\r\n")}}}},
			}},
			{Name: "Item", Annotations: note, Fields: []*definition.Field{
				{Name: "name", ID: 1, Requiredness: definition.Required, Type: kind(definition.KindString), Annotations: note, Doc: "Its name."},
				{Name: "color", ID: -2, Requiredness: definition.Optional, Type: named(definition.KindEnum, "dir/common.thrift", "Color"), Default: color},
				{Name: "implicit", ID: -3, ImplicitID: true, Type: named(definition.KindTypedef, "shop.thrift", "Names"),
					Default: &definition.Value{Kind: definition.ValueList, List: []*definition.Value{text("a"), text("b")}}},
				{Name: "limit", ID: 4, Type: kind(definition.KindI64), Default: &definition.Value{Kind: definition.ValueInt, Int: 5, Named: ref("dir/common.thrift", "LIMIT")}},
				{Name: "pi", ID: 5, Type: kind(definition.KindDouble), Default: &definition.Value{Kind: definition.ValueDouble, Double: 3}},
				{Name: "inner", ID: 7, Requiredness: definition.Optional, Type: named(definition.KindStruct, "shop.thrift", "Item"),
					Annotations: append([]definition.Annotation{{Name: "cpp.ref", Value: "true"}}, note...)},
				{Name: "on", ID: 6, Type: kind(definition.KindBool), Default: &definition.Value{Kind: definition.ValueBool, Bool: true}},
			}},
			{Name: "Either", Form: definition.FormUnion, Fields: []*definition.Field{{Name: "i", ID: 1, Type: kind(definition.KindI8)}}},
			{Name: "Gone", Form: definition.FormException},
		},
		Constants: []*definition.Constant{
			{Name: "ONE", Doc: "One.", Type: kind(definition.KindI32), Value: integer(1)},
			{Name: "MAP", Type: &definition.Type{Kind: definition.KindMap, Key: kind(definition.KindI32), Elem: &definition.Type{Kind: definition.KindSet, Elem: kind(definition.KindDouble)}},
				Value: &definition.Value{Kind: definition.ValueMap, Map: []definition.Entry{{
					Key:   &definition.Value{Kind: definition.ValueInt, Int: 1, Named: ref("shop.thrift", "ONE")},
					Value: &definition.Value{Kind: definition.ValueList, List: []*definition.Value{{Kind: definition.ValueDouble, Double: -1e-7}}},
				}}}},
		},
		Services: []*definition.Service{{Name: "Shop", Doc: "A shop.", Annotations: note, Extends: ref("dir/common.thrift", "Base"), Methods: []*definition.Method{
			{Name: "get", Doc: "Gets.", Annotations: note, Result: named(definition.KindStruct, "shop.thrift", "Item"),
				Arguments: []*definition.Field{{Name: "id", ID: 1, Type: kind(definition.KindI64), Default: integer(7)}, {Name: "raw", ID: 2, Type: kind(definition.KindBinary)}},
				Throws:    []*definition.Field{{Name: "gone", ID: 1, Type: named(definition.KindStruct, "shop.thrift", "Gone")}}},
			{Name: "hint", Oneway: true},
			{Name: "talk", ClientStream: true, ServerStream: true, Annotations: []definition.Annotation{{Name: "streaming.mode", Value: "bidirectional"}}},
		}}},
	}
	return &definition.Definitions{Files: []*definition.File{common, shop}}
}

func TestText(t *testing.T) {
	texts := compilertest.Check(t, sample())
	require.Equal(t, strings.TrimLeft(`
/**
 * What is
 *  * shared.* /
 */

enum Color {
  RED = -1,
  BLUE = 2147483647,
}

const i64 LIMIT = -9223372036854775808

service Base {
  void ping(),
}
`, "\n"), texts["dir/common.thrift"])
	require.Equal(t, strings.TrimLeft(strings.ReplaceAll(`
/** The shop. */

include "dir/common.thrift"

namespace * shop.v1
namespace py shop NOTE

/** Names of items. */
typedef list<string NOTE> NOTE Names NOTE

/** A size. */
enum Size {
  /**
   * One
   * or two.
   */
  SMALL = 1 NOTE,
} NOTE

struct Item {
  /** Its name. */
  1: required string name NOTE,
  -2: optional common.Color color = common.Color.RED,
  Names implicit = ["a", "b"],
  4: i64 limit = common.LIMIT,
  5: double pi = 3.0,
  7: optional Item& inner NOTE,
  6: bool on = true,
} NOTE

/** Comes after what its default is of. */
struct Box {
  1: Item item = {"name": "x`+"\x01"+`ü\t\"'\\\r\n"},
}

union Either {
  1: i8 i,
}

exception Gone {
}

/** One. */
const i32 ONE = 1

const map<i32, set<double>> MAP = {ONE: [-1e-07]}

/** A shop. */
service Shop extends common.Base {
  /** Gets. */
  Item get(1: i64 id = 7, 2: binary raw) throws (1: Gone gone) NOTE,
  oneway void hint(),
  void talk() (streaming.mode = "bidirectional"),
} NOTE
`, "NOTE", `(a.b = "x \"y\" \\ z", c = "")`), "\n"), texts["shop.thrift"])
}

// TestOrder: declarations that know where they were keep their order.
func TestOrder(t *testing.T) {
	at := func(line int) definition.Position { return definition.Position{Line: line, Column: 1} }
	f := &definition.File{
		Structs:   []*definition.Struct{{Name: "S", At: at(1)}, {Name: "T", At: at(3)}},
		Constants: []*definition.Constant{{Name: "C", Type: kind(definition.KindBool), Value: integer(1), At: at(2)}},
		Services:  []*definition.Service{{Name: "V", At: definition.Position{Line: 3, Column: 20}}},
	}
	written, err := thrifttext.Text(&definition.Definitions{Files: []*definition.File{f}}, f)
	require.NoError(t, err)
	require.Equal(t, "struct S {\n}\n\nconst bool C = 1\n\nstruct T {\n}\n\nservice V {\n}\n", written)
}

// TestUnspeakable: what Thrift has no words for, and what is missing in definitions that come from elsewhere, is an error that names it.
func TestUnspeakable(t *testing.T) {
	field := func(change func(f *definition.Field)) func(f *definition.File) {
		return func(f *definition.File) {
			made := &definition.Field{Name: "x", ID: 1, Type: kind(definition.KindI64)}
			change(made)
			f.Structs = []*definition.Struct{{Name: "S", Fields: []*definition.Field{made}}}
		}
	}
	loop := kind(definition.KindList)
	loop.Elem = loop
	endless := &definition.Value{Kind: definition.ValueList}
	endless.List = []*definition.Value{endless}
	for want, spoil := range map[string]func(f *definition.File){
		"f.thrift: S.x: a type is missing":                     field(func(f *definition.Field) { f.Type = nil }),
		"S.x: a type has the kind 17, which Thrift":            field(func(f *definition.Field) { f.Type = kind(definition.KindUint32) }),
		"S.x: a type is missing, or nested more than 100":      field(func(f *definition.Field) { f.Type = loop }),
		"the reference to a declaration is missing":            field(func(f *definition.Field) { f.Type = kind(definition.KindStruct) }),
		"S.x: Y of other.thrift is used, and that file is not": field(func(f *definition.Field) { f.Type = named(definition.KindStruct, "other.thrift", "Y") }),
		"has annotations at its use": field(func(f *definition.Field) {
			f.Type = named(definition.KindEnum, "f.thrift", "Y")
			f.Type.Annotations = note
		}),
		"S.x: its id is 70000":                             field(func(f *definition.Field) { f.ID = 70000 }),
		"S.end: end is a reserved word of Thrift":          field(func(f *definition.Field) { f.Name = "end" }),
		`S.a-b: "a-b" cannot be a name`:                    field(func(f *definition.Field) { f.Name = "a-b" }),
		`S.: "" cannot be a name`:                          field(func(f *definition.Field) { f.Name = "" }),
		"S.x: a value is missing, or nested more than 100": field(func(f *definition.Field) { f.Default = endless }),
		"S.x: Thrift cannot spell the number NaN": field(func(f *definition.Field) {
			f.Default = &definition.Value{Kind: definition.ValueDouble, Double: math.NaN()}
		}),
		"S.x: a text has the byte 0":                     field(func(f *definition.Field) { f.Default = text("\x00") }),
		"S.x: a value has the kind 99":                   field(func(f *definition.Field) { f.Default = &definition.Value{Kind: 99} }),
		`S.x: "a b" cannot be the name of an annotation`: field(func(f *definition.Field) { f.Annotations = []definition.Annotation{{Name: "a b"}} }),
		"S: its form is none of Thrift":                  func(f *definition.File) { f.Structs = []*definition.Struct{{Name: "S", Form: 7}} },
		"C: a constant has no annotations": func(f *definition.File) {
			f.Constants = []*definition.Constant{{Name: "C", Type: kind(definition.KindI8), Value: integer(1), Annotations: note}}
		},
		"C: a value is missing": func(f *definition.File) {
			f.Constants = []*definition.Constant{{Name: "C", Type: kind(definition.KindI8)}}
		},
		"namespace a b shop: these are no names": func(f *definition.File) { f.Namespaces = []definition.Namespace{{Language: "a b", Name: "shop"}} },
		"f.thrift: a file has no annotations":    func(f *definition.File) { f.Annotations = note },
		"f.thrift is a file of Protobuf":         func(f *definition.File) { f.Language = definition.Protobuf },
	} {
		f := &definition.File{Path: "f.thrift"}
		spoil(f)
		written, err := thrifttext.Text(&definition.Definitions{Files: []*definition.File{f}}, f)
		require.ErrorContains(t, err, want)
		require.Empty(t, written)
	}
}

// TestNames: what is not a name here is none for Apache's compiler, and the other way round.
func TestNames(t *testing.T) {
	if !compilertest.Available(t, "thrift", "Debian's thrift-compiler") {
		return
	}
	words := strings.Fields(`BEGIN and def end from class delete next with yield float async i8 i64 oneway union senum xsd_all true false list
		py_module item End Next type func range let func1 _x None int NULL template`)
	folder := t.TempDir()
	name := filepath.Join(folder, "a.thrift")
	for _, word := range words {
		source := fmt.Sprintf("struct A { 1: i32 %s }\nenum E { %[1]s = 1 }\nservice S { void %[1]s() }\n", word)
		require.NoError(t, os.WriteFile(name, []byte(source), 0o644))
		_, err := compilertest.Run(t, folder, "thrift", "--gen", "json", "-out", folder, name)
		require.Equal(t, err == nil, thrifttext.IsName(word), word)
	}
	for _, word := range []string{"", "1a", "a.b", "a-b", "ä", "uuid"} {
		require.False(t, thrifttext.IsName(word), word)
	}
}

// TestNoOtherText: what stands before names of another file adds no declaration, and does not make the text longer than memory. Definitions may
// come from a peer.
func TestNoOtherText(t *testing.T) {
	text := func(include definition.Include, fields int) (string, error) {
		s := &definition.Struct{Name: "A"}
		for i := range fields {
			s.Fields = append(s.Fields, &definition.Field{Name: fmt.Sprint("f", i), ID: int32(i%1000 + 1),
				Type: &definition.Type{Kind: definition.KindStruct, Ref: &definition.Ref{Path: include.Path, Name: "B"}}})
		}
		f := &definition.File{Path: "a.thrift", Includes: []definition.Include{include}, Structs: []*definition.Struct{s}}
		return thrifttext.Text(&definition.Definitions{Files: []*definition.File{f}}, f)
	}
	for prefix, right := range map[string]bool{
		"": true, "b": true, "shop.v1": true, "b.1": true, "b1_": true,
		"i32 x }\nstruct Evil { 1: b": false, ".b": false, "b.": false, "a..b": false, "1b": false, "my-file": false, strings.Repeat("a", 1001): false,
	} {
		made, err := text(definition.Include{Path: "b.thrift", Prefix: prefix}, 1)
		require.Equal(t, right, err == nil, "%q: %v", prefix, err)
		require.NotContains(t, made, "Evil")
	}
	_, err := text(definition.Include{Path: "a b;\nstruct Evil {}.thrift"}, 1)
	require.ErrorContains(t, err, "cannot be before a name")
	require.NotContains(t, err.Error(), "\n")
	_, err = text(definition.Include{Path: "b.thrift", Prefix: strings.Repeat("a", 1000)}, 100_000)
	require.ErrorContains(t, err, "more than 67108864 bytes")
	_, err = text(definition.Include{Path: strings.Repeat("-", 1<<20)}, 3000)
	require.Less(t, len(err.Error()), 200_000)
}
