package rpc_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tagwire/tagwire/rpc"
)

// TestEcho: calls over each transport and kind of connection bring back what was sent, large and small.
func TestEcho(t *testing.T) {
	noLeaks(t)
	server := serve(t, echo())
	for _, transport := range transports {
		for kind, connections := range map[string]rpc.ConnectionKind{"pooled": rpc.Pooled, "short": rpc.Short, "multiplexed": rpc.Multiplexed} {
			if connections == rpc.Multiplexed && !transport.Headers() {
				continue
			}
			t.Run(transport.String()+"/"+kind, func(t *testing.T) {
				client := connect(t, server.address, rpc.WithWay(transport), rpc.WithConnections(connections))
				for _, size := range []int{0, 1, 1000, 4095, 4096, 5000, 100_000, 3 << 20} {
					text := strings.Repeat("x", size)
					reply, err := rpc.Call[Request, Reply](context.Background(), client, "Echo", &Request{text, int64(size)})
					require.NoError(t, err)
					require.Equal(t, size, len(reply.Text))
					require.Equal(t, int64(size), reply.Number)
				}
			})
		}
	}
}

// TestManyCallers: with many callers at once, each gets its own reply.
func TestManyCallers(t *testing.T) {
	noLeaks(t)
	server := serve(t, echo())
	for _, transport := range transports {
		client := connect(t, server.address, rpc.WithWay(transport))
		var group sync.WaitGroup
		for caller := range 20 {
			group.Add(1)
			go func() {
				defer group.Done()
				for i := range 50 {
					text := fmt.Sprint(caller, "-", i)
					reply, err := rpc.Call[Request, Reply](context.Background(), client, "Echo", &Request{text, int64(i)})
					if err != nil || reply.Text != text || reply.Number != int64(i) {
						t.Errorf("%s: sent %s, got %v, %v", transport.Name(), text, reply, err)
						return
					}
				}
			}()
		}
		group.Wait()
	}
}
