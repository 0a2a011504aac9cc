package rpc_test

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/bytedance/gopkg/cloud/metainfo"
	"github.com/stretchr/testify/require"

	"github.com/tagwire/tagwire/rpc"
)

// named is a service that tells which server answers.
func named(t *testing.T, name string) *running {
	svc := rpc.NewService("Who")
	rpc.Handle(svc, "Who", func(context.Context, *rpc.Void) (*Reply, error) { return &Reply{Text: name}, nil })
	return serve(t, []*rpc.Service{svc})
}

func who(t *testing.T, client *rpc.Client) string {
	t.Helper()
	reply, err := rpc.Call[rpc.Void, Reply](context.Background(), client, "Who", nil)
	require.NoError(t, err)
	return reply.Text
}

// found is a resolver whose answer a test changes.
type found struct {
	lock      sync.Mutex
	endpoints []rpc.Endpoint
	err       error
	asked     int
}

func (f *found) Resolve(context.Context, string) ([]rpc.Endpoint, error) {
	f.lock.Lock()
	defer f.lock.Unlock()
	f.asked++
	return f.endpoints, f.err
}

func (f *found) set(err error, endpoints ...rpc.Endpoint) {
	f.lock.Lock()
	defer f.lock.Unlock()
	f.endpoints, f.err = endpoints, err
}

// TestResolver: calls are shared by weight, an answer is used until it is old, a failure of the resolver leaves the
// last answer in use, and endpoints that are gone lose their connections.
func TestResolver(t *testing.T) {
	noLeaks(t)
	a, b := named(t, "a"), named(t, "b")
	resolver := &found{err: errors.New("no answer yet")}
	client, err := rpc.NewClient(rpc.WithResolver(resolver, 20*time.Millisecond), rpc.WithConnectTimeout(patience))
	require.NoError(t, err)
	defer func() { _ = client.Close() }()
	_, err = rpc.Call[rpc.Void, Reply](context.Background(), client, "Who", nil)
	require.Equal(t, rpc.CodeResolve, codeOf(t, err))
	resolver.set(nil)
	_, err = rpc.Call[rpc.Void, Reply](context.Background(), client, "Who", nil)
	require.Equal(t, rpc.CodeResolve, codeOf(t, err))

	first := rpc.Endpoint{Network: "tcp", Address: a.address, Weight: 3}
	second := rpc.Endpoint{Network: "tcp", Address: b.address, Weight: 1}
	resolver.set(nil, first, second)
	counts := map[string]int{}
	for range 40 {
		counts[who(t, client)]++
	}
	require.InDelta(t, 30, counts["a"], 3)
	resolver.set(errors.New("away"))
	time.Sleep(30 * time.Millisecond)
	require.NotEmpty(t, who(t, client))
	resolver.set(nil, second)
	settle(t, func() string {
		who(t, client)
		if a.open.Load() != 0 {
			return "the connection to an endpoint that is gone stays open"
		}
		return ""
	})
	require.Equal(t, "b", who(t, client))
}

// TestFailover: where an endpoint does not answer, the next is called, because nothing was sent.
func TestFailover(t *testing.T) {
	noLeaks(t)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	dead := listener.Addr().String()
	require.NoError(t, listener.Close())
	alive := named(t, "alive")
	client := connect(t, dead, rpc.WithAddresses(alive.address, "unix:/nonexistent/socket"))
	for range 6 {
		require.Equal(t, "alive", who(t, client))
	}
	_, err = rpc.Call[rpc.Void, Reply](context.Background(), connect(t, dead), "Who", nil)
	require.Equal(t, rpc.CodeConnect, codeOf(t, err))
	var e *rpc.Error
	require.ErrorAs(t, err, &e)
	require.True(t, e.Retryable)
	require.Equal(t, "Who", e.Method)
}

