package rpc_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tagwire/tagwire/rpc"
)

// flaky answers the first calls with a part of a reply and an exception, or not at all, and later ones properly.
func flaky(t *testing.T, failures int64) (*running, *atomic.Int64) {
	var calls atomic.Int64
	svc := rpc.NewService("Flaky")
	get := rpc.NewMethod[Request, Reply]("Get", rpc.Throws(1, NotFound{}))
	get.Handle(svc, func(_ context.Context, req *Request) (*Reply, error) {
		if n := calls.Add(1); n <= failures {
			return nil, &NotFound{Key: "not yet"}
		}
		return &Reply{Text: "second " + req.Text}, nil
	})
	return serve(t, []*rpc.Service{svc}), &calls
}

var getFlaky = rpc.NewMethod[Request, Reply]("Get", rpc.Throws(1, NotFound{}))

// TestRetries: an interceptor may call next again, on either side: nothing of an attempt that failed is left in the result of one
// that did not, and the call's result is that of the attempt that succeeded last.
func TestRetries(t *testing.T) { overSharing(t, testRetries) }

func testRetries(t *testing.T, connect connector) {
	noLeaks(t)
	retry := rpc.Interceptor{Call: func(ctx context.Context, _ *rpc.CallInfo, next func(context.Context) error) error {
		err := next(ctx)
		for range 3 {
			if err == nil {
				break
			}
			err = next(ctx)
		}
		return err
	}}
	server, calls := flaky(t, 2)
	client := connect(t, server.address, rpc.WithInterceptors(retry))
	reply, err := getFlaky.Call(context.Background(), client, &Request{Text: "x"})
	require.NoError(t, err)
	require.Equal(t, &Reply{Text: "second x"}, reply)
	require.Equal(t, int64(3), calls.Load())

	// On a server the handler is called again, with the same request.
	var handled atomic.Int64
	svc := rpc.NewService("Flaky")
	rpc.Handle(svc, "Get", func(_ context.Context, req *Request) (*Reply, error) {
		if handled.Add(1) == 1 {
			return &Reply{Text: "first", Number: 1}, errors.New("and an error")
		}
		return &Reply{Text: "second " + req.Text}, nil
	})
	server = serve(t, []*rpc.Service{svc}, rpc.WithInterceptors(retry))
	reply, err = rpc.Call[Request, Reply](context.Background(), connect(t, server.address), "Get", &Request{Text: "y"})
	require.NoError(t, err)
	require.Equal(t, &Reply{Text: "second y"}, reply)
	require.Equal(t, int64(2), handled.Load())
}

// TestAllAttemptsSucceed: of attempts that all succeed the last one counts; of one that succeeded before another failed, too.
func TestAllAttemptsSucceed(t *testing.T) { overSharing(t, testAllAttemptsSucceed) }

func testAllAttemptsSucceed(t *testing.T, connect connector) {
	noLeaks(t)
	var number atomic.Int64
	svc := rpc.NewService("Count")
	rpc.Handle(svc, "Count", func(context.Context, *rpc.Void) (*Reply, error) {
		if n := number.Add(1); n != 5 {
			return &Reply{Number: n}, nil
		}
		return nil, errors.New("five")
	})
	server := serve(t, []*rpc.Service{svc})
	for _, c := range []struct {
		attempts int
		want     int64
	}{{3, 3}, {2, 4}} { // the fifth fails
		client := connect(t, server.address, rpc.WithInterceptors(rpc.Interceptor{
			Call: func(ctx context.Context, _ *rpc.CallInfo, next func(context.Context) error) error {
				for range c.attempts {
					_ = next(ctx)
				}
				return nil
			},
		}))
		reply, err := rpc.Call[rpc.Void, Reply](context.Background(), client, "Count", nil)
		require.NoError(t, err)
		require.Equal(t, c.want, reply.Number)
	}
}

// TestHedging: attempts may be made at the same time; the first that succeeds ends the call, and the others disturb no call,
// whenever they end.
func TestHedging(t *testing.T) { overSharing(t, testHedging) }

