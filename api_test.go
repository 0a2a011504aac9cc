package tagwire_test

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"math"
	"net"
	"os"
	"reflect"
	"strings"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"

	"github.com/tagwire/tagwire"
	"github.com/tagwire/tagwire/fuzz/harness"
)

type color int64

type leaf struct {
	Name string `frugal:"1,default,string" protobuf:"1"`
	Size *int32 `frugal:"2,optional,i32" protobuf:"2"`
}

type tree struct {
	ID       int64            `frugal:"1,required,i64"`
	Color    color            `frugal:"2,default,color"`
	Leaf     *leaf            `frugal:"3,default,leaf"`
	Value    leaf             `frugal:"4,default,leaf"`
	Names    []string         `frugal:"5,default,list<string>"`
	Leaves   []*leaf          `frugal:"6,default,list<leaf>"`
	Counts   map[string]int32 `frugal:"7,default,map<string:i32>"`
	Body     []byte           `frugal:"8,default,binary"`
	Children []*tree          `frugal:"9,default,list<tree>"`
}

func sample() *tree {
	size := int32(7)
	return &tree{
		ID: 1, Color: -3, Leaf: &leaf{Name: "a", Size: &size}, Value: leaf{Name: "b"},
		Names: []string{"x", "", "zz"}, Leaves: []*leaf{{Name: "c"}, {Name: "d", Size: &size}},
		Counts: map[string]int32{"one": 1, "two": 2}, Body: []byte{1, 2, 3},
		Children: []*tree{{ID: 2, Leaf: &leaf{}, Names: []string{}, Leaves: []*leaf{}, Counts: map[string]int32{}, Body: []byte{}, Children: []*tree{}}},
	}
}

func TestRoundTripThroughEveryEntry(t *testing.T) {
	want := sample()
	data, err := tagwire.Marshal(want, tagwire.WithDeterministic())
	require.NoError(t, err)
	size, err := tagwire.Size(want)
	require.NoError(t, err)
	require.Equal(t, len(data), size)

	var got tree
	require.NoError(t, tagwire.Unmarshal(data, &got))
	require.Equal(t, want, &got)

	got = tree{}
	n, err := tagwire.Decode(append(bytes.Clone(data), 0xff, 0xff), &got)
	require.NoError(t, err)
	require.Equal(t, len(data), n)
	require.Equal(t, want, &got)

	byValue, err := tagwire.Marshal(*want, tagwire.WithDeterministic())
	require.NoError(t, err)
	require.Equal(t, data, byValue)

	appended, err := tagwire.Append([]byte("head"), want, tagwire.WithDeterministic())
	require.NoError(t, err)
	require.Equal(t, append([]byte("head"), data...), appended)

	codec, err := tagwire.For[tree](tagwire.WithDeterministic())
	require.NoError(t, err)
	buf := make([]byte, len(data))
	n, err = codec.Encode(buf, want)
	require.NoError(t, err)
	require.Equal(t, data, buf[:n])
	appended, err = codec.Append(nil, want)
	require.NoError(t, err)
	require.Equal(t, data, appended)
	got = tree{}
	n, err = codec.Decode(data, &got)
	require.NoError(t, err)
	require.Equal(t, len(data), n)
	require.Equal(t, want, &got)

	dynamic, err := tagwire.CodecOf(reflect.TypeFor[tree](), tagwire.WithDeterministic())
	require.NoError(t, err)
	appended, err = dynamic.Append(nil, want)
	require.NoError(t, err)
	require.Equal(t, data, appended)
	n, err = dynamic.Encode(buf, *want)
	require.NoError(t, err)
	require.Equal(t, data, buf[:n])
	size, err = dynamic.Size(want)
	require.NoError(t, err)
	require.Equal(t, len(data), size)
	got = tree{}
	_, err = dynamic.Decode(data, &got)
	require.NoError(t, err)
	require.Equal(t, want, &got)
}

func TestBytesOfASmallStruct(t *testing.T) {
	size := int32(-2)
	data, err := tagwire.Marshal(&leaf{Name: "ab", Size: &size})
	require.NoError(t, err)
	require.Equal(t, "0b0001000000026162"+"080002fffffffe"+"00", hex.EncodeToString(data))
}

