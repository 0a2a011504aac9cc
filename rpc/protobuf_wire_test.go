package rpc_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"log/slog"
	"math/rand"
	"net"
	"reflect"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tagwire/tagwire"
	"github.com/tagwire/tagwire/rpc"
)

// protobufMessage is a message of Kitex-Protobuf with its length, made here without the code under test.
func protobufMessage(kind byte, name string, sequence int32, body []byte) []byte {
	b := binary.BigEndian.AppendUint32([]byte{0x90, 0x01, 0, kind}, uint32(len(name)))
	b = binary.BigEndian.AppendUint32(append(b, name...), uint32(sequence))
	return frame(append(b, body...))
}

// pageText is a Page with a text of less than 128 bytes.
func pageText(text string) []byte { return append([]byte{1<<3 | 2, byte(len(text))}, text...) }

// TestProtobufInKind: a server answers as it is called, in turns with Thrift on one connection, and goes on after what it refuses.
func TestProtobufInKind(t *testing.T) {
	noLeaks(t)
	l := new(library)
	server := serve(t, append(libraryService(l), echo()...))
	conn := dial(t, server.address)
	exception := func(code byte, text string) []byte {
		return append([]byte{1 << 3, code, 2<<3 | 2, byte(len(text))}, text...)
	}
	deep := []byte{}
	for range 30 {
		deep = append([]byte{3<<3 | 2, byte(len(deep))}, deep...)
	}
	for range 3 {
		for _, c := range []struct {
			name       string
			call, want []byte
		}{
			{"reply", protobufMessage(typeCall, "Same", 300, pageText("x")), protobufMessage(typeReply, "Same", 300, pageText("x"))},
			{"with the service", protobufMessage(typeCall, "Library:Same", 300, pageText("x")), protobufMessage(typeReply, "Same", 300, pageText("x"))},
			{"turn", protobufMessage(typeCall, "turn", -1, pageText("x")), protobufMessage(typeReply, "turn", -1, append(pageText("x!"), 2<<3, 1))},
			{"nothing", protobufMessage(typeCall, "turn", 0, pageText("nothing")), protobufMessage(typeReply, "turn", 0, nil)},
			{"empty", protobufMessage(typeCall, "ping", 1, nil), protobufMessage(typeReply, "ping", 1, pageText("pong"))},
			{"unknown fields", protobufMessage(typeCall, "ping", 1, unhex(t, "4a 02 6162 50 01")), protobufMessage(typeReply, "ping", 1, pageText("pong"))},
			{"Thrift", frame(envelope(typeCall, "Echo:Echo", 1, arguments(t, 1, &Request{Text: "x"}))),
				frame(envelope(typeReply, "Echo", 1, arguments(t, 0, &Reply{Text: "x"})))},
			{"unknown method", protobufMessage(typeCall, "x", 1, pageText("x")), protobufMessage(typeException, "x", 1, exception(1, "unknown method x"))},
			{"unknown type", protobufMessage(9, "turn", 1, nil), protobufMessage(typeException, "turn", 1, exception(2, "the message is neither a call nor oneway"))},
			{"error", protobufMessage(typeCall, "turn", 1, pageText("torn")), protobufMessage(typeException, "turn", 1, exception(6, "wrapped: page 0 is torn"))},
			{"of Thrift", protobufMessage(typeCall, "Thrift", 1, nil), protobufMessage(typeException, "Thrift", 1, exception(9, "Thrift does not take arguments in Protobuf"))},
			{"header", headerOf(0, 9, stringBlock("isn", "Library"), protobufMessage(typeCall, "Same", 9, pageText("x"))),
				headerOf(0, 9, nil, protobufMessage(typeReply, "Same", 9, pageText("x")))},
			{"old header", headerOf(3, 9, nil, protobufMessage(typeCall, "ping", 9, nil)), headerOf(0, 9, nil, protobufMessage(typeReply, "ping", 9, pageText("pong")))},
			{"business error", headerOf(0, 9, nil, protobufMessage(typeCall, "turn", 9, pageText("business"))),
				headerOf(0, 9, stringBlock("biz-status", "42", "biz-message", "lent", "biz-extra", `{"to":"you"}`), protobufMessage(typeReply, "turn", 9, nil))},
		} {
			send(t, conn, c.call)
			readExactly(t, conn, c.want, c.name)
		}
		for _, wrong := range [][]byte{{1<<3 | 2}, {1<<3 | 2, 5, 'x'}, {0}, {7}, {1<<3 | 2, 1, 0xff}, unhex(t, "10 ffffffffffffffffffff"), deep[:len(deep)-1]} {
			send(t, conn, protobufMessage(typeCall, "turn", 7, wrong))
			reply := readFrame(t, conn)
			require.Equal(t, protobufMessage(typeException, "turn", 7, nil)[4:], reply[:16])
			require.Equal(t, []byte{1 << 3, 7, 2<<3 | 2}, reply[16:19], "% x", wrong)
		}
		// A oneway message is not answered, whatever becomes of it.
		told := l.told.Load()
		send(t, conn, protobufMessage(typeOneway, "turn", 1, pageText("tell")), protobufMessage(typeOneway, "turn", 1, pageText("torn")),
			protobufMessage(typeOneway, "turn", 1, []byte{7}), protobufMessage(typeOneway, "Nowhere", 1, nil), protobufMessage(typeOneway, "Thrift", 1, nil),
			protobufMessage(typeCall, "Oneway", 1, nil),
			headerOf(0, 9, nil, protobufMessage(typeOneway, "turn", 1, pageText("tell"))),
			outOfOrder(headerOf(0, 10, nil, protobufMessage(typeCall, "ping", 10, nil))))
		readExactly(t, conn, outOfOrder(headerOf(0, 10, nil, protobufMessage(typeReply, "ping", 10, pageText("pong")))), "the only reply")
		require.Equal(t, told+2, l.told.Load())
		conn = dial(t, server.address) // the other is multiplexed from now on
	}
}

