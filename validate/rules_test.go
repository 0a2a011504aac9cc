package validate

import (
	"fmt"
	"math"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// structWith returns a pointer to a struct with a field V that has a value and a vt tag, and fields A, B and C for others.
func structWith(tag string, value any, others ...any) reflect.Value {
	fields := []reflect.StructField{{Name: "V", Type: reflect.TypeOf(value), Tag: reflect.StructTag(fmt.Sprintf("vt:%q", tag))}}
	for i, other := range others {
		fields = append(fields, reflect.StructField{Name: string(rune('A' + i)), Type: reflect.TypeOf(other)})
	}
	v := reflect.New(reflect.StructOf(fields))
	v.Elem().Field(0).Set(reflect.ValueOf(value))
	for i, other := range others {
		v.Elem().Field(i + 1).Set(reflect.ValueOf(other))
	}
	return v
}

func pointerTo[T any](v T) *T { return &v }

// texts joins the texts of violations.
func texts(all []*Error) string {
	var lines []string
	for _, e := range all {
		lines = append(lines, strings.TrimPrefix(e.Error(), "tagwire: "))
	}
	return strings.Join(lines, "; ")
}

// TestRules has a row for each rule and kind. The column original is the row of the tables in the README of thrift-gen-validator v0.2.8 that
// says the same; where that is empty the word is ours, or docs/validation.md has the difference.
func TestRules(t *testing.T) {
	type others = []any
	nan := math.NaN()
	for _, row := range []struct {
		original string
		tag      string
		value    any
		others   others
		want     string // the text of the violation, without "and breaks the rule"; "" for none
	}{
		{"Numeric const: must be specified value", "const=7", int8(7), nil, ""},
		{"Numeric const", "const=7", int64(8), nil, "V is 8: const=7"},
		{"Numeric const", "const=-0x10", int16(-16), nil, ""},
		{"Numeric const", "const=0.5", 0.5, nil, ""},
		{"Numeric const", "const=0.1", float32(0.1), nil, ""},
		{"Numeric const", "const=0.1", float64(float32(0.1)), nil, "V is 0.10000000149011612: const=0.1"},
		{"Numeric const", "const=0", math.Copysign(0, -1), nil, ""},
		{"Numeric const", "const=1", nan, nil, "V is NaN: const=1"},
		{"Bool const: must be specified value", "const=true", true, nil, ""},
		{"Bool const", "const=false", true, nil, "V is true: const=false"},
		{"Bool const", "const=$A", true, others{false}, "V is true: const=$A (which is false here)"},
		{"String const: must be specified value", "const=Debug", "Debug", nil, ""},
		{"String const", "const='it''s'", "it's", nil, ""},
		{"String const", "const=a", "b", nil, `V is "b": const=a`},
		{"Binary const", "const=ab", []byte("ab"), nil, ""},
		{"Binary const", "const=ab", []byte("a\xff"), nil, `V is "a\xff": const=ab`},
		{"Enum const: must be specified value", "const=BLUE", color(5), nil, ""},
		{"Enum const", "const=color.GREEN", color(5), nil, "V is 5: const=color.GREEN"},
		{"", "const=5", color(5), nil, ""},

		{"Numeric lt: less than the specified value", "lt=3", int32(2), nil, ""},
		{"Numeric lt", "lt=3", int32(3), nil, "V is 3: lt=3"},
		{"Numeric le: less than or equal to specified value", "le=3", uint8(3), nil, ""},
		{"Numeric le", "le=3", uint64(math.MaxUint64), nil, "V is 18446744073709551615: le=3"},
		{"Numeric gt: greater than the specified value", "gt=0.25", 0.26, nil, ""},
		{"Numeric gt", "gt=0.25", 0.25, nil, "V is 0.25: gt=0.25"},
		{"Numeric ge: greater than or equal to specified value", "ge=-1", int64(-1), nil, ""},
		{"Numeric ge", "ge=-1", int64(math.MinInt64), nil, "V is -9223372036854775808: ge=-1"},
		{"", "lt=1", nan, nil, "V is NaN: lt=1"},
		{"", "ge=1", nan, nil, "V is NaN: ge=1"},
		{"", "gt=-inf", math.Inf(-1), nil, "V is -Inf: gt=-inf"},
		{"", "ge=0", math.Copysign(0, -1), nil, ""},
		{"", "lt=$A", int8(-1), others{uint64(math.MaxUint64)}, ""},
		{"", "lt=$A", uint64(math.MaxUint64), others{int64(-1)}, "V is 18446744073709551615: lt=$A (which is -1 here)"},

		{"Numeric in: must be in specified values", "in=[1,2,3]", int32(3), nil, ""},
		{"Numeric in", "in=[1,2,3]", int32(4), nil, "V is 4: in=[1,2,3]"},
		{"Numeric in", "in=[ 1 , $A ]", int32(4), others{int64(4)}, ""},
		{"Numeric not_in: must not be in specified values", "not_in=[1,2]", 2.0, nil, "V is 2: not_in=[1,2]"},
		{"Numeric not_in", "not_in=1", 2.0, nil, ""},
		{"", "not_in=1", nan, nil, ""},
		{"", "in=[1,2]", nan, nil, "V is NaN: in=[1,2]"},
		{"String in", "in=[Debug,'a,b]']", "a,b]", nil, ""},
		{"Binary in", "in=[a,b]", []byte("c"), nil, `V is "c": in=[a,b]`},
		{"String not_in", "not_in=['']", "", nil, `V is "": not_in=['']`},
		{"Enum in", "in=[RED,BLUE]", color(1), nil, "V is 1: in=[RED,BLUE]"},
		{"Enum not_in", "not_in=[RED,BLUE]", color(1), nil, ""},
		{"", "finite", math.Inf(1), nil, "V is +Inf: finite"},
		{"", "finite", float32(1), nil, ""},

		{"Enum defined_only: must be defined value", "defined_only", color(5), nil, ""},
		{"Enum defined_only", "defined_only=true", color(2), nil, "V is 2: defined_only=true"},
		{"Enum defined_only", "defined_only", color(math.MaxInt64), nil, "V is 9223372036854775807: defined_only"},
		{"Enum defined_only", "defined_only", color(math.MinInt64), nil, "V is -9223372036854775808: defined_only"},
		{"Enum defined_only", "defined_only=false", color(2), nil, ""},

		{"String min_size: min size", "min_size=2", "é", nil, ""},
		{"String min_size", "min_size=2", "e", nil, "V is 1: min_size=2"},
		{"String max_size: max size", "max_size=1", "é", nil, "V is 2: max_size=1"},
		{"Binary max_size", "max_size=1", []byte{1, 2}, nil, "V is 2: max_size=1"},
		{"List min_size: min size", "min_size=1", []int32(nil), nil, "V is 0: min_size=1"},
		{"List max_size: max size", "max_size=1", []int32{1, 2}, nil, "V is 2: max_size=1"},
		{"Map min_size: min size", "min_size=1", map[string]bool{"": true}, nil, ""},
		{"Map max_size: max size", "max_size=0", map[string]bool{"": true}, nil, "V is 1: max_size=0"},
		{"String min_rune_size: min rune size", "min_rune_size=2", "é", nil, "V is 1: min_rune_size=2"},
		{"String max_rune_size: max rune size", "max_rune_size=1", "é", nil, ""},
		{"String max_rune_size", "max_rune_size=1", "\xff\xff", nil, "V is 2: max_rune_size=1"},
		{"Field reference: max_size = $MaxStringSize", "max_size=$A", "abc", others{int32(2)}, "V is 3: max_size=$A (which is 2 here)"},
		{"", "max_size=$A", "", others{int32(-1)}, "V is 0: max_size=$A (which is -1 here)"},

		{"String pattern: regexp pattern", "pattern='^[a-z]+$'", "abc", nil, ""},
		{"String pattern", "pattern='^[a-z]+$'", "abC", nil, `V is "abC": pattern='^[a-z]+$'`},
		{"Binary pattern", "pattern='^a.c$'", []byte("abc"), nil, ""},
		{"String prefix: prefix must be specified value", "prefix=De", "Debug", nil, ""},
		{"String prefix", "prefix=$A", "Debug", others{"bug"}, `V is "Debug": prefix=$A (which is "bug" here)`},
		{"Binary suffix: suffix must be specified value", "suffix=ug", []byte("Debug"), nil, ""},
		{"String suffix", "suffix=De", "Debug", nil, `V is "Debug": suffix=De`},
		{"String contains: must contain specified value", "contains=eb", "Debug", nil, ""},
		{"String contains", "contains=''", "", nil, ""},
		{"String contains", "contains=x", "Debug", nil, `V is "Debug": contains=x`},
		{"String not_contains: must not contain specified value", "not_contains=x", "Debug", nil, ""},
		{"String not_contains", "not_contains=$A", "Debug", others{[]byte("eb")}, `V is "Debug": not_contains=$A (which is "eb" here)`},

		{"List elem: rule for list element", "elem.gt=0.25", []float64{1, 0.25, 2}, nil, "V[1] is 0.25: gt=0.25"},
		{"List elem", "elem.elem.min_size=1", [][]string{{"a"}, {"b", ""}}, nil, "V[1][1] is 0: min_size=1"},
		{"List elem", "elem.max_size=@len($A)", []string{"ab"}, others{"x"}, "V[0] is 2: max_size=@len($A) (which is 1 here)"},
		{"Map key: rule for map key", "key.defined_only", map[color]string{2: ""}, nil, "V[2] is 2: defined_only"},
		{"Map value: rule for map value", "value.min_size=1", map[string]string{"a\"": ""}, nil, `V["a\""] is 0: min_size=1`},
		{"Map value", "value.elem.key.const=1", map[bool][]map[uint16]int8{true: {{1: 0}, {2: 0}}}, nil, "V[true][1][2] is 2: const=1"},
		{"Map no_sparse: map value must be non-nil pointer", "no_sparse", map[float64]*left{0.5: nil}, nil, "V[0.5]: no_sparse"},
		{"Map no_sparse", "no_sparse", map[int32]*left{1: {"ab"}}, nil, ""},
		{"", "no_sparse", map[int32][]byte{1: nil}, nil, "V[1]: no_sparse"},
		{"Struct skip: skip struct recursive validation", "skip", &left{""}, nil, ""},
		{"Struct skip", "skip=false", &left{""}, nil, "V.Text is 0: min_size=2"},
		{"Struct skip", "elem.skip", []*left{{""}}, nil, ""},
		{"", "max_size=1", []*left{{""}}, nil, "V[0].Text is 0: min_size=2"},

		{"not_nil (of its source)", "not_nil", (*int32)(nil), nil, "V: not_nil"},
		{"not_nil (of its source)", "not_nil", pointerTo(int32(0)), nil, ""},
		{"not_nil (of its source)", "not_nil,lt=1", pointerTo(int32(5)), nil, "V is 5: lt=1"},
		{"not_nil (of its source)", "not_nil", (*left)(nil), nil, "V: not_nil"},
		{"not_nil (of its source)", "not_nil", []byte(nil), nil, "V: not_nil"},
		{"", "not_nil", []string(nil), nil, "V: not_nil"},
		{"", "not_nil", []string{}, nil, ""},
		{"", "not_nil", map[string]string(nil), nil, "V: not_nil"},
		{"", "elem.not_nil", []*left{nil}, nil, "V[0]: not_nil"},
		{"pointer guard (of its source)", "lt=1,const=5,in=[6]", (*int32)(nil), nil, ""},
		{"pointer guard (of its source)", "min_size=5", (*string)(nil), nil, ""},
		{"", "lt=$A", int32(5), others{(*int32)(nil)}, ""},
		{"", "in=[1,$A]", int32(5), others{(*int32)(nil)}, "V is 5: in=[1,$A]"},
		{"", "in=$A", int32(5), others{(*int32)(nil)}, ""},

		{"", "required", int32(0), nil, "V is 0: required"},
		{"", "required", math.Copysign(0, -1), nil, "V is -0: required"},
		{"", "required", "", nil, `V is "": required`},
		{"", "required", false, nil, "V is false: required"},
		{"", "required", []int32{}, nil, "V is 0: required"},
		{"", "required", []int32(nil), nil, "V: required"},
		{"", "required", pointerTo(int32(0)), nil, ""},
		{"", "required", (*int32)(nil), nil, "V: required"},
		{"", "required,not_nil", (*int32)(nil), nil, "V: not_nil"},
		{"", "required", (*left)(nil), nil, "V: required"},
		{"", "unique", []int32{1, 2, 1, 1}, nil, "V[2] is 1: unique; V[3] is 1: unique"},
		{"", "unique", []string{"a", "b", ""}, nil, ""},
		{"", "unique", []float64{0, nan, nan, math.Copysign(0, -1)}, nil, "V[3] is -0: unique"},
		{"", "unique", [][]byte{{1}, {2}, {1}}, nil, `V[2] is "\x01": unique`},
		{"", "value.unique", map[int8][]bool{1: {true, true}}, nil, "V[1][1] is true: unique"},

		{"Struct assert: expression should be true", "assert=@equal($A,$V)", int32(1), others{int64(1)}, ""},
		{"Struct assert", "assert=@equal($A,$V)", int32(1), others{int64(2)}, "V: assert=@equal($A,$V)"},
		{"Function equal", "assert=@equal('a',$A)", int32(1), others{"a"}, ""},
		{"Function equal", "assert=@equal(true,$A)", int32(1), others{false}, "V: assert=@equal(true,$A)"},
		{"Function equal", "assert=@equal(@equal(1,1.0),$A)", int32(1), others{true}, ""},
		{"", "assert=@equal($A,1)", int32(1), others{(*int64)(nil)}, ""},
		{"Function len", "le=@len($A)", int32(3), others{map[string]int32{"": 1}}, "V is 3: le=@len($A) (which is 1 here)"},
		{"Function len", "le=@len($A)", int32(2), others{"é"}, ""},
		{"Function sprintf", "const=@sprintf('%d-%s', $A, $B)", "1-x", others{int8(1), "x"}, ""},
		{"Function sprintf", "const=@sprintf('%v%%', $A)", "x", others{true}, `V is "x": const=@sprintf('%v%%', $A) (which is "true%" here)`},
		{"Function mod", "const=@mod($A,3)", int32(2), others{uint16(8)}, ""},
		{"Function mod", "const=@mod($A,$B)", int32(-2), others{int64(-8), int64(3)}, ""},
		{"Function mod", "const=@mod($A,-1)", int32(0), others{int64(math.MinInt64)}, ""},
		{"", "const=@mod(1,$A)", int32(0), others{int64(0)}, "V is 0: const=@mod(1,$A) (what it is compared with is out of range)"},
		{"Function add", "const=@add($A,$B)", int32(7), others{int8(8), int64(-1)}, ""},
		{"Function add", "const=@add($A,0.5)", 1.5, others{int8(1)}, ""},
		{"Function add", "const=@add($A,'b')", "ab", others{"a"}, ""},
		{"", "lt=@add($A,1)", int64(1), others{int64(math.MaxInt64)}, "V is 1: lt=@add($A,1) (what it is compared with is out of range)"},
		{"", "lt=@add($A,$A)", uint64(1), others{uint64(math.MaxUint64)}, "V is 1: lt=@add($A,$A) (what it is compared with is out of range)"},
		{"", "lt=@add($A,-1)", uint64(1), others{uint64(math.MaxUint64)}, "V is 1: lt=@add($A,-1) (what it is compared with is out of range)"},
		{"", "const=@count_set($A,$B,$C)", int32(2), others{(*int32)(nil), pointerTo(int32(0)), []byte{}}, ""},
		{"", "assert=@equal(@count_set($A,$B),1)", int32(2), others{map[string]int32{}, &left{"ab"}}, "V: assert=@equal(@count_set($A,$B),1)"},
		{"", "assert=@equal(@count_set($A,$B),1)", int32(2), others{[]string(nil), (*left)(nil)}, "V: assert=@equal(@count_set($A,$B),1)"},
		{"Function now_unix_nano", "lt=@now_unix_nano()", int64(1), nil, ""},
	} {
		v := structWith(row.tag, row.value, row.others...)
		plan, err := Of(v.Type().Elem())
		require.NoError(t, err, row.tag)
		all, err := plan.All(v.UnsafePointer(), 100)
		require.NoError(t, err, row.tag)
		require.Equal(t, row.want, withoutWords(texts(all)), "%s of %v", row.tag, row.value)
		first := plan.First(v.UnsafePointer())
		if row.want == "" {
			require.NoError(t, first, row.tag)
		} else {
			require.Equal(t, all[0].Error(), first.Error(), row.tag)
		}
	}
}

// TestEachWordAndFunctionIsTested: the table above has a row for each.
func TestEachWordAndFunctionIsTested(t *testing.T) {
	source := string(readFile(t, "rules_test.go"))
	for word := range words {
		require.Regexp(t, `[",.]`+word+`[=",]`, source, word)
	}
	for name := range functions {
		require.Contains(t, source, "@"+name+"(", name)
	}
}