func testHedging(t *testing.T, connect connector) {
	noLeaks(t)
	var arrived atomic.Int64
	release := make(chan struct{})
	svc := rpc.NewService("Slow")
	rpc.Handle(svc, "Get", func(_ context.Context, req *Request) (*Reply, error) {
		if arrived.Add(1)%2 == 1 {
			<-release
			return &Reply{Text: "late", Number: -1}, nil
		}
		return &Reply{Text: req.Text}, nil
	})
	server := serve(t, []*rpc.Service{svc})
	var late atomic.Int64
	hedge := rpc.Interceptor{Call: func(ctx context.Context, _ *rpc.CallInfo, next func(context.Context) error) error {
		done := make(chan error, 2)
		for i := range 2 {
			go func() {
				done <- next(ctx)
				late.Add(1)
			}()
			if i == 0 {
				for arrived.Load()%2 == 0 {
					time.Sleep(100 * time.Microsecond)
				}
			}
		}
		return <-done
	}}
	client := connect(t, server.address, rpc.WithInterceptors(hedge), rpc.WithPool(100, time.Minute))
	for range 20 {
		reply, err := rpc.Call[Request, Reply](context.Background(), client, "Get", &Request{Text: "early"})
		require.NoError(t, err)
		require.Equal(t, &Reply{Text: "early"}, reply)
	}
	close(release)
	settle(t, func() string {
		if late.Load() != 40 {
			return "attempts do not end"
		}
		return ""
	})
}

// TestHedgingStorm: attempts of many calls end at about the same time, on either side, and each call gets its own result.
func TestHedgingStorm(t *testing.T) { overSharing(t, testHedgingStorm) }

func testHedgingStorm(t *testing.T, connect connector) {
	hedge := rpc.WithInterceptors(rpc.Interceptor{Call: func(ctx context.Context, _ *rpc.CallInfo, next func(context.Context) error) error {
		done := make(chan error, 2)
		for range 2 {
			go func() { done <- next(ctx) }()
		}
		return <-done
	}})
	for side, options := range map[string]struct {
		server []rpc.ServerOption
		client []rpc.ClientOption
	}{
		"client": {client: []rpc.ClientOption{hedge}},
		"server": {server: []rpc.ServerOption{hedge}},
	} {
		t.Run(side, func(t *testing.T) {
			noLeaks(t)
			server := serve(t, echo(), options.server...)
			client := connect(t, server.address, append(options.client, rpc.WithTimeout(patience))...)
			var group sync.WaitGroup
			for caller := range 8 {
				group.Add(1)
				go func() {
					defer group.Done()
					for i := range 300 {
						text := fmt.Sprint(caller, " ", i)
						reply, err := callEcho(client, text)
						if err != nil || reply == nil || reply.Text != text {
							t.Errorf("%s: %v, %v", text, reply, err)
							return
						}
					}
				}()
			}
			group.Wait()
		})
	}
}

// TestRejected: messages that no handler is called for reach the log, Stats and interceptors, and peers do not choose the names
// that are counted.
func TestRejected(t *testing.T) {
	noLeaks(t)
	var stats rpc.Stats
	server := serve(t, echo(), rpc.WithInterceptors(stats.Interceptor(), rpc.Logging((&quiet{}).logger(), 0)))
	conn := dial(t, server.address)
	for i := range 50 {
		send(t, conn, frame(envelope(typeCall, string(rune('a'+i))+"-unknown", 1, []byte{0})))
		requireException(t, readFrame(t, conn), string(rune('a'+i))+"-unknown", 1, 1)
	}
	send(t, conn, frame(envelope(typeCall, "Echo", 1, []byte{0x55})))
	requireException(t, readFrame(t, conn), "Echo", 1, 7)
	send(t, conn, frame(envelope(9, "Echo", 1, []byte{0})))
	requireException(t, readFrame(t, conn), "Echo", 1, 2)
	send(t, conn, frame(envelope(typeOneway, "Nowhere", 1, []byte{0})))
	send(t, conn, frame(call(t, 2, "x")))
	requireEcho(t, readFrame(t, conn), 2, "x")
	seen := stats.Snapshot()
	require.Equal(t, map[rpc.Code]int64{rpc.CodeUnknownMethod: 51, rpc.CodeProtocolError: 1, rpc.CodeInvalidMessageType: 1}, seen.Rejected)
	require.Len(t, seen.Methods, 1)
	server.says(t, "call rejected")
	server.says(t, "a-unknown")
}

// TestLinesAreLimited: a peer cannot fill the log; what is left out is counted.
func TestLinesAreLimited(t *testing.T) {
	noLeaks(t)
	server := serve(t, echo())
	conn := dial(t, server.address)
	for range 2000 {
		send(t, conn, frame(envelope(typeCall, "Nowhere", 1, []byte{0})))
		readFrame(t, conn)
	}
	written := lines(server.log.String())
	if written < 100 || written > 1000 {
		t.Errorf("%d lines for 2,000 messages", written)
	}
	time.Sleep(150 * time.Millisecond)
	send(t, conn, frame(envelope(typeCall, "Nowhere", 1, []byte{0})))
	readFrame(t, conn)
	server.says(t, "left_out=")
}

func lines(text string) (n int) {
	for _, r := range text {
		if r == '\n' {
			n++
		}
	}
	return n
}
