package rpc_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tagwire/tagwire/rpc"
)

// share returns a client whose calls share connections.
func share(t testing.TB, address string, options ...rpc.ClientOption) *rpc.Client {
	t.Helper()
	usual := []rpc.ClientOption{rpc.WithTransport(rpc.TTHeader), rpc.WithConnections(rpc.Multiplexed), rpc.WithTimeout(patience)}
	return connect(t, address, append(usual, options...)...)
}

// together makes n calls at once and returns their errors.
func together(n int, call func(i int) error) []error {
	errs := make([]error, n)
	var group sync.WaitGroup
	for i := range n {
		group.Add(1)
		go func() {
			defer group.Done()
			errs[i] = call(i)
		}()
	}
	group.Wait()
	return errs
}

// TestSharedCallsRunTogether: any number of calls are in flight on a few connections, and each gets its own reply.
func TestSharedCallsRunTogether(t *testing.T) {
	for _, connections := range []int{-1, 0, 1, 2, 5} {
		t.Run(fmt.Sprint(connections), func(t *testing.T) {
			noLeaks(t)
			s, services := newMuxService()
			server := serve(t, services)
			client := share(t, server.address, rpc.WithSharedConnections(connections))
			const n = 100
			go func() {
				settle(t, func() string {
					if s.waiting.Load() < n {
						return "not all calls are handled at once"
					}
					return ""
				})
				close(s.gate)
			}()
			for _, err := range together(n, func(i int) error {
				text := fmt.Sprint(i)
				reply, err := rpc.Call[Request, Reply](context.Background(), client, "Wait", &Request{Text: text})
				if err == nil && reply.Text != text {
					err = errors.New("another call's reply: " + reply.Text)
				}
				return err
			}) {
				require.NoError(t, err)
			}
			require.LessOrEqual(t, server.opened.Load(), int64(max(1, connections)))
		})
	}
}

// TestSharedLoad: many callers make calls of all kinds and sizes, over each kind of connection and both transports; some are
// cancelled or have no time. Each ends once, with its own result.
func TestSharedLoad(t *testing.T) {
	overConnKinds(t, func(t *testing.T, l connKind) {
		for _, transport := range []rpc.Protocol{rpc.TTHeader, rpc.TTHeaderFramed} {
			for _, limits := range []rpc.Limits{{}, {MaxInFlight: 1}, {MaxConnections: 1, MaxInFlight: 3}} {
				t.Run(fmt.Sprint(transport.Name(), ", ", limits.MaxConnections, " and ", limits.MaxInFlight), func(t *testing.T) {
					noLeaks(t)
					server := l.serve(t, reflector(), rpc.WithLimits(rpc.Limits{MaxInFlight: limits.MaxInFlight}))
					client := l.connect(t, server.address, rpc.WithTransport(transport), rpc.WithConnections(rpc.Multiplexed),
						rpc.WithTimeout(patience), rpc.WithLimits(limits))
					for _, err := range together(20, func(i int) error {
						for number := i * 100; number < i*100+5; number++ {
							length := []int{0, 10, 1000, 70_000}[rand.IntN(4)]
							ctx, cancel := context.WithCancel(context.Background())
							hurried := rand.IntN(3) == 0
							if hurried {
								ctx, cancel = context.WithTimeout(ctx, time.Duration(rand.IntN(3000))*time.Microsecond)
							}
							err := callReflector(ctx, client, true, number, length)
							cancel()
							if err != nil && (!hurried || !errors.Is(err, context.DeadlineExceeded)) {
								return err
							}
						}
						return nil
					}) {
						require.NoError(t, err)
					}
				})
			}
		}
	})
}

// TestSharedCancel: a call that is cancelled returns while its handler runs, and its place is free at once.
func TestSharedCancel(t *testing.T) {
	noLeaks(t)
	s, services := newMuxService()
	server := serve(t, services)
	client := share(t, server.address, rpc.WithSharedConnections(1), rpc.WithLimits(rpc.Limits{MaxInFlight: 1, MaxConnections: 1}))
	for range 20 {
		ctx, cancel := context.WithCancel(context.Background())
		blocked := make(chan error, 1)
		before := s.waiting.Load()
		go func() {
			_, err := rpc.Call[Request, Reply](ctx, client, "Wait", &Request{})
			blocked <- err
		}()
		settle(t, func() string {
			if s.waiting.Load() == before {
				return "the call is not handled"
			}
			return ""
		})
		cancel()
		require.Equal(t, rpc.CodeCanceled, codeOf(t, <-blocked))
		reply, err := callEcho(client, "next")
		require.NoError(t, err)
		require.Equal(t, "next", reply.Text)
	}
	require.Equal(t, int64(1), server.opened.Load())
	close(s.gate)
}

