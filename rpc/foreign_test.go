package rpc_test

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tagwire/tagwire/rpc"
)

// odd is a connection of the user's whose methods do something else first.
type odd struct {
	net.Conn
	remote, close func()
	deadline      func() error
}

func (o odd) RemoteAddr() net.Addr {
	if o.remote != nil {
		o.remote()
	}
	return o.Conn.RemoteAddr()
}

func (o odd) Close() error {
	if o.close != nil {
		o.close()
	}
	return o.Conn.Close()
}

func (o odd) SetReadDeadline(t time.Time) error {
	if o.deadline != nil {
		if err := o.deadline(); err != nil {
			return err
		}
	}
	return o.Conn.SetReadDeadline(t)
}

// oddListener wraps the connections that it accepts; number counts them, from 1.
type oddListener struct {
	net.Listener
	wrap     func(conn net.Conn, number int64) net.Conn
	accepted atomic.Int64
}

func (l *oddListener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return l.wrap(conn, l.accepted.Add(1)), nil
}

// oddFirst makes the first connection odd.
func oddFirst(t testing.TB, o odd) net.Listener {
	return &oddListener{Listener: listen(t), wrap: func(conn net.Conn, number int64) net.Conn {
		if number > 1 {
			return conn
		}
		o.Conn = conn
		return o
	}}
}

// requireWatched checks that the server ends a connection that sends the beginning of a message only.
func requireWatched(t *testing.T, server *running) {
	t.Helper()
	conn := dial(t, server.address)
	send(t, conn, frame(call(t, 1, "x"))[:10])
	mustClose(t, conn)
}

// TestRemoteAddrPanics: a connection that cannot be taken into service is closed.
func TestRemoteAddrPanics(t *testing.T) {
	noLeaks(t)
	server := serveOn(t, oddFirst(t, odd{remote: func() { panic("mischief") }}), echo())
	mustClose(t, dial(t, server.address))
	server.says(t, "mischief")
}

// TestCloseBlocks: a connection of the user's whose Close takes its time holds up no other, nor those that are refused.
func TestCloseBlocks(t *testing.T) {
	parallel(t)
	noLeaks(t)
	release := make(chan struct{})
	server := serveOn(t, oddFirst(t, odd{close: func() { <-release }}), echo(), rpc.WithReadTimeout(100*time.Millisecond))
	defer close(release)
	send(t, dial(t, server.address), frame(call(t, 1, "x"))[:10])
	time.Sleep(200 * time.Millisecond)
	requireWatched(t, server)
}

// TestDeadlinesMisbehave: a connection of the user's that cannot be given a deadline holds up no other, and ends no process.
func TestDeadlinesMisbehave(t *testing.T) {
	parallel(t)
	for name, do := range map[string]func(){"panic": func() { panic("mischief") }, "exit": runtime.Goexit} {
		t.Run(name, func(t *testing.T) {
			noLeaks(t)
			asked := make(chan struct{}, 100)
			server := serveOn(t, oddFirst(t, odd{deadline: func() error { asked <- struct{}{}; do(); return nil }}), echo(),
				rpc.WithReadTimeout(100*time.Millisecond))
			conn := dial(t, server.address)
			send(t, conn, frame(call(t, 1, "x")))
			requireEcho(t, readFrame(t, conn), 1, "x")
			<-asked
			requireWatched(t, server)
		})
	}
}

// TestDeadlineBlocks: a connection of the user's that never returns from being given a deadline holds up no other.
func TestDeadlineBlocks(t *testing.T) {
	noLeaks(t)
	release := make(chan struct{})
	asked := make(chan struct{}, 100)
	server := serveOn(t, oddFirst(t, odd{deadline: func() error { asked <- struct{}{}; <-release; return nil }}), echo(),
		rpc.WithReadTimeout(100*time.Millisecond), rpc.WithIdleTimeout(200*time.Millisecond))
	defer close(release)
	conn := dial(t, server.address)
	send(t, conn, frame(call(t, 1, "x")))
	requireEcho(t, readFrame(t, conn), 1, "x")
	<-asked
	send(t, conn, frame(call(t, 2, "x"))[:10])
	time.Sleep(300 * time.Millisecond)
	requireWatched(t, server)
}

// TestClientCloseBlocks: neither calls nor Close wait for the Close of a connection.
func TestClientCloseBlocks(t *testing.T) {
	noLeaks(t)
	release := make(chan struct{})
	client := connect(t, silent(t), rpc.WithDialer(func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := new(net.Dialer).DialContext(ctx, network, address)
		return odd{Conn: conn, close: func() { <-release }}, err
	}))
	ended := make(chan error, 2)
	go func() {
		ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
		defer cancel()
		_, err := rpc.Call[Request, Reply](ctx, client, "Echo", &Request{})
		ended <- err
		go func() {
			time.Sleep(50 * time.Millisecond)
			_ = client.Close()
			ended <- nil
		}()
		_, _ = rpc.Call[Request, Reply](context.Background(), client, "Echo", &Request{})
	}()
	for _, want := range []error{rpc.CodeTimeout, nil} {
		select {
		case err := <-ended:
			require.ErrorIs(t, err, want)
		case <-time.After(patience / 4):
			t.Error("something waits for the Close of a connection")
		}
	}
	close(release)
}

