package rpc

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Server serves services over connections. Its methods may be called by many goroutines at once.
type Server struct {
	config serverConfig
	// base ends when the server is closed; the contexts of connections descend from it.
	base context.Context
	end  context.CancelFunc

	lock        sync.Mutex
	services    map[string]map[string]*binding
	faults      []error
	loops       map[loop]struct{}
	connections map[*serverConn]struct{}
	watching    bool

	serving  atomic.Pointer[routes] // what Serve found registered
	draining atomic.Bool
	closed   atomic.Bool
	count    atomic.Int64 // connections
	calls    atomic.Int64 // being worked on
	watch    watcher
}

// routes are the services, as the connections see them: they change no more.
type routes struct {
	services map[string]map[string]*binding
	only     map[string]*binding // the methods of the only service, nil if there are several
}

// NewServer returns a server without services.
func NewServer(options ...ServerOption) *Server {
	s := &Server{
		services:    map[string]map[string]*binding{},
		loops:       map[loop]struct{}{},
		connections: map[*serverConn]struct{}{},
	}
	s.config = serverConfig{readTimeout: 30 * time.Second, writeTimeout: 30 * time.Second, idleTimeout: 10 * time.Minute}
	for _, o := range options {
		o.applyToServer(&s.config)
	}
	s.config.complete()
	s.config.protocols = append(append([]Protocol(nil), builtIn...), s.config.protocols...)
	s.base, s.end = context.WithCancel(context.Background())
	s.watch.wake = make(chan struct{}, 1)
	s.watch.clock.Store(time.Now().UnixNano())
	return s
}

// complete sets what options left open.
func (c *commonConfig) complete() {
	c.limits = c.limits.withDefaults()
	if c.logger == nil {
		c.logger = slog.Default()
	}
	for _, i := range c.interceptors {
		if i.Call != nil {
			c.chain = append(c.chain, i.Call)
		}
		if i.Connection != nil {
			c.watchers = append(c.watchers, i.Connection)
		}
	}
}

// Register adds a service. It must be done before Serve. The error tells what is wrong with the service's
// methods, with the name of each and what to write.
func (s *Server) Register(svc *Service) error {
	methods, err := svc.bindings(&s.config.limits)
	s.lock.Lock()
	defer s.lock.Unlock()
	switch {
	case err != nil:
	case s.serving.Load() != nil:
		err = contractError("", "service %s is registered while the server runs; call Register before Serve", svc.name)
	case s.services[svc.name] != nil:
		err = contractError("", "there are two services %q; give one another name, or add all methods to one", svc.name)
	}
	if err != nil {
		s.faults = append(s.faults, err)
		return err
	}
	s.services[svc.name] = methods
	return nil
}

// ListenAndServe listens on an address, such as "tcp", ":8888" or "unix", "/run/store.sock", and serves until
// Shutdown or Close, when it returns nil.
func (s *Server) ListenAndServe(network, address string) error {
	listener, err := net.Listen(network, address)
	if err != nil {
		return err
	}
	return s.Serve(listener)
}

// Serve serves the connections of a listener and closes it. It returns nil after Shutdown or Close, and an error at
// once if there is no service, or a wrong one. It may be called for several listeners. The TCP and unix listeners
// of package net are served by netpoll; any other, such as one of package crypto/tls, with two goroutines for each
// connection.
func (s *Server) Serve(listener net.Listener) error {
	l, err := s.prepare(listener)
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	err = l.serve()
	s.lock.Lock()
	delete(s.loops, l)
	s.lock.Unlock()
	if s.draining.Load() {
		return nil
	}
	return err
}

func (s *Server) prepare(listener net.Listener) (loop, error) {
	s.lock.Lock()
	defer s.lock.Unlock()
	switch {
	case s.draining.Load():
		return nil, &Error{Code: CodeShutdown}
	case len(s.faults) > 0:
		return nil, errors.Join(s.faults...)
	case len(s.services) == 0:
		return nil, contractError("", "the server has no service; call Register before Serve")
	}
	s.watch.clock.Store(time.Now().UnixNano())
	if s.serving.Load() == nil {
		r := &routes{services: s.services}
		if len(s.services) == 1 {
			for _, methods := range s.services {
				r.only = methods
			}
		}
		s.serving.Store(r)
	}
	l, err := newLoop(s, listener)
	if err != nil {
		return nil, err
	}
	s.loops[l] = struct{}{}
	if !s.watching {
		s.watching = true
		go s.watchConnections()
	}
	return l, nil
}

