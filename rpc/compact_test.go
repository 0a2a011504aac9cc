package rpc_test

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"math/rand"
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tagwire/tagwire"
	"github.com/tagwire/tagwire/rpc"
)

// readExactly reads as many bytes as are wanted, and compares them.
func readExactly(t *testing.T, conn net.Conn, want []byte, what string) {
	t.Helper()
	got := make([]byte, len(want))
	_, err := io.ReadFull(conn, got)
	require.NoError(t, err, what)
	require.Equal(t, want, got, what)
}

// TestCompactInKind: a server answers in the format, and in the transport, that each message comes in, also in turns on one connection.
func TestCompactInKind(t *testing.T) {
	noLeaks(t)
	server := serve(t, echo())
	conn := dial(t, server.address)
	result := unhex(t, "0c 00 18 01 78 16 00 00 00") // {0: {1: "x", 2: 0}}
	reply := compactEnvelope(typeReply, "Echo", 300, result)
	require.Equal(t, unhex(t, "82 41 ac02 04 4563686f"), reply[:9])
	for range 3 {
		for name, c := range map[string][2][]byte{
			"buffered":              {compactCall(t, 300, "x"), reply},
			"framed":                {frame(compactCall(t, 300, "x")), frame(reply)},
			"ttheader":              {headerOf(2, 9, nil, compactCall(t, 300, "x")), headerOf(2, 9, nil, reply)},
			"ttheader, framed":      {headerOf(2, 9, nil, frame(compactCall(t, 300, "x"))), headerOf(2, 9, nil, frame(reply))},
			"Binary, framed":        {frame(call(t, 5, "x")), frame(envelope(typeReply, "Echo", 5, arguments(t, 0, &Reply{Text: "x"})))},
			"Binary, buffered":      {call(t, 5, "x"), envelope(typeReply, "Echo", 5, arguments(t, 0, &Reply{Text: "x"}))},
			"a sequence id below 0": {frame(compactCall(t, -1, "x")), frame(compactEnvelope(typeReply, "Echo", -1, result))},
		} {
			send(t, conn, c[0])
			readExactly(t, conn, c[1], name)
		}
	}
	// Exceptions too; and the arguments of a method that there is not are read over.
	arguments := unhex(t, "13 05 11 19 35 02 04 06 1b 01 88 01 61 01 62 1c 15 02 00 17 0000000000000000 1d 00000000000000000000000000000000 00")
	exception := func(text string, kind byte) []byte {
		body := append(append([]byte{0x18, byte(len(text))}, text...), 0x15, kind<<1, 0)
		return compactEnvelope(typeException, "x", 1, body)
	}
	for name, framing := range map[string]func([]byte) []byte{"framed": frame, "buffered": func(b []byte) []byte { return b }} {
		send(t, conn, framing(compactEnvelope(typeCall, "x", 1, arguments)))
		readExactly(t, conn, framing(exception("unknown method x", 1)), name)
		send(t, conn, framing(compactEnvelope(typeOneway, "x", 1, arguments)), framing(compactEnvelope(7, "x", 1, arguments)))
		readExactly(t, conn, framing(exception("the message is neither a call nor oneway", 2)), name)
		send(t, conn, framing(compactCall(t, 300, "x")))
		readExactly(t, conn, framing(reply), name)
	}
}

