package fuzz

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tagwire/tagwire"
	"github.com/tagwire/tagwire/fuzz/cases"
	"github.com/tagwire/tagwire/fuzz/harness"
)

// eachProtobuf runs a subtest for each engine and mode, for Protobuf. Those of native code have to call it.
func eachProtobuf(t *testing.T, test func(t *testing.T, e harness.Engine)) {
	t.Helper()
	for _, e := range harness.EnginesIn(tagwire.Protobuf) {
		t.Run(e.Name, func(t *testing.T) {
			defer callsNative(t, strings.Contains(e.Name, "native"))()
			test(t, e)
		})
	}
}

// eachCopying is eachProtobuf without the mode in which strings alias the input.
func eachCopying(t *testing.T, test func(t *testing.T, e harness.Engine)) {
	t.Helper()
	for _, e := range harness.EnginesIn(tagwire.Protobuf) {
		if !e.ZeroCopy {
			t.Run(e.Name, func(t *testing.T) {
				defer callsNative(t, strings.Contains(e.Name, "native"))()
				test(t, e)
			})
		}
	}
}

// callsNative returns a function that fails the test if there have been no native calls since, and there should have been.
func callsNative(t *testing.T, should bool) func() {
	before := tagwire.Stats().NativeCalls
	return func() {
		if should && !t.Failed() && tagwire.Stats().NativeCalls == before {
			t.Error("nothing ran natively")
		}
	}
}

// lengthDelimited returns a field with its length.
func lengthDelimited(tag string, value []byte) []byte {
	return append(binary.AppendUvarint([]byte(tag), uint64(len(value))), value...)
}

// TestProtobufFaultsInside: faults of tags and lengths have their code and place in messages, groups, lists, maps and what is unknown.
func TestProtobufFaultsInside(t *testing.T) {
	const huge = "80808080808080808001" // 2^63
	for name, c := range map[string]struct{ typ, data, want string }{
		"a tag of ten bytes":                 {"ProtoScalars", "88808080808080808001", "InvalidData at 0 in ProtoScalars"},
		"a tag of eleven bytes":              {"ProtoScalars", "8880808080808080808001", "InvalidData at 0 in ProtoScalars"},
		"a tag of ten bytes in a message":    {"ProtoTree", "120a 88808080808080808001", "InvalidData at 2 in ProtoTree.Left"},
		"a tag of ten bytes in a group":      {"ProtoGroups", "0b 88808080808080808001 0c", "InvalidData at 1 in ProtoGroups.One"},
		"a tag of ten bytes in what is kept": {"ProtoNothing", "a306 88808080808080808001", "InvalidData at 2 in ProtoNothing.#100"},
		"2^63 bytes of a packed list":        {"ProtoLists", "12" + huge, "SizeLimit at 1 in ProtoLists.I32s"},
		"2^63 bytes of fixed numbers":        {"ProtoLists", "42" + huge, "SizeLimit at 1 in ProtoLists.F32s"},
		"2^63 bytes of a message":            {"ProtoTree", "12" + huge, "SizeLimit at 1 in ProtoTree.Left"},
		"2^63 bytes of an entry":             {"ProtoMaps", "12" + huge, "SizeLimit at 1 in ProtoMaps.I32s"},
		"2^63 bytes in an entry":             {"ProtoMaps", "720c0a" + huge + "00", "SizeLimit at 3 in ProtoMaps.Points"},
		"2^63 bytes unknown":                 {"ProtoNothing", "12" + huge, "SizeLimit at 1 in ProtoNothing.#2"},
		"2^63 bytes in an unknown group":     {"ProtoNothing", "0b12" + huge + "0c", "SizeLimit at 2 in ProtoNothing.#1"},
		"2^64 - 1 bytes":                     {"ProtoScalars", "7affffffffffffffffff01", "SizeLimit at 1 in ProtoScalars.Text"},
		"2^31 bytes":                         {"ProtoScalars", "7a8080808008", "SizeLimit at 1 in ProtoScalars.Text"},
		"a packed list cut in an element":    {"ProtoLists", "1203 0180ff 0a00", "ShortBuffer at 3 in ProtoLists.I32s[1]"},
		"a packed list of doubles cut":       {"ProtoLists", "5a0c 0000000000000000 01020304", "ShortBuffer at 10 in ProtoLists.Reals[1]"},
		"a packed list of bools too long":    {"ProtoLists", "0a0b ffffffffffffffffffff01", "InvalidData at 2 in ProtoLists.Flags[0]"},
		"the end of a group of another":      {"ProtoGroups", "0b14", "InvalidData at 1 in ProtoGroups.One"},
		"a group that does not end":          {"ProtoGroups", "0b0801", "ShortBuffer at 3 in ProtoGroups.One"},
		"a group beyond its message":         {"ProtoGroups", "8301 0b 8401 0c", "InvalidData at 3 in ProtoGroups.Inner.One"},
	} {
		eachProtobuf(t, func(t *testing.T, e harness.Engine) {
			found, ok := cases.Find(c.typ)
			require.True(t, ok)
			input := unhex(t, c.data)
			got := harness.NewDecoder(t, e, found, len(input)).Decode(input)
			require.Equal(t, c.want, got.String(), name)
		})
	}
}

