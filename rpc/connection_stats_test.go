package rpc_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/net/http2"

	"github.com/tagwire/tagwire/fuzz/effort"
	"github.com/tagwire/tagwire/rpc"
)

// only returns what is known of the only connection that is open.
func only(t testing.TB, s *rpc.Stats) rpc.ConnectionStats {
	t.Helper()
	var c rpc.ConnectionStats
	settle(t, func() string {
		all := s.Snapshot().Connections
		if len(all) != 1 {
			return fmt.Sprintf("%d connections are open", len(all))
		}
		c = all[0]
		return ""
	})
	return c
}

// counted waits until a Stats has counted what is wanted of the only connection, as far as the peers have the same.
func counted(t testing.TB, s *rpc.Stats, want rpc.ConnectionCounts) rpc.ConnectionStats {
	t.Helper()
	var c rpc.ConnectionStats
	settle(t, func() string {
		c = only(t, s)
		got := c.ConnectionCounts
		got.BytesSent, got.BytesReceived, got.RoundTrips, got.RoundTripTotal = 0, 0, 0, 0
		if got != want {
			return fmt.Sprintf("counted %+v, want %+v", got, want)
		}
		return ""
	})
	return c
}

// TestConnectionStats: both sides of a connection of gRPC count the same, and keep the sum when it has ended.
func TestConnectionStats(t *testing.T) {
	for _, secure := range []bool{false, true} {
		t.Run(fmt.Sprintf("TLS=%v", secure), func(t *testing.T) {
			noLeaks(t)
			var served, called rpc.Stats
			entered := make(chan struct{}, 1)
			b := &notebook{hook: func(ctx context.Context, text string) error {
				if text == "wait" {
					entered <- struct{}{}
					<-ctx.Done()
				}
				return nil
			}}
			serverOptions := []rpc.ServerOption{rpc.WithInterceptors(served.Interceptor())}
			clientOptions := []rpc.ClientOption{rpc.WithInterceptors(called.Interceptor()), rpc.WithSharedConnections(1)}
			if secure {
				a := newAuthority(t)
				serverOptions = append(serverOptions, rpc.WithTLS(a.server(t)))
				clientOptions = append(clientOptions, rpc.WithTLS(a.client(t, "localhost")))
			}
			server := serveNotes(t, b, serverOptions...)
			made, client := noteClientOf(t, server.address, clientOptions...)
			begun := time.Now()
			ctx := within(t)
			for range 10 {
				_, err := client.Echo(ctx, &note{"a"})
				require.NoError(t, err)
			}
			for _, err := range client.Count(ctx, &note{"b"}) {
				require.NoError(t, err)
			}
			big := strings.Repeat("x", 1<<20)
			_, err := client.Echo(ctx, &note{big})
			require.NoError(t, err)
			short, cancel := context.WithCancel(ctx)
			ended := make(chan error, 1)
			go func() {
				_, err := client.Echo(short, &note{"wait"})
				ended <- err
			}()
			<-entered
			require.Equal(t, 1, only(t, &called).HTTP2.OpenStreams)
			cancel()
			require.ErrorIs(t, <-ended, rpc.CodeCanceled)

			// The server's handler returns, and its reply is for nobody.
			s := counted(t, &served, rpc.ConnectionCounts{
				StreamsStarted: 13, StreamsSucceeded: 12, StreamsFailed: 1, MessagesReceived: 13, MessagesSent: 11 + 1000})
			c := counted(t, &called, rpc.ConnectionCounts{
				StreamsStarted: 13, StreamsSucceeded: 12, StreamsFailed: 1, MessagesSent: 13, MessagesReceived: 11 + 1000})
			settle(t, func() string {
				s, c = only(t, &served), only(t, &called)
				if s.BytesSent != c.BytesReceived || c.BytesSent != s.BytesReceived {
					return fmt.Sprintf("sent %d and %d bytes, received %d and %d", s.BytesSent, c.BytesSent, c.BytesReceived, s.BytesReceived)
				}
				return ""
			})
			require.Greater(t, s.BytesSent, int64(1<<20))
			require.Greater(t, s.BytesReceived, int64(1<<20))
			require.Equal(t, s.Remote.String(), c.Local.String())
			require.Equal(t, c.Remote.String(), s.Local.String())
			require.Equal(t, []rpc.Side{rpc.ServerSide, rpc.ClientSide}, []rpc.Side{s.Side, c.Side})
			for _, one := range []rpc.ConnectionStats{s, c} {
				h := one.HTTP2
				require.Equal(t, secure, one.TLS)
				require.Zero(t, h.OpenStreams)
				require.Positive(t, h.SendWindow)
				require.Positive(t, h.ReceiveWindow)
				require.GreaterOrEqual(t, h.StreamWindow, int64(64<<10))
				for _, at := range []time.Time{one.Opened, h.LastStream, h.LastMessageSent, h.LastMessageReceived} {
					require.False(t, at.Before(begun) || at.After(time.Now()), "%v", at)
				}
			}
			require.NoError(t, made.Close())
			for _, stats := range []*rpc.Stats{&served, &called} {
				var all rpc.StatsSnapshot
				settle(t, func() string {
					if all = stats.Snapshot(); all.Open > 0 || len(all.Connections) > 0 {
						return "the connection is open"
					}
					return ""
				})
				require.EqualValues(t, 13, all.Traffic.StreamsStarted)
				require.EqualValues(t, 12, all.Traffic.StreamsSucceeded)
				require.EqualValues(t, 1, all.Traffic.StreamsFailed)
				require.Greater(t, all.Traffic.BytesReceived, int64(1<<20))
			}
		})
	}
}

