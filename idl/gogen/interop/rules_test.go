package interop

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/tagwire/tagwire/definition"
	"github.com/tagwire/tagwire/idl/gogen"
	"github.com/tagwire/tagwire/idl/protofile"
	"github.com/tagwire/tagwire/idl/source"
	"github.com/tagwire/tagwire/idl/thriftfile"
)

// A ruleRow is annotations or options of a field with the tag that they become, and values of the field that keep and break it, in Go.
type ruleRow struct {
	annotations, fieldType string
	tag                    string // what is in the code
	kept, broken           string // elements of a literal of the struct; nothing breaks a rule where broken is empty
	rule                   string // that is broken
	more                   string // declarations of the struct behind the field
}

// thriftRows has each rule of thrift-gen-validator, each kind that it is for, and each row of section 8 of docs/validation.md.
var thriftRows = []ruleRow{
	{`vt.max_size = "30", vt.prefix = "Debug"`, "string", "max_size=30,prefix=Debug", `V: "Debug1"`, `V: "1"`, "prefix=Debug", ""},
	{`vt.in = "Debug", vt.in = "Info"`, "string", "in=[Debug,Info]", `V: "Info"`, `V: "info"`, "in=[Debug,Info]", ""},
	{`vt.elem.gt = "0.25"`, "list<double>", "elem.gt=0.25", `V: []float64{1}`, `V: []float64{1, 0.25}`, "gt=0.25", ""},
	{`vt.key.defined_only = "true"`, "map<MapKey, i32>", "key.defined_only", `V: map[T.MapKey]int32{7: 1}`, `V: map[T.MapKey]int32{2: 1}`, "defined_only", ""},
	{`vt.const = "MapKey.A"`, "MapKey", "const=A", `V: 1`, `V: 7`, "const=A", ""},
	{`vt.elem.max_size = "@len($MaxString)"`, "list<string>", "elem.max_size=@len($MaxString)", `V: []string{"ab"}, MaxString: "abc"`,
		`V: []string{"ab"}, MaxString: "a"`, "max_size=@len($MaxString)", "2: string MaxString"},
	{`vt.pattern = "^[a-z]+$"`, "string", "pattern='^[a-z]+$'", `V: "a"`, `V: "A"`, "pattern='^[a-z]+$'", ""},
	{`vt.pattern = "^\\d$"`, "string", `pattern=^\\d$`, `V: "1"`, `V: "\\d"`, `pattern=^\d$`, ""},

	{`vt.const = "-7"`, "i8", "const=-7", `V: -7`, `V: 7`, "const=-7", ""},
	{`vt.const = "7"`, "double", "const=7", `V: 7`, `V: 7.5`, "const=7", ""},
	{`vt.lt = "0x10"`, "i16", "lt=0x10", `V: 15`, `V: 16`, "lt=0x10", ""},
	{`vt.le = "3"`, "i32", "le=3", `V: 3`, `V: 4`, "le=3", ""},
	{`vt.gt = "3"`, "i64", "gt=3", `V: 4`, `V: 3`, "gt=3", ""},
	{`vt.ge = "-2.5"`, "double", "ge=-2.5", `V: -2.5`, `V: -3`, "ge=-2.5", ""},
	{`vt.ge = "3"`, "optional i32", "ge=3", ``, `V: p[int32](2)`, "ge=3", ""},
	{`vt.in = "1", vt.in = "$Other"`, "i32", "in=[1,$Other]", `V: 5, Other: 5`, `V: 4, Other: 5`, "in=[1,$Other]", "2: i32 Other"},
	{`vt.not_in = "1"`, "i64", "not_in=[1]", `V: 2`, `V: 1`, "not_in=[1]", ""},
	{`vt.const = "true"`, "bool", "const=true", `V: true`, `V: false`, "const=true", ""},
	{`vt.const = "$Other"`, "bool", "const=$Other", `V: true, Other: true`, `V: true`, "const=$Other", "2: bool Other"},
	{`vt.in = "B", vt.in = "ALIAS"`, "MapKey", "in=[B,A]", `V: 1`, `V: 2`, "in=[B,A]", ""},
	{`vt.not_in = "FAR"`, "MapKey", "not_in=[FAR]", `V: 1`, `V: 70000`, "not_in=[FAR]", ""},
	{`vt.defined_only = "true"`, "MapKey", "defined_only", `V: 70000`, `V: 2`, "defined_only", ""},
	{`vt.defined_only = "false"`, "MapKey", "", `V: 2`, ``, "", ""},
	{`vt.const = "it's, \"so\""`, "string", `const='it''s, \"so\"'`, `V: "it's, \"so\""`, `V: ""`, `const='it''s, "so"'`, ""},
	{`vt.const = ""`, "binary", "const=''", `V: nil`, `V: []byte("a")`, "const=''", ""},
	{`vt.min_size = "2"`, "string", "min_size=2", `V: "é"`, `V: "e"`, "min_size=2", ""},
	{`vt.max_size = "1"`, "binary", "max_size=1", `V: []byte{1}`, `V: []byte{1, 2}`, "max_size=1", ""},
	{`vt.min_rune_size = "2"`, "string", "min_rune_size=2", `V: "éé"`, `V: "é"`, "min_rune_size=2", ""},
	{`vt.max_rune_size = "1"`, "string", "max_rune_size=1", `V: "é"`, `V: "ab"`, "max_rune_size=1", ""},
	{`vt.suffix = "@example.com"`, "string", "suffix='@example.com'", `V: "a@example.com"`, `V: "a"`, "suffix='@example.com'", ""},
	{`vt.contains = "a b"`, "binary", "contains='a b'", `V: []byte("xa b")`, `V: nil`, "contains='a b'", ""},
	{`vt.not_contains = "$"`, "string", "not_contains='$'", `V: "a"`, `V: "a$"`, "not_contains='$'", ""},
	{`vt.not_in = "", vt.not_in = "["`, "string", "not_in=['','[']", `V: "a"`, `V: "["`, "not_in=['','[']", ""},
	{`vt.min_size = "1"`, "set<i32>", "min_size=1", `V: []int32{1}`, `V: nil`, "min_size=1", ""},
	{`vt.max_size = "1", vt.value.elem.prefix = "a"`, "map<string, list<string>>", "max_size=1,value.elem.prefix=a",
		`V: map[string][]string{"": {"a"}}`, `V: map[string][]string{"": {"a", "b"}}`, "prefix=a", ""},
	{`vt.no_sparse = "true"`, "map<i32, Part>", "no_sparse", `V: map[int32]*T.Part{1: {N: 1}}`, `V: map[int32]*T.Part{1: nil}`, "no_sparse", ""},
	{`vt.not_nil = "true"`, "Part", "not_nil", `V: &T.Part{N: 1}`, ``, "not_nil", ""},
	{`vt.skip = "true"`, "Part", "skip", `V: &T.Part{}`, ``, "", ""},
	{`vt.elem.skip = "false"`, "list<Part>", "", `V: nil`, `V: []*T.Part{{}}`, "gt=0", ""},
	{`vt.max_size = "@len($Other)"`, "list<i32>", "max_size=@len($Other)", `V: nil`, `V: []int32{1}`, "max_size=@len($Other)", "2: map<i32, i32> Other"},
	{`vt.const = "@sprintf(\"%s's\"; $Other)"`, "string", "const=@sprintf('%s''s', $Other)", `V: "a's", Other: "a"`, `V: "a"`, "const=@sprintf('%s''s', $Other)", "2: string Other"},
	{`vt.lt = "@now_unix_nano()"`, "i64", "lt=@now_unix_nano()", `V: 0`, `V: 1<<63 - 1`, "lt=@now_unix_nano()", ""},
	{`vt.lt = "@add($Other, 0x10)"`, "i64", "lt=@add($Other, 0x10)", `V: 16, Other: 1`, `V: 16`, "lt=@add($Other, 0x10)", "2: i64 Other"},
	{`vt.const = "@mod($Other, 3)"`, "i32", "const=@mod($Other, 3)", `V: 2, Other: 5`, `V: 5`, "const=@mod($Other, 3)", "2: i32 Other"},
	{`vt.assert = "@equal($V, 'x')"`, "string", "assert=@equal($V, 'x')", `V: "x"`, `V: "y"`, "assert=@equal($V, 'x')", ""},
	// An annotation of the struct: what is declared behind the field ends it.
	{`vt.ge = "0"`, "i32", "assert=@equal($A,$B)", `A: 1, B: 1`, `A: 1`, "assert=@equal($A,$B)", "2: i32 A, 3: i32 B } (vt.assert = \"@equal($A,$B)\""},
}

