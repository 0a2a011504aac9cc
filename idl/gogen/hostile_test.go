package gogen_test

import (
	"errors"
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/tagwire/tagwire/definition"
	"github.com/tagwire/tagwire/idl/gogen"
	"github.com/tagwire/tagwire/idl/source"
	"github.com/tagwire/tagwire/idl/thriftfile"
)

// generateText generates the code of one Thrift file.
func generateText(text string, options gogen.Options) ([]gogen.File, error) {
	read := source.Texts(map[string]string{"a.thrift": text})
	d, err := thriftfile.Parse(read, "a.thrift")
	if err != nil {
		return nil, fmt.Errorf("parsing: %w", err)
	}
	options.Read = read
	return gogen.Generate(d, options)
}

// TestErrors: what no code can be made of, with its place.
func TestErrors(t *testing.T) {
	thriftgo := gogen.Options{Names: gogen.Thriftgo}
	for _, c := range []struct {
		name, text string
		options    gogen.Options
		want       string
	}{
		{"uuid", "struct A {\n  1: uuid u\n}", gogen.Options{}, "a.thrift:2:11: A.u: the codec has no uuid"},
		{"uuid in a list", "struct A { 1: list<uuid> u }", gogen.Options{}, "A.u: the codec has no uuid"},
		{"uuid by typedef", "typedef uuid U\nstruct A { 1: U u }", gogen.Options{}, "U: the codec has no uuid"},
		{"uuid as an argument", "service S { void f(1: uuid u) }", gogen.Options{}, "S.f: the codec has no uuid"},
		{"constant uuid", "const uuid U = '00000000-4444-CCCC-ffff-0123456789ab'", gogen.Options{}, "U: the codec has no uuid"},
		{"key", "struct A { 1: map<list<i32>, i32> m }", gogen.Options{}, "Go has no maps whose keys are lists"},
		{"own default", "struct A { 1: A a = {} }", gogen.Options{}, "a default that contains itself"},
		{"go.tag", "struct A { 1: i32 a (go.tag = 'json:x') }", gogen.Options{}, "A.a: the annotation go.tag is no struct tag"},
		{"go.tag of ours", "struct A { 1: i32 a (go.tag = 'thrift:\"x,1\"') }", gogen.Options{}, "go.tag is no struct tag"},
		{"unexported", "struct A { 1: i32 _a }", thriftgo, "A._a: thriftgo makes _A of it, which is not exported"},
		{"stream of two", "struct A {} service S { A f(1: A a, 2: A b) (streaming.mode = 'client') }", gogen.Options{}, "S.f: a stream takes one struct"},
		{"stream of a string", "struct A {} service S { A f(1: string a) (streaming.mode = 'bidirectional') }", gogen.Options{}, "S.f: a stream takes one struct"},
		{"stream of nothing", "struct A {} service S { void f(1: A a) (streaming.mode = 'server') }", thriftgo, "S.f: a stream takes one struct"},
		{"stream of numbers", "struct A {} service S { i32 f(1: A a) (streaming.mode = 'server') }", gogen.Options{}, "S.f: a stream takes one struct"},
		{"oneway stream", "struct A {} service S { oneway void f(1: A a) (streaming.mode = 'server') }", gogen.Options{}, "S.f: a stream takes one struct"},
		{"id of an argument", "service S { void f(0: i32 a) }", gogen.Options{}, "S.f: the id of a is 0"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := generateText(c.text, c.options)
			var located source.Errors
			if !errors.As(err, &located) || !strings.Contains(err.Error(), c.want) {
				t.Fatalf("the error is %v, not %s", err, c.want)
			}
			if at := located[0].At; at.Line == 0 || at.Column == 0 || !strings.Contains(err.Error(), "^") {
				t.Errorf("the error has no place: %v", err)
			}
		})
	}
}

// TestGrowingValues: a value that the same value is in, over and over, would be too large for any machine.
func TestGrowingValues(t *testing.T) {
	list := &definition.Type{Kind: definition.KindI32}
	value := &definition.Value{Kind: definition.ValueInt, Int: 1}
	for range 60 {
		list = &definition.Type{Kind: definition.KindList, Elem: list}
		value = &definition.Value{Kind: definition.ValueList, List: []*definition.Value{value, value}}
	}
	d := &definition.Definitions{Files: []*definition.File{{Path: "a.thrift", Constants: []*definition.Constant{{Name: "C", Type: list, Value: value}}}}}
	if _, err := gogen.Generate(d, gogen.Options{}); err == nil || !strings.Contains(err.Error(), "too large") {
		t.Errorf("the error is %v", err)
	}
}