// TestShortestCompact: a message of less than eight bytes is not waited on.
func TestShortestCompact(t *testing.T) {
	noLeaks(t)
	svc := rpc.NewService("Short")
	for _, name := range []string{"a", "bb", "ccc"} {
		rpc.Handle(svc, name, func(context.Context, *rpc.Void) (*rpc.Void, error) { return nil, nil })
	}
	server := serve(t, []*rpc.Service{svc})
	conn := dial(t, server.address)
	for _, name := range []string{"a", "bb", "ccc", "a"} {
		send(t, conn, compactEnvelope(typeCall, name, 1, []byte{0}))
		readExactly(t, conn, compactEnvelope(typeReply, name, 1, []byte{0}), name)
		send(t, conn, compactEnvelope(typeCall, name, 2, []byte{0}), compactEnvelope(typeCall, name, 3, []byte{0}))
		readExactly(t, conn, compactEnvelope(typeReply, name, 2, []byte{0}), name)
		readExactly(t, conn, compactEnvelope(typeReply, name, 3, []byte{0}), name)
		client := connect(t, server.address, rpc.WithTransport(rpc.Buffered), rpc.WithFormat(tagwire.ThriftCompact))
		_, err := rpc.Call[rpc.Void, rpc.Void](context.Background(), client, name, nil)
		require.NoError(t, err)
	}
	// One without a name is refused, which is an answer as well.
	send(t, conn, compactEnvelope(typeCall, "", 1, []byte{0}))
	one := make([]byte, 4)
	_, err := io.ReadFull(conn, one)
	require.NoError(t, err)
	require.Equal(t, []byte{0x82, typeException<<5 | 1, 1, 0}, one)
}

// TestCompactGarbage: what is wrong inside a message whose end is known is answered, and the connection goes on.
func TestCompactGarbage(t *testing.T) {
	noLeaks(t)
	server := serve(t, echo())
	conn := dial(t, server.address)
	good := compactArguments(t, 1, &Request{Text: "x"})
	for name, body := range map[string][]byte{
		"type that does not exist": unhex(t, "1e 00"),
		"ends early":               good[:len(good)-2],
		"bytes behind":             append(bytes.Clone(good), 0, 0, 0),
		"string of 2 GiB":          unhex(t, "1c 18 8080808008 00 00"),
		"list of 2 billion":        unhex(t, "99 fc ffffffff07 00"),
		"number without an end":    unhex(t, "1c 26 ffffffffffffffffffff 00 00"),
		"number beyond 64 bits":    unhex(t, "1c 26 ffffffffffffffffff02 00 00"),
		"field id beyond 16 bits":  unhex(t, "05 808004 00 00"),
		"nothing":                  nil,
	} {
		t.Run(name, func(t *testing.T) {
			send(t, conn, frame(compactEnvelope(typeCall, "Echo", 7, body)))
			reply := readFrame(t, conn)
			require.Equal(t, compactEnvelope(typeException, "Echo", 7, nil), reply[:8])
			require.Equal(t, []byte{0x15, 7 << 1, 0}, reply[len(reply)-3:])
			send(t, conn, frame(call(t, 8, "still there")))
			requireEcho(t, readFrame(t, conn), 8, "still there")
		})
	}
}

// TestFormatOfReply: a client that is answered in another format than it called in says so, and drops the connection.
func TestFormatOfReply(t *testing.T) {
	noLeaks(t)
	for name, c := range map[string]struct {
		format tagwire.Format
		reply  []byte
		says   string
	}{
		"Binary to Compact":      {tagwire.ThriftCompact, envelope(typeReply, "Echo", 1, []byte{0}), "Thrift Binary"},
		"Compact to Binary":      {tagwire.ThriftBinary, compactEnvelope(typeReply, "Echo", 1, []byte{0}), "Thrift Compact"},
		"an exception in Binary": {tagwire.ThriftCompact, envelope(typeException, "Echo", 1, []byte{0}), "Thrift Binary"},
	} {
		t.Run(name, func(t *testing.T) {
			address, connections := fake(t, func(conn net.Conn) {
				for {
					if _, err := conn.Read(make([]byte, 100)); err != nil {
						return
					}
					_, _ = conn.Write(frame(c.reply))
				}
			})
			client := connect(t, address, rpc.WithFormat(c.format))
			for i := range 2 {
				_, err := callEcho(client, "x")
				require.Equal(t, rpc.CodeInvalidReply, codeOf(t, err))
				require.ErrorContains(t, err, c.says)
				require.ErrorContains(t, err, "rpc.WithFormat")
				require.Equal(t, int64(i+1), connections.Load())
			}
		})
	}
	_, err := rpc.NewClient(rpc.WithAddresses("a:1"), rpc.WithFormat(99))
	require.ErrorIs(t, err, rpc.CodeContract)
	require.ErrorContains(t, err, "tagwire.ThriftCompact")
}