func TestNilPointerIsOneStop(t *testing.T) {
	data, err := tagwire.Marshal((*leaf)(nil))
	require.NoError(t, err)
	require.Equal(t, []byte{0}, data)
	codec, err := tagwire.For[leaf]()
	require.NoError(t, err)
	data, err = codec.Append(nil, nil)
	require.NoError(t, err)
	require.Equal(t, []byte{0}, data)
}

func TestMisuseIsAnError(t *testing.T) {
	var nilLeaf *leaf
	codec, err := tagwire.For[leaf]()
	require.NoError(t, err)
	dynamic, err := tagwire.CodecOf(reflect.TypeFor[leaf]())
	require.NoError(t, err)
	calls := map[string]func() error{
		"encode nil":           func() error { _, err := tagwire.Marshal(nil); return err },
		"encode an int":        func() error { _, err := tagwire.Marshal(1); return err },
		"encode **struct":      func() error { _, err := tagwire.Marshal(&nilLeaf); return err },
		"size of a map":        func() error { _, err := tagwire.Size(map[string]int{}); return err },
		"decode into a value":  func() error { return tagwire.Unmarshal([]byte{0}, leaf{}) },
		"decode into nil":      func() error { return tagwire.Unmarshal([]byte{0}, nil) },
		"decode into nil *":    func() error { return tagwire.Unmarshal([]byte{0}, nilLeaf) },
		"codec into nil":       func() error { _, err := codec.Decode([]byte{0}, nil); return err },
		"codec of an int":      func() error { _, err := tagwire.For[int](); return err },
		"codec of a pointer":   func() error { _, err := tagwire.For[*leaf](); return err },
		"codec of nil":         func() error { _, err := tagwire.CodecOf(nil); return err },
		"dynamic, wrong type":  func() error { _, err := dynamic.Append(nil, &tree{}); return err },
		"dynamic decode wrong": func() error { _, err := dynamic.Decode([]byte{0}, &tree{}); return err },
		"unknown format":       func() error { _, err := tagwire.Marshal(&leaf{}, tagwire.WithFormat(99)); return err },
		"unknown engine":       func() error { _, err := tagwire.Marshal(&leaf{}, tagwire.WithEngine(99)); return err },
		"compile an int":       func() error { return tagwire.Compile(reflect.TypeFor[leaf](), reflect.TypeFor[int]()) },
	}
	for name, call := range calls {
		err := call()
		var e *tagwire.Error
		require.ErrorAs(t, err, &e, name)
		require.ErrorIs(t, err, tagwire.ErrUnsupportedType, name)
		require.Equal(t, -1, e.Offset, name)
	}
}

func TestEncodeStaysInsideTheBuffer(t *testing.T) {
	v := sample()
	size, err := tagwire.Size(v)
	require.NoError(t, err)
	for room := range size {
		buf := bytes.Repeat([]byte{0xEE}, size+8)
		n, err := tagwire.Encode(buf[:room], v) // the capacity would suffice
		require.ErrorIs(t, err, tagwire.ErrBufferTooSmall, "%d of %d", room, size)
		require.Zero(t, n)
		require.Equal(t, bytes.Repeat([]byte{0xEE}, size+8-room), buf[room:])
		var e *tagwire.Error
		require.ErrorAs(t, err, &e)
		require.LessOrEqual(t, e.Offset, room)
	}
	_, err = tagwire.Encode(make([]byte, size), v)
	require.NoError(t, err)
}

func TestTrailingData(t *testing.T) {
	err := tagwire.Unmarshal([]byte{0, 0}, &leaf{})
	require.ErrorIs(t, err, tagwire.ErrTrailingData)
	var e *tagwire.Error
	require.ErrorAs(t, err, &e)
	require.Equal(t, 1, e.Offset)
}

