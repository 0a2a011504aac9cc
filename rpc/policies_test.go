package rpc_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tagwire/tagwire"
	"github.com/tagwire/tagwire/rpc"
)

// connector returns a client that is closed when the test ends.
type connector func(t testing.TB, address string, options ...rpc.ClientOption) *rpc.Client

// overSharing runs a test with clients whose connections carry one call at a time, and with those whose calls share connections.
func overSharing(t *testing.T, test func(t *testing.T, connect connector)) {
	t.Helper()
	t.Run("pooled", func(t *testing.T) { test(t, connect) })
	t.Run("multiplexed", func(t *testing.T) { test(t, share) })
}

// quick is a retry without pauses.
func quick(r rpc.Retry) *rpc.Retry {
	r.Backoff = -1
	return &r
}

// always wants every call to be repeated that fails.
func always(context.Context, string, error) bool { return true }

// plenty is a budget for as many retries as there may be.
var plenty = rpc.WithRetryBudget(rpc.RetryBudget{Ratio: 10, Burst: 1000})

// TestNothingIsExecutedTwice: where a request may have been executed, it is not sent again unless the user says that it may be.
func TestNothingIsExecutedTwice(t *testing.T) { overSharing(t, testNothingIsExecutedTwice) }

func testNothingIsExecutedTwice(t *testing.T, connect connector) {
	noLeaks(t)
	for name, c := range map[string]struct {
		policy   rpc.Policy
		executed int64
	}{
		"plain":      {rpc.Policy{Retry: quick(rpc.Retry{})}, 1},
		"backup":     {rpc.Policy{Retry: quick(rpc.Retry{Backup: 1})}, 1},
		"idempotent": {rpc.Policy{Idempotent: true, Retry: quick(rpc.Retry{})}, 3},
		"predicate":  {rpc.Policy{Retry: quick(rpc.Retry{If: always, MaxAttempts: 2})}, 2},
	} {
		t.Run(name, func(t *testing.T) {
			var executed atomic.Int64
			address, _ := fake(t, func(conn net.Conn) {
				if _, err := conn.Read(make([]byte, 1000)); err == nil {
					executed.Add(1) // and the connection ends
				}
			})
			client := connect(t, address, rpc.WithPolicy(c.policy), plenty)
			_, err := callEcho(client, "x")
			require.Equal(t, rpc.CodeClosed, codeOf(t, err))
			require.Equal(t, c.executed, executed.Load())
		})
	}
}

// TestUnsentIsRepeated: what was certainly not executed is tried again, whatever the method is.
func TestUnsentIsRepeated(t *testing.T) { overSharing(t, testUnsentIsRepeated) }

func testUnsentIsRepeated(t *testing.T, connect connector) {
	noLeaks(t)
	server := serve(t, echo())
	var dials atomic.Int64
	dialer := rpc.WithDialer(func(ctx context.Context, network, address string) (net.Conn, error) {
		if dials.Add(1) < 3 {
			return nil, errors.New("not yet")
		}
		return new(net.Dialer).DialContext(ctx, network, address)
	})
	var seen rpc.CallInfo
	watch := rpc.Interceptor{Call: func(ctx context.Context, call *rpc.CallInfo, next func(context.Context) error) error {
		err := next(ctx)
		seen = *call
		return err
	}}
	log := &quiet{}
	client := connect(t, server.address, dialer, rpc.WithInterceptors(watch, rpc.Logging(log.logger(), slog.LevelInfo)),
		rpc.WithPolicy(rpc.Policy{Retry: quick(rpc.Retry{})}, "Echo"))
	reply, err := callEcho(client, "x")
	require.NoError(t, err)
	require.Equal(t, "x", reply.Text)
	require.Len(t, seen.Attempts, 3)
	for i, a := range seen.Attempts {
		require.Equal(t, i+1, a.Number)
		require.Equal(t, i < 2, errors.Is(a.Err, rpc.CodeConnect))
	}
	require.Equal(t, "error", seen.Attempts[2].Reason)
	require.Equal(t, server.address, seen.Remote.String())
	require.Equal(t, seen.Sequence, seen.Attempts[2].Sequence)
	require.Contains(t, log.String(), "attempts=3")
}

