package rpc_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tagwire/tagwire/rpc"
)

// trace collects what interceptors see.
type trace struct {
	lock sync.Mutex
	all  []string
}

func (r *trace) add(format string, arguments ...any) {
	r.lock.Lock()
	defer r.lock.Unlock()
	r.all = append(r.all, fmt.Sprintf(format, arguments...))
}

func (r *trace) take() []string {
	r.lock.Lock()
	defer r.lock.Unlock()
	all := r.all
	r.all = nil
	return all
}

// named returns an interceptor that notes what it sees.
func (r *trace) named(name string) rpc.Interceptor {
	return rpc.Interceptor{
		Call: func(ctx context.Context, call *rpc.CallInfo, next func(context.Context) error) error {
			r.add("%s begin %v %v", name, call.ClientStreams, call.ServerStreams)
			err := next(ctx)
			r.add("%s end %d %d", name, call.Messages.Sent.Load(), call.Messages.Received.Load())
			return err
		},
		Message: func(_ context.Context, call *rpc.CallInfo, m rpc.StreamMessage) error {
			number := int64(0)
			switch value := m.Value.(type) {
			case *Request:
				number = value.Number
			case *Reply:
				number = value.Number
			}
			r.add("%s %v %d", name, m.Sent, number)
			return nil
		},
	}
}

// TestStreamInterceptors: they run around all of a stream, on both sides, and see its messages in the order of the chain.
func TestStreamInterceptors(t *testing.T) {
	noLeaks(t)
	var client, server trace
	w := piped(t, sumsService(&sums{}))
	both := func(r *trace) rpc.Option { return rpc.WithInterceptors(r.named("outer"), r.named("inner")) }
	pipe := &rpc.Pipe{Server: rpc.NewServer(both(&server)), Window: 1}
	require.NoError(t, pipe.Server.Register(sumsService(&sums{})))
	c, err := rpc.NewClient(rpc.WithAddresses("127.0.0.1:1"), rpc.WithTransport(rpc.TTHeader), rpc.WithConnections(rpc.Multiplexed), both(&client))
	require.NoError(t, err)
	rpc.UsePipe(c, pipe)
	require.NoError(t, c.Fill(&w.sums, rpc.Exceptions(NotFound{})))
	_, err = w.sums.Add(context.Background(), numbers(2))
	require.NoError(t, err)
	require.Equal(t, []string{
		"outer begin true false", "inner begin true false",
		"outer true 0", "inner true 0", "outer true 1", "inner true 1", "inner false 1", "outer false 1",
		"inner end 2 1", "outer end 2 1",
	}, client.take())
	settle(t, func() string { return fmt.Sprint(pipe.Streams.Load())[btoi(pipe.Streams.Load() == 0):] })
	require.Equal(t, []string{
		"outer begin true false", "inner begin true false",
		"outer false 0", "inner false 0", "outer false 1", "inner false 1", "inner true 1", "outer true 1",
		"inner end 1 2", "outer end 1 2",
	}, server.take())
	for range 2 {
		s, err := echoStream.Open(context.Background(), c)
		require.NoError(t, err)
		require.NoError(t, s.CloseSend())
		_, err = s.Receive()
		require.Error(t, err)
		require.True(t, slices.Contains(client.take(), "outer end 0 0"), "Receive returns when the chain has")
	}
	_ = c.Close()
}

// TestMessageErrors: an error that an interceptor returns for a message ends the stream, on either side and in either direction.
func TestMessageErrors(t *testing.T) {
	noLeaks(t)
	refusal := &rpc.BizError{Status: 9, Message: "refused"}
	for _, side := range []rpc.Side{rpc.ClientSide, rpc.ServerSide} {
		for _, sent := range []bool{true, false} {
			for name, do := range map[string]func() error{
				"error": func() error { return refusal },
				"panic": func() error { panic("mischief") },
				"exit":  func() error { runtime.Goexit(); return nil },
			} {
				t.Run(fmt.Sprint(side, sent, name), func(t *testing.T) {
					count := 0
					var lock sync.Mutex
					w := piped(t, sumsService(&sums{}), rpc.WithInterceptors(rpc.Interceptor{
						Message: func(_ context.Context, call *rpc.CallInfo, m rpc.StreamMessage) error {
							lock.Lock()
							defer lock.Unlock()
							if call.Side == side && m.Sent == sent {
								if count++; count == 3 {
									return do()
								}
							}
							return nil
						},
					}))
					done := make(chan error, 1)
					go func() {
						err := errors.New("ended")
						defer func() { done <- err }()
						_, err = collect(w.sums.Echo(context.Background(), numbers(10)))
					}()
					err := <-done
					switch {
					case name == "error":
						require.ErrorIs(t, err, error(err))
						var business *rpc.BizError
						require.ErrorAs(t, err, &business)
					default:
						require.Error(t, err)
					}
				})
			}
		}
	}
}

