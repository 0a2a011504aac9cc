package rpc

import (
	"context"
	"errors"
	"net"
	"time"

	"github.com/tagwire/tagwire/rpc/message"
	"github.com/tagwire/tagwire/rpc/transport"
)

// acceptor accepts the connections of a listener.
type acceptor struct {
	server   *Server
	listener net.Listener
}

// maxRefusals is how many interceptors may be told of refused connections at once; of more than that they are not told.
const maxRefusals = 64

// run returns when the listener is closed. No code of the user runs here but the listener's.
func (a *acceptor) run() error {
	s := a.server
	pause := time.Millisecond
	for {
		conn, err := a.listener.Accept()
		switch {
		case err == nil:
			pause = time.Millisecond
			s.accept(conn)
		case s.draining.Load() || errors.Is(err, net.ErrClosed):
			return err
		default:
			// Such as too many open files, which passes.
			go s.journal.Warn("rpc: accepting a connection failed", "reason", err.Error())
			timer := time.NewTimer(pause)
			select {
			case <-timer.C:
			case <-s.base.Done():
			}
			timer.Stop()
			pause = min(2*pause, time.Second)
		}
	}
}

// accept takes a connection into service, or refuses it.
func (s *Server) accept(raw net.Conn) {
	made := false
	defer func() {
		if value := recover(); value != nil { // of a connection that is users' code
			go s.journal.Panicked("rpc: a connection panicked", value)
		}
		if !made {
			go transport.Close(raw)
		}
	}()
	c := &serverConn{server: s, conn: transport.NewConn(raw, s.memory)}
	c.conn.OnStarved = c.starved
	c.task.c, c.task.out = c, &c.conn.Output
	c.ctx, c.cancel = context.WithCancel(s.base)
	made = true
	limit := s.config.limits.MaxConnections
	s.lock.Lock()
	refused := len(s.connections) >= limit
	if !refused && !s.draining.Load() {
		s.connections[c] = struct{}{}
		s.lock.Unlock()
		go c.open()
		return
	}
	s.lock.Unlock()
	c.cancel()
	c.conn.Abort() // which does not block, and there is no memory to be given back
	if refused {
		s.refused(c.conn.RemoteAddr(), message.LimitError("%d connections are open", limit))
	}
}

// refused reports a connection that was refused.
func (s *Server) refused(remote net.Addr, err error) {
	select {
	case s.refusals <- struct{}{}:
		go func() {
			defer func() { <-s.refusals }()
			s.journal.Warn("rpc: connection refused", "remote", remote, "reason", err.Error())
			s.event(ConnectionRefused, remote, err)
		}()
	default:
	}
}
