package endpoint

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// asking is a resolver that does what a test says.
type asking struct {
	resolve func(ctx context.Context) ([]Endpoint, error)
	asked   atomic.Int64
	running atomic.Int64
	most    atomic.Int64
}

func (a *asking) Resolve(ctx context.Context, service string) ([]Endpoint, error) {
	a.asked.Add(1)
	if n := a.running.Add(1); n > a.most.Load() {
		a.most.Store(n)
	}
	defer a.running.Add(-1)
	return a.resolve(ctx)
}

func newTestDirectory(t *testing.T, refresh time.Duration, resolve func(ctx context.Context) ([]Endpoint, error)) (*Directory, *asking) {
	a := &asking{resolve: resolve}
	d := NewDirectory(newTestGroup(t), a, "service", refresh, func(error) {})
	t.Cleanup(d.Close)
	return d, a
}

// TestDirectoryWaitsEnd: a call that waits for a resolver ends by its deadline, its context, and Close, whatever the resolver does,
// and all calls wait for one answer.
func TestDirectoryWaitsEnd(t *testing.T) {
	release := make(chan struct{})
	d, a := newTestDirectory(t, time.Minute, func(context.Context) ([]Endpoint, error) {
		<-release
		return endpoints(1), nil
	})
	var group sync.WaitGroup
	for range 20 {
		group.Add(1)
		go func() {
			defer group.Done()
			start := time.Now()
			_, err := d.Endpoints(context.Background(), briefly())
			if !errors.Is(err, ErrTimeout) || time.Since(start) > patience/2 {
				t.Error(err)
			}
			ctx, cancel := context.WithCancel(context.Background())
			time.AfterFunc(time.Millisecond, cancel)
			if _, err := d.Endpoints(ctx, time.Time{}); !errors.Is(err, context.Canceled) {
				t.Error(err)
			}
		}()
	}
	group.Wait()
	time.AfterFunc(10*time.Millisecond, d.Close)
	_, err := d.Endpoints(context.Background(), time.Time{})
	require.ErrorIs(t, err, ErrShut)
	close(release)
	require.Equal(t, int64(1), a.asked.Load())
}

// TestDirectoryAnswers: an answer is used until it is old, and after that until there is another.
func TestDirectoryAnswers(t *testing.T) {
	var answer atomic.Pointer[[]Endpoint]
	set := func(e []Endpoint) { answer.Store(&e) }
	set(endpoints(1))
	d, a := newTestDirectory(t, 20*time.Millisecond, func(context.Context) ([]Endpoint, error) {
		if e := *answer.Load(); e != nil {
			return e, nil
		}
		return nil, errors.New("away")
	})
	first, err := d.Endpoints(context.Background(), time.Time{})
	require.NoError(t, err)
	for range 100 {
		again, err := d.Endpoints(context.Background(), time.Time{})
		require.NoError(t, err)
		require.Len(t, again.pools, 1)
	}
	require.LessOrEqual(t, a.asked.Load(), int64(3))
	set(nil)
	asked := a.asked.Load()
	for end := time.Now().Add(300 * time.Millisecond); time.Now().Before(end); time.Sleep(time.Millisecond) {
		again, err := d.Endpoints(context.Background(), time.Time{})
		require.NoError(t, err)
		require.Equal(t, first.pools, again.pools)
	}
	require.Less(t, a.asked.Load()-asked, int64(10), "a resolver that fails is asked ever less often")
	set(endpoints(1, 1))
	require.Eventually(t, func() bool {
		now, err := d.Endpoints(context.Background(), time.Time{})
		return err == nil && len(now.pools) == 2
	}, patience, time.Millisecond)
	require.Equal(t, int64(1), a.most.Load(), "by one goroutine at a time")
}

// timed is a resolver that says how long an answer is used.
type timed struct {
	asking
	valid time.Duration
}

func (r *timed) ResolveTimed(ctx context.Context, service string) ([]Endpoint, time.Duration, error) {
	e, err := r.Resolve(ctx, service)
	return e, r.valid, err
}

