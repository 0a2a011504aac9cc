package fuzz

import (
	"bytes"
	"encoding/binary"
	"math"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tagwire/tagwire"
	"github.com/tagwire/tagwire/fuzz/harness"
)

// branch is a struct whose list costs 8 bytes on the wire a level.
type branch struct {
	Twigs []branch `frugal:"1,default,list<branch>"`
}

// TestNestedCountsShareTheirBytes: every level claims 170 elements, but the 170 bytes at the end are enough for one level only.
func TestNestedCountsShareTheirBytes(t *testing.T) {
	const levels = 499
	input := append(bytes.Repeat([]byte{0x0f, 0, 1, 0x0c, 0, 0, 0, 170}, levels), make([]byte, 170)...)
	harness.EachEngine(t, func(t *testing.T, e harness.Engine) {
		codec := codecFor[branch](t, e)
		var target branch
		total := harness.LeastAllocated(func() { _, _ = codec.Decode(input, &target) })
		// By hand: one element a level, and 170 in the last list.
		const size = 24
		require.LessOrEqual(t, total, uint64(4*size*(levels+170)+64<<10), "for %d bytes of input", len(input))
	})
}

type labelled struct {
	Labels []map[string][]byte `frugal:"1,default,list<map<string:binary>>"`
}

func TestMaxAllocCountsWhatMapsTake(t *testing.T) {
	const count, limit = 10_000, 600_000
	input := binary.BigEndian.AppendUint32([]byte{0x0f, 0, 1, 0x0d}, count)
	input = append(input, bytes.Repeat(append([]byte{0x0b, 0x0b, 0, 0, 0, 1}, make([]byte, 8)...), count)...)
	input = append(input, 0)
	harness.EachEngine(t, func(t *testing.T, e harness.Engine) {
		codec := codecFor[labelled](t, e, tagwire.WithMaxAlloc(limit))
		var target labelled
		total := harness.LeastAllocated(func() {
			_, err := codec.Decode(input, &target)
			require.ErrorIs(t, err, tagwire.ErrSizeLimit)
		})
		runtime.KeepAlive(target)
		const rounding = limit / 4 // by the allocator, and pools that the race detector makes forget
		require.LessOrEqual(t, total, uint64(limit+rounding+64<<10))
	})
}

type speck struct {
	Value int8 `frugal:"1"`
	run   int8
}

var speckRuns atomic.Int32

// InitDefault differs in its first runs, so that it is called for each value.
func (s *speck) InitDefault() {
	s.Value = 1
	if n := speckRuns.Add(1); n <= 2 {
		s.run = int8(n)
	}
}

type specks struct {
	Holders []struct {
		One *speck `frugal:"1"`
	} `frugal:"1,default,list<holder>"`
	Lists [][]*speck `frugal:"2,default,list<list<speck>>"`
}

// While InitDefault may run, more is held than the value refers to: that is in proportion, too.
func TestHoldingForInitDefaultIsInProportion(t *testing.T) {
	const count = 200_000
	holders, lists := new(specks), new(specks)
	for range count {
		holders.Holders = append(holders.Holders, struct {
			One *speck `frugal:"1"`
		}{new(speck)})
		lists.Lists = append(lists.Lists, []*speck{new(speck)})
	}
	for _, value := range []*specks{holders, lists} {
		input, err := tagwire.Marshal(value)
		require.NoError(t, err)
		harness.EachEngine(t, func(t *testing.T, e harness.Engine) {
			for range 2 { // the first compiles
				target := new(specks)
				total := harness.Allocated(func() { err = tagwire.Unmarshal(input, target, e.Options()...) })
				require.NoError(t, err)
				if total <= 4*harness.ByHand(target)+64<<10 {
					return
				}
				t.Log(total, "bytes; by hand", harness.ByHand(target))
			}
			t.Fatal("twice too much")
		})
	}
}

// hollow takes a kilobyte in memory and a byte on the wire.
type hollow struct {
	Room   [120]int64
	Number int8 `frugal:"1"`
}

type hollows struct {
	List  []hollow `frugal:"1,default,list<hollow>"`
	Texts []string `frugal:"2,default,list<string>"`
}

// What native code refuses reflection decodes again where that stays within the bound: also where the lengths at which a list
// grows fit its count badly.
func TestRefusedListsCostInProportion(t *testing.T) {
	for _, n := range []int{65, 129, 300, 1025, 1500, 2049, 5000} {
		count := binary.BigEndian.AppendUint32(nil, uint32(n))
		for _, message := range [][]byte{
			append(append([]byte{0x0f, 0, 1, 0x0c}, count...), make([]byte, n)...),
			append(append([]byte{0x0f, 0, 2, 0x0b}, count...), make([]byte, 4*n)...),
		} {
			harness.EachEngine(t, func(t *testing.T, e harness.Engine) {
				least, bound := uint64(math.MaxUint64), uint64(0)
				for range 4 { // the first compiles, and the counters are the whole process's
					var target hollows
					total := harness.Allocated(func() {
						_, err := tagwire.Decode(message, &target, e.Options()...)
						require.ErrorIs(t, err, tagwire.ErrShortBuffer, "there is no STOP")
					})
					byHand := harness.ByHand(&target)
					rounding := byHand / 32 // by the allocator, which gives whole pages for what is large
					least, bound = min(least, total), 4*byHand+rounding+64<<10
				}
				require.LessOrEqual(t, least, bound, "%d elements of field %d", n, message[2])
			})
		}
	}
}

