package rpc_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tagwire/tagwire/rpc"
)

// gated is a service whose method Wait answers when it is released, and whose others answer at once.
func gated(begun chan struct{}, release chan struct{}) []*rpc.Service {
	svc := rpc.NewService("Gated")
	rpc.Handle(svc, "Wait", func(_ context.Context, req *Request) (*Reply, error) {
		begun <- struct{}{}
		<-release
		return &Reply{Text: req.Text}, nil
	})
	rpc.Handle(svc, "Echo", func(_ context.Context, req *Request) (*Reply, error) { return &Reply{Text: req.Text}, nil })
	rpc.Handle(svc, "Panic", func(context.Context, *Request) (*Reply, error) { panic("mischief") })
	rpc.Handle(svc, "Exit", func(context.Context, *Request) (*Reply, error) { runtime.Goexit(); return nil, nil })
	rpc.Handle(svc, "Touch", func(context.Context, *Touchy) (*Reply, error) { return &Reply{}, nil })
	rpc.HandleOneway(svc, "Hint", func(context.Context, *Request) error { return errors.New("not refused") })
	return []*rpc.Service{svc}
}

// TestCallLimit: calls beyond a limit are refused with an error that says so, and that they were not executed, over each transport;
// others are served, on the same connection too.
func TestCallLimit(t *testing.T) {
	t.Run("pooled", func(t *testing.T) { testCallLimit(t, connect, transports) })
	t.Run("multiplexed", func(t *testing.T) {
		withoutHeaders := func(way rpc.Way) bool { return !way.Headers() }
		testCallLimit(t, share, slices.DeleteFunc(slices.Clone(transports), withoutHeaders))
	})
}

func testCallLimit(t *testing.T, connect connector, transports []rpc.Way) {
	noLeaks(t)
	for _, way := range transports {
		t.Run(way.String(), func(t *testing.T) {
			begun, release := make(chan struct{}, 1), make(chan struct{})
			var stats rpc.Stats
			server := serve(t, gated(begun, release), rpc.WithInterceptors(stats.Interceptor()),
				rpc.WithCallLimit(rpc.CallLimit{Concurrency: 1}, "Gated:Wait"), rpc.WithCallLimit(rpc.CallLimit{Rate: -1}, "Gated:Hint"))
			client := connect(t, server.address, rpc.WithWay(way), rpc.WithTimeout(patience))
			call := func(method string) error {
				_, err := rpc.Call[Request, Reply](context.Background(), client, method, &Request{})
				return err
			}
			done := make(chan error)
			go func() { done <- call("Wait") }()
			<-begun
			for range 3 {
				err := call("Wait")
				var refused *rpc.Error
				require.ErrorAs(t, err, &refused)
				require.Equal(t, rpc.CodeOverloaded, refused.Code)
				require.True(t, refused.Retryable)
				require.Contains(t, refused.Message, "too many calls are in progress")
			}
			require.NoError(t, rpc.Send(context.Background(), client, "Hint", &Request{}))
			require.NoError(t, call("Echo"))
			close(release)
			require.NoError(t, <-done)
			settle(t, func() string {
				if seen := stats.Snapshot(); seen.Rejected[rpc.CodeOverloaded] != 4 || len(seen.Methods) != 2 {
					return fmt.Sprint("other calls are seen: ", seen)
				}
				return ""
			})
			require.LessOrEqual(t, server.opened.Load(), int64(2), "refused calls leave the connection as it is")
		})
	}
}

// TestRefusedCallsAreRepeated: a call that a limit refused is repeated by the plainest policy.
func TestRefusedCallsAreRepeated(t *testing.T) { overSharing(t, testRefusedCallsAreRepeated) }

func testRefusedCallsAreRepeated(t *testing.T, connect connector) {
	noLeaks(t)
	begun, release := make(chan struct{}, 2), make(chan struct{})
	server := serve(t, gated(begun, release), rpc.WithCallLimit(rpc.CallLimit{Concurrency: 1}))
	client := connect(t, server.address, rpc.WithTimeout(patience))
	done := make(chan error, 2)
	wait := func(ctx context.Context) {
		_, err := rpc.Call[Request, Reply](ctx, client, "Wait", &Request{})
		done <- err
	}
	go wait(context.Background())
	<-begun
	refused := make(chan struct{}, 10)
	patient := connect(t, server.address, rpc.WithTimeout(patience), rpc.WithPolicy(rpc.Policy{Retry: &rpc.Retry{MaxAttempts: 10,
		If: func(_ context.Context, _ string, err error) bool {
			refused <- struct{}{}
			var e *rpc.Error
			return errors.As(err, &e) && e.Retryable
		}}}))
	go func() {
		_, err := rpc.Call[Request, Reply](context.Background(), patient, "Wait", &Request{})
		done <- err
	}()
	<-refused
	close(release)
	require.NoError(t, <-done)
	require.NoError(t, <-done)
}