// TestPolicyTimeouts: methods and calls have timeouts of their own.
func TestPolicyTimeouts(t *testing.T) { overSharing(t, testPolicyTimeouts) }

func testPolicyTimeouts(t *testing.T, connect connector) {
	noLeaks(t)
	release := make(chan struct{})
	svc := rpc.NewService("Slow")
	for _, name := range []string{"Slow", "Other"} {
		rpc.Handle(svc, name, func(context.Context, *Request) (*Reply, error) {
			<-release
			return &Reply{}, nil
		})
	}
	server := serve(t, []*rpc.Service{svc})
	client := connect(t, server.address, rpc.WithTimeout(patience), rpc.WithPolicy(rpc.Policy{Timeout: 5 * time.Millisecond}, "Slow"))
	call := func(ctx context.Context, method string) error {
		_, err := rpc.Call[Request, Reply](ctx, client, method, &Request{})
		return err
	}
	for name, failed := range map[string]error{
		"method": call(context.Background(), "Slow"),
		"call":   call(rpc.WithCallPolicy(context.Background(), rpc.Policy{Timeout: 5 * time.Millisecond}), "Other"),
		"attempt": call(rpc.WithCallPolicy(context.Background(), rpc.Policy{Idempotent: true,
			Retry: quick(rpc.Retry{AttemptTimeout: 5 * time.Millisecond})}), "Other"),
	} {
		require.Equal(t, rpc.CodeTimeout, codeOf(t, failed), name)
		require.ErrorIs(t, failed, context.DeadlineExceeded, name)
	}
	var group sync.WaitGroup
	for ctx, method := range map[context.Context]string{
		context.Background(): "Other",
		rpc.WithCallPolicy(context.Background(), rpc.Policy{Timeout: -1}): "Slow",
	} {
		group.Add(1)
		go func() {
			defer group.Done()
			if err := call(ctx, method); err != nil {
				t.Errorf("%s: %v", method, err)
			}
		}()
	}
	time.Sleep(20 * time.Millisecond) // longer than the timeouts that do not count
	close(release)
	group.Wait()
}

// TestRetriesAreBounded: a server that always fails gets a tenth more calls, and those that are allowed at first.
func TestRetriesAreBounded(t *testing.T) { overSharing(t, testRetriesAreBounded) }

func testRetriesAreBounded(t *testing.T, connect connector) {
	noLeaks(t)
	var executed atomic.Int64
	svc := rpc.NewService("Fail")
	rpc.Handle(svc, "Echo", func(context.Context, *Request) (*Reply, error) {
		executed.Add(1)
		return nil, errors.New("always")
	})
	server := serve(t, []*rpc.Service{svc})
	client := connect(t, server.address, rpc.WithPolicy(rpc.Policy{Retry: quick(rpc.Retry{If: always, MaxAttempts: 10})}))
	var group sync.WaitGroup
	for range 4 {
		group.Add(1)
		go func() {
			defer group.Done()
			for range 250 {
				if _, err := callEcho(client, "x"); !errors.Is(err, rpc.CodeInternal) {
					t.Errorf("%v", err)
				}
			}
		}()
	}
	group.Wait()
	require.LessOrEqual(t, executed.Load(), int64(1000+100+10))
	require.GreaterOrEqual(t, executed.Load(), int64(1000+100))
}

// TestRetriesDoNotMultiply: over three hops, each of which may make three attempts, a server at the end gets few: one that
// is called because of a retry makes none, and so on down the chain.
func TestRetriesDoNotMultiply(t *testing.T) { overSharing(t, testRetriesDoNotMultiply) }

