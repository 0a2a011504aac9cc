package rpc

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"net"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tagwire/tagwire/rpc/admission"
	"github.com/tagwire/tagwire/rpc/janitor"
	"github.com/tagwire/tagwire/rpc/journal"
	"github.com/tagwire/tagwire/rpc/memory"
	"github.com/tagwire/tagwire/rpc/message"
	"github.com/tagwire/tagwire/rpc/streaming"
	"github.com/tagwire/tagwire/rpc/thrift"
	"github.com/tagwire/tagwire/rpc/transport"
)

// Server serves services over connections. Its methods may be called by many goroutines at once, also by handlers.
type Server struct {
	config  serverConfig
	journal journal.Journal
	side    streaming.Side // of streams
	types   memory.Types
	memory  *transport.Budget
	janitor *janitor.Janitor
	workers transport.Workers // for calls that are multiplexed
	// base ends when the server is closed; the contexts of connections descend from it.
	base context.Context
	end  context.CancelFunc

	lock        sync.Mutex
	services    map[string]map[string]*boundMethod
	registered  []*Service
	faults      []error
	listeners   map[*admission.Acceptor]struct{}
	connections map[*serverConn]struct{}
	peers       admission.Peers // of connections
	sweeping    bool
	empty       chan struct{} // closed when the server drains and has no connection

	serving  atomic.Pointer[routes] // what Serve found registered
	draining atomic.Bool            // it is being shut down; changed under lock
	closing  atomic.Bool            // connections are closed once they are idle
	ending   atomic.Bool            // after a reply in any case
	evicted  atomic.Int64           // when memory was looked for, see makeRoom
	refusals admission.Reports      // to interceptors
	plain    atomic.Bool            // it has been said that a business error was sent as text
	textual  atomic.Bool            // the same of a declared exception
}

// routes are the services, as the connections see them: they change no more.
type routes struct {
	services map[string]map[string]*boundMethod
	only     map[string]*boundMethod            // the methods of the only service, nil if there are several
	tools    map[string]map[string]*boundMethod // the services of tools, which are called by their names alone
}

// NewServer returns a server without services.
func NewServer(options ...ServerOption) *Server {
	s := &Server{
		services:    map[string]map[string]*boundMethod{},
		listeners:   map[*admission.Acceptor]struct{}{},
		connections: map[*serverConn]struct{}{},
		peers:       admission.Peers{},
		empty:       make(chan struct{}),
		refusals:    admission.NewReports(),
	}
	s.config = serverConfig{readTimeout: 30 * time.Second, writeTimeout: 30 * time.Second, idleTimeout: 10 * time.Minute}
	for _, o := range options {
		o.applyToServer(&s.config)
	}
	s.config.complete()
	s.config.completeKeepAlive(KeepAlive{Interval: keepAliveInterval, LeastInterval: keepAliveLeast})
	if fault := s.config.checkTLS(); fault != nil {
		s.faults = append(s.faults, fault)
	}
	s.config.protocols = append(append([]Protocol(nil), thrift.BuiltIn...), s.config.protocols...)
	s.journal.Logger = s.config.logger
	s.side = streaming.Side{Journal: &s.journal, Chain: s.config.chain, Observers: s.config.onMessage}
	s.types.Limits, s.types.Formats = &s.config.limits, thrift.Formats[:]
	s.memory = transport.NewBudget(int64(s.config.limits.MaxMemory))
	s.janitor = janitor.New()
	s.base, s.end = context.WithCancel(context.Background())
	return s
}

// complete sets what options left open.
func (c *commonConfig) complete() {
	c.limits = c.limits.WithDefaults(transport.DefaultMemory())
	if c.logger == nil {
		c.logger = slog.Default()
	}
	for _, i := range c.interceptors {
		if i.Call != nil {
			c.chain = append(c.chain, i.Call)
		}
		if i.Message != nil {
			c.onMessage = append(c.onMessage, i.Message)
		}
		if i.Values != nil {
			c.onValue = append(c.onValue, i.Values)
		}
		if i.Connection != nil {
			c.onConnection = append(c.onConnection, i.Connection)
		}
		if i.Rejected != nil {
			c.rejected = append(c.rejected, i.Rejected)
		}
	}
}

// checkTLS looks for what is missing in the config of WithTLS.
func (c *serverConfig) checkTLS() error {
	switch {
	case !c.secure:
	case c.tls == nil:
		return errNoTLS
	case len(c.tls.Certificates) == 0 && c.tls.GetCertificate == nil && c.tls.GetConfigForClient == nil:
		return message.ContractError("", "the config of rpc.WithTLS has no certificate; set Certificates, GetCertificate or GetConfigForClient")
	}
	return nil
}

