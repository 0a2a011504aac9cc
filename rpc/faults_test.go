package rpc_test

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tagwire/tagwire/fuzz/effort"
	"github.com/tagwire/tagwire/rpc"
)

const (
	faultySlots   = 16 // calls of a client that an endpoint has at a time
	faultyServers = 2
	faultySeed    = 1
)

// faulty is the servers behind proxies that TestFaults calls, and what is known of each call. A call's number is its index here.
type faulty struct {
	rolling
	proxies  []*toxic
	executed []atomic.Int32
	ended    []atomic.Int32 // how often
	unread   []atomic.Bool  // the client says that the call was not executed
	barrier  atomic.Pointer[barrier]

	lock     sync.Mutex
	outcomes map[string]int
}

// barrier holds calls until all of them are there.
type barrier struct {
	missing atomic.Int64
	full    chan struct{}
}

// textOf is what the call with a number sends: most are short, and a few too large to be sent among others.
func textOf(number int) string {
	repeat := 1 + number%20
	if number%1009 == 0 {
		repeat = 20_000
	}
	return strings.Repeat(fmt.Sprint(number, "."), repeat)
}

// services are what the servers serve.
func (f *faulty) faultyServices() []*rpc.Service {
	svc := rpc.NewService("Faulty")
	execute := func(ctx context.Context, req *Request) {
		f.executed[req.Number].Add(1)
		switch {
		case req.Number%101 == 0:
			time.Sleep(time.Millisecond)
		case req.Number%211 == 0:
			select {
			case <-ctx.Done():
			case <-time.After(20 * time.Millisecond):
			}
		}
	}
	rpc.Handle(svc, "Twist", func(ctx context.Context, req *Request) (*Reply, error) {
		execute(ctx, req)
		return &Reply{Text: req.Text + "!", Number: ^req.Number}, nil
	})
	rpc.HandleOneway(svc, "Hint", func(ctx context.Context, req *Request) error {
		execute(ctx, req)
		return nil
	})
	rpc.Handle(svc, "Meet", func(ctx context.Context, _ *rpc.Void) (*rpc.Void, error) {
		b := f.barrier.Load()
		if b.missing.Add(-1) == 0 {
			close(b.full)
		}
		select {
		case <-b.full:
			return nil, nil
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	})
	return []*rpc.Service{svc}
}

// revive starts the server at a place, and has the proxy connect to it.
func (f *faulty) revive(t *testing.T, i int) {
	t.Helper()
	f.addresses[i] = "" // another process may have the old one by now
	f.start(t, i)
	address := f.addresses[i]
	f.proxies[i].target.Store(&address)
}

// kill ends the server at a place, with all that it does, and checks that it holds no memory then.
func (f *faulty) kill(t *testing.T, i int) {
	t.Helper()
	require.NoError(t, f.servers[i].Close())
	require.NoError(t, <-f.served[i])
	settle(t, func() string {
		if used := f.servers[i].MemoryUsed(); used != 0 {
			return fmt.Sprintf("a server that was killed holds %d bytes", used)
		}
		return ""
	})
}

// call makes the call with a number, and checks how it ends.
func (f *faulty) call(client *rpc.Client, number int, random *rand.Rand) error {
	ctx, cancel := context.WithTimeout(context.Background(), 500*time.Millisecond)
	hurry := time.Duration(random.IntN(3000)) * time.Microsecond
	cancelled := number%9 == 0
	switch {
	case cancelled:
		time.AfterFunc(hurry, cancel)
	case number%9 == 1:
		cancel()
		ctx, cancel = context.WithTimeout(context.Background(), hurry)
	}
	defer cancel()
	request := &Request{Text: textOf(number), Number: int64(number)}
	var err error
	if number%13 == 0 {
		err = rpc.Send(ctx, client, "Hint", request)
	} else {
		var reply *Reply
		reply, err = rpc.Call[Request, Reply](ctx, client, "Twist", request)
		switch {
		case err == nil && (reply.Text != request.Text+"!" || reply.Number != ^request.Number):
			return fmt.Errorf("the reply is that of call %d", ^reply.Number)
		case err == nil && f.executed[number].Load() == 0:
			return errors.New("there is a reply to what was not executed")
		}
	}
	f.ended[number].Add(1)
	outcome := "ok"
	if err != nil {
		e, typed := err.(*rpc.Error)
		switch {
		case !typed:
			return fmt.Errorf("%v is a %T", err, err)
		case e.Code == rpc.CodeCanceled && !cancelled, e.Code == rpc.CodeTimeout && !errors.Is(err, context.DeadlineExceeded):
			return fmt.Errorf("without a reason: %w", err)
		}
		f.unread[number].Store(e.Retryable)
		outcome = e.Code.Error()
	}
	f.lock.Lock()
	f.outcomes[outcome]++
	f.lock.Unlock()
	return nil
}

// meet makes as many calls as there may be in flight, which wait for each other.
func (f *faulty) meet(client *rpc.Client, timeout time.Duration) error {
	const n = faultySlots * faultyServers
	b := &barrier{full: make(chan struct{})}
	b.missing.Store(n)
	f.barrier.Store(b)
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	return errors.Join(together(n, func(int) error {
		_, err := rpc.Call[rpc.Void, rpc.Void](ctx, client, "Meet", nil)
		return err
	})...)
}

// TestFaults: connections are cut at any byte, servers are killed, and replies come late, twice, in another order, and to other calls.
// Each call ends once, with its own reply or an error that says what happened; none is executed more often than its policy allows, nor
// at all where the client says so; and nothing is held when all is over.
func TestFaults(t *testing.T) {
	pooled := []rpc.Code{rpc.CodeConnect, rpc.CodeTimeout, rpc.CodeCanceled, rpc.CodeClosed, rpc.CodeOverloaded, rpc.CodeBadSequence}
	multiplexed := pooled[:len(pooled)-1] // a reply that belongs to no call of the connection is dropped
	mux := []rpc.ClientOption{rpc.WithTransport(rpc.TTHeader), rpc.WithConnections(rpc.Multiplexed), rpc.WithSharedConnections(2),
		rpc.WithLimits(rpc.Limits{MaxInFlight: faultySlots / 2})}
	overGRPC := []rpc.ClientOption{rpc.WithTransport(rpc.GRPC), rpc.WithService("Faulty"), rpc.WithSharedConnections(2),
		rpc.WithLimits(rpc.Limits{MaxInFlight: faultySlots / 2})}
	pool := []rpc.ClientOption{rpc.WithPool(faultySlots, time.Minute), rpc.WithLimits(rpc.Limits{MaxConnections: faultySlots})}
	cautious := rpc.Policy{Retry: &rpc.Retry{Backoff: time.Millisecond}}
	backup := 3 * time.Millisecond
	if runtime.GOOS == "windows" {
		backup = 50 * time.Millisecond // Wine takes longer than 3 ms to make a connection, and would do little but make and close them
	}
	bold := rpc.Policy{Idempotent: true, Retry: &rpc.Retry{Backoff: time.Millisecond, Backup: backup}}
	cases := []struct {
		name    string
		options []rpc.ClientOption
		policy  rpc.Policy
		secure  bool
		codes   []rpc.Code
		most    int32 // executions of a call
	}{
		{"framed, pooled", pool, rpc.Policy{}, false, pooled, 1},
		{"ttheader, pooled, backups", append(pool, rpc.WithTransport(rpc.TTHeader)), bold, false, pooled, 3},
		{"framed, pooled, tls, retries", pool, cautious, true, pooled, 1},
		{"multiplexed", mux, rpc.Policy{}, false, multiplexed, 1},
		{"multiplexed, backups", mux, bold, false, multiplexed, 3},
		{"multiplexed, tls, retries", mux, cautious, true, multiplexed, 1},
		{"grpc", overGRPC, rpc.Policy{}, false, multiplexed, 1},
		{"grpc, backups", overGRPC, bold, false, multiplexed, 3},
		{"grpc, tls, retries", overGRPC, cautious, true, multiplexed, 1},
	}
	calls := effort.Of(50_000, 10_000)
	if *long {
		calls = 1_000_000
	}
	var all met
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			noLeaks(t)
			f := newFaulty(t, 1+calls/len(cases), c.secure, strings.HasPrefix(c.name, "grpc"))
			var stats rpc.Stats
			options := append(c.options[:len(c.options):len(c.options)], rpc.WithPolicy(c.policy), plenty, rpc.WithConnectTimeout(patience),
				rpc.WithInterceptors(stats.Interceptor()), rpc.WithAddresses(f.proxies[1].listener.Addr().String()))
			if c.secure {
				options = append(options, rpc.WithTLS(&tls.Config{InsecureSkipVerify: true}))
			}
			client := connect(t, f.proxies[0].listener.Addr().String(), options...)
			f.run(t, client)
			f.check(t, c.codes, c.most)
			all.add(f)

			for _, p := range f.proxies {
				p.calm.Store(true)
			}
			timeout := 250 * time.Millisecond
			settle(t, func() string {
				timeout *= 2
				if err := f.meet(client, timeout); err != nil {
					return "not all places are free: " + err.Error()
				}
				return ""
			})
			require.NoError(t, client.Close())
			settle(t, func() string {
				if s := stats.Snapshot(); s.Running != 0 || s.Open != 0 {
					return fmt.Sprintf("%d calls and %d connections are left", s.Running, s.Open)
				}
				return ""
			})
			for i := range f.servers {
				f.kill(t, i)
			}
		})
	}
	t.Logf("%+v", all)
	if !t.Failed() {
		require.Positive(t, min(all.ok, all.cut, all.twice, all.held, all.swapped), "no such fault was met")
	}
}