// TestFormatIsTold: interceptors learn the format of a call, on either side.
func TestFormatIsTold(t *testing.T) {
	noLeaks(t)
	told := make(chan string, 10)
	tell := rpc.WithInterceptors(rpc.Interceptor{
		Call: func(ctx context.Context, call *rpc.CallInfo, next func(context.Context) error) error {
			told <- call.Side.String() + " " + call.Format.String()
			return next(ctx)
		},
		Rejected: func(_ context.Context, call *rpc.CallInfo, _ *rpc.Error) { told <- "rejected " + call.Format.String() },
	})
	server := serve(t, echo(), tell)
	client := connect(t, server.address, tell, rpc.WithFormat(tagwire.ThriftCompact))
	_, err := callEcho(client, "x")
	require.NoError(t, err)
	require.Equal(t, "client Thrift Compact", <-told)
	require.Equal(t, "server Thrift Compact", <-told)
	_, err = rpc.Call[Request, Reply](context.Background(), client, "Nowhere", &Request{})
	require.ErrorIs(t, err, rpc.CodeUnknownMethod)
	require.Equal(t, "client Thrift Compact", <-told)
	require.Equal(t, "rejected Thrift Compact", <-told)
}

// foreignFormat is a protocol whose messages say that they are in a format that there is not.
type foreignFormat struct{ toy }

func (f foreignFormat) Read(r rpc.Reader, m *rpc.Message, limits *rpc.Limits) error {
	m.Format = 77
	return f.toy.Read(r, m, limits)
}

// TestUnknownFormat: a protocol from outside may name an unknown format; its call is refused.
func TestUnknownFormat(t *testing.T) {
	noLeaks(t)
	server := serve(t, []*rpc.Service{failing()}, rpc.WithProtocol(foreignFormat{}))
	_, err := find.Call(context.Background(), connect(t, server.address, rpc.WithTransport(toy{})), &Request{})
	require.Equal(t, rpc.CodeInvalidProtocol, codeOf(t, err))
	require.ErrorContains(t, err, "77")
}

// TestCompactPrefixesAndMutations: a server outlives every prefix of a message and every changed byte of it, and ends the connection.
func TestCompactPrefixesAndMutations(t *testing.T) {
	noLeaks(t)
	listener := newPipes()
	serveOn(t, listener, fuzzed(1000), rpc.WithLimits(rpc.Limits{MaxAlloc: 1 << 20}), rpc.WithReadTimeout(time.Second),
		rpc.WithLogger(slog.New(slog.DiscardHandler)))
	converse := func(data []byte) {
		conn := listener.dial()
		_ = conn.SetDeadline(time.Now().Add(patience))
		done := make(chan struct{})
		go func() {
			defer close(done)
			_, _ = io.Copy(io.Discard, conn)
		}()
		if _, err := conn.Write(data); isTimeout(err) {
			t.Errorf("the server does not read % x", data)
		}
		_ = conn.Close()
		<-done
	}
	plain := compactEnvelope(typeCall, "Store:get", 300, unhex(t, "16 a806 1c 11 00 00"))
	random := rand.New(rand.NewSource(7))
	for _, whole := range [][]byte{
		plain, frame(plain), headerOf(2, 1, nil, plain), headerOf(2, 1, stringBlock("isn", "Store"), frame(plain)), compactCall(t, 1, "text"),
	} {
		for n := range whole {
			converse(whole[:n])
		}
		for i, old := range whole {
			for range 6 {
				whole[i] = byte(random.Intn(256))
				converse(whole)
			}
			whole[i] = old ^ 0x80
			converse(whole)
			whole[i] = old
		}
	}
	conn := listener.dial()
	defer func() { _ = conn.Close() }()
	send(t, conn, frame(call(t, 3, "healthy")))
	requireEcho(t, readFrame(t, conn), 3, "healthy")
}
