package memory

import (
	"reflect"
	"runtime"
	"strings"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"

	"github.com/tagwire/tagwire"
	"github.com/tagwire/tagwire/fuzz/effort"
	"github.com/tagwire/tagwire/rpc/message"
)

// page is a message of Protobuf. Reader is not sent, and has a default.
type page struct {
	Text   string            `protobuf:"1"`
	Notes  []*page           `protobuf:"2"`
	Labels map[string]string `protobuf:"3"`
	Reader string
}

func (p *page) InitDefault() { p.Reader = "anyone" }

type plainPage struct {
	Text string `protobuf:"1"`
}

type pageHolder[T any] struct {
	Request   *T
	Exception *int
}

func messagesOf[T any](t *testing.T, limits message.Limits) *Structs {
	limits = limits.WithDefaults(1 << 30)
	l := Types{Limits: &limits, Formats: []tagwire.Format{tagwire.ThriftBinary}}
	s, err := l.OfMessage(reflect.TypeFor[pageHolder[T]]())
	require.NoError(t, err)
	again, err := l.OfMessage(reflect.TypeFor[pageHolder[T]]())
	require.NoError(t, err)
	require.Same(t, s, again)
	return s
}

func encoded(t *testing.T, b Body) []byte {
	total, direct, err := b.Size()
	require.NoError(t, err)
	require.Zero(t, direct)
	buf := make([]byte, total)
	n, err := b.Encode(buf, nil)
	require.NoError(t, err)
	require.Equal(t, total, n)
	return buf
}

// TestMessages: of a struct the message behind its first field is sent, nil as one without fields, and what is received is a new
// message, with the defaults of what is not sent.
func TestMessages(t *testing.T) {
	s := messagesOf[page](t, message.Limits{})
	for f := range 256 {
		require.Equal(t, tagwire.Format(f) == tagwire.Protobuf, s.Has(tagwire.Format(f)))
	}
	require.Len(t, s.Offsets, 2)
	require.Empty(t, encoded(t, s.Body(tagwire.Protobuf, s.Empty)))
	require.Empty(t, encoded(t, s.Body(tagwire.Protobuf, unsafe.Pointer(&pageHolder[page]{Request: new(page)}))))
	value := &page{Text: "a", Notes: []*page{{Text: "b", Reader: "nobody"}}, Labels: map[string]string{"k": "v"}, Reader: "somebody"}
	data := encoded(t, s.Body(tagwire.Protobuf, unsafe.Pointer(&pageHolder[page]{Request: value})))
	want := &page{Text: "a", Notes: []*page{{Text: "b"}}, Labels: map[string]string{"k": "v"}, Reader: "anyone"}
	wantedMarshal, err := tagwire.Marshal(value, tagwire.WithFormat(tagwire.Protobuf))
	require.NoError(t, err)
	require.Equal(t, wantedMarshal, data)

	var requests RequestArenas
	var arena tagwire.Arena
	for range 100 {
		a := requests.Get(1)
		reply := NewReplyArena(&arena)
		for _, decode := range []func(p unsafe.Pointer) (int, error){
			func(p unsafe.Pointer) (int, error) {
				n, size, err := (*RequestArena)(nil).Decode(s, tagwire.Protobuf, unlimited, data, p)
				require.Greater(t, size, int(unsafe.Sizeof(page{})))
				return n, err
			},
			func(p unsafe.Pointer) (int, error) {
				n, size, err := a.Decode(s, tagwire.Protobuf, unlimited, data, p)
				require.Greater(t, size, int(unsafe.Sizeof(page{})))
				return n, err
			},
			func(p unsafe.Pointer) (int, error) { return reply.Decode(s, tagwire.Protobuf, data, p) },
			func(p unsafe.Pointer) (int, error) { return (*ReplyArena)(nil).Decode(s, tagwire.Protobuf, data, p) },
		} {
			p := s.Get()
			n, err := decode(p)
			runtime.GC()
			require.NoError(t, err)
			require.Equal(t, len(data), n)
			require.Equal(t, want, (*pageHolder[page])(p).Request)
			s.Put(p)
		}
		reply.Close()
		arena.Reset()
		requests.Put(a)
	}
}

