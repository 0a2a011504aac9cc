package endpoint

import (
	"crypto/tls"
	"errors"
	"net"
	"time"
)

// Config is what the pools of a client have in common. Its functions may be called by many goroutines at once, and never
// while a lock is held that calls need.
type Config struct {
	// Dial makes a connection. It may block and panic.
	Dial DialFunc
	// TLS is spoken over the connections that Dial makes, if it is not nil.
	TLS *tls.Config
	// ConnectTimeout is how long making a connection may take; 0 leaves that to the calls that wait for it.
	ConnectTimeout time.Duration
	// MaxConnections bounds the connections of a pool, those that are being made included.
	MaxConnections int
	// MaxIdle bounds the connections that a pool keeps while no call needs them, IdleTimeout how long it does, 0 for as long
	// as the server does.
	MaxIdle     int
	IdleTimeout time.Duration
	// WatchAfter is how long a connection is idle before it is watched. Until then it is looked at before it is used.
	WatchAfter time.Duration
	// Short says that each call has a connection of its own.
	Short bool
	// Balance makes the balancer for the endpoints that are in use; nil stands for NewRotation, which also serves where Balance
	// panics or returns nil.
	Balance func(endpoints []Endpoint) Balancer
	// KeepAll says that no endpoint is ejected.
	KeepAll bool
	// Event is told of connections that were opened, of those that could not be, with err and without a Conn, and of those that are closed.
	Event func(kind EventKind, c *Conn, remote net.Addr, took time.Duration, err error)
	// Panicked is told of a panic of Dial or Balance, and which of them it was.
	Panicked func(who string, value any)
}

// EventKind tells what happened to a connection.
type EventKind uint8

// What happens to connections.
const (
	Opened EventKind = iota
	Failed
	Closed
)

var (
	// ErrShut is returned when the pool has been closed.
	ErrShut = errors.New("the client is closed")
	// ErrTimeout is returned when the deadline has passed.
	ErrTimeout = errors.New("the time is over")
)

// DialError is returned when a connection could not be made.
type DialError struct {
	// Endpoint is where to.
	Endpoint Endpoint
	// Err is why not.
	Err error
}

// Error returns the cause's text.
func (e *DialError) Error() string { return e.Err.Error() }

// Unwrap returns Err.
func (e *DialError) Unwrap() error { return e.Err }

// errDialEnded stands for a dialer that ended its goroutine.
var errDialEnded = errors.New("the dialer panicked or ended its goroutine")