// TestOnewayIsNeverAnswered: neither where the method has a reply.
func TestOnewayIsNeverAnswered(t *testing.T) {
	noLeaks(t)
	seen := make(chan bool, 2)
	server := serve(t, echo(), rpc.WithInterceptors(rpc.Interceptor{
		Call: func(ctx context.Context, call *rpc.CallInfo, next func(context.Context) error) error {
			seen <- call.Oneway
			return next(ctx)
		},
	}))
	conn := dial(t, server.address)
	body := arguments(t, 1, &Request{Text: "x"})
	send(t, conn, frame(envelope(typeOneway, "Echo", 1, body)), frame(envelope(typeCall, "Echo", 2, body)))
	requireEcho(t, readFrame(t, conn), 2, "x")
	require.True(t, <-seen)
	require.False(t, <-seen)
}

// TestProtobufBytesOfClient: what clients send, over each transport.
func TestProtobufBytesOfClient(t *testing.T) {
	noLeaks(t)
	for name, c := range map[string]struct {
		options []rpc.ClientOption
		want    func(sequence int32) []byte
		reply   func(sequence int32, message []byte) []byte
	}{
		"framed": {nil, func(s int32) []byte { return protobufMessage(typeCall, "turn", s, pageText("x")) },
			func(_ int32, m []byte) []byte { return m }},
		"ttheader": {[]rpc.ClientOption{rpc.WithTransport(rpc.TTHeader)},
			func(s int32) []byte {
				return headerOf(0, s, intBlock(12, "5000"), protobufMessage(typeCall, "turn", s, pageText("x")))
			},
			func(s int32, m []byte) []byte { return headerOf(0x10, s, nil, m) }},
		"multiplexed": {[]rpc.ClientOption{rpc.WithTransport(rpc.TTHeaderFramed), rpc.WithConnections(rpc.Multiplexed)},
			func(s int32) []byte {
				return outOfOrder(headerOf(0, s, intBlock(12, "5000"), protobufMessage(typeCall, "turn", s, pageText("x"))))
			},
			func(s int32, m []byte) []byte { return outOfOrder(headerOf(4, s, nil, m)) }},
	} {
		t.Run(name, func(t *testing.T) {
			got := make(chan []byte, 1)
			address, _ := fake(t, func(conn net.Conn) {
				buf := make([]byte, 4096)
				n, err := io.ReadAtLeast(conn, buf, len(c.want(1)))
				if err != nil {
					return
				}
				got <- buf[:n]
				sequence := sequenceOf(buf[:n])
				_, _ = conn.Write(c.reply(sequence, protobufMessage(typeReply, "turn", sequence, pageText("y"))))
				_, _ = io.Copy(io.Discard, conn)
			})
			client := connect(t, address, append(c.options, rpc.WithTimeout(0))...)
			ctx, cancel := context.WithTimeout(context.Background(), patience)
			defer cancel()
			reply, err := turn.Call(ctx, client, &Page{Text: "x"})
			require.NoError(t, err)
			require.Equal(t, &Page{Text: "y"}, reply)
			sent := <-got
			want := c.want(sequenceOf(sent))
			if name != "framed" { // what is left of the time is in the header
				at := len(want) - len(protobufMessage(typeCall, "turn", 1, pageText("x")))
				require.Equal(t, want[4:22], sent[4:22])
				require.Equal(t, want[at:], sent[at:])
				return
			}
			require.Equal(t, want, sent)
		})
	}
}

