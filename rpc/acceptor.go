package rpc

import (
	"context"
	"crypto/tls"
	"net"

	"github.com/tagwire/tagwire/rpc/admission"
	"github.com/tagwire/tagwire/rpc/message"
	"github.com/tagwire/tagwire/rpc/transport"
)

// acceptor accepts the connections of a listener.
func (s *Server) acceptor(listener net.Listener, own bool) *admission.Acceptor {
	accepts := listener
	if s.config.secure {
		accepts = tls.NewListener(listener, withHTTP2(s.config.tls)) // whose Accept does no handshake
	}
	return admission.NewAcceptor(admission.Config{
		Listener: accepts, Socket: listener, Own: own, Take: s.accept, Ended: s.draining.Load, Done: s.base.Done(),
		Failed: func(err error) { s.journal.Notice("rpc: accepting a connection failed", "reason", err) },
	})
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
	c.peer = admission.PeerOf(c.conn.RemoteAddr())
	c.conn.OnStarved = c.starved
	c.task.c, c.task.out = c, &c.conn.Output
	c.ctx, c.cancel = context.WithCancel(s.base)
	made = true
	refusal := s.enter(c)
	if refusal == nil {
		go c.open()
		return
	}
	c.cancel()
	c.conn.Abort() // which does not block, and there is no memory to be given back
	if refusal != errOrderly {
		remote := c.conn.RemoteAddr()
		s.journal.Notice("rpc: connection refused", "remote", remote, "reason", refusal.Error())
		s.refusals.Begin(func() { s.event(ConnectionRefused, nil, remote, refusal) })
	}
}

// enter puts a connection on the server's list, or returns why it is refused: errOrderly if the server is shut down.
func (s *Server) enter(c *serverConn) error {
	limits := &s.config.limits
	s.lock.Lock()
	defer s.lock.Unlock()
	switch {
	case s.draining.Load():
		return errOrderly
	case len(s.connections) >= limits.MaxConnections:
		return message.LimitError("%d connections are open", limits.MaxConnections)
	case !s.peers.Enter(c.peer, limits.MaxConnectionsPerPeer):
		return message.LimitError("%d connections of %v are open", limits.MaxConnectionsPerPeer, c.peer)
	}
	s.connections[c] = struct{}{}
	return nil
}
