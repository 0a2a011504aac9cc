package main

import (
	"context"
	"fmt"
	"net"
	"time"

	"github.com/tagwire/tagwire"
	"github.com/tagwire/tagwire/bench/kitexgen/shapes"
	"github.com/tagwire/tagwire/rpc"
)

// serviceName is that of the service with all calls that are measured.
const serviceName = "Bench"

// echoRequest and echoResponse are the structs of idl/echo.thrift.
type echoRequest struct {
	Message string `frugal:"1"`
}

type echoResponse struct {
	Message string `frugal:"1"`
}

// serveOwn serves all calls, in every transport, on a port or, if network is unix, on a socket that has no file.
func serveOwn(network string, options ...rpc.ServerOption) func() (string, error) {
	return func() (string, error) {
		service := rpc.NewService(serviceName)
		rpc.Handle(service, "echo", func(_ context.Context, request *echoRequest) (*echoResponse, error) {
			return &echoResponse{Message: request.Message}, nil
		})
		rpc.Handle(service, "complex", func(_ context.Context, request *shapes.Complex) (*shapes.Complex, error) { return request, nil })
		rpc.Handle(service, "empty", func(context.Context, *rpc.Void) (*rpc.Void, error) { return nil, nil })
		return serveService(network, service, options...)
	}
}

// echoContract declares the echo call as a contract, whose function the server finds by reflection.
type echoContract struct {
	Echo func(ctx context.Context, request *echoRequest) (*echoResponse, error) `rpc:"echo"`
}

// serveContract is serveOwn with a contract, for the same callers.
func serveContract() (string, error) {
	service := rpc.NewService(serviceName)
	rpc.Implement[echoContract](service, &echoContract{Echo: func(_ context.Context, request *echoRequest) (*echoResponse, error) {
		return &echoResponse{Message: request.Message}, nil
	}})
	return serveService("tcp", service)
}

// serveService returns the address of a server as clients name it.
func serveService(network string, service *rpc.Service, options ...rpc.ServerOption) (string, error) {
	server := rpc.NewServer(options...)
	if err := server.Register(service); err != nil {
		return "", err
	}
	address, scheme := "127.0.0.1:0", ""
	if network == "unix" {
		address, scheme = "", "unix:" // The system chooses a name, which ends with the process.
	}
	listener, err := net.Listen(network, address)
	if err != nil {
		return "", err
	}
	go func() { panic(server.Serve(listener)) }() // It ends with the process.
	return scheme + listener.Addr().String(), nil
}

// connectOwn makes one client, with a connection for each caller unless the options say otherwise.
func connectOwn(newCaller func(client *rpc.Client) func() error, options ...rpc.ClientOption) connector {
	return func(address string, count int) (runner, error) {
		client, err := rpc.NewClient(append([]rpc.ClientOption{rpc.WithAddresses(address), rpc.WithService(serviceName),
			rpc.WithPool(count, time.Minute), rpc.WithConnectTimeout(startTime)}, options...)...)
		if err != nil {
			return nil, err
		}
		made := make(callers, count)
		for i := range made {
			made[i] = newCaller(client)
		}
		return made.start()
	}
}

// echoCalls make callers that send a text.
func echoCalls(text string) func(*rpc.Client) func() error {
	return func(client *rpc.Client) func() error {
		return func() error {
			reply, err := rpc.Call[echoRequest, echoResponse](context.Background(), client, "echo", &echoRequest{Message: text})
			if err != nil {
				return err
			}
			return compareTexts(text, reply.Message)
		}
	}
}

func compareTexts(sent, got string) error {
	if got != sent {
		return fmt.Errorf("the answer to %d bytes is another text of %d", len(sent), len(got))
	}
	return nil
}

// emptyCalls make callers that send and get nothing.
func emptyCalls(client *rpc.Client) func() error {
	return func() error {
		_, err := rpc.Call[rpc.Void, rpc.Void](context.Background(), client, "empty", nil)
		return err
	}
}

// complexCalls make callers that send the complex value. Those that reuse decode replies into an arena each, and are done with a
// reply when they make the next call.
func complexCalls(reuse bool) func(*rpc.Client) func() error {
	return func(client *rpc.Client) func() error {
		arena, ctx, value := new(tagwire.Arena), context.Background(), complexValue()
		if reuse {
			ctx = rpc.WithReplyArena(ctx, arena)
		}
		return func() error {
			arena.Reset()
			reply, err := rpc.Call[shapes.Complex, shapes.Complex](ctx, client, "complex", value)
			if err != nil {
				return err
			}
			return compareComplex(value, reply)
		}
	}
}

// framedLength is how many bytes a framed request for the method echo takes, with the value as its argument.
func framedLength(value any) int {
	size, err := tagwire.Size(value)
	if err != nil {
		panic(err)
	}
	// The length; version and type, the method's name with its length, and the sequence number; the argument's header, the value,
	// and the end of the arguments.
	return 4 + (4 + 4 + len("echo") + 4) + (3 + size + 1)
}
