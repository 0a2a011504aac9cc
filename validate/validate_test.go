package validate

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"reflect"
	"strings"
	"sync"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"

	"github.com/tagwire/tagwire/codec"
)

func readFile(t *testing.T, name string) []byte {
	t.Helper()
	text, err := os.ReadFile(name)
	require.NoError(t, err)
	return text
}

func TestWrongTags(t *testing.T) {
	type unexported struct {
		a int32 `vt:"lt=1"`
	}
	overlooked := reflect.StructOf([]reflect.StructField{{Name: "A", Type: reflect.TypeFor[int32](), Tag: `json:"a",vt:"lt=1"`}})
	twice := reflect.StructOf([]reflect.StructField{{Name: "A", Type: reflect.TypeFor[int32](), Tag: `vt:"lt=1" vt:"lt=2"`}})
	type spelled struct {
		A int32 `VT:"lt=1"`
	}
	type blank struct {
		_ struct{} `vt:"required"`
	}
	_ = unexported{}.a
	for _, v := range []any{unexported{}, reflect.Zero(overlooked).Interface(), reflect.Zero(twice).Interface(), spelled{}, blank{}} {
		_, err := Of(reflect.TypeOf(v))
		require.ErrorIs(t, err, codec.InvalidTag, "%T", v)
	}
	for _, row := range []struct {
		tag    string
		value  any
		others []any
		want   string // in the error, behind the tag
	}{
		{"", int32(0), nil, `byte 1: the name of a rule is missing before ""`},
		{"lt=1,", int32(0), nil, `byte 6: the name of a rule is missing`},
		{"lt", int32(0), nil, "byte 1: rule lt: it needs a value"},
		{"lt=", int32(0), nil, `byte 4: a value is missing before ""`},
		{"lt=1 gt=2", int32(0), nil, `byte 6: a comma between rules is missing before "gt=2"`},
		{"lt=1;gt=2", int32(0), nil, `byte 8: a comma between rules is missing before "=2"`},
		{"lt=1;2", int32(0), nil, `"1;2" is no value`},
		{"lt=1,lt=2", int32(0), nil, "byte 6: rule lt: it is there twice"},
		{"less=1", int32(0), nil, "rule less: there is no such rule"},
		{"lt=[1,2]", int32(0), nil, "rule lt: it takes no list"},
		{"in=[1,2", int32(0), nil, "a bracket at the end of a list is missing"},
		{"in=[]", int32(0), nil, "byte 5: a value is missing"},
		{"in=1,2", int32(0), nil, "byte 6: rule 2: there is no such rule"},
		{"pattern='a", "", nil, "byte 9: a quote is never closed"},
		{"pattern='('", "", nil, "byte 9: rule pattern: error parsing regexp: missing closing )"},
		{"pattern='x{2000}'", "", nil, "invalid repeat count"},
		{"pattern=$A", "", []any{""}, "a pattern stands in the tag"},
		{"elem.lt=1", int32(0), nil, "byte 1: rule lt: int32 has no such place"},
		{"key.lt=1", []int32{}, nil, "has no such place"},
		{"elem.min_size=1", []byte{}, nil, "has no such place"},
		{"item.lt=1", []int32{}, nil, `byte 1: "item" is no place: elem, key and value are`},
		{"elem.item.lt=1", []int32{}, nil, `byte 6: "item" is no place`},
		{"elem.", []int32{}, nil, "byte 6: the name of a rule is missing"},
		{"lt=1", "", nil, "rule lt: it is for numbers, and this is string"},
		{"lt=1", true, nil, "it is for numbers"},
		{"min_size=1", int32(0), nil, "it is for strings and binaries, lists and sets, maps, and this is int32"},
		{"prefix=a", []string{}, nil, "it is for strings and binaries"},
		{"finite", int32(0), nil, "it is for floating-point numbers"},
		{"defined_only", int32(0), nil, "it is for enums with names"},
		{"defined_only", small(0), nil, "it is for enums with names"},
		{"const=PURPLE", color(0), nil, "the type does not tell the number of that name; write the number"},
		{"const=RED", int32(0), nil, `"RED" is no value of int32: write a whole number of that size`},
		{"const=128", int8(0), nil, "write a whole number of that size"},
		{"const=-1", uint8(0), nil, "write a whole number of that size"},
		{"const=1.5", int32(0), nil, "write a whole number"},
		{"const=nan", 0.0, nil, "write a number that a value can be compared with"},
		{"const=1e39", float32(0), nil, "write a number"},
		{"const=yes", true, nil, "write true or false"},
		{"min_size=-1", "", nil, "no size is below zero"},
		{"min_size=a", "", nil, `"a" is no value of int64`},
		{"max_size=$A", "", []any{1.5}, "$A is a number, where a whole number is needed"},
		{"lt=$A", int32(0), []any{1.5}, "$A is a number, where a whole number is needed"},
		{"lt=$A", int32(0), []any{""}, "$A is a string"},
		{"lt=$A", int32(0), nil, "has no field A"},
		{"lt=$", int32(0), nil, "byte 5: the name of a field is missing"},
		{"lt=$A.B", int32(0), []any{int32(0)}, "a comma between rules is missing"},
		{"lt=$A", int32(0), []any{left{}}, "has no value that a rule can use"},
		{"const=$A", "", []any{[]string{}}, "$A is a container, where a string is needed"},
		{"lt=@now()", int32(0), nil, "there is no function now"},
		{"lt=@len", int32(0), nil, "a parenthesis behind the name of a function is missing"},
		{"lt=@len($V", "", nil, "a parenthesis at the end of a call is missing"},
		{"max_size=@len()", "", nil, "len takes a string or a container, not 0 arguments"},
		{"max_size=@len($V,$V)", "", nil, "not 2 arguments"},
		{"max_size=@len(1)", "", nil, "len takes a string or a container"},
		{"lt=@mod(1.5,1)", 0.5, nil, "mod takes two whole numbers"},
		{"lt=@add(1,'a')", 0.5, nil, "add takes two numbers or two strings"},
		{"lt=@add(1,a)", 0.5, nil, `"a" is neither a number nor a bool; a string stands in single quotes`},
		{"assert=@equal($V,1)", "", nil, "equal takes two numbers, two strings or two bools"},
		{"assert=@len($V)", "", nil, "@len is a whole number, where a bool is needed"},
		{"assert=true", "", nil, "an assertion is a call"},
		{"assert", "", nil, "it needs a value"},
		{"elem.assert=@equal(1,1)", []string{}, nil, "it is for a struct, and stands without a place"},
		{"const=@sprintf($V)", "", nil, "the format of sprintf stands in single quotes"},
		{"const=@sprintf('%d',$V)", "", nil, `the format "%d" is not for these arguments`},
		{"const=@sprintf('%d%-*d',1,$A,2)", "", []any{int64(1)}, "a width or a precision stands in the format"},
		{"in=[" + strings.Repeat("1,", mostTag/2) + "1]", int32(0), nil, "the tag has 16390 bytes, of at most 16384"},
		{"defined_only", wide(0), nil, "it is for enums with names"},
		{"lt=@count_set()", int32(0), nil, "count_set takes fields that can be absent, not 0 arguments"},
		{"lt=@count_set($B)", int32(0), nil, "has no field B"},
		{"lt=@count_set($A)", int32(0), []any{""}, "the field A of type string is never absent"},
		{"lt=@count_set('A')", int32(0), nil, "count_set takes fields, as in"},
		{"const=@sprintf('%s')", "", nil, "is not for these arguments"},
		{"const=@sprintf('%v',$A)", "", []any{[]string{}}, "sprintf takes a format"},
		{"not_nil", int32(0), nil, "it is for what can be nil, and this is int32"},
		{"not_nil", left{}, nil, "it is for what can be nil"},
		{"required", left{}, nil, "it is for what can be absent"},
		{"required=$A", "", []any{true}, "it takes nothing, true or false"},
		{"required=maybe", "", nil, `"maybe" is no value of bool`},
		{"skip", []*left{}, nil, "it is for structs"},
		{"unique", []*left{}, nil, "it is for lists of numbers, bools, strings and binaries"},
		{"unique", map[int32]int32{}, nil, "it is for lists and sets"},
		{"no_sparse", map[int32]int32{}, nil, "can be nil"},
		{"lt=1", [2]int32{}, nil, "it is for numbers, and this is [2]int32"},
		{"const=" + strings.Repeat("@len(", 40) + strings.Repeat(")", 40), int32(0), nil, "calls are nested deeper than 32"},
		{"const=\xff", int32(0), nil, `is no value of int32`},
	} {
		v := structWith(row.tag, row.value, row.others...)
		_, err := Of(v.Type().Elem())
		var e *codec.Error
		require.ErrorAs(t, err, &e, row.tag)
		require.Equal(t, codec.InvalidTag, e.Code)
		require.Contains(t, err.Error(), row.want, row.tag)
		require.Contains(t, err.Error(), "struct.V: vt tag ", row.tag)
		_, again := Of(v.Type().Elem())
		require.Equal(t, err, again)
	}
}

