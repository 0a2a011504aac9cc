package rpc

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/tagwire/tagwire/rpc/contract"
	"github.com/tagwire/tagwire/rpc/message"

	"github.com/tagwire/tagwire/rpc/invoke"
	"github.com/tagwire/tagwire/rpc/memory"
)

// Service is a set of methods with their implementations, under a name. Add to it with Handle and Implement, then
// register it with a server.
type Service struct {
	name string

	lock    sync.Mutex
	methods map[string]*contract.Implementation
	faults  []error
	sealed  bool
}

// NewService returns a service without methods. The name is what callers choose the service by, if a server has
// several.
func NewService(name string) *Service {
	s := &Service{name: name, methods: map[string]*contract.Implementation{}}
	if name == "" {
		s.fail(message.ContractError("", "a service needs a name; write rpc.NewService(\"Name\")"))
	}
	return s
}

// Name returns the name.
func (s *Service) Name() string { return s.name }

// Err returns what is wrong with the methods that were added so far, joined; nil if nothing is. Server.Register
// returns the same.
func (s *Service) Err() error {
	s.lock.Lock()
	defer s.lock.Unlock()
	return errors.Join(s.faults...)
}

func (s *Service) fail(err error) {
	s.lock.Lock()
	defer s.lock.Unlock()
	s.faults = append(s.faults, err)
}

// add adds a method that is no stream.
func (s *Service) add(m *contract.Method, call invoke.Invoker) {
	s.implement(&contract.Implementation{Method: m, Invoke: call})
}

func (s *Service) implement(m *contract.Implementation) {
	s.lock.Lock()
	defer s.lock.Unlock()
	switch _, taken := s.methods[m.Name]; {
	case s.sealed:
		s.faults = append(s.faults, message.ContractError(m.Name, "service %s is registered already; add all methods before", s.name))
	case taken:
		s.faults = append(s.faults, message.ContractError(m.Name, "service %s has two methods of this name; rename one", s.name))
	default:
		s.methods[m.Name] = m
	}
}

// Methods returns the methods in the order of their names, for other frameworks that serve them; the error is that of
// Server.Register. Nothing can be added afterwards.
func (s *Service) Methods() ([]*contract.Implementation, error) {
	if err := s.Err(); err != nil {
		return nil, err
	}
	s.lock.Lock()
	defer s.lock.Unlock()
	if len(s.methods) == 0 {
		return nil, message.ContractError("", "service %s has no method; call rpc.Handle or rpc.Implement before Register", s.name)
	}
	s.sealed = true
	return slices.SortedFunc(maps.Values(s.methods), func(a, b *contract.Implementation) int { return strings.Compare(a.Name, b.Name) }), nil
}

// boundMethods returns the methods under the limits of a server; reuse is that of all. Nothing can be added afterwards.
func (s *Service) boundMethods(l *memory.Types, reuse bool) (map[string]*boundMethod, error) {
	methods, err := s.Methods()
	if err != nil {
		return nil, err
	}
	bound := make(map[string]*boundMethod, len(methods))
	for _, m := range methods {
		b, err := bind(l, m.Method)
		if err != nil {
			return nil, err
		}
		b.invoke, b.service = m.Invoke, s.name
		if reuse || b.Transient {
			b.requests = new(memory.RequestArenas)
		}
		if b.Streams() {
			b.streaming.Handler, b.streaming.Requests = m.Stream, b.requests
		}
		bound[m.Name] = b
	}
	return bound, nil
}
