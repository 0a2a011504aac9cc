package rpc_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tagwire/tagwire/rpc"
)

// fake is a server that does what a test says with each connection.
func fake(t testing.TB, script func(conn net.Conn)) (address string, connections *atomic.Int64) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	belongs(t, listener)
	connections = new(atomic.Int64)
	var group sync.WaitGroup
	group.Add(1)
	var lock sync.Mutex
	var open []net.Conn
	go func() {
		defer group.Done()
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			lock.Lock()
			open = append(open, conn)
			lock.Unlock()
			connections.Add(1)
			group.Add(1)
			go func() {
				defer group.Done()
				defer func() { _ = conn.Close() }()
				script(conn)
			}()
		}
	}()
	t.Cleanup(func() {
		_ = listener.Close()
		lock.Lock()
		for _, conn := range open {
			_ = conn.Close()
		}
		lock.Unlock()
		group.Wait()
	})
	return listener.Addr().String(), connections
}

// readCall reads a framed call and returns it, or ok == false if the client has gone.
func readCall(conn net.Conn) (message []byte, ok bool) {
	var length [4]byte
	if _, err := io.ReadFull(conn, length[:]); err != nil {
		return nil, false
	}
	message = make([]byte, int(length[2])<<8|int(length[3]))
	_, err := io.ReadFull(conn, message)
	return message, err == nil
}

// callEcho calls Echo with a deadline that only a hang exceeds.
func callEcho(client *rpc.Client, text string) (*Reply, error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	return rpc.Call[Request, Reply](ctx, client, "Echo", &Request{Text: text})
}

// TestHostileReplies: whatever a server sends, the call ends with an error that says so, and the connection is not
// used again.
func TestHostileReplies(t *testing.T) {
	noLeaks(t)
	body := arguments(t, 0, &Reply{Text: "x"})
	for name, c := range map[string]struct {
		reply func(sequence int32) []byte
		code  rpc.Code
	}{
		"another call's":      {func(n int32) []byte { return frame(envelope(typeReply, "Echo", n+1, body)) }, rpc.CodeBadSequence},
		"another method's":    {func(n int32) []byte { return frame(envelope(typeReply, "Else", n, body)) }, rpc.CodeWrongMethodName},
		"an exception's name": {func(n int32) []byte { return frame(envelope(typeException, "Else", n, []byte{0})) }, rpc.CodeWrongMethodName},
		"a call":              {func(n int32) []byte { return frame(envelope(typeCall, "Echo", n, body)) }, rpc.CodeInvalidReply},
		"type 9":              {func(n int32) []byte { return frame(envelope(9, "Echo", n, body)) }, rpc.CodeInvalidReply},
		"garbage":             {func(int32) []byte { return []byte("HTTP/1.1 400 Bad Request\r\n\r\n") }, rpc.CodeInvalidReply},
		"zeros":               {func(int32) []byte { return make([]byte, 100) }, rpc.CodeInvalidReply},
		"frame of 4 GiB":      {func(int32) []byte { return unhex(t, "ffffffff80010002") }, rpc.CodeLimit},
		"name of 2 GiB":       {func(int32) []byte { return unhex(t, "00000020 80010002 7fffffff"+strings.Repeat("00", 24)) }, rpc.CodeLimit},
		"ends in the middle":  {func(n int32) []byte { return frame(envelope(typeReply, "Echo", n, body))[:20] }, rpc.CodeClosed},
		"nothing":             {func(int32) []byte { return nil }, rpc.CodeClosed},
		"body is garbage":     {func(n int32) []byte { return frame(envelope(typeReply, "Echo", n, []byte{0x55, 1, 2, 3})) }, rpc.CodeInvalidReply},
		"bytes behind": {func(n int32) []byte {
			return frame(envelope(typeReply, "Echo", n, append(body[:len(body):len(body)], 0)))
		}, rpc.CodeInvalidReply},
		"bad exception": {func(n int32) []byte { return frame(envelope(typeException, "Echo", n, []byte{0x55})) }, rpc.CodeInvalidReply},
		"huge string": {func(n int32) []byte {
			return frame(envelope(typeReply, "Echo", n, unhex(t, "0c 0000 0b 0001 7fffffff 00 00")))
		}, rpc.CodeInvalidReply},
	} {
		t.Run(name, func(t *testing.T) {
			address, connections := fake(t, func(conn net.Conn) {
				if message, ok := readCall(conn); ok {
					_, _ = conn.Write(c.reply(parse(t, message).sequence))
				}
			})
			client := connect(t, address)
			for range 2 {
				_, err := callEcho(client, "x")
				require.Error(t, err)
				require.Equal(t, c.code, codeOf(t, err), err.Error())
				var e *rpc.Error
				require.ErrorAs(t, err, &e)
				require.False(t, e.Retryable)
				require.Equal(t, "Echo", e.Method)
				require.Equal(t, address, e.Remote.String())
			}
			require.Equal(t, int64(2), connections.Load())
		})
	}
}

