package rpc_test

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tagwire/tagwire/rpc"
)

// outOfOrder sets the flag of a TTHeader message by which a client says that it multiplexes.
func outOfOrder(message []byte) []byte {
	message[7] |= 1
	return message
}

// muxCall is a call of a method in a header with the flag.
func muxCall(t testing.TB, sequence int32, method, text string) []byte {
	return outOfOrder(header(sequence, nil, envelope(typeCall, method, sequence, arguments(t, 1, &Request{Text: text}))))
}

// muxReply is a reply, by its header.
type muxReply struct {
	sequence int32
	flags    uint16
	closing  bool
	message  []byte
}

func readMux(t testing.TB, conn net.Conn) muxReply {
	t.Helper()
	data := readFrame(t, conn)
	require.Greater(t, len(data), 10)
	size := 10 + 4*int(binary.BigEndian.Uint16(data[8:]))
	return muxReply{int32(binary.BigEndian.Uint32(data[4:])), binary.BigEndian.Uint16(data[2:]),
		strings.Contains(string(data[:size]), "\x00\x05crrst\x00\x011"), data[size:]}
}

// readReplies reads n replies, each to another call, and returns them by their sequence ids.
func readReplies(t testing.TB, conn net.Conn, n int) map[int32]muxReply {
	t.Helper()
	replies := map[int32]muxReply{}
	for range n {
		r := readMux(t, conn)
		require.NotContains(t, replies, r.sequence)
		require.Equal(t, uint16(1), r.flags)
		replies[r.sequence] = r
	}
	return replies
}

// muxService has methods that wait for each other, and that do not return.
type muxService struct {
	gate    chan struct{}
	waiting atomic.Int64
	most    atomic.Int64
	ended   atomic.Int64 // contexts
}

func newMuxService() (*muxService, []*rpc.Service) {
	s := &muxService{gate: make(chan struct{})}
	services := echo()
	rpc.Handle(services[0], "Wait", func(ctx context.Context, req *Request) (*Reply, error) {
		now := s.waiting.Add(1)
		for most := s.most.Load(); now > most && !s.most.CompareAndSwap(most, now); most = s.most.Load() {
		}
		defer s.waiting.Add(-1)
		select {
		case <-s.gate:
		case <-ctx.Done():
			s.ended.Add(1)
			return nil, ctx.Err()
		}
		return &Reply{Text: req.Text}, nil
	})
	rpc.Handle(services[0], "Panic", func(context.Context, *Request) (*Reply, error) { panic("on purpose") })
	rpc.Handle(services[0], "Exit", func(context.Context, *Request) (*Reply, error) { runtime.Goexit(); return nil, nil })
	rpc.HandleOneway(services[0], "Tell", func(_ context.Context, req *Request) error {
		s.ended.Add(1)
		return errors.New(req.Text)
	})
	return s, services
}

// TestMultiplexedCallsRunTogether: calls with the flag are handled at the same time, by the server that any peer finds; those
// that are ready first are answered first.
func TestMultiplexedCallsRunTogether(t *testing.T) {
	noLeaks(t)
	s, services := newMuxService()
	server := serve(t, services)
	conn := dial(t, server.address)
	const n = 20
	for i := range int32(n) {
		send(t, conn, muxCall(t, i+1, "Wait", fmt.Sprint(i)))
	}
	settle(t, func() string {
		if s.waiting.Load() < n {
			return "not all calls are handled at once"
		}
		return ""
	})
	send(t, conn, muxCall(t, 100, "Echo", "first"))
	first := readMux(t, conn)
	require.Equal(t, int32(100), first.sequence)
	requireEcho(t, first.message, 100, "first")
	close(s.gate)
	for sequence, reply := range readReplies(t, conn, n) {
		require.Equal(t, arguments(t, 0, &Reply{Text: fmt.Sprint(sequence - 1)}), parse(t, reply.message).body)
	}
}

// TestMultiplexedCallsAreBounded: no more are in flight on a connection than the limits allow, in number and in bytes; the others
// wait, and none is lost.
func TestMultiplexedCallsAreBounded(t *testing.T) {
	for name, limits := range map[string]rpc.Limits{
		"number": {MaxInFlight: 3}, "bytes": {MaxPending: 3 * 1100}, "one": {MaxInFlight: 1}, "least": {MaxPending: 1},
	} {
		t.Run(name, func(t *testing.T) {
			noLeaks(t)
			s, services := newMuxService()
			server := serve(t, services, rpc.WithLimits(limits))
			conn := dial(t, server.address)
			const n = 20
			for i := range int32(n) {
				send(t, conn, muxCall(t, i+1, "Wait", strings.Repeat("x", 1<<10)))
			}
			settle(t, func() string {
				if s.waiting.Load() == 0 {
					return "no call is handled"
				}
				return ""
			})
			go func() {
				for range n {
					s.gate <- struct{}{}
				}
			}()
			readReplies(t, conn, n)
			require.LessOrEqual(t, s.most.Load(), int64(3))
		})
	}
}

