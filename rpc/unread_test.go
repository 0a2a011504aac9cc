package rpc_test

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tagwire/tagwire/rpc"
)

// unreadPending is MaxPending of servers whose replies are not read, and unreadMemory what these may hold for a connection: as much
// of further calls as was read while one was worked on, in a buffer that may be twice as large, and replies.
const (
	unreadPending = 1 << 20
	unreadMemory  = 8 << 20
)

// TestRepliesThatNobodyReads: a peer that sends thousands of calls and reads no reply is read from no further, costs bounded memory,
// and no other connection anything. When it reads, it gets every reply.
func TestRepliesThatNobodyReads(t *testing.T) {
	const calls = 2000
	text := strings.Repeat("y", 16<<10)
	for name, c := range map[string]struct {
		wrap func(sequence int32, message []byte) []byte
		read func(t testing.TB, conn net.Conn) []byte
	}{
		"framed":   {func(_ int32, message []byte) []byte { return frame(message) }, readFrame},
		"TTHeader": {func(sequence int32, message []byte) []byte { return header(sequence, nil, message) }, readTTHeader},
	} {
		t.Run(name, func(t *testing.T) {
			overConnKinds(t, func(t *testing.T, l connKind) {
				noLeaks(t)
				var handled atomic.Int64
				svc := rpc.NewService("Echo")
				rpc.Handle(svc, "Echo", func(_ context.Context, req *Request) (*Reply, error) {
					handled.Add(1)
					return &Reply{Text: req.Text}, nil
				})
				server := l.serve(t, []*rpc.Service{svc}, rpc.WithLimits(rpc.Limits{MaxPending: unreadPending}))
				conn := l.raw(t, server.address)
				sent := make(chan error, 1)
				go func() {
					var err error
					for i := int32(0); i < calls && err == nil; i++ {
						_, err = conn.Write(c.wrap(i, call(t, i, text)))
					}
					sent <- err
				}()
				last := stalled(t, &handled)
				require.Less(t, last, int64(calls))
				settle(t, func() string { // while arguments are decoded, as much as they may take is reserved
					if held := server.MemoryUsed(); held > unreadMemory {
						return fmt.Sprintf("the server holds %d bytes", held)
					}
					return ""
				})
				other := l.connect(t, server.address)
				for range 100 {
					_, err := callEcho(other, "x")
					require.NoError(t, err)
				}
				for i := range int32(calls) {
					reply := c.read(t, conn)
					require.Equal(t, i, parse(t, reply).sequence)
					require.True(t, bytes.Contains(reply, []byte(text)))
				}
				require.NoError(t, <-sent)
			})
		})
	}
}

// stalled waits until a count grows no more, and returns it.
func stalled(t *testing.T, count *atomic.Int64) (last int64) {
	t.Helper()
	settle(t, func() string {
		time.Sleep(100 * time.Millisecond)
		if now := count.Load(); now != last || now == 0 {
			last = now
			return "the server reads on"
		}
		return ""
	})
	return last
}