type wide uint64

func (wide) String() string { return "WIDE" }

type small int8

func (small) String() string { return "SMALL" }

func TestAllWrongTagsAreInOneError(t *testing.T) {
	type inner struct {
		A int32 `vt:"lt=x,gt=y"`
	}
	type outer struct {
		Inner map[string][]inner
		B     string `vt:"pattern='[',max_size=1"`
		Self  *outer
	}
	_, err := Of(reflect.TypeFor[outer]())
	require.ErrorIs(t, err, codec.InvalidTag)
	for _, line := range []string{"inner.A: vt tag \"lt=x,gt=y\", byte 4: rule lt: ", "byte 9: rule gt: ", `outer.B: vt tag "pattern='[',max_size=1", byte 9: rule pattern: `} {
		require.Equal(t, 1, strings.Count(err.Error(), line), "%s in %v", line, err)
	}
	plan, err := Of(reflect.TypeFor[left]()) // which is right
	require.NoError(t, err)
	require.NotNil(t, plan)
}

// TestTagError: each tag that is wrong has an error of its own, for what makes tags.
func TestTagError(t *testing.T) {
	for tag, want := range map[string]TagError{
		"lt=1,less=2":        {Offset: 5, Rule: "less", Unknown: true},
		"lt=x":               {Offset: 3, Rule: "lt"},
		"item.lt=1":          {Unknown: true},
		"gt=0,lt=@mine($V)":  {Offset: 8, Rule: "lt", Unknown: true},
		"gt=0,lt=@mod($V,1)": {},
		"lt=1,":              {Offset: 5},
	} {
		_, err := Of(structWith(tag, int32(0)).Type().Elem())
		var wrong *TagError
		if !errors.As(err, &wrong) {
			require.Equal(t, TagError{}, want, tag)
			continue
		}
		want.Struct, want.Field, want.Tag, want.Reason = wrong.Struct, "V", tag, wrong.Reason
		require.Equal(t, want, *wrong, tag)
	}
}