// TestSkipUnsupported: what the codec cannot have is left out, and the rest is there.
func TestSkipUnsupported(t *testing.T) {
	files, err := generateText("typedef uuid U\nstruct A { 1: U u, 2: i32 n }\nservice S { U f(), i32 g() }\nconst U C = '00000000-4444-CCCC-ffff-0123456789ab'",
		gogen.Options{SkipUnsupported: true})
	if err != nil {
		t.Fatal(err)
	}
	text := string(files[0].Text)
	for _, want := range []string{"// A.u is left out: the codec has no uuid.", "// U is left out", "// S.f is left out", "// C is left out", "N int32", "G func("} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing in\n%s", want, text)
		}
	}
}

// TestStableNames: names that are the same in Go get underscores in the order of the file, so that a declaration that is added changes
// none of those before it.
func TestStableNames(t *testing.T) {
	const before = "struct A { 1: i32 user_id, 2: i32 userID }\nstruct a_ {}\nenum E { x, X }\nconst i32 EX = 1\n"
	files, err := generateText(before+"struct B { 1: i32 n }\n", gogen.Options{})
	if err != nil {
		t.Fatal(err)
	}
	text := string(files[0].Text)
	for _, want := range []string{"UserID  int32 `thrift:\"user_id,1\"`", "UserID_ int32 `thrift:\"userID,2\"`", "type A struct", "type A_ struct"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing in\n%s", want, text)
		}
	}
}

// TestFilesAndPackages: names of files and packages that Go would not take, or that lead elsewhere.
func TestFilesAndPackages(t *testing.T) {
	for text, want := range map[string]string{
		"namespace go a.b.c":            "a/b/c/x_linux_idl.go package c",
		"namespace go ../../etc":        "etc/x_linux_idl.go package etc",
		"namespace go a.type":           "a/type/x_linux_idl.go package p_type",
		"namespace go Upper":            "Upper/x_linux_idl.go package upper",
		"namespace * any.where":         "any/where/x_linux_idl.go package where",
		"namespace java somewhere":      "x_linux/x_linux_idl.go package x_linux",
		"namespace go a.main":           "a/main/x_linux_idl.go package main",
		"namespace * x\nnamespace go y": "y/x_linux_idl.go package y",
	} {
		read := source.Texts(map[string]string{"x_linux.thrift": text})
		d, err := thriftfile.Parse(read, "x_linux.thrift")
		if err != nil {
			if strings.Contains(text, "..") {
				d = &definition.Definitions{Files: []*definition.File{{Path: "x_linux.thrift", Namespaces: []definition.Namespace{{Language: "go", Name: "../../etc"}}}}}
			} else {
				t.Fatal(text, err)
			}
		}
		files, err := gogen.Generate(d, gogen.Options{ModulePath: "example.com"})
		if err != nil {
			t.Fatal(text, err)
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), files[0].Path, files[0].Text, parser.PackageClauseOnly)
		if err != nil {
			t.Fatal(text, err)
		}
		if got := files[0].Path + " package " + parsed.Name.Name; got != want {
			t.Errorf("%s: %s, not %s", text, got, want)
		}
	}
}

// TestImportCycle: files that include each other, in two packages, are an error that says what to do.
func TestImportCycle(t *testing.T) {
	field := func(path string) []*definition.Field {
		return []*definition.Field{{Name: "x", ID: 1, Type: &definition.Type{Kind: definition.KindStruct, Ref: &definition.Ref{Path: path, Name: "S"}}}}
	}
	d := &definition.Definitions{Files: []*definition.File{
		{Path: "a.thrift", Structs: []*definition.Struct{{Name: "S", Fields: field("b.thrift")}}},
		{Path: "b.thrift", Structs: []*definition.Struct{{Name: "S", Fields: field("a.thrift")}}},
	}}
	_, err := gogen.Generate(d, gogen.Options{ModulePath: "example.com"})
	if err == nil || !strings.Contains(err.Error(), "import each other: example.com/a -> example.com/b -> example.com/a") {
		t.Errorf("the error is %v", err)
	}
	files, err := gogen.Generate(d, gogen.Options{Package: "both"})
	if err != nil || len(files) != 2 {
		t.Errorf("in one package there are %d files, %v", len(files), err)
	}
}