// TestLiveness: a pooled connection that the server has closed is not used again.
func TestLiveness(t *testing.T) {
	noLeaks(t)
	server := serve(t, echo(), rpc.WithIdleTimeout(300*time.Millisecond))
	var stats rpc.Stats
	client := connect(t, server.address, rpc.WithInterceptors(stats.Interceptor()))
	for range 3 {
		_, err := callEcho(client, "x")
		require.NoError(t, err)
		settle(t, func() string {
			if stats.Snapshot().Open > 0 {
				return "the client keeps a connection that the server has closed"
			}
			return ""
		})
	}
	require.Equal(t, int64(3), server.opened.Load())
}

// TestPool: connections are kept up to the number asked for, and for no longer than asked for.
func TestPool(t *testing.T) {
	noLeaks(t)
	svc := rpc.NewService("Slow")
	gate := make(chan struct{})
	rpc.Handle(svc, "Wait", func(context.Context, *rpc.Void) (*rpc.Void, error) {
		<-gate
		return nil, nil
	})
	server := serve(t, []*rpc.Service{svc})
	client := connect(t, server.address, rpc.WithPool(3, 100*time.Millisecond))
	var group sync.WaitGroup
	for range 8 {
		group.Add(1)
		go func() {
			defer group.Done()
			if _, err := rpc.Call[rpc.Void, rpc.Void](context.Background(), client, "Wait", nil); err != nil {
				t.Error(err)
			}
		}()
	}
	settle(t, func() string {
		if server.open.Load() < 8 {
			return "the calls have no connections of their own"
		}
		return ""
	})
	close(gate)
	group.Wait()
	for _, want := range []int64{3, 0} {
		settle(t, func() string {
			if server.open.Load() > want {
				return "too many connections are kept"
			}
			return ""
		})
	}
}

// TestQueue: with fewer connections than callers, all calls are made.
func TestQueue(t *testing.T) {
	noLeaks(t)
	server := serve(t, echo())
	for _, kind := range []rpc.ConnectionKind{rpc.Pooled, rpc.Short} {
		client := connect(t, server.address, rpc.WithConnections(kind), rpc.WithLimits(rpc.Limits{MaxConnections: 2}))
		var group sync.WaitGroup
		for range 30 {
			group.Add(1)
			go func() {
				defer group.Done()
				for range 5 {
					if _, err := callEcho(client, "x"); err != nil {
						t.Error(err)
						return
					}
				}
			}()
		}
		group.Wait()
	}
}

// TestCancelEarly: a call whose context has ended sends nothing.
func TestCancelEarly(t *testing.T) {
	noLeaks(t)
	address, connections := fake(t, func(net.Conn) {})
	client := connect(t, address)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err := rpc.Call[Request, Reply](ctx, client, "Echo", &Request{})
	require.Equal(t, rpc.CodeCanceled, codeOf(t, err))
	ctx, cancel = context.WithTimeout(context.Background(), -time.Second)
	defer cancel()
	_, err = rpc.Call[Request, Reply](ctx, client, "Echo", &Request{})
	require.Equal(t, rpc.CodeTimeout, codeOf(t, err))
	require.Zero(t, connections.Load())
}

// TestCancelStorm: calls that are cancelled at any moment leave the client whole: each call gets its own reply or an
// error.
func TestCancelStorm(t *testing.T) {
	noLeaks(t)
	server := serve(t, echo())
	for _, transport := range transports {
		client := connect(t, server.address, rpc.WithWay(transport), rpc.WithLimits(rpc.Limits{MaxConnections: 4}))
		var group sync.WaitGroup
		for caller := range 8 {
			group.Add(1)
			go func() {
				defer group.Done()
				for i := range 40 {
					ctx, cancel := context.WithCancel(context.Background())
					time.AfterFunc(time.Duration((caller*41+i*17)%400)*time.Microsecond, cancel)
					text := string(rune('a'+caller)) + string(rune('a'+i%26))
					reply, err := rpc.Call[Request, Reply](ctx, client, "Echo", &Request{Text: text})
					cancel()
					if err == nil && reply.Text != text {
						t.Errorf("sent %q, got %q", text, reply.Text)
					}
					if err != nil && !errors.Is(err, context.Canceled) {
						t.Errorf("got %v", err)
					}
				}
			}()
		}
		group.Wait()
	}
}