func TestErrorPathNamesTheField(t *testing.T) {
	data, err := hex.DecodeString("0f0006" + "0c00000002" + "00" + "0b0001ffffffff")
	require.NoError(t, err)
	var e *tagwire.Error
	require.ErrorAs(t, tagwire.Unmarshal(data, &tree{}), &e)
	require.Equal(t, "tree.Leaves[1].Name", e.Path)
	require.Equal(t, 12, e.Offset)
	require.ErrorIs(t, e, tagwire.ErrNegativeSize)
	require.Equal(t, reflect.TypeFor[string](), e.Type)

	require.ErrorAs(t, tagwire.Unmarshal([]byte{0}, &tree{}), &e)
	require.Equal(t, "tree.ID", e.Path)
	require.ErrorIs(t, e, tagwire.ErrRequired)
	require.ErrorIs(t, e, tagwire.ErrInvalidData)
	require.Equal(t, 0, e.Offset)

	data, err = hex.DecodeString("0d0007" + "0b0800000001" + "000000026b31" + "0000")
	require.NoError(t, err)
	require.ErrorAs(t, tagwire.Unmarshal(data, &tree{}), &e)
	require.Equal(t, `tree.Counts["k1"]`, e.Path)
	require.ErrorIs(t, e, tagwire.ErrShortBuffer)
}

func TestEnumMustFit(t *testing.T) {
	_, err := tagwire.Marshal(&tree{Color: math.MaxInt32 + 1})
	require.ErrorIs(t, err, tagwire.ErrInvalidData)
	var e *tagwire.Error
	require.ErrorAs(t, err, &e)
	require.Equal(t, "tree.Color", e.Path)
	require.Equal(t, 11+3, e.Offset)
}

func TestZeroCopyAliasesAndCopyDoesNot(t *testing.T) {
	data, err := tagwire.Marshal(&tree{ID: 1, Value: leaf{Name: "hello"}, Body: []byte("world")})
	require.NoError(t, err)
	for name, test := range map[string]struct {
		options []tagwire.Option
		aliases bool
	}{
		"copy":      {nil, false},
		"owned":     {[]tagwire.Option{tagwire.WithOwnedStrings()}, false},
		"zero copy": {[]tagwire.Option{tagwire.WithZeroCopy()}, true},
	} {
		input := bytes.Clone(data)
		var v tree
		require.NoError(t, tagwire.Unmarshal(input, &v, test.options...), name)
		require.Equal(t, "hello", v.Value.Name)
		require.Equal(t, len(v.Body), cap(v.Body), name)
		for i := range input {
			input[i] = '!'
		}
		require.Equal(t, test.aliases, v.Value.Name == "!!!!!", name)
		require.Equal(t, test.aliases, string(v.Body) == "!!!!!", name)
	}
}

func TestLimits(t *testing.T) {
	v := sample()
	data, err := tagwire.Marshal(v, tagwire.WithDeterministic())
	require.NoError(t, err)

	require.NoError(t, tagwire.Unmarshal(data, &tree{}, tagwire.WithMaxSize(len(data))))
	require.ErrorIs(t, tagwire.Unmarshal(data, &tree{}, tagwire.WithMaxSize(len(data)-1)), tagwire.ErrSizeLimit)
	n, err := tagwire.Decode(append(bytes.Clone(data), 1, 2, 3), &tree{}, tagwire.WithMaxSize(len(data)))
	require.NoError(t, err)
	require.Equal(t, len(data), n)
	for room := range len(data) {
		_, err = tagwire.Marshal(v, tagwire.WithMaxSize(room+1), tagwire.WithDeterministic())
		buf := make([]byte, len(data))
		_, byEncode := tagwire.Encode(buf, v, tagwire.WithMaxSize(room+1), tagwire.WithDeterministic())
		if room+1 == len(data) {
			require.NoError(t, err)
			require.NoError(t, byEncode)
			continue
		}
		require.ErrorIs(t, err, tagwire.ErrSizeLimit)
		require.ErrorIs(t, byEncode, tagwire.ErrSizeLimit)
		var e *tagwire.Error
		require.ErrorAs(t, err, &e)
		require.LessOrEqual(t, e.Offset, room+1)
	}

	require.NoError(t, tagwire.Unmarshal(data, &tree{}, tagwire.WithMaxDepth(4)))
	require.ErrorIs(t, tagwire.Unmarshal(data, &tree{}, tagwire.WithMaxDepth(3)), tagwire.ErrDepthLimit)
	_, err = tagwire.Marshal(v, tagwire.WithMaxDepth(4))
	require.NoError(t, err)
	_, err = tagwire.Marshal(v, tagwire.WithMaxDepth(3))
	require.ErrorIs(t, err, tagwire.ErrDepthLimit)

	require.NoError(t, tagwire.Unmarshal(data, &tree{}, tagwire.WithMaxAlloc(4096)))
	require.ErrorIs(t, tagwire.Unmarshal(data, &tree{}, tagwire.WithMaxAlloc(64)), tagwire.ErrSizeLimit)
}