func testRetriesDoNotMultiply(t *testing.T, connect connector) {
	noLeaks(t)
	var lock sync.Mutex
	var seen []int // the numbers of the attempts that the last server got
	last := rpc.NewService("D")
	rpc.Handle(last, "Echo", func(ctx context.Context, _ *Request) (*Reply, error) {
		lock.Lock()
		defer lock.Unlock()
		seen = append(seen, rpc.CallOf(ctx).Attempt)
		return nil, errors.New("always")
	})
	address := serve(t, []*rpc.Service{last}).address
	hop := func() *rpc.Client {
		return connect(t, address, rpc.WithTransport(rpc.TTHeader), rpc.WithTimeout(patience), plenty,
			rpc.WithPolicy(rpc.Policy{Retry: quick(rpc.Retry{If: always})}))
	}
	for range 2 {
		client := hop()
		svc := rpc.NewService("Hop")
		rpc.Handle(svc, "Echo", func(ctx context.Context, req *Request) (*Reply, error) {
			return rpc.Call[Request, Reply](ctx, client, "Echo", req)
		})
		address = serve(t, []*rpc.Service{svc}).address
	}
	_, err := callEcho(hop(), "x")
	require.ErrorIs(t, err, rpc.CodeInternal)
	// The first attempt of the first client reaches the second one, whose first attempt reaches the third one, which makes three.
	// All others are marks of a retry, and go through once.
	require.Equal(t, []int{1, 2, 3, 2, 3, 2, 3}, seen)
}

// TestRetryByResult: the predicate gets what the method returns.
func TestRetryByResult(t *testing.T) { overSharing(t, testRetryByResult) }

func testRetryByResult(t *testing.T, connect connector) {
	noLeaks(t)
	var calls atomic.Int64
	svc := rpc.NewService("Types")
	structs, texts := rpc.NewMethod[Request, Reply]("Struct"), rpc.NewMethod[rpc.Void, string]("Text")
	lists, nothing := rpc.NewMethod[rpc.Void, []string]("List", rpc.Returns("list<string>")), rpc.NewMethod[rpc.Void, rpc.Void]("Nothing")
	number := func() int64 { return (calls.Add(1)-1)%2 + 1 }
	structs.Handle(svc, func(context.Context, *Request) (*Reply, error) { return &Reply{Number: number()}, nil })
	texts.Handle(svc, func(context.Context, *rpc.Void) (*string, error) { text := fmt.Sprint(number()); return &text, nil })
	lists.Handle(svc, func(context.Context, *rpc.Void) (*[]string, error) { return &[]string{fmt.Sprint(number())}, nil })
	nothing.Handle(svc, func(context.Context, *rpc.Void) (*rpc.Void, error) { return nil, nil })
	server := serve(t, []*rpc.Service{svc})
	var got []any
	client := connect(t, server.address, plenty, rpc.WithPolicy(rpc.Policy{Retry: quick(rpc.Retry{
		IfResult: func(_ context.Context, method string, result any) bool {
			got = append(got, result)
			return len(got)%2 == 1
		},
	})}))
	ctx := context.Background()
	reply, err := structs.Call(ctx, client, &Request{})
	require.NoError(t, err)
	require.Equal(t, &Reply{Number: 2}, reply)
	text, err := texts.Call(ctx, client, nil)
	require.NoError(t, err)
	require.Equal(t, "2", *text)
	list, err := lists.Call(ctx, client, nil)
	require.NoError(t, err)
	require.Equal(t, []string{"2"}, *list)
	_, err = nothing.Call(ctx, client, nil)
	require.NoError(t, err)
	one, two := "1", "2"
	require.Equal(t, []any{&Reply{Number: 1}, &Reply{Number: 2}, &one, &two, &[]string{"1"}, &[]string{"2"}, nil, nil}, got)
}

// TestBackupRequests: attempts end at about the same time, each call gets its own result, and its request and its arena are the
// caller's again when it returns.
func TestBackupRequests(t *testing.T) { overSharing(t, testBackupRequests) }

