package rpc_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tagwire/tagwire"
	"github.com/tagwire/tagwire/rpc"
	"github.com/tagwire/tagwire/rpc/message"
	"github.com/tagwire/tagwire/rpc/thrift"
)

// framePeer is a peer that speaks in frames of its own making.
type framePeer struct {
	net.Conn
	input *bufio.Reader
}

// frameLimits are what such a peer takes.
var frameLimits = rpc.Limits{}.WithDefaults(1 << 30)

func newFramePeer(conn net.Conn) *framePeer {
	return &framePeer{conn, bufio.NewReaderSize(conn, 64<<10)}
}

func (p *framePeer) Len() int                   { return p.input.Buffered() }
func (p *framePeer) Peek(n int) ([]byte, error) { return p.input.Peek(n) }

func (p *framePeer) Next(n int) ([]byte, error) {
	data := make([]byte, n)
	_, err := io.ReadFull(p.input, data)
	return data, err
}

// flat is a message.Writer into memory.
type flat struct{ bytes.Buffer }

func (f *flat) Malloc(n int) ([]byte, error) {
	at := f.Buffer.Len()
	f.Buffer.Write(make([]byte, n))
	return f.Bytes()[at:], nil
}

func (*flat) WriteDirect([]byte, int) error { return errors.New("not here") }

// rawBody is a body as it is.
type rawBody []byte

func (b rawBody) Size() (total, direct int, err error) { return len(b), 0, nil }
func (b rawBody) Encode(buf []byte, _ tagwire.DirectWriter) (int, error) {
	return copy(buf, b), nil
}

// frameOf returns the bytes of a frame.
func frameOf(kind message.FrameKind, id int32, method string, body message.Body) []byte {
	m := &rpc.Message{Frame: kind, FrameSequence: id, Sequence: id, Method: []byte(method)}
	if e, ok := body.(exceptionOf); ok {
		m.Type, body = rpc.MessageException, e.In(tagwire.ThriftBinary)
	}
	var out flat
	if err := rpc.TTHeader.Write(&out, m, body, &frameLimits); err != nil {
		panic(err)
	}
	return out.Bytes()
}

// exceptionOf is an exception in place of a body.
type exceptionOf struct {
	*thrift.Exception
	message.Body
}

// dataFrame returns the bytes of a message of a stream.
func dataFrame(id int32, method string, v any) []byte {
	body, err := tagwire.Marshal(v)
	if err != nil {
		panic(err)
	}
	return frameOf(message.FrameData, id, method, rawBody(body))
}

// headerFrame and trailerFrame return the bytes of these frames, and resetFrame those of one that ends a stream.
func headerFrame(id int32, method string) []byte {
	return frameOf(message.FrameHeader, id, method, thrift.NoBody{})
}

func trailerFrame(id int32, method string) []byte {
	return frameOf(message.FrameTrailer, id, method, thrift.NoBody{})
}

func resetFrame(id int32, method string) []byte {
	return frameOf(message.FrameReset, id, method, exceptionOf{Exception: thrift.NewException(12007, "gone")})
}

func (p *framePeer) send(t *testing.T, frames ...[]byte) {
	t.Helper()
	_, err := p.Write(bytes.Join(frames, nil))
	require.NoError(t, err)
}

// next reads a frame.
func (p *framePeer) next() (*rpc.Message, error) {
	m := &rpc.Message{}
	return m, rpc.TTHeader.Read(p, m, &frameLimits)
}

// expect reads a frame of a kind.
func (p *framePeer) expect(t *testing.T, kind message.FrameKind) *rpc.Message {
	t.Helper()
	m, err := p.next()
	require.NoError(t, err)
	require.Equal(t, kind, m.Frame, "%q", m.Body)
	return m
}

// dialFrames connects to a server.
func dialFrames(t *testing.T, address string) *framePeer {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	require.NoError(t, conn.SetDeadline(time.Now().Add(patience)))
	return newFramePeer(conn)
}

func exceptionText(t *testing.T, m *rpc.Message) string {
	t.Helper()
	require.Equal(t, rpc.MessageException, m.Type)
	e, err := thrift.ReadException(m)
	require.NoError(t, err)
	return fmt.Sprint(rpc.Code(e.Type), ": ", e.Message)
}