func TestCyclicValue(t *testing.T) {
	v := &tree{}
	v.Children = []*tree{v}
	for _, encode := range []func() error{
		func() error { _, err := tagwire.Marshal(v); return err },
		func() error { _, err := tagwire.Encode(make([]byte, 1<<20), v); return err },
		func() error { _, err := tagwire.Size(v, tagwire.WithMaxDepth(1<<30)); return err },
	} {
		err := encode()
		require.ErrorIs(t, err, tagwire.ErrDepthLimit)
		require.Less(t, len(err.Error()), 4096)
	}
}

type large struct {
	A string           `frugal:"1,default,string"`
	B []byte           `frugal:"2,default,binary"`
	C map[string]int32 `frugal:"3,default,map<string:i32>"`
	D string           `frugal:"4,default,string"`
}

func TestAppendBuffersRefersToLargeStrings(t *testing.T) {
	v := &large{A: strings.Repeat("a", 5000), B: bytes.Repeat([]byte{7}, 4096), C: map[string]int32{"x": 1}, D: strings.Repeat("d", 4095)}
	want, err := tagwire.Marshal(v)
	require.NoError(t, err)
	for _, options := range [][]tagwire.Option{nil, {tagwire.WithDeterministic()}} {
		buffers, err := tagwire.AppendBuffers(net.Buffers{[]byte("head")}, v, options...)
		require.NoError(t, err)
		require.Len(t, buffers, 6)
		require.Same(t, unsafe.StringData(v.A), unsafe.SliceData(buffers[2]))
		require.Same(t, &v.B[0], &buffers[4][0])
		require.Equal(t, "head"+string(want), string(bytes.Join(buffers, nil)))
	}
}

// recorder is a DirectWriter that remembers what it got and where.
type recorder struct {
	bytes  [][]byte
	remain []int
	err    error
}

func (r *recorder) WriteDirect(b []byte, remainCap int) error {
	r.bytes, r.remain = append(r.bytes, b), append(r.remain, remainCap)
	return r.err
}

func TestEncodeDirect(t *testing.T) {
	v := &large{A: strings.Repeat("a", 5000), B: bytes.Repeat([]byte{7}, 4096)}
	want, err := tagwire.Marshal(v)
	require.NoError(t, err)
	var r recorder
	buf := make([]byte, len(want))
	n, err := tagwire.EncodeDirect(buf, v, &r)
	require.NoError(t, err)
	require.Equal(t, len(want)-5000-4096, n)
	require.Equal(t, []int{len(buf) - 7, len(buf) - 14}, r.remain)
	got := bytes.Join([][]byte{buf[:7], r.bytes[0], buf[7:14], r.bytes[1], buf[14:n]}, nil)
	require.Equal(t, want, got)

	r = recorder{err: net.ErrClosed}
	_, err = tagwire.EncodeDirect(buf, v, &r)
	require.ErrorIs(t, err, net.ErrClosed)
	require.ErrorIs(t, err, tagwire.ErrWriteFailed)

	for limit := 1; limit <= len(want); limit++ {
		_, err = tagwire.EncodeDirect(buf, v, &recorder{}, tagwire.WithMaxSize(limit))
		require.Equal(t, limit < len(want), errors.Is(err, tagwire.ErrSizeLimit), "%d of %d: %v", limit, len(want), err)
	}
}

type point struct {
	X int32 `frugal:"1,default,i32"`
}

type sortedMaps struct {
	Strings map[string]int8  `frugal:"1,default,map<string:i8>"`
	Numbers map[int64]int8   `frugal:"2,default,map<i64:i8>"`
	Doubles map[float64]int8 `frugal:"3,default,map<double:i8>"`
	Bools   map[bool]int8    `frugal:"4,default,map<bool:i8>"`
	Points  map[*point]int8  `frugal:"5,default,map<point:i8>"`
	Values  map[int32]point  `frugal:"6,default,map<i32:point>"`
}

