package rpc_test

import (
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
