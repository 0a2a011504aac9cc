package fuzz

import (
	"bytes"
	"encoding/hex"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tagwire/tagwire"
)

func mustHex(t *testing.T, text string) []byte {
	t.Helper()
	data, err := hex.DecodeString(strings.ReplaceAll(text, " ", ""))
	require.NoError(t, err)
	return data
}

type item struct {
	A int32  `protobuf:"1"`
	B string `protobuf:"2"`
}

type lists struct {
	Numbers []int32  `protobuf:"1"`
	Items   []item   `protobuf:"2"`
	Texts   []string `protobuf:"3"`
}

// TestMergeIntoRoom: what lies behind the elements of a list in the target belongs to somebody else.
func TestMergeIntoRoom(t *testing.T) {
	protoEngines(t, func(t *testing.T, options ...tagwire.Option) {
		numbers, items, texts := []int32{1, 2}, []item{{1, "a"}, {2, "secret"}}, []string{"x", "y"}
		v := &lists{numbers[:1], items[:1], texts[:1]}
		require.NoError(t, tagwire.Unmarshal(mustHex(t, "0a0109 12020805 1a017a"), v, append(options, tagwire.WithMerge())...))
		require.Equal(t, &lists{[]int32{1, 9}, []item{{1, "a"}, {5, ""}}, []string{"x", "z"}}, v)
		require.Equal(t, []int32{1, 2}, numbers)
		require.Equal(t, []item{{1, "a"}, {2, "secret"}}, items)
		require.Equal(t, []string{"x", "y"}, texts)
	})
}

// TestMergeIntoEmpty: elements that come in several pieces are all there, also where the list was empty and not nil.
func TestMergeIntoEmpty(t *testing.T) {
	protoEngines(t, func(t *testing.T, options ...tagwire.Option) {
		for _, data := range []string{"0a0101 0a0102", "0a0101 0802", "0801 0802", "0801 0a0102", "0a0101 1a017a 0a0102"} {
			v := &lists{Numbers: make([]int32, 0, 4), Texts: []string{}}
			require.NoError(t, tagwire.Unmarshal(mustHex(t, data), v, append(options, tagwire.WithMerge())...))
			require.Equal(t, []int32{1, 2}, v.Numbers, data)
		}
	})
}

// TestMergeOnce: a limit on memory has an input refused, or merged once.
func TestMergeOnce(t *testing.T) {
	type large struct {
		Number int32 `protobuf:"1"`
		_      [1024]byte
	}
	type target struct {
		Numbers []int32         `protobuf:"1"`
		Map     map[int32]large `protobuf:"2"`
	}
	data := mustHex(t, "0a03010203 12020801")
	protoEngines(t, func(t *testing.T, options ...tagwire.Option) {
		for limit := 1; limit < 6000; limit += 7 {
			v := &target{}
			err := tagwire.Unmarshal(data, v, append(options, tagwire.WithMerge(), tagwire.WithMaxAlloc(limit))...)
			require.LessOrEqual(t, len(v.Numbers), 3, "%d: %v", limit, err)
			if err == nil {
				require.Equal(t, []int32{1, 2, 3}, v.Numbers)
			}
		}
	})
}

// TestAllocLimitsAgree: both engines count the same memory.
func TestAllocLimitsAgree(t *testing.T) {
	data := mustHex(t, "0807 1203616263 1a020801 1a020802 2203010203 32050a01611001 32050a01621002 3a0408011200 8201014182010142 4a020801 a20101ff c0060a c2060177 1a05c006010807")
	fits := map[string]int{}
	protoEngines(t, func(t *testing.T, options ...tagwire.Option) {
		limit := 1
		for tagwire.Unmarshal(data, &message{}, append(options, tagwire.WithMaxAlloc(limit))...) != nil {
			limit++
		}
		fits[t.Name()] = limit
	})
	for _, limit := range fits {
		for _, other := range fits {
			require.Equal(t, limit, other, fits)
		}
	}
}

// TestMergeIntoOtherFormat: unknown fields that were kept from Thrift do not become Protobuf, nor the other way round.
func TestMergeIntoOtherFormat(t *testing.T) {
	type both struct {
		Number int32 `frugal:"1" protobuf:"1"`
		//lint:ignore U1000 the codec fills it
		_unknownFields []byte
	}
	protoEngines(t, func(t *testing.T, options ...tagwire.Option) {
		v := &both{}
		require.NoError(t, tagwire.Unmarshal(mustHex(t, "08000200000007 00"), v))
		_, err := tagwire.Marshal(v, options...)
		require.ErrorIs(t, err, tagwire.ErrInvalidData)
		require.ErrorIs(t, tagwire.Unmarshal(mustHex(t, "1805"), v, append(options, tagwire.WithMerge())...), tagwire.ErrInvalidData)
		require.NoError(t, tagwire.Unmarshal(mustHex(t, "1805"), v, options...), "it is reset")
		data, err := tagwire.Marshal(v, options...)
		require.NoError(t, err)
		require.Equal(t, mustHex(t, "1805"), data)
		_, err = tagwire.Marshal(v)
		require.ErrorIs(t, err, tagwire.ErrInvalidData)
	})
}

type (
	strictA struct {
		B *strictB `protobuf:"1"`
		C *strictC `protobuf:"2"`
	}
	strictB struct {
		A *strictA `protobuf:"1"`
	}
	strictC struct {
		Name *string `protobuf:"1,required"`
	}
)