// TestHostileRepliesOverOtherTransports: so it is where the end of a message is found otherwise.
func TestHostileRepliesOverOtherTransports(t *testing.T) {
	noLeaks(t)
	for _, transport := range transports {
		for name, reply := range map[string][]byte{
			"name of 2 GiB":         unhex(t, "80010002 7fffffff 00000000 00000000"),
			"TTHeader of 4 GiB":     unhex(t, "ffffffff 10000000 00000001 0001 0000 0000"),
			"TTHeader without room": unhex(t, "00000010 10000000 00000001 0010 0000 0000 00000000"),
			"zeros":                 make([]byte, 100),
			"text":                  []byte("HTTP/1.1 400 Bad Request\r\n\r\n"),
			"nothing":               nil,
		} {
			t.Run(transport.String()+"/"+name, func(t *testing.T) {
				address, _ := fake(t, func(conn net.Conn) {
					_, _ = conn.Read(make([]byte, 100))
					_, _ = conn.Write(reply)
				})
				_, err := callEcho(connect(t, address, rpc.WithWay(transport)), "x")
				require.Error(t, err)
				require.NotEqual(t, rpc.CodeTimeout, codeOf(t, err))
			})
		}
	}
}

// TestSequenceOfHeader: a TTHeader has a sequence id, too: a reply whose header is another call's is refused, and one whose header
// has none is taken.
func TestSequenceOfHeader(t *testing.T) {
	noLeaks(t)
	for name, c := range map[string]struct {
		sequence func(call int32) int32
		fails    bool
	}{
		"the call's":     {func(call int32) int32 { return call }, false},
		"none":           {func(int32) int32 { return 0 }, false},
		"another call's": {func(call int32) int32 { return call + 1 }, true},
	} {
		t.Run(name, func(t *testing.T) {
			address, connections := fake(t, func(conn net.Conn) {
				for {
					message, ok := readTTHeaderCall(conn)
					if !ok {
						return
					}
					reply := envelope(typeReply, "Echo", message.sequence, arguments(t, 0, &Reply{Text: "x"}))
					_, _ = conn.Write(header(c.sequence(message.sequence), nil, reply))
				}
			})
			client := connect(t, address, rpc.WithTransport(rpc.TTHeader))
			wanted := int64(1)
			for range 2 {
				_, err := callEcho(client, "x")
				if !c.fails {
					require.NoError(t, err)
					continue
				}
				require.Equal(t, rpc.CodeBadSequence, codeOf(t, err))
				wanted = 2 // the connection is not used again
			}
			require.Equal(t, wanted, connections.Load())
		})
	}
}

// TestRefusedWhileSending: a server may answer before it has read the call, and close the connection. The answer counts, and the
// next call, which comes at once, does not get that connection.
func TestRefusedWhileSending(t *testing.T) {
	skipIfResetsHang(t)
	noLeaks(t)
	body := unhex(t, "0b 0001 00000004 66756c6c 08 0002 00000006 00")
	var served atomic.Bool
	address, connections := fake(t, func(conn net.Conn) {
		if !served.Swap(true) {
			_, _ = conn.Read(make([]byte, 100))
			_, _ = conn.Write(frame(envelope(typeException, "Echo", 1, body)))
			return // and what was not read resets the connection
		}
		if message, ok := readCall(conn); ok {
			_, _ = conn.Write(frame(envelope(typeReply, "Echo", parse(t, message).sequence, arguments(t, 0, &Reply{Text: "x"}))))
		}
	})
	client := connect(t, address)
	_, err := callEcho(client, strings.Repeat("x", 15<<20))
	require.Equal(t, rpc.CodeInternal, codeOf(t, err), "%v", err)
	require.ErrorContains(t, err, "full")
	_, err = callEcho(client, "x")
	require.NoError(t, err)
	require.Equal(t, int64(2), connections.Load())
}

// doubt is longer than a client keeps off a connection that the server may close because of its last reply.
const doubt = 100 * time.Millisecond

// TestRepliesOfOldServers: an exception counts whatever its sequence id, and without a name too.
func TestRepliesOfOldServers(t *testing.T) {
	parallel(t)
	noLeaks(t)
	for _, name := range []string{"Echo", ""} {
		address, connections := fake(t, func(conn net.Conn) {
			for {
				if _, ok := readCall(conn); !ok {
					return
				}
				body := unhex(t, "0b 0001 00000004 6f6f7073 08 0002 00000001 00")
				_, _ = conn.Write(frame(envelope(typeException, name, 0, body)))
			}
		})
		client := connect(t, address)
		for range 2 {
			_, err := callEcho(client, "x")
			require.Equal(t, rpc.CodeUnknownMethod, codeOf(t, err))
			require.ErrorContains(t, err, "oops")
			time.Sleep(doubt)
		}
		require.Equal(t, int64(1), connections.Load(), "the connection is used again")
	}
}