// TestMaxAllocIsAHardStop, also for messages that are refused after they have used most of it: by an error at their end, or
// by the limit itself.
func TestMaxAllocIsAHardStop(t *testing.T) {
	const count = 20_000
	value := new(specks)
	for range count {
		value.Holders = append(value.Holders, struct {
			One *speck `frugal:"1"`
		}{new(speck)})
	}
	lists, err := tagwire.Marshal(value)
	require.NoError(t, err)
	texts, err := tagwire.Marshal(&labelled{[]map[string][]byte{{"text": make([]byte, 500_000)}}})
	require.NoError(t, err)
	for _, message := range [][]byte{lists, texts, lists[:len(lists)-1], texts[:len(texts)-1]} {
		harness.EachEngine(t, func(t *testing.T, e harness.Engine) {
			for _, limit := range []int{600_000, 400_000, 20_000} {
				least := uint64(math.MaxUint64)
				options := append(e.Options(), tagwire.WithMaxAlloc(limit))
				for range 4 { // the first compiles, and the counters are the whole process's
					targets, other := new(specks), new(labelled)
					total := harness.Allocated(func() {
						if message[2] == 1 && message[3] == 0x0c {
							_ = tagwire.Unmarshal(message, targets, options...)
						} else {
							_ = tagwire.Unmarshal(message, other, options...)
						}
					})
					least = min(least, total)
				}
				rounding := uint64(limit / 4) // by the allocator, and what lists of doubtful counts have grown from
				require.LessOrEqual(t, least, uint64(limit)+rounding+64<<10, "limit %d", limit)
			}
		})
	}
}

// TestMaxAllocBoundsArenas: an arena that grows takes twice as much at most, in blocks that are as large as all before them.
func TestMaxAllocBoundsArenas(t *testing.T) {
	value := new(labelled)
	for i := range 600 {
		value.Labels = append(value.Labels, map[string][]byte{"text": make([]byte, i%990), "more": {}})
	}
	harness.EachThrift(t, func(t *testing.T, e harness.Engine) {
		message, err := tagwire.Marshal(value, e.Options()...)
		require.NoError(t, err)
		for _, limit := range []int{600_000, 400_000, 100_000, 20_000} {
			for _, data := range [][]byte{message, message[:len(message)-1]} {
				codec := codecFor[labelled](t, e, tagwire.WithMaxAlloc(limit))
				total := harness.LeastAllocated(func() { _, _ = codec.DecodeIn(new(tagwire.Arena), data, new(labelled)) })
				require.LessOrEqual(t, total, uint64(2*limit+64<<10), "limit %d", limit)
			}
		}
	})
}

// vast and vaster have fields without a tag whose elements are not to be looked at one by one. For the first, that would
// take days where int has 64 bits; for the second, notes of each pointer.
type vast struct {
	Nothing [math.MaxInt >> 13]struct{}
	Number  int32 `frugal:"1"`
}

type vaster struct {
	Room   [1 << 27]*byte
	Number int32 `frugal:"1"`
}

func TestArraysCostNothingToCompile(t *testing.T) {
	harness.EachEngine(t, func(t *testing.T, e harness.Engine) {
		var target struct {
			Vast   vast `frugal:"1"`
			Vaster *struct {
				Inner vaster `frugal:"1"`
			} `frugal:"2"`
		}
		total := harness.Allocated(func() {
			require.NoError(t, tagwire.Unmarshal([]byte{12, 0, 1, 8, 0, 1, 0, 0, 0, 7, 0, 0}, &target, e.Options()...))
		})
		require.EqualValues(t, 7, target.Vast.Number)
		require.LessOrEqual(t, total, uint64(16<<20))
	})
}

type keyed struct {
	Texts map[*label]string `frugal:"1"`
}

type label struct {
	Keys map[*label]int8 `frugal:"1"`
	Text string          `frugal:"2"`
}

type taker struct{ taken int }

func (d *taker) WriteDirect(b []byte, _ int) error {
	d.taken += len(b)
	return nil
}

// What lies in a map with struct keys moves while it is sorted, so it is copied, and the buffer has to have room for it.
func TestEncodeDirectCopiesWhatSortingMoves(t *testing.T) {
	value := &keyed{Texts: map[*label]string{{}: strings.Repeat("x", 5000)}}
	want, err := tagwire.Marshal(value)
	require.NoError(t, err)
	buf := make([]byte, len(want))
	var w taker
	n, err := tagwire.EncodeDirect(buf, value, &w, tagwire.WithDeterministic())
	require.NoError(t, err)
	require.Zero(t, w.taken)
	require.Equal(t, want, buf[:n])
	n, err = tagwire.EncodeDirect(buf, value, &w)
	require.NoError(t, err)
	require.Equal(t, 5000, w.taken)
	require.Equal(t, len(want)-5000, n)
}

// What one level sorts, the level above need not copy again.
func TestSortedStructKeysCostNoMoreForDepth(t *testing.T) {
	value := &label{Text: string(make([]byte, 1<<16))}
	for range 490 {
		value = &label{Keys: map[*label]int8{value: 1}}
	}
	total := harness.Allocated(func() {
		_, err := tagwire.Marshal(value, tagwire.WithDeterministic())
		require.NoError(t, err)
	})
	require.LessOrEqual(t, total, uint64(4<<20), "for 70 KB of output")
}
