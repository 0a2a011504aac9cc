package rpc

import (
	"context"
	"net"
	"time"
)

// link is a connection: netpoll's, or one of package net where netpoll cannot serve.
//
// One goroutine reads and one writes at a time. Close may be called by any goroutine on a server; on a client only
// when nothing else uses the link, while hangUp may be called at any time before Close and makes whoever reads or
// writes return.
type link interface {
	input() input
	output() output
	// IsActive reports that neither side has ended the connection.
	IsActive() bool
	// SetReadDeadline and SetDeadline set when waiting ends; the zero time is never.
	SetReadDeadline(time.Time) error
	SetDeadline(time.Time) error
	RemoteAddr() net.Addr
	Close() error
	hangUp()
}

// input is a Reader whose bytes stay valid until Release. Len may be called by any goroutine.
type input interface {
	Reader
	Release() error
}

// output is a Writer. What it holds is sent by Flush, which returns when the kernel has it all.
type output interface {
	Writer
	// MallocAck drops all but the first n bytes of what was written since the last Flush. n is not zero.
	MallocAck(n int) error
	Flush() error
}

// loop serves the connections of a listener.
type loop interface {
	// serve returns after shutdown.
	serve() error
	// shutdown closes the listener and waits until its connections are idle, and closes those.
	shutdown(ctx context.Context) error
}
