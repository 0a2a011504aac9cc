package rpc

import (
	"github.com/tagwire/tagwire/rpc/contract"
	"github.com/tagwire/tagwire/rpc/grpc/descriptor"
	"github.com/tagwire/tagwire/rpc/grpc/health"
	"github.com/tagwire/tagwire/rpc/grpc/reflection"
)

// WithReflection makes a server tell tools what it serves, with descriptions that come from the contracts and the tags of their structs: over
// gRPC by grpc.reflection.v1 and v1alpha, as grpcurl asks, where services whose messages are not those of Protobuf are listed by their
// names; and over all transports by a method of its own, which [Definitions] calls.
func WithReflection() ServerOption {
	return serverOption(func(c *serverConfig) { c.reflection = true })
}

// WithHealth makes a server tell over gRPC whether its services serve, by grpc.health.v1, as h says. A service that h knows nothing of serves, and
// so does the server, which has the empty name. All are told as not serving when Shutdown begins.
func WithHealth(h *health.Health) ServerOption {
	return serverOption(func(c *serverConfig) { c.health = h })
}

// tools returns the services of tools. lock is held.
func (s *Server) tools() (map[string]map[string]*boundMethod, error) {
	var added []*Service
	if h := s.config.health; h != nil {
		for _, svc := range s.registered {
			h.Add(svc.name)
		}
		svc := NewService(health.Name)
		Implement[health.Contract](svc, h, Protobuf())
		added = append(added, svc)
	}
	if s.config.reflection {
		var all []descriptor.Service
		for _, svc := range append(added, s.registered...) {
			methods, err := svc.Methods()
			if err != nil {
				return nil, err
			}
			described := make([]*contract.Method, len(methods))
			for i, m := range methods {
				described[i] = m.Method
			}
			all = append(all, descriptor.Of(svc.name, described))
		}
		index := reflection.New(all)
		for _, name := range []string{reflection.Name, reflection.NameAlpha} {
			svc := NewService(name)
			Implement[reflection.Contract](svc, index, Protobuf())
			added = append(added, svc)
		}
	}
	tools := map[string]map[string]*boundMethod{}
	for _, svc := range added {
		if s.services[svc.name] != nil {
			continue // the user's own
		}
		methods, err := svc.boundMethods(&s.types, false)
		if err != nil {
			return nil, err
		}
		tools[svc.name] = methods
	}
	if s.config.reflection && s.services[reflectionService] == nil {
		methods, err := s.reflection()
		if err != nil {
			return nil, err
		}
		tools[reflectionService] = methods
	}
	return tools, nil
}
