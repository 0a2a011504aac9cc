//go:build linux || darwin

package loader

import (
	"bytes"
	"errors"
	"os"
	"runtime/debug"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestFunctionsShareASegment(t *testing.T) {
	before := Stats()
	first, second := bytes.Repeat([]byte{1}, 33), bytes.Repeat([]byte{2}, 5)
	draft, err := NewDraft(RoomFor(len(first), len(second)))
	require.NoError(t, err)
	start := draft.Next()
	a, err := draft.Add("first", first)
	require.NoError(t, err)
	require.Equal(t, start, a.Address)
	next := draft.Next()
	b, err := draft.Add("second", second)
	require.NoError(t, err)
	require.Equal(t, next, b.Address)
	require.Zero(t, b.Address%FunctionAlign)
	require.Equal(t, uintptr(64), b.Address-a.Address)

	segment, err := draft.Seal()
	require.NoError(t, err)
	require.Equal(t, []Function{a, b}, segment.Functions())
	require.Equal(t, first, segment.memory[:33])
	require.Equal(t, second, segment.memory[64:69])

	page := os.Getpagesize()
	require.Equal(t, Statistics{
		Segments: before.Segments + 1, Functions: before.Functions + 2,
		CodeBytes: before.CodeBytes + 38, MappedBytes: before.MappedBytes + page,
	}, Stats())
	require.Equal(t, 38, segment.CodeBytes())
	segment.Free()
	segment.Free() // the second one does nothing
	require.Equal(t, before, Stats())
}

func TestSealedMemoryIsNeverWrittenAgain(t *testing.T) {
	draft, err := NewDraft(1)
	require.NoError(t, err)
	_, err = draft.Add("one", []byte{1})
	require.NoError(t, err)
	draft.memory[0] = 2 // a draft can be written
	segment, err := draft.Seal()
	require.NoError(t, err)
	defer segment.Free()

	_, err = draft.Add("late", []byte{3})
	require.Error(t, err)
	_, err = draft.Seal()
	require.Error(t, err)
	draft.Discard() // and this leaves the segment alone
	require.Equal(t, byte(2), segment.memory[0])

	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	require.Panics(t, func() { segment.memory[0] = 4 })
	require.Equal(t, byte(2), segment.memory[0])
}

func TestDraftRefusesWhatDoesNotFit(t *testing.T) {
	page := os.Getpagesize()
	draft, err := NewDraft(page)
	require.NoError(t, err)
	defer draft.Discard()
	_, err = draft.Add("all but one", make([]byte, page-1))
	require.NoError(t, err)
	_, err = draft.Add("one too many", []byte{1})
	require.ErrorContains(t, err, "no room for one too many")
}

func TestMappedMemoryIsBounded(t *testing.T) {
	before := Stats()
	for _, size := range []int{-1, 0, MaxMappedBytes + 1} {
		_, err := NewDraft(size)
		require.ErrorIs(t, err, ErrFull)
	}
	var drafts []*Draft
	var err error
	for err == nil {
		var draft *Draft
		if draft, err = NewDraft(MaxMappedBytes / 4); err == nil {
			drafts = append(drafts, draft)
		}
	}
	require.ErrorIs(t, err, ErrFull)
	require.LessOrEqual(t, Stats().MappedBytes, MaxMappedBytes)
	for _, draft := range drafts {
		draft.Discard()
	}
	require.Equal(t, before, Stats())
}

func TestDraftsOfManyGoroutinesAreCounted(t *testing.T) {
	before := Stats()
	var group sync.WaitGroup
	for range 8 {
		group.Add(1)
		go func() {
			defer group.Done()
			for range 20 {
				if err := Probe([]byte{1, 2, 3}, func(uintptr) error { return nil }); err != nil {
					t.Error(err)
				}
			}
		}()
	}
	group.Wait()
	require.Equal(t, before, Stats())
}

func TestProbeReportsWhatRunSays(t *testing.T) {
	before := Stats()
	wrong := errors.New("the wrong number")
	require.ErrorIs(t, Probe([]byte{1}, func(uintptr) error { return wrong }), wrong)
	require.Equal(t, before, Stats())
}
