package grpcinterop

import (
	"context"
	"fmt"
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
		rounds  = 30
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
						t.Log(fmt.Sprintf("%d calls in %v", want, time.Since(start)))
					}
				})
			})
		}
	}
}
