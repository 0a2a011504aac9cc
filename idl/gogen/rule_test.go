package gogen_test

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/tagwire/tagwire/definition"
	"github.com/tagwire/tagwire/idl/gogen"
	"github.com/tagwire/tagwire/idl/protofile"
	"github.com/tagwire/tagwire/idl/source"
)

// generateProto generates the code of one .proto file, which may use the options of testdata/buf/validate.
func generateProto(t *testing.T, text string, options gogen.Options) ([]gogen.File, error) {
	t.Helper()
	rules, err := os.ReadFile("testdata/buf/validate/validate.proto")
	if err != nil {
		t.Fatal(err)
	}
	read := source.Texts(map[string]string{"a.proto": text, "buf/validate/validate.proto": string(rules)})
	d, err := protofile.Parse(read, "a.proto")
	if err != nil {
		t.Fatal(err)
	}
	options.Read = read
	return gogen.Generate(d, options, "a.proto")
}

// ruleErrors are annotations that no tag can be made of, with the error behind "A.a: ". Where unknown is set, the option to skip what is
// unsupported leaves them out.
var ruleErrors = []struct {
	field, want string
	unknown     bool
}{
	{`1: string a (vt.less = "1")`, `vt.less: there is no such rule`, true},
	{`1: string a (vt.item.lt = "1")`, `vt.item.lt: "item" is no place: elem, key and value are`, true},
	{`1: string a (vt.elem.lt = "1")`, `vt.elem.lt: string has no such place`, false},
	{`1: string a (vt.const = "@mine($a)")`, `vt.const: there is no function mine`, true},
	{`1: string a (vt.pattern = "$a")`, `vt.pattern: a pattern stands in the tag: it is compiled once`, true},
	{`1: string a (vt.const = "@sprintf($a)")`, `vt.const: the format of sprintf stands in single quotes`, true},
	{`1: string a (vt.pattern = "[")`, `vt.pattern: error parsing regexp: missing closing ]`, false},
	{`1: string a (vt.lt = "1")`, `vt.lt: it is for numbers, and this is string`, false},
	{`1: string a (vt.min_size = "1", vt.min_size = "2")`, `vt.min_size: it is there twice`, false},
	{`1: string a (vt.max_size = "$b")`, `vt.max_size: struct has no field b`, false},
	{`1: string a (vt.max_size = "@len($a")`, `vt.max_size: "@len($a" is no value of int64`, false},
	{`1: string a (vt.max_size = "1,lt=2")`, `vt.max_size: "1,lt=2" is no value of int64`, false},
	{`1: string a (vt.required = "perhaps")`, `vt.required: "perhaps" is no value of bool`, false},
	{`1: i8 a (vt.lt = "128")`, `vt.lt: "128" is no value of int8`, false},
	{`1: i32 a (vt.in = "1", vt.in = "x")`, `vt.in: "x" is no value of int32`, false},
	{`1: i32 a (vt.skip = "true")`, `vt.skip: it is for structs`, false},
	{`1: E a (vt.const = "PURPLE")`, `vt.const: E has no value "PURPLE"`, false},
	{`1: E a (vt.const = "E.")`, `vt.const: E has no value "E."`, false},
	{`1: list<A> a (vt.elem.lt = "1")`, `vt.elem.lt: it is for numbers, and this is struct`, false},
	{`1: E a (vt.prefix = "R")`, `vt.prefix: it is for strings and binaries, and this is enum`, false},
	{`1: E a (vt.lt = "9223372036854775808")`, `vt.lt: E has no value "9223372036854775808"`, false},
	{`1: string a (vt.assert = "true")`, `vt.assert: an assertion is a call`, false},
	{`1: string (vt.min_size = "1") a`, `vt.min_size: rules stand behind fields of structs`, true},
	{`1: map<string, list<string (vt.min_size = "1")>> a`, `vt.min_size: rules stand behind fields of structs`, true},
	{`1: string a (vt.min_size = "1", go.tag = 'vt:"max_size=1"')`, `the annotation go.tag has a vt tag`, false},
}

// TestRuleErrors: annotations that are wrong are errors with a place, or left out where tags have no counterpart.
func TestRuleErrors(t *testing.T) {
	for _, c := range ruleErrors {
		text := "enum E { RED }\nstruct A {\n  " + c.field + "\n}"
		_, err := generateText(text, gogen.Options{})
		var located source.Errors
		if !errors.As(err, &located) || !strings.Contains(err.Error(), "A.a: "+c.want) {
			t.Errorf("%s: the error is %v, not %s", c.field, err, c.want)
			continue
		}
		if at := located[0].At; at.Line != 3 || at.Column < 3 || !strings.Contains(err.Error(), "^") || len(located) != 1 {
			t.Errorf("%s: the place is wrong, or there are several errors: %v", c.field, err)
		}
		files, err := generateText(text, gogen.Options{SkipUnsupported: true})
		switch {
		case (err == nil) != c.unknown:
			t.Errorf("%s: skipping what is unsupported, the error is %v", c.field, err)
		case err == nil:
			name, _, _ := strings.Cut(c.want, ":")
			if code := string(files[0].Text); !strings.Contains(code, "// Not checked, since vt tags have no counterpart: "+name+".\n") &&
				!strings.Contains(code, name+" is left out: rules stand behind fields of structs.\n") {
				t.Errorf("%s: there is no comment in\n%s", c.field, code)
			}
		}
		if _, err := generateText(text, gogen.Options{NoValidation: true}); err != nil {
			t.Errorf("%s: without validation: %v", c.field, err)
		}
	}
}

