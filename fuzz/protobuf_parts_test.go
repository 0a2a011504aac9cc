package fuzz

import (
	"bytes"
	"fmt"
	"math/rand"
	"runtime"
	"sort"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tagwire/tagwire"
	"github.com/tagwire/tagwire/fuzz/harness"
)

// turns is a message whose parts may take each other's place.
type (
	turns struct {
		Choice  turnsChoice `protobuf_oneof:"choice"`
		Number  *int32      `protobuf:"4,oneof=other"`
		Inner   *turns      `protobuf:"5,oneof=other"`
		Alone   *turns      `protobuf:"6"`
		Numbers []int32     `protobuf:"7"`
		Fixed   item        `protobuf:"8"`
		//lint:ignore U1000 the codec fills it
		unknownFields []byte
	}
	turnsChoice interface{ isTurn() }
	turnsInner  struct {
		Inner *turns `protobuf:"bytes,1,opt,name=inner,oneof"`
	}
	turnsText struct {
		Text string `protobuf:"bytes,2,opt,name=text,oneof"`
	}
	turnsItem struct {
		Item *item `protobuf:"bytes,3,opt,name=item,oneof"`
	}
)

func (*turnsInner) isTurn() {}
func (*turnsText) isTurn()  {}
func (*turnsItem) isTurn()  {}

func (*turns) XXX_OneofWrappers() []any {
	return []any{(*turnsInner)(nil), (*turnsText)(nil), (*turnsItem)(nil)}
}

// randomTurns returns a message of the type turns, in which fields come again.
func randomTurns(r *rand.Rand, levels int) (data []byte) {
	inner := func() []byte {
		if levels == 0 {
			return nil
		}
		return randomTurns(r, levels-1)
	}
	for range r.Intn(7) {
		switch r.Intn(10) {
		case 0, 1:
			data = append(data, lengthDelimited("\x0a", inner())...)
		case 2:
			data = append(data, lengthDelimited("\x12", make([]byte, r.Intn(9)))...)
		case 3:
			data = append(data, "\x1a\x03\x12\x01x"...)
		case 4:
			data = append(data, 0x20, 1)
		case 5:
			data = append(data, lengthDelimited("\x2a", inner())...)
		case 6, 7:
			data = append(data, lengthDelimited("\x32", inner())...)
		case 8:
			data = append(data, lengthDelimited("\x3a", make([]byte, r.Intn(5)))...)
		case 9:
			data = append(data, "\x42\x02\x08\x01\x48\x01"...)
		}
	}
	return data
}

// decodeTurns decodes data into what another message has left.
func decodeTurns(t *testing.T, before, data []byte, e tagwire.Engine, options ...tagwire.Option) (*turns, error) {
	v, format := &turns{}, tagwire.WithFormat(tagwire.Protobuf)
	require.NoError(t, tagwire.Unmarshal(before, v, format, tagwire.WithEngine(tagwire.Reflect)))
	return v, tagwire.Unmarshal(data, v, append(options, format, tagwire.WithEngine(e))...)
}

// TestLimitsOfParts: both engines need the same memory for messages in parts and members of oneofs that take turns, and have the same
// errors under any limit.
func TestLimitsOfParts(t *testing.T) {
	if !harness.HasNative() {
		t.Skip("there is no native code here")
	}
	defer callsNative(t, true)()
	r := rand.New(rand.NewSource(1))
	refusals := tagwire.Stats().Refusals
	for range shortOrLong(500, 10_000) {
		before, data := randomTurns(r, 2), randomTurns(r, 4)
		var options []tagwire.Option
		if r.Intn(3) > 0 {
			options = append(options, tagwire.WithMerge())
		}
		least := map[tagwire.Engine]int{}
		for _, e := range []tagwire.Engine{tagwire.Reflect, tagwire.Native} {
			least[e] = 1 + sort.Search(1<<20, func(n int) bool {
				_, err := decodeTurns(t, before, data, e, append(options, tagwire.WithMaxAlloc(n+1))...)
				return err == nil
			})
		}
		require.Equal(t, least[tagwire.Reflect], least[tagwire.Native], "%x <- %x", before, data)
		if r.Intn(2) == 0 {
			data = append(data, 0x12, 1, 0xff) // not UTF-8
		}
		for range 5 {
			limited := append(options, tagwire.WithMaxAlloc(1+r.Intn(2*least[tagwire.Reflect])))
			want, wanted := decodeTurns(t, before, data, tagwire.Reflect, limited...)
			got, err := decodeTurns(t, before, data, tagwire.Native, limited...)
			require.Equal(t, fmt.Sprint(wanted), fmt.Sprint(err), "%x <- %x", before, data)
			if err == nil {
				require.Equal(t, want, got, "%x <- %x", before, data)
			}
		}
	}
	require.Equal(t, refusals, tagwire.Stats().Refusals)
}