// TestRequiredInCycles: a required field is looked for wherever a recursive type leads.
func TestRequiredInCycles(t *testing.T) {
	protoEngines(t, func(t *testing.T, options ...tagwire.Option) {
		for _, data := range []string{"1200", "0a040a021200", "0a060a040a020a00 1200"} {
			require.ErrorIs(t, tagwire.Unmarshal(mustHex(t, data), &strictA{}, options...), tagwire.ErrRequired, data)
		}
		require.NoError(t, tagwire.Unmarshal(mustHex(t, "0a070a0512030a0141"), &strictA{}, options...))
	})
}

// TestRequiredInParts: what a part of a message lacks another may bring, or what comes in its place. That native code leaves such
// messages to reflection is no fault of it.
func TestRequiredInParts(t *testing.T) {
	protoEngines(t, func(t *testing.T, options ...tagwire.Option) {
		before := tagwire.Stats()
		for data, want := range map[string]string{
			"8a01021001 8a01050a01411002":          "8a01050a01411002",
			"4a058a01021001 4a088a01050a01411001":  "4a088a01050a01411001",
			"4a058a01021001 4005":                  "4005",
			"3a0908011205 8a01021001 3a0408011200": "3a0408011200",
		} {
			v := &message{}
			require.NoError(t, tagwire.Unmarshal(mustHex(t, data), v, options...), data)
			got, err := tagwire.Marshal(v, options...)
			require.NoError(t, err)
			require.Equal(t, want, hex.EncodeToString(got), data)
		}
		after := tagwire.Stats()
		require.Equal(t, before.Refusals, after.Refusals)
	})
}

// TestProtobufMaxSize: an input that is too long is refused, also where what fits would be a message.
func TestProtobufMaxSize(t *testing.T) {
	protoEngines(t, func(t *testing.T, options ...tagwire.Option) {
		for _, merge := range []tagwire.Option{{}, tagwire.WithMerge()} {
			_, err := tagwire.Decode(mustHex(t, "0801 0802"), &message{}, append(options, tagwire.WithMaxSize(2), merge)...)
			require.ErrorIs(t, err, tagwire.ErrSizeLimit)
			_, err = tagwire.Decode(mustHex(t, "0801"), &message{}, append(options, tagwire.WithMaxSize(2), merge)...)
			require.NoError(t, err)
		}
	})
}

// TestOneofInArena: a wrapper from an arena is as new, whatever was done to the one before.
func TestOneofInArena(t *testing.T) {
	protoEngines(t, func(t *testing.T, options ...tagwire.Option) {
		arena := &tagwire.Arena{}
		for _, text := range []string{"0a0141", "0a00"} {
			v := &oneofs{}
			_, err := tagwire.DecodeIn(arena, mustHex(t, text), v, options...)
			require.NoError(t, err)
			held := v.Choice.(*oneofText)
			require.Equal(t, string(mustHex(t, text)[2:]), held.Text)
			arena.Reset()
			held.Text = "stale"
		}
	})
}

type (
	oneofs struct {
		Choice oneofChoice `protobuf_oneof:"choice"`
	}
	oneofChoice interface{ isChoice() }
	oneofText   struct {
		Text string `protobuf:"bytes,1,opt,name=text,oneof"`
	}
)

func (*oneofText) isChoice() {}

func (*oneofs) XXX_OneofWrappers() []any { return []any{(*oneofText)(nil)} }

// TestManyLevels: neither decoding nor encoding takes the product of bytes and levels.
func TestManyLevels(t *testing.T) {
	protoEngines(t, func(t *testing.T, options ...tagwire.Option) {
		v := &message{Anyhow: strings.Repeat("x", 1<<20)}
		for range 60 {
			v = &message{Child: v}
		}
		data, err := tagwire.Marshal(v, options...)
		require.NoError(t, err)
		back := &message{}
		require.NoError(t, tagwire.Unmarshal(data, back, options...))
		require.Equal(t, v, back)
	})
}

// TestProtobufMergeKeepsToItsOwn: memory behind unknown fields that a message has already belongs to somebody else.
func TestProtobufMergeKeepsToItsOwn(t *testing.T) {
	type kept struct {
		Number int32 `protobuf:"1"`
		//lint:ignore U1000 the codec fills it
		_unknownFields []byte
	}
	for _, engine := range []tagwire.Engine{tagwire.Reflect, tagwire.Native} {
		options := []tagwire.Option{tagwire.WithFormat(tagwire.Protobuf), tagwire.WithEngine(engine)}
		if tagwire.EngineOf(reflect.TypeFor[kept](), options...).Engine != engine {
			continue // there is no native code here
		}
		// Two runs of unknown fields: the second may lengthen the memory of the first.
		message := append([]byte{0x12, 20}, bytes.Repeat([]byte("x"), 20)...)
		message = append(message, 8, 1, 0x18, 1)
		var base kept
		require.NoError(t, tagwire.Unmarshal(message, &base, options...))
		first, second := base, base
		merging := append(options, tagwire.WithMerge())
		require.NoError(t, tagwire.Unmarshal([]byte{0x20, 2}, &first, merging...))
		require.NoError(t, tagwire.Unmarshal([]byte{0x28, 3}, &second, merging...))
		for _, c := range []struct {
			value *kept
			last  []byte
		}{{&first, []byte{0x20, 2}}, {&second, []byte{0x28, 3}}} {
			got, err := tagwire.Marshal(c.value, options...)
			require.NoError(t, err)
			want := append([]byte{8, 1, 0x12, 20}, bytes.Repeat([]byte("x"), 20)...)
			require.Equal(t, append(append(want, 0x18, 1), c.last...), got, engine)
		}
	}
}