// protobufRows has each option of section 9 of docs/validation.md.
var protobufRows = []ruleRow{
	{`required: true`, "string", "required", `V: "a"`, ``, "required", ""},
	{`required: true`, "optional bytes", "not_nil", `V: []byte{}`, ``, "not_nil", ""},
	{`required: true`, "Part", "required", `V: &T.Part{N: 1}`, ``, "required", ""},
	{`float: { const: 0.1 }`, "float", "const=0.1", `V: 0.1`, `V: 0.2`, "const=0.1", ""},
	{`double: { lt: 1e21 gt: -inf }`, "double", "lt=1e+21,gt=-inf", `V: 1e20`, `V: 1e21`, "lt=1e+21", ""},
	{`int32: { lte: 3 gte: -3 }`, "int32", "le=3,ge=-3", `V: -3`, `V: -4`, "ge=-3", ""},
	{`int64: { in: [1, 2] }`, "optional int64", "in=[1,2]", ``, `V: p[int64](0)`, "in=[1,2]", ""},
	{`uint64: { not_in: 18446744073709551615 }`, "uint64", "not_in=[18446744073709551615]", `V: 1`, `V: 1<<64 - 1`, "not_in=[18446744073709551615]", ""},
	{`float: { finite: true }`, "float", "finite", `V: 1`, `V: float32(math.Inf(1))`, "finite", ""},
	{`double: { finite: true }`, "double", "finite", `V: 1`, `V: math.NaN()`, "finite", ""},
	{`bool: { const: true }`, "bool", "const=true", `V: true`, ``, "const=true", ""},
	{`bool: { const: false }`, "bool", "const=false", ``, `V: true`, "const=false", ""},
	{`string: { const: "a\"\n" }`, "string", `const='a\"\n'`, `V: "a\"\n"`, `V: "a"`, "const='a\"\n'", ""},
	{`string: { prefix: "a" suffix: "z" }`, "string", "prefix=a,suffix=z", `V: "abz"`, `V: "ab"`, "suffix=z", ""},
	{`string: { contains: "é" not_contains: "," }`, "string", "contains=é,not_contains=','", `V: "é"`, `V: "é,"`, "not_contains=','", ""},
	{`string: { in: ["a", ""] not_in: "b" }`, "string", "in=[a,''],not_in=[b]", ``, `V: "b"`, "in=[a,'']", ""},
	{`string: { pattern: "^\\d+$" }`, "string", `pattern=^\\d+$`, `V: "12"`, `V: "a"`, `pattern=^\d+$`, ""},
	{`string: { len: 2 }`, "string", "min_rune_size=2,max_rune_size=2", `V: "éé"`, `V: "ééé"`, "max_rune_size=2", ""},
	{`string: { min_len: 1 max_len: 2 }`, "string", "min_rune_size=1,max_rune_size=2", `V: "éé"`, ``, "min_rune_size=1", ""},
	{`string: { len_bytes: 2 }`, "string", "min_size=2,max_size=2", `V: "é"`, `V: "éé"`, "max_size=2", ""},
	{`string: { min_bytes: 1 max_bytes: 2 }`, "string", "min_size=1,max_size=2", `V: "é"`, `V: "éé"`, "max_size=2", ""},
	{`bytes: { const: "\xff" }`, "bytes", `const=\xff`, `V: []byte{255}`, `V: []byte{1}`, "const=\xff", ""},
	{`bytes: { prefix: "a" suffix: "z" contains: "\001" }`, "bytes", `prefix=a,suffix=z,contains=\x01`, `V: []byte("a\x01z")`, `V: []byte("az")`, "contains=\x01", ""},
	{`bytes: { in: "a" not_in: "b" }`, "bytes", "in=[a],not_in=[b]", `V: []byte("a")`, `V: []byte("b")`, "in=[a]", ""},
	{`bytes: { pattern: "^a$" }`, "bytes", "pattern=^a$", `V: []byte("a")`, `V: []byte("b")`, "pattern=^a$", ""},
	{`bytes: { len: 2 }`, "bytes", "min_size=2,max_size=2", `V: []byte("ab")`, `V: []byte("a")`, "min_size=2", ""},
	{`bytes: { min_len: 1 max_len: 2 }`, "bytes", "min_size=1,max_size=2", `V: []byte("ab")`, ``, "min_size=1", ""},
	{`enum: { const: 1 }`, "Kind", "const=KIND_A", `V: 1`, `V: 5`, "const=KIND_A", ""},
	{`enum: { in: [1, 9] not_in: 5 }`, "Kind", "in=[KIND_A,9],not_in=[KIND_B]", `V: 9`, `V: 5`, "in=[KIND_A,9]", ""},
	{`enum: { defined_only: true }`, "Kind", "defined_only", `V: 5`, `V: 9`, "defined_only", ""},
	{`repeated: { min_items: 1 max_items: 2 unique: true }`, "repeated int32", "min_size=1,max_size=2,unique", `V: []int32{1, 2}`, `V: []int32{1, 1}`, "unique", ""},
	{`repeated: { items: { string: { min_len: 1 } } }`, "repeated string", "elem.min_rune_size=1", `V: []string{"a"}`, `V: []string{"a", ""}`, "min_rune_size=1", ""},
	{`map: { min_pairs: 1 max_pairs: 2 }`, "map<int32, int32>", "min_size=1,max_size=2", `V: map[int32]int32{1: 1}`, ``, "min_size=1", ""},
	{`map: { keys: { string: { prefix: "a" } } values: { required: true } }`, "map<string, Part>", "key.prefix=a,value.required", `V: map[string]*T.Part{"a": {N: 1}}`,
		`V: map[string]*T.Part{"a": nil}`, "required", ""},
	{`ignore: IGNORE_ALWAYS string: { min_len: 3 }`, "string", "", `V: "a"`, ``, "", ""},
	{`ignore: IGNORE_ALWAYS`, "Part", "skip", `V: &T.Part{}`, ``, "", ""},
	{`ignore: IGNORE_ALWAYS`, "map<int32, Part>", "value.skip", `V: map[int32]*T.Part{1: {}}`, ``, "", ""},
	// The oneof is what is declared behind the field.
	{`string: { example: "a" }`, "string", "assert=@equal(@count_set($x,$y,$z),1)", `Y: p("")`, ``, "assert=@equal(@count_set($x,$y,$z),1)",
		"oneof choice { option (buf.validate.oneof).required = true; int32 x = 2; string y = 3; Part z = 4; }"},
	{`string: { min_len: 0 }`, "string", "assert=@equal(@count_set($x,$y),1)", `X: p[int32](0)`, ``, "assert=@equal(@count_set($x,$y),1)",
		"oneof choice { option (buf.validate.oneof).required = true; int32 x = 2; bytes y = 3; }"},
}