// sequenceOf returns the sequence id of a call with the page x, which is behind it.
func sequenceOf(call []byte) int32 {
	return int32(binary.BigEndian.Uint32(call[len(call)-len(pageText("x"))-4:]))
}

// TestHostileRepliesInProtobuf: whatever a server sends, the call ends with an error that says so.
func TestHostileRepliesInProtobuf(t *testing.T) {
	noLeaks(t)
	good := pageText("y")
	for name, c := range map[string]struct {
		reply []byte
		code  rpc.Code
	}{
		"Thrift":               {frame(envelope(typeReply, "turn", 1, []byte{0})), rpc.CodeInvalidReply},
		"Thrift's exception":   {frame(envelope(typeException, "turn", 1, []byte{0})), rpc.CodeInvalidReply},
		"Compact":              {frame(compactEnvelope(typeReply, "turn", 1, []byte{0})), rpc.CodeInvalidReply},
		"another name":         {protobufMessage(typeReply, "tarn", 1, good), rpc.CodeWrongMethodName},
		"another id":           {protobufMessage(typeReply, "turn", 2, good), rpc.CodeBadSequence},
		"a call":               {protobufMessage(typeCall, "turn", 1, good), rpc.CodeInvalidReply},
		"unknown type":         {protobufMessage(0, "turn", 1, good), rpc.CodeInvalidReply},
		"cut":                  {protobufMessage(typeReply, "turn", 1, good[:2]), rpc.CodeInvalidReply},
		"not UTF-8":            {protobufMessage(typeReply, "turn", 1, pageText("\xff")), rpc.CodeInvalidReply},
		"too deep":             {protobufMessage(typeReply, "turn", 1, unhex(t, "1a 08 1a 06 1a 04 1a 02 1a 00")), rpc.CodeInvalidReply},
		"too much memory":      {protobufMessage(typeReply, "turn", 1, bytes.Repeat([]byte{3<<3 | 2, 0}, 3000)), rpc.CodeInvalidReply},
		"too large":            {protobufMessage(typeReply, "turn", 1, make([]byte, 70_000)), rpc.CodeLimit},
		"shorter than said":    {append(unhex(t, "00000040"), protobufMessage(typeReply, "turn", 1, good)[4:]...), rpc.CodeClosed},
		"longer name":          {unhex(t, "00000010 90010002 00000040 7475726e 00000001"), rpc.CodeInvalidReply},
		"another version":      {unhex(t, "00000010 90020002 00000004 7475726e 00000001"), rpc.CodeInvalidReply},
		"buffered":             {protobufMessage(typeReply, "turn", 1, good)[4:], rpc.CodeLimit},
		"a wrong exception":    {protobufMessage(typeException, "turn", 1, []byte{7}), rpc.CodeInvalidReply},
		"an exception":         {protobufMessage(typeException, "turn", 1, unhex(t, "08 8d02 12 01 61")), 269},
		"one without a name":   {protobufMessage(typeException, "", 0, unhex(t, "08 07")), rpc.CodeProtocolError},
		"one of a local code":  {protobufMessage(typeException, "turn", 1, unhex(t, "08 e907")), rpc.CodeUnknown},
		"one of a code below":  {protobufMessage(typeException, "turn", 1, unhex(t, "08 ffffffffffffffffff01")), rpc.CodeUnknown},
		"nothing but its name": {protobufMessage(typeReply, "turn", 1, nil), 0},
	} {
		t.Run(name, func(t *testing.T) {
			address, _ := fake(t, func(conn net.Conn) {
				if _, err := conn.Read(make([]byte, 4096)); err == nil {
					_, _ = conn.Write(c.reply)
				}
			})
			client := connect(t, address, rpc.WithTimeout(patience), rpc.WithLimits(rpc.Limits{MaxDepth: 4, MaxAlloc: 60_000, MaxFrame: 60_000}))
			reply, err := turn.Call(context.Background(), client, &Page{Text: "x"})
			if c.code == 0 && name == "nothing but its name" {
				require.NoError(t, err)
				require.Equal(t, new(Page), reply)
				return
			}
			require.Nil(t, reply)
			require.Equal(t, c.code, codeOf(t, err), "%v", err)
		})
	}
}

