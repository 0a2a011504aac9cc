package rpc_test

import (
	"context"
	"fmt"
	"net"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tagwire/tagwire/rpc"
)

// edge is the limit of the tests below, in bytes.
const edge = 4096

// measures is a service that tells how long the text of a request is, and sends one of the length that it is asked for.
func measures() []*rpc.Service {
	svc := rpc.NewService("Echo")
	rpc.Handle(svc, "Echo", func(_ context.Context, req *Request) (*Reply, error) {
		return &Reply{Text: strings.Repeat("y", int(req.Number)), Number: int64(len(req.Text))}, nil
	})
	return []*rpc.Service{svc}
}

// TestLimitsAreInclusive: what is as large as a limit is served, and what is larger by one is not.
func TestLimitsAreInclusive(t *testing.T) {
	parallel(t)
	noLeaks(t)
	server := serve(t, measures(), rpc.WithLimits(rpc.Limits{
		MaxFrame: edge, MaxMessage: edge, MaxMethodName: 20, MaxHeader: 40, MaxHeaderEntries: 3,
	}))
	// message is a call that is size bytes long.
	message := func(size int) []byte {
		return call(t, 7, strings.Repeat("x", size-len(call(t, 7, ""))))
	}
	name := func(size int) []byte { return envelope(typeCall, strings.Repeat("n", size), 7, []byte{0}) }
	entries := func(n int) []byte {
		var pairs []string
		for i := range n {
			pairs = append(pairs, fmt.Sprint(i), "")
		}
		return stringBlock(pairs...)
	}
	small := call(t, 7, "")
	readBuffered := func(t testing.TB, conn net.Conn) []byte {
		buf := make([]byte, 1)
		_, err := conn.Read(buf)
		require.NoError(t, err)
		return buf
	}
	for what, c := range map[string]struct {
		most, more []byte
		read       func(t testing.TB, conn net.Conn) []byte
	}{
		"frame":           {frame(message(edge)), frame(message(edge + 1)), readFrame},
		"header's frame":  {header(7, nil, message(edge-14)), header(7, nil, message(edge-13)), readTTHeader},
		"buffered":        {message(edge), message(edge + 1), readBuffered},
		"name":            {frame(name(20)), frame(name(21)), readFrame},
		"name, buffered":  {name(20), name(21), readBuffered},
		"header":          {header(7, make([]byte, 38), small), header(7, make([]byte, 39), small), readTTHeader},
		"entries":         {header(7, entries(3), small), header(7, entries(4), small), readTTHeader},
		"several blocks":  {header(7, append(entries(2), entries(1)...), small), header(7, append(entries(2), entries(2)...), small), readTTHeader},
		"blocks of kinds": {header(7, append(intBlock(3, "a"), entries(2)...), small), header(7, append(intBlock(3, "a"), entries(3)...), small), readTTHeader},
	} {
		t.Run(what, func(t *testing.T) {
			conn := dial(t, server.address)
			for range 2 {
				send(t, conn, c.most)
				c.read(t, conn)
				if what == "buffered" || what == "name, buffered" {
					break // the rest of the reply is not read
				}
			}
			broken := server.broken.Load()
			send(t, dial(t, server.address), c.more)
			settle(t, func() string {
				if n := server.broken.Load() - broken; n != 1 {
					return fmt.Sprintf("%d connections ended by the limit", n)
				}
				return ""
			})
		})
	}
}

// TestNothingIsSentBeyondLimits: whatever the length of a message, a call between peers with the same limits works or ends in an
// error of the side that would send too much. It never costs the connection.
func TestNothingIsSentBeyondLimits(t *testing.T) {
	noLeaks(t)
	limits := rpc.WithLimits(rpc.Limits{MaxFrame: edge, MaxMessage: edge})
	for _, transport := range transports {
		for way, wanted := range map[string]rpc.Code{"call": rpc.CodeLimit, "reply": rpc.CodeInternal} {
			t.Run(transport.String()+" "+way, func(t *testing.T) {
				server := serve(t, measures(), limits)
				client := connect(t, server.address, limits, rpc.WithWay(transport), rpc.WithService("Echo"))
				longest := 0
				for n := edge - 200; n < edge+20; n++ {
					req := &Request{Number: int64(n)}
					if way == "call" {
						req = &Request{Text: strings.Repeat("x", n)}
					}
					_, err := rpc.Call[Request, Reply](context.Background(), client, "Echo", req)
					if err == nil {
						require.True(t, longest == 0 || longest == n-1, "%d is served, %d is the longest before", n, longest)
						longest = n
						continue
					}
					require.Equal(t, wanted, codeOf(t, err), "%d: %v", n, err)
				}
				require.Greater(t, longest, edge-200)
				require.Equal(t, int64(1), server.opened.Load())
			})
		}
	}
}
