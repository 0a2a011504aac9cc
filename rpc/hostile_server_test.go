package rpc_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/hex"
	"io"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tagwire/tagwire/rpc"
)

func unhex(t testing.TB, text string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(text, " ", ""))
	require.NoError(t, err)
	return b
}

// attacks are bytes that must cost a server nothing.
func attacks(t testing.TB) map[string][]byte {
	t.Helper()
	entries := header(1, append([]byte{1, 0xff, 0xff}, make([]byte, 1000)...), call(t, 1, "x"))
	return map[string][]byte{
		"method name of 2 GiB":             unhex(t, "80010001 7fffffff"),
		"negative method name":             unhex(t, "80010001 ffffffff"),
		"method name of 257 bytes":         envelope(typeCall, strings.Repeat("x", 257), 1, []byte{0}),
		"the same framed":                  frame(envelope(typeCall, strings.Repeat("x", 257), 1, []byte{0})),
		"frame of 4 GiB":                   unhex(t, "ffffffff 80010001"),
		"frame of 16 MiB and one":          unhex(t, "01000001 80010001"),
		"frame that holds nothing":         unhex(t, "00000000 80010001"),
		"frame shorter than its name":      unhex(t, "00000010 80010001 00000040 61616161 61616161"),
		"old frame shorter than its name":  unhex(t, "00000010 00000010 61616161 61616161 61616161"),
		"TTHeader of 4 GiB":                unhex(t, "ffffffff 10000000 00000001 0001 0000 0000"),
		"TTHeader longer than its message": unhex(t, "00000010 10000000 00000001 0010 0000 0000"),
		"TTHeader of 64 KiB and four":      unhex(t, "00100000 10000000 00000001 4001 0000 0000"),
		"TTHeader without anything":        unhex(t, "0000000a 10000000 00000001 0000 0000 0000"),
		"65,535 header entries":            entries,
		"257 header entries":               header(1, stringBlock(strings.Split(strings.Repeat("k,v,", 257)[:1027], ",")...), call(t, 1, "x")),
		"header block of unknown kind":     header(1, []byte{0x77, 0, 0}, call(t, 1, "x")),
		"header string beyond its end":     header(1, []byte{1, 0, 1, 0xff, 0xff, 'a'}, call(t, 1, "x")),
		"header with 200 transforms":       unhex(t, "00000010 10000000 00000001 0001 00 c8 0000 80010001"),
		"payload in another protocol":      append(unhex(t, "00000010 10000000 00000001 0001 03 00 0000"), 1, 2),
		"Binary said to be Compact":        headerOf(2, 1, nil, call(t, 1, "x")),
		"Compact said to be Binary":        headerOf(0, 1, nil, compactCall(t, 1, "x")),
		"Compact name of 2 GiB":            unhex(t, "82 21 01 8080808008"),
		"Compact name of 257 bytes":        compactEnvelope(typeCall, strings.Repeat("x", 257), 1, []byte{0}),
		"the same Compact name framed":     frame(compactEnvelope(typeCall, strings.Repeat("x", 257), 1, []byte{0})),
		"Compact name beyond its frame":    unhex(t, "00000008 82 21 01 7f 61616161"),
		"endless Compact sequence":         unhex(t, "82 21 ffffffffffffffffffffff"),
		"endless Compact length":           unhex(t, "82 21 01 ffffffffffffffffffff"),
		"endless number in a struct":       unhex(t, "82 21 01 04 4563686f 16 ffffffffffffffffffff"),
		"version 2 of Compact":             unhex(t, "82 22 01 04 4563686f 00"),
		"Protobuf name of 2 GiB":           unhex(t, "00000010 90010001 7fffffff 00000000 00000000"),
		"Protobuf name of 257 bytes":       protobufMessage(typeCall, strings.Repeat("x", 257), 1, nil),
		"Protobuf name beyond its frame":   unhex(t, "0000000d 90010001 00000002 61 00000000"),
		"Protobuf of 4 GiB":                unhex(t, "ffffffff 90010001"),
		"Protobuf without a length":        headerOf(0, 1, nil, protobufMessage(typeCall, "turn", 1, nil)[4:]),
		"Protobuf with a wrong length":     headerOf(0, 1, nil, append(unhex(t, "00000011"), protobufMessage(typeCall, "turn", 1, nil)[4:]...)),
		"Protobuf said to be Compact":      headerOf(2, 1, nil, protobufMessage(typeCall, "turn", 1, nil)),
		"Binary said to be Protobuf":       headerOf(4, 1, nil, call(t, 1, "x")),
		"version 2 of Kitex-Protobuf":      unhex(t, "00000010 90020001 00000004 7475726e 00000001"),
		"wrong checksum":                   header(1, stringBlock("crc32c", "00000000"), call(t, 1, "x")),
		"timeout that is no number":        header(1, intBlock(12, "soon"), call(t, 1, "x")),
		"THeader":                          unhex(t, "00000020 0fff0000 00000001 00010000"),
		"HTTP/1":                           []byte("GET / HTTP/1.1\r\n\r\n"),
		"zeros":                            make([]byte, 64),
		"old form without a frame":         oldEnvelope(typeCall, "Echo", 1, []byte{0}),
	}
}

