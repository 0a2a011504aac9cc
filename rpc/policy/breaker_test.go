package policy

import (
	"context"
	"errors"
	"math"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tagwire/tagwire/rpc/endpoint"
	"github.com/tagwire/tagwire/rpc/message"
	"github.com/tagwire/tagwire/rpc/transport"
)

// clock is a time that stands still until a test moves it.
type clock struct {
	lock sync.Mutex
	time time.Time
}

func (c *clock) now() time.Time {
	c.lock.Lock()
	defer c.lock.Unlock()
	return c.time
}

func (c *clock) add(d time.Duration) {
	c.lock.Lock()
	defer c.lock.Unlock()
	c.time = c.time.Add(d)
}

// breakersOf returns breakers that go by a clock.
func breakersOf(t *testing.T, byMethod, byEndpoint *Breaker) (*Breakers, *clock) {
	c := &clock{time: time.Now()}
	now = c.now
	t.Cleanup(func() { now = time.Now })
	b, err := NewBreakers(byMethod, byEndpoint, func(string, string) {})
	require.NoError(t, err)
	t.Cleanup(b.Close)
	return b, c
}

// exchanger is a function as a transport.Exchanger.
type exchanger func(call *transport.Call) error

func (e exchanger) Exchange(_ context.Context, call *transport.Call) error { return e(call) }

// TestMethodBreaker: a circuit opens when enough calls of its method have failed, and closes again when some succeed.
func TestMethodBreaker(t *testing.T) {
	b, time := breakersOf(t, &Breaker{MinSamples: 4}, nil)
	var outcome error
	made := 0
	e := b.Exchanger(exchanger(func(*transport.Call) error { made++; return outcome }))
	call := func(method string) error { return e.Exchange(context.Background(), &transport.Call{Method: method}) }

	require.NoError(t, call("a"))
	require.NoError(t, call("a"))
	outcome = &message.Error{Code: message.CodeClosed}
	for range 2 {
		require.Equal(t, outcome, call("a"))
	}
	err := call("a")
	require.ErrorIs(t, err, message.CodeCircuitOpen)
	require.Equal(t, "a", err.(*message.Error).Method)
	require.True(t, err.(*message.Error).Retryable)
	require.False(t, (&Retry{}).after(context.Background(), "a", true, err))
	require.Equal(t, 4, made)
	require.Equal(t, outcome, call("b"), "another method")

	time.add(standardCooling)
	require.Equal(t, outcome, call("a"), "one call is made again")
	require.ErrorIs(t, call("a"), message.CodeCircuitOpen, "and has failed")
	time.add(standardCooling)
	outcome = nil
	require.NoError(t, call("a"))
	require.ErrorIs(t, call("a"), message.CodeCircuitOpen, "one call at a time")
	time.add(standardCooling)
	require.NoError(t, call("a"))
	for range 10 {
		require.NoError(t, call("a"), "it is closed")
	}
}

// TestWhatCountsAsFailed: answers do not, and what says nothing about the server counts not at all.
func TestWhatCountsAsFailed(t *testing.T) {
	failures := []message.Code{message.CodeUnknown, message.CodeInternal, message.CodeOverloaded, message.CodeConnect, message.CodeResolve,
		message.CodeTimeout, message.CodeClosed, message.CodeInvalidReply, message.CodeBadSequence, message.CodeWrongMethodName}
	b, _ := breakersOf(t, &Breaker{}, nil)
	samples := func(outcome error) (failed, succeeded int64) {
		key := outcome.Error()
		b.methods.settle(key, outcome)
		good, bad, late := b.methods.panel.GetMetricer(key).Counts()
		return bad + late, good
	}
	for _, code := range append([]message.Code{message.CodeUnknownMethod, message.CodeProtocolError, message.CodeMissingResult,
		message.CodeCanceled, message.CodeLimit, message.CodeEncode, message.CodeShutdown, message.CodePanic, message.CodeCircuitOpen}, failures...) {
		failed, succeeded := samples(&message.Error{Code: code})
		require.Equal(t, slices.Contains(failures, code), failed == 1, code)
		require.Zero(t, succeeded, code)
	}
	for _, answer := range []error{errors.New("declared"), &message.BizError{Status: 1}} {
		failed, succeeded := samples(answer)
		require.Zero(t, failed)
		require.Equal(t, int64(1), succeeded)
	}
	failed, succeeded := samples(transport.ErrNotReturned)
	require.Zero(t, failed+succeeded)
}

