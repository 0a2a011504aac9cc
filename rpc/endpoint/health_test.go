package endpoint

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

	"github.com/tagwire/tagwire/rpc/transport"
)

// What a place of a test does to those that connect.
const (
	up int32 = iota
	down
	blackHole
)

// places is a group whose endpoints a test switches on and off.
type places struct {
	t      *testing.T
	group  *Group
	states map[string]*atomic.Int32
	dials  map[string]*atomic.Int64
	panics atomic.Int64
}

// newPlaces returns a group of endpoints a, b, c and so on, as many as there are states.
func newPlaces(t *testing.T, change func(*Config), states ...int32) *places {
	p := &places{t: t, states: map[string]*atomic.Int32{}, dials: map[string]*atomic.Int64{}}
	all := endpoints(make([]int, len(states))...)
	for i, e := range all {
		p.states[e.Address], p.dials[e.Address] = &atomic.Int32{}, &atomic.Int64{}
		p.states[e.Address].Store(states[i])
	}
	config := Config{
		MaxConnections: 10, MaxIdle: 10, WatchAfter: time.Hour, ConnectTimeout: 10 * time.Millisecond, Event: ignoreEvents,
		Panicked: func(string, any) { p.panics.Add(1) },
		Dial: func(ctx context.Context, _, address string) (net.Conn, error) {
			p.dials[address].Add(1)
			switch p.states[address].Load() {
			case down:
				return nil, errors.New("down")
			case blackHole:
				<-ctx.Done()
				return nil, ctx.Err()
			}
			ours, _ := net.Pipe()
			return ours, nil
		},
	}
	if change != nil {
		change(&config)
	}
	p.group = NewGroup(config)
	p.group.Use(all)
	t.Cleanup(p.group.Close)
	return p
}

func (p *places) pool(address string) *Pool {
	return p.group.Set().Pool(Endpoint{Network: "tcp", Address: address, Weight: 1})
}

// fail has a connection to an endpoint made that cannot be.
func (p *places) fail(address string) {
	p.t.Helper()
	_, err := p.pool(address).Get(context.Background(), time.Now().Add(patience))
	require.Error(p.t, err)
}

// connect has a connection made, or takes an idle one.
func (p *places) connect(address string) *Conn {
	p.t.Helper()
	c, err := p.pool(address).Get(context.Background(), time.Now().Add(patience))
	require.NoError(p.t, err)
	return c
}

func (p *places) ejected() (addresses string) {
	for _, e := range p.group.Set().ejected {
		addresses += e.Address
	}
	return addresses
}

func (p *places) eventuallyEjected(addresses string) {
	p.t.Helper()
	require.Eventually(p.t, func() bool { return p.ejected() == addresses }, patience, time.Millisecond)
}

// order returns the addresses that a call meets whose attempts all fail.
func (p *places) order() (addresses string) {
	set := p.group.Set()
	var call transport.Call
	for e, _ := set.Pick(&call); e != (Endpoint{}); e, _ = set.Pick(&call) {
		require.NotNil(p.t, set.Pool(e))
		addresses += e.Address
		call.Tried++
	}
	return addresses
}

// TestEjection: an endpoint that fails three times is tried last, its share goes to the others in proportion, and it is used again, on
// the connection that was made for the probe, as soon as it is back.
func TestEjection(t *testing.T) {
	p := newPlaces(t, nil, down, up, up)
	p.fail("a")
	p.fail("a")
	p.pool("b").Put(p.connect("b"), true, false)
	p.fail("a")
	p.eventuallyEjected("a")
	for range 20 {
		require.Contains(t, []string{"bca", "cba"}, p.order())
	}
	require.Eventually(t, func() bool { return p.dials["a"].Load() > 4 }, patience, time.Millisecond, "it is probed, and again")
	require.Equal(t, "a", p.ejected())
	p.states["a"].Store(up)
	p.eventuallyEjected("")
	require.Len(t, p.order(), 3)
	dials := p.dials["a"].Load()
	p.pool("a").Put(p.connect("a"), true, false)
	require.Equal(t, dials, p.dials["a"].Load())
	require.Zero(t, p.pool("a").health.pause)
}

// TestBlackHole: a connection that was not made within the connect timeout is enough where there is no other.
func TestBlackHole(t *testing.T) {
	p := newPlaces(t, nil, blackHole, up)
	p.fail("a")
	p.eventuallyEjected("a")
	require.Equal(t, "ba", p.order())

	p = newPlaces(t, nil, up, up)
	c := p.connect("a")
	p.states["a"].Store(blackHole)
	p.fail("a")
	p.fail("a")
	require.Equal(t, 2, p.pool("a").health.failures)
	p.pool("a").Put(c, true, false)
	require.Same(t, c, p.connect("a"))
	require.Zero(t, p.pool("a").health.failures, "a connection in use says that it is alive")
	p.fail("a")
	p.fail("a")
	require.Empty(t, p.ejected())
	p.fail("a")
	p.eventuallyEjected("a")
}

