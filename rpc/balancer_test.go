package rpc_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tagwire/tagwire/rpc"
)

// whoFor returns which server answers a call with a key.
func whoFor(client *rpc.Client, key string) (string, error) {
	reply, err := rpc.Call[rpc.Void, Reply](rpc.WithHashKey(context.Background(), key), client, "Who", nil)
	if err != nil {
		return "", err
	}
	return reply.Text, nil
}

// TestBalancers: each balancer reaches all servers, and calls with a key stay with one.
func TestBalancers(t *testing.T) {
	noLeaks(t)
	a, b, c := named(t, "a"), named(t, "b"), named(t, "c")
	for name, balancer := range map[string]func([]rpc.Endpoint) rpc.Balancer{
		"default": nil, "rotation": rpc.WeightedRotation, "random": rpc.Random, "pick of two": rpc.PickOfTwo, "hash": rpc.ConsistentHash,
	} {
		client := connect(t, a.address, rpc.WithAddresses(b.address, c.address), rpc.WithBalancer(balancer))
		seen := map[string]bool{}
		for i := range 300 {
			first, err := whoFor(client, fmt.Sprint("key ", i))
			require.NoError(t, err)
			seen[first] = true
			if name == "hash" {
				again, err := whoFor(client, fmt.Sprint("key ", i))
				require.NoError(t, err)
				require.Equal(t, first, again)
			}
		}
		require.Len(t, seen, 3, name)
	}
}

// byKey is a balancer of a user's: the key is the address.
type byKey struct {
	pick func(call *rpc.Attempt) (rpc.Endpoint, func(error))
}

func (b byKey) Pick(call *rpc.Attempt) (rpc.Endpoint, func(error)) { return b.pick(call) }

// TestOwnBalancer: a balancer sees the method and the key of a call, and how it ended.
func TestOwnBalancer(t *testing.T) {
	noLeaks(t)
	a, b := named(t, "a"), named(t, "b")
	var outcomes atomic.Int64
	client := connect(t, a.address, rpc.WithAddresses(b.address), rpc.WithBalancer(func(all []rpc.Endpoint) rpc.Balancer {
		return byKey{func(call *rpc.Attempt) (rpc.Endpoint, func(error)) {
			for _, e := range all {
				if e.Address == call.Key && call.Method == "Who" {
					return e, func(outcome error) {
						if outcome == nil {
							outcomes.Add(1)
						}
					}
				}
			}
			return rpc.Endpoint{}, nil
		}}
	}))
	for range 3 {
		for address, want := range map[string]string{a.address: "a", b.address: "b"} {
			got, err := whoFor(client, address)
			require.NoError(t, err)
			require.Equal(t, want, got)
		}
	}
	require.Equal(t, int64(6), outcomes.Load())
	_, err := whoFor(client, "elsewhere")
	require.ErrorIs(t, err, rpc.CodeResolve)
}

// TestBalancersThatMisbehave: whatever a balancer does, its call ends with an error, and the next one has a connection.
func TestBalancersThatMisbehave(t *testing.T) {
	noLeaks(t)
	a := named(t, "a")
	for name, c := range map[string]struct {
		bad  func(e rpc.Endpoint) (rpc.Endpoint, func(error))
		want rpc.Code
	}{
		"panics":         {func(rpc.Endpoint) (rpc.Endpoint, func(error)) { panic("no") }, rpc.CodePanic},
		"panics at last": {func(e rpc.Endpoint) (rpc.Endpoint, func(error)) { return e, func(error) { panic("no") } }, rpc.CodePanic},
		"exits":          {func(rpc.Endpoint) (rpc.Endpoint, func(error)) { runtime.Goexit(); return rpc.Endpoint{}, nil }, 0},
		"knows nothing":  {func(rpc.Endpoint) (rpc.Endpoint, func(error)) { return rpc.Endpoint{}, nil }, rpc.CodeResolve},
		"knows another":  {func(rpc.Endpoint) (rpc.Endpoint, func(error)) { return rpc.Endpoint{Address: "x:1"}, nil }, rpc.CodeResolve},
	} {
		t.Run(name, func(t *testing.T) {
			log := &quiet{}
			client := connect(t, a.address, rpc.WithLogger(log.logger()), rpc.WithLimits(rpc.Limits{MaxConnections: 1}),
				rpc.WithBalancer(func(all []rpc.Endpoint) rpc.Balancer {
					return byKey{func(call *rpc.Attempt) (rpc.Endpoint, func(error)) {
						if call.Key == "bad" {
							return c.bad(all[0])
						}
						return all[0], nil
					}}
				}))
			for range 3 {
				returned := make(chan error, 1)
				go func() {
					defer close(returned)
					_, err := whoFor(client, "bad")
					returned <- err
				}()
				if err, did := <-returned; did {
					require.ErrorIs(t, err, c.want)
				} else {
					require.Zero(t, c.want)
				}
				got, err := whoFor(client, "good")
				require.NoError(t, err)
				require.Equal(t, "a", got)
			}
		})
	}
	t.Run("cannot be made", func(t *testing.T) {
		log := &quiet{}
		client := connect(t, a.address, rpc.WithLogger(log.logger()), rpc.WithBalancer(func([]rpc.Endpoint) rpc.Balancer { panic("no") }))
		require.Equal(t, "a", who(t, client))
		require.Contains(t, log.String(), "the balancer panicked")
	})
}