// TestAttackBytes: bytes that are known to hurt other systems cost nothing here: the connection is closed at once.
func TestAttackBytes(t *testing.T) {
	noLeaks(t)
	server := serve(t, echo())
	for name, attack := range attacks(t) {
		t.Run(name, func(t *testing.T) {
			before := allocated()
			conn := dial(t, server.address)
			send(t, conn, attack)
			if strings.HasSuffix(name, " header entries") {
				// The call is known, so it is answered first.
				requireException(t, readTTHeader(t, conn), "Echo", 1, 7)
			}
			mustClose(t, conn)
			if got := allocated() - before; got > 1<<20 {
				t.Errorf("%d bytes were allocated", got)
			}
		})
	}
	server.says(t, "THeader")
}

// allocated returns the bytes that the process has allocated so far.
func allocated() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.TotalAlloc
}

// TestSlowSenders: a peer that begins a message and does not end it is disconnected after the read timeout, whether it stays
// silent or drips.
func TestSlowSenders(t *testing.T) {
	parallel(t)
	noLeaks(t)
	server := serve(t, echo(), rpc.WithReadTimeout(100*time.Millisecond))
	for name, whole := range map[string][]byte{
		"buffered": call(t, 1, strings.Repeat("x", 1000)),
		"framed":   frame(call(t, 1, strings.Repeat("x", 1000))),
		"ttheader": header(1, nil, call(t, 1, strings.Repeat("x", 1000))),
		"Compact":  compactCall(t, 1, strings.Repeat("x", 1000)),
	} {
		for _, bytesFirst := range []int{1, 4, 8, 40} {
			t.Run(name, func(t *testing.T) {
				conn := dial(t, server.address)
				send(t, conn, whole[:bytesFirst])
				mustClose(t, conn)
			})
		}
		t.Run(name+" dripping", func(t *testing.T) {
			conn := dial(t, server.address)
			closed := make(chan struct{})
			go func() {
				defer close(closed)
				_, _ = io.Copy(io.Discard, conn)
			}()
			for i := 0; ; i++ {
				if _, err := conn.Write(whole[i%900 : i%900+1]); err != nil {
					break
				}
				select {
				case <-closed:
					return
				case <-time.After(5 * time.Millisecond):
				}
			}
		})
	}
}

