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

// unreliable is a service whose method Fail fails as long as fails says so, and counts.
func unreliable(fails *atomic.Bool, calls *atomic.Int64) []*rpc.Service {
	svc := rpc.NewService("Unreliable")
	rpc.Handle(svc, "Fail", func(context.Context, *Request) (*Reply, error) {
		if calls.Add(1); fails.Load() {
			return nil, errors.New("on purpose")
		}
		return &Reply{}, nil
	})
	rpc.Handle(svc, "Echo", func(_ context.Context, req *Request) (*Reply, error) { return &Reply{Text: req.Text}, nil })
	return []*rpc.Service{svc}
}

// TestBreaker: the calls of a method that fails are not made for a while, those of others are, and no attempt is spent on them.
func TestBreaker(t *testing.T) { overSharing(t, testBreaker) }

func testBreaker(t *testing.T, connect connector) {
	noLeaks(t)
	var fails atomic.Bool
	var calls atomic.Int64
	fails.Store(true)
	server := serve(t, unreliable(&fails, &calls))
	log := &quiet{}
	client := connect(t, server.address, rpc.WithBreaker(rpc.Breaker{MinSamples: 5, Cooling: time.Millisecond}), plenty, rpc.WithLogger(log.logger()),
		rpc.WithPolicy(rpc.Policy{Idempotent: true, Retry: quick(rpc.Retry{})}))
	fail := func() error {
		_, err := rpc.Call[Request, Reply](context.Background(), client, "Fail", &Request{})
		return err
	}
	for range 5 {
		require.ErrorIs(t, fail(), rpc.CodeInternal)
	}
	refused := 0
	for range 100 {
		if errors.Is(fail(), rpc.CodeCircuitOpen) {
			refused++
		}
		_, err := callEcho(client, "x")
		require.NoError(t, err)
	}
	require.Positive(t, refused)
	require.Equal(t, int64(5+100-refused), calls.Load())
	settle(t, func() string {
		if text := log.String(); text == "" {
			return "nothing is logged"
		}
		return ""
	})
	fails.Store(false)
	settle(t, func() string {
		for range 10 {
			if err := fail(); err != nil {
				return err.Error()
			}
		}
		return ""
	})
	require.NoError(t, client.Close(), "twice")
}

// TestEndpointBreaker: calls go to the servers that work, and the first attempt of each reaches one.
func TestEndpointBreaker(t *testing.T) { overSharing(t, testEndpointBreaker) }

func testEndpointBreaker(t *testing.T, connect connector) {
	noLeaks(t)
	var addresses []string
	var fails [3]atomic.Bool
	var calls [3]atomic.Int64
	for i := range 3 {
		addresses = append(addresses, serve(t, unreliable(&fails[i], &calls[i])).address)
	}
	client := connect(t, addresses[0], rpc.WithAddresses(addresses[1:]...),
		rpc.WithEndpointBreaker(rpc.Breaker{MinSamples: 4, Cooling: time.Hour}), rpc.WithLogger((&quiet{}).logger()))
	call := func() error {
		_, err := rpc.Call[Request, Reply](context.Background(), client, "Fail", &Request{})
		return err
	}
	fails[0].Store(true)
	failed := 0
	for range 300 {
		if call() != nil {
			failed++
		}
	}
	require.Equal(t, int64(failed), calls[0].Load())
	require.GreaterOrEqual(t, failed, 4)
	require.Less(t, failed, 10, "a circuit that cools down lets single calls pass")
	fails[1].Store(true)
	fails[2].Store(true)
	var err error
	for range 1000 {
		if err = call(); errors.Is(err, rpc.CodeCircuitOpen) {
			break
		}
	}
	require.ErrorIs(t, err, rpc.CodeCircuitOpen)
	require.ErrorContains(t, err, "each endpoint")
}

// TestBreakersComeAndGo: clients with breakers are made and closed at the same time.
func TestBreakersComeAndGo(t *testing.T) { overSharing(t, testBreakersComeAndGo) }

func testBreakersComeAndGo(t *testing.T, connect connector) {
	noLeaks(t)
	server := serve(t, echo())
	var group sync.WaitGroup
	for range 4 {
		group.Add(1)
		go func() {
			defer group.Done()
			for i := range 25 {
				client := connect(t, server.address, rpc.WithBreaker(rpc.Breaker{}), rpc.WithEndpointBreaker(rpc.Breaker{}))
				if reply, err := callEcho(client, fmt.Sprint(i)); err != nil || reply.Text != fmt.Sprint(i) {
					t.Errorf("%v, %v", reply, err)
				}
				_ = client.Close()
			}
		}()
	}
	group.Wait()
}