// TestConnectionStatsOfPings: keep-alive pings and their answers are counted and timed, on the side that sends them.
func TestConnectionStatsOfPings(t *testing.T) {
	for _, side := range []rpc.Side{rpc.ServerSide, rpc.ClientSide} {
		t.Run(side.String(), func(t *testing.T) {
			noLeaks(t)
			var asking, asked rpc.Stats
			often := rpc.WithKeepAlive(rpc.KeepAlive{Interval: 10 * time.Millisecond, Timeout: patience, Idle: true})
			serverOptions := []rpc.ServerOption{rpc.WithInterceptors(asking.Interceptor()), often}
			clientOptions := []rpc.ClientOption{rpc.WithInterceptors(asked.Interceptor())}
			if side == rpc.ClientSide {
				never := rpc.WithKeepAlive(rpc.KeepAlive{})
				serverOptions = []rpc.ServerOption{rpc.WithInterceptors(asked.Interceptor()), never}
				clientOptions = []rpc.ClientOption{rpc.WithInterceptors(asking.Interceptor()), often}
			}
			server := serveNotes(t, &notebook{}, serverOptions...)
			made, client := noteClientOf(t, server.address, append(clientOptions, rpc.WithSharedConnections(1))...)
			_, err := client.Echo(within(t), &note{"a"})
			require.NoError(t, err)
			settle(t, func() string {
				c := only(t, &asking)
				h := c.HTTP2
				if c.KeepAlivesSent < 2 || c.RoundTrips < 2 {
					return fmt.Sprintf("%d pings were sent, and %d answered", c.KeepAlivesSent, c.RoundTrips)
				}
				if h.ShortestRoundTrip <= 0 || h.RoundTrip < h.ShortestRoundTrip || c.RoundTripTotal < 2*h.ShortestRoundTrip {
					return fmt.Sprintf("the round trips are %v, %v and %v together", h.RoundTrip, h.ShortestRoundTrip, c.RoundTripTotal)
				}
				return ""
			})
			c := only(t, &asked)
			require.Zero(t, c.KeepAlivesSent)
			require.Zero(t, c.RoundTrips)
			require.Zero(t, c.HTTP2.RoundTrip)
			require.NoError(t, made.Close())
			settle(t, func() string {
				if all := asking.Snapshot(); all.Open > 0 || all.Traffic.KeepAlivesSent < 2 || all.Traffic.RoundTrips < 2 {
					return fmt.Sprintf("%+v", all)
				}
				return ""
			})
		})
	}
}

// TestConnectionStatsOfCutStreams: streams that are open when their connection ends have failed, on either side.
func TestConnectionStatsOfCutStreams(t *testing.T) {
	noLeaks(t)
	var served, called rpc.Stats
	b := &notebook{}
	server := serveNotes(t, b, rpc.WithInterceptors(served.Interceptor()))
	made, client := noteClientOf(t, server.address, rpc.WithInterceptors(called.Interceptor()), rpc.WithSharedConnections(1))
	var nexts []func() (*note, error, bool)
	for range 5 {
		next, stop := iter.Pull2(client.Count(within(t), &note{"endless"}))
		defer stop()
		_, err, ok := next()
		require.True(t, ok)
		require.NoError(t, err)
		nexts = append(nexts, next)
	}
	require.Equal(t, 5, only(t, &called).HTTP2.OpenStreams)
	require.Equal(t, 5, only(t, &served).HTTP2.OpenStreams)
	require.NoError(t, made.Close())
	for _, next := range nexts {
		var err error
		for ok := true; ok && err == nil; {
			_, err, ok = next()
		}
		require.Error(t, err)
	}
	for _, stats := range []*rpc.Stats{&served, &called} {
		settle(t, func() string {
			all := stats.Snapshot()
			if all.Open > 0 || all.Traffic.StreamsFailed != 5 || all.Traffic.StreamsStarted != 5 || all.Traffic.StreamsSucceeded != 0 {
				return fmt.Sprintf("%+v", all)
			}
			return ""
		})
	}
}

