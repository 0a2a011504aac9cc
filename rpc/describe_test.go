package rpc_test

import (
	"context"
	"fmt"
	"net"
	"reflect"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tagwire/tagwire/definition"
	"github.com/tagwire/tagwire/definition/compilertest"
	"github.com/tagwire/tagwire/rpc"
	"github.com/tagwire/tagwire/rpc/contract"
)

// described are the texts of definitions that compilers have read.
var described sync.Map

// checkDescribed has compilers read the text of the definitions of services.
func checkDescribed(t testing.TB, services []*rpc.Service) {
	t.Helper()
	d, err := rpc.Describe(services...)
	require.NoError(t, err)
	for path, text := range compilertest.Texts(t, d) {
		if _, known := described.LoadOrStore(path+text, true); !known {
			compilertest.Check(t, d)
			return
		}
	}
}

// shelf is described by tests of reflection.
type shelf struct {
	Get  func(ctx context.Context, id int64) (*Item, error) `throws:"1=NotFound"`
	List func(ctx context.Context) ([]*Item, error)         `returns:"list<Item>"`
}

func shelves(t *testing.T) []*rpc.Service {
	svc := rpc.NewService("shop.Shelf")
	rpc.Implement[shelf](svc, &shelf{
		Get:  func(context.Context, int64) (*Item, error) { return nil, nil },
		List: func(context.Context) ([]*Item, error) { return nil, nil },
	}, rpc.Exceptions(NotFound{}))
	require.NoError(t, svc.Err())
	return []*rpc.Service{svc}
}

// ways are all that clients speak.
var ways = append([]rpc.Way{{Protocol: rpc.GRPC}}, transports...)

// TestDefinitions: over each transport and in each format, a server says what Describe says of its services, whatever a client calls them by.
func TestDefinitions(t *testing.T) {
	noLeaks(t)
	services := append(shelves(t), libraryService(&library{})...)
	want, err := rpc.Describe(services...)
	require.NoError(t, err)
	require.Len(t, want.Files, 3)
	compilertest.Check(t, want)
	server := serve(t, services, rpc.WithReflection())
	alone := serve(t, shelves(t), rpc.WithReflection())
	for _, way := range ways {
		options := [][]rpc.ClientOption{{rpc.WithService("shop.Shelf")}, {rpc.WithService("other")}}
		if way.Protocol != rpc.GRPC {
			options = append(options, nil, []rpc.ClientOption{rpc.WithService("shop.Shelf"), rpc.WithMultiplexedNames()})
		}
		for _, o := range options {
			client := connect(t, server.address, append(o, rpc.WithWay(way))...)
			got, err := rpc.Definitions(t.Context(), client)
			require.NoError(t, err, way)
			require.Equal(t, texts(t, want), texts(t, got), way)
			client = connect(t, alone.address, append(o, rpc.WithWay(way))...)
			got, err = rpc.Definitions(t.Context(), client)
			require.NoError(t, err, way)
			require.Len(t, got.Files, 1)
		}
	}
}

// texts returns the texts of definitions.
func texts(t *testing.T, d *definition.Definitions) map[string]string {
	t.Helper()
	return compilertest.Texts(t, d)
}

// TestNoDefinitions: a server without reflection does not know the method.
func TestNoDefinitions(t *testing.T) {
	noLeaks(t)
	for name, services := range map[string][]*rpc.Service{"one": shelves(t), "two": append(shelves(t), echo()...)} {
		server := serve(t, services)
		for _, way := range ways {
			client := connect(t, server.address, rpc.WithService("shop.Shelf"), rpc.WithWay(way))
			_, err := rpc.Definitions(t.Context(), client)
			code := codeOf(t, err)
			require.True(t, code == rpc.CodeUnknownMethod || code == rpc.CodeUnknownService, "%s, %s: %v", name, way, err)
		}
	}
}

// TestDefinitionsAreBounded: calls for definitions have the limits of others, on both sides.
func TestDefinitionsAreBounded(t *testing.T) {
	noLeaks(t)
	services := manyTypes(t)
	large := serve(t, services, rpc.WithReflection())
	client := connect(t, large.address)
	d, err := rpc.Definitions(t.Context(), client)
	require.NoError(t, err)
	require.Greater(t, len(d.Files[0].Structs), 1000)

	small := serve(t, services, rpc.WithReflection(), rpc.WithLimits(rpc.Limits{MaxFrame: 10_000}))
	_, err = rpc.Definitions(t.Context(), connect(t, small.address))
	require.Error(t, err)
	_, err = rpc.Definitions(t.Context(), connect(t, large.address, rpc.WithLimits(rpc.Limits{MaxFrame: 10_000})))
	require.ErrorIs(t, err, rpc.CodeLimit)

	for _, name := range []string{"tagwire.Reflection", "tagwire.Reflection:definitions", ""} {
		var names []string
		if name != "" {
			names = []string{name}
		}
		limited := serve(t, shelves(t), rpc.WithReflection(), rpc.WithCallLimit(rpc.CallLimit{Rate: 0.001, Burst: 1}, names...))
		client := connect(t, limited.address)
		_, err = rpc.Definitions(t.Context(), client)
		require.NoError(t, err)
		_, err = rpc.Definitions(t.Context(), client)
		require.ErrorIs(t, err, rpc.CodeOverloaded, name)
	}
}