func TestTypesWithoutRules(t *testing.T) {
	type recursive []recursive
	type tree struct {
		Name     string `thrift:"name,1"`
		Children []*tree
		ByName   map[string]tree
		Deep     recursive
		hidden   left
	}
	type skipped struct {
		Left *left `vt:"skip"`
		Tree tree
	}
	_ = tree{}.hidden
	for _, v := range []any{struct{}{}, tree{}, skipped{}} {
		plan, err := Of(reflect.TypeOf(v))
		require.NoError(t, err)
		require.Nil(t, plan, "%T", v)
		cyclic := &tree{}
		cyclic.Children = []*tree{cyclic}
		require.NoError(t, plan.First(unsafe.Pointer(cyclic)))
	}
}

// Types that contain each other: only the last has a rule.
type (
	first  struct{ Second *second }
	second struct {
		First *first
		Third map[string][]third
		Plain *plain
	}
	third struct {
		Second *second
		Name   string `vt:"min_size=1"`
	}
	plain struct{ Plain *plain }
)

func TestRulesAreFoundThroughCycles(t *testing.T) {
	for _, root := range []any{&first{&second{Third: map[string][]third{"k": {{Name: "a"}, {}}}}}, &second{Plain: &plain{}, First: &first{&second{Third: map[string][]third{"": {{}}}}}}} {
		plan, err := Of(reflect.TypeOf(root).Elem())
		require.NoError(t, err)
		err = plan.First(reflect.ValueOf(root).UnsafePointer())
		var e *Error
		require.ErrorAs(t, err, &e)
		require.Contains(t, e.Path, ".Name")
	}
	without, err := Of(reflect.TypeFor[plain]())
	require.NoError(t, err)
	require.Nil(t, without)
}