// TestFramesOfAStream: a stream looks on the wire as it shall.
func TestFramesOfAStream(t *testing.T) {
	noLeaks(t)
	server := serve(t, []*rpc.Service{sumsService(&sums{})})
	for _, id := range []int32{1, -5, 1 << 30} {
		p := dialFrames(t, server.address)
		p.send(t, headerFrame(id, "echo"), dataFrame(id, "echo", &Request{Number: 3}))
		m := p.expect(t, message.FrameHeader)
		require.Equal(t, "echo", string(m.Method))
		require.Equal(t, id, m.FrameSequence)
		require.Empty(t, m.Metadata)
		m = p.expect(t, message.FrameData)
		var reply Reply
		require.NoError(t, tagwire.Unmarshal(m.Body, &reply))
		require.EqualValues(t, 3, reply.Number)
		p.send(t, trailerFrame(id, "echo"))
		m = p.expect(t, message.FrameTrailer)
		require.Zero(t, m.Type)
		p.send(t, headerFrame(id, "count"), dataFrame(id, "count", &Request{Text: "wrong"}), trailerFrame(id, "count"))
		p.expect(t, message.FrameHeader)
		require.Equal(t, "internal error: wrong", exceptionText(t, p.expect(t, message.FrameTrailer)))
		p.send(t, headerFrame(id, "count"), dataFrame(id, "count", &Request{Text: "biz"}), trailerFrame(id, "count"))
		p.expect(t, message.FrameHeader)
		m = p.expect(t, message.FrameTrailer)
		require.Equal(t, &rpc.BizError{Status: 42, Message: "no", Extra: map[string]string{"a": "b"}}, m.Business)
	}
}

