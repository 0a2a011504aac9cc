package rpc

import (
	"context"
	"errors"
	"maps"
	"reflect"
	"slices"

	"github.com/tagwire/tagwire/definition"
	"github.com/tagwire/tagwire/rpc/contract"
	"github.com/tagwire/tagwire/rpc/describe"
	"github.com/tagwire/tagwire/rpc/message"
)

// Describe returns the definitions of services, as files of Thrift and of Protobuf would have them: those of one package together, with
// all types that they reach. They come from the contracts and the tags of their structs; package describe says which names they have.
// [thrifttext.Text] and [prototext.Text] make text of them, for compilers of other languages.
//
// The definitions of what is right are there also if there is an error, which says what is wrong with the rest. Methods of the types may
// be called: InitDefault, for defaults, and String, for the names of enums.
//
// [thrifttext.Text]: https://pkg.go.dev/github.com/tagwire/tagwire/definition/thrifttext#Text
// [prototext.Text]: https://pkg.go.dev/github.com/tagwire/tagwire/definition/prototext#Text
func Describe(services ...*Service) (*definition.Definitions, error) {
	var all []describe.Service
	var faults []error
	for _, s := range services {
		if err := s.Err(); err != nil {
			faults = append(faults, err)
			continue
		}
		all = append(all, s.described())
	}
	made, err := describe.Definitions(all)
	return made, errors.Join(append(faults, err)...)
}

// described returns the service as it is now, for descriptions.
func (s *Service) described() describe.Service {
	s.lock.Lock()
	defer s.lock.Unlock()
	d := describe.Service{Name: s.name}
	for _, m := range slices.Collect(maps.Values(s.methods)) {
		d.Methods = append(d.Methods, m.Method)
	}
	return d
}

// DescribeContract returns the definitions of a contract under the name of a service, as [Describe] does for what implements it. The options
// are those of [Implement].
func DescribeContract[Contract any](service string, options ...ContractOption) (*definition.Definitions, error) {
	fields, err := contract.NewReader(options).Fields(reflect.TypeFor[Contract]())
	if err != nil {
		return nil, err
	}
	d := describe.Service{Name: service}
	for _, f := range fields {
		d.Methods = append(d.Methods, f.Method)
	}
	return describe.Definitions([]describe.Service{d})
}

// Name of the service and the method by which a server with [WithReflection] hands out definitions. Over Thrift's transports a message names
// both, with a colon between them. No method of an interface definition has such a name.
const (
	reflectionService = "tagwire.Reflection"
	reflectionMethod  = "definitions"
)

var definitionsMethod = NewMethod[Void, definition.Definitions](reflectionMethod)

// Definitions asks a server that has [WithReflection] for the definitions of its services. Another server does not know the method, so that
// the error has one of the codes CodeUnknownMethod and CodeUnknownService. What the server says is bounded by the client's limits, and
// not to be trusted otherwise: types that it refers to may be missing.
func Definitions(ctx context.Context, client *Client) (*definition.Definitions, error) {
	b, err := client.reflectionMethod()
	if err != nil {
		return nil, err
	}
	return callFunction[Void, definition.Definitions](ctx, client, b, nil)
}

// reflectionMethod returns the method of Definitions, made on first use: it belongs to another service than others of the client.
func (c *Client) reflectionMethod() (*boundMethod, error) {
	s := definitionsMethod.desc
	if b, found := c.methods.Load(s); found {
		return b, nil
	}
	b, err := c.newBoundMethod(s)
	if err != nil {
		return nil, err
	}
	b.service, b.sentName = reflectionService, []byte(reflectionService+":"+reflectionMethod)
	c.methods.Store(s, b)
	return b, nil
}

// reflection returns the methods of the service that hands out the definitions of those that are registered. lock is held.
func (s *Server) reflection() (map[string]*boundMethod, error) {
	made, err := Describe(s.registered...)
	if err != nil {
		s.journal.Warn("rpc: reflection does not describe all services", "reason", err.Error())
	}
	svc := NewService(reflectionService)
	definitionsMethod.Handle(svc, func(context.Context, *Void) (*definition.Definitions, error) {
		if len(made.Files) == 0 {
			return nil, &message.Error{Code: CodeInternal, Message: "no service can be described", Err: err}
		}
		return made, nil
	})
	methods, err := svc.boundMethods(&s.types, false)
	if err != nil {
		return nil, err
	}
	methods[reflectionMethod].gate = s.config.callLimits.Gate(reflectionService, reflectionMethod)
	return methods, nil
}