// TestRefusalOfUnknownCall: an exception without the call's sequence id counts, but it may be another call's, so that it does not tell
// that this one was not executed.
func TestRefusalOfUnknownCall(t *testing.T) {
	noLeaks(t)
	for name, c := range map[string]struct {
		sequence  func(call int32) int32
		retryable bool
	}{
		"the call's":     {func(call int32) int32 { return call }, true},
		"none":           {func(int32) int32 { return 0 }, false},
		"another call's": {func(call int32) int32 { return call - 1 }, false},
	} {
		t.Run(name, func(t *testing.T) {
			var received atomic.Int64
			address, _ := fake(t, func(conn net.Conn) {
				for {
					message, ok := readCall(conn)
					if !ok {
						return
					}
					received.Add(1)
					refusal := unhex(t, "08 0002 000001ad 00") // CodeOverloaded
					_, _ = conn.Write(frame(envelope(typeException, "Echo", c.sequence(parse(t, message).sequence), refusal)))
				}
			})
			client := connect(t, address, rpc.WithPolicy(rpc.Policy{Retry: quick(rpc.Retry{})}), plenty)
			_, err := callEcho(client, "x")
			var wrong *rpc.Error
			require.ErrorAs(t, err, &wrong)
			require.Equal(t, rpc.CodeOverloaded, wrong.Code)
			require.Equal(t, c.retryable, wrong.Retryable)
			require.Equal(t, map[bool]int64{true: 3, false: 1}[c.retryable], received.Load())
		})
	}
}

// TestBytesBehindReply: a connection on which more came than the reply is not used again.
func TestBytesBehindReply(t *testing.T) {
	noLeaks(t)
	address, connections := fake(t, func(conn net.Conn) {
		for {
			message, ok := readCall(conn)
			if !ok {
				return
			}
			reply := frame(envelope(typeReply, "Echo", parse(t, message).sequence, arguments(t, 0, &Reply{Text: "first"})))
			evil := frame(envelope(typeReply, "Echo", parse(t, message).sequence+1, arguments(t, 0, &Reply{Text: "evil"})))
			_, _ = conn.Write(append(reply, evil...))
		}
	})
	client := connect(t, address)
	for range 5 {
		reply, err := callEcho(client, "x")
		require.NoError(t, err)
		require.Equal(t, "first", reply.Text)
	}
	require.Equal(t, int64(5), connections.Load())
}

// TestServerThatSendsToIdle: a server that sends without a call loses the connection.
func TestServerThatSendsToIdle(t *testing.T) {
	noLeaks(t)
	ended := make(chan struct{})
	address, _ := fake(t, func(conn net.Conn) {
		message, _ := readCall(conn)
		_, _ = conn.Write(frame(envelope(typeReply, "Echo", parse(t, message).sequence, arguments(t, 0, &Reply{}))))
		time.Sleep(30 * time.Millisecond)
		chunk := make([]byte, 64<<10)
		for {
			if _, err := conn.Write(chunk); err != nil {
				close(ended)
				return
			}
		}
	})
	_, err := callEcho(connect(t, address), "x")
	require.NoError(t, err)
	select {
	case <-ended:
	case <-time.After(patience):
		t.Error("the client goes on reading")
	}
}

// silent is a server that reads and never answers.
func silent(t testing.TB) string {
	address, _ := fake(t, func(conn net.Conn) { _, _ = io.Copy(io.Discard, conn) })
	return address
}

// TestTimeouts: a call to a server that does not answer ends when its time is over.
func TestTimeouts(t *testing.T) {
	parallel(t)
	noLeaks(t)
	address := silent(t)
	for _, transport := range transports {
		client := connect(t, address, rpc.WithWay(transport), rpc.WithTimeout(30*time.Millisecond))
		_, err := rpc.Call[Request, Reply](context.Background(), client, "Echo", &Request{})
		require.Equal(t, rpc.CodeTimeout, codeOf(t, err))
		require.ErrorIs(t, err, context.DeadlineExceeded)

		client = connect(t, address, rpc.WithWay(transport))
		ctx, cancel := context.WithTimeout(context.Background(), 30*time.Millisecond)
		_, err = rpc.Call[Request, Reply](ctx, client, "Echo", &Request{})
		cancel()
		require.Equal(t, rpc.CodeTimeout, codeOf(t, err))
		require.ErrorIs(t, err, context.DeadlineExceeded)
	}
}

