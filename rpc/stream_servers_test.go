package rpc_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"iter"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tagwire/tagwire/rpc"
	"github.com/tagwire/tagwire/rpc/message"
	"github.com/tagwire/tagwire/rpc/thrift"
)

// frameServer answers each connection by a script, until the test ends, and returns its address.
func frameServer(t *testing.T, script func(p *framePeer)) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	belongs(t, listener)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			_ = conn.SetDeadline(time.Now().Add(patience))
			go func() {
				defer func() { _ = conn.Close() }()
				script(newFramePeer(conn))
			}()
		}
	}()
	t.Cleanup(func() {
		_ = listener.Close()
		<-done
	})
	return listener.Addr().String()
}

// streamClient returns a client with streams for a server.
func streamClient(t *testing.T, address string, options ...rpc.ClientOption) (*rpc.Client, *Sums) {
	t.Helper()
	log := &quiet{}
	sums := &Sums{}
	client, err := rpc.NewClient(append([]rpc.ClientOption{rpc.WithAddresses(address), rpc.WithTransport(rpc.TTHeader), rpc.WithLogger(log.logger()),
		rpc.WithConnections(rpc.Multiplexed), rpc.WithContract(sums, rpc.Exceptions(NotFound{}))}, options...)...)
	require.NoError(t, err)
	t.Cleanup(func() { _ = client.Close() })
	return client, sums
}

// TestHostileServers: whatever a server sends, a stream ends with the error that says so.
func TestHostileServers(t *testing.T) {
	noLeaks(t)
	for name, c := range map[string]struct {
		answer func(id int32) []byte
		code   error
		text   string
		count  int
	}{
		"success": {func(id int32) []byte {
			return joinFrames(headerFrame(id, "count"), dataFrame(id, "count", &Reply{}), trailerFrame(id, "count"))
		}, nil, "", 1},
		"no header":     {func(id int32) []byte { return joinFrames(dataFrame(id, "count", &Reply{}), trailerFrame(id, "count")) }, nil, "", 1},
		"trailer alone": {func(id int32) []byte { return trailerFrame(id, "count") }, nil, "", 0},
		"data after trailer": {func(id int32) []byte {
			return joinFrames(dataFrame(id, "count", &Reply{}), trailerFrame(id, "count"), dataFrame(id, "count", &Reply{}), trailerFrame(id, "count"))
		}, nil, "", 1},
		"strangers": {func(id int32) []byte {
			return joinFrames(dataFrame(id+7, "count", &Reply{}), trailerFrame(0, "count"), resetFrame(id+1, "x"), trailerFrame(id, "count"))
		}, nil, "", 0},
		"two headers":      {func(id int32) []byte { return joinFrames(headerFrame(id, "count"), headerFrame(id, "count")) }, rpc.CodeInvalidReply, "header", 0},
		"late header":      {func(id int32) []byte { return joinFrames(dataFrame(id, "count", &Reply{}), headerFrame(id, "count")) }, rpc.CodeInvalidReply, "header", -1},
		"reset":            {func(id int32) []byte { return resetFrame(id, "count") }, rpc.CodeUnknown, "gone", 0},
		"reset of nothing": {func(id int32) []byte { return frameOf(message.FrameReset, id, "count", thrift.NoBody{}) }, rpc.CodeUnknown, "reset", 0},
		"exception": {func(id int32) []byte {
			return frameOf(message.FrameTrailer, id, "count", exceptionOf{Exception: thrift.NewException(rpc.CodeOverloaded, "full")})
		}, rpc.CodeOverloaded, "full", 0},
		"no exception": {func(id int32) []byte {
			return bytes.Replace(resetFrame(id, "count"), []byte("\x80\x01\x00\x03"), []byte("\x80\x01\x00\x02"), 1)
		}, rpc.CodeInvalidReply, "exception", 0},
		"broken struct":  {func(id int32) []byte { return frameOf(message.FrameData, id, "count", rawBody("\x0b\x00")) }, rpc.CodeInvalidReply, "", 0},
		"trailing bytes": {func(id int32) []byte { return frameOf(message.FrameData, id, "count", rawBody("\x00\x00")) }, rpc.CodeInvalidReply, "bytes follow", 0},
		"unknown kind": {func(id int32) []byte {
			return bytes.Replace(trailerFrame(id, "count"), []byte("\x1b\x00\x014"), []byte("\x1b\x00\x019"), 1)
		}, rpc.CodeInvalidReply, "kind", 0},
		"garbage": {func(int32) []byte { return []byte("HTTP/1.1 400 Bad Request\r\n\r\n") }, rpc.CodeInvalidReply, "HTTP", 0},
		"nothing": {func(int32) []byte { return nil }, rpc.CodeClosed, "", 0},
		"cut": {func(id int32) []byte {
			return joinFrames(dataFrame(id, "count", &Reply{}), dataFrame(id, "count", &Reply{Text: "x"})[:30])
		}, rpc.CodeClosed, "", 1},
		"too large":       {func(id int32) []byte { return []byte("\x7f\xff\xff\xff\x10\x00\x00\x02\x00\x00\x00\x01\x00\x04") }, rpc.CodeLimit, "", 0},
		"another message": {func(int32) []byte { return ordinaryException("not here") }, rpc.CodeInvalidReply, "not here", 0},
	} {
		t.Run(name, func(t *testing.T) {
			address := frameServer(t, func(p *framePeer) {
				if m, err := p.next(); err == nil {
					_, _ = p.Write(c.answer(m.FrameSequence))
				}
				if !errors.Is(c.code, rpc.CodeClosed) {
					_, _ = io.Copy(io.Discard, p.input)
				}
			})
			client, sums := streamClient(t, address)
			got, err := collect(sums.Count(context.Background(), &Request{}))
			if c.code == nil {
				require.NoError(t, err)
			} else {
				require.ErrorIs(t, err, c.code)
				require.Contains(t, err.Error(), c.text)
				require.Contains(t, err.Error(), "count@")
			}
			if c.count >= 0 {
				require.Len(t, got, c.count)
			}
			_ = client.Close()
		})
	}
}

