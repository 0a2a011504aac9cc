package rpc_test

import (
	"context"
	"fmt"
	"reflect"
	"sync"
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
	for path, text := range compilertest.Write(t, t.TempDir(), d) {
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
	return compilertest.Write(t, t.TempDir(), d)
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