func TestCyclicValues(t *testing.T) {
	type node struct {
		ID   int32 `vt:"gt=0"`
		Next *node
	}
	plan, err := Of(reflect.TypeFor[node]())
	require.NoError(t, err)
	v := new(node)
	v.Next = v
	all, err := plan.All(unsafe.Pointer(v), math.MaxInt)
	var e *codec.Error
	require.ErrorAs(t, err, &e)
	require.Equal(t, codec.DepthLimit, e.Code)
	require.Len(t, all, codec.DefaultDepth, "violations on the way")
	require.True(t, strings.HasPrefix(e.Path, "Next.Next.Next."), e.Path)
	require.Less(t, len(e.Path), 300)

	deep := &node{ID: 0}
	for range codec.DefaultDepth - 1 {
		deep = &node{1, deep}
	}
	all, err = plan.All(unsafe.Pointer(deep), 10)
	require.NoError(t, err)
	require.Len(t, all, 1)
	require.Equal(t, strings.Repeat("Next.", codec.DefaultDepth-1)+"ID", all[0].Path)
	all, err = plan.All(unsafe.Pointer(&node{-1, deep}), 10)
	require.ErrorIs(t, err, codec.DepthLimit)
	require.Len(t, all, 1, "what was found before")
}

func TestLimit(t *testing.T) {
	type list struct {
		Numbers []int32          `vt:"unique,elem.gt=0"`
		ByKey   map[int32]string `vt:"key.gt=0,value.required"`
	}
	plan, err := Of(reflect.TypeFor[list]())
	require.NoError(t, err)
	v := list{Numbers: make([]int32, 100), ByKey: map[int32]string{0: "", -1: "", 1: ""}}
	for _, limit := range []int{-1, 0, 1, 2, 99, 150, 203, 204, 1000} {
		all, err := plan.All(unsafe.Pointer(&v), limit)
		require.NoError(t, err)
		require.Len(t, all, max(0, min(limit, 99+100+5)), "at most %d", limit)
	}
}

func TestValuesOfErrorsAreBoundedCopies(t *testing.T) {
	type texts struct {
		Text   string `vt:"const=a"`
		Binary []byte `vt:"const=a"`
	}
	plan, err := Of(reflect.TypeFor[texts]())
	require.NoError(t, err)
	v := texts{strings.Repeat("x", 1<<20), []byte("abc")}
	all, err := plan.All(unsafe.Pointer(&v), 10)
	require.NoError(t, err)
	v.Binary[0] = 'z'
	require.Equal(t, strings.Repeat("x", mostShown), all[0].Value)
	require.Equal(t, "abc", all[1].Value)
	require.Equal(t, Error{Path: "Binary", Rule: "const=a", Value: "abc"}, *all[1])
}

type (
	textual int32  // has its own idea of names
	numeric int32  // as protoc-gen-go: a number without a name is its digits
	counted uint32 // as stringer: unsigned
	broken  int32
)

var farNames = map[textual]string{7000: "FAR", 1: "NEAR"}

func (e textual) String() string {
	return farNames[e]
}

func (e *textual) UnmarshalText(text []byte) error {
	switch string(text) {
	case "FAR":
		*e = 7000
	case "NEAR":
		*e = 1
	case "WRONG":
		*e = 2
	default:
		return errors.New("unknown")
	}
	return nil
}

func (e numeric) String() string {
	if e == 0 || e == 3 || e == -2 {
		return [...]string{"MINUS", "", "ZERO", "", "", "THREE"}[e+2]
	}
	return fmt.Sprint(int32(e))
}

func (e counted) String() string {
	if e < 2 {
		return [...]string{"NONE", "ONE"}[e]
	}
	return fmt.Sprintf("counted(%d)", uint32(e))
}

func (e broken) String() string {
	if e > 1 {
		panic("no name")
	}
	return "BROKEN"
}

func TestEnums(t *testing.T) {
	type enums struct {
		Textual textual `vt:"defined_only,in=[FAR,NEAR]"`
		Numeric numeric `vt:"defined_only,not_in=[MINUS]"`
		Counted counted `vt:"defined_only,const=ONE"`
		Broken  broken  `vt:"defined_only"`
	}
	plan, err := Of(reflect.TypeFor[enums]())
	require.NoError(t, err)
	for _, row := range []struct {
		value enums
		want  string
	}{
		{enums{7000, 3, 1, 0}, ""},
		{enums{1, 0, 1, 1}, ""},
		{enums{2, -2, 2, 2}, "Textual is 2: defined_only; Textual is 2: in=[FAR,NEAR]; Numeric is -2: not_in=[MINUS]; " +
			"Counted is 2: defined_only; Counted is 2: const=ONE; Broken is 2: defined_only"},
		{enums{1, -1, 1, 1 << 30}, "Numeric is -1: defined_only; Broken is 1073741824: defined_only"},
		{enums{1, math.MinInt32, math.MaxUint32, 0}, "Numeric is -2147483648: defined_only; Counted is 4294967295: defined_only; Counted is 4294967295: const=ONE"},
		{enums{1, math.MaxInt32, 1, 0}, "Numeric is 2147483647: defined_only"},
	} {
		all, err := plan.All(unsafe.Pointer(&row.value), 10)
		require.NoError(t, err)
		require.Equal(t, row.want, withoutWords(texts(all)))
	}
	for name, v := range map[string]any{"WRONG": textual(0), "": textual(0), "TWO": counted(0), "x": broken(0)} {
		_, err := Of(structWith("const='"+name+"'", v).Type().Elem())
		require.ErrorIs(t, err, codec.InvalidTag, name)
	}
}