// TestRules: the tags of rows are in the code, and are what values are checked by. The codec takes structs with such tags.
func TestRules(t *testing.T) {
	rules, err := os.ReadFile("../testdata/buf/validate/validate.proto")
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{"buf/validate/validate.proto": string(rules), "rules.thrift": thriftText(), "rules.proto": protobufText()}
	thrift, err := thriftfile.Parse(source.Texts(files), "rules.thrift")
	if err != nil {
		t.Fatal(err)
	}
	proto, err := protofile.Parse(source.Texts(files), "rules.proto")
	if err != nil {
		t.Fatal(err)
	}
	module := newModule(t)
	var checks strings.Builder
	for _, c := range []struct {
		name        string
		definitions *definition.Definitions
		rows        []ruleRow
		options     gogen.Options
		format      string
	}{
		{"rules.thrift", thrift, thriftRows, gogen.Options{Package: "idiomatic"}, "ThriftBinary"},
		{"rules.thrift", thrift, thriftRows, gogen.Options{Package: "thriftgo", Names: gogen.Thriftgo}, "ThriftCompact"},
		{"rules.proto", proto, protobufRows, gogen.Options{Package: "protobuf"}, "Protobuf"},
	} {
		c.options.Read = source.Texts(files)
		made, err := gogen.Generate(c.definitions, c.options, c.name)
		if err != nil {
			t.Fatal(err)
		}
		name := c.options.Package
		write(t, filepath.Join(module, name, "rules.go"), string(made[0].Text))
		for i, row := range c.rows {
			tag, rule := row.tag, row.rule
			if c.options.Names == gogen.Thriftgo { // which tells the names of small numbers
				tag, rule = strings.ReplaceAll(tag, "FAR", "70000"), strings.ReplaceAll(rule, "FAR", "70000")
			}
			_, code, found := strings.Cut(string(made[0].Text), fmt.Sprintf("type Row%d struct {", i))
			code, _, closed := strings.Cut(code, "\n}")
			if has := strings.Contains(code, `vt:"`); !found || !closed || has != (tag != "") || tag != "" && !strings.Contains(code, `vt:"`+tag+`"`) {
				t.Errorf("%s: %s of %s should be %s:\n%s", name, row.annotations, row.fieldType, tag, code)
			}
			literal := func(fields string) string {
				return fmt.Sprintf("&%s.Row%d{%s}", name, i, strings.ReplaceAll(fields, "T.", name+"."))
			}
			fmt.Fprintf(&checks, "check(%q, %s, %s, %q, tagwire.%s)\n", name+": "+row.annotations, literal(row.kept), literal(row.broken), rule, c.format)
		}
	}
	if t.Failed() {
		return
	}
	write(t, filepath.Join(module, "check", "main.go"), fmt.Sprintf(checkProgram, modulePath, checks.String()))
	mustRun(t, module, "go", "vet", "./...")
	mustRun(t, module, "go", "run", "./check")
}