type span struct {
	name  string
	err   error
	trace string
}

// tracer keeps the spans that ended, and hands a trace id from client to server.
type tracer struct {
	lock  sync.Mutex
	spans []span
}

func (tr *tracer) Start(ctx context.Context, call *rpc.CallInfo) (context.Context, func(error)) {
	id, _ := metainfo.GetValue(ctx, "TRACE")
	if call.Side == rpc.ClientSide {
		id = "id-1"
		ctx = metainfo.WithValue(ctx, "TRACE", id)
	}
	return ctx, func(err error) {
		tr.lock.Lock()
		defer tr.lock.Unlock()
		tr.spans = append(tr.spans, span{call.Side.String() + " " + call.Method, err, id})
	}
}

// TestInterceptors: they nest in their order on both sides, see the call, and may answer in its place; logging,
// counting and tracing see what happens.
func TestInterceptors(t *testing.T) {
	noLeaks(t)
	var order []string
	var lock sync.Mutex
	note := func(name string) rpc.Interceptor {
		return rpc.Interceptor{Call: func(ctx context.Context, call *rpc.CallInfo, next func(context.Context) error) error {
			lock.Lock()
			order = append(order, name+" "+call.Side.String())
			lock.Unlock()
			if call.Method != "Find" {
				return next(ctx)
			}
			if call.Protocol != "ttheader" || call.Service != "Failing" || call.Side == rpc.ServerSide && call.Remote == nil {
				t.Errorf("the call is %+v", call)
			}
			return next(ctx)
		}}
	}
	refuse := rpc.Interceptor{Call: func(ctx context.Context, call *rpc.CallInfo, next func(context.Context) error) error {
		if rpc.CallOf(ctx) != call {
			t.Error("the handler's context does not know the call")
		}
		if call.Caller == "stranger" {
			return Denied{Reason: "stranger"}
		}
		return next(ctx)
	}}
	explode := rpc.Interceptor{Call: func(_ context.Context, call *rpc.CallInfo, next func(context.Context) error) error {
		if call.Caller == "bomb" {
			panic("boom")
		}
		return next(context.Background())
	}}
	var serverStats, clientStats rpc.Stats
	log := &quiet{}
	tr := &tracer{}
	server := serve(t, []*rpc.Service{failing()}, rpc.WithInterceptors(
		rpc.Logging(log.logger(), slog.LevelInfo), serverStats.Interceptor(), rpc.Tracing(tr), note("a"), refuse, note("b"), explode))
	options := []rpc.ClientOption{rpc.WithTransport(rpc.TTHeader), rpc.WithService("Failing"),
		rpc.WithInterceptors(clientStats.Interceptor(), rpc.Tracing(tr), note("c"), note("d"))}
	client := connect(t, server.address, options...)
	_, err := find.Call(context.Background(), client, &Request{Text: "fine"})
	require.NoError(t, err)
	lock.Lock()
	require.Equal(t, []string{"c client", "d client", "a server", "b server"}, order)
	lock.Unlock()
	_, err = find.Call(context.Background(), client, &Request{Text: "not found"})
	require.Equal(t, &NotFound{"k"}, err)
	_, err = find.Call(context.Background(), connect(t, server.address, append(options, rpc.WithCaller("stranger"))...), &Request{})
	require.Equal(t, &Denied{Reason: "stranger"}, err)
	_, err = find.Call(context.Background(), connect(t, server.address, append(options, rpc.WithCaller("bomb"))...), &Request{})
	require.Equal(t, rpc.CodeInternal, codeOf(t, err))

	settle(t, func() string {
		if serverStats.Snapshot().Running != 0 {
			return "calls are counted as running"
		}
		return ""
	})
	counted := serverStats.Snapshot().Methods["Find"]
	require.Equal(t, int64(4), counted.Calls)
	require.Equal(t, int64(2), counted.Exceptions)
	require.Equal(t, int64(1), counted.Failures)
	seen := clientStats.Snapshot()
	require.Equal(t, int64(3), seen.Opened)
	require.Equal(t, int64(1), seen.Methods["Find"].Codes[rpc.CodeInternal])
	require.Contains(t, log.String(), "rpc: call failed")
	require.Contains(t, log.String(), "method=Find")
	tr.lock.Lock()
	defer tr.lock.Unlock()
	require.Len(t, tr.spans, 8)
	for _, s := range tr.spans {
		require.Equal(t, "id-1", s.trace, s.name)
	}
}