// TestProtobufLimits: what exceeds a limit is refused, and sent neither.
func TestProtobufLimits(t *testing.T) {
	noLeaks(t)
	server := serve(t, libraryService(new(library)), rpc.WithLimits(rpc.Limits{MaxFrame: 50_000, MaxAlloc: 60_000, MaxDepth: 4}))
	for name, options := range protobufWays {
		t.Run(name, func(t *testing.T) {
			client := connect(t, server.address, append(options, rpc.WithTimeout(patience))...)
			deep := &Page{Notes: []*Page{{Notes: []*Page{{Notes: []*Page{{Notes: []*Page{{}}}}}}}}}
			_, err := turn.Call(context.Background(), client, deep)
			require.Equal(t, rpc.CodeProtocolError, codeOf(t, err))
			require.ErrorContains(t, err, "depth")
			_, err = turn.Call(context.Background(), client, &Page{Notes: make([]*Page, 3000)})
			if err == nil {
				t.Fatal("nil notes passed")
			}
			many := new(Page)
			for range 3000 {
				many.Notes = append(many.Notes, new(Page))
			}
			_, err = turn.Call(context.Background(), client, many)
			require.Equal(t, rpc.CodeProtocolError, codeOf(t, err))
			require.ErrorContains(t, err, "size limit")
			_, err = turn.Call(context.Background(), client, &Page{Text: strings.Repeat("x", 60_000)})
			require.Contains(t, []rpc.Code{rpc.CodeProtocolError, rpc.CodeClosed}, codeOf(t, err))
			small := connect(t, server.address, append(options, rpc.WithLimits(rpc.Limits{MaxFrame: 1000}))...)
			_, err = turn.Call(context.Background(), small, &Page{Text: strings.Repeat("x", 1000)})
			require.Equal(t, rpc.CodeLimit, codeOf(t, err))
			_, err = ping.Call(context.Background(), small, nil)
			require.NoError(t, err)
		})
	}
}