// TestRulesElsewhere: rules that stand behind something that has no tag.
func TestRulesElsewhere(t *testing.T) {
	for text, want := range map[string]string{
		"typedef string T (vt.min_size = '1')":                  "T: vt.min_size: rules stand behind",
		"typedef list<i32 (vt.lt = '1')> T":                     "T: vt.lt: rules stand behind",
		"enum E { A } (vt.defined_only)":                        "E: vt.defined_only: rules stand behind",
		"enum E { A (vt.const) }":                               "E.A: vt.const: rules stand behind",
		"struct A {} (vt.skip = 'true')":                        "A: vt.skip: a struct takes only vt.assert",
		"service S { i32 f(1: i32 a (vt.lt = '1')) }":           "S.f: a: vt.lt: rules stand behind",
		"service S { i32 f() (vt.lt = '1') }":                   "S.f: vt.lt: rules stand behind",
		"service S {} (vt.skip)":                                "S: vt.skip: rules stand behind",
		"exception X {} (vt.assert = '@equal(1, 2)', vt.const)": "X: vt.const: a struct takes only",
	} {
		for _, names := range []gogen.NameStyle{gogen.Idiomatic, gogen.Thriftgo} {
			_, err := generateText(text, gogen.Options{Names: names})
			if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "^") {
				t.Errorf("%s: the error is %v, not %s", text, err, want)
			}
			for _, options := range []gogen.Options{{Names: names, SkipUnsupported: true}, {Names: names, NoValidation: true}} {
				files, err := generateText(text, options)
				if err != nil || strings.Contains(string(files[0].Text), "vt.") != options.SkipUnsupported {
					t.Errorf("%s: %v", text, err)
				}
			}
		}
	}
}

// TestRulesThatAlwaysHold: Go has no nil for what must not be nil, so that there is nothing to check.
func TestRulesThatAlwaysHold(t *testing.T) {
	const text = "struct B {}\nstruct A { 1: B a (vt.not_nil = '1'), 2: map<string, B> b (vt.no_sparse, vt.value.required), 3: i32 c (vt.not_nil, vt.lt = '3'), " +
		"4: list<list<B>> d (vt.elem.elem.not_nil) }"
	for _, c := range []struct {
		options gogen.Options
		want    []string
	}{
		{gogen.Options{}, []string{`vt:"not_nil"`, `vt:"no_sparse,value.required"`, `vt:"lt=3"`, `vt:"elem.elem.not_nil"`}},
		{gogen.Options{Values: true}, []string{`vt:"lt=3"`}},
	} {
		files, err := generateText(text, c.options)
		if err != nil {
			t.Fatal(err)
		}
		code := string(files[0].Text)
		if strings.Count(code, "vt:") != len(c.want) {
			t.Errorf("there are others in\n%s", code)
		}
		for _, want := range c.want {
			if !strings.Contains(code, want) {
				t.Errorf("%s is missing in\n%s", want, code)
			}
		}
	}
}

// TestOptionErrors: options of protovalidate that do not fit their field are errors, and those without a counterpart are noted.
func TestOptionErrors(t *testing.T) {
	const head = "syntax = \"proto3\";\npackage p;\nimport \"buf/validate/validate.proto\";\nenum E { RED = 0; }\nmessage A {\n  "
	for field, want := range map[string]string{
		`string a = 1 [(buf.validate.field).int32.lt = 1];`:                    "a.proto:6:10: A.a: (buf.validate.field).int32.lt: it is for numbers, and this is string",
		`string a = 1 [(buf.validate.field).string.pattern = "["];`:            "A.a: (buf.validate.field).string.pattern: error parsing regexp",
		`int32 a = 1 [(buf.validate.field).repeated.items.int32.lt = 1];`:      "A.a: (buf.validate.field).repeated.items.int32.lt: int32 has no such place",
		`repeated A a = 1 [(buf.validate.field).repeated.unique = true];`:      "A.a: (buf.validate.field).repeated.unique: it is for lists of numbers",
		`int32 a = 1 [(buf.validate.field).int64.const = 4294967296];`:         `"4294967296" is no value of int32`,
		`double a = 1 [(buf.validate.field).double.const = nan];`:              `"nan" is no value of float64`,
		`string a = 1 [(buf.validate.field).string = { len: 3 min_len: 2 } ];`: "(buf.validate.field).string.",
	} {
		_, err := generateProto(t, head+field+"\n}", gogen.Options{SkipUnsupported: true})
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "^") {
			t.Errorf("%s: the error is %v, not %s", field, err, want)
		}
		if files, err := generateProto(t, head+field+"\n}", gogen.Options{NoValidation: true}); err != nil || strings.Contains(string(files[0].Text), "vt:") {
			t.Errorf("%s: without validation: %v", field, err)
		}
	}
}