// wrapped hides what a listener of package net is.
type wrapped struct{ net.Listener }

// TestPackageNet: a listener and a dialer of the user's do the same.
func TestPackageNet(t *testing.T) {
	noLeaks(t)
	plain, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	implementation := &shop{hints: make(chan string, 10)}
	svc := rpc.NewService("Store")
	rpc.Implement[Store](svc, implementation, storeExceptions)
	server := serveOn(t, wrapped{plain}, append(echo(), svc), rpc.WithReadTimeout(time.Second))
	var dialed atomic.Int64
	dialer := func(ctx context.Context, network, address string) (net.Conn, error) {
		dialed.Add(1)
		return (&net.Dialer{}).DialContext(ctx, network, address)
	}
	for _, transport := range transports {
		var store Store
		client := connect(t, server.address, rpc.WithWay(transport), rpc.WithDialer(dialer), rpc.WithContract(&store, storeExceptions))
		for _, size := range []int{0, 100, 5000, 2 << 20} {
			reply, err := callEcho(client, string(make([]byte, size)))
			require.NoError(t, err)
			require.Len(t, reply.Text, size)
		}
		useStore(t, &store, implementation.hints)
	}
	require.Equal(t, int64(len(transports)), dialed.Load())

	slow := connect(t, silent(t), rpc.WithDialer(dialer), rpc.WithTimeout(20*time.Millisecond))
	_, err = rpc.Call[Request, Reply](context.Background(), slow, "Echo", &Request{})
	require.Equal(t, rpc.CodeTimeout, codeOf(t, err))
	ctx, cancel := context.WithCancel(context.Background())
	time.AfterFunc(20*time.Millisecond, cancel)
	slow = connect(t, silent(t), rpc.WithDialer(dialer), rpc.WithTimeout(0))
	_, err = rpc.Call[Request, Reply](ctx, slow, "Echo", &Request{})
	require.Equal(t, rpc.CodeCanceled, codeOf(t, err))
	failing := connect(t, server.address, rpc.WithDialer(func(context.Context, string, string) (net.Conn, error) {
		return nil, errors.New("no route")
	}))
	_, err = callEcho(failing, "x")
	require.Equal(t, rpc.CodeConnect, codeOf(t, err))

	half := dial(t, server.address)
	send(t, half, []byte{0, 0})
	mustClose(t, half)
	conn := dial(t, server.address)
	send(t, conn, frame(call(t, 1, "a")), []byte("garbage, garbage"))
	requireEcho(t, readFrame(t, conn), 1, "a")
	mustClose(t, conn)
}

// TestDrainOverPackageNet: Shutdown drains those connections, too.
func TestDrainOverPackageNet(t *testing.T) {
	parallel(t)
	noLeaks(t)
	plain, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	svc := rpc.NewService("Slow")
	started, release := make(chan struct{}), make(chan struct{})
	rpc.Handle(svc, "Wait", func(ctx context.Context, _ *rpc.Void) (*rpc.Void, error) {
		close(started)
		<-release
		return nil, ctx.Err()
	})
	server := serveOn(t, wrapped{plain}, []*rpc.Service{svc})
	idle := dial(t, server.address)
	replied := make(chan error, 1)
	client := connect(t, server.address)
	go func() {
		_, err := rpc.Call[rpc.Void, rpc.Void](context.Background(), client, "Wait", nil)
		replied <- err
	}()
	<-started
	down := make(chan error, 1)
	go func() { down <- server.Shutdown(context.Background()) }()
	mustClose(t, idle)
	close(release)
	require.NoError(t, <-replied)
	require.NoError(t, <-down)
}