// TestMultiplexedCallsThatFail: each call gets an answer of its own, whatever becomes of the others.
func TestMultiplexedCallsThatFail(t *testing.T) {
	noLeaks(t)
	_, services := newMuxService()
	server := serve(t, services)
	conn := dial(t, server.address)
	unknown := outOfOrder(header(5, nil, envelope(typeCall, "Unknown", 5, []byte{0})))
	wrong := outOfOrder(header(6, nil, envelope(typeCall, "Echo", 6, []byte{12, 0, 1, 11})))
	reply := outOfOrder(header(7, nil, envelope(typeReply, "Echo", 7, []byte{0})))
	plain := header(8, nil, call(t, 8, "plain"))
	send(t, conn, muxCall(t, 1, "Echo", "a"), muxCall(t, 2, "Panic", ""), muxCall(t, 3, "Exit", ""), muxCall(t, 4, "Echo", "b"),
		unknown, wrong, reply, plain, muxCall(t, 9, "Echo", "c"), muxCall(t, -1, "Echo", "d"))
	replies := map[int32]muxReply{}
	for range 10 {
		r := readMux(t, conn)
		replies[r.sequence] = r
	}
	requireEcho(t, replies[1].message, 1, "a")
	requireException(t, replies[2].message, "Panic", 2, int32(rpc.CodeInternal))
	requireException(t, replies[3].message, "Exit", 3, int32(rpc.CodeInternal))
	requireEcho(t, replies[4].message, 4, "b")
	requireException(t, replies[5].message, "Unknown", 5, int32(rpc.CodeUnknownMethod))
	requireException(t, replies[6].message, "Echo", 6, int32(rpc.CodeProtocolError))
	requireException(t, replies[7].message, "Echo", 7, int32(rpc.CodeInvalidMessageType))
	requireEcho(t, replies[8].message, 8, "plain")
	require.Zero(t, replies[8].flags, "a reply has the flags of its call")
	requireEcho(t, replies[9].message, 9, "c")
	requireEcho(t, replies[-1].message, -1, "d")
}

// TestMultiplexedOneway: oneway calls are all made, and none is answered.
func TestMultiplexedOneway(t *testing.T) {
	noLeaks(t)
	s, services := newMuxService()
	server := serve(t, services)
	conn := dial(t, server.address)
	for i := range int32(50) {
		send(t, conn, outOfOrder(header(i+1, nil, envelope(typeOneway, "Tell", i+1, arguments(t, 1, &Request{Text: "told"})))))
	}
	send(t, conn, muxCall(t, 100, "Echo", "x"))
	require.Equal(t, int32(100), readMux(t, conn).sequence)
	settle(t, func() string {
		if s.ended.Load() != 50 {
			return "not all oneway calls were made"
		}
		return ""
	})
	server.says(t, "told")
}

// TestMultiplexedPeerThatGoes: the contexts of its calls end, also while others wait for their turn; one that has only ended its
// sending gets its replies.
func TestMultiplexedPeerThatGoes(t *testing.T) {
	for _, most := range []int{2, 100} {
		noLeaks(t)
		s, services := newMuxService()
		server := serve(t, services, rpc.WithLimits(rpc.Limits{MaxInFlight: most}))
		conn := dial(t, server.address)
		for i := range int32(5) {
			send(t, conn, muxCall(t, i+1, "Wait", ""))
		}
		settle(t, func() string {
			if s.waiting.Load() < int64(min(most, 5)) {
				return "the calls are not handled"
			}
			return ""
		})
		require.NoError(t, conn.(*net.TCPConn).CloseWrite())
		for _, reply := range readReplies(t, conn, 5) {
			requireException(t, reply.message, "Wait", reply.sequence, int32(rpc.CodeInternal))
		}
		require.Equal(t, int64(5), s.ended.Load())
		mustClose(t, conn)
	}
}

// TestMultiplexedShutdown: the peer is told to send no more calls. What it has sent until it closes the connection is answered.
func TestMultiplexedShutdown(t *testing.T) {
	parallel(t)
	noLeaks(t)
	s, services := newMuxService()
	server := serve(t, services)
	conn := dial(t, server.address)
	send(t, conn, muxCall(t, 1, "Wait", "long"))
	settle(t, func() string {
		if s.waiting.Load() == 0 {
			return "the call is not handled"
		}
		return ""
	})
	done := make(chan error, 1)
	go func() { done <- server.Shutdown(context.Background()) }()
	control := readMux(t, conn)
	require.Zero(t, control.sequence)
	require.True(t, control.closing)
	require.Equal(t, parsed{kind: typeReply, name: "none", body: []byte{0}}, parse(t, control.message))
	time.Sleep(300 * time.Millisecond) // past the time in which connections without calls are closed
	send(t, conn, muxCall(t, 2, "Echo", "on its way"))
	reply := readMux(t, conn)
	require.True(t, reply.closing)
	requireEcho(t, reply.message, 2, "on its way")
	close(s.gate)
	reply = readMux(t, conn)
	require.Equal(t, int32(1), reply.sequence)
	require.Equal(t, byte(typeReply), parse(t, reply.message).kind)
	require.NoError(t, conn.Close())
	require.NoError(t, <-done)
}