// TestHostileCallers: whatever a caller sends, its streams end, and the server has no more of it.
func TestHostileCallers(t *testing.T) {
	noLeaks(t)
	var running atomic.Int64
	svc := rpc.NewService("Sums")
	echoStream.Handle(svc, func(ctx context.Context, s *rpc.ServerStream[Request, Reply]) error {
		running.Add(1)
		defer running.Add(-1)
		for {
			req, err := s.Receive()
			if err == io.EOF {
				return nil
			}
			if err != nil {
				if !errors.Is(ctx.Err(), context.Canceled) && !errors.Is(err, rpc.CodeProtocolError) {
					t.Errorf("%v, and the context: %v", err, ctx.Err())
				}
				return err
			}
			if err := s.Send(&Reply{Number: req.Number}); err != nil {
				return err
			}
		}
	})
	rpc.Handle(svc, "plain", (&sums{}).Plain)
	server := serve(t, []*rpc.Service{svc}, rpc.WithLimits(rpc.Limits{MaxInFlight: 8, MaxFrame: 1 << 20, MaxMethodName: 20}))
	idle := func(t *testing.T) {
		settle(t, func() string {
			if n := running.Load(); n != 0 {
				return fmt.Sprintf("%d handlers run", n)
			}
			return ""
		})
	}
	change := func(frame []byte, old, new string) []byte {
		changed := bytes.Replace(frame, []byte(old), []byte(new), 1)
		require.NotEqual(t, frame, changed)
		return changed
	}
	for name, c := range map[string]struct {
		frames [][]byte
		then   func(t *testing.T, p *framePeer)
	}{
		"two headers":        {[][]byte{headerFrame(1, "echo"), headerFrame(1, "echo")}, closes},
		"unknown stream":     {[][]byte{dataFrame(9, "echo", &Request{}), trailerFrame(9, "echo"), resetFrame(9, "echo")}, serves},
		"id 0":               {[][]byte{headerFrame(0, "echo"), dataFrame(0, "echo", &Request{}), trailerFrame(0, "echo"), resetFrame(0, "echo")}, serves},
		"meta":               {[][]byte{frameOf(message.FrameMeta, 3, "echo", thrift.NoBody{}), frameOf(message.FrameMeta, 0, "", thrift.NoBody{})}, serves},
		"reset":              {[][]byte{headerFrame(1, "echo"), dataFrame(1, "echo", &Request{}), resetFrame(1, "echo"), resetFrame(1, "echo"), dataFrame(1, "echo", &Request{})}, nil},
		"reset at once":      {[][]byte{headerFrame(1, "echo"), resetFrame(1, "echo")}, nil},
		"unknown method":     {[][]byte{headerFrame(1, "other")}, refuses("unknown method")},
		"no stream":          {[][]byte{headerFrame(1, "plain")}, refuses("invalid message type")},
		"long name":          {[][]byte{headerFrame(1, strings.Repeat("x", 21))}, closes},
		"no struct":          {[][]byte{headerFrame(1, "echo"), frameOf(message.FrameData, 1, "echo", rawBody("\x0b"))}, nil},
		"empty message":      {[][]byte{headerFrame(1, "echo"), frameOf(message.FrameData, 1, "echo", rawBody(""))}, nil},
		"trailing bytes":     {[][]byte{headerFrame(1, "echo"), frameOf(message.FrameData, 1, "echo", rawBody("\x00\x00"))}, nil},
		"too large":          {[][]byte{headerFrame(1, "echo"), frameOf(message.FrameData, 1, "echo", rawBody(make([]byte, 1<<20)))}, closes},
		"unknown kind":       {[][]byte{headerFrame(1, "echo"), change(trailerFrame(1, "echo"), "\x00\x1b\x00\x014", "\x00\x1b\x00\x017")}, closes},
		"no kind":            {[][]byte{change(headerFrame(1, "echo"), "\x00\x1b\x00\x012", "\x00\x1c\x00\x012")}, closes},
		"another payload":    {[][]byte{change(headerFrame(1, "echo"), "\x10\x00\x10\x00\x02", "\x02\x00\x10\x00\x02")}, closes},
		"wrong exception":    {[][]byte{headerFrame(1, "echo"), change(resetFrame(1, "echo"), "\x80\x01\x00\x03", "\x80\x01\x00\x01")}, closes},
		"data after trailer": {[][]byte{headerFrame(1, "echo"), trailerFrame(1, "echo"), dataFrame(1, "echo", &Request{}), trailerFrame(1, "echo")}, nil},
		"half-closed": {[][]byte{headerFrame(1, "echo"), dataFrame(1, "echo", &Request{})}, func(t *testing.T, p *framePeer) {
			p.expect(t, message.FrameHeader)
			p.expect(t, message.FrameData)
			require.EqualValues(t, 1, running.Load())
		}},
	} {
		t.Run(name, func(t *testing.T) {
			p := dialFrames(t, server.address)
			p.send(t, c.frames...)
			if c.then != nil {
				c.then(t, p)
			}
			_ = p.Close()
			idle(t)
		})
	}
}

// closes expects that the server closes the connection.
func closes(t *testing.T, p *framePeer) {
	t.Helper()
	for {
		if _, err := p.next(); err != nil {
			require.False(t, errors.Is(err, context.DeadlineExceeded) || strings.Contains(err.Error(), "timeout"), "%v", err)
			return
		}
	}
}

// serves expects that the connection goes on.
func serves(t *testing.T, p *framePeer) {
	t.Helper()
	p.send(t, headerFrame(77, "echo"), dataFrame(77, "echo", &Request{Number: 5}), trailerFrame(77, "echo"))
	p.expect(t, message.FrameHeader)
	require.EqualValues(t, 77, p.expect(t, message.FrameData).FrameSequence)
	p.expect(t, message.FrameTrailer)
}

// refuses expects an exception, and that the connection goes on.
func refuses(text string) func(t *testing.T, p *framePeer) {
	return func(t *testing.T, p *framePeer) {
		t.Helper()
		require.Contains(t, exceptionText(t, p.expect(t, message.FrameTrailer)), text)
		serves(t, p)
	}
}

