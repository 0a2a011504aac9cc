package reflection

import (
	"context"
	"fmt"
	"iter"
	"reflect"
	"slices"
	"strings"

	"github.com/tagwire/tagwire/rpc/grpc"
	"github.com/tagwire/tagwire/rpc/grpc/descriptor"
)

// Names of the service.
const (
	Name      = "grpc.reflection.v1.ServerReflection"
	NameAlpha = "grpc.reflection.v1alpha.ServerReflection"
)

// Contract is the service, under either name.
type Contract struct {
	ServerReflectionInfo func(ctx context.Context, requests iter.Seq2[*ServerReflectionRequest, error]) iter.Seq2[*ServerReflectionResponse, error]
}

// Index answers requests about a server. It is immutable and safe for concurrent use.
type Index struct {
	set   *descriptor.Set
	names []string
}

// New returns the index of the services of a server, and of this one.
func New(services []descriptor.Service) *Index {
	services = slices.Clone(services)
	for _, name := range []string{Name, NameAlpha} {
		if !slices.ContainsFunc(services, func(s descriptor.Service) bool { return s.Name == name }) {
			services = append(services, described(name))
		}
	}
	i := &Index{set: descriptor.Build(services)}
	for _, s := range services {
		i.names = append(i.names, s.Name)
	}
	slices.Sort(i.names)
	i.names = slices.Compact(i.names)
	return i
}

// described is the service under a name.
func described(name string) descriptor.Service {
	return descriptor.Service{Name: name, Methods: []descriptor.Method{{
		Name:          "ServerReflectionInfo",
		Request:       reflect.TypeFor[ServerReflectionRequest](),
		Reply:         reflect.TypeFor[ServerReflectionResponse](),
		ClientStreams: true,
		ServerStreams: true,
	}}}
}

// ServerReflectionInfo answers requests one by one, until there are no more. An error among them is the last that it returns.
func (i *Index) ServerReflectionInfo(
	_ context.Context, requests iter.Seq2[*ServerReflectionRequest, error],
) iter.Seq2[*ServerReflectionResponse, error] {
	return func(yield func(*ServerReflectionResponse, error) bool) {
		for request, err := range requests {
			if err != nil {
				yield(nil, err)
				return
			}
			if !yield(i.Answer(request), nil) {
				return
			}
		}
	}
}

// Answer answers one request. The response refers to it.
func (i *Index) Answer(request *ServerReflectionRequest) *ServerReflectionResponse {
	if request == nil {
		request = new(ServerReflectionRequest)
	}
	response := &ServerReflectionResponse{ValidHost: request.Host, OriginalRequest: request}
	switch r := request; {
	case r.FileByFilename != nil:
		path := ""
		if i.set.Has(*r.FileByFilename) {
			path = *r.FileByFilename
		}
		i.answerFile(response, path, "there is no file %q", *r.FileByFilename)
	case r.FileContainingSymbol != nil:
		i.answerSymbol(response, strings.TrimPrefix(*r.FileContainingSymbol, "."))
	case r.FileContainingExtension != nil:
		message, number := r.FileContainingExtension.ContainingType, r.FileContainingExtension.ExtensionNumber
		i.answerFile(response, i.set.PathOfExtension(message, number), "there is no extension %[2]d of %[1]q", message, number)
	case r.AllExtensionNumbersOfType != nil:
		message := *r.AllExtensionNumbersOfType
		if i.set.PathOf(message) == "" {
			response.fail(grpc.NotFound, "there is no message %q", message)
			break
		}
		response.AllExtensionNumbersResponse = &ExtensionNumberResponse{BaseTypeName: message, ExtensionNumber: i.set.Extensions(message)}
	case r.ListServices != nil:
		list := new(ListServiceResponse)
		for _, name := range i.names {
			list.Service = append(list.Service, &ServiceResponse{name})
		}
		response.ListServicesResponse = list
	default:
		response.fail(grpc.InvalidArgument, "the request asks for nothing that is known")
	}
	return response
}

// answerSymbol answers with the file that has a symbol.
func (i *Index) answerSymbol(response *ServerReflectionResponse, symbol string) {
	path := i.set.PathOf(symbol)
	if path == "" {
		for service := symbol; ; { // a method is within its service
			if err := i.set.Fault(service); err != nil {
				response.fail(grpc.NotFound, "%v", err)
				return
			}
			last := strings.LastIndexByte(service, '.')
			if last < 0 {
				break
			}
			service = service[:last]
		}
	}
	i.answerFile(response, path, "there is no symbol %q", symbol)
}

// answerFile answers with a file, or what it says if there is none.
func (i *Index) answerFile(response *ServerReflectionResponse, path, format string, arguments ...any) {
	if path == "" {
		response.fail(grpc.NotFound, format, arguments...)
		return
	}
	response.FileDescriptorResponse = &FileDescriptorResponse{i.set.Encoded(path)}
}

func (r *ServerReflectionResponse) fail(code grpc.Code, format string, arguments ...any) {
	r.ErrorResponse = &ErrorResponse{ErrorCode: int32(code), ErrorMessage: fmt.Sprintf(format, arguments...)}
}
