package ir_test

import (
	"strings"
	"testing"

	"github.com/tagwire/tagwire/ir"
)

const sum = `func @sum(v0:ptr, v1:i64) -> (i64) {
b0:
	v2:i64 = Const #0
	Jump -> b1(v0, v1, v2)
b1(v3:ptr, v4:i64, v5:i64):
	v6:i64 = Load64 v3, #0 source
	v7:i64 = Add v5, v6
	v8:ptr = PtrAdd v3, #8
	v9:i64 = Const #-1
	v10:i64 = Add v4, v9
	Branch.ne v10, v2 -> b1(v8, v10, v7), b2
b2: cold
	v11:i64 = Call @other/pkg.f, v7
	Exit v11, v8, #7
	v12:ptr, v13:i64 = Exit #8
	Return v7
}
`

func TestTextForm(t *testing.T) {
	f := parse(t, sum)
	if got := f.String(); got != sum {
		t.Errorf("printed:\n%s", got)
	}
	commented := strings.ReplaceAll(sum, "\n", "   // a comment\n\n")
	if got := parse(t, commented).String(); got != sum {
		t.Errorf("with comments:\n%s", got)
	}
}

func parse(t *testing.T, text string) *ir.Func {
	t.Helper()
	f, err := ir.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	if err := ir.Verify(f); err != nil {
		t.Fatal(err)
	}
	return f
}

func TestParseErrors(t *testing.T) {
	body := func(lines string) string { return "func @f(v0:i64) {\nb0:\n" + lines + "\n\tReturn\n}\n" }
	for name, test := range map[string]struct{ text, want string }{
		"not a function":       {"what", `line 1: expected "func"`},
		"no name":              {"func @() {\n}\n", "expected a name"},
		"no blocks":            {"func @f() {\n}\n", "no blocks"},
		"not closed":           {"func @f() {\nb0:\n", "no closing"},
		"no block":             {"func @f() {\n\tReturn\n}\n", "before the first block"},
		"no such op":           {body("\tNothing v0"), `line 3: "Nothing" is not an op`},
		"no such type":         {body("\tv1:i128 = Add v0, v0"), `"i128" is not a type`},
		"no such condition":    {body("\tv1:i32 = SetCC.lt v0, v0"), `"lt" is not a condition`},
		"condition left out":   {body("\tv1:i32 = SetCC v0, v0"), `expected "."`},
		"constant left out":    {body("\tv1:i64 = Const"), `expected "#"`},
		"constant too large":   {body("\tv1:i64 = Const #9223372036854775808"), "is not a number"},
		"constant not wanted":  {body("\tv1:i64 = Add v0, v0, #1"), `unexpected ", #1"`},
		"symbol left out":      {body("\tCall v0"), `expected "@"`},
		"source not wanted":    {body("\tv1:i64 = Add v0, v0 source"), `unexpected "source"`},
		"edges not wanted":     {body("\tv1:i64 = Add v0, v0 -> b0"), `unexpected "-> b0"`},
		"value defined twice":  {body("\tv0:i64 = Add v0, v0"), "v0 is defined twice"},
		"block defined twice":  {body("\tReturn\nb0:"), "b0 is defined twice"},
		"value never defined":  {body("\tv1:i64 = Add v0, v7"), "line 3: v7 is not defined"},
		"block never defined":  {body("\tJump -> b4"), "line 3: b4 is not defined"},
		"number of value":      {body("\tv1:i64 = Add v0, v1048576"), "below 1048576"},
		"zeros before":         {body("\tv1:i64 = Add v0, v00"), "expected v and a number"},
		"entry with params":    {"func @f() {\nb0(v0:i64):\n\tReturn\n}\n", "belong in the head"},
		"more than an operand": {body("\tv1:i64 = Add v0 v0"), `unexpected "v0"`},
		"two functions":        {sum + sum, "2 functions"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := ir.Parse(test.text)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
}