// TestAllEjected: where none is left all are used, and the first that a call connects to is the only one then.
func TestAllEjected(t *testing.T) {
	p := newPlaces(t, nil, down, blackHole, down)
	for address := range p.states {
		for range enoughFailures {
			p.fail(address)
		}
	}
	for address := range p.states {
		pool := p.pool(address)
		pool.lock.Lock()
		require.True(t, pool.health.ejected)
		pool.lock.Unlock()
	}
	p.eventuallyEjected("")
	require.Len(t, p.order(), 3)
	p.states["b"].Store(up)
	p.pool("b").Put(p.connect("b"), true, false)
	p.eventuallyEjected("ac")
	require.Equal(t, "bac", p.order())
}

// TestEjectionSurvives: an endpoint stays ejected when a resolver names it again, also with another weight; one that is not named is
// forgotten, and no longer probed.
func TestEjectionSurvives(t *testing.T) {
	p := newPlaces(t, nil, down, up)
	for range enoughFailures {
		p.fail("a")
	}
	p.eventuallyEjected("a")
	old := p.pool("a")
	p.group.Use([]Endpoint{{Network: "tcp", Address: "b", Weight: 2}, {Network: "tcp", Address: "a", Weight: 7}})
	require.Equal(t, "a", p.ejected())
	require.Equal(t, "ba", p.order())
	p.group.Use(endpoints(1)) // which is a alone
	require.Empty(t, p.ejected())
	require.Equal(t, "a", p.order())

	p.group.Use([]Endpoint{{Network: "tcp", Address: "b", Weight: 1}})
	require.False(t, old.health.set)
	p.group.Use(endpoints(1, 1))
	require.Empty(t, p.ejected())
	require.NotSame(t, old, p.pool("a"))
}

// TestNotEjected: what is no fault of the endpoint's, or leaves no choice, ejects nothing and probes nothing.
func TestNotEjected(t *testing.T) {
	t.Run("the only one", func(t *testing.T) {
		p := newPlaces(t, nil, down)
		for range 10 {
			p.fail("a")
		}
		require.False(t, p.pool("a").health.ejected)
	})
	t.Run("without ejection", func(t *testing.T) {
		p := newPlaces(t, func(c *Config) { c.KeepAll = true }, down, up)
		for range 10 {
			p.fail("a")
		}
		require.False(t, p.pool("a").health.ejected)
	})
	t.Run("calls that give up", func(t *testing.T) {
		p := newPlaces(t, func(c *Config) { c.ConnectTimeout = 0 }, blackHole, up)
		for range 10 {
			_, err := p.pool("a").Get(context.Background(), time.Now().Add(time.Millisecond))
			require.ErrorIs(t, err, ErrTimeout)
		}
		pool := p.pool("a")
		require.Eventually(t, func() bool {
			pool.lock.Lock()
			defer pool.lock.Unlock()
			return len(pool.dialing) == 0
		}, patience, time.Millisecond)
		require.Zero(t, pool.health.failures)
		require.False(t, pool.health.ejected)
	})
}

// TestFailure: what was given up counts only if it took long.
func TestFailure(t *testing.T) {
	canceled, cancel := context.WithCancel(context.Background())
	cancel()
	expired, cancel := context.WithTimeout(context.Background(), 0)
	defer cancel()
	require.Equal(t, abandoned, failure(canceled, 0))
	require.Equal(t, failedSlowly, failure(canceled, slowFailure))
	require.Equal(t, failedSlowly, failure(expired, 0))
	require.Equal(t, failed, failure(context.Background(), 0))
	require.Equal(t, failedSlowly, failure(context.Background(), slowFailure))
}

// TestPauses: the pauses between probes double up to a bound, and one that is set stays.
func TestPauses(t *testing.T) {
	var h health
	for _, want := range []time.Duration{firstProbe, 2 * firstProbe, 4 * firstProbe} {
		h.set = false
		h.probeLater(func() {})
		require.Equal(t, want, h.pause)
		h.probeLater(func() {})
		require.Equal(t, want, h.pause)
	}
	for range 100 {
		h.set = false
		h.probeLater(func() {})
	}
	require.Equal(t, lastProbe, h.pause)
	h.stop()
	require.False(t, h.set)
}