// TestPieces: a message may arrive in any pieces, and several in one.
func TestPieces(t *testing.T) {
	noLeaks(t)
	server := serve(t, echo())
	for name, whole := range map[string][]byte{
		"buffered":          call(t, 1, "piece"),
		"framed":            frame(call(t, 1, "piece")),
		"ttheader":          header(1, stringBlock("isn", "Echo"), call(t, 1, "piece")),
		"both":              header(1, nil, frame(call(t, 1, "piece"))),
		"Compact, buffered": compactCall(t, 1, "piece"),
		"Compact, framed":   frame(compactCall(t, 300, "piece")),
		"Compact, ttheader": headerOf(2, 1, nil, compactCall(t, 1, "piece")),
		"Compact, both":     headerOf(2, 1, nil, frame(compactCall(t, 1, "piece"))),
	} {
		t.Run(name, func(t *testing.T) {
			conn := dial(t, server.address)
			send(t, conn, whole, whole, whole)
			reply := make([]byte, 0, 4096)
			for bytes.Count(reply, []byte("piece")) < 3 {
				n, err := conn.Read(reply[len(reply):cap(reply)])
				require.NoError(t, err)
				reply = reply[:len(reply)+n]
			}
			for i := range whole {
				send(t, conn, whole[i:i+1])
				if i%7 == 0 {
					time.Sleep(time.Millisecond)
				}
			}
			one := make([]byte, len(reply)/3)
			_, err := io.ReadFull(conn, one)
			require.NoError(t, err)
			require.Equal(t, reply[:len(one)], one)
		})
	}
}

// TestGarbageInFrames: what is wrong inside a frame is answered, and the connection goes on.
func TestGarbageInFrames(t *testing.T) {
	noLeaks(t)
	server := serve(t, echo())
	conn := dial(t, server.address)
	good := arguments(t, 1, &Request{Text: "x"})
	for name, body := range map[string][]byte{
		"type that does not exist": {0x55, 0, 1, 0},
		"ends early":               good[:len(good)-2],
		"bytes behind":             append(append([]byte(nil), good...), 0, 0, 0),
		"string of 2 GiB":          unhex(t, "0c 0001 0b 0001 7fffffff 00 00"),
		"list of 2 billion":        unhex(t, "0f 0009 0c 7fffffff 00"),
	} {
		t.Run(name, func(t *testing.T) {
			send(t, conn, frame(envelope(typeCall, "Echo", 7, body)))
			requireException(t, readFrame(t, conn), "Echo", 7, 7)
			send(t, conn, frame(call(t, 8, "still there")))
			requireEcho(t, readFrame(t, conn), 8, "still there")
		})
	}
}

// TestGarbageAfterFrames: calls before garbage are answered, then the connection is closed.
func TestGarbageAfterFrames(t *testing.T) {
	noLeaks(t)
	server := serve(t, echo())
	conn := dial(t, server.address)
	send(t, conn, frame(call(t, 1, "a")), frame(call(t, 2, "b")), []byte("garbage, garbage"))
	requireEcho(t, readFrame(t, conn), 1, "a")
	requireEcho(t, readFrame(t, conn), 2, "b")
	mustClose(t, conn)
	settle(t, func() string {
		if server.broken.Load() != 1 {
			return "the broken connection was not reported"
		}
		return ""
	})
}

// Tree is a type whose values take much more memory than bytes.
type Tree struct {
	Children []*Tree `frugal:"1,default,list<Tree>"`
	A, B, C  string
	Numbers  [][]int64 `frugal:"2,default,list<list<i64>>"`
}

// TestMaxAlloc: a frame within its limit that decodes to more memory than allowed is refused.
func TestMaxAlloc(t *testing.T) {
	noLeaks(t)
	svc := rpc.NewService("Trees")
	rpc.Handle(svc, "Plant", func(_ context.Context, tree *Tree) (*rpc.Void, error) { return nil, nil })
	server := serve(t, []*rpc.Service{svc}, rpc.WithLimits(rpc.Limits{MaxAlloc: 1 << 20}))
	count := 200_000
	body := binary.BigEndian.AppendUint32(unhex(t, "0c 0001 0f 0001 0c"), uint32(count))
	body = append(append(body, make([]byte, count)...), 0, 0)
	conn := dial(t, server.address)
	before := allocated()
	send(t, conn, frame(envelope(typeCall, "Plant", 1, body)))
	requireException(t, readFrame(t, conn), "Plant", 1, 7)
	if got := allocated() - before; got > 8<<20 {
		t.Errorf("%d bytes were allocated", got)
	}
}