// breakText changes an annotation's text.
func breakText(random *rand.Rand, text string) string {
	pieces := []string{"", "$", "@", "'", "''", "\"", "(", ")", "[", "]", ",", ";", ".", "elem.", "key.", "value.", "@len(", "@sprintf('%s',", "$a", "0x", "-", "\x00", "\xff", "`", "\\",
		"\r", "é", "E.RED", "99999999999999999999", "1e400", "nan", "(?i", "{1001}", strings.Repeat("@len(", 50), strings.Repeat("x", 17<<10)}
	at := random.IntN(len(text) + 1)
	end := at + random.IntN(len(text)+1-at)
	return text[:at] + pieces[random.IntN(len(pieces))] + text[end:]
}

// TestBrokenRules: names and values of annotations that are broken on purpose are errors with places, or tags, and never a panic.
func TestBrokenRules(t *testing.T) {
	accepted, refused := map[string]int{}, map[string]int{}
	for seed := range uint64(500) {
		random := rand.New(rand.NewPCG(seed, 7))
		file := []string{"rules.thrift", "rules.proto"}[seed%2]
		d := parseTestdata(t, file)
		var all []*definition.Annotation
		for _, s := range d.File(file).Structs {
			for i := range s.Annotations {
				all = append(all, &s.Annotations[i])
			}
			for _, f := range s.Fields {
				for i := range f.Annotations {
					all = append(all, &f.Annotations[i])
				}
			}
		}
		a := all[random.IntN(len(all))]
		if random.IntN(3) == 0 {
			a.Name = breakText(random, a.Name)
		} else {
			a.Value = breakText(random, a.Value)
		}
		files, err := gogen.Generate(d, gogen.Options{Names: gogen.NameStyle(random.IntN(2)), Values: random.IntN(2) == 0, SkipUnsupported: random.IntN(2) == 0}, file)
		if err != nil {
			refused[file]++
			var located source.Errors
			if !errors.As(err, &located) || located[0].At.Line == 0 {
				t.Fatalf("seed %d: %v", seed, err)
			}
			continue
		}
		accepted[file]++
		if bytes.Contains(files[0].Text, []byte("\r")) {
			t.Fatalf("seed %d: there is a carriage return in\n%s", seed, files[0].Text)
		}
	}
	for file := range accepted {
		if accepted[file] < 30 || refused[file] < 30 {
			t.Errorf("%s: %d were accepted, %d refused", file, accepted[file], refused[file])
		}
	}
	if len(accepted) != 2 {
		t.Error(accepted)
	}
}

// TestManyRules: fields with rules in number, and places that are nested as deep as types can be.
func TestManyRules(t *testing.T) {
	var b strings.Builder
	b.WriteString("struct A {\n")
	for i := range 2000 {
		fmt.Fprintf(&b, "%d: string f%d (vt.min_size = \"1\", vt.in = \"a\", vt.in = \"b\")\n", i+1, i)
	}
	deep := 90
	b.WriteString("3000: " + strings.Repeat("list<", deep) + "i32" + strings.Repeat(">", deep) + " deep (vt." + strings.Repeat("elem.", deep) + "lt = \"3\")\n}")
	files, err := generateText(b.String(), gogen.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if code := string(files[0].Text); strings.Count(code, `vt:"min_size=1,in=[a,b]"`) != 2000 || !strings.Contains(code, strings.Repeat("elem.", deep)+"lt=3") {
		t.Error("some tags are missing")
	}
	wrong := strings.ReplaceAll(b.String(), "vt.min_size", "vt.size")
	var located source.Errors
	if _, err := generateText(wrong, gogen.Options{}); !errors.As(err, &located) || len(located) < 10 || !slices.IsSortedFunc(located, func(a, b *source.Error) int { return a.At.Line - b.At.Line }) {
		t.Errorf("the error is %v", err)
	}
}

// TestRulesInDocument: docs/validation.md shows an error and a comment as they are.
func TestRulesInDocument(t *testing.T) {
	document, err := os.ReadFile("../../docs/validation.md")
	if err != nil {
		t.Fatal(err)
	}
	_, err = generateText("struct Item {\n  1: string name (vt.max_size = \"many\")\n}", gogen.Options{})
	if err == nil || !strings.Contains(string(document), strings.Replace(err.Error(), "a.thrift", "shop.thrift", 1)) {
		t.Errorf("it does not show\n%v", err)
	}
	files, err := generateProto(t, "syntax = \"proto3\";\nimport \"buf/validate/validate.proto\";\nmessage A { string email = 10 "+
		"[(buf.validate.field).string = { email: true max_len: 200 }]; }", gogen.Options{})
	if err != nil {
		t.Fatal(err)
	}
	_, code, _ := strings.Cut(string(files[0].Text), "struct {\n")
	code, _, _ = strings.Cut(code, "}")
	if !strings.Contains(string(document), code) {
		t.Errorf("it does not show\n%s", code)
	}
}