// TestProtobufNestsDeeply: 100,000 levels of messages, groups, and entries of maps are too many, and one level more than is allowed is.
func TestProtobufNestsDeeply(t *testing.T) {
	nested := func(n int, wrap func(inner []byte) []byte) []byte {
		var message []byte
		for range n {
			message = wrap(message)
		}
		return message
	}
	group := func(n int) []byte {
		return append(bytes.Repeat([]byte("\x83\x01"), n), bytes.Repeat([]byte("\x84\x01"), n)...)
	}
	left := func(inner []byte) []byte { return lengthDelimited("\x12", inner) }
	oneof := func(inner []byte) []byte { return lengthDelimited("\x32", inner) }
	named := func(inner []byte) []byte { return lengthDelimited("\x2a", lengthDelimited("\x12", inner)) }
	mixed := func(inner []byte) []byte { return left(oneof(named(inner))) }
	for name, c := range map[string]struct {
		typ    string
		build  func(n int) []byte
		levels int // of each turn
	}{
		"groups":          {"ProtoGroups", group, 1},
		"messages":        {"ProtoTree", func(n int) []byte { return nested(n, left) }, 1},
		"oneofs":          {"ProtoTree", func(n int) []byte { return nested(n, oneof) }, 1},
		"entries of maps": {"ProtoTree", func(n int) []byte { return nested(n, named) }, 1},
		"all of them":     {"ProtoTree", func(n int) []byte { return nested(n, mixed) }, 3},
	} {
		eachCopying(t, func(t *testing.T, e harness.Engine) {
			found, _ := cases.Find(c.typ)
			codec, err := tagwire.CodecOf(found.Type, e.Options()...)
			require.NoError(t, err)
			most := 999 / c.levels // the top message is a level
			value := found.New()
			_, err = codec.Decode(c.build(most), value)
			require.NoError(t, err, name)
			// Native code leaves it to reflection to write what would have to be moved too often: that is for deeper maps.
			value = found.New()
			_, err = codec.Decode(c.build(min(most, 600)), value)
			require.NoError(t, err, name)
			again, err := codec.Append(nil, value)
			require.NoError(t, err, name)
			second := found.New()
			_, err = codec.Decode(again, second)
			require.NoError(t, err, name)
			require.True(t, cases.Equal(value, second), name)
			_, err = codec.Decode(c.build(most+1), found.New())
			require.ErrorIs(t, err, tagwire.ErrDepthLimit, name)
			if name == "groups" { // the others take the square of their depth to build
				_, err = codec.Decode(c.build(100_000), found.New())
				require.ErrorIs(t, err, tagwire.ErrDepthLimit, name)
			} else {
				_, err = codec.Decode(c.build(1_500), found.New())
				require.ErrorIs(t, err, tagwire.ErrDepthLimit, name)
			}
		})
	}
}

// A costly is a message that takes much more memory than bytes.
type costly struct {
	name, typ string
	message   []byte
}