// manyTypes returns a service with more than a thousand types.
func manyTypes(t *testing.T) []*rpc.Service {
	t.Helper()
	var fields []reflect.StructField
	for i := range 1000 {
		name := fmt.Sprint("Field", i)
		inner := reflect.StructOf([]reflect.StructField{{Name: name, Type: reflect.TypeFor[*Item](), Tag: `frugal:"1"`}})
		fields = append(fields, reflect.StructField{Name: name, Type: reflect.PointerTo(inner), Tag: reflect.StructTag(fmt.Sprintf(`frugal:"%d"`, i+1))})
	}
	m, err := contract.Describe("get", reflect.StructOf(fields), reflect.TypeFor[rpc.Void](), &contract.Options{})
	require.NoError(t, err)
	svc := rpc.NewService("Store")
	rpc.AddMethod(svc, m)
	return []*rpc.Service{svc}
}

// TestOwnReflection: a service that has the name is called in place of the one for reflection, and interceptors see calls of that.
func TestOwnReflection(t *testing.T) {
	noLeaks(t)
	var seen atomic.Int64
	watch := rpc.Interceptor{Call: func(ctx context.Context, call *rpc.CallInfo, next func(context.Context) error) error {
		if call.Service == "tagwire.Reflection" && call.Method == "definitions" {
			seen.Add(1)
		}
		return next(ctx)
	}}
	own := rpc.NewService("tagwire.Reflection")
	rpc.Handle(own, "definitions", func(context.Context, *rpc.Void) (*definition.Definitions, error) {
		return &definition.Definitions{Files: []*definition.File{{Path: "mine.thrift"}}}, nil
	})
	for want, services := range map[string][]*rpc.Service{"mine.thrift": append(shelves(t), own), "shop.thrift": shelves(t)} {
		server := serve(t, services, rpc.WithReflection(), rpc.WithInterceptors(watch))
		for _, way := range ways {
			d, err := rpc.Definitions(t.Context(), connect(t, server.address, rpc.WithService("shop.Shelf"), rpc.WithWay(way)))
			require.NoError(t, err, way)
			require.Equal(t, want, d.Files[0].Path, way)
		}
	}
	require.EqualValues(t, 2*len(ways), seen.Load())
}

// selfish has a default that refers to itself.
type selfish struct {
	Self *selfish `frugal:"1,optional"`
}

func (s *selfish) InitDefault() { s.Self = s }

// TestDefinitionsWithFaults: a default without a definition is left out, and the server says so.
func TestDefinitionsWithFaults(t *testing.T) {
	noLeaks(t)
	m, err := contract.Describe("get", reflect.TypeFor[selfish](), reflect.TypeFor[rpc.Void](), &contract.Options{})
	require.NoError(t, err)
	svc := rpc.NewService("Store")
	rpc.AddMethod(svc, m)
	_, err = rpc.Describe(svc)
	require.ErrorContains(t, err, "the default of selfish.Self")
	log := &quiet{}
	server := rpc.NewServer(rpc.WithReflection(), rpc.WithLogger(log.logger()))
	require.NoError(t, server.Register(svc))
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	done := make(chan error, 1)
	go func() { done <- server.Serve(listener) }()
	d, err := rpc.Definitions(t.Context(), connect(t, listener.Addr().String()))
	require.NoError(t, err)
	require.Nil(t, d.Files[0].Structs[0].Fields[0].Default)
	require.Contains(t, log.String(), "reflection does not describe all services")
	require.NoError(t, server.Close())
	require.NoError(t, <-done)
}

// brittleEnum has names that are not to be had.
type brittleEnum int32

func (brittleEnum) String() string { panic("no name") }

// TestDescribeFaults: services that have faults are left out, and describing one does not end what can be added.
func TestDescribeFaults(t *testing.T) {
	good, bad := rpc.NewService("Good"), rpc.NewService("")
	type request struct {
		Enum brittleEnum `frugal:"1"`
	}
	rpc.Handle(good, "Get", func(context.Context, *request) (*rpc.Void, error) { return nil, nil })
	d, err := rpc.Describe(bad, good)
	require.ErrorContains(t, err, "a service needs a name")
	require.Len(t, d.Files, 1)
	require.Equal(t, definition.KindTypedef, d.Files[0].Structs[0].Fields[0].Type.Kind)
	rpc.Handle(good, "Put", func(context.Context, *request) (*rpc.Void, error) { return nil, nil })
	require.NoError(t, good.Err())
	d, err = rpc.Describe(good)
	require.NoError(t, err)
	require.Len(t, d.Files[0].Services[0].Methods, 2)
	_, err = rpc.DescribeContract[struct{ Get func() }]("Store")
	require.ErrorIs(t, err, rpc.CodeContract)
	d, err = rpc.Describe()
	require.NoError(t, err)
	require.Empty(t, d.Files)
}
