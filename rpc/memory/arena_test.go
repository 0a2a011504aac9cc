package memory

import (
	"bytes"
	"reflect"
	"sync"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"

	"github.com/tagwire/tagwire"
	"github.com/tagwire/tagwire/fuzz/effort"
	"github.com/tagwire/tagwire/rpc/message"
)

type request struct {
	Text  string            `frugal:"1"`
	Parts []*request        `frugal:"2,default,list<request>"`
	Names map[string]string `frugal:"3"`
	Pairs []*pair           `frugal:"4,optional,list<pair>"`
}

type pair struct {
	A int64 `frugal:"1"`
	B int64 `frugal:"2"`
}

func structsOf(t *testing.T) *Structs {
	limits := message.Limits{}.WithDefaults(1 << 30)
	l := Types{Limits: &limits, Formats: []tagwire.Format{tagwire.ThriftBinary}}
	s, err := l.Of(reflect.TypeFor[request]())
	require.NoError(t, err)
	again, err := l.Of(reflect.TypeFor[request]())
	require.NoError(t, err)
	require.Same(t, s, again)
	return s
}

func decode(t *testing.T, a *RequestArena, s *Structs, value *request) {
	data, err := tagwire.Marshal(value)
	require.NoError(t, err)
	got := new(request)
	n, size, err := a.Decode(s, tagwire.ThriftBinary, unlimited, data, unsafe.Pointer(got))
	require.NoError(t, err)
	require.Equal(t, len(data), n)
	require.GreaterOrEqual(t, a.Held(size), size)
	require.Equal(t, value, got)
}

// TestLargeArenasAreDropped: what a large request has taken is not kept for later ones, nor taken again for a small one, whatever
// it consists of, and however much it takes to get there.
func TestLargeArenasAreDropped(t *testing.T) {
	s := structsOf(t)
	text := func(n int) *request {
		return &request{Text: string(bytes.Repeat([]byte("x"), n)), Parts: []*request{}, Names: map[string]string{}}
	}
	parts := func(n int) *request {
		r := text(1)
		for range n {
			r.Parts = append(r.Parts, text(2))
		}
		return r
	}
	names := func(n int) *request {
		r := text(1)
		for i := range n {
			r.Names[string(rune(1000+i))] = "x"
		}
		return r
	}
	pairs := text(1)
	for range largestPooled / 20 {
		pairs.Pairs = append(pairs.Pairs, &pair{1, 2})
	}
	for name, value := range map[string]*request{"pairs": pairs, "text": text(largestPooled + 1), "parts": parts(20_000), "names": names(50_000)} {
		t.Run(name, func(t *testing.T) {
			var r RequestArenas
			for range effort.Of(8, 3) {
				a := r.Get(1)
				decode(t, a, s, value)
				r.Put(a)
				for range 3 {
					other := r.Get(1)
					require.False(t, a == other, "it was put into the pool")
					r.Put(other)
				}
			}
		})
	}
	var r RequestArenas
	again := 0
	for i := range effort.Of(1000, 300) {
		a := r.Get(1)
		if a.retained > 0 {
			again++
		}
		require.LessOrEqual(t, a.Retained(), 3*largestPooled/2)
		// Each kind of memory has its turn, so that no single request shows what has come together.
		decode(t, a, s, []*request{text(300_000), parts(3000), names(3000), text(10)}[i/10%4])
		r.Put(a)
	}
	require.Greater(t, again, effort.Of(100, 30))
	require.Nil(t, r.Get(longestBody+1))
	require.Nil(t, (*RequestArenas)(nil).Get(1))
}

// TestArenaless: without an arena all is as it was.
func TestArenaless(t *testing.T) {
	s := structsOf(t)
	decode(t, nil, s, &request{Text: "x", Parts: []*request{}, Names: map[string]string{}})
	require.Equal(t, 77, (*RequestArena)(nil).Held(77))
	require.Nil(t, NewReplyArena(nil))
	var r *ReplyArena
	r.Close()
	got := new(request)
	n, err := r.Decode(s, tagwire.ThriftBinary, []byte{0}, unsafe.Pointer(got))
	require.NoError(t, err)
	require.Equal(t, 1, n)
}

// TestLimitsInArenas: the limit of a request is that of its memory, not of the arena's.
func TestLimitsInArenas(t *testing.T) {
	s := structsOf(t)
	data, err := tagwire.Marshal(&request{Text: "0123456789", Parts: []*request{{}, {}}, Names: map[string]string{"a": "b"}})
	require.NoError(t, err)
	needed := s.Codecs[tagwire.ThriftBinary].MemoryFor(data)
	var a RequestArena
	for range 20 {
		for memory := range needed + 10 {
			got := new(request)
			_, size, err := a.Decode(s, tagwire.ThriftBinary, memory, data, unsafe.Pointer(got))
			if max(memory, 1) < needed {
				require.ErrorIs(t, err, tagwire.ErrSizeLimit)
			} else {
				require.NoError(t, err)
				require.Equal(t, needed, size)
			}
			a.Reset()
		}
	}
}

// TestReplyArenaOver: replies that come while another one is decoded, while the arena is in use otherwise, or when the call is over,
// have memory of their own.
func TestReplyArenaOver(t *testing.T) {
	s := structsOf(t)
	data, err := tagwire.Marshal(&request{Text: "0123456789"})
	require.NoError(t, err)
	inArena := func(r *ReplyArena, a *tagwire.Arena) bool {
		got := new(request)
		n, err := r.Decode(s, tagwire.ThriftBinary, data, unsafe.Pointer(got))
		require.NoError(t, err)
		require.Equal(t, len(data), n)
		require.Equal(t, "0123456789", got.Text)
		a.Reset()
		// The next string of the arena overwrites its first.
		_, err = tagwire.DecodeIn(a, bytes.Replace(data, []byte("0123456789"), []byte("abcdefghij"), 1), new(request))
		require.NoError(t, err)
		a.Reset()
		return got.Text != "0123456789"
	}
	var a tagwire.Arena
	inArena(nil, &a) // so that it has memory
	r := NewReplyArena(&a)
	require.True(t, inArena(r, &a))
	require.True(t, inArena(r, &a))
	r.lock.Lock()
	require.False(t, inArena(r, &a))
	r.lock.Unlock()
	require.True(t, inArena(r, &a))
	r.Close()
	require.False(t, inArena(r, &a))
	require.True(t, inArena(NewReplyArena(&a), &a), "the next call's")

	// Many at once.
	r = NewReplyArena(&a)
	var group sync.WaitGroup
	for range 8 {
		group.Add(1)
		go func() {
			defer group.Done()
			for range 500 {
				got := new(request)
				if _, err := r.Decode(s, tagwire.ThriftBinary, data, unsafe.Pointer(got)); err != nil || got.Text != "0123456789" {
					t.Error(got.Text, err)
				}
			}
		}()
	}
	r.Close()
	a.Reset()
	group.Wait()
}