func thriftText() string {
	var b strings.Builder
	b.WriteString("enum MapKey { A = 1, ALIAS = 1, B = 7, FAR = 70000 }\nstruct Part { 1: i32 N (vt.gt = \"0\") }\n")
	for i, row := range thriftRows {
		fmt.Fprintf(&b, "struct Row%d { 1: %s V (%s)\n", i, row.fieldType, row.annotations)
		if strings.Contains(row.more, "}") {
			b.WriteString(row.more + ")\n")
		} else {
			b.WriteString(row.more + " }\n")
		}
	}
	return b.String()
}

func protobufText() string {
	var b strings.Builder
	b.WriteString("syntax = \"proto3\";\nimport \"buf/validate/validate.proto\";\nenum Kind { KIND_NONE = 0; KIND_A = 1; KIND_B = 5; }\n" +
		"message Part { int32 N = 1 [(buf.validate.field).int32.gt = 0]; }\n")
	for i, row := range protobufRows {
		fmt.Fprintf(&b, "message Row%d { %s V = 1 [(buf.validate.field) = { %s }]; %s }\n", i, row.fieldType, row.annotations, row.more)
	}
	return b.String()
}

// checkProgram checks values of rows.
const checkProgram = `package main

import (
	"errors"
	"fmt"
	"math"
	"os"

	"github.com/tagwire/tagwire"
	"%[1]s/idiomatic"
	"%[1]s/protobuf"
	"%[1]s/thriftgo"
)

var failed bool

func p[T any](v T) *T { return &v }

func fail(name string, v, what any) {
	fmt.Printf("%%s: %%+v: %%v\n", name, v, what)
	failed = true
}

// check fails unless one value keeps all rules, the other one breaks a rule, if that is not empty, and the codec takes the type.
func check(name string, kept, broken any, rule string, format tagwire.Format) {
	if err := tagwire.Validate(kept); err != nil {
		fail(name, kept, err)
	}
	var violation *tagwire.ValidationError
	err := tagwire.Validate(broken)
	switch {
	case rule == "" && err == nil:
	case !errors.As(err, &violation) || violation.Rule != rule:
		fail(name, broken, err)
	}
	data, err := tagwire.Marshal(kept, tagwire.WithFormat(format))
	if err == nil {
		err = tagwire.Unmarshal(data, kept, tagwire.WithFormat(format))
	}
	if err == nil {
		err = tagwire.Validate(kept)
	}
	if err != nil {
		fail(name, kept, err)
	}
}

func main() {
	_ = math.Pi
	%[2]s
	if failed {
		os.Exit(1)
	}
}
`