// TestProtobufMemory: requests and replies may lie in memory of earlier ones, also in many calls at once, and refer to each other.
func TestProtobufMemory(t *testing.T) {
	for name, options := range protobufWays {
		t.Run(name, func(t *testing.T) {
			noLeaks(t)
			server := serve(t, libraryService(new(library)), rpc.WithRequestReuse())
			var contract Library
			connect(t, server.address, append(options, rpc.WithContract(&contract, ofProtobuf...), rpc.WithTimeout(patience))...)
			var group sync.WaitGroup
			for caller := range 6 {
				group.Add(1)
				go func() {
					defer group.Done()
					var arena tagwire.Arena
					ctx := context.Background()
					if caller%2 == 0 {
						ctx = rpc.WithReplyArena(ctx, &arena)
					}
					seen := map[*Page]bool{}
					for i := range 60 {
						want := pageOf(100*caller+i, []int{0, 1, 50, 500}[(caller+i)%4])
						got, err := contract.Same(ctx, want)
						if err != nil || !reflect.DeepEqual(want, got) {
							t.Errorf("call %d: another reply, %v", i, err)
							return
						}
						seen[got] = true
						if got, err = contract.Same(ctx, nil); err != nil || !reflect.DeepEqual(new(Page), got) {
							t.Errorf("call %d: %v is not empty, %v", i, got, err)
						}
						arena.Reset()
					}
					if caller%2 == 0 && len(seen) > 30 {
						t.Errorf("%d of 60 replies lie in memory of their own", len(seen))
					}
				}()
			}
			group.Wait()
		})
	}
}

// initialPage is a message with a default that is not sent.
type initialPage struct {
	Text   string `protobuf:"1"`
	Reader string
}

// initialize is what InitDefault does.
var initialize func(*initialPage)

func (p *initialPage) InitDefault() {
	if initialize != nil {
		initialize(p)
	}
}

// TestDefaultsOfProtobuf: what is not sent has its default on both sides; an InitDefault that panics costs the call, and that is all.
func TestDefaultsOfProtobuf(t *testing.T) {
	noLeaks(t)
	same := rpc.NewMethod[initialPage, initialPage]("same", rpc.ProtobufMessages())
	readers := make(chan string, 1)
	defer func() { initialize = nil }()
	initialize = func(p *initialPage) { p.Reader = "anyone" }
	for _, options := range [][]rpc.ServerOption{nil, {rpc.WithRequestReuse()}} {
		svc := rpc.NewService("Initial")
		same.Handle(svc, func(_ context.Context, p *initialPage) (*initialPage, error) {
			readers <- p.Reader
			return p, nil
		})
		server := serve(t, []*rpc.Service{svc}, options...)
		client := connect(t, server.address)
		var arena tagwire.Arena
		for _, ctx := range []context.Context{context.Background(), rpc.WithReplyArena(context.Background(), &arena)} {
			for range 3 {
				got, err := same.Call(ctx, client, &initialPage{Text: "x", Reader: "nobody"})
				require.NoError(t, err)
				require.Equal(t, &initialPage{"x", "anyone"}, got)
				require.Equal(t, "anyone", <-readers)
			}
		}
		require.NoError(t, client.Close())
	}
}