// Register adds a service. It must be done before Serve. The error tells what is wrong with the service's
// methods, with the name of each and what to write.
func (s *Server) Register(svc *Service) error {
	methods, err := svc.boundMethods(&s.types, s.config.requestReuse)
	s.lock.Lock()
	defer s.lock.Unlock()
	switch {
	case err != nil:
	case s.serving.Load() != nil:
		err = message.ContractError("", "service %s is registered while the server runs; call Register before Serve", svc.name)
	case s.services[svc.name] != nil:
		err = message.ContractError("", "there are two services %q; give one another name, or add all methods to one", svc.name)
	}
	if err != nil {
		s.faults = append(s.faults, err)
		return err
	}
	for name, b := range methods {
		b.gate = s.config.callLimits.Gate(svc.name, name)
	}
	s.services[svc.name] = methods
	s.registered = append(s.registered, svc)
	return nil
}

// ListenAndServe listens on an address, such as "tcp", ":8888" or "unix", "/run/store.sock", and serves until
// Shutdown or Close, when it returns nil.
func (s *Server) ListenAndServe(network, address string) error {
	var config net.ListenConfig
	config.SetMultipathTCP(false) // see package socket
	listener, err := config.Listen(context.Background(), network, address)
	if err != nil {
		return err
	}
	return s.serve(listener, true)
}

// Serve serves the connections that a listener accepts, and closes it. It returns nil after Shutdown or Close, also if
// they were called before, an error at once if there is no service, or a wrong one, and the listener's error if that is
// closed by its owner; the connections that were accepted are served all the same. It may be called for several
// listeners, of any kind.
func (s *Server) Serve(listener net.Listener) error { return s.serve(listener, false) }

// serve is Serve; own says that no other process can have the listener.
func (s *Server) serve(listener net.Listener, own bool) error {
	a, err := s.prepare(listener, own)
	if a == nil {
		return errors.Join(err, listener.Close())
	}
	defer func() {
		_ = listener.Close()
		s.lock.Lock()
		delete(s.listeners, a)
		s.lock.Unlock()
	}()
	err = a.Run()
	if s.draining.Load() || a.Finished() {
		return nil
	}
	return err
}

// prepare takes a listener into service. It returns none if the server has ended, or there is an error.
func (s *Server) prepare(listener net.Listener, own bool) (*admission.Acceptor, error) {
	s.lock.Lock()
	defer s.lock.Unlock()
	if s.draining.Load() {
		return nil, nil
	}
	faults := append([]error(nil), s.faults...)
	for _, svc := range s.registered {
		// Something was added too late.
		if err := svc.Err(); err != nil {
			faults = append(faults, err)
		}
	}
	switch {
	case len(faults) > 0:
		return nil, errors.Join(faults...)
	case len(s.services) == 0:
		return nil, message.ContractError("", "the server has no service; call Register before Serve")
	}
	if s.serving.Load() == nil {
		tools, err := s.tools()
		if err != nil {
			return nil, err
		}
		if unused := s.config.callLimits.Unused(); unused != "" {
			return nil, message.ContractError("", "rpc.WithCallLimit names %q; write a service, or a method as in \"Service:method\"", unused)
		}
		r := &routes{services: s.services, tools: tools}
		if len(s.services) == 1 {
			for _, methods := range s.services {
				r.only = methods
			}
		}
		s.serving.Store(r)
	}
	a := s.acceptor(listener, own)
	s.listeners[a] = struct{}{}
	if !s.sweeping {
		s.sweeping = true
		go s.sweep()
	}
	return a, nil
}

// Shutdown accepts the connections that clients have made already, if the listener is one of package net, and no others, and closes
// them when they have no call to work on. Before that, for a tenth of a second, calls that were on their way are taken as well, for
// half a second on a connection that had none, and replies say, where the transport can, that the connection
// will be closed; messages that have begun to arrive may take a second. When ctx ends before all is done, Shutdown closes
// the rest and returns the context's error. A handler that calls it waits for itself, so that only ctx ends it.
func (s *Server) Shutdown(ctx context.Context) error {
	s.acceptPending(ctx)
	s.drain()
	for _, c := range s.appendConnections(nil) {
		if shared := c.shared.Load(); shared != nil {
			shared.announce()
		}
	}
	if !s.emptied(ctx, drainGrace) {
		s.closing.Store(true)
		for _, c := range s.appendConnections(nil) {
			c.endWhenIdle()
		}
		if !s.emptied(ctx, drainTime) {
			s.ending.Store(true)
			s.emptied(ctx, -1)
		}
	}
	var err error
	select {
	case <-s.empty:
	default:
		err = ctx.Err()
	}
	s.abort()
	return err
}

// drainGrace is how long calls are taken after the server is told to shut down.
const drainGrace = 100 * time.Millisecond