func joinFrames(frames ...[]byte) []byte { return bytes.Join(frames, nil) }

// ordinaryException is what a server answers that knows no streams.
func ordinaryException(text string) []byte {
	m := &rpc.Message{Type: rpc.MessageException, Method: []byte("count")}
	var out flat
	if err := rpc.TTHeader.Write(&out, m, thrift.NewException(rpc.CodeInvalidProtocol, text).In(m.Format), &frameLimits); err != nil {
		panic(err)
	}
	return out.Bytes()
}

// TestClientsReset: a server is told when its caller goes, and why it need not go on.
func TestClientsReset(t *testing.T) {
	noLeaks(t)
	resets := make(chan *rpc.Message, 10)
	address := frameServer(t, func(p *framePeer) {
		for {
			m, err := p.next()
			if err != nil {
				return
			}
			switch m.Frame {
			case message.FrameHeader:
				_, _ = p.Write(joinFrames(headerFrame(m.FrameSequence, "count"), dataFrame(m.FrameSequence, "count", &Reply{})))
			case message.FrameReset:
				resets <- m
			}
		}
	})
	client, sums := streamClient(t, address, rpc.WithCaller("me"))
	for range sums.Count(context.Background(), &Request{}) {
		break
	}
	m := <-resets
	require.Equal(t, "me", m.Metadata["ttscp"])
	require.Contains(t, exceptionText(t, m), "canceled")
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
	defer cancel()
	got, err := collect(sums.Count(ctx, &Request{}))
	require.Len(t, got, 1)
	require.ErrorIs(t, err, rpc.CodeTimeout)
	require.Contains(t, exceptionText(t, <-resets), "timeout")
	s, err := echoStream.Open(context.Background(), client)
	require.NoError(t, err)
	_, err = s.Receive()
	require.NoError(t, err)
	_ = client.Close()
	_, err = s.Receive()
	require.ErrorIs(t, err, rpc.CodeShutdown)
	_, err = echoStream.Open(context.Background(), client)
	require.ErrorIs(t, err, rpc.CodeShutdown)
}