// TestBrokenDefinitions: definitions that no parser made, with parts that are missing or wrong, are errors or code, and never a panic.
func TestBrokenDefinitions(t *testing.T) {
	accepted, refused := 0, 0
	for seed := range uint64(900) {
		random := rand.New(rand.NewPCG(seed, 6))
		file := []string{"shop.thrift", "library.proto", "old.proto", "rules.thrift", "rules.proto"}[seed%5]
		d := parseTestdata(t, file)
		for range 1 + random.IntN(3) {
			breakOne(random, reflect.ValueOf(d).Elem())
		}
		options := gogen.Options{
			Names: gogen.NameStyle(random.IntN(4)), Values: random.IntN(2) == 0, JSON: true, KeepUnknown: true,
			WellKnownMessages: random.IntN(2) == 0, SkipUnsupported: random.IntN(2) == 0,
		}
		files, err := gogen.Generate(d, options)
		if err != nil {
			refused++
			if strings.Contains(err.Error(), "mistake in this generator") {
				t.Fatalf("seed %d: %v", seed, err)
			}
			continue
		}
		accepted++
		for _, f := range files {
			if _, err := parser.ParseFile(token.NewFileSet(), f.Path, f.Text, parser.AllErrors); err != nil {
				t.Fatalf("seed %d: %v\n%s", seed, err, f.Text)
			}
		}
	}
	if accepted < 100 || refused < 100 {
		t.Errorf("%d were accepted, %d refused", accepted, refused)
	}
}

// breakOne changes one value below v: it is removed, or becomes another one.
func breakOne(random *rand.Rand, v reflect.Value) {
	var places []reflect.Value
	var visit func(v reflect.Value)
	visit = func(v reflect.Value) {
		switch v.Kind() {
		case reflect.Pointer:
			if !v.IsNil() {
				places = append(places, v)
				visit(v.Elem())
			}
		case reflect.Slice:
			for i := range v.Len() {
				if v.Index(i).Kind() == reflect.Pointer { // lists have no nil elements
					visit(v.Index(i).Elem())
				} else {
					visit(v.Index(i))
				}
			}
		case reflect.Struct:
			for i := range v.NumField() {
				visit(v.Field(i))
			}
		default:
			places = append(places, v)
		}
	}
	visit(v)
	at := places[random.IntN(len(places))]
	texts := []string{"", "a b", "`\"", "\x00", "type", "9", "a\nb", "+build x", "é", "*/ x", "_"}
	switch at.Kind() {
	case reflect.String:
		at.SetString(texts[random.IntN(len(texts))])
	case reflect.Bool:
		at.SetBool(!at.Bool())
	case reflect.Int32:
		at.SetInt(int64(random.IntN(60) - 10))
	case reflect.Int64:
		at.SetInt(int64(random.Uint64()))
	default:
		at.SetZero()
	}
}

