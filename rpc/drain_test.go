package rpc_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"io"
	"net"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tagwire/tagwire/fuzz/effort"
	"github.com/tagwire/tagwire/rpc"
)

// tellsWhatWasTaken reports that the system tells a client whether a server has taken a call before it closed a connection.
func tellsWhatWasTaken() bool {
	return runtime.GOOS == "linux" && runtime.GOARCH != "386" && runtime.GOARCH != "s390x" && os.Getenv(effort.Emulator) == ""
}

// overProbedKinds runs a test over the kinds of connections that can be asked what has arrived.
func overProbedKinds(t *testing.T, test func(t *testing.T, l connKind)) {
	t.Helper()
	for _, name := range []string{"socket", "tls"} {
		t.Run(name, func(t *testing.T) { test(t, connKinds[name]) })
	}
}

// TestCallsOnTheWayInShutdown: a call that arrives while an earlier one of its connection is worked on is answered, also when the
// server closes connections already, and in a protocol that cannot tell the client.
func TestCallsOnTheWayInShutdown(t *testing.T) {
	overProbedKinds(t, func(t *testing.T, l connKind) {
		noLeaks(t)
		entered, release := make(chan struct{}, 1), make(chan struct{})
		svc := rpc.NewService("Echo")
		rpc.Handle(svc, "Echo", func(_ context.Context, req *Request) (*Reply, error) {
			if req.Text == "slow" {
				entered <- struct{}{}
				<-release
			}
			return &Reply{Text: req.Text}, nil
		})
		server := l.serve(t, []*rpc.Service{svc})
		busy, idle := l.raw(t, server.address), l.raw(t, server.address)
		_, err := idle.Write(frame(call(t, 1, "x")))
		require.NoError(t, err)
		readFrame(t, idle)
		_, err = busy.Write(frame(call(t, 1, "slow")))
		require.NoError(t, err)
		<-entered
		done := make(chan error, 1)
		go func() { done <- server.Shutdown(context.Background()) }()
		mustClose(t, idle)
		const more = 3
		for i := range int32(more) {
			_, err = busy.Write(frame(call(t, 2+i, "fast")))
			require.NoError(t, err)
		}
		close(release)
		for i := range int32(1 + more) {
			require.Equal(t, 1+i, parse(t, readFrame(t, busy)).sequence)
		}
		mustClose(t, busy)
		require.NoError(t, <-done)
	})
}

// TestShutdownAmongCalls: a peer that sends calls on and on does not hold up Shutdown, whatever their handler does.
func TestShutdownAmongCalls(t *testing.T) {
	for name, handle := range map[string]func(){"returns": func() {}, "panics": func() { panic("at once") },
		"ends its goroutine": runtime.Goexit} {
		t.Run(name, func(t *testing.T) {
			noLeaks(t)
			svc := rpc.NewService("Echo")
			rpc.Handle(svc, "Echo", func(_ context.Context, req *Request) (*Reply, error) {
				handle()
				return &Reply{Text: req.Text}, nil
			})
			server := serve(t, []*rpc.Service{svc})
			conn := dial(t, server.address)
			message := frame(call(t, 1, "x"))
			sent := make(chan struct{})
			var group sync.WaitGroup
			group.Add(2)
			go func() {
				defer group.Done()
				for i := 0; ; i++ {
					if _, err := conn.Write(message); err != nil {
						return
					}
					if i == 100 {
						close(sent)
					}
				}
			}()
			go func() {
				defer group.Done()
				_, _ = io.Copy(io.Discard, bufio.NewReader(conn))
			}()
			<-sent
			ctx, cancel := context.WithTimeout(context.Background(), patience)
			defer cancel()
			require.NoError(t, server.Shutdown(ctx))
			group.Wait()
		})
	}
}

// TestInheritedListener: what a server does to a listener before it closes it does not concern another process that has it, too.
func TestInheritedListener(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the system does not hand listeners over")
	}
	noLeaks(t)
	var config net.ListenConfig
	config.SetMultipathTCP(false)
	listener, err := config.Listen(context.Background(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	file, err := listener.(*net.TCPListener).File()
	require.NoError(t, err)
	heir, err := net.FileListener(file)
	require.NoError(t, err)
	defer heir.Close()
	require.NoError(t, file.Close())
	server := serveOn(t, listener, echo())
	_, err = callEcho(connect(t, server.address), "x")
	require.NoError(t, err)
	require.NoError(t, server.Shutdown(context.Background()))
	conn, err := net.DialTimeout("tcp", heir.Addr().String(), patience)
	require.NoError(t, err)
	defer conn.Close()
	require.NoError(t, heir.(*net.TCPListener).SetDeadline(time.Now().Add(patience)))
	accepted, err := heir.Accept()
	require.NoError(t, err)
	require.NoError(t, accepted.Close())
}

// held is a connection whose writes after the first wait.
type held struct {
	net.Conn
	writes  atomic.Int64
	second  chan struct{} // closed when there is one
	release chan struct{}
}

func (h *held) Write(p []byte) (int, error) {
	if n := h.writes.Add(1); n > 1 {
		if n == 2 {
			close(h.second)
		}
		<-h.release
	}
	return h.Conn.Write(p)
}

// TestHandshakeInShutdown: a client that has begun a handshake, and been answered, may take a while to end it, and to make its call, when
// the server is shut down.
func TestHandshakeInShutdown(t *testing.T) {
	if !tellsWhatWasTaken() {
		t.Skip("the system does not tell")
	}
	noLeaks(t)
	server := serve(t, echo(), rpc.WithTLS(serverTLS()))
	h := &held{Conn: dial(t, server.address), second: make(chan struct{}), release: make(chan struct{})}
	conn := tls.Client(h, &tls.Config{InsecureSkipVerify: true})
	answered := make(chan error, 1)
	go func() {
		_, err := conn.Write(frame(call(t, 1, "x")))
		if err == nil {
			_, err = io.ReadFull(conn, make([]byte, 1))
		}
		answered <- err
	}()
	<-h.second
	done := make(chan error, 1)
	go func() { done <- server.Shutdown(context.Background()) }()
	time.Sleep(1500 * time.Millisecond)
	close(h.release)
	require.NoError(t, <-answered)
	require.NoError(t, conn.Close())
	require.NoError(t, <-done)
}

// TestCallsMeetIdleTimeout: a call that a client makes on a connection that it has not used for as long as the server lets it be is not
// lost, whichever comes first.
func TestCallsMeetIdleTimeout(t *testing.T) {
	if !tellsWhatWasTaken() {
		t.Skip("the system does not tell")
	}
	overProbedKinds(t, func(t *testing.T, l connKind) {
		noLeaks(t)
		idle := 50 * time.Millisecond // a busy machine takes long for a handshake
		if effort.Reduced() {
			idle *= 5
		}
		server := l.serve(t, echo(), rpc.WithIdleTimeout(idle))
		var group sync.WaitGroup
		for i := range 8 {
			client := l.connect(t, server.address)
			group.Add(1)
			go func() {
				defer group.Done()
				for n := range effort.Of(30, 10) {
					_, err := callEcho(client, "x")
					if err != nil {
						t.Error(err)
					}
					time.Sleep(idle - 2*time.Millisecond + time.Duration(30*i+n)*20*time.Microsecond)
				}
			}()
		}
		group.Wait()
	})
}