// TestSharedRequestIsCopied: what a call has may change as soon as it returns, also where the server takes nothing.
func TestSharedRequestIsCopied(t *testing.T) {
	noLeaks(t)
	gate := make(chan struct{})
	wrong := atomic.Int64{}
	address, _ := fake(t, func(conn net.Conn) {
		<-gate
		for {
			data, ok := readHeaderFrame(conn)
			if !ok {
				return
			}
			if strings.Contains(string(data), "changed") {
				wrong.Add(1)
			}
		}
	})
	client := share(t, address)
	bytes := []byte(strings.Repeat("as sent ", 8<<10))
	type Raw struct {
		Data []byte `frugal:"1"`
	}
	for range 100 {
		ctx, cancel := context.WithTimeout(context.Background(), time.Millisecond)
		_, err := rpc.Call[Raw, Reply](ctx, client, "Raw", &Raw{bytes})
		cancel()
		require.Equal(t, rpc.CodeTimeout, codeOf(t, err))
		copy(bytes, "changed")
		runtime.Gosched()
		copy(bytes, "as sent")
	}
	close(gate)
	require.NoError(t, client.Close())
	require.Zero(t, wrong.Load())
}

// TestSharedSilentPeer: calls to a server that says nothing end in time, hold no memory, and do not keep its connection in use.
func TestSharedSilentPeer(t *testing.T) {
	noLeaks(t)
	over := make(chan struct{})
	address, connections := fake(t, func(net.Conn) { <-over }) // it does not even read
	t.Cleanup(func() { close(over) })
	client := share(t, address)
	text := strings.Repeat("x", 1<<20)
	for range 8 {
		for _, err := range together(20, func(int) error {
			ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
			defer cancel()
			_, err := rpc.Call[Request, Reply](ctx, client, "Echo", &Request{Text: text})
			return err
		}) {
			require.Equal(t, rpc.CodeTimeout, codeOf(t, err))
		}
	}
	require.GreaterOrEqual(t, connections.Load(), int64(2), "the connection is given up")
}

// TestSharedUsersCode: users' code that runs with a call ends that call alone, and blocks that call alone.
func TestSharedUsersCode(t *testing.T) {
	noLeaks(t)
	m := new(mischief)
	services := []*rpc.Service{touchy(m)}
	server := serve(t, append(services, echo()...))
	release := make(chan struct{})
	interceptor := rpc.Interceptor{Call: func(ctx context.Context, call *rpc.CallInfo, next func(context.Context) error) error {
		switch err := next(ctx); ctx.Value(wishKey{}) {
		case "panic":
			panic("on purpose")
		case "exit":
			runtime.Goexit()
		case "block":
			<-release
			return err
		default:
			return err
		}
		return nil
	}}
	client := share(t, server.address, rpc.WithSharedConnections(1), rpc.WithService("Echo"), rpc.WithInterceptors(interceptor), rpc.WithLogger((&quiet{}).logger()))
	var group sync.WaitGroup
	for i := range 60 {
		group.Add(1)
		go func() {
			defer group.Done()
			wish := []string{"panic", "exit", "block", "", "", ""}[i%6]
			_, err := rpc.Call[Request, Reply](context.WithValue(context.Background(), wishKey{}, wish), client, "Echo", &Request{})
			if want := map[string]rpc.Code{"panic": rpc.CodePanic}[wish]; want != 0 && !errors.Is(err, want) || want == 0 && err != nil {
				t.Error(wish, err)
			}
		}()
	}
	for range 20 {
		_, err := callEcho(client, "beside")
		require.NoError(t, err)
	}
	close(release)
	group.Wait()
	require.LessOrEqual(t, server.opened.Load(), int64(1))
}

type wishKey struct{}