// met is what calls met with: in a single case, on a slow host, that may not be everything.
type met struct{ ok, cut, twice, held, swapped int64 }

func (m *met) add(f *faulty) {
	m.ok += int64(f.outcomes["ok"])
	for _, p := range f.proxies {
		m.cut, m.twice, m.held, m.swapped = m.cut+p.cut.Load(), m.twice+p.twice.Load(), m.held+p.held.Load(), m.swapped+p.swapped.Load()
	}
}

// newFaulty starts servers and proxies for a number of calls.
func newFaulty(t *testing.T, calls int, secure, raw bool) *faulty {
	t.Helper()
	f := &faulty{executed: make([]atomic.Int32, calls), ended: make([]atomic.Int32, calls), unread: make([]atomic.Bool, calls), outcomes: map[string]int{}}
	f.rolling = rolling{services: f.faultyServices, addresses: make([]string, faultyServers), servers: make([]*rpc.Server, faultyServers),
		served:  make([]chan error, faultyServers),
		options: []rpc.ServerOption{rpc.WithCallLimit(rpc.CallLimit{Concurrency: 4}, "Faulty:Twist")}}
	if secure {
		f.options = append(f.options, rpc.WithTLS(serverTLS()))
	}
	for i := range faultyServers {
		p := newToxic(t, faultySeed+uint64(i), secure)
		p.raw = raw
		f.proxies = append(f.proxies, p)
		f.revive(t, i)
	}
	t.Cleanup(func() {
		for _, server := range f.servers {
			_ = server.Close()
		}
	})
	return f
}