// TestMessagesInArenas: the message itself is memory of the arena, which is used again.
func TestMessagesInArenas(t *testing.T) {
	s := messagesOf[plainPage](t, message.Limits{})
	data := encoded(t, s.Body(tagwire.Protobuf, unsafe.Pointer(&pageHolder[plainPage]{Request: &plainPage{"text"}})))
	var arena tagwire.Arena
	receive := func(p *pageHolder[plainPage]) {
		r := ReplyArena{arena: &arena}
		_, err := r.Decode(s, tagwire.Protobuf, data, unsafe.Pointer(p))
		require.NoError(t, err)
	}
	var first, second pageHolder[plainPage]
	receive(&first)
	arena.Reset()
	receive(&second)
	require.Same(t, first.Request, second.Request)
	requests, holder := new(RequestArenas), new(pageHolder[plainPage])
	decode := func() {
		a := requests.Get(1)
		_, _, err := a.Decode(s, tagwire.Protobuf, unlimited, data, unsafe.Pointer(holder))
		require.NoError(t, err)
		require.Equal(t, "text", holder.Request.Text)
		requests.Put(a)
	}
	for range 100 {
		decode()
	}
	if effort.RaceDetector {
		return // pools forget objects
	}
	require.Less(t, testing.AllocsPerRun(100, decode), 2.0)
}

// TestLimitsOfMessages: memory and depth are limited, and a message that cannot be decoded leaves the arena as good as it was.
func TestLimitsOfMessages(t *testing.T) {
	s := messagesOf[page](t, message.Limits{MaxAlloc: 1000, MaxDepth: 3})
	deep := func(n int) (data []byte) {
		for range n {
			data = append([]byte{2<<3 | 2, byte(len(data))}, data...)
		}
		return data
	}
	text := func(n int) []byte {
		data, err := tagwire.Marshal(&page{Text: strings.Repeat("x", n)}, tagwire.WithFormat(tagwire.Protobuf))
		require.NoError(t, err)
		return data
	}
	var requests RequestArenas
	for name, c := range map[string]struct {
		data []byte
		want error
	}{
		"three deep": {deep(2), nil}, "four deep": {deep(3), tagwire.ErrDepthLimit},
		"text": {text(900), nil}, "long text": {text(1100), tagwire.ErrSizeLimit}, "cut": {text(90)[:1], tagwire.ErrShortBuffer},
	} {
		t.Run(name, func(t *testing.T) {
			var arena tagwire.Arena
			for range 5 {
				a := requests.Get(1)
				_, _, err := a.Decode(s, tagwire.Protobuf, unlimited, c.data, unsafe.Pointer(new(pageHolder[page])))
				require.ErrorIs(t, err, c.want)
				requests.Put(a)
				_, err = NewReplyArena(&arena).Decode(s, tagwire.Protobuf, c.data, unsafe.Pointer(new(pageHolder[page])))
				require.ErrorIs(t, err, c.want)
				arena.Reset()
				_, err = (*ReplyArena)(nil).Decode(s, tagwire.Protobuf, c.data, unsafe.Pointer(new(pageHolder[page])))
				require.ErrorIs(t, err, c.want)
			}
			// What the call has left is the limit, if that is less.
			_, _, err := (*RequestArena)(nil).Decode(s, tagwire.Protobuf, 10, text(50), unsafe.Pointer(new(pageHolder[page])))
			require.ErrorIs(t, err, tagwire.ErrSizeLimit)
		})
	}
}

// unsendable has no wire form.
type unsendable struct {
	Channel chan int `protobuf:"1"`
}

func TestUnsendableMessages(t *testing.T) {
	limits := message.Limits{}.WithDefaults(1 << 30)
	l := Types{Limits: &limits}
	_, err := l.OfMessage(reflect.TypeFor[pageHolder[unsendable]]())
	require.ErrorIs(t, err, tagwire.ErrUnsupportedType)
}
