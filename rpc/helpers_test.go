package rpc_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tagwire/tagwire"
	"github.com/tagwire/tagwire/rpc"
)

// patience is how long something may take that must happen: only a hang exceeds it.
const patience = time.Minute

// Request and Reply are what most tests send.
type Request struct {
	Text   string `frugal:"1"`
	Number int64  `frugal:"2"`
}

type Reply struct {
	Text   string `frugal:"1"`
	Number int64  `frugal:"2"`
}

// NotFound and Denied are exceptions.
type NotFound struct {
	Key string `frugal:"1"`
}

func (e *NotFound) Error() string { return "not found: " + e.Key }

type Denied struct {
	Reason string `frugal:"1"`
	Level  int32  `frugal:"2"`
}

func (e Denied) Error() string { return "denied: " + e.Reason }

// settle waits until check returns "", or fails with what it says.
func settle(t testing.TB, check func() string) {
	t.Helper()
	if fault := await(check); fault != "" {
		t.Error(fault)
	}
}

// await waits until check returns "", and returns what it says if that does not happen.
func await(check func() string) (fault string) {
	pause := time.Millisecond
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(pause) {
		if fault = check(); fault == "" {
			return ""
		}
		pause = min(2*pause, 30*time.Millisecond)
	}
	return fault
}

// quiet is a logger whose output the test can read.
type quiet struct {
	lock sync.Mutex
	text bytes.Buffer
}

func (q *quiet) Write(p []byte) (int, error) {
	q.lock.Lock()
	defer q.lock.Unlock()
	return q.text.Write(p)
}

func (q *quiet) String() string {
	q.lock.Lock()
	defer q.lock.Unlock()
	return q.text.String()
}

func (q *quiet) logger() *slog.Logger { return slog.New(slog.NewTextHandler(q, nil)) }

// running is a server under test.
type running struct {
	*rpc.Server
	address string
	log     *quiet
	opened  atomic.Int64
	open    atomic.Int64
	broken  atomic.Int64
	refused atomic.Int64
}

// says waits until the server's log holds a text.
func (r *running) says(t testing.TB, text string) {
	t.Helper()
	settle(t, func() string {
		if !strings.Contains(r.log.String(), text) {
			return "the log does not say " + text
		}
		return ""
	})
}

// serve runs a server for the services until the test ends, and checks then that no connection is left.
func serve(t testing.TB, services []*rpc.Service, options ...rpc.ServerOption) *running {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	return serveOn(t, listener, services, options...)
}

func serveOn(t testing.TB, listener net.Listener, services []*rpc.Service, options ...rpc.ServerOption) *running {
	t.Helper()
	r := &running{log: &quiet{}, address: listener.Addr().String()}
	belongs(t, listener)
	if listener.Addr().Network() == "unix" {
		r.address = "unix:" + r.address
	}
	observer := rpc.Interceptor{Connection: func(e rpc.ConnectionEvent) {
		switch e.Kind {
		case rpc.ConnectionOpened:
			r.opened.Add(1)
			r.open.Add(1)
		case rpc.ConnectionClosed:
			r.open.Add(-1)
		case rpc.ConnectionBroken:
			r.broken.Add(1)
		case rpc.ConnectionRefused:
			r.refused.Add(1)
		}
	}}
	options = append([]rpc.ServerOption{rpc.WithLogger(r.log.logger()), rpc.WithInterceptors(observer)}, options...)
	r.Server = rpc.NewServer(options...)
	for _, svc := range services {
		require.NoError(t, r.Register(svc))
	}
	checkDescribed(t, services)
	done := make(chan error, 1)
	go func() { done <- r.Serve(listener) }()
	t.Cleanup(func() {
		if err := r.Close(); err != nil {
			t.Errorf("closing the server: %v", err)
		}
		select {
		case err := <-done:
			if err != nil {
				t.Errorf("Serve returned %v", err)
			}
		case <-time.After(patience):
			t.Error("Serve did not return")
		}
		settle(t, func() string {
			if n := r.open.Load(); n != 0 {
				return "connections are left on the server"
			}
			return ""
		})
	})
	return r
}

// listenUnix returns a listener on a unix socket. Windows has them, but the Wine that tests run under does not.
func listenUnix(t testing.TB) net.Listener {
	t.Helper()
	if runtime.GOOS == "windows" {
		probe, err := net.Listen("unix", filepath.Join(os.TempDir(), fmt.Sprint("tagwire", os.Getpid())))
		if err != nil {
			t.Skipf("this system has no unix sockets: %v", err)
		}
		_ = probe.Close()
	}
	listener, err := net.Listen("unix", filepath.Join(t.TempDir(), "s"))
	require.NoError(t, err)
	return listener
}

// connect returns a client that is closed when the test ends.
func connect(t testing.TB, address string, options ...rpc.ClientOption) *rpc.Client {
	t.Helper()
	usual := []rpc.ClientOption{rpc.WithAddresses(address), rpc.WithConnectTimeout(patience)} // a busy host takes its time
	client, err := rpc.NewClient(append(usual, options...)...)
	require.NoError(t, err)
	t.Cleanup(func() { _ = client.Close() })
	return client
}

// dial returns a plain connection for a test that speaks bytes.
func dial(t testing.TB, address string) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	require.NoError(t, err)
	require.NoError(t, conn.SetDeadline(time.Now().Add(patience)))
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

// mustClose checks that the peer closes the connection without sending anything.
func mustClose(t testing.TB, conn net.Conn) {
	t.Helper()
	data, err := io.ReadAll(conn)
	if err != nil && !strings.Contains(err.Error(), "reset") {
		t.Errorf("the server did not close the connection: %v", err)
	}
	if len(data) > 0 {
		t.Errorf("the server sent % x", data)
	}
}

// codeOf returns the code of a call's error.
func codeOf(t testing.TB, err error) rpc.Code {
	t.Helper()
	var e *rpc.Error
	if !errors.As(err, &e) {
		t.Fatalf("%v (%T) is not an *rpc.Error", err, err)
	}
	return e.Code
}

// transports are the ways that Thrift peers speak, the first four in Binary.
var transports = []rpc.Way{
	{Protocol: rpc.Buffered}, {Protocol: rpc.Framed}, {Protocol: rpc.TTHeader}, {Protocol: rpc.TTHeaderFramed},
	{Protocol: rpc.Buffered, Format: tagwire.ThriftCompact}, {Protocol: rpc.Framed, Format: tagwire.ThriftCompact},
	{Protocol: rpc.TTHeader, Format: tagwire.ThriftCompact}, {Protocol: rpc.TTHeaderFramed, Format: tagwire.ThriftCompact},
}

// echo is the service of most tests.
func echo() []*rpc.Service {
	svc := rpc.NewService("Echo")
	rpc.Handle(svc, "Echo", func(_ context.Context, req *Request) (*Reply, error) {
		return &Reply{Text: req.Text, Number: req.Number}, nil
	})
	return []*rpc.Service{svc}
}
