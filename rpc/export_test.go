package rpc

import (
	"context"
	"reflect"
	"sync/atomic"
	"time"
	"unsafe"

	"github.com/tagwire/tagwire"
	"github.com/tagwire/tagwire/rpc/contract"
)

// Way is how a client speaks: a transport and a format.
type Way struct {
	Protocol
	Format tagwire.Format
}

// String names both.
func (w Way) String() string { return w.Name() + ", " + w.Format.String() }

// WithWay is WithTransport and WithFormat.
func WithWay(w Way) ClientOption {
	return clientOption(func(c *clientConfig) { c.transport, c.format = w.Protocol, w.Format })
}

// Tests do not wait long for what happens to idle connections.
func init() { parkAfter, watchAfter = 100*time.Millisecond, 100*time.Millisecond }

// MemoryUsed returns how many bytes the server's connections hold. A transport.Budget does not export it.
func (s *Server) MemoryUsed() int64 {
	used := reflect.ValueOf(s.memory).Elem().FieldByName("used")
	return (*atomic.Int64)(used.Addr().UnsafePointer()).Load() // s keeps the budget alive
}

// Sleeps reports that the server has nothing to look after: no connection has a goroutine, and nothing ticks.
func (s *Server) Sleeps() bool {
	at := func(name string) unsafe.Pointer { // s keeps the janitor alive
		return reflect.ValueOf(s.janitor).Elem().FieldByName(name).Addr().UnsafePointer()
	}
	return (*atomic.Int64)(at("awake")).Load() == 0 && (*atomic.Int64)(at("busy")).Load() == 0 && (*atomic.Bool)(at("asleep")).Load()
}

// Fill sets the func fields of a contract.
func (c *Client) Fill(contract any, options ...ContractOption) error {
	return c.fill(contract, options)
}

// AddMethod adds a method whose handler does nothing.
func AddMethod(s *Service, m *contract.Method) {
	s.add(m, func(context.Context, unsafe.Pointer, unsafe.Pointer) error { return nil })
}