// TestProbeWithoutSlot: a probe takes no connection from calls: where all are in use it waits for the next time.
func TestProbeWithoutSlot(t *testing.T) {
	p := newPlaces(t, func(c *Config) { c.MaxConnections = 1 }, up, up)
	pool := p.pool("a")
	c := p.connect("a")
	pool.lock.Lock()
	pool.health.ejected = true
	pool.lock.Unlock()
	pool.probe()
	pool.lock.Lock()
	require.True(t, pool.health.set)
	require.Equal(t, 1, pool.slots)
	pool.lock.Unlock()
	pool.Put(c, true, false)
	pool.probe()
	require.True(t, pool.health.set)
	require.Equal(t, int64(1), p.dials["a"].Load())
}

// TestProbesEnd: Close ends probing, and a probe that is under way.
func TestProbesEnd(t *testing.T) {
	p := newPlaces(t, func(c *Config) { c.ConnectTimeout = patience }, blackHole, up)
	pool := p.pool("a")
	pool.lock.Lock()
	pool.health.ejected = true
	pool.lock.Unlock()
	pool.probe()
	require.Eventually(t, func() bool { return p.dials["a"].Load() == 1 }, patience, time.Millisecond)
	p.group.Close()
	require.Eventually(t, func() bool {
		pool.lock.Lock()
		defer pool.lock.Unlock()
		return len(pool.dialing) == 0 && pool.slots == 0 && !pool.health.set
	}, patience, time.Millisecond)
	pool.probe()
	require.Equal(t, int64(1), p.dials["a"].Load())
}

// TestBrokenBalancers: where a balancer cannot be made there is another, or the one before.
func TestBrokenBalancers(t *testing.T) {
	for name, c := range map[string]struct {
		make   func() Balancer
		panics int64
	}{
		"panics": {func() Balancer { panic("no") }, 1},
		"nil":    {func() Balancer { return nil }, 0},
		"exits":  {func() Balancer { runtime.Goexit(); return nil }, 0},
	} {
		t.Run(name, func(t *testing.T) {
			var made atomic.Int64
			p := newPlaces(t, func(config *Config) {
				config.Balance = func(all []Endpoint) Balancer {
					all[0], all = Endpoint{}, append([]Endpoint{}, all...) // the slice is the balancer's own
					if made.Add(1) != 2 {
						return NewRotation(endpoints(1, 1, 1)[3-len(all):])
					}
					return c.make()
				}
			}, down, up, up)
			for range enoughFailures {
				p.fail("a")
			}
			require.Eventually(t, func() bool { return made.Load() == 2 }, patience, time.Millisecond)
			if name != "exits" {
				p.eventuallyEjected("a")
			}
			require.Len(t, p.order(), 3)
			p.states["a"].Store(up)
			require.Eventually(t, func() bool { return made.Load() == 3 }, patience, time.Millisecond)
			p.eventuallyEjected("")
			require.Equal(t, c.panics, p.panics.Load())
		})
	}
}

// stubborn is a balancer that does not obey: it knows one endpoint.
type stubborn struct{ e Endpoint }

func (s stubborn) Pick(*transport.Call) (Endpoint, func(error)) { return s.e, nil }

// TestStubbornBalancer: a balancer that goes on for ever is not asked for ever.
func TestStubbornBalancer(t *testing.T) {
	p := newPlaces(t, func(c *Config) {
		c.Balance = func(all []Endpoint) Balancer { return stubborn{all[0]} }
	}, down, up)
	require.Equal(t, "aa", p.order())
}

// TestEjectionStorm: calls, answers of a resolver, and endpoints that come and go at the same time: each call meets each endpoint once.
func TestEjectionStorm(t *testing.T) {
	p := newPlaces(t, func(c *Config) { c.ConnectTimeout = time.Millisecond }, up, up, up, up)
	var group sync.WaitGroup
	for i := range 8 {
		group.Add(1)
		go func() {
			defer group.Done()
			for j := range 200 {
				address := string(rune('a' + (i+j)%4))
				p.states[address].Store(int32(j) % 3)
				if j%20 == 0 {
					p.group.Use(endpoints(1, 1, 1, 1))
				}
				if c, err := p.pool(address).Get(context.Background(), time.Now().Add(patience)); err == nil {
					p.pool(address).Put(c, j%3 > 0, false)
				}
				seen := map[rune]bool{}
				for _, address := range p.order() {
					seen[address] = true
				}
				if len(seen) != 4 {
					t.Error(fmt.Sprint("met ", len(seen)))
				}
			}
		}()
	}
	group.Wait()
	for _, state := range p.states {
		state.Store(up)
	}
	p.eventuallyEjected("")
}
