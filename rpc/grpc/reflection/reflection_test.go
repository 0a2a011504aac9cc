package reflection_test

import (
	"context"
	"errors"
	"iter"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/tagwire/tagwire"
	"github.com/tagwire/tagwire/rpc/grpc"
	"github.com/tagwire/tagwire/rpc/grpc/descriptor"
	"github.com/tagwire/tagwire/rpc/grpc/health"
	"github.com/tagwire/tagwire/rpc/grpc/reflection"
)

type item struct {
	Name  string `protobuf:"1"`
	Color color  `protobuf:"2"`
}

type color int32

func (c color) String() string { return [...]string{"RED", "BLUE"}[c] }

// index has a service that is described, and two that are not.
func index() *reflection.Index {
	method := descriptor.Method{Name: "Get", Request: reflect.TypeFor[item](), Reply: reflect.TypeFor[item]()}
	return reflection.New([]descriptor.Service{
		{Name: "shop.v1.Store", Methods: []descriptor.Method{method}},
		{Name: "Thrift", Methods: []descriptor.Method{{Name: "Get"}}},
		{Name: "shop.Odd", Methods: []descriptor.Method{{Name: "get-it", Request: method.Request, Reply: method.Reply}}},
		{Name: health.Name, Methods: []descriptor.Method{{Name: "Check", Request: reflect.TypeFor[health.HealthCheckRequest](),
			Reply: reflect.TypeFor[health.HealthCheckResponse]()}}},
	})
}

// pathsIn returns the paths of the files of a response.
func pathsIn(t *testing.T, r *reflection.ServerReflectionResponse) (paths []string) {
	t.Helper()
	if r.FileDescriptorResponse == nil {
		t.Fatalf("there is no file in %+v", r)
	}
	for _, data := range r.FileDescriptorResponse.FileDescriptorProto {
		file := new(descriptor.FileDescriptorProto)
		if err := tagwire.Unmarshal(data, file, tagwire.WithFormat(tagwire.Protobuf)); err != nil {
			t.Fatal(err)
		}
		paths = append(paths, file.Name)
	}
	return paths
}

func TestAnswerFiles(t *testing.T) {
	i := index()
	for symbol, want := range map[string]string{
		"shop.v1.Store":                  "tagwire/shop.v1.proto",
		".shop.v1.Store":                 "tagwire/shop.v1.proto",
		"shop.v1.Store.Get":              "tagwire/shop.v1.proto",
		"shop.v1.item":                   "tagwire/shop.v1.proto",
		"shop.v1.item.name":              "tagwire/shop.v1.proto",
		"shop.v1.color":                  "tagwire/shop.v1.proto",
		"shop.v1.BLUE":                   "tagwire/shop.v1.proto",
		reflection.Name:                  "tagwire/grpc.reflection.v1.proto",
		reflection.NameAlpha:             "tagwire/grpc.reflection.v1alpha.proto",
		"grpc.health.v1.Health.Check":    "tagwire/grpc.health.v1.proto",
		"grpc.health.v1.SERVICE_UNKNOWN": "tagwire/grpc.health.v1.proto",
		"grpc.reflection.v1.ServerReflectionResponse.message_response": "tagwire/grpc.reflection.v1.proto",
	} {
		request := &reflection.ServerReflectionRequest{Host: "here", FileContainingSymbol: &symbol}
		response := i.Answer(request)
		if got := pathsIn(t, response); !slices.Equal(got, []string{want}) || response.ValidHost != "here" || response.OriginalRequest != request {
			t.Errorf("%s is in %s", symbol, got)
		}
		if got := pathsIn(t, i.Answer(&reflection.ServerReflectionRequest{FileByFilename: &want})); !slices.Equal(got, []string{want}) {
			t.Error(got)
		}
	}
}

func TestAnswerServices(t *testing.T) {
	list := ""
	response := index().Answer(&reflection.ServerReflectionRequest{ListServices: &list})
	var names []string
	for _, s := range response.ListServicesResponse.Service {
		names = append(names, s.Name)
	}
	if want := []string{"Thrift", health.Name, reflection.Name, reflection.NameAlpha, "shop.Odd", "shop.v1.Store"}; !slices.Equal(names, want) {
		t.Error(names)
	}
}

