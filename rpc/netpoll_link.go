//go:build (darwin || netbsd || freebsd || openbsd || dragonfly || linux) && (amd64 || arm64 || loong64 || riscv64 || ppc64le || s390x)

package rpc

import (
	"context"
	"errors"
	"net"
	"syscall"
	"time"

	"github.com/cloudwego/netpoll"
)

// netpollLink is a connection that netpoll reads and writes.
type netpollLink struct {
	netpoll.Connection
	fd int
}

func newNetpollLink(conn netpoll.Connection) *netpollLink {
	l := &netpollLink{conn, -1}
	if c, ok := conn.(interface{ Fd() int }); ok {
		l.fd = c.Fd()
	}
	return l
}

func (l *netpollLink) input() input   { return l.Connection.Reader() }
func (l *netpollLink) output() output { return l.Connection.Writer() }

// hangUp ends both directions, which netpoll's poller then notices.
func (l *netpollLink) hangUp() {
	if l.fd >= 0 {
		_ = syscall.Shutdown(l.fd, syscall.SHUT_RDWR)
	}
}

// dialAttempts is how often dialLink tries while netpoll says that the peer has closed a connection that was not
// made yet: it may have taken an event of the descriptor's former connection for this one's.
const dialAttempts = 4

// dialLink connects. It does not look at ctx: the timeout bounds each attempt.
func dialLink(_ context.Context, e Endpoint, timeout time.Duration) (link, error) {
	var conn netpoll.Connection
	var err error
	for range dialAttempts {
		if conn, err = netpoll.DialConnection(e.Network, e.Address, timeout); !errors.Is(err, netpoll.ErrConnClosed) {
			break
		}
	}
	if err != nil {
		return nil, err
	}
	return newNetpollLink(conn), nil
}

// isTimeout reports whether an error of a link means that its deadline has passed.
func isTimeout(err error) bool {
	var timeout interface{ Timeout() bool }
	return errors.Is(err, netpoll.ErrReadTimeout) || errors.Is(err, netpoll.ErrWriteTimeout) ||
		errors.Is(err, netpoll.ErrDialTimeout) || errors.As(err, &timeout) && timeout.Timeout()
}

// isClosed reports whether an error of a link means that it has ended.
func isClosed(err error) bool {
	for _, target := range []error{netpoll.ErrConnClosed, netpoll.ErrEOF, netpoll.ErrConcurrentAccess} {
		if errors.Is(err, target) {
			return true
		}
	}
	var number syscall.Errno
	return errors.As(err, &number) || isClosedNet(err)
}

// netpollLoop serves a listener that has a descriptor.
type netpollLoop struct {
	netpoll.EventLoop
	listener *listener
}

// newLoop returns what serves a listener: netpoll where the listener has a descriptor.
func newLoop(s *Server, l net.Listener) (loop, error) {
	wrapped, err := newListener(l, s.accept)
	if err != nil {
		return nil, err
	}
	if wrapped == nil {
		return newNetLoop(s, l), nil
	}
	events, err := netpoll.NewEventLoop(onRequest,
		netpoll.WithOnPrepare(s.onPrepare), netpoll.WithOnDisconnect(onDisconnect),
		netpoll.WithWriteTimeout(s.config.writeTimeout))
	if err != nil {
		return nil, errors.Join(err, wrapped.Close())
	}
	return &netpollLoop{events, wrapped}, nil
}

func (l *netpollLoop) serve() error { return l.EventLoop.Serve(l.listener) }

// shutdown waits first until the loop has begun: before that, netpoll would forget that it was told to end.
func (l *netpollLoop) shutdown(ctx context.Context) error {
	<-l.listener.watched
	return l.EventLoop.Shutdown(ctx)
}

type connKey struct{}

// onPrepare is netpoll's: the connection is there, but nothing reads from it yet.
func (s *Server) onPrepare(conn netpoll.Connection) context.Context {
	c := s.open(newNetpollLink(conn))
	_ = conn.AddCloseCallback(func(netpoll.Connection) error {
		c.ended()
		return nil
	})
	return context.WithValue(c.ctx, connKey{}, c)
}

// onRequest is netpoll's: there are bytes.
func onRequest(ctx context.Context, _ netpoll.Connection) error {
	ctx.Value(connKey{}).(*serverConn).serve()
	return nil
}

// onDisconnect is netpoll's: the peer has gone.
func onDisconnect(ctx context.Context, _ netpoll.Connection) {
	ctx.Value(connKey{}).(*serverConn).cancel()
}