// TestMergedTurnsAreLimited: members of a oneof that take turns are new each time, however many there are.
func TestMergedTurnsAreLimited(t *testing.T) {
	const limit, count = 1 << 20, 250_000
	protoEngines(t, func(t *testing.T, options ...tagwire.Option) {
		// a decode under no limit shows that native code runs
		require.NoError(t, tagwire.Unmarshal([]byte{0x0a, 0, 0x12, 0}, &turns{}, append(options, tagwire.WithMerge())...))
		for name, data := range map[string][]byte{"wrappers": {0x0a, 0, 0x12, 0}, "pointers": {0x2a, 0, 0x20, 0}} {
			data = bytes.Repeat(data, count)
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			err := tagwire.Unmarshal(data, &turns{}, append(options, tagwire.WithMerge(), tagwire.WithMaxAlloc(limit))...)
			runtime.ReadMemStats(&after)
			require.ErrorIs(t, err, tagwire.ErrSizeLimit, name)
			require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(3*limit), name)
		}
	})
}

type (
	keeping struct {
		Number int32         `frugal:"1" protobuf:"1"`
		Child  *keeping      `frugal:"2" protobuf:"2"`
		Choice keepingChoice `protobuf_oneof:"choice"`
		//lint:ignore U1000 the codec fills it
		_unknownFields []byte
	}
	keepingChoice  interface{ isKeeping() }
	keepingMessage struct {
		Message *keeping `protobuf:"bytes,3,opt,name=message,oneof"`
	}
	keepingText struct {
		Text string `protobuf:"bytes,4,opt,name=text,oneof"`
	}
)

func (*keepingMessage) isKeeping() {}
func (*keepingText) isKeeping()    {}

func (*keeping) XXX_OneofWrappers() []any { return []any{(*keepingMessage)(nil), (*keepingText)(nil)} }

// TestMergeSaysWhatIsKept: both engines say where there is something from Thrift, and merge if it has been replaced.
func TestMergeSaysWhatIsKept(t *testing.T) {
	fromThrift := func() *keeping {
		v := &keeping{}
		require.NoError(t, tagwire.Unmarshal(mustHex(t, "08000900000007 00"), v))
		return v
	}
	protoEngines(t, func(t *testing.T, options ...tagwire.Option) {
		options = append(options, tagwire.WithMerge())
		for _, c := range []struct {
			target func() *keeping
			data   string
			want   string
		}{
			{fromThrift, "0801 0802 0803 4801", "offset 6 in keeping._unknownFields"},
			{func() *keeping { return &keeping{Child: fromThrift()} }, "0801 1204 0801 4801", "offset 6 in keeping.Child._unknownFields"},
			{func() *keeping { return &keeping{Choice: &keepingMessage{fromThrift()}} }, "0801 1a04 0801 4801", "offset 6 in keeping.Message._unknownFields"},
			{func() *keeping { return &keeping{Choice: &keepingMessage{fromThrift()}} }, "2200 1a04 0801 4801", ""},
			{func() *keeping { return &keeping{Choice: (*keepingMessage)(nil)} }, "1a04 0801 4801", ""},
		} {
			err := tagwire.Unmarshal(mustHex(t, c.data), c.target(), options...)
			if c.want == "" {
				require.NoError(t, err, c.data)
			} else {
				require.EqualError(t, err, "tagwire: invalid data at "+c.want+": kept from another wire format")
			}
		}
		require.NoError(t, tagwire.Unmarshal(mustHex(t, "0801 1200"), fromThrift(), options...), "nothing is to be kept")
	})
}

// TestLimitsOfRequiredParts: a message whose required fields come in parts needs the same memory in both engines.
func TestLimitsOfRequiredParts(t *testing.T) {
	least := map[string]int{}
	protoEngines(t, func(t *testing.T, options ...tagwire.Option) {
		require.NoError(t, tagwire.Unmarshal(mustHex(t, "0801"), &message{}, options...)) // parts are for reflection to put together
		data := mustHex(t, "1a058a01021001 1a088a01050a01411002")
		least[t.Name()] = sort.Search(1<<12, func(n int) bool {
			return tagwire.Unmarshal(data, &message{}, append(options, tagwire.WithMaxAlloc(n+1))...) == nil
		})
	})
	for _, limit := range least {
		for _, other := range least {
			require.Equal(t, limit, other, least)
		}
	}
}
