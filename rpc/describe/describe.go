// Package describe makes definitions of services from their contracts and from what the tags of their structs say, at run time. No file is
// read.
//
// Services of one package are in one file for each language, with all types that they reach. Methods whose messages are those of Thrift are
// in files of Thrift: shop_v1.thrift for the services of package shop.v1, services.thrift for those whose names have no package. Methods
// with messages of Protobuf are in files as package descriptor makes them.
//
// Types have the names of Go's, with a capital letter, fields those that tags give them, or else Go's in the form user_id; parameters are arg1,
// arg2 and so on. Where two names are equal, the second has a number behind it, and a name that languages reserve has an underline behind it.
// Numbers of named types are enums if the tag says so, or, with 32 bits, if their method String has several names for them; other named types
// of numbers, texts and bytes are typedefs.
// The same services in another order have the same definitions.
package describe

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/tagwire/tagwire/definition"
	"github.com/tagwire/tagwire/rpc/contract"
	"github.com/tagwire/tagwire/rpc/grpc/descriptor"
	"github.com/tagwire/tagwire/rpc/naming"
)

// Service is a service that is to be described.
type Service struct {
	Name    string // as in shop.v1.Store, or Store
	Methods []*contract.Method
}

// Definitions describes services. What is wrong with one is part of the error, and does not concern the others. Methods of user's types are
// called: InitDefault, String of named numbers, and those that generators of Protobuf make.
func Definitions(services []Service) (*definition.Definitions, error) {
	services = slices.Clone(services)
	slices.SortStableFunc(services, func(a, b Service) int { return strings.Compare(a.Name, b.Name) })
	for i := range services {
		services[i].Methods = slices.Clone(services[i].Methods)
		slices.SortStableFunc(services[i].Methods, func(a, b *contract.Method) int { return strings.Compare(a.Name, b.Name) })
	}
	made, err := thriftFiles(services)
	set, inProtobuf := protobufSet(services)
	files, protobufErr := set.Definitions()
	errs := []error{err, protobufErr}
	for _, name := range inProtobuf {
		errs = append(errs, set.Fault(name))
	}
	return &definition.Definitions{Files: append(made, files...)}, errors.Join(errs...)
}

// thriftFiles returns the files with the methods whose messages are those of Thrift.
func thriftFiles(services []Service) ([]*definition.File, error) {
	files := map[string]*file{} // by package
	var errs []error
	for _, s := range services {
		s.Methods = slices.DeleteFunc(slices.Clone(s.Methods), func(m *contract.Method) bool { return m.Protobuf })
		if len(s.Methods) == 0 {
			continue
		}
		scope, _ := splitName(s.Name)
		if files[scope] == nil {
			files[scope] = newFile(scope)
		}
		files[scope].services = append(files[scope].services, s)
	}
	var made []*definition.File
	paths := naming.Scope{}
	for _, scope := range slices.Sorted(maps.Keys(files)) {
		f := files[scope]
		f.made.Path = paths.Take(strings.TrimSuffix(f.made.Path, suffix)) + suffix
		if err := f.describe(); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", f.made.Path, err))
		}
		made = append(made, f.made)
	}
	return made, errors.Join(errs...)
}

// protobufSet describes the methods with messages of Protobuf. It returns the names of their services, too.
func protobufSet(services []Service) (set *descriptor.Set, names []string) {
	var all []descriptor.Service
	for _, s := range services {
		s.Methods = slices.DeleteFunc(slices.Clone(s.Methods), func(m *contract.Method) bool { return !m.Protobuf })
		if len(s.Methods) > 0 {
			all, names = append(all, descriptor.Of(s.Name, s.Methods)), append(names, s.Name)
		}
	}
	return descriptor.Build(all), names
}
