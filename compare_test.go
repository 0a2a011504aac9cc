package tagwire

import (
	"math"
	"os"
	"reflect"
	"strings"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"
)

// compared has a field of each sort that is compared in a way of its own.
type compared struct {
	Number  int32             `frugal:"1,default"`
	Ratio   float64           `frugal:"2,default"`
	Pointer *string           `frugal:"3,optional"`
	Blob    []byte            `frugal:"4,default"`
	Inner   *comparedInner    `frugal:"5,default"`
	List    []comparedInner   `frugal:"6,default,list<comparedInner>"`
	Map     map[string][]bool `frugal:"7,default,map<string:list<bool>>"`

	Keys  map[*comparedInner]int8 `frugal:"8,default"`
	Plain chan int
}

type comparedInner struct {
	Text string `frugal:"1,default"`
}

func fullCompared() *compared {
	text := "text"
	return &compared{
		Number: 1, Ratio: math.NaN(), Pointer: &text, Blob: []byte{}, Inner: &comparedInner{"a"},
		List: []comparedInner{{"b"}, {"c"}}, Map: map[string][]bool{"x": {true, false}},
		Keys: map[*comparedInner]int8{{"k"}: 1},
	}
}

func TestDifferSaysWhere(t *testing.T) {
	e, err := typeCodecOf(reflect.TypeFor[compared](), ThriftBinary)
	require.NoError(t, err)
	other := "other"
	for want, change := range map[string]func(*compared){
		"":                                  func(*compared) {},
		"Number is 1 and 2":                 func(c *compared) { c.Number = 2 },
		"Ratio is NaN and NaN":              func(c *compared) { c.Ratio = math.Float64frombits(math.Float64bits(math.NaN()) ^ 1) },
		`Pointer is "text" and "other"`:     func(c *compared) { c.Pointer = &other },
		"Pointer is (*string)(0x":           func(c *compared) { c.Pointer = nil },
		"Blob is []uint8{} and []uint8(nil": func(c *compared) { c.Blob = nil },
		`Inner.Text is "a" and ""`:          func(c *compared) { c.Inner.Text = "" },
		`List[1].Text is "c" and "d"`:       func(c *compared) { c.List[1].Text = "d" },
		"List is []tagwire.compared":        func(c *compared) { c.List = c.List[:1] },
		"Map[x][1] is false and true":       func(c *compared) { c.Map["x"][1] = true },
		"Map[x] is missing":                 func(c *compared) { c.Map = map[string][]bool{"y": {true, false}} },
		"Keys is map[":                      func(c *compared) { c.Keys = nil },
		"the values encode to ":             func(c *compared) { c.Keys = map[*comparedInner]int8{{"l"}: 1} },
	} {
		a, b := fullCompared(), fullCompared()
		change(b)
		got := e.differ(unsafe.Pointer(a), unsafe.Pointer(b))
		require.Equal(t, want == "", got == "", "%q: %s", want, got)
		require.True(t, strings.HasPrefix(got, want), "%q: %s", want, got)
	}
}

// Two types of one shape in memory and two on the wire.
type (
	rightSide struct {
		First  int32 `frugal:"1,default"`
		Second int32 `frugal:"2,default"`
	}
	wrongSide struct {
		First  int32 `frugal:"2,default"`
		Second int32
	}
)

// TestCompareSwitch: calls on which the engines agree are not reported, and those of an engine that is wrong are.
func TestCompareSwitch(t *testing.T) {
	codec, err := For[compared](WithEngine(Native))
	if err != nil {
		require.ErrorIs(t, err, ErrUnsupportedType)
		require.False(t, hasBackend(), "%v", err)
		return
	}
	reports := comparingTo(t)

	value := fullCompared()
	value.Map["y"], value.Map["z"] = nil, nil
	data, err := codec.Append(nil, value)
	require.NoError(t, err)
	_, err = codec.Decode(data, new(compared))
	require.NoError(t, err)
	for n := range data {
		_, _ = codec.Decode(data[:n], fullCompared())
		_, _ = codec.Encode(make([]byte, n), value)
	}
	require.Empty(t, reports.String())

	right, err := For[rightSide](WithEngine(Native))
	require.NoError(t, err)
	wrong, err := For[wrongSide](WithEngine(Native))
	require.NoError(t, err)
	right.codec.native.codec.Store(wrong.codec.native.codec.Load())
	two := &rightSide{1, 2}
	_, _ = right.Size(two)
	_, _ = right.Encode(make([]byte, 20), two)
	_, _ = right.Decode([]byte{8, 0, 1, 0, 0, 0, 7, 0}, new(rightSide))
	require.Equal(t, `tagwire: the engines differ in the size of tagwire.rightSide: native says 8, true; reflection 15, <nil>; 0 bytes 
tagwire: the engines differ in the encoding of tagwire.rightSide: native says 8, true; reflection 15, <nil>; 15 bytes 080001000000010800020000000200
tagwire: the engines differ in the decoding of tagwire.rightSide: First is 0 and 7; 8 bytes 0800010000000700
`, reports.String())
}

// comparingTo has each call run by both engines until the test ends, and returns what is reported of that.
func comparingTo(t *testing.T) *strings.Builder {
	reports := new(strings.Builder)
	comparing, differences = true, reports
	t.Cleanup(func() { comparing, differences = false, os.Stderr })
	return reports
}

// TestCompareSwitchInDirectCalls: the same for calls that refer to large strings, and that sort maps.
func TestCompareSwitchInDirectCalls(t *testing.T) {
	options := []Option{WithEngine(Native), WithDeterministic()}
	codec, err := CodecOf(reflect.TypeFor[compared](), options...)
	if err != nil {
		require.ErrorIs(t, err, ErrUnsupportedType)
		require.False(t, hasBackend(), "%v", err)
		return
	}
	reports := comparingTo(t)

	value := fullCompared()
	value.Blob = make([]byte, 5000)
	value.Map["y"], value.Map["z"] = nil, nil
	data, err := codec.Append(nil, value)
	require.NoError(t, err)
	var taken cuts
	n, err := codec.EncodeAt(data, unsafe.Pointer(value), &taken)
	require.NoError(t, err)
	require.Len(t, taken.references, 1)
	_, err = EncodeDirect(data[:n-1], value, &taken, WithEngine(Native)) // in any order
	require.ErrorIs(t, err, ErrBufferTooSmall)
	require.Empty(t, reports.String())

	one, err := CodecOf(reflect.TypeFor[oneText](), options...)
	require.NoError(t, err)
	other, err := CodecOf(reflect.TypeFor[otherText](), options...)
	require.NoError(t, err)
	at := unsafe.Pointer(&oneText{strings.Repeat("x", 4096)})
	_, err = other.EncodeAt(make([]byte, 20), unsafe.Pointer(&otherText{}), &taken) // has its code made
	require.NoError(t, err)
	require.Empty(t, reports.String())
	one.codec.native.direct.code.Store(other.codec.native.direct.code.Load())
	_, _ = one.EncodeAt(make([]byte, 20), at, &taken)
	require.Regexp(t, "^tagwire: the engines differ in the encoding of tagwire.oneText: reflection wrote 0b000100001000(78)+; ", reports.String())
	require.Less(t, reports.Len(), 2000)
}

type (
	oneText struct {
		Text string `frugal:"1,default"`
	}
	otherText struct {
		Text string `frugal:"2,default"`
	}
)