// TestMultiplexedShutdownWithoutPeer: a peer that does not heed it, or sleeps, does not hold up the shutdown.
func TestMultiplexedShutdownWithoutPeer(t *testing.T) {
	parallel(t)
	noLeaks(t)
	for _, pause := range []time.Duration{0, 400 * time.Millisecond} { // the second is parked
		server := serve(t, echo())
		conn := dial(t, server.address)
		send(t, conn, muxCall(t, 1, "Echo", ""))
		readReplies(t, conn, 1)
		time.Sleep(pause)
		require.NoError(t, server.Shutdown(context.Background()))
		require.Zero(t, readMux(t, conn).sequence)
		mustClose(t, conn)
	}
}

// TestMultiplexedPeerThatDoesNotRead: it holds no more than its calls, and is closed in time.
func TestMultiplexedPeerThatDoesNotRead(t *testing.T) {
	noLeaks(t)
	server := serve(t, echo(), rpc.WithWriteTimeout(100*time.Millisecond), rpc.WithLimits(rpc.Limits{MaxInFlight: 8}))
	conn := dial(t, server.address)
	large := muxCall(t, 1, "Echo", strings.Repeat("x", 1<<20))
	go func() {
		for range 200 {
			if _, err := conn.Write(large); err != nil {
				return
			}
		}
	}()
	server.says(t, "replies were not taken within")
	settle(t, func() string {
		if used := server.MemoryUsed(); used != 0 {
			return fmt.Sprintf("%d bytes are held", used)
		}
		return ""
	})
}

// TestMultiplexedMetadata: what comes in headers counts as what comes in bodies.
func TestMultiplexedMetadata(t *testing.T) {
	noLeaks(t)
	s, services := newMuxService()
	server := serve(t, services, rpc.WithLimits(rpc.Limits{MaxPending: 32 << 10}))
	conn := dial(t, server.address)
	const calls = 10
	blocks := stringBlock("RPC_PERSIST_MUCH", strings.Repeat("m", 10<<10))
	for i := range int32(calls) {
		send(t, conn, outOfOrder(header(i+1, blocks, envelope(typeCall, "Wait", i+1, arguments(t, 1, &Request{})))))
	}
	settle(t, func() string {
		if s.waiting.Load() < 3 {
			return "the calls are not handled"
		}
		return ""
	})
	close(s.gate)
	require.Len(t, readReplies(t, conn, calls), calls)
	require.Equal(t, int64(3), s.most.Load())
}

// TestMultiplexedLoad: thousands of calls of all sizes, in any order and in pieces of any length, are each answered once.
func TestMultiplexedLoad(t *testing.T) {
	noLeaks(t)
	services := echo()
	rpc.Handle(services[0], "Late", func(_ context.Context, req *Request) (*Reply, error) {
		for range rand.IntN(20) {
			runtime.Gosched()
		}
		return &Reply{Text: req.Text}, nil
	})
	server := serve(t, services, rpc.WithLimits(rpc.Limits{MaxInFlight: 50}), rpc.WithRequestReuse())
	conn := dial(t, server.address)
	const n = 3000
	text := func(i int32) string {
		return strings.Repeat(string(rune('a'+i%26)), int(i*7919%3000)*int(1+i%50/49*100))
	}
	go func() {
		var stream []byte
		for i := range int32(n) {
			stream = append(stream, muxCall(t, i+1, []string{"Echo", "Late"}[i%2], text(i+1))...)
			for cut := 1 + rand.IntN(4000); len(stream) > 20_000+cut; {
				if _, err := conn.Write(stream[:cut]); err != nil {
					return
				}
				stream = stream[cut:]
			}
		}
		_, _ = conn.Write(stream)
	}()
	for sequence, reply := range readReplies(t, conn, n) {
		p := parse(t, reply.message)
		require.Equal(t, byte(typeReply), p.kind)
		require.True(t, string(p.body) == string(arguments(t, 0, &Reply{Text: text(sequence)})), "call %d", sequence)
	}
	require.NoError(t, conn.Close())
	settle(t, func() string {
		if used := server.MemoryUsed(); used != 0 {
			return fmt.Sprintf("%d bytes are held", used)
		}
		return ""
	})
}

// TestMultiplexedGarbage: what follows on good calls costs the connection, after their replies and the announcement.
func TestMultiplexedGarbage(t *testing.T) {
	parallel(t)
	noLeaks(t)
	server := serve(t, echo())
	conn := dial(t, server.address)
	send(t, conn, muxCall(t, 1, "Echo", "good"), []byte("garbage, and more of it"))
	data, err := io.ReadAll(conn)
	require.NoError(t, err)
	require.Contains(t, string(data), "good")
	require.Contains(t, string(data), "crrst")
	server.says(t, "no protocol here begins with")
}
