package thriftfile

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/tagwire/tagwire/idl/source"
)

// TestLimits: what could take the stack or the memory is refused, however it is written.
func TestLimits(t *testing.T) {
	const many = 100_000
	chain := func(count int, declare func(text *strings.Builder, i int)) string {
		var text strings.Builder
		for i := range count {
			declare(&text, i)
		}
		return text.String()
	}
	for _, test := range []struct{ name, text, want string }{
		{"types", "struct A { 1: " + strings.Repeat("list<", many), "types are nested more than 100 deep"},
		{"keys", "struct A { 1: " + strings.Repeat("map<", many), "types are nested more than 100 deep"},
		{"lists", "const i32 A = " + strings.Repeat("[", many), "values are nested more than 100 deep"},
		{"maps", "const i32 A = " + strings.Repeat("{1:", many), "values are nested more than 100 deep"},
		{"keys of maps", "const i32 A = " + strings.Repeat("{", many), "values are nested more than 100 deep"},
		{"attributes", "struct A { " + strings.Repeat("1: i32 a xsd_attrs { ", many), "nested more than 100 deep"},
		{"typedefs", chain(many, func(text *strings.Builder, i int) { fmt.Fprintf(text, "typedef T%d T%d\n", i+1, i) }) + fmt.Sprintf("typedef i32 T%d", many),
			"nested more than 100 deep"},
		{"typedefs of lists", "typedef i32 T0\n" + chain(many, func(text *strings.Builder, i int) { fmt.Fprintf(text, "typedef list<T%d> T%d\n", i, i+1) }),
			"nested more than 100 deep"},
		{"constants", chain(many, func(text *strings.Builder, i int) { fmt.Fprintf(text, "const i32 C%d = C%d\n", i, i+1) }) + fmt.Sprintf("const i32 C%d = 1", many),
			"more than 1000 constants refer to each other"},
		{"constants that grow", "struct T { 1: list<T> t }\nconst T C0 = {}\n" +
			chain(40, func(text *strings.Builder, i int) {
				fmt.Fprintf(text, "const T C%d = {\"t\": [C%d, C%d]}\n", i+1, i, i)
			}),
			"more than 5000000 values when they are written out"},
		{"constants that deepen", "struct T { 1: list<T> t }\nconst T C0 = {}\n" +
			chain(many, func(text *strings.Builder, i int) { fmt.Fprintf(text, "const T C%d = {\"t\": [C%d]}\n", i+1, i) }),
			"the value is nested more than 100 deep"},
		{"services", chain(many, func(text *strings.Builder, i int) { fmt.Fprintf(text, "service S%d extends S%d {}\n", i, i+1) }) + fmt.Sprintf("service S%d {}", many),
			"more than 100 services extend each other"},
		{"errors", strings.Repeat("struct A { 1: }\n", many), "expected a type"},
		{"missing types", chain(many, func(text *strings.Builder, i int) { fmt.Fprintf(text, "typedef M%d T%d\n", i, i) }), "is not declared"},
		{"strings", "const string S = " + strings.Repeat("\"", many), "expected"},
		{"comments", "/*" + strings.Repeat("*", many), "the comment has no end"},
		{"a long line", "struct A { 1: i32 a " + strings.Repeat(" ", many) + "?", "unexpected character '?'"},
	} {
		t.Run(test.name, func(t *testing.T) {
			err := parseText(test.text)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Fatalf("the error is %.300v, want %s", err, test.want)
			}
			if length := len(err.Error()); length > 10_000 {
				t.Errorf("the error has %d bytes", length)
			}
			if errors := err.(source.Errors); len(errors) > 20 {
				t.Errorf("there are %d errors", len(errors))
			}
		})
	}
}

// TestLongFiles: what is long but not deep is accepted.
func TestLongFiles(t *testing.T) {
	for name, text := range map[string]string{
		"services":  "service S0 {}\n" + strings.Join(numbered(99, "service SJ extends SI {}"), "\n"),
		"constants": "const i16 C0 = 1\n" + strings.Join(numbered(20_000, "const i16 CJ = CI"), "\n"),
		"list":      "const list<i32> L = [" + strings.Join(numbered(200_000, "I"), ",") + "]",
		"fields":    "struct S { " + strings.Join(numbered(32_000, "J: i16 fJ"), ",") + "}",
		"enum":      "enum E { " + strings.Join(numbered(50_000, "VI"), ",") + "}\nconst list<E> L = [" + strings.Join(numbered(50_000, "I"), ",") + "]",
		"implicit":  "struct S { " + strings.Join(numbered(32_000, "i16 fJ"), ",") + "}",
	} {
		if err := parseText(text); err != nil {
			t.Errorf("%s: %.300v", name, err)
		}
	}
}

// numbered returns texts with the numbers from 0 on in the place of I, and those from 1 on in the place of J.
func numbered(count int, format string) []string {
	list := make([]string, count)
	for i := range list {
		list[i] = strings.NewReplacer("I", strconv.Itoa(i), "J", strconv.Itoa(i+1)).Replace(format)
	}
	return list
}