// TestNoDeadlines: the connections of a dialer may refuse deadlines, as tunnels do.
func TestNoDeadlines(t *testing.T) {
	parallel(t)
	noLeaks(t)
	server := serve(t, echo())
	client := connect(t, server.address, rpc.WithDialer(func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := new(net.Dialer).DialContext(ctx, network, address)
		return odd{Conn: conn, deadline: func() error { return errors.ErrUnsupported }}, err
	}))
	for range 2 {
		done := make(chan error, 1)
		go func() {
			_, err := callEcho(client, "x")
			done <- err
		}()
		select {
		case err := <-done:
			require.NoError(t, err)
		case <-time.After(patience / 4):
			_ = server.Close() // and so the call
			t.Fatal("the call hangs")
		}
		time.Sleep(300 * time.Millisecond) // it is watched
	}
}

// TestSessionTickets: what crypto/tls is sent for itself does not end a connection on which nothing else is read.
func TestSessionTickets(t *testing.T) {
	parallel(t)
	for name, pause := range map[string]time.Duration{"used": 20 * time.Millisecond, "watched": 300 * time.Millisecond} {
		t.Run(name, func(t *testing.T) {
			noLeaks(t)
			var noted atomic.Int64
			svc := rpc.NewService("Notes")
			rpc.HandleOneway(svc, "Note", func(context.Context, *Request) error { noted.Add(1); return nil })
			config := serverTLS().Clone()
			config.ClientAuth = tls.RequestClientCert // so that tickets come behind the handshake
			server := serveOn(t, tls.NewListener(listen(t), config), []*rpc.Service{svc})
			dialer := tls.Dialer{Config: &tls.Config{InsecureSkipVerify: true, ClientSessionCache: tls.NewLRUClientSessionCache(1)}}
			client := connect(t, server.address, rpc.WithDialer(dialer.DialContext))
			const calls = 5
			for range calls {
				require.NoError(t, rpc.Send(context.Background(), client, "Note", &Request{}))
				time.Sleep(pause)
			}
			settle(t, func() string {
				if noted.Load() < calls {
					return "a call was lost"
				}
				return ""
			})
			require.Equal(t, int64(1), server.opened.Load())
		})
	}
}

// hooked is a connection of crypto/tls that does something after a Write.
type hooked struct {
	*tls.Conn
	written *atomic.Pointer[func()]
}

func (h hooked) Write(p []byte) (int, error) {
	n, err := h.Conn.Write(p)
	if do := h.written.Swap(nil); do != nil {
		(*do)()
	}
	return n, err
}

// TestPartOfRecord: a connection that goes on after a call which did not return does not hold up Shutdown when the peer has sent
// what is no byte of a message.
func TestPartOfRecord(t *testing.T) {
	parallel(t)
	noLeaks(t)
	var written atomic.Pointer[func()]
	begun, release := make(chan struct{}), make(chan struct{})
	svc := rpc.NewService("Exits")
	rpc.Handle(svc, "Echo", func(context.Context, *Request) (*Reply, error) {
		close(begun)
		<-release
		runtime.Goexit()
		return nil, nil
	})
	wrap := func(conn net.Conn, _ int64) net.Conn { return hooked{tls.Server(conn, serverTLS()), &written} }
	server := serveOn(t, &oddListener{Listener: listen(t), wrap: wrap}, []*rpc.Service{svc})
	raw := dial(t, server.address)
	send(t, tls.Client(raw, &tls.Config{InsecureSkipVerify: true}), frame(call(t, 1, "x")))
	<-begun
	part := func() {
		_, _ = raw.Write([]byte{23, 3, 3})
		time.Sleep(50 * time.Millisecond)
	}
	written.Store(&part)
	time.AfterFunc(300*time.Millisecond, func() { close(release) }) // when the server closes what is idle
	ctx, cancel := context.WithTimeout(context.Background(), patience/4)
	defer cancel()
	require.NoError(t, server.Shutdown(ctx))
}

// empty is a connection that reads nothing, and no error, after that many bytes.
type empty struct {
	net.Conn
	left  *atomic.Int64
	reads *atomic.Int64
}

func (e empty) Read(p []byte) (int, error) {
	if e.reads.Add(1); e.left.Load() <= 0 {
		return 0, nil
	}
	n, err := e.Conn.Read(p[:min(int64(len(p)), e.left.Load())])
	e.left.Add(-int64(n))
	return n, err
}

// TestEmptyReads: a connection that reads nothing again and again is not read for as long as a handler works.
func TestEmptyReads(t *testing.T) {
	parallel(t)
	noLeaks(t)
	message := frame(call(t, 1, "x"))
	var left, reads atomic.Int64
	left.Store(int64(len(message)))
	svc := rpc.NewService("Slow")
	rpc.Handle(svc, "Echo", func(ctx context.Context, req *Request) (*Reply, error) {
		time.Sleep(300 * time.Millisecond)
		return &Reply{Text: req.Text}, nil
	})
	wrap := func(conn net.Conn, _ int64) net.Conn { return empty{conn, &left, &reads} }
	server := serveOn(t, &oddListener{Listener: listen(t), wrap: wrap}, []*rpc.Service{svc})
	conn := dial(t, server.address)
	send(t, conn, message)
	requireEcho(t, readFrame(t, conn), 1, "x")
	mustClose(t, conn)
	require.Less(t, reads.Load(), int64(1000))
}

// TestDialerReturnsBoth: a dialer may return an error and a connection that is none.
func TestDialerReturnsBoth(t *testing.T) {
	client := connect(t, "127.0.0.1:1", rpc.WithDialer(func(context.Context, string, string) (net.Conn, error) {
		return odd{}, errors.ErrUnsupported
	}))
	_, err := callEcho(client, "x")
	require.ErrorIs(t, err, rpc.CodeConnect)
	require.ErrorIs(t, err, errors.ErrUnsupported)
}
