package rpc_test

import (
	"context"
	"fmt"
	"iter"
	"runtime"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/net/http2"

	"github.com/tagwire/tagwire/rpc"
)

// TestGRPCUnfinishedRequests: unary calls whose request does not come, because the caller resets them, sends what is too long, or goes away,
// take no place from others, again and again.
func TestGRPCUnfinishedRequests(t *testing.T) {
	parallel(t)
	for name, end := range map[string]func(p *rawHTTP2, id uint32) error{
		"reset":    func(p *rawHTTP2, id uint32) error { return p.WriteRSTStream(id, http2.ErrCodeCancel) },
		"too long": func(p *rawHTTP2, id uint32) error { return p.WriteData(id, false, []byte{0, 0x7f, 0, 0, 0, 1}) },
		"several":  func(p *rawHTTP2, id uint32) error { return p.WriteData(id, false, append(packed("a"), packed("b")...)) },
	} {
		t.Run(name, func(t *testing.T) {
			b := &notebook{}
			attacked(t, b, func(t *testing.T, server *running) {
				p := dialHTTP2(t, server.address)
				id := uint32(1)
				for range 30 {
					p.must(p.open(id, "Echo"))
					p.must(end(p, id))
					id += 2
				}
				p.must(p.open(id, "Echo"))
				p.must(p.WriteData(id, true, packed("x")))
				require.Equal(t, "0", p.status(id))
				require.Equal(t, int64(1), b.started.Load())
			}, rpc.WithLimits(rpc.Limits{MaxInFlight: 5}))
		})
	}
	t.Run("gone", func(t *testing.T) {
		attacked(t, &notebook{}, func(t *testing.T, server *running) {
			p := dialHTTP2(t, server.address)
			p.must(p.open(1, "Echo"))
			p.must(p.WriteData(1, false, []byte{0, 0, 0}))
			p.must(p.WritePing(false, [8]byte{1}))
			_, _ = p.ReadFrame()
			p.must(p.conn.Close())
			settle(t, func() string {
				if server.open.Load() > 0 {
					return "the connection is left"
				}
				return ""
			})
		})
	})
}

// TestGRPCLeftBehind: goroutines that a handler leaves behind, which use its stream still, hold the connection's memory no longer than the
// connection, whether the handler returns or ends its goroutine.
func TestGRPCLeftBehind(t *testing.T) {
	parallel(t)
	noLeaks(t)
	var group sync.WaitGroup
	svc := rpc.NewService("test.Notes")
	rpc.HandleClientStream(svc, "Join", func(_ context.Context, all iter.Seq2[*note, error]) (*note, error) {
		group.Add(1)
		inside := make(chan struct{})
		goes := "exit"
		go func() {
			defer group.Done()
			first := true
			for n, err := range all {
				if err != nil {
					return
				}
				if goes = n.Text; first {
					close(inside)
				}
				first = false
			}
		}()
		<-inside
		if goes == "exit" {
			runtime.Goexit()
		}
		return &note{"returned"}, nil
	}, rpc.ProtobufMessages())
	server := serve(t, []*rpc.Service{svc})
	for round := range 50 {
		p := dialHTTP2(t, server.address)
		text := []string{"exit", "return"}[round%2]
		p.must(p.open(1, "Join"))
		p.must(p.WriteData(1, false, packed(text)))
		p.must(p.WriteData(1, false, packed(text)[:3]))
		require.Equal(t, map[string]string{"exit": "13", "return": "0"}[text], p.status(1))
		p.must(p.conn.Close())
	}
	group.Wait()
	settle(t, func() string {
		if used := server.MemoryUsed(); used != 0 || server.open.Load() > 0 {
			return fmt.Sprintf("%d bytes of %d connections are left", used, server.open.Load())
		}
		return ""
	})
}
