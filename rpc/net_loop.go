package rpc

import (
	"context"
	"errors"
	"net"
	"sync/atomic"
	"time"
)

// netLoop serves a listener with a goroutine for each connection.
type netLoop struct {
	server   *Server
	listener net.Listener
	count    atomic.Int64 // connections
	stopped  atomic.Bool
}

func newNetLoop(s *Server, l net.Listener) *netLoop { return &netLoop{server: s, listener: l} }

func (l *netLoop) serve() error {
	pause := time.Millisecond
	for {
		conn, err := l.listener.Accept()
		switch {
		case err == nil:
			pause = time.Millisecond
			l.start(conn)
		case l.stopped.Load():
			return nil
		case errors.Is(err, net.ErrClosed):
			return err
		default:
			// Such as too many open files, which passes.
			l.server.config.logger.Warn("rpc: accepting a connection failed", "reason", err.Error())
			time.Sleep(pause)
			pause = min(2*pause, time.Second)
		}
	}
}

func (l *netLoop) start(conn net.Conn) {
	if !l.server.accept(conn.RemoteAddr()) {
		_ = conn.Close()
		return
	}
	l.count.Add(1)
	opened := make(chan *serverConn, 1)
	c := l.server.open(newNetLink(conn, l.server.config.writeTimeout, func() { (<-opened).cancel() }))
	opened <- c
	go func() {
		defer l.count.Add(-1)
		defer c.ended()
		for {
			if _, err := c.reader.input.Peek(1); err != nil {
				c.close(nil)
				return
			}
			if !c.serve() {
				return
			}
		}
	}()
}

func (l *netLoop) shutdown(ctx context.Context) error {
	l.stopped.Store(true)
	_ = l.listener.Close()
	ticker := time.NewTicker(10 * time.Millisecond)
	defer ticker.Stop()
	for l.count.Load() > 0 {
		for _, c := range l.server.list() {
			if c.state.Load() == stateIdle && c.reader.Len() == 0 {
				c.close(nil)
			}
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-ticker.C:
		}
	}
	return nil
}
