package descriptor

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/tagwire/tagwire/rpc/naming"
	"github.com/tagwire/tagwire/schema"
)

// Service is a service that is to be described.
type Service struct {
	Name    string // as in shop.v1.Store
	Methods []Method
}

// Method is a method of a service.
type Method struct {
	Name string
	// Request and Reply are the structs that are the messages; nil if the messages are not those of Protobuf.
	Request, Reply reflect.Type
	// Exceptions are structs that errors carry as details.
	Exceptions                   []reflect.Type
	ClientStreams, ServerStreams bool
}

// A builder makes the files of services.
type builder struct {
	library  *library
	symbols  map[string]symbolAt // of the files of generated types, and of services
	scopes   map[string]bool     // the packages of all files, and the packages around them
	packages map[string]*namespace
	named    map[reflect.Type][]naming.EnumValue // the names of numbers; nil if they have none
	faults   map[string]error
}

// symbolAt is where a symbol is.
type symbolAt struct {
	path string
	kind symbolKind
}

// Build describes services. What is wrong with one is the error of [Set.Fault] for it, and does not concern the others. Methods of user's types
// are called: those that generators make, and String of named numbers. The same services in another order have the same descriptions.
func Build(services []Service) *Set {
	services = slices.Clone(services)
	slices.SortStableFunc(services, func(a, b Service) int { return strings.Compare(a.Name, b.Name) })
	for i := range services {
		services[i].Methods = slices.Clone(services[i].Methods)
		slices.SortStableFunc(services[i].Methods, func(a, b Method) int { return strings.Compare(a.Name, b.Name) })
	}
	b := &builder{
		library:  newLibrary(),
		symbols:  map[string]symbolAt{},
		scopes:   map[string]bool{},
		packages: map[string]*namespace{},
		named:    map[reflect.Type][]naming.EnumValue{},
		faults:   map[string]error{},
	}
	services = slices.CompactFunc(services, func(a, b Service) bool { return a.Name == b.Name })
	services = slices.DeleteFunc(services, b.refuses)
	for i := range services {
		services[i].eachType(func(t reflect.Type) {
			if plan, err := schema.Protobuf.Of(t); err == nil { // always: check has asked for it
				b.library.visit(plan)
			}
		})
	}
	b.library.link()
	described := b.enter(services)
	b.nameAll(described)
	for _, s := range described {
		b.namespace(packageOf(s.Name)).addService(s)
	}
	return b.finish()
}

// refuses notes what is wrong with a service by itself, and reports whether there is anything.
func (b *builder) refuses(s Service) bool {
	err := s.check()
	if err != nil {
		b.refuse(s.Name, err)
	}
	return err != nil
}

func (b *builder) refuse(service string, reason error) {
	b.faults[service] = fmt.Errorf("the service %s has no description: %w", service, reason)
}

func (s *Service) check() error {
	if !isFullName(s.Name) {
		return errors.New("its name is none of Protobuf, such as shop.v1.Store")
	}
	for i := range s.Methods {
		if err := s.Methods[i].check(); err != nil {
			return fmt.Errorf("the method %s %w", s.Methods[i].Name, err)
		}
		if i > 0 && s.Methods[i].Name == s.Methods[i-1].Name {
			return fmt.Errorf("it has two methods %s", s.Methods[i].Name)
		}
	}
	return nil
}

func (m *Method) check() error {
	switch {
	case m.Request == nil || m.Reply == nil:
		return errors.New("has messages of Thrift, not of Protobuf")
	case !naming.IsIdentifier(m.Name):
		return errors.New("has a name that is no identifier of Protobuf")
	}
	m.Request, m.Reply, m.Exceptions = structOf(m.Request), structOf(m.Reply), slices.Clone(m.Exceptions)
	for i, e := range m.Exceptions {
		m.Exceptions[i] = structOf(e)
	}
	for _, t := range append([]reflect.Type{m.Request, m.Reply}, m.Exceptions...) {
		plan, err := schema.Protobuf.Of(t)
		if err == nil {
			err = checkInline(plan)
		}
		if err != nil {
			return fmt.Errorf("has the message %v: %w", t, err)
		}
	}
	return nil
}

// structOf returns the struct that t is, or points to.
func structOf(t reflect.Type) reflect.Type {
	if t != nil && t.Kind() == reflect.Pointer {
		return t.Elem()
	}
	return t
}

// eachType calls visit for the messages of the service.
func (s *Service) eachType(visit func(t reflect.Type)) {
	for i := range s.Methods {
		m := &s.Methods[i]
		for _, e := range m.Exceptions {
			visit(e)
		}
		visit(m.Request)
		visit(m.Reply)
	}
}

func packageOf(name string) string {
	scope, _ := splitName(name)
	return scope
}
