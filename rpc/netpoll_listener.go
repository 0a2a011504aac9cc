//go:build (darwin || netbsd || freebsd || openbsd || dragonfly || linux) && (amd64 || arm64 || loong64 || riscv64 || ppc64le || s390x)

package rpc

import (
	"errors"
	"net"
	"os"
	"sync"
	"syscall"
)

// listener is a listener whose descriptor netpoll watches. netpoll's own closes that descriptor twice, and so
// sometimes one of somebody else's.
type listener struct {
	net.Listener
	file   *os.File // a duplicate of the listener's descriptor
	fd     int      // that of file
	accept func(net.Addr) bool
	once   sync.Once
	err    error

	watched     chan struct{} // closed when netpoll begins to watch
	watchedOnce sync.Once
}

// newListener makes a listener that has a descriptor into one for netpoll, and returns nil for others. accept is
// asked about each new connection.
func newListener(l net.Listener, accept func(net.Addr) bool) (*listener, error) {
	source, ok := l.(interface{ File() (*os.File, error) })
	if !ok {
		return nil, nil
	}
	file, err := source.File()
	if err != nil {
		return nil, err
	}
	fd := int(file.Fd())
	if err := syscall.SetNonblock(fd, true); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return &listener{Listener: l, file: file, fd: fd, accept: accept, watched: make(chan struct{})}, nil
}

// Fd returns the descriptor to watch. The event loop asks for it when it begins to, with its lock held.
func (l *listener) Fd() int {
	l.watchedOnce.Do(func() { close(l.watched) })
	return l.fd
}

// Accept returns the next connection, or nil if there is none now.
func (l *listener) Accept() (net.Conn, error) {
	syscall.ForkLock.RLock()
	fd, from, err := syscall.Accept(l.fd)
	if err == nil {
		syscall.CloseOnExec(fd)
	}
	syscall.ForkLock.RUnlock()
	switch err {
	case nil:
	case syscall.EAGAIN, syscall.EINTR, syscall.ECONNABORTED:
		return nil, nil
	default:
		return nil, err
	}
	remote := addressOf(from, l.Addr().Network())
	if !l.accept(remote) {
		_ = syscall.Close(fd)
		return nil, nil
	}
	if remote.Network() == "tcp" {
		_ = syscall.SetsockoptInt(fd, syscall.IPPROTO_TCP, syscall.TCP_NODELAY, 1)
	}
	return &accepted{fd: fd, local: l.Addr(), remote: remote}, nil
}

// Close closes both descriptors, once.
func (l *listener) Close() error {
	l.once.Do(func() { l.err = errors.Join(l.file.Close(), l.Listener.Close()) })
	return l.err
}

// accepted is a connection on its way to netpoll, which asks for its descriptor and addresses alone.
type accepted struct {
	net.Conn
	fd            int
	local, remote net.Addr
}

func (a *accepted) Fd() int              { return a.fd }
func (a *accepted) LocalAddr() net.Addr  { return a.local }
func (a *accepted) RemoteAddr() net.Addr { return a.remote }

func addressOf(s syscall.Sockaddr, network string) net.Addr {
	switch a := s.(type) {
	case *syscall.SockaddrInet4:
		return &net.TCPAddr{IP: a.Addr[:], Port: a.Port}
	case *syscall.SockaddrInet6:
		return &net.TCPAddr{IP: a.Addr[:], Port: a.Port, Zone: zoneOf(a.ZoneId)}
	case *syscall.SockaddrUnix:
		return &net.UnixAddr{Name: a.Name, Net: "unix"}
	}
	return &net.UnixAddr{Net: network}
}

// zoneOf names the interface of a link-local address.
func zoneOf(index uint32) string {
	if index == 0 {
		return ""
	}
	if i, err := net.InterfaceByIndex(int(index)); err == nil {
		return i.Name
	}
	return ""
}