func TestDeterministicSortsByKey(t *testing.T) {
	v := &sortedMaps{
		Strings: map[string]int8{"b": 2, "a": 1, "": 0, "aa": 3},
		Numbers: map[int64]int8{5: 1, -1: 2, 0: 3},
		Doubles: map[float64]int8{1.5: 1, math.Inf(-1): 2, math.NaN(): 3, -2: 4},
		Bools:   map[bool]int8{true: 1, false: 0},
		Points:  map[*point]int8{{3}: 1, {1}: 2, {1}: 1, nil: 9},
		Values:  map[int32]point{2: {1}, -2: {2}},
	}
	first, err := tagwire.Marshal(v, tagwire.WithDeterministic())
	require.NoError(t, err)
	for range 20 {
		again, err := tagwire.Marshal(v, tagwire.WithDeterministic())
		require.NoError(t, err)
		require.Equal(t, first, again)
	}
	text := hex.EncodeToString(first)
	require.Contains(t, text, "0d00010b0300000004"+"0000000000"+"000000016101"+"00000002616103"+"000000016202")
	require.Contains(t, text, "0d00020a0300000003"+"ffffffffffffffff02"+"000000000000000003"+"000000000000000501")
	require.Contains(t, text, "0d0003040300000004"+"fff000000000000002"+"c00000000000000004"+"3ff800000000000001"+"7ff8")
	require.Contains(t, text, "0d0004020300000002"+"0000"+"0101")
	require.Contains(t, text, "0d00050c0300000004"+"0009"+"0800010000000100"+"01"+"0800010000000100"+"02"+"0800010000000300"+"01")
	require.Contains(t, text, "0d0006080c00000002"+"fffffffe"+"0800010000000200"+"00000002"+"0800010000000100")
}

func TestEngineOfAndStats(t *testing.T) {
	info := tagwire.EngineOf(reflect.TypeFor[leaf](), tagwire.WithEngine(tagwire.Reflect))
	require.Equal(t, tagwire.EngineInfo{Engine: tagwire.Reflect, Reason: "reflection was asked for"}, info)
	info = tagwire.EngineOf(reflect.TypeFor[leaf]())
	require.Equal(t, harness.HasNative(), info.Engine == tagwire.Native)
	require.Equal(t, info.Engine == tagwire.Reflect, info.Reason != "")
	require.Equal(t, info, tagwire.EngineOf(reflect.TypeFor[*leaf]()))
	require.Equal(t, tagwire.Auto, tagwire.EngineOf(reflect.TypeFor[int]()).Engine)

	before := tagwire.Stats()
	_, err := tagwire.Marshal(&leaf{}, tagwire.WithEngine(tagwire.Reflect))
	require.NoError(t, err)
	after := tagwire.Stats()
	require.Greater(t, after.ReflectCalls, before.ReflectCalls)
	require.NoError(t, tagwire.Compile(reflect.TypeFor[struct {
		OnlyHere bool `frugal:"1"`
	}]()))
	require.Greater(t, tagwire.Stats().Types, before.Types)
	require.Equal(t, harness.HasNative(), tagwire.Stats().NativeTypes > before.NativeTypes)
}

func TestSkipperFindsTheEndInPieces(t *testing.T) {
	value, err := tagwire.Marshal(sample())
	require.NoError(t, err)
	message := binary.BigEndian.AppendUint32(nil, 0x80010001)
	message = binary.BigEndian.AppendUint32(message, 4)
	message = append(message, "echo\x00\x00\x00\x07"...)
	message = append(message, value...)
	for name, test := range map[string]struct {
		skipper *tagwire.Skipper
		data    []byte
	}{
		"value":   {tagwire.NewSkipper(), value},
		"message": {tagwire.NewMessageSkipper(), message},
	} {
		input := append(bytes.Clone(test.data), 0xde, 0xad)
		for piece := 1; piece <= len(input); piece++ {
			test.skipper.Reset()
			used := 0
			for done := false; !done; {
				end := min(used+piece, len(input))
				n, ended, err := test.skipper.Next(input[used:end])
				require.NoError(t, err, name)
				if !ended {
					require.Equal(t, end-used, n, name)
				}
				used, done = used+n, ended
			}
			require.Equal(t, len(test.data), used, "%s in pieces of %d", name, piece)
			n, done, err := test.skipper.Next(input)
			require.Equal(t, 0, n)
			require.True(t, done)
			require.NoError(t, err)
		}
	}
}

