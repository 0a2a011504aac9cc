package main

import (
	"context"

	"github.com/tagwire/tagwire/rpc"
)

// echoContract declares the echo call as a contract, whose function the server finds by reflection.
type echoContract struct {
	Echo func(ctx context.Context, request *echoRequest) (*echoResponse, error) `rpc:"echo"`
}

// serveContract is serveOwn with a contract, for the same callers.
func serveContract() (string, error) {
	service := rpc.NewService("Echo")
	rpc.Implement[echoContract](service, &echoContract{Echo: func(_ context.Context, request *echoRequest) (*echoResponse, error) {
		return &echoResponse{Message: request.Message}, nil
	}})
	return serveService(service)
}