// TestConnectionStatsOfThrift: connections of other transports count their messages.
func TestConnectionStatsOfThrift(t *testing.T) {
	kinds := map[string][]rpc.ClientOption{
		"framed":      {rpc.WithTransport(rpc.Framed)},
		"buffered":    {rpc.WithTransport(rpc.Buffered)},
		"multiplexed": {rpc.WithTransport(rpc.TTHeader), rpc.WithConnections(rpc.Multiplexed), rpc.WithSharedConnections(1)},
	}
	for name, options := range kinds {
		t.Run(name, func(t *testing.T) {
			noLeaks(t)
			var served, called rpc.Stats
			server := serve(t, echo(), rpc.WithInterceptors(served.Interceptor()))
			var client struct {
				Echo func(ctx context.Context, r *Request) (*Reply, error)
			}
			connect(t, server.address, append(options, rpc.WithContract(&client), rpc.WithInterceptors(called.Interceptor()))...)
			for range 20 {
				_, err := client.Echo(within(t), &Request{Text: "a"})
				require.NoError(t, err)
			}
			want := rpc.ConnectionCounts{MessagesSent: 20, MessagesReceived: 20}
			s, c := counted(t, &served, want), counted(t, &called, want)
			require.Nil(t, s.HTTP2)
			require.Nil(t, c.HTTP2)
			require.Positive(t, c.BytesSent)
			require.Equal(t, c.BytesSent, s.BytesReceived)
			require.Equal(t, s.BytesSent, c.BytesReceived)
		})
	}
}

// TestConnectionOfEvents: all events of a connection have the same Connection, which may be asked when it has ended.
func TestConnectionOfEvents(t *testing.T) {
	noLeaks(t)
	type seen struct {
		kind       rpc.ConnectionEventKind
		connection *rpc.Connection
		messages   int64
	}
	events := make(chan seen, 10)
	note := rpc.Interceptor{Connection: func(e rpc.ConnectionEvent) {
		s := seen{kind: e.Kind, connection: e.Connection}
		if e.Connection != nil {
			s.messages = e.Connection.Stats().MessagesReceived
		}
		events <- s
	}}
	server := serve(t, echo(), rpc.WithInterceptors(note))
	conn := dial(t, server.address)
	_, err := conn.Write([]byte(strings.Repeat("not a message", 10)))
	require.NoError(t, err)
	opened, broken, closed := <-events, <-events, <-events
	require.Equal(t, []rpc.ConnectionEventKind{rpc.ConnectionOpened, rpc.ConnectionBroken, rpc.ConnectionClosed},
		[]rpc.ConnectionEventKind{opened.kind, broken.kind, closed.kind})
	require.NotNil(t, opened.connection)
	require.Same(t, opened.connection, broken.connection)
	require.Same(t, opened.connection, closed.connection)
	require.Positive(t, opened.connection.Stats().BytesReceived)
	unreachable, err := rpc.NewClient(rpc.WithAddresses("127.0.0.1:1"), rpc.WithInterceptors(note))
	require.NoError(t, err)
	t.Cleanup(func() { _ = unreachable.Close() })
	_, err = rpc.Call[Request, Reply](within(t), unreachable, "Echo", &Request{})
	require.True(t, errors.Is(err, rpc.CodeConnect), "%v", err)
	failed := <-events
	require.Equal(t, rpc.ConnectFailed, failed.kind)
	require.Nil(t, failed.connection)
}

// TestConnectionStatsForget: nothing is kept of connections that peers have made and cut, at whatever point.
func TestConnectionStatsForget(t *testing.T) {
	noLeaks(t)
	const workers = 8
	connections := effort.Of(10_000, 2_000)
	var stats rpc.Stats
	server := serveNotes(t, &notebook{}, rpc.WithInterceptors(stats.Interceptor()))
	gone := func(n int64) {
		t.Helper()
		settle(t, func() string {
			all := stats.Snapshot()
			opened := all.Opened == n || runtime.GOOS == "windows" // where a server does not see those that are cut at once
			if !opened || all.Open != 0 || len(all.Connections) != 0 {
				return fmt.Sprintf("%d connections, %d of them open, and %d listed", all.Opened, all.Open, len(all.Connections))
			}
			return ""
		})
	}
	beginnings := [][]byte{nil, []byte(http2.ClientPreface[:8]), []byte(http2.ClientPreface + "\x00\x00\x00\x04\x00\x00\x00\x00\x00"),
		[]byte(http2.ClientPreface + "\x00\x00\x00\x04\x00\x00\x00\x00\x00\x00\x00\x08\x06\x00\x00\x00\x00\x00pingpong")}
	open := func(n int) {
		var group sync.WaitGroup
		for w := range workers {
			group.Add(1)
			go func() {
				defer group.Done()
				for i := range n / workers {
					conn, err := net.Dial("tcp", server.address)
					if err != nil {
						t.Error(err)
						return
					}
					beginning := beginnings[(i+w)%len(beginnings)]
					if _, err = conn.Write(beginning); err == nil && i%2 == 0 && len(beginning) > 8 {
						_, _ = conn.Read(make([]byte, 1))
					}
					_ = conn.(*net.TCPConn).SetLinger(0) // or ports would be taken for a while
					_ = conn.Close()
				}
			}()
		}
		group.Wait()
	}
	open(connections / 10)
	gone(int64(connections / 10))
	before := int64(heapInUse())
	open(connections)
	gone(int64(connections + connections/10))
	settle(t, func() string {
		if grown := int64(heapInUse()) - before; grown > max(1<<20, int64(connections)*300) {
			return fmt.Sprintf("%d bytes are kept", grown)
		}
		return ""
	})
	require.Positive(t, stats.Snapshot().Traffic.BytesReceived)
}