// TestProtobufCostsInProportion: a million empty messages or entries in some megabytes cost what building the value by hand does.
func TestProtobufCostsInProportion(t *testing.T) {
	const million = 1_000_000
	count := shortOrLong(million/20, million)
	distinct := func(tag string, n int) (message []byte) {
		for i := range n {
			message = append(message, lengthDelimited(tag, binary.AppendUvarint([]byte{0x08}, uint64(i)))...)
		}
		return message
	}
	all := []costly{
		{"empty messages", "ProtoLists", bytes.Repeat([]byte{0x7a, 0}, shortOrLong(million/4, million))},
		{"empty messages by value", "ProtoLists", bytes.Repeat([]byte{0x82, 1, 0}, count)},
		{"empty texts", "ProtoLists", bytes.Repeat([]byte{0x62, 0}, count)},
		{"empty bytes", "ProtoLists", bytes.Repeat([]byte{0x6a, 0}, count)},
		{"empty groups", "ProtoGroups", bytes.Repeat([]byte{0x13, 0x14}, count)},
		{"loose numbers", "ProtoLists", bytes.Repeat([]byte{0x88, 1, 1}, count)},
		{"packed numbers", "ProtoLists", lengthDelimited("\x12", make([]byte, count))},
		{"packed numbers in many pieces", "ProtoLists", bytes.Repeat([]byte{0x12, 3, 1, 2, 3}, count/4)},
		{"entries of one key", "ProtoMaps", bytes.Repeat([]byte{0x72, 0}, count)},
		{"entries of many keys", "ProtoMaps", distinct("\x12", count)},
		{"entries of many keys with messages", "ProtoMaps", distinct("\x7a", count/4)},
		{"unknown fields", "ProtoNothing", bytes.Repeat([]byte{0x08, 1}, count)},
		{"unknown fields with a mark", "ProtoKeeper", bytes.Repeat([]byte{0x48, 1}, count)},
		{"one message in many parts", "ProtoKeeper", bytes.Repeat([]byte{0x3a, 2, 0x08, 1}, count/4)},
		{"members of a oneof in turn", "ProtoTree", bytes.Repeat([]byte{0x40, 1}, count/8)},
	}
	for _, c := range all {
		eachCopying(t, func(t *testing.T, e harness.Engine) {
			found, _ := cases.Find(c.typ)
			for _, data := range [][]byte{c.message, append(bytes.Clone(c.message), 0)} { // the second one is refused at its end
				costsInProportion(t, e, found, c, data)
			}
		})
	}
}

func costsInProportion(t *testing.T, e harness.Engine, found cases.Case, c costly, data []byte) {
	codec, err := tagwire.CodecOf(found.Type, e.Options()...)
	require.NoError(t, err)
	least, bound := uint64(math.MaxUint64), uint64(0)
	for range 2 { // the first one may compile, and the counters are the whole process's
		target := found.New()
		total := harness.Allocated(func() { _, err = codec.Decode(data, target) })
		byHand := harness.ByHand(target)
		bound = 4*byHand + byHand/32 + 64<<10 // the allocator gives whole pages for what is large
		if err != nil {
			bound += 4 * byHand // each engine may have built a map, whose size is not known before
		}
		if c.name == "entries of one key" || c.name == "members of a oneof in turn" {
			bound += 128 * uint64(len(data)) // what is replaced is not in the value
		}
		least = min(least, total)
	}
	require.Equal(t, len(data) == len(c.message), err == nil, "%s: %v", c.name, err)
	require.LessOrEqual(t, least, bound, c.name)
	if err == nil {
		target := found.New()
		kept := harness.Kept(func() any {
			_, err = codec.Decode(data, target)
			return target
		})
		byHand := harness.ByHand(target)
		require.LessOrEqual(t, kept, 2*byHand+byHand/32+64<<10, "kept: %s", c.name)
	}
}

