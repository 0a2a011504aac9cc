package health_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"sync"
	"testing"

	"github.com/tagwire/tagwire/rpc/grpc"
	"github.com/tagwire/tagwire/rpc/grpc/health"
)

// contractOf returns the functions of h.
func contractOf(h *health.Health) health.Contract {
	return health.Contract{Check: h.Check, List: h.List, Watch: h.Watch}
}

func TestCheck(t *testing.T) {
	h := health.New()
	c := contractOf(h)
	check := func(service string) string {
		r, err := c.Check(t.Context(), &health.HealthCheckRequest{Service: service})
		if err != nil {
			if !errors.Is(err, grpc.NotFound) || r != nil {
				t.Error(r, err)
			}
			return "none"
		}
		return r.Status.String()
	}
	h.Set("a", health.NotServing)
	for service, want := range map[string]string{"": "SERVING", "a": "NOT_SERVING", "b": "none"} {
		if got := check(service); got != want {
			t.Errorf("%q: %s", service, got)
		}
	}
	if r, err := c.Check(t.Context(), nil); err != nil || r.Status != health.Serving {
		t.Error(r, err)
	}
	h.Set("a", health.Serving)
	list, err := c.List(t.Context(), nil)
	if err != nil || len(list.Statuses) != 2 || list.Statuses["a"].Status != health.Serving {
		t.Error(list, err)
	}
	h.Shutdown()
	h.Set("a", health.Serving)
	h.Set("c", health.Serving)
	h.Shutdown()
	for service, want := range map[string]string{"": "NOT_SERVING", "a": "NOT_SERVING", "c": "none"} {
		if got := check(service); got != want {
			t.Errorf("%q: %s", service, got)
		}
	}
	for i := range 100 {
		h := health.New()
		for j := range i {
			h.Set(fmt.Sprint(j), health.Serving)
		}
		if list, err := h.List(t.Context(), nil); err != nil || len(list.Statuses) != i+1 {
			t.Error(i, err)
		}
		h.Set("100", health.Serving)
		if i == 99 {
			if _, err := h.List(t.Context(), nil); !errors.Is(err, grpc.ResourceExhausted) {
				t.Error(err)
			}
		}
	}
	if got := health.ServingStatus(-1).String() + health.ServingStatus(4).String() + health.Unknown.String(); got != "-14UNKNOWN" {
		t.Error(got)
	}
}

// watch returns what a call of Watch returns, one by one: a status, or else "end" or an error.
func watch(t *testing.T, ctx context.Context, h *health.Health, service string) (next func() string) {
	t.Helper()
	pull, stop := iter.Pull2(contractOf(h).Watch(ctx, &health.HealthCheckRequest{Service: service}))
	t.Cleanup(stop)
	return func() string {
		r, err, more := pull()
		switch {
		case !more:
			return "end"
		case err != nil:
			return err.Error()
		}
		return r.Status.String()
	}
}

func TestWatch(t *testing.T) {
	h := health.New()
	ctx, cancel := context.WithCancel(t.Context())
	a, b, server := watch(t, t.Context(), h, "a"), watch(t, ctx, h, "a"), watch(t, t.Context(), h, "")
	expect := func(next func() string, want string) {
		t.Helper()
		if got := next(); got != want {
			t.Errorf("%s instead of %s", got, want)
		}
	}
	expect(a, "SERVICE_UNKNOWN")
	expect(b, "SERVICE_UNKNOWN")
	expect(server, "SERVING")
	h.Set("a", health.Serving)
	h.Set("b", health.Serving)
	expect(a, "SERVING")
	h.Set("a", health.NotServing) // b misses SERVING
	h.Set("a", health.NotServing)
	expect(a, "NOT_SERVING")
	expect(b, "NOT_SERVING")
	cancel()
	expect(b, "context canceled")
	expect(b, "end")
	h.Set("a", health.Serving)
	h.Shutdown()
	expect(a, "end") // it has said so already
	expect(server, "NOT_SERVING")
	expect(server, "end")
	late := watch(t, t.Context(), h, "a")
	expect(late, "NOT_SERVING")
	expect(late, "end")
	late = watch(t, ctx, h, "a")
	expect(late, "context canceled")
}

// TestWatchWaits: changes wake those that wait, and nothing is left of them.
func TestWatchWaits(t *testing.T) {
	h := health.New()
	var done sync.WaitGroup
	started := make(chan struct{}, 300)
	statuses := [3][100]health.ServingStatus{}
	ctx, cancel := context.WithCancel(t.Context())
	for kind := range statuses {
		for i := range statuses[kind] {
			done.Add(1)
			go func() {
				defer done.Done()
				watching := t.Context()
				if kind == 2 {
					watching = ctx
				}
				for r, err := range h.Watch(watching, &health.HealthCheckRequest{Service: fmt.Sprint(kind, i%10)}) {
					if err != nil {
						return
					}
					if r.Status == health.ServiceUnknown {
						started <- struct{}{}
					}
					statuses[kind][i] = r.Status
					if kind == 0 && r.Status == health.Serving {
						return
					}
				}
			}()
		}
	}
	for range 300 {
		<-started
	}
	for i := range 10 {
		h.Set(fmt.Sprint(0, i), health.Serving)
		h.Set(fmt.Sprint(1, i), health.Serving)
	}
	cancel()
	h.Shutdown()
	done.Wait()
	for i := range 100 {
		if a, b, c := statuses[0][i], statuses[1][i], statuses[2][i]; b != health.NotServing || c != health.ServiceUnknown ||
			a != health.Serving && a != health.NotServing {
			t.Fatal(a, b, c)
		}
	}
	if n := h.Waiting(); n > 0 {
		t.Errorf("%d services are waited for", n)
	}
}