func testBackupRequests(t *testing.T, connect connector) {
	noLeaks(t)
	var calls atomic.Int64
	svc := rpc.NewService("Echo")
	rpc.Handle(svc, "Echo", func(_ context.Context, req *Request) (*Reply, error) {
		if calls.Add(1)%4 == 0 {
			time.Sleep(time.Millisecond)
		}
		return &Reply{Text: req.Text, Number: req.Number}, nil
	})
	server := serve(t, []*rpc.Service{svc})
	client := connect(t, server.address, rpc.WithTimeout(patience), rpc.WithPool(100, time.Minute), plenty,
		rpc.WithPolicy(rpc.Policy{Idempotent: true, Retry: quick(rpc.Retry{Backup: 200 * time.Microsecond})}))
	var group sync.WaitGroup
	for caller := range 8 {
		group.Add(1)
		go func() {
			defer group.Done()
			var arena tagwire.Arena
			request, ctx := &Request{}, context.Background()
			if caller%2 == 0 {
				ctx = rpc.WithReplyArena(ctx, &arena)
			}
			for i := range 150 {
				request.Text, request.Number = fmt.Sprint(caller, " ", i), int64(i)
				reply, err := rpc.Call[Request, Reply](ctx, client, "Echo", request)
				if err != nil || reply.Text != request.Text || reply.Number != int64(i) {
					t.Errorf("%+v: %+v, %v", request, reply, err)
					return
				}
				arena.Reset()
			}
		}()
	}
	group.Wait()
	require.Greater(t, calls.Load(), int64(1200), "there are backup requests")
}

// TestPredicatesMisbehave: whatever a predicate does, the call ends, and the client goes on.
func TestPredicatesMisbehave(t *testing.T) { overSharing(t, testPredicatesMisbehave) }

func testPredicatesMisbehave(t *testing.T, connect connector) {
	noLeaks(t)
	svc := rpc.NewService("Fail")
	rpc.Handle(svc, "Echo", func(_ context.Context, req *Request) (*Reply, error) {
		if req.Text == "fail" {
			return nil, errors.New("wanted")
		}
		return &Reply{Text: req.Text}, nil
	})
	server := serve(t, []*rpc.Service{svc})
	var client *rpc.Client
	again := func() { _, _ = callEcho(client, "again") }
	release := make(chan struct{})
	close(release)
	for name, do := range modes(again, release) {
		for _, text := range []string{"fail", "succeed"} {
			t.Run(name+"/"+text, func(t *testing.T) {
				m := &mischief{place: "predicate"}
				retry := quick(rpc.Retry{
					If:       func(context.Context, string, error) bool { m.at("predicate"); return false },
					IfResult: func(context.Context, string, any) bool { m.at("predicate"); return false },
				})
				client = connect(t, server.address, rpc.WithPolicy(rpc.Policy{Retry: retry}), rpc.WithLogger((&quiet{}).logger()))
				m.ask(do)
				err := errors.New("the goroutine was ended")
				done := make(chan struct{})
				go func() {
					defer close(done)
					_, err = callEcho(client, text)
				}()
				<-done
				switch {
				case name == "exit":
					require.ErrorContains(t, err, "ended")
				case name == "panic" || name == "panic with nil error":
					require.Equal(t, rpc.CodePanic, codeOf(t, err))
				case text == "fail":
					require.Equal(t, rpc.CodeInternal, codeOf(t, err))
				default:
					require.NoError(t, err)
				}
				reply, err := callEcho(client, "after")
				require.NoError(t, err)
				require.Equal(t, "after", reply.Text)
			})
		}
	}
}

// TestInterceptorsRepeatGovernedCalls: interceptors may call next several times, at once, and not wait; each is a call of its own to
// the policies.
func TestInterceptorsRepeatGovernedCalls(t *testing.T) {
	overSharing(t, testInterceptorsRepeatGovernedCalls)
}

func testInterceptorsRepeatGovernedCalls(t *testing.T, connect connector) {
	noLeaks(t)
	server := serve(t, echo())
	var running atomic.Int64
	twice := rpc.Interceptor{Call: func(ctx context.Context, call *rpc.CallInfo, next func(context.Context) error) error {
		done := make(chan error, 2)
		for range 2 {
			running.Add(1)
			go func() {
				defer running.Add(-1)
				done <- next(ctx)
			}()
		}
		return <-done
	}}
	client := connect(t, server.address, rpc.WithInterceptors(twice), rpc.WithTimeout(patience), plenty, rpc.WithPool(10, time.Minute),
		rpc.WithPolicy(rpc.Policy{Idempotent: true, Retry: quick(rpc.Retry{Backup: 50 * time.Microsecond, MaxAttempts: 4})}))
	for i := range 300 {
		reply, err := callEcho(client, fmt.Sprint(i))
		require.NoError(t, err)
		require.Equal(t, fmt.Sprint(i), reply.Text)
	}
	for running.Load() > 0 {
		runtime.Gosched()
	}
}