// TestStreamInterceptorFaults: whatever interceptors do with next, the stream ends once.
func TestStreamInterceptorFaults(t *testing.T) {
	noLeaks(t)
	ctx := context.Background()
	own := errors.New("own")
	for name, c := range map[string]struct {
		call  func(ctx context.Context, call *rpc.CallInfo, next func(context.Context) error) error
		check func(t *testing.T, got []int64, err error)
	}{
		"twice": {func(ctx context.Context, _ *rpc.CallInfo, next func(context.Context) error) error {
			_ = next(ctx)
			return next(ctx)
		}, func(t *testing.T, _ []int64, err error) { require.ErrorIs(t, err, rpc.CodeContract) }},
		"never": {func(context.Context, *rpc.CallInfo, func(context.Context) error) error { return own },
			func(t *testing.T, got []int64, err error) { require.Empty(t, got); require.ErrorIs(t, err, own) }},
		"another error": {func(ctx context.Context, _ *rpc.CallInfo, next func(context.Context) error) error {
			_ = next(ctx)
			return own
		}, func(t *testing.T, got []int64, err error) { require.ErrorIs(t, err, own); require.Len(t, got, 5) }},
		"no error": {func(ctx context.Context, _ *rpc.CallInfo, next func(context.Context) error) error {
			_ = next(ctx)
			return nil
		}, func(t *testing.T, got []int64, err error) { require.NoError(t, err) }},
		"not awaited": {func(ctx context.Context, _ *rpc.CallInfo, next func(context.Context) error) error {
			go func() { _ = next(ctx) }()
			return own
		}, func(t *testing.T, got []int64, err error) { require.ErrorIs(t, err, own) }},
		"panic": {func(ctx context.Context, _ *rpc.CallInfo, next func(context.Context) error) error {
			_ = next(ctx)
			panic("mischief")
		}, func(t *testing.T, got []int64, err error) { require.ErrorIs(t, err, rpc.CodePanic) }},
		"panic before": {func(context.Context, *rpc.CallInfo, func(context.Context) error) error { panic("mischief") },
			func(t *testing.T, got []int64, err error) { require.ErrorIs(t, err, rpc.CodePanic) }},
	} {
		t.Run(name, func(t *testing.T) {
			for range 20 {
				w := piped(t, sumsService(&sums{}))
				client, err := rpc.NewClient(rpc.WithAddresses("127.0.0.1:1"), rpc.WithTransport(rpc.TTHeader), rpc.WithLogger(w.log.logger()),
					rpc.WithConnections(rpc.Multiplexed), rpc.WithInterceptors(rpc.Interceptor{Call: c.call}))
				require.NoError(t, err)
				rpc.UsePipe(client, w.pipe)
				require.NoError(t, client.Fill(&w.sums, rpc.Exceptions(NotFound{})))
				got, err := collect(w.sums.Count(ctx, &Request{Number: 5}))
				c.check(t, got, err)
				got, err = collect(w.sums.Echo(ctx, numbers(5)))
				c.check(t, got, err)
				got = nil
				s, err := echoStream.Open(ctx, client)
				if err == nil {
					go func() {
						for i := range int64(5) {
							_ = s.Send(&Request{Number: i})
						}
						_ = s.CloseSend()
					}()
				}
				for err == nil {
					var reply *Reply
					if reply, err = s.Receive(); err == nil {
						got = append(got, reply.Number)
					}
				}
				if err.Error() == "EOF" {
					err = nil
				}
				c.check(t, got, err)
				_ = client.Close()
				if name != "twice" {
					break
				}
			}
		})
	}
	// The same on a server.
	for name, call := range map[string]func(ctx context.Context, call *rpc.CallInfo, next func(context.Context) error) error{
		"not awaited": func(ctx context.Context, call *rpc.CallInfo, next func(context.Context) error) error {
			if call.Side == rpc.ServerSide {
				go func() { _ = next(ctx) }()
				return own
			}
			return next(ctx)
		},
		"exit": func(ctx context.Context, call *rpc.CallInfo, next func(context.Context) error) error {
			err := next(ctx)
			if call.Side == rpc.ServerSide {
				runtime.Goexit()
			}
			return err
		},
	} {
		t.Run("server "+name, func(t *testing.T) {
			w := piped(t, sumsService(&sums{}), rpc.WithInterceptors(rpc.Interceptor{Call: call}))
			for range 20 {
				_, err := collect(w.sums.Echo(ctx, numbers(5)))
				require.ErrorIs(t, err, rpc.CodeInternal)
			}
		})
	}
}

// TestStreamCounts: Stats counts the messages of streams, and Logging writes how many there were.
func TestStreamCounts(t *testing.T) {
	noLeaks(t)
	stats, log := &rpc.Stats{}, &quiet{}
	w := piped(t, sumsService(&sums{}), rpc.WithInterceptors(stats.Interceptor(), rpc.Logging(log.logger(), slog.LevelInfo)))
	_, err := w.sums.Add(context.Background(), numbers(3))
	require.NoError(t, err)
	settle(t, func() string {
		if got := stats.Snapshot().Methods["add"]; got.Calls != 2 || got.Sent != 4 || got.Received != 4 || got.Failures != 0 {
			return fmt.Sprintf("%+v", got) // both sides count
		}
		return ""
	})
	settle(t, func() string {
		return map[bool]string{false: "it is not logged"}[log.contains("sent=3 received=1") && log.contains("sent=1 received=3")]
	})
}