func TestInterfaces(t *testing.T) {
	type message struct {
		Choice choice `protobuf_oneof:"choice"`
		Any    any    `vt:"required"`
	}
	plan, err := Of(reflect.TypeFor[message]())
	require.NoError(t, err)
	type wrong struct {
		A string `vt:"lt=1"`
	}
	for _, row := range []struct {
		value message
		want  string
	}{
		{message{nil, 1}, ""},
		{message{&left{"ab"}, left{}}, ""},
		{message{(*left)(nil), (*left)(nil)}, "Any: required"},
		{message{&left{"a"}, nil}, "choice.Text is 1: min_size=2; Any: required"},
		{message{nil, &left{}}, "Any.Text is 0: min_size=2"},
		{message{nil, &plain{}}, ""},
	} {
		all, err := plan.All(unsafe.Pointer(&row.value), 10)
		require.NoError(t, err)
		require.Equal(t, row.want, withoutWords(texts(all)))
	}
	require.ErrorIs(t, plan.First(unsafe.Pointer(&message{Any: &wrong{}})), codec.InvalidTag)
}

func TestEmbedded(t *testing.T) {
	type inner struct {
		A int32 `vt:"gt=0"`
	}
	type outer struct {
		inner
		*first
		B int32 `thrift:"A,1" vt:"gt=$A"`
	}
	plan, err := Of(reflect.TypeFor[outer]())
	require.NoError(t, err)
	all, err := plan.All(unsafe.Pointer(&outer{}), 10)
	require.NoError(t, err)
	require.Equal(t, "inner.A is 0 and breaks the rule gt=0; A is 0 and breaks the rule gt=$A (which is 0 here)", texts(all))
}

// TestRandomValuesAgreeWithOracle: many values, of which some break none of the rules of a field, and some do.
func TestRandomValuesAgreeWithOracle(t *testing.T) {
	plan, err := Of(reflect.TypeFor[everything]())
	require.NoError(t, err)
	random := rand.New(rand.NewPCG(1, 2))
	total := 0
	for range 500 {
		data := make([]byte, random.IntN(400))
		for i := range data {
			data[i] = byte(random.Uint32())
		}
		total += agree(t, plan, data)
	}
	require.Greater(t, total, 500)
}

// valid returns a value that keeps all rules, and which all of them look at.
func valid() *everything {
	numbers := make([]float64, fewElements)
	for i := range numbers {
		numbers[i] = float64(i) + 2
	}
	return &everything{
		Flag: true, Flags: []bool{true}, I8: 2, I16: pointerTo(int16(300)), I32: 48, I64: 50, U8: 3, U16: 300, U32: 2, U64: pointerTo(uint64(7)),
		Float: 0.1, Double: 0.2, Doubles: numbers, Numbers: []int32{1, 2}, Color: 5, Colors: []*color{pointerTo(color(0))},
		Name: "ab", Optional: pointerTo("a2ab"), Binary: []byte("ab"), Names: map[string]string{"a": "c", "b": "d"},
		Sparse: map[int32]*left{3: {"ab"}}, Nested: map[string][]map[bool]string{"x": {{true: "a"}}}, Left: left{"ab"}, Pointer: &left{"ab"},
		Lists: [][]*left{{{"ab"}}}, Skipped: &left{}, Choice: &left{"ab"}, Other: &left{},
	}
}