// run makes all calls while servers are killed and started again.
func (f *faulty) run(t *testing.T, client *rpc.Client) {
	t.Helper()
	var next atomic.Int64
	done := make(chan struct{})
	go func() {
		defer close(done)
		together(4*faultySlots, func(caller int) error {
			random := rand.New(rand.NewPCG(faultySeed, uint64(caller)))
			for number := int(next.Add(1)) - 1; number < len(f.executed) && !t.Failed(); number = int(next.Add(1)) - 1 {
				if err := f.call(client, number, random); err != nil {
					t.Errorf("call %d, seed %d: %v", number, faultySeed, err)
				}
			}
			return nil
		})
	}()
	every := min(len(f.executed)/4, 1000)
	for killed := 1; ; {
		select {
		case <-done:
			return
		case <-time.After(time.Millisecond):
		}
		if int(next.Load()) > killed*every {
			f.kill(t, killed%faultyServers)
			f.revive(t, killed%faultyServers)
			killed++
		}
	}
}

// check looks at what became of the calls.
func (f *faulty) check(t *testing.T, codes []rpc.Code, most int32) {
	t.Helper()
	t.Logf("%d calls, seed %d: %v", len(f.executed), faultySeed, f.outcomes)
	possible := []string{"ok"}
	for _, code := range codes {
		possible = append(possible, code.Error())
	}
	require.Subset(t, possible, slices.Collect(maps.Keys(f.outcomes)))
	for number := range f.executed {
		executed := f.executed[number].Load()
		switch {
		case f.ended[number].Load() != 1:
			t.Fatalf("call %d ended %d times", number, f.ended[number].Load())
		case executed > most:
			t.Fatalf("call %d was executed %d times", number, executed)
		case executed > 0 && f.unread[number].Load():
			t.Fatalf("call %d was executed, and the client says that it was not", number)
		}
	}
}