// TestStreamFailover: where an endpoint cannot be connected to, the stream is opened at another one, and where there is none, the error
// says so.
func TestStreamFailover(t *testing.T) {
	noLeaks(t)
	server := serve(t, []*rpc.Service{sumsService(&sums{})})
	gone, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	address := gone.Addr().String()
	_ = gone.Close()
	_, sums := streamClient(t, address, rpc.WithAddresses(server.address))
	for range 4 {
		got, err := collect(sums.Count(context.Background(), &Request{Number: 2}))
		require.NoError(t, err)
		require.Len(t, got, 2)
	}
	_, sums = streamClient(t, address)
	_, err = collect(sums.Count(context.Background(), &Request{}))
	require.ErrorIs(t, err, rpc.CodeConnect)
	_, sums = streamClient(t, address, rpc.WithBreaker(rpc.Breaker{MinSamples: 2}))
	for range 5 {
		_, err = collect(sums.Count(context.Background(), &Request{}))
		require.Error(t, err)
	}
	require.ErrorIs(t, err, rpc.CodeCircuitOpen)
}

// TestStreamMetadata: what a call carries reaches a handler of a stream, and what it sends back the caller.
func TestStreamMetadata(t *testing.T) {
	noLeaks(t)
	svc := rpc.NewService("Sums")
	rpc.HandleServerStream(svc, "count", func(ctx context.Context, _ *Request) iter.Seq2[*Reply, error] {
		return func(yield func(*Reply, error) bool) {
			info := rpc.CallOf(ctx)
			_, limited := ctx.Deadline()
			yield(&Reply{Text: strings.Join([]string{info.Caller, info.Method, info.Service, info.Protocol}, " "), Number: int64(btoi(limited))}, nil)
		}
	})
	server := serve(t, []*rpc.Service{svc, rpc.NewService("Other")}[:1])
	_, sums := streamClient(t, server.address, rpc.WithCaller("me"), rpc.WithService("Sums"))
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	for reply, err := range sums.Count(ctx, &Request{}) {
		require.NoError(t, err)
		require.Equal(t, &Reply{"me count Sums ttheader", 1}, reply)
	}
}

// TestStreamsHoldUpOthers: a caller that does not receive what comes for one stream holds up another one of the same connection only for
// a while.
func TestStreamsHoldUpOthers(t *testing.T) {
	parallel(t)
	noLeaks(t)
	server := serve(t, []*rpc.Service{sumsService(&sums{})})
	client, sums := streamClient(t, server.address, rpc.WithSharedConnections(1), rpc.WithLimits(rpc.Limits{MaxPending: 100_000}))
	s, err := countStream.Open(context.Background(), client)
	require.NoError(t, err)
	require.NoError(t, s.Send(&Request{Number: 1000_000}))
	_, err = s.Receive()
	require.NoError(t, err)
	got, err := collect(sums.Count(context.Background(), &Request{Number: 10}))
	require.NoError(t, err)
	require.Len(t, got, 10)
	for err == nil {
		_, err = s.Receive()
	}
	require.ErrorIs(t, err, rpc.CodeLimit)
}

// TestStreamsShutDown: a server that is shut down waits for its streams, and callers open others elsewhere.
func TestStreamsShutDown(t *testing.T) {
	noLeaks(t)
	server := serve(t, []*rpc.Service{sumsService(&sums{})})
	client, _ := streamClient(t, server.address)
	s, err := echoStream.Open(context.Background(), client)
	require.NoError(t, err)
	require.NoError(t, s.Send(&Request{}))
	_, err = s.Receive()
	require.NoError(t, err)
	done := make(chan error, 1)
	go func() { done <- server.Shutdown(context.Background()) }()
	for range 5 {
		time.Sleep(50 * time.Millisecond)
		require.NoError(t, s.Send(&Request{}))
		_, err = s.Receive()
		require.NoError(t, err)
	}
	require.NoError(t, s.CloseSend())
	_, err = s.Receive()
	require.Equal(t, io.EOF, err)
	_ = client.Close()
	require.NoError(t, <-done)
}