func TestAnswerErrors(t *testing.T) {
	text := func(s string) *string { return &s }
	for _, c := range []struct {
		request *reflection.ServerReflectionRequest
		code    grpc.Code
		want    string
	}{
		{nil, grpc.InvalidArgument, "asks for nothing"},
		{&reflection.ServerReflectionRequest{}, grpc.InvalidArgument, "asks for nothing"},
		{&reflection.ServerReflectionRequest{FileByFilename: text("no.proto")}, grpc.NotFound, `no file "no.proto"`},
		{&reflection.ServerReflectionRequest{FileByFilename: text("")}, grpc.NotFound, `no file ""`},
		{&reflection.ServerReflectionRequest{FileContainingSymbol: text("")}, grpc.NotFound, `no symbol ""`},
		{&reflection.ServerReflectionRequest{FileContainingSymbol: text("shop.v1.Store.")}, grpc.NotFound, "no symbol"},
		{&reflection.ServerReflectionRequest{FileContainingSymbol: text("shop.v1")}, grpc.NotFound, "no symbol"},
		{&reflection.ServerReflectionRequest{FileContainingSymbol: text("Thrift")}, grpc.NotFound,
			"the service Thrift has no description: the method Get has messages of Thrift, not of Protobuf"},
		{&reflection.ServerReflectionRequest{FileContainingSymbol: text("Thrift.Get")}, grpc.NotFound, "messages of Thrift"},
		{&reflection.ServerReflectionRequest{FileContainingSymbol: text("shop.Odd")}, grpc.NotFound, "get-it has a name that is no identifier"},
		{&reflection.ServerReflectionRequest{FileContainingExtension: &reflection.ExtensionRequest{ContainingType: "shop.v1.item", ExtensionNumber: 7}},
			grpc.NotFound, `no extension 7 of "shop.v1.item"`},
		{&reflection.ServerReflectionRequest{FileContainingExtension: &reflection.ExtensionRequest{}}, grpc.NotFound, `no extension 0 of ""`},
		{&reflection.ServerReflectionRequest{AllExtensionNumbersOfType: text("shop.None")}, grpc.NotFound, `no message "shop.None"`},
	} {
		response := index().Answer(c.request)
		if e := response.ErrorResponse; e == nil || e.ErrorCode != int32(c.code) || !strings.Contains(e.ErrorMessage, c.want) {
			t.Errorf("%+v: %+v", c.request, e)
		}
		// Exactly one of the members of the oneof is set.
		if _, err := tagwire.Marshal(response, tagwire.WithFormat(tagwire.Protobuf)); err != nil {
			t.Error(err)
		}
	}
	response := index().Answer(&reflection.ServerReflectionRequest{AllExtensionNumbersOfType: text("shop.v1.item")})
	if r := response.AllExtensionNumbersResponse; r == nil || r.BaseTypeName != "shop.v1.item" || len(r.ExtensionNumber) > 0 {
		t.Errorf("%+v", response)
	}
}

// TestStream: requests are answered one by one, and an error ends the answers.
func TestStream(t *testing.T) {
	broken := errors.New("broken")
	requests := func(yield func(*reflection.ServerReflectionRequest, error) bool) {
		name := "shop.v1.Store"
		_ = yield(&reflection.ServerReflectionRequest{FileContainingSymbol: &name}, nil) && yield(&reflection.ServerReflectionRequest{}, nil) &&
			yield(nil, broken) && yield(nil, nil)
	}
	contract := reflection.Contract{ServerReflectionInfo: index().ServerReflectionInfo}
	next, stop := iter.Pull2(contract.ServerReflectionInfo(context.Background(), requests))
	defer stop()
	if r, err, more := next(); !more || err != nil || r.FileDescriptorResponse == nil {
		t.Error(r, err, more)
	}
	if r, err, more := next(); !more || err != nil || r.ErrorResponse == nil {
		t.Error(r, err, more)
	}
	if r, err, more := next(); !more || err != broken || r != nil {
		t.Error(r, err, more)
	}
	if r, err, more := next(); more {
		t.Error(r, err)
	}
	// A caller that does not go on ends the requests, too.
	asked := 0
	for range contract.ServerReflectionInfo(context.Background(), func(yield func(*reflection.ServerReflectionRequest, error) bool) {
		for yield(nil, nil) {
			asked++
		}
	}) {
		break
	}
	if asked != 0 {
		t.Error(asked)
	}
}