// TestResetsAreAnswered: a server that ends a stream before its handler has returned tells the caller, and why.
func TestResetsAreAnswered(t *testing.T) {
	noLeaks(t)
	release := make(chan struct{})
	svc := rpc.NewService("Sums")
	echoStream.Handle(svc, func(ctx context.Context, s *rpc.ServerStream[Request, Reply]) error {
		<-ctx.Done()
		<-release
		_, err := s.Receive()
		return err
	})
	server := serve(t, []*rpc.Service{svc})
	p := dialFrames(t, server.address)
	p.send(t, headerFrame(1, "echo"), trailerFrame(1, "echo"), dataFrame(1, "echo", &Request{}))
	require.Equal(t, "protocol error: a frame follows on the trailer", exceptionText(t, p.expect(t, message.FrameReset)))
	close(release)
}

// TestManyStreams: streams beyond the limit are refused, and those that there are go on.
func TestManyStreams(t *testing.T) {
	noLeaks(t)
	server := serve(t, []*rpc.Service{sumsService(&sums{})}, rpc.WithLimits(rpc.Limits{MaxInFlight: 4}))
	p := dialFrames(t, server.address)
	for id := range int32(100) {
		p.send(t, headerFrame(id+1, "echo"))
	}
	for range 96 {
		require.Contains(t, exceptionText(t, p.expect(t, message.FrameTrailer)), "overloaded")
	}
	for id := range int32(4) {
		p.send(t, dataFrame(id+1, "echo", &Request{}))
		p.expect(t, message.FrameHeader)
		require.Equal(t, id+1, p.expect(t, message.FrameData).FrameSequence)
	}
}

// TestStreamFloods: what a handler does not take is bounded, and so is what a caller does not take.
func TestStreamFloods(t *testing.T) {
	noLeaks(t)
	const pending, window = 1 << 20, 64 << 10
	svc := rpc.NewService("Sums")
	rpc.HandleClientStream(svc, "add", func(ctx context.Context, reqs iter.Seq2[*Request, error]) (*Reply, error) {
		<-ctx.Done()
		return nil, ctx.Err()
	})
	var sent atomic.Int64
	rpc.HandleServerStream(svc, "count", func(ctx context.Context, req *Request) iter.Seq2[*Reply, error] {
		return func(yield func(*Reply, error) bool) {
			for yield(&Reply{Text: strings.Repeat("x", 10_000)}, nil) {
				sent.Add(1)
			}
		}
	})
	server := serve(t, []*rpc.Service{svc}, rpc.WithLimits(rpc.Limits{MaxPending: pending}), rpc.WithIdleTimeout(time.Second))
	t.Run("handler takes nothing", func(t *testing.T) {
		for _, message := range []*Request{{Text: strings.Repeat("x", 50_000)}, {}} {
			p := dialFrames(t, server.address)
			p.send(t, headerFrame(1, "add"))
			flood := dataFrame(1, "add", message)
			flood = bytes.Repeat(flood, 1+100_000/len(flood))
			before, blocked := server.MemoryUsed(), false
			for n := 0; n < 1<<30 && !blocked; n += len(flood) {
				require.NoError(t, p.SetWriteDeadline(time.Now().Add(300*time.Millisecond)))
				_, err := p.Write(flood)
				blocked = err != nil
			}
			require.True(t, blocked, "the server takes whatever comes")
			// As much again is read ahead, for the end of the connection to be noticed.
			require.Less(t, server.MemoryUsed(), before+5*pending)
			_ = p.Close() // which does not reach the server, behind all that it does not read
		}
		settle(t, func() string { return used(server) })
	})
	t.Run("caller takes nothing", func(t *testing.T) {
		p := dialFrames(t, server.address)
		p.send(t, headerFrame(1, "count"), dataFrame(1, "count", &Request{}), trailerFrame(1, "count"))
		last := int64(-1)
		for sent.Load() != last {
			last = sent.Load()
			time.Sleep(100 * time.Millisecond)
		}
		require.Less(t, server.MemoryUsed(), int64(6*window))
		_ = p.Close()
		settle(t, func() string { return used(server) })
	})
}

// used says how much memory the server has, unless it is none.
func used(server *running) string {
	if n := server.MemoryUsed(); n != 0 {
		return fmt.Sprintf("%d bytes are in use", n)
	}
	return ""
}