var codeSpan = regexp.MustCompile("`([^`]+)`")

// section returns the rows of the first table of a section of docs/validation.md: the cells of each.
func section(t *testing.T, heading string) [][]string {
	t.Helper()
	text, err := os.ReadFile("../../../docs/validation.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, found := strings.Cut(string(text), heading)
	rest, _, _ = strings.Cut(rest, "\n## ")
	var rows [][]string
	for _, line := range strings.Split(rest, "\n") {
		if len(rows) > 0 && line == "" {
			break
		}
		if cells := strings.Split(line, "|"); len(cells) == 4 && strings.Contains(line, "`") {
			rows = append(rows, []string{strings.TrimSpace(cells[1]), strings.TrimSpace(cells[2])})
		}
	}
	if !found || len(rows) < 5 {
		t.Fatalf("%s has %d rows", heading, len(rows))
	}
	return rows
}

// TestRulesAreDocumented: what the tables of docs/validation.md say is tested above.
func TestRulesAreDocumented(t *testing.T) {
	for _, cells := range section(t, "## 8. Annotations of thrift-gen-validator") {
		annotations := codeSpan.FindStringSubmatch(cells[0])[1]
		i := slices.IndexFunc(thriftRows, func(r ruleRow) bool { return r.annotations == annotations || strings.Contains(r.more, annotations) })
		if i < 0 || !strings.Contains(cells[1], "`"+thriftRows[i].tag+"`") {
			t.Errorf("no row of the test is %s, or it has another tag", cells)
		}
	}
	for _, cells := range section(t, "## 9. Options of protovalidate") {
		kind := ""
		for _, span := range codeSpan.FindAllStringSubmatch(cells[0], -1) {
			option := strings.TrimSuffix(span[1], ".<option>")
			if dot := strings.LastIndexByte(option, '.'); dot >= 0 {
				kind, option = strings.TrimSuffix(option[:dot], ")"), option[dot+1:]
			}
			tested := slices.ContainsFunc(protobufRows, func(r ruleRow) bool {
				text := r.annotations + r.more
				return (kind == "<number>" && regexp.MustCompile(`\b(float|double|u?int(32|64)):`).MatchString(text) || strings.Contains(text, kind)) &&
					regexp.MustCompile(`\b`+regexp.QuoteMeta(option)+`\b`).MatchString(text)
			})
			if !tested {
				t.Errorf("no row of the test has %s of %s", option, cells[0])
			}
		}
	}
}