// TestBreakerNumbers: options may have any value.
func TestBreakerNumbers(t *testing.T) {
	for _, c := range []struct {
		breaker Breaker
		want    int // failed calls that open the circuit; 0 for never
	}{
		{Breaker{}, 200}, {Breaker{MinSamples: -1, ErrorRate: -1, Cooling: -1}, 200}, {Breaker{MinSamples: 1}, 1},
		{Breaker{ErrorRate: math.NaN()}, 200}, {Breaker{ErrorRate: 1.01, MinSamples: 1}, 0}, {Breaker{MinSamples: math.MaxInt}, 0},
		{Breaker{ErrorRate: math.Inf(1)}, 0}, {Breaker{ErrorRate: math.SmallestNonzeroFloat64, MinSamples: 3, Cooling: math.MaxInt64}, 3},
	} {
		b, _ := breakersOf(t, &c.breaker, nil)
		e := b.Exchanger(exchanger(func(*transport.Call) error { return refused }))
		opened := 0
		for i := range 300 {
			if err := e.Exchange(context.Background(), &transport.Call{Method: "m"}); errors.Is(err, message.CodeCircuitOpen) {
				opened = i
				break
			}
		}
		require.Equal(t, c.want, opened, "%+v", c.breaker)
	}
}

// TestBreakerAndUsersCode: an attempt that panics or ends its goroutine passes through, and the next one is made.
func TestBreakerAndUsersCode(t *testing.T) {
	b, _ := breakersOf(t, &Breaker{MinSamples: 1}, nil)
	leave := func() { panic("mischief") }
	e := b.Exchanger(exchanger(func(*transport.Call) error { leave(); return nil }))
	require.PanicsWithValue(t, "mischief", func() { _ = e.Exchange(context.Background(), &transport.Call{}) })
	leave = runtime.Goexit
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = e.Exchange(context.Background(), &transport.Call{})
	}()
	<-done
	leave = func() {}
	require.NoError(t, e.Exchange(context.Background(), &transport.Call{}))
}

// TestEndpointBreaker: calls go to the endpoints whose circuit is closed, each is tried once, and where all are open calls end with an
// error that says so.
func TestEndpointBreaker(t *testing.T) {
	endpoints := []endpoint.Endpoint{{Network: "tcp", Address: "a", Weight: 1}, {Network: "tcp", Address: "b", Weight: 1},
		{Network: "tcp", Address: "c", Weight: 1}}
	for name, balance := range map[string]func([]endpoint.Endpoint) endpoint.Balancer{
		"standard": nil,
		"nil":      func([]endpoint.Endpoint) endpoint.Balancer { return nil },
		"hash":     endpoint.NewConsistentHash,
		"two":      endpoint.NewPickOfTwo,
		"stubborn": func(e []endpoint.Endpoint) endpoint.Balancer { return stubborn{e[0]} },
	} {
		t.Run(name, func(t *testing.T) {
			b, time := breakersOf(t, nil, &Breaker{MinSamples: 2})
			balancer := b.Balance(balance)(endpoints)
			down := map[string]bool{"a": true}
			seen := map[string]int{}
			e := Failover(exchanger(func(call *transport.Call) error {
				target, done := balancer.Pick(call)
				if target == (endpoint.Endpoint{}) {
					return transport.ErrNoneLeft
				}
				seen[target.Address]++
				var err error
				if down[target.Address] {
					err = unsent
				}
				done(err)
				return err
			}))
			call := func() error {
				return e.Exchange(context.Background(), &transport.Call{Method: "m", Key: "k"})
			}
			for range 30 {
				if err := call(); name == "stubborn" {
					require.Error(t, err)
				} else {
					require.NoError(t, err)
				}
			}
			require.LessOrEqual(t, seen["a"], 2)
			down["b"], down["c"] = true, true
			for range 30 {
				require.Error(t, call())
			}
			require.ErrorIs(t, call(), message.CodeCircuitOpen)
			require.LessOrEqual(t, seen["a"]+seen["b"]+seen["c"], 2+30+38)
			clear(down)
			for range 50 {
				time.add(standardCooling)
				_ = call()
			}
			require.NoError(t, call())
		})
	}
}

// stubborn is a balancer that returns one endpoint whatever happened.
type stubborn struct{ endpoint.Endpoint }

func (s stubborn) Pick(*transport.Call) (endpoint.Endpoint, func(error)) { return s.Endpoint, nil }