// emptied waits until there are no connections, for as long as limit, if that is not negative, and ctx say, and reports
// whether there are none.
func (s *Server) emptied(ctx context.Context, limit time.Duration) bool {
	var over <-chan time.Time
	if limit >= 0 {
		timer := time.NewTimer(limit)
		defer timer.Stop()
		over = timer.C
	}
	select {
	case <-s.empty:
		return true
	case <-over:
	case <-ctx.Done():
	}
	return false
}

// Close ends all connections at once, and the contexts of their calls. It does not wait for handlers.
func (s *Server) Close() error {
	s.drain()
	s.abort()
	return nil
}

// acceptPending takes the connections that clients have made and that were not accepted yet, and ends the accepting where it can.
func (s *Server) acceptPending(ctx context.Context) {
	s.lock.Lock()
	acceptors := slices.Collect(maps.Keys(s.listeners))
	s.lock.Unlock()
	limit := time.NewTimer(drainTime)
	defer limit.Stop()
	for _, a := range acceptors {
		over, ends := a.Finish()
		if !ends {
			continue
		}
		select {
		case <-over:
		case <-limit.C:
			return
		case <-ctx.Done():
			return
		}
	}
}

// drain ends the accepting.
func (s *Server) drain() {
	if h := s.config.health; h != nil {
		h.Shutdown()
	}
	s.lock.Lock()
	if !s.draining.Swap(true) && len(s.connections) == 0 {
		close(s.empty)
	}
	listeners := slices.Collect(maps.Keys(s.listeners))
	s.lock.Unlock()
	for _, a := range listeners {
		_ = a.Listener.Close()
	}
}

// abort closes what is left. It does not wait for handlers that do not heed their contexts.
func (s *Server) abort() {
	s.closing.Store(true)
	for _, c := range s.appendConnections(nil) {
		c.abort(nil) // before the contexts end, so that no handler's last words about that are sent
	}
	s.end()
	s.workers.Close()
}

// appendConnections appends the connections that there are.
func (s *Server) appendConnections(all []*serverConn) []*serverConn {
	s.lock.Lock()
	defer s.lock.Unlock()
	for c := range s.connections {
		all = append(all, c)
	}
	return all
}

// event reports an event of a connection to the interceptors. They are users' code: if one panics, that is all, and if one
// ends the goroutine, the others are told all the same.
func (c *commonConfig) event(j *journal.Journal, e ConnectionEvent) {
	for i := len(c.onConnection) - 1; i >= 0; i-- {
		defer func() {
			defer func() {
				if value := recover(); value != nil {
					j.Panicked("rpc: an interceptor panicked", value, "event", e.Kind.String())
				}
			}()
			c.onConnection[i](e)
		}()
	}
}

func (s *Server) event(kind ConnectionEventKind, c *Connection, remote net.Addr, err error) {
	s.config.event(&s.journal, ConnectionEvent{Kind: kind, Side: ServerSide, Remote: remote, Err: err, Connection: c})
}

// route finds the method that a message calls, or the exception to answer with.
func (r *routes) route(m *Message) (*boundMethod, *thrift.Exception) {
	methods := r.only
	if methods == nil && len(m.Service) > 0 {
		methods = r.services[string(m.Service)]
	}
	if methods != nil {
		if b := methods[string(m.Method)]; b != nil {
			return b, nil
		}
	}
	// Apache's multiplexed name, "Service:method".
	name := string(m.Method)
	if service, method, found := strings.Cut(name, ":"); found {
		named := r.services[service]
		if named == nil && service == reflectionService {
			named = r.tools[service] // the other tools are those of gRPC
		}
		if named != nil {
			if b := named[method]; b != nil {
				return b, nil
			}
			return nil, thrift.NewException(CodeUnknownMethod, "service "+service+" has no method "+method)
		}
		if methods == nil || r.only != nil {
			return nil, thrift.NewException(CodeUnknownService, "there is no service "+service)
		}
	}
	return r.unknown(m, methods, name)
}

// unknown finds a method by its name alone, if just one service has it, or says what is missing.
func (r *routes) unknown(m *Message, methods map[string]*boundMethod, name string) (*boundMethod, *thrift.Exception) {
	switch {
	case methods != nil:
		return nil, thrift.NewException(CodeUnknownMethod, "unknown method "+name)
	case len(m.Service) > 0 && !m.Hinted:
		return nil, thrift.NewException(CodeUnknownService, "there is no service "+string(m.Service))
	}
	var found *boundMethod
	for _, methods := range r.services {
		if b := methods[name]; b != nil {
			if found != nil {
				return nil, thrift.NewException(CodeNoService, "several services have the method "+name+", and the call names none")
			}
			found = b
		}
	}
	if found == nil {
		return nil, thrift.NewException(CodeUnknownMethod, "unknown method "+name)
	}
	return found, nil
}