// TestProtobufManyFields: up to 3,000 fields of all sorts, most of whose tags have two or three bytes.
func TestProtobufManyFields(t *testing.T) {
	count := shortOrLong(400, 3000) // most of the time is that of compiling them
	type kind struct {
		goType reflect.Type
		word   string
	}
	scalars := []kind{
		{reflect.TypeFor[int32](), ""}, {reflect.TypeFor[*int64](), ",zigzag"}, {reflect.TypeFor[string](), ""}, {reflect.TypeFor[bool](), ""},
		{reflect.TypeFor[*float64](), ",oneof=choice"}, {reflect.TypeFor[uint32](), ",fixed"},
	}
	others := []kind{{reflect.TypeFor[[]uint32](), ",fixed"}, {reflect.TypeFor[*cases.ProtoBlock](), ""}, {reflect.TypeFor[map[int32]string](), ""}}
	var fields []reflect.StructField
	for i := range count {
		s := scalars[i%len(scalars)]
		if i%20 == 19 {
			s = others[i/20%len(others)]
		}
		fields = append(fields, reflect.StructField{
			Name: fmt.Sprint("F", i), Type: s.goType, Tag: reflect.StructTag("protobuf:" + strconv.Quote(fmt.Sprint(1+i*7, s.word))),
		})
	}
	typ := reflect.StructOf(fields)
	value := reflect.New(typ)
	for i := range count {
		f := value.Elem().Field(i)
		if typ.Field(i).Type != reflect.TypeFor[*float64]() || i == 4 {
			cases.FillKey(f, []byte{9, 3, byte(i), byte(i >> 8), 1, 2, 3, 4})
		}
		if f.Kind() == reflect.String || f.Kind() == reflect.Map {
			f.SetZero()
		}
		if f.Kind() == reflect.String {
			f.SetString(strconv.Itoa(i))
		}
	}
	cases.Complete(value.Interface())
	var first []byte
	protoEngines(t, func(t *testing.T, options ...tagwire.Option) {
		data, err := tagwire.Marshal(value.Interface(), append(options, tagwire.WithDeterministic())...)
		require.NoError(t, err)
		if first == nil {
			first = data
		}
		require.True(t, bytes.Equal(first, data), "the engines differ")
		back := reflect.New(typ)
		require.NoError(t, tagwire.Unmarshal(data, back.Interface(), options...))
		require.True(t, cases.Equal(value.Interface(), back.Interface()))
		// In descending order, too: each field is found by its number.
		var pieces [][]byte
		for rest := data; len(rest) > 0; {
			n := fieldSize(t, rest)
			pieces, rest = append(pieces, rest[:n]), rest[n:]
		}
		var turned []byte
		for i := range pieces {
			turned = append(turned, pieces[len(pieces)-1-i]...)
		}
		other := reflect.New(typ)
		require.NoError(t, tagwire.Unmarshal(turned, other.Interface(), options...))
		require.True(t, cases.Equal(value.Interface(), other.Interface()))
	})
}

// fieldSize returns the size of the first field of a message without groups.
func fieldSize(t *testing.T, message []byte) int {
	tag, n := binary.Uvarint(message)
	require.Positive(t, n)
	switch tag & 7 {
	case 0:
		_, size := binary.Uvarint(message[n:])
		return n + size
	case 1:
		return n + 8
	case 2:
		length, size := binary.Uvarint(message[n:])
		return n + size + int(length)
	}
	require.EqualValues(t, 5, tag&7)
	return n + 4
}

// TestProtobufMergesShared: what a target refers to twice is merged into for both, and a target that refers to itself ends.
func TestProtobufMergesShared(t *testing.T) {
	protoEngines(t, func(t *testing.T, options ...tagwire.Option) {
		merge := append(options, tagwire.WithMerge())
		shared := &cases.ProtoTree{Value: 1, Children: []*cases.ProtoTree{{Value: 2}}}
		v := &cases.ProtoTree{Left: shared, Right: shared, Inner: shared}
		require.NoError(t, tagwire.Unmarshal(mustHex(t, "12020805 1a04 22020806 3204 22020807"), v, merge...))
		require.Same(t, v.Left, v.Right)
		require.Same(t, v.Left, v.Inner)
		require.Equal(t, "{Children: [&{Value: 2} &{Value: 6} &{Value: 7}], Value: 5}", cases.Text(shared))

		// A value of another decode, which shares memory with its siblings, is a target like any other.
		list := &cases.ProtoLists{}
		require.NoError(t, tagwire.Unmarshal(mustHex(t, "0a03010001 12020102 6201616201 62"), list, options...))
		neighbour := *list
		require.NoError(t, tagwire.Unmarshal(mustHex(t, "0a0100 12010a 620163"), list, merge...))
		require.Equal(t, []int32{1, 2}, neighbour.I32s)
		require.Equal(t, []int32{1, 2, 10}, list.I32s)
		require.Equal(t, []string{"a", "b", "c"}, list.Texts)
		require.Equal(t, []string{"a", "b"}, neighbour.Texts)

		cycle := &cases.ProtoTree{Value: 1}
		cycle.Left, cycle.Children = cycle, []*cases.ProtoTree{cycle}
		require.NoError(t, tagwire.Unmarshal(mustHex(t, "1204 2202 0809 120a 1208 2202080a 1202080b 2200"), cycle, merge...))
		require.Same(t, cycle, cycle.Left)
		require.EqualValues(t, 11, cycle.Value)
		require.Len(t, cycle.Children, 4)
	})
}