// TestBlackHole: of two endpoints one does not answer. Calls wait for it until the first connection to it has failed; after that at
// most one of a hundred does. When it answers it is used again.
func TestBlackHole(t *testing.T) {
	noLeaks(t)
	a, b := named(t, "a"), named(t, "b")
	var hole atomic.Bool
	var dials atomic.Int64 // into it
	hole.Store(true)
	for name, balancer := range map[string]func([]rpc.Endpoint) rpc.Balancer{
		"rotation": nil, "pick of two": rpc.PickOfTwo, "hash": rpc.ConsistentHash,
	} {
		t.Run(name, func(t *testing.T) {
			hole.Store(true)
			client := connect(t, a.address, rpc.WithAddresses(b.address), rpc.WithBalancer(balancer),
				rpc.WithConnectTimeout(50*time.Millisecond), rpc.WithTimeout(patience),
				rpc.WithDialer(func(ctx context.Context, network, address string) (net.Conn, error) {
					if address == a.address {
						dials.Add(1)
						if hole.Load() {
							<-ctx.Done()
							return nil, ctx.Err()
						}
					}
					return (&net.Dialer{}).DialContext(ctx, network, address)
				}))
			calls := func(n int) {
				var group sync.WaitGroup
				for range 4 {
					group.Add(1)
					go func() {
						defer group.Done()
						for i := range n {
							if got, err := whoFor(client, fmt.Sprint("key ", i)); err != nil || got != "b" {
								t.Error(got, err)
							}
						}
					}()
				}
				group.Wait()
			}
			calls(20)
			settle(t, func() string { // the ejection follows on the failure at once, in another goroutine
				before := dials.Load()
				calls(20)
				if dials.Load() > before {
					return "calls go into the hole"
				}
				return ""
			})
			before := dials.Load()
			calls(500)
			require.LessOrEqual(t, dials.Load()-before, int64(20), "each call that waits makes a connection")

			hole.Store(false)
			settle(t, func() string {
				for i := range 20 {
					if got, err := whoFor(client, fmt.Sprint("key ", i)); err == nil && got == "a" {
						return ""
					}
				}
				return "an endpoint that is back is not used"
			})
		})
	}
}

// TestWithoutEjection: by that option an endpoint that cannot be connected to is tried each time that it is its turn.
func TestWithoutEjection(t *testing.T) {
	noLeaks(t)
	a := named(t, "a")
	var dials atomic.Int64
	client := connect(t, a.address, rpc.WithAddresses("down:1"), rpc.WithoutEjection(),
		rpc.WithDialer(func(ctx context.Context, network, address string) (net.Conn, error) {
			if address == "down:1" {
				dials.Add(1)
				return nil, errors.New("down")
			}
			return (&net.Dialer{}).DialContext(ctx, network, address)
		}))
	for range 100 {
		require.Equal(t, "a", who(t, client))
	}
	require.Equal(t, int64(50), dials.Load())
}