// FuzzGenerate: any Thrift text that is accepted becomes Go code, or an error.
func FuzzGenerate(f *testing.F) {
	f.Add("namespace go a.b\nstruct S { 1: optional list<i32> a = [1] }", 0, false)
	f.Add("enum E { A = 1, B = 1 } const map<E, string> M = {1: 'a', E.B: 'b'} union U { 1: E e, 2: U u }", 1, true)
	f.Add("exception X { 1: string message, 2: i32 Error } service S { i32 f(1: i32 a, 2: E e) throws (1: X x) } enum E { _ }", 2, true)
	f.Add("/** +build\n*/\nstruct type { 1: type type, 2: i32 Type, 3: i32 TYPE (go.tag = 'a:\"b\"') }", 3, false)
	f.Add("enum E { A } struct S { 1: list<E> a (vt.elem.in = 'A', vt.min_size = '@len($b)'), 2: string b (vt.pattern = '^a$') } (vt.assert = '@equal($b, \"x\")')", 0, true)
	f.Fuzz(func(t *testing.T, text string, style int, flag bool) {
		files, err := generateText(text, gogen.Options{Names: gogen.NameStyle(style & 3), Values: flag, SkipUnsupported: !flag, Setters: flag})
		if err != nil {
			if strings.Contains(err.Error(), "mistake in this generator") {
				t.Fatal(err)
			}
			return
		}
		for _, f := range files {
			if _, err := parser.ParseFile(token.NewFileSet(), f.Path, f.Text, parser.AllErrors); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// longDefinition returns a definition with at least that number of lines.
func longDefinition(lines int) string {
	var b strings.Builder
	b.WriteString("namespace go long\n")
	for i := 0; strings.Count(b.String(), "\n") < lines; i++ {
		fmt.Fprintf(&b, "/** A struct. */\nstruct Item%d {\n", i)
		for j := 1; j < 20; j++ {
			types := []string{"i32", "string", "list<string>", fmt.Sprintf("Item%d", i), "map<string, i64>", fmt.Sprintf("Kind%d", i)}
			fmt.Fprintf(&b, "  %d: optional %s field_%d\n", j, types[j%len(types)], j)
		}
		fmt.Fprintf(&b, "}\nenum Kind%d {\n  A\n  B\n}\nservice Store%d {\n  Item%d get(1: i64 id)\n}\n", i, i, i)
	}
	return b.String()
}

// TestLongDefinition: 10,000 lines. BenchmarkGenerate measures how long that takes.
func TestLongDefinition(t *testing.T) {
	start := time.Now()
	files, err := generateText(longDefinition(10_000), gogen.Options{})
	if err != nil || len(files) != 1 {
		t.Fatal(len(files), err)
	}
	t.Logf("%d bytes of Go in %v", len(files[0].Text), time.Since(start))
}

func BenchmarkGenerate(b *testing.B) {
	text := longDefinition(10_000)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		if _, err := generateText(text, gogen.Options{}); err != nil {
			b.Fatal(err)
		}
	}
}

// TestGrowingTypes: typedefs that refer to each other twice, again and again, take no longer than they are long.
func TestGrowingTypes(t *testing.T) {
	var b strings.Builder
	b.WriteString("typedef map<i32,i32> A0\ntypedef map<i32,i32> B0\n")
	for i := range 40 {
		fmt.Fprintf(&b, "typedef map<A%[1]d,A%[1]d> A%[2]d\ntypedef map<B%[1]d,B%[1]d> B%[2]d\n", i, i+1)
	}
	b.WriteString("const A40 C = {}\nconst B40 D = C\n")
	files, err := generateText(b.String(), gogen.Options{SkipUnsupported: true})
	if err != nil || !strings.Contains(string(files[0].Text), "type A0 = map[int32]int32") {
		t.Errorf("%d files, %v", len(files), err)
	}
}

// TestSameNames: thousands of names that become the same take no time in proportion to their cube.
func TestSameNames(t *testing.T) {
	var b strings.Builder
	for i := range 4000 {
		fmt.Fprintf(&b, "struct a%s {}\n", strings.Repeat("_", i))
	}
	files, err := generateText(b.String(), gogen.Options{})
	if err != nil || !strings.Contains(string(files[0].Text), "type A"+strings.Repeat("_", 3999)+" struct") {
		t.Errorf("%d files, %v", len(files), err)
	}
}

// TestImportPaths: what a file says about its package is a folder below that of the output, or an error.
func TestImportPaths(t *testing.T) {
	for text, want := range map[string]string{
		"example.com/a/b":      "b/a.go",
		"example.com/a":        "a.go",
		"example.com/abc/d":    "example.com/abc/d/a.go",
		"./pb":                 "pb/a.go",
		".":                    "a.go",
		".;pb":                 "a.go",
		"../../x":              "x/a.go",
		"/abs/p":               "abs/p/a.go",
		"a/../../b":            "b/a.go",
		"a.b/v1~x_y+z-1;name":  "a.b/v1~x_y+z-1/a.go",
		"C":                    "",
		"a b":                  "",
		`..\\..\\elsewhere`:    "",
		"..\\..\\elsewhere":    "",
		"c:/x":                 "",
		"a\nb":                 "",
		"-x":                   "",
		"a./b":                 "",
		"a.b/\u00e9":           "",
		"a.b/c\"; import \"os": "",
	} {
		f := &definition.File{Path: "a.proto", Language: definition.Protobuf, Edition: "proto3",
			Annotations: []definition.Annotation{{Name: "go_package", Value: `"` + text + `"`}}}
		files, err := gogen.Generate(&definition.Definitions{Files: []*definition.File{f}}, gogen.Options{ModulePath: "example.com/a"})
		switch {
		case want == "" && (err == nil || !strings.Contains(err.Error(), "cannot be the import path of a Go package")):
			t.Errorf("%q: the error is %v", text, err)
		case want != "" && (err != nil || files[0].Path != want):
			t.Errorf("%q: %v, %v", text, files, err)
		}
		mapped := gogen.Options{ModulePath: "example.com/a", Packages: map[string]string{"a.proto": text}}
		if _, err := gogen.Generate(&definition.Definitions{Files: []*definition.File{f}}, mapped); want == "" && err == nil {
			t.Errorf("%q is accepted from the options", text)
		}
	}
}

// TestNamesInTags: a name adds nothing to a struct tag.
func TestNamesInTags(t *testing.T) {
	const evil = "f,oneway"
	message := &definition.Type{Kind: definition.KindStruct, Ref: &definition.Ref{Path: "a", Name: "A"}}
	one := int32(0)
	structs := func(f *definition.Field) []*definition.Struct {
		return []*definition.Struct{{Name: "A", Fields: []*definition.Field{f}, Oneofs: []*definition.Oneof{{Name: evil}}}}
	}
	for name, f := range map[string]*definition.File{
		"method": {Structs: structs(nil)[:0], Services: []*definition.Service{{Name: "S", Methods: []*definition.Method{{Name: evil}}}}},
		"oneof":  {Language: definition.Protobuf, Structs: structs(&definition.Field{Name: "f", ID: 1, Oneof: &one, Type: &definition.Type{Kind: definition.KindI32}})},
		"field":  {Structs: structs(&definition.Field{Name: evil, ID: 1, Type: message})},
		"enum": {Language: definition.Protobuf, Enums: []*definition.Enum{{Name: evil}},
			Structs: []*definition.Struct{{Name: "A", Fields: []*definition.Field{{Name: "f", ID: 1,
				Type: &definition.Type{Kind: definition.KindEnum, Ref: &definition.Ref{Path: "a", Name: evil}}}}}}},
		"package": {Language: definition.Protobuf, Package: evil},
	} {
		f.Path = "a"
		_, err := gogen.Generate(&definition.Definitions{Files: []*definition.File{f}}, gogen.Options{})
		if err == nil || !strings.Contains(err.Error(), "a tag cannot have such a name") {
			t.Errorf("%s: the error is %v", name, err)
		}
	}
	twice := &definition.File{Path: "a", Enums: []*definition.Enum{{Name: "E", Values: []*definition.EnumValue{{Name: "X", Number: 1}, {Name: "X", Number: 2}}}}}
	files, err := gogen.Generate(&definition.Definitions{Files: []*definition.File{twice}}, gogen.Options{Names: gogen.Thriftgo})
	if err != nil || strings.Count(string(files[0].Text), `case "X":`) != 1 {
		t.Errorf("a switch has a name twice: %v", err)
	}
}

// TestUnionConstant: members that a constant does not set have their defaults, since that is how they are not set.
func TestUnionConstant(t *testing.T) {
	files, err := generateText("union U { 1: i32 a = 4, 2: string b, 3: optional list<i32> c }\nconst U C = {'b': 'x'}\n", gogen.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if text := string(files[0].Text); !strings.Contains(text, "var C = &U{\n\tA: 4,\n\tB: &[]string{\"x\"}[0],\n}") {
		t.Error(text)
	}
}

// TestFieldsAndMethods: no field has the name of a method.
func TestFieldsAndMethods(t *testing.T) {
	const text = "exception A { 1: i32 InitDefault = 3, 2: i32 Error, 3: string String, 4: i32 GetB, 5: i32 IsSetB, 6: i32 SetB, 7: optional i32 b }\n" +
		"union U { 1: i32 CountSetFieldsU, 2: U InitDefault }\n"
	for style := gogen.Idiomatic; style <= gogen.ThriftgoGolint; style++ {
		files, err := generateText(text, gogen.Options{Names: style, Setters: true})
		if err != nil {
			t.Fatal(err)
		}
		set := token.NewFileSet()
		parsed, err := parser.ParseFile(set, "a.go", files[0].Text, 0)
		if err != nil {
			t.Fatal(err)
		}
		config := types.Config{Importer: importer.ForCompiler(set, "source", nil)}
		if _, err := config.Check("a", set, []*ast.File{parsed}, nil); err != nil {
			t.Errorf("style %d: %v", style, err)
		}
	}
}
