package rpc_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tagwire/tagwire/rpc"
	"github.com/tagwire/tagwire/rpc/grpc"
	"github.com/tagwire/tagwire/rpc/grpc/health"
	"github.com/tagwire/tagwire/rpc/grpc/reflection"
)

// toolServer serves a contract over gRPC, with options.
func toolServer(t *testing.T, options ...rpc.ServerOption) (address string, server *rpc.Server) {
	t.Helper()
	svc := rpc.NewService("shop.Library")
	rpc.Implement[StreamLibrary](svc, &StreamLibrary{Turn: new(StreamLibrary).turn}, rpc.Protobuf(), rpc.Exceptions(StreamGone{}))
	running := serve(t, []*rpc.Service{svc}, options...)
	return running.address, running.Server
}

// TestHealth: a server says of its services that they serve, of others that it does not know them, and at its end that none serves.
func TestHealth(t *testing.T) {
	noLeaks(t)
	h := health.New()
	h.Set("shop.Other", health.NotServing)
	address, server := toolServer(t, rpc.WithHealth(h))
	var client health.Contract
	c, err := rpc.NewClient(rpc.WithTransport(rpc.GRPC), rpc.WithService(health.Name), rpc.WithAddresses(address), rpc.WithContract(&client, rpc.Protobuf()))
	require.NoError(t, err)
	defer c.Close()
	for service, want := range map[string]health.ServingStatus{"": health.Serving, "shop.Library": health.Serving, "shop.Other": health.NotServing} {
		got, err := client.Check(t.Context(), &health.HealthCheckRequest{Service: service})
		require.NoError(t, err)
		require.Equal(t, want, got.Status, service)
	}
	_, err = client.Check(t.Context(), &health.HealthCheckRequest{Service: "no.Such"})
	require.ErrorIs(t, err, grpc.NotFound)
	var seen []health.ServingStatus
	for status, err := range client.Watch(t.Context(), &health.HealthCheckRequest{Service: "shop.Library"}) {
		require.NoError(t, err)
		seen = append(seen, status.Status)
		if len(seen) == 1 {
			go func() { _ = server.Shutdown(context.Background()) }()
		}
		if len(seen) == 2 {
			break
		}
	}
	require.Equal(t, []health.ServingStatus{health.Serving, health.NotServing}, seen)
}

// TestReflection: a server lists what it serves, and has a file for each.
func TestReflection(t *testing.T) {
	noLeaks(t)
	address, _ := toolServer(t, rpc.WithReflection(), rpc.WithHealth(health.New()))
	for _, name := range []string{reflection.Name, reflection.NameAlpha} {
		var client reflection.Contract
		c, err := rpc.NewClient(rpc.WithTransport(rpc.GRPC), rpc.WithService(name), rpc.WithAddresses(address), rpc.WithContract(&client, rpc.Protobuf()))
		require.NoError(t, err)
		defer c.Close()
		all, symbol := "", "shop.Library"
		var names []string
		for answer, err := range client.ServerReflectionInfo(t.Context(), func(yield func(*reflection.ServerReflectionRequest, error) bool) {
			_ = yield(&reflection.ServerReflectionRequest{ListServices: &all}, nil) &&
				yield(&reflection.ServerReflectionRequest{FileContainingSymbol: &symbol}, nil)
		}) {
			require.NoError(t, err)
			if list := answer.ListServicesResponse; list != nil {
				for _, s := range list.Service {
					names = append(names, s.Name)
				}
				continue
			}
			require.NotNil(t, answer.FileDescriptorResponse, "%+v", answer.ErrorResponse)
			require.NotEmpty(t, answer.FileDescriptorResponse.FileDescriptorProto)
		}
		require.Equal(t, []string{health.Name, reflection.Name, reflection.NameAlpha, "shop.Library"}, names)
	}
}

// TestToolsAreNoServices: the only service is called without its name still, over other transports.
func TestToolsAreNoServices(t *testing.T) {
	address, _ := toolServer(t, rpc.WithReflection(), rpc.WithHealth(health.New()))
	c, err := rpc.NewClient(rpc.WithAddresses(address))
	require.NoError(t, err)
	defer c.Close()
	_, err = rpc.Call[rpc.Void, rpc.Void](t.Context(), c, "ServerReflectionInfo", &rpc.Void{})
	require.ErrorIs(t, err, rpc.CodeUnknownMethod)
}
