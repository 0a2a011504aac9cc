package grpcinterop

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tagwire/tagwire/rpc/interop/grpc/testservice"
)

// TestConnectionsEnd: a server ends connections again and again while calls of all kinds are made. Each call succeeds, on the old connection or on
// a new one.
func TestConnectionsEnd(t *testing.T) {
	const (
		age     = 50 * time.Millisecond
		callers = 20
		rounds  = 10
	)
	for _, server := range frameworks {
		for _, client := range frameworks {
			t.Run(client.name+" calls "+server.name, func(t *testing.T) {
				modes(t, func(t *testing.T, tls *security) {
					options := tls.serverOptions()
					options.ConnectionAge = age
					address := serve(t, server, options, testservice.New(server))
					caller := &testservice.Caller{Framework: client, Named: true}
					dial(t, client, address, tls.clientOptions(), caller.Contract())
					var group sync.WaitGroup
					var calls atomic.Int64
					for range callers {
						group.Go(func() {
							for range rounds {
								for _, c := range testservice.Lasting {
									if err := c.Run(caller, context.Background()); err != nil {
										t.Errorf("%s: %v", c.Name, err)
										return
									}
									calls.Add(1)
								}
							}
						})
					}
					start := time.Now()
					group.Wait()
					if want := int64(callers * rounds * len(testservice.Lasting)); calls.Load() == want {
						t.Logf("%d calls in %v", want, time.Since(start))
					}
				})
			})
		}
	}
}

// TestServersDrain: a server stops while calls of all kinds are made. Each one that a handler was called for succeeds.
func TestServersDrain(t *testing.T) {
	for _, server := range frameworks {
		for _, client := range frameworks {
			t.Run(client.name+" calls "+server.name, func(t *testing.T) {
				modes(t, func(t *testing.T, tls *security) {
					var handled, succeeded atomic.Int64
					address, running := begin(t, server, tls.serverOptions(), testservice.NewCounted(server, &handled))
					caller := &testservice.Caller{Framework: client, Named: true}
					dial(t, client, address, tls.clientOptions(), caller.Contract())
					stopped := make(chan struct{})
					var group sync.WaitGroup
					for i := range 20 {
						group.Go(func() {
							for n := i; ; n++ {
								if testservice.Lasting[n%len(testservice.Lasting)].Run(caller, context.Background()) == nil {
									succeeded.Add(1)
									continue
								}
								select {
								case <-stopped:
									return
								case <-time.After(time.Millisecond):
								}
							}
						})
					}
					time.Sleep(300 * time.Millisecond)
					running.Drain()
					close(stopped)
					group.Wait()
					if handled.Load() != succeeded.Load() || handled.Load() == 0 {
						t.Errorf("%d calls were handled, and %d have succeeded", handled.Load(), succeeded.Load())
					}
				})
			})
		}
	}
}