// TestSlowReader: a call whose request the server does not read ends when its time is over, or when it is
// cancelled.
func TestSlowReader(t *testing.T) {
	noLeaks(t)
	address, _ := fake(t, func(conn net.Conn) {
		one := make([]byte, 1)
		for {
			if _, err := conn.Read(one); err != nil {
				return
			}
			time.Sleep(10 * time.Millisecond)
		}
	})
	large := strings.Repeat("x", 15<<20)
	client := connect(t, address, rpc.WithTimeout(50*time.Millisecond))
	_, err := rpc.Call[Request, Reply](context.Background(), client, "Echo", &Request{Text: large})
	require.Equal(t, rpc.CodeTimeout, codeOf(t, err))

	client = connect(t, address, rpc.WithTimeout(0))
	ctx, cancel := context.WithCancel(context.Background())
	time.AfterFunc(50*time.Millisecond, cancel)
	_, err = rpc.Call[Request, Reply](ctx, client, "Echo", &Request{Text: large})
	require.Equal(t, rpc.CodeCanceled, codeOf(t, err))
}

// TestCancelFreesSlot: with one connection allowed, a call that waits for it goes on as soon as the one that has it
// is cancelled, and so does one whose place in the queue comes free.
func TestCancelFreesSlot(t *testing.T) {
	noLeaks(t)
	started := make(chan struct{}, 10)
	address, _ := fake(t, func(conn net.Conn) {
		for {
			message, ok := readCall(conn)
			if !ok {
				return
			}
			p := parse(t, message)
			if bytes.Contains(p.body, []byte("block")) {
				started <- struct{}{}
				continue
			}
			_, _ = conn.Write(frame(envelope(typeReply, "Echo", p.sequence, arguments(t, 0, &Reply{}))))
		}
	})
	client := connect(t, address, rpc.WithTimeout(0), rpc.WithLimits(rpc.Limits{MaxConnections: 1}))
	for range 20 {
		ctx, cancel := context.WithCancel(context.Background())
		blocked, queued := make(chan error, 1), make(chan error, 1)
		go func() {
			_, err := rpc.Call[Request, Reply](ctx, client, "Echo", &Request{Text: "block"})
			blocked <- err
		}()
		<-started
		other, cancelOther := context.WithCancel(context.Background())
		go func() {
			_, err := rpc.Call[Request, Reply](other, client, "Echo", &Request{Text: "queue"})
			queued <- err
		}()
		next := make(chan error, 1)
		go func() {
			_, err := callEcho(client, "next")
			next <- err
		}()
		cancelOther()
		if err := <-queued; err != nil {
			require.Equal(t, rpc.CodeCanceled, codeOf(t, err))
		}
		cancel()
		err := <-blocked
		require.Equal(t, rpc.CodeCanceled, codeOf(t, err))
		require.ErrorIs(t, err, context.Canceled)
		require.NoError(t, <-next)
	}
}

// TestServerKilled: when the server goes in the middle of calls, each ends with an error at once.
func TestServerKilled(t *testing.T) {
	noLeaks(t)
	svc := rpc.NewService("Slow")
	started := make(chan struct{}, 100)
	rpc.Handle(svc, "Wait", func(ctx context.Context, _ *rpc.Void) (*rpc.Void, error) {
		started <- struct{}{}
		<-ctx.Done()
		return nil, ctx.Err()
	})
	server := serve(t, []*rpc.Service{svc})
	client := connect(t, server.address, rpc.WithTimeout(0))
	failures := make(chan error, 10)
	for range 10 {
		go func() {
			_, err := rpc.Call[rpc.Void, rpc.Void](context.Background(), client, "Wait", nil)
			failures <- err
		}()
	}
	for range 10 {
		select {
		case <-started:
		case err := <-failures:
			t.Fatalf("a call has ended: %v", err)
		}
	}
	require.NoError(t, server.Close())
	for range 10 {
		select {
		case err := <-failures:
			require.Equal(t, rpc.CodeClosed, codeOf(t, err), err.Error())
		case <-time.After(patience):
			t.Fatal("a call hangs")
		}
	}
	_, err := rpc.Call[rpc.Void, rpc.Void](context.Background(), client, "Wait", nil)
	require.Equal(t, rpc.CodeConnect, codeOf(t, err))
	var e *rpc.Error
	require.True(t, errors.As(err, &e) && e.Retryable)
}

// TestClientClosed: Close ends the calls that are under way, and later ones fail.
func TestClientClosed(t *testing.T) {
	noLeaks(t)
	client := connect(t, silent(t), rpc.WithTimeout(0))
	failed := make(chan error, 1)
	go func() {
		_, err := rpc.Call[Request, Reply](context.Background(), client, "Echo", &Request{})
		failed <- err
	}()
	time.Sleep(20 * time.Millisecond)
	require.NoError(t, client.Close())
	require.Equal(t, rpc.CodeShutdown, codeOf(t, <-failed))
	_, err := callEcho(client, "x")
	require.Equal(t, rpc.CodeShutdown, codeOf(t, err))
}