func TestSkipperRefuses(t *testing.T) {
	for name, test := range map[string]struct {
		skipper *tagwire.Skipper
		hex     string
		want    error
		offset  int
	}{
		"type":              {tagwire.NewSkipper(), "09", tagwire.ErrInvalidData, 0},
		"element type":      {tagwire.NewSkipper(), "0f00010900000001", tagwire.ErrInvalidData, 3},
		"value type of map": {tagwire.NewSkipper(), "0d0001080100000001", tagwire.ErrInvalidData, 4},
		"string length":     {tagwire.NewSkipper(), "0b0001ffffffff", tagwire.ErrNegativeSize, 3},
		"list count":        {tagwire.NewSkipper(), "0f000108ffffffff", tagwire.ErrNegativeSize, 4},
		"map count":         {tagwire.NewSkipper(), "0d00010808ffffffff", tagwire.ErrNegativeSize, 5},
		"depth":             {tagwire.NewSkipper(tagwire.WithMaxDepth(2)), "0c00010f0001", tagwire.ErrDepthLimit, 6},
		"size, string":      {tagwire.NewSkipper(tagwire.WithMaxSize(100)), "0b00017fffffff", tagwire.ErrSizeLimit, 3},
		"size, list":        {tagwire.NewSkipper(tagwire.WithMaxSize(100)), "0f00010c7fffffff", tagwire.ErrSizeLimit, 4},
		"envelope":          {tagwire.NewMessageSkipper(), "0000000465636865", tagwire.ErrInvalidData, 0},
		"name length":       {tagwire.NewMessageSkipper(), "80010001ffffffff", tagwire.ErrNegativeSize, 4},
	} {
		data, err := hex.DecodeString(test.hex)
		require.NoError(t, err)
		for range 2 { // the error is final
			_, done, err := test.skipper.Next(data)
			require.False(t, done, name)
			require.ErrorIs(t, err, test.want, name)
			var e *tagwire.Error
			require.ErrorAs(t, err, &e)
			require.Equal(t, test.offset, e.Offset, name)
		}
	}
}

// TestSkipperRefusesOptions: options that no codec has are refused by a Skipper too, with the same error, before it looks at
// anything.
func TestSkipperRefusesOptions(t *testing.T) {
	for _, options := range [][]tagwire.Option{{tagwire.WithFormat(99)}, {tagwire.WithEngine(99)}, {tagwire.WithMaxDepth(3), tagwire.WithFormat(7)}} {
		_, want := tagwire.For[leaf](options...)
		if want == nil {
			t.Fatalf("For accepts %v", options)
		}
		for _, skipper := range []*tagwire.Skipper{tagwire.NewSkipper(options...), tagwire.NewMessageSkipper(options...)} {
			for range 2 {
				n, done, err := skipper.Next([]byte{0})
				var got *tagwire.Error
				if n != 0 || done || !errors.As(err, &got) || got.Code != want.(*tagwire.Error).Code || got.Err.Error() != want.(*tagwire.Error).Err.Error() {
					t.Errorf("Next: %d, %v, %v; For: %v", n, done, err, want)
				}
				skipper.Reset()
			}
		}
	}
	if _, done, err := tagwire.NewSkipper(tagwire.WithEngine(tagwire.Reflect), tagwire.WithFormat(tagwire.ThriftBinary)).Next([]byte{0}); !done || err != nil {
		t.Errorf("options that can be had: %v, %v", done, err)
	}
}

