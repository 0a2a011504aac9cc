package thrift

import (
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/tagwire/tagwire"
	"github.com/tagwire/tagwire/rpc/message"
)

type point struct {
	X int32 `frugal:"1"`
}

type color int64

func (color) String() string { return "" }

// TestArguments: a struct of arguments has a field for each parameter, under its id and in their order.
func TestArguments(t *testing.T) {
	typ := ArgumentsOf([]Parameter{
		{1, reflect.TypeFor[int64](), ""}, {-2, reflect.TypeFor[*point](), ""}, {7, reflect.TypeFor[[]string](), "set<string>"},
		{3, reflect.TypeFor[*bool](), ""},
	})
	value := reflect.New(typ)
	value.Elem().Field(0).SetInt(5)
	value.Elem().Field(1).Set(reflect.ValueOf(&point{9}))
	value.Elem().Field(2).Set(reflect.ValueOf([]string{"a"}))
	data, err := tagwire.Marshal(value.Interface())
	require.NoError(t, err)
	want := unhex(t, "0a 0001 0000000000000005 0c fffe 08 0001 00000009 00 0e 0007 0b 00000001 00000001 61 00")
	require.Len(t, data, len(want), "the optional one is not there")
	again := reflect.New(typ)
	require.NoError(t, tagwire.Unmarshal(want, again.Interface()))
	require.Equal(t, value.Interface(), again.Interface())
	require.Equal(t, 0, ArgumentsOf(nil).NumField())
}

// TestResults: a result has the success under id 0, then the exceptions; and nothing of it is sent that is nil.
func TestResults(t *testing.T) {
	exceptions := []Exceptional{{1, reflect.TypeFor[point]()}, {-1, reflect.TypeFor[Exception]()}}
	typ, err := ResultOf(reflect.TypeFor[[]string](), "list<string>", exceptions)
	require.NoError(t, err)
	value := reflect.New(typ)
	data, err := tagwire.Marshal(value.Interface())
	require.NoError(t, err)
	require.True(t, IsEmpty(data))
	value.Elem().Field(0).Set(reflect.ValueOf([]string{"a"}))
	value.Elem().Field(2).Set(reflect.ValueOf(&Exception{"no", 3}))
	data, err = tagwire.Marshal(value.Interface())
	require.NoError(t, err)
	require.Equal(t, unhex(t, "0f 0000 0b 00000001 00000001 61 0c ffff 0b 0001 00000002 6e6f 08 0002 00000003 00 00"), data)
	require.False(t, IsEmpty(data))

	typ, err = ResultOf(nil, "", nil)
	require.NoError(t, err)
	require.Equal(t, 0, typ.NumField())
	for _, ids := range [][]int{{0}, {1, 1}, {40000}, {-32769}} {
		var wrong []Exceptional
		for _, id := range ids {
			wrong = append(wrong, Exceptional{id, reflect.TypeFor[point]()})
		}
		_, err := ResultOf(nil, "", wrong)
		require.ErrorContains(t, err, "point")
	}
	for id, valid := range map[int]bool{0: false, 1: true, 32767: true, 32768: false, -1: true, -32768: true, -32769: false} {
		require.Equal(t, valid, ValidID(id), "%d", id)
	}
}

// TestAdvice: types that would be sent wrongly are refused, with what to write.
func TestAdvice(t *testing.T) {
	require.NoError(t, CheckTagged(reflect.TypeFor[*point]()))
	require.NoError(t, CheckTagged(reflect.TypeFor[struct{}]()))
	require.NoError(t, CheckTagged(reflect.TypeFor[int]()))
	require.NoError(t, CheckTagged(reflect.TypeFor[struct {
		A int `thrift:"a,1"`
	}]()))
	require.ErrorContains(t, CheckTagged(reflect.TypeFor[struct{ Name string }]()), "behind Name")
	for typ, want := range map[reflect.Type][2]string{
		reflect.TypeFor[[]string]():           {"list<string>", "set"},
		reflect.TypeFor[[][]byte]():           {"list<binary>", "set"},
		reflect.TypeFor[[]map[int32]*point](): {"list<map<i32:point>>", "set"},
		reflect.TypeFor[[][]float64]():        {"list<list<double>>", "set"},
		reflect.TypeFor[[]color]():            {"list<color>", "set"},
		reflect.TypeFor[*color]():             {"color", "i64"},
		reflect.TypeFor[[]map[bool][]int]():   {"list<map<bool:list<i64>>>", "set"},
	} {
		choice := Undecided(typ, "")
		require.NotNil(t, choice, "%v", typ)
		require.Equal(t, want, [2]string{choice.First, choice.Second})
		require.ErrorContains(t, choice, typ.String()+" can be")
		require.Nil(t, Undecided(typ, "set<string>"))
	}
	for _, typ := range []reflect.Type{reflect.TypeFor[[]byte](), reflect.TypeFor[int64](), reflect.TypeFor[map[string]int8]()} {
		require.Nil(t, Undecided(typ, ""))
	}
}

// TestExceptionText: the text is valid and not too long, whatever it was.
func TestExceptionText(t *testing.T) {
	for _, text := range []string{"", "short", strings.Repeat("x", 513), strings.Repeat("ä", 300), "\xff\xfe" + strings.Repeat("€", 200)} {
		e := NewException(message.CodeInternal, text)
		require.True(t, utf8.ValidString(e.Message))
		require.LessOrEqual(t, len(e.Message), exceptionText)
		require.True(t, strings.HasPrefix(strings.ToValidUTF8(text, "\uFFFD"), e.Message))
		for _, f := range Formats {
			body := e.In(f)
			total, direct, err := body.Size()
			require.NoError(t, err)
			require.Zero(t, direct)
			buf := make([]byte, total)
			n, err := body.Encode(buf, nil)
			require.NoError(t, err)
			require.Equal(t, total, n)
			again, err := ReadException(&message.Message{Format: f, Body: buf})
			require.NoError(t, err)
			require.Equal(t, *e, again)
			_, err = ReadException(&message.Message{Format: f, Body: append(buf, 0)})
			require.Error(t, err)
		}
	}
}

// TestFormatsAreNumbered: what is kept by format is an array.
func TestFormatsAreNumbered(t *testing.T) {
	for i, f := range Formats {
		require.Equal(t, i, int(f))
	}
}
