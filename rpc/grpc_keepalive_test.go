package rpc_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"net"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/net/http2"

	"github.com/tagwire/tagwire/rpc"
)

// scripted returns the address of a server of HTTP/2 that is run by hand: script is called for each connection when the preface and the first
// settings of the client have been read, and those of the server sent.
func scripted(t testing.TB, script func(p *rawHTTP2)) (address string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	ended := make(chan struct{})
	t.Cleanup(func() {
		_ = listener.Close()
		<-ended
	})
	go func() {
		defer close(ended)
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			_ = conn.SetDeadline(time.Now().Add(patience))
			p := newRaw(t, conn)
			preface := make([]byte, len(http2.ClientPreface))
			if _, err := io.ReadFull(conn, preface); err == nil && p.WriteSettings() == nil {
				script(p)
			}
			_ = conn.Close()
		}
	}()
	return listener.Addr().String()
}

// TestKeepAliveFindsSilentServers: calls end with the reason when a server does not answer a ping.
func TestKeepAliveFindsSilentServers(t *testing.T) {
	parallel(t)
	noLeaks(t)
	pings := make(chan int, 10)
	address := scripted(t, func(p *rawHTTP2) {
		n := 0
		for {
			frame, err := p.ReadFrame()
			if err != nil {
				pings <- n
				return
			}
			if f, ok := frame.(*http2.PingFrame); ok && !f.IsAck() {
				n++
			}
		}
	})
	client := noteClient(t, address, rpc.WithKeepAlive(rpc.KeepAlive{Interval: 10 * time.Millisecond, Timeout: 10 * time.Millisecond}))
	_, err := client.Echo(within(t), &note{"a"})
	require.Equal(t, rpc.CodeClosed, codeOf(t, err))
	require.ErrorContains(t, err, "does not answer pings")
	require.Equal(t, 1, <-pings)
	next, stop := iter.Pull2(client.Count(within(t), &note{"a"}))
	defer stop()
	_, err, _ = next()
	require.Equal(t, rpc.CodeClosed, codeOf(t, err))
	require.ErrorContains(t, err, "does not answer pings")
	require.Equal(t, 1, <-pings)
}

// TestKeepAliveFindsSilentClients: a server ends the connection of a client that answers no ping, and the call on it.
func TestKeepAliveFindsSilentClients(t *testing.T) {
	parallel(t)
	b := &notebook{hook: func(ctx context.Context, text string) error {
		<-ctx.Done()
		return ctx.Err()
	}}
	noLeaks(t)
	server := serveNotes(t, b, rpc.WithKeepAlive(rpc.KeepAlive{Interval: 10 * time.Millisecond, Timeout: 10 * time.Millisecond}))
	p := dialHTTP2(t, server.address)
	p.must(p.open(1, "Echo"))
	p.must(p.WriteData(1, true, packed("a")))
	for {
		if _, err := p.ReadFrame(); err != nil {
			break
		}
	}
	settle(t, func() string {
		if b.started.Load() != 1 || b.running.Load() != 0 || server.open.Load() != 0 {
			return "the call goes on"
		}
		return ""
	})
	server.says(t, "does not answer pings")
}

// TestTooManyPings: a server tells a client that pings too often to calm down, and ends the connection; the calls end with that.
func TestTooManyPings(t *testing.T) {
	parallel(t)
	t.Run("raw", func(t *testing.T) {
		for name, inCall := range map[string]bool{"idle": false, "in a call": true} {
			t.Run(name, func(t *testing.T) {
				attacked(t, &notebook{hook: untilDone}, func(t *testing.T, server *running) {
					p := dialHTTP2(t, server.address)
					if inCall {
						p.must(p.open(1, "Echo"))
						p.must(p.WriteData(1, true, packed("wait")))
					}
					e := p.flood(10, func(i int) error { return p.WritePing(false, [8]byte{byte(i)}) })
					require.True(t, e.said)
					require.Equal(t, http2.ErrCodeEnhanceYourCalm, e.code)
					require.Equal(t, "too_many_pings", e.reason)
					require.LessOrEqual(t, e.frames[http2.FramePing], 4)
				})
			})
		}
	})
	t.Run("client", func(t *testing.T) {
		noLeaks(t)
		server := serveNotes(t, &notebook{hook: untilDone})
		client := noteClient(t, server.address, rpc.WithSharedConnections(1),
			rpc.WithKeepAlive(rpc.KeepAlive{Interval: time.Millisecond, Timeout: patience}))
		_, err := client.Echo(within(t), &note{"wait"})
		require.Equal(t, rpc.CodeClosed, codeOf(t, err))
		require.ErrorContains(t, err, "ENHANCE_YOUR_CALM")
		require.ErrorContains(t, err, "too_many_pings")
		got, err := client.Echo(within(t), &note{"b"})
		require.NoError(t, err)
		require.Equal(t, "b", got.Text)
	})
	t.Run("calmed", func(t *testing.T) {
		noLeaks(t)
		server := serveNotes(t, &notebook{hook: untilDone}, rpc.WithKeepAlive(rpc.KeepAlive{LeastInterval: 600 * time.Millisecond}))
		var stats rpc.Stats
		client := noteClient(t, server.address, rpc.WithSharedConnections(1), rpc.WithInterceptors(stats.Interceptor()),
			rpc.WithKeepAlive(rpc.KeepAlive{Interval: time.Millisecond, Timeout: patience}))
		ctx, cancel := context.WithCancel(within(t))
		ended := make(chan error, 1)
		go func() {
			for {
				_, err := client.Echo(ctx, &note{"wait"})
				if ctx.Err() != nil || !errors.Is(err, rpc.CodeClosed) {
					ended <- err
					return
				}
			}
		}()
		settle(t, func() string { // in the end the client pings seldom enough, and no connection ends any more
			all := stats.Snapshot()
			if len(all.Connections) == 1 && all.Traffic.StreamsFailed > 0 && all.Connections[0].KeepAlivesSent > 5 {
				return ""
			}
			return fmt.Sprintf("%+v", all.Connections)
		})
		cancel()
		require.Equal(t, rpc.CodeCanceled, codeOf(t, <-ended))
	})
	t.Run("allowed", func(t *testing.T) {
		noLeaks(t)
		server := serveNotes(t, &notebook{}, rpc.WithKeepAlive(rpc.KeepAlive{AllowIdle: true, LeastInterval: time.Nanosecond}))
		p := dialHTTP2(t, server.address)
		pings, between := 100, time.Microsecond
		if runtime.GOOS == "windows" {
			pings, between = 20, 50*time.Millisecond // its clock stands still for up to 16 ms, and a ping after no time is too early
		}
		for i := range pings {
			p.must(p.WritePing(false, [8]byte{byte(i)}))
			for acknowledged := false; !acknowledged; { // so that no two are read together
				frame, err := p.ReadFrame()
				require.NoError(t, err)
				if f, ok := frame.(*http2.GoAwayFrame); ok {
					t.Fatalf("after %d pings: %s", i+1, f.DebugData())
				}
				f, ok := frame.(*http2.PingFrame)
				acknowledged = ok && f.IsAck()
			}
			time.Sleep(between)
		}
	})
}

// untilDone is a handler's hook: the text "wait" waits for the end of the call.
func untilDone(ctx context.Context, text string) error {
	if text != "wait" {
		return nil
	}
	<-ctx.Done()
	return ctx.Err()
}