// kept is everything without what allocates: sums of strings and sprintf, and what random values rarely keep.
type kept struct {
	Flags   []bool                      `vt:"elem.const=true"`
	Numbers []int32                     `vt:"unique,min_size=1,elem.lt=$Max"`
	Max     int32                       `vt:"gt=@add(@len($Name),@mod($Max,7))"`
	Name    string                      `vt:"min_size=1,max_rune_size=$Max,pattern='^[a-z]+$',in=[ab,abc],prefix=a"`
	Color   color                       `vt:"defined_only,in=[RED,BLUE]"`
	Far     textual                     `vt:"defined_only"`
	Binary  []byte                      `vt:"required,prefix=$Name,pattern=b"`
	Lefts   []*left                     `vt:"elem.not_nil"`
	ByName  map[string]*left            `vt:"key.min_size=1,no_sparse"`
	Nested  map[int32][]string          `vt:"value.elem.min_size=1"`
	Maps    map[bool]map[string]float64 `vt:"value.value.finite"`
	Choice  choice                      `vt:"not_nil"`
	Next    *kept
	_       struct{} `vt:"assert=@equal(@len($Name),2)"`
}

func keptValue() *kept {
	v := &kept{
		Flags: []bool{true, true}, Numbers: []int32{1, 2, 3}, Max: 9, Name: "ab", Color: 5, Far: 7000, Binary: []byte("abc"), Lefts: []*left{{"ab"}},
		ByName: map[string]*left{"a": {"ab"}, "b": {"bc"}}, Nested: map[int32][]string{1: {"a"}}, Maps: map[bool]map[string]float64{true: {"a": 1}},
		Choice: &left{"ab"},
	}
	next := *v
	v.Next = &next
	return v
}

func TestManyGoroutines(t *testing.T) {
	type own struct {
		Kept  kept
		Other map[int32]kept
	}
	v := own{*keptValue(), map[int32]kept{1: *keptValue()}}
	bad := own{Kept: kept{Name: "a"}}
	var group sync.WaitGroup
	for range 8 {
		group.Add(1)
		go func() {
			defer group.Done()
			for range 100 {
				plan, err := Of(reflect.TypeFor[own]()) // the first time, by all at once
				if err != nil || plan.First(unsafe.Pointer(&v)) != nil || plan.First(unsafe.Pointer(&bad)) == nil {
					t.Error("a goroutine found something else")
				}
			}
		}()
	}
	group.Wait()
}

func TestEverythingCanBeKept(t *testing.T) {
	plan, err := Of(reflect.TypeFor[everything]())
	require.NoError(t, err)
	all, err := plan.All(unsafe.Pointer(valid()), 100)
	require.NoError(t, err)
	require.Equal(t, oracle(valid()), func() (found []string) {
		for _, e := range all {
			found = append(found, e.Path+" "+e.Rule)
		}
		return found
	}())
	require.Empty(t, texts(all))
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{"lt=1", "in=[1,'a''b']", "elem.key.const=@add($A,@len($B))", "'", "@", "a=@b(", "a=[[", "a=''''"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, tag string) {
		rules, wrong := parse(tag)
		if wrong != nil && (wrong.address < 0 || wrong.address > len(tag) || wrong.text == "") {
			t.Fatalf("%q: the error %q is at %d", tag, wrong.text, wrong.address)
		}
		for _, r := range rules {
			if !strings.Contains(tag, r.text) || !strings.HasPrefix(r.text, r.word) {
				t.Fatalf("%q has the rule %q", tag, r.text)
			}
		}
		for _, v := range []any{int32(0), "", []string{}, map[int32]*left{}, color(0)} {
			s := structWith(tag, v, int64(0), "a")
			plan, err := Of(s.Type().Elem())
			if err == nil {
				plan.First(s.UnsafePointer())
			} else if !errors.Is(err, codec.InvalidTag) {
				t.Fatal(err)
			}
		}
	})
}

// withoutWords takes from texts of violations what all have.
func withoutWords(text string) string {
	return strings.NewReplacer(" and breaks the rule ", ": ", " breaks the rule ", ": ").Replace(text)
}

// TestNilPointerInInterface: an interface that holds a nil pointer holds nothing, as for the codec, whose oneofs are such interfaces.
func TestNilPointerInInterface(t *testing.T) {
	type inner struct {
		A int32 `vt:"gt=0"`
	}
	type outer struct {
		V any `vt:"not_nil"`
	}
	plan, err := Of(reflect.TypeFor[outer]())
	require.NoError(t, err)
	require.EqualError(t, plan.First(unsafe.Pointer(&outer{})), "tagwire: V breaks the rule not_nil")
	require.EqualError(t, plan.First(unsafe.Pointer(&outer{(*inner)(nil)})), "tagwire: V breaks the rule not_nil")
	require.NoError(t, plan.First(unsafe.Pointer(&outer{&inner{1}})))
	require.EqualError(t, plan.First(unsafe.Pointer(&outer{&inner{}})), "tagwire: V.A is 0 and breaks the rule gt=0")
}