// TestDirectoryOfTimedResolver: an answer is used as long as the resolver says, and where it does not say as long as the directory does.
func TestDirectoryOfTimedResolver(t *testing.T) {
	for _, c := range []struct {
		refresh, valid time.Duration
		again          bool
	}{
		{time.Hour, 1, true}, {time.Hour, 0, false}, {1, time.Hour, false}, {1, 0, true}, {time.Hour, -1, false}, {1, 1 << 62, false},
	} {
		r := &timed{asking{resolve: func(context.Context) ([]Endpoint, error) { return endpoints(1), nil }}, c.valid}
		d := NewDirectory(newTestGroup(t), r, "service", c.refresh, nil)
		t.Cleanup(d.Close)
		ask := func() {
			_, err := d.Endpoints(context.Background(), time.Time{})
			require.NoError(t, err)
		}
		ask()
		if c.again {
			require.Eventually(t, func() bool { ask(); return r.asked.Load() > 1 }, patience, time.Millisecond)
			continue
		}
		for range 100 {
			ask()
		}
		require.Equal(t, int64(1), r.asked.Load())
	}
}

// TestResolversOfAllKinds: a resolver that fails, finds nothing, panics or ends its goroutine costs the calls that wait an
// error, after a pause that grows, and is asked again.
func TestResolversOfAllKinds(t *testing.T) {
	broken := errors.New("broken")
	for name, c := range map[string]struct {
		resolve func(context.Context) ([]Endpoint, error)
		want    error
	}{
		"fails":         {func(context.Context) ([]Endpoint, error) { return nil, broken }, broken},
		"finds nothing": {func(context.Context) ([]Endpoint, error) { return nil, nil }, ErrNoEndpoint},
		"panics":        {func(context.Context) ([]Endpoint, error) { panic("no") }, errResolverEnded},
		"exits":         {func(context.Context) ([]Endpoint, error) { runtime.Goexit(); return nil, nil }, errResolverEnded},
	} {
		t.Run(name, func(t *testing.T) {
			var works atomic.Bool
			d, _ := newTestDirectory(t, time.Minute, func(ctx context.Context) ([]Endpoint, error) {
				if works.Load() {
					return endpoints(1), nil
				}
				return c.resolve(ctx)
			})
			var pauses []time.Duration
			for range 5 {
				start := time.Now()
				_, err := d.Endpoints(context.Background(), time.Now().Add(patience))
				require.ErrorIs(t, err, c.want)
				pauses = append(pauses, time.Since(start))
			}
			require.Greater(t, pauses[4], firstPause*4)
			works.Store(true)
			_, err := d.Endpoints(context.Background(), time.Now().Add(patience))
			require.NoError(t, err)
		})
	}
}

// TestResolverThatCallsBack: a resolver may use the directory that asks it, and gets no answer but an error.
func TestResolverThatCallsBack(t *testing.T) {
	var d *Directory
	var inner error
	d, _ = newTestDirectory(t, time.Minute, func(context.Context) ([]Endpoint, error) {
		_, inner = d.Endpoints(context.Background(), briefly())
		return endpoints(1), nil
	})
	_, err := d.Endpoints(context.Background(), time.Now().Add(patience))
	require.NoError(t, err)
	require.ErrorIs(t, inner, ErrTimeout)
}

// TestResolverEndsWithClient: the context of a resolver ends with Close.
func TestResolverEndsWithClient(t *testing.T) {
	ended := make(chan struct{})
	d, _ := newTestDirectory(t, time.Minute, func(ctx context.Context) ([]Endpoint, error) {
		<-ctx.Done()
		close(ended)
		return nil, ctx.Err()
	})
	go func() { _, _ = d.Endpoints(context.Background(), time.Time{}) }()
	require.Eventually(t, func() bool { return d.ask(true) != nil }, patience, time.Millisecond)
	d.Close()
	<-ended
}