// TestSharedClose: calls that are in flight, wait for a place, or for a connection, end when the client is closed.
func TestSharedClose(t *testing.T) {
	for range 10 {
		noLeaks(t)
		s, services := newMuxService()
		server := serve(t, services)
		client := share(t, server.address, rpc.WithLimits(rpc.Limits{MaxInFlight: 5, MaxConnections: 1}))
		go func() {
			time.Sleep(time.Duration(rand.IntN(5000)) * time.Microsecond)
			_ = client.Close()
		}()
		for _, err := range together(20, func(int) error {
			_, err := rpc.Call[Request, Reply](context.Background(), client, "Wait", &Request{})
			return err
		}) {
			require.Equal(t, rpc.CodeShutdown, codeOf(t, err))
		}
		close(s.gate)
	}
}

// TestSharedNeedsHeaders: a transport without them cannot pair replies with calls.
func TestSharedNeedsHeaders(t *testing.T) {
	_, err := rpc.NewClient(rpc.WithAddresses("127.0.0.1:1"), rpc.WithConnections(rpc.Multiplexed))
	require.ErrorIs(t, err, rpc.CodeContract)
	require.ErrorContains(t, err, "framed cannot be multiplexed; add rpc.WithTransport(rpc.TTHeader)")
}

// TestSharedOneway: all oneway calls arrive, each once.
func TestSharedOneway(t *testing.T) {
	noLeaks(t)
	got := map[string]int{}
	var lock sync.Mutex
	svc := rpc.NewService("Notes")
	rpc.HandleOneway(svc, "Note", func(_ context.Context, req *Request) error {
		lock.Lock()
		defer lock.Unlock()
		got[req.Text]++
		return nil
	})
	rpc.Handle(svc, "Read", func(context.Context, *Request) (*Reply, error) { return &Reply{}, nil })
	server := serve(t, []*rpc.Service{svc})
	client := share(t, server.address, rpc.WithSharedConnections(1))
	for i := range 100 {
		require.NoError(t, rpc.Send(context.Background(), client, "Note", &Request{Text: fmt.Sprint(i)}))
	}
	settle(t, func() string {
		lock.Lock()
		defer lock.Unlock()
		if len(got) < 100 {
			return "not all have arrived"
		}
		return ""
	})
	// A call with a reply is behind all of them, so that one which came twice would be seen.
	_, err := rpc.Call[Request, Reply](context.Background(), client, "Read", &Request{})
	require.NoError(t, err)
	lock.Lock()
	defer lock.Unlock()
	for text, times := range got {
		require.Equal(t, 1, times, text)
	}
}

// TestSharedIdle: connections without calls cost no goroutine where the system can tell of many at once, serve the next call, and are
// closed in time; those to endpoints that are gone at once.
func TestSharedIdle(t *testing.T) {
	parallel(t)
	const kept = 600 * time.Millisecond
	overConnKinds(t, func(t *testing.T, l connKind) {
		noLeaks(t)
		server, other := l.serve(t, echo()), l.serve(t, echo())
		endpoints := &found{}
		one, _ := rpc.ParseEndpoint(server.address)
		two, _ := rpc.ParseEndpoint(other.address)
		endpoints.set(nil, one)
		options := []rpc.ClientOption{rpc.WithTransport(rpc.TTHeader), rpc.WithConnections(rpc.Multiplexed), rpc.WithConnectTimeout(0),
			rpc.WithResolver(endpoints, time.Millisecond), rpc.WithPool(10, kept)}
		if l.dial != nil {
			options = append(options, rpc.WithDialer(l.dial))
		}
		client, err := rpc.NewClient(options...)
		require.NoError(t, err)
		defer func() { _ = client.Close() }()
		most, used := int64(0), time.Time{}
		for range 3 {
			start := time.Now()
			_, err := callEcho(client, "x")
			require.NoError(t, err)
			if time.Since(used) > kept { // there is no connection for the first call, nor for others where a busy host took its time
				most++
			}
			used = start
			// Calls leave the connection after one to two times watchAfter: never at the moment of the next one.
			time.Sleep(260 * time.Millisecond)
		}
		require.LessOrEqual(t, server.opened.Load(), most)
		settle(t, func() string {
			if server.open.Load() > 0 {
				return "an idle connection is kept for too long"
			}
			return ""
		})
		_, err = callEcho(client, "x")
		require.NoError(t, err)
		endpoints.set(nil, two)
		settle(t, func() string {
			if _, err := callEcho(client, "x"); err != nil || other.opened.Load() == 0 || server.open.Load() > 0 {
				return fmt.Sprintf("a connection to an endpoint that is gone: %v", err)
			}
			return ""
		})
	})
}
