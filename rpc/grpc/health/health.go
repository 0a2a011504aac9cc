package health

import (
	"context"
	"fmt"
	"iter"
	"sync"

	"github.com/tagwire/tagwire/rpc/grpc"
)

// Name is the name of the service.
const Name = "grpc.health.v1.Health"

// mostListed is how many services List returns at most, as in grpc-go.
const mostListed = 100

// Contract is the service.
type Contract struct {
	Check func(ctx context.Context, request *HealthCheckRequest) (*HealthCheckResponse, error)
	List  func(ctx context.Context, request *HealthListRequest) (*HealthListResponse, error)
	Watch func(ctx context.Context, request *HealthCheckRequest) iter.Seq2[*HealthCheckResponse, error]
}

// Health has the status of each service, and implements the [Contract]. It is safe for concurrent use, and runs no goroutine.
type Health struct {
	lock     sync.Mutex
	statuses map[string]ServingStatus
	waiting  map[string]*waiters // by service, while there are any
	down     bool
}

// waiters wait for a change of one service.
type waiters struct {
	changed chan struct{} // closed by the change
	count   int
}

// New returns a Health that knows the server itself, under the empty name, which serves.
func New() *Health {
	return &Health{statuses: map[string]ServingStatus{"": Serving}, waiting: map[string]*waiters{}}
}

// Set sets the status of a service. After Shutdown it does nothing.
func (h *Health) Set(service string, status ServingStatus) {
	h.lock.Lock()
	defer h.lock.Unlock()
	if !h.down {
		h.set(service, status)
	}
}

// Add makes a service known, as one that serves, unless it is known already.
func (h *Health) Add(service string) {
	h.lock.Lock()
	defer h.lock.Unlock()
	if _, known := h.statuses[service]; !known && !h.down {
		h.set(service, Serving)
	}
}

// set sets a status under the lock.
func (h *Health) set(service string, status ServingStatus) {
	if known, found := h.statuses[service]; found && known == status {
		return
	}
	h.statuses[service] = status
	if w := h.waiting[service]; w != nil {
		close(w.changed)
		delete(h.waiting, service)
	}
}

// Shutdown makes NotServing of all services, for good. Those that watch learn it, and have nothing more to wait for.
func (h *Health) Shutdown() {
	h.lock.Lock()
	defer h.lock.Unlock()
	h.down = true
	for service := range h.statuses {
		h.statuses[service] = NotServing
	}
	for service, w := range h.waiting {
		close(w.changed)
		delete(h.waiting, service)
	}
}

// Check returns the status of a service. The error for one that is not known has the code NotFound.
func (h *Health) Check(_ context.Context, request *HealthCheckRequest) (*HealthCheckResponse, error) {
	service := request.service()
	h.lock.Lock()
	defer h.lock.Unlock()
	status, known := h.statuses[service]
	if !known {
		return nil, &grpc.Status{Code: grpc.NotFound, Message: fmt.Sprintf("the service %q is not known", service)}
	}
	return &HealthCheckResponse{status}, nil
}

// List returns the statuses of all services. The error for too many has the code ResourceExhausted.
func (h *Health) List(context.Context, *HealthListRequest) (*HealthListResponse, error) {
	h.lock.Lock()
	defer h.lock.Unlock()
	if len(h.statuses) > mostListed {
		return nil, &grpc.Status{Code: grpc.ResourceExhausted, Message: fmt.Sprintf("there are more than %d services", mostListed)}
	}
	list := &HealthListResponse{map[string]*HealthCheckResponse{}}
	for service, status := range h.statuses {
		list.Statuses[service] = &HealthCheckResponse{status}
	}
	return list, nil
}

// Watch returns the status of a service, ServiceUnknown if there is none, and then each one that differs from the last. What a slow reader
// misses is left out. It ends with the error of the context, or without one after Shutdown, when nothing changes any more.
func (h *Health) Watch(ctx context.Context, request *HealthCheckRequest) iter.Seq2[*HealthCheckResponse, error] {
	service := request.service()
	return func(yield func(*HealthCheckResponse, error) bool) {
		for last := (*ServingStatus)(nil); ; {
			status, found := h.next(ctx, service, last)
			if !found {
				if err := ctx.Err(); err != nil {
					yield(nil, err)
				}
				return
			}
			if !yield(&HealthCheckResponse{status}, nil) {
				return
			}
			last = &status
		}
	}
}

// next waits until the status of a service differs from the last, which is nil before the first, and returns it. It returns false if ctx
// has ended, or if nothing changes any more.
func (h *Health) next(ctx context.Context, service string, last *ServingStatus) (status ServingStatus, found bool) {
	for ctx.Err() == nil {
		h.lock.Lock()
		status, known := h.statuses[service]
		if !known {
			status = ServiceUnknown
		}
		if differs := last == nil || status != *last; differs || h.down {
			h.lock.Unlock()
			return status, differs
		}
		w := h.waiting[service]
		if w == nil {
			w = &waiters{changed: make(chan struct{})}
			h.waiting[service] = w
		}
		w.count++
		h.lock.Unlock()
		select {
		case <-w.changed:
		case <-ctx.Done():
		}
		h.lock.Lock()
		if w.count--; w.count == 0 && h.waiting[service] == w {
			delete(h.waiting, service)
		}
		h.lock.Unlock()
	}
	return 0, false
}

// service returns the name, also of a request that is nil.
func (r *HealthCheckRequest) service() string {
	if r == nil {
		return ""
	}
	return r.Service
}