// TestPanicsInDefaultsOfProtobuf: on the server the caller is told, on the client the call ends, and both go on.
func TestPanicsInDefaultsOfProtobuf(t *testing.T) {
	noLeaks(t)
	defer func() { initialize = nil }()
	method := rpc.NewMethod[initialPage, initialPage]("same", rpc.ProtobufMessages())
	svc := rpc.NewService("Initial")
	method.Handle(svc, func(_ context.Context, p *initialPage) (*initialPage, error) { return p, nil })
	server := serve(t, []*rpc.Service{svc}, rpc.WithRequestReuse())
	conn := dial(t, server.address)
	for _, fails := range []func(*initialPage){func(*initialPage) { panic("no") }, func(*initialPage) { runtime.Goexit() }} {
		initialize = fails
		send(t, conn, protobufMessage(typeCall, "same", 1, pageText("x")))
		reply := readFrame(t, conn)
		require.Equal(t, byte(typeException), reply[3])
		require.Contains(t, string(reply), "decoding the arguments panicked")
		initialize = nil
		send(t, conn, protobufMessage(typeCall, "same", 2, pageText("x")))
		readExactly(t, conn, protobufMessage(typeReply, "same", 2, pageText("x")), "the next call")
	}

	address, _ := fake(t, func(conn net.Conn) {
		buf := make([]byte, 4096)
		for {
			n, err := conn.Read(buf)
			if err != nil {
				return
			}
			sequence := int32(binary.BigEndian.Uint32(buf[n-4:])) // the request is empty
			_, _ = conn.Write(protobufMessage(typeReply, "same", sequence, pageText("x")))
		}
	})
	client := connect(t, address, rpc.WithLogger(slog.New(slog.DiscardHandler)))
	initialize = func(*initialPage) { panic("no") }
	var arena tagwire.Arena
	for _, ctx := range []context.Context{context.Background(), rpc.WithReplyArena(context.Background(), &arena)} {
		_, err := method.Call(ctx, client, new(initialPage))
		require.Equal(t, rpc.CodePanic, codeOf(t, err))
	}
	initialize = func(*initialPage) { runtime.Goexit() }
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_, _ = method.Call(rpc.WithReplyArena(context.Background(), &arena), client, new(initialPage))
	}()
	<-ended
	initialize = nil
	got, err := method.Call(rpc.WithReplyArena(context.Background(), &arena), client, new(initialPage))
	require.NoError(t, err)
	require.Equal(t, "x", got.Text)
}

// TestProtobufPrefixesAndMutations: a server outlives every prefix of a message and every changed byte of it, and ends the connection.
func TestProtobufPrefixesAndMutations(t *testing.T) {
	noLeaks(t)
	listener := newPipes()
	serveOn(t, listener, append(libraryService(new(library)), echo()...), rpc.WithLimits(rpc.Limits{MaxAlloc: 1 << 20}), rpc.WithReadTimeout(time.Second),
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
	page, err := tagwire.Marshal(pageOf(3, 2), tagwire.WithFormat(tagwire.Protobuf))
	require.NoError(t, err)
	random := rand.New(rand.NewSource(7))
	for _, whole := range [][]byte{
		protobufMessage(typeCall, "turn", 1, page), headerOf(0, 1, nil, protobufMessage(typeCall, "turn", 1, page)),
		outOfOrder(headerOf(4, 1, stringBlock("isn", "Library"), protobufMessage(typeOneway, "Same", 1, page))),
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
	send(t, conn, protobufMessage(typeCall, "ping", 3, nil))
	readExactly(t, conn, protobufMessage(typeReply, "ping", 3, pageText("pong")), "healthy")
}

// TestProtobufMultiplexed: calls in Protobuf and in Thrift share connections, and overtake each other.
func TestProtobufMultiplexed(t *testing.T) {
	noLeaks(t)
	server := serve(t, libraryService(new(library)))
	client := connect(t, server.address, rpc.WithTransport(rpc.TTHeader), rpc.WithConnections(rpc.Multiplexed), rpc.WithSharedConnections(1), rpc.WithTimeout(patience))
	ctx := context.Background()
	waiting, cancel := context.WithCancel(ctx)
	waits := make(chan error, 1)
	go func() {
		_, err := turn.Call(waiting, client, &Page{Text: "wait"})
		waits <- err
	}()
	var group sync.WaitGroup
	for caller := range 10 {
		group.Add(1)
		go func() {
			defer group.Done()
			for i := range 50 {
				if caller%3 == 0 {
					reply, err := rpc.Call[Request, Reply](ctx, client, "Thrift", &Request{Text: "x"})
					if err != nil || reply.Text != "x" {
						t.Errorf("%v, %v", reply, err)
					}
					continue
				}
				page, err := turn.Call(ctx, client, &Page{Text: "x", Number: int64(i)})
				if err != nil || page.Number != int64(i)+1 {
					t.Errorf("%v, %v", page, err)
				}
			}
		}()
	}
	group.Wait()
	cancel()
	if err := <-waits; !errors.Is(err, rpc.CodeCanceled) {
		t.Error(err)
	}
	require.LessOrEqual(t, server.opened.Load(), int64(1))
}