// TestFormats: a format has a name, codecs of its own, and an engine, or a reason why another one serves it.
func TestFormats(t *testing.T) {
	value := &leaf{Name: "a"}
	for number, c := range []struct{ name, bytes string }{
		{"Thrift Binary", "0b0001000000016100"}, {"Thrift Compact", "18016100"}, {"Protobuf", "0a0161"}, {"unknown format 3", ""},
	} {
		format := tagwire.Format(number)
		if require.Equal(t, c.name, format.String()); c.bytes == "" {
			break
		}
		options := []tagwire.Option{tagwire.WithFormat(format), tagwire.WithEngine(tagwire.Reflect)}
		data, err := tagwire.Marshal(value, options...)
		require.NoError(t, err)
		require.Equal(t, c.bytes, hex.EncodeToString(data))
		codec, err := tagwire.For[leaf](options...)
		require.NoError(t, err)
		again, err := codec.Append(nil, value)
		require.NoError(t, err)
		require.Equal(t, data, again)
		untyped, err := tagwire.CodecOf(reflect.TypeFor[leaf](), options...)
		require.NoError(t, err)
		again, err = untyped.Append(nil, value)
		require.NoError(t, err)
		require.Equal(t, data, again)
	}
	for _, format := range []tagwire.Format{tagwire.ThriftBinary, tagwire.ThriftCompact, tagwire.Protobuf} {
		info := tagwire.EngineOf(reflect.TypeFor[leaf](), tagwire.WithFormat(format), tagwire.WithEngine(tagwire.Auto))
		_, err := tagwire.For[leaf](tagwire.WithFormat(format), tagwire.WithEngine(tagwire.Native))
		switch info.Engine {
		case tagwire.Native:
			require.NoError(t, err)
		case tagwire.Reflect:
			require.NotEmpty(t, info.Reason)
			if os.Getenv("TAGWIRE_ENGINE") == "" {
				require.ErrorIs(t, err, tagwire.ErrUnsupportedType)
				require.ErrorContains(t, err, info.Reason)
			}
		default: // only where native code is required of all calls
			require.Equal(t, "native", os.Getenv("TAGWIRE_ENGINE"))
			require.ErrorIs(t, err, tagwire.ErrUnsupportedType)
		}
	}
}

// boxOf has a name with type arguments.
type boxOf[T any] struct {
	Text string    `frugal:"1,required"`
	Next *boxOf[T] `frugal:"2,optional"`
	Kind boxKind   `frugal:"3,default,boxKind"`
}

type boxKind int64

// refusing is a DirectWriter.
type refusing struct{}

func (refusing) WriteDirect([]byte, int) error { return errors.New("full") }

// TestErrorsNameTypesOneWay: whatever is wrong, a path begins with the type's name without arguments, or with "struct".
func TestErrorsNameTypesOneWay(t *testing.T) {
	long := strings.Repeat("x", 5000)
	type boxes = boxOf[map[string]int]
	anonymous := struct {
		Text string  `frugal:"1,required"`
		Kind boxKind `frugal:"3,default,boxKind"`
	}{Text: long}
	built := reflect.New(reflect.StructOf([]reflect.StructField{
		{Name: "Text", Type: reflect.TypeFor[string](), Tag: `frugal:"1,required"`}, {Name: "Kind", Type: reflect.TypeFor[boxKind](), Tag: `frugal:"3,default,boxKind"`},
	}))
	built.Elem().Field(0).SetString(long)
	for name, value := range map[string]any{"boxOf": &boxes{Text: long}, "struct": &anonymous, "struct ": built.Interface()} {
		name = strings.TrimSpace(name)
		data, err := tagwire.Marshal(value)
		if err != nil {
			t.Fatal(err)
		}
		wrong := reflect.New(reflect.TypeOf(value).Elem())
		wrong.Elem().FieldByName("Kind").SetInt(1 << 40)
		encode := func(options ...tagwire.Option) error { _, err := tagwire.Marshal(value, options...); return err }
		for what, err := range map[string]error{
			"trailing data":  tagwire.Unmarshal(append(data, 0), value),
			"cut":            tagwire.Unmarshal(data[:1], value),
			"required":       tagwire.Unmarshal([]byte{0}, value),
			"size limit":     encode(tagwire.WithMaxSize(10)),
			"wrong value":    func() error { _, err := tagwire.Marshal(wrong.Interface()); return err }(),
			"small buffer":   func() error { _, err := tagwire.Encode(make([]byte, 9), value); return err }(),
			"no buffer":      func() error { _, err := tagwire.Encode(nil, value); return err }(),
			"writer refuses": func() error { _, err := tagwire.EncodeDirect(make([]byte, 99), value, refusing{}); return err }(),
			"nil":            func() error { _, err := tagwire.Marshal(reflect.Zero(reflect.TypeOf(value)).Interface()); return err }(),
		} {
			var e *tagwire.Error
			if !errors.As(err, &e) {
				t.Fatalf("%s: %v", what, err)
			}
			if root, _, _ := strings.Cut(e.Path, "."); root != name {
				t.Errorf("%s: path %q, want one that begins with %s", what, e.Path, name)
			}
		}
	}
}