// TestConnectionLimit: connections beyond the limit are closed, and served again once there is room.
func TestConnectionLimit(t *testing.T) {
	noLeaks(t)
	server := serve(t, echo(), rpc.WithLimits(rpc.Limits{MaxConnections: 2}))
	first, second := dial(t, server.address), dial(t, server.address)
	send(t, first, frame(call(t, 1, "a")))
	requireEcho(t, readFrame(t, first), 1, "a")
	send(t, second, frame(call(t, 1, "a")))
	requireEcho(t, readFrame(t, second), 1, "a")
	mustClose(t, dial(t, server.address))
	settle(t, func() string {
		if server.refused.Load() != 1 {
			return "the refused connection was not reported"
		}
		return ""
	})
	require.NoError(t, first.Close())
	settle(t, func() string {
		if server.open.Load() != 1 {
			return "the closed connection still counts"
		}
		return ""
	})
	third := dial(t, server.address)
	send(t, third, frame(call(t, 1, "c")))
	requireEcho(t, readFrame(t, third), 1, "c")
}

// TestFloodWhileWorking: a peer that goes on sending while its call is worked on is closed soon after it has exceeded
// its limit, or not read from.
func TestFloodWhileWorking(t *testing.T) {
	parallel(t)
	noLeaks(t)
	svc := rpc.NewService("Slow")
	release := make(chan struct{})
	rpc.Handle(svc, "Wait", func(ctx context.Context, _ *rpc.Void) (*rpc.Void, error) {
		select {
		case <-release:
		case <-ctx.Done():
		}
		return nil, nil
	})
	server := serve(t, []*rpc.Service{svc}, rpc.WithLimits(rpc.Limits{MaxPending: 1 << 20}))
	conn := dial(t, server.address)
	send(t, conn, frame(envelope(typeCall, "Wait", 1, []byte{0})))
	chunk := make([]byte, 64<<10)
	sent := 0
	for {
		// A server that stops reading will do as well.
		require.NoError(t, conn.SetWriteDeadline(time.Now().Add(time.Second)))
		n, err := conn.Write(chunk)
		sent += n
		if err != nil {
			break
		}
		time.Sleep(100 * time.Microsecond)
	}
	if sent > 256<<20 {
		t.Errorf("the server took %d bytes", sent)
	}
	close(release)
}

// TestClientThatNeverReads: replies that are not read end the connection after the write timeout.
func TestClientThatNeverReads(t *testing.T) {
	noLeaks(t)
	svc := rpc.NewService("Big")
	big := strings.Repeat("x", 1<<20)
	rpc.Handle(svc, "Get", func(context.Context, *rpc.Void) (*Reply, error) { return &Reply{Text: big}, nil })
	server := serve(t, []*rpc.Service{svc}, rpc.WithWriteTimeout(100*time.Millisecond))
	conn := dial(t, server.address)
	for range 64 {
		send(t, conn, frame(envelope(typeCall, "Get", 1, []byte{0})))
	}
	settle(t, func() string {
		if server.open.Load() != 0 {
			return "the connection is still open"
		}
		return ""
	})
}

// TestIdleTimeout: connections that have nothing to say are closed, those that just did are not.
func TestIdleTimeout(t *testing.T) {
	noLeaks(t)
	server := serve(t, echo(), rpc.WithIdleTimeout(50*time.Millisecond))
	conn := dial(t, server.address)
	send(t, conn, frame(call(t, 1, "a")))
	requireEcho(t, readFrame(t, conn), 1, "a")
	mustClose(t, conn)
}