// accept reports whether there is room for another connection.
func (s *Server) accept(remote net.Addr) bool {
	if s.count.Load() < int64(s.config.limits.MaxConnections) {
		return true
	}
	s.event(ConnectionEvent{Kind: ConnectionRefused, Side: ServerSide, Remote: remote,
		Err: limitError("%d connections are open", s.config.limits.MaxConnections)})
	return false
}

func (s *Server) event(e ConnectionEvent) {
	for _, watch := range s.config.watchers {
		watch(e)
	}
}

// Shutdown stops accepting connections, closes the idle ones, lets the calls that are being worked on finish and
// closes theirs after the reply. When ctx ends before that, it closes the rest and returns the context's error.
func (s *Server) Shutdown(ctx context.Context) error {
	s.draining.Store(true)
	s.lock.Lock()
	loops := maps.Clone(s.loops)
	s.lock.Unlock()
	for _, c := range s.list() {
		if c.state.Load() == stateWaiting {
			c.kill(nil)
		}
	}
	done := make(chan error, len(loops))
	for l := range loops {
		go func() { done <- l.shutdown(ctx) }()
	}
	var err error
	for range loops {
		if e := <-done; e != nil {
			err = e
		}
	}
	s.finish()
	return err
}

// finish closes what is left. It does not wait for handlers that do not heed their contexts.
func (s *Server) finish() {
	s.closed.Store(true)
	for _, c := range s.list() {
		c.kill(nil) // before the contexts end, so that no handler's last words about that are sent
	}
	s.end()
	s.watch.kick()
}

// Close ends all connections at once, and the contexts of their calls. It does not wait for handlers.
func (s *Server) Close() error {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := s.Shutdown(ctx); !errors.Is(err, context.Canceled) {
		return err
	}
	return nil
}

func (s *Server) list() []*serverConn { return s.appendConnections(nil) }

// appendConnections appends the connections that there are.
func (s *Server) appendConnections(all []*serverConn) []*serverConn {
	s.lock.Lock()
	defer s.lock.Unlock()
	for c := range s.connections {
		all = append(all, c)
	}
	return all
}

// route finds the method that a message calls, or the exception to answer with.
func (r *routes) route(m *Message) (*binding, *applicationException) {
	methods := r.only
	service := m.Service
	if len(service) == 0 {
		service = m.toService
	}
	if methods == nil && len(service) > 0 {
		methods = r.services[string(service)]
	}
	if methods != nil {
		if b := methods[string(m.Method)]; b != nil {
			return b, nil
		}
	}
	// Apache's multiplexed name, "Service:method".
	name := string(m.Method)
	if service, method, found := strings.Cut(name, ":"); found {
		if named := r.services[service]; named != nil {
			if b := named[method]; b != nil {
				return b, nil
			}
			return nil, &applicationException{"service " + service + " has no method " + method, int32(CodeUnknownMethod)}
		}
		if methods == nil || r.only != nil {
			return nil, &applicationException{"there is no service " + service, int32(CodeUnknownService)}
		}
	}
	return r.unknown(m, methods, name)
}

// unknown finds a method by its name alone, if just one service has it, or says what is missing.
func (r *routes) unknown(m *Message, methods map[string]*binding, name string) (*binding, *applicationException) {
	switch {
	case methods != nil:
		return nil, &applicationException{"unknown method " + name, int32(CodeUnknownMethod)}
	case len(m.Service) > 0:
		return nil, &applicationException{"there is no service " + string(m.Service), int32(CodeUnknownService)}
	}
	var found *binding
	for _, methods := range r.services {
		if b := methods[name]; b != nil {
			if found != nil {
				return nil, &applicationException{"several services have the method " + name + ", and the call names none",
					int32(CodeNoService)}
			}
			found = b
		}
	}
	if found == nil {
		return nil, &applicationException{"unknown method " + name, int32(CodeUnknownMethod)}
	}
	return found, nil
}