// TestLimitsAreGivenBack: however a call ends, it counts no more, with connections that are multiplexed and without.
func TestLimitsAreGivenBack(t *testing.T) { overSharing(t, testLimitsAreGivenBack) }

func testLimitsAreGivenBack(t *testing.T, connect connector) {
	noLeaks(t)
	server := serve(t, gated(nil, nil), rpc.WithCallLimit(rpc.CallLimit{Concurrency: 1}, "Gated"))
	m := &mischief{place: "InitDefault"}
	tender.Store(m)
	defer tender.Store(nil)
	client := connect(t, server.address, rpc.WithTimeout(patience))
	// The reply to a call may come before the call has ended, so the next one may be refused for a while.
	accepted := func(what string, refused func() bool) {
		settle(t, func() string {
			if refused() {
				return what + " is refused"
			}
			return ""
		})
	}
	conn := dial(t, server.address)
	for _, method := range []string{"Echo", "Panic", "Exit"} {
		accepted(method, func() bool {
			_, err := rpc.Call[Request, Reply](context.Background(), client, method, &Request{})
			return errors.Is(err, rpc.CodeOverloaded)
		})
		accepted(method+", multiplexed", func() bool {
			send(t, conn, muxCall(t, 1, method, "x"))
			return strings.Contains(string(readMux(t, conn).message), "too many calls")
		})
	}
	for _, do := range []func(){func() { panic("mischief") }, runtime.Goexit} {
		m.ask(do) // while the arguments are decoded
		accepted("Touch", func() bool {
			_, err := rpc.Call[Plain, Reply](context.Background(), client, "Touch", &Plain{Inner: &PlainPart{}})
			return errors.Is(err, rpc.CodeOverloaded)
		})
		<-m.done
	}
	accepted("the last one", func() bool {
		_, err := callEcho(client, "x")
		return err != nil
	})
}

// TestCallLimitStorm: many callers get the right answer or are refused, and never are more calls in progress.
func TestCallLimitStorm(t *testing.T) { overSharing(t, testCallLimitStorm) }

func testCallLimitStorm(t *testing.T, connect connector) {
	noLeaks(t)
	var running, most atomic.Int64
	svc := rpc.NewService("Echo")
	rpc.Handle(svc, "Echo", func(_ context.Context, req *Request) (*Reply, error) {
		now := running.Add(1)
		defer running.Add(-1)
		for seen := most.Load(); now > seen && !most.CompareAndSwap(seen, now); seen = most.Load() {
		}
		runtime.Gosched()
		return &Reply{Text: req.Text}, nil
	})
	server := serve(t, []*rpc.Service{svc}, rpc.WithCallLimit(rpc.CallLimit{Concurrency: 3}))
	client := connect(t, server.address, rpc.WithTimeout(patience), rpc.WithPool(100, patience))
	var group sync.WaitGroup
	for caller := range 8 {
		group.Add(1)
		go func() {
			defer group.Done()
			for i := range 200 {
				text := fmt.Sprint(caller, " ", i)
				reply, err := callEcho(client, text)
				if err != nil && !errors.Is(err, rpc.CodeOverloaded) || err == nil && reply.Text != text {
					t.Errorf("%s: %+v, %v", text, reply, err)
				}
			}
		}()
	}
	group.Wait()
	require.LessOrEqual(t, most.Load(), int64(3))
}

// TestCallLimitNames: a name that nothing has is found at start-up.
func TestCallLimitNames(t *testing.T) {
	noLeaks(t)
	for _, name := range []string{"Gate", "Gated:Nothing", "Wait", "Gated.Wait"} {
		server := rpc.NewServer(rpc.WithCallLimit(rpc.CallLimit{Concurrency: 1}, name), rpc.WithCallLimit(rpc.CallLimit{}))
		require.NoError(t, server.Register(gated(nil, nil)[0]))
		err := server.ListenAndServe("tcp", "127.0.0.1:0")
		require.ErrorIs(t, err, rpc.CodeContract)
		require.ErrorContains(t, err, fmt.Sprintf("%q", name))
	}
}
