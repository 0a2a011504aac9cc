package main

import (
	"context"
	"time"

	"github.com/tagwire/tagwire/rpc"
)

// echoRequest and echoResponse are the structs of idl/echo.thrift.
type echoRequest struct {
	Message string `frugal:"1"`
}

type echoResponse struct {
	Message string `frugal:"1"`
}

// serveOwn serves every transport on one port.
func serveOwn() (string, error) {
	service := rpc.NewService("Echo")
	rpc.Handle(service, "echo", func(_ context.Context, request *echoRequest) (*echoResponse, error) {
		return &echoResponse{Message: request.Message}, nil
	})
	return serveService(service)
}

// connectOwn makes one client, with a connection for each caller unless the options say otherwise, which sends message.
func connectOwn(transport rpc.Protocol, message string, options ...rpc.ClientOption) func(address string) (runner, error) {
	return func(address string) (runner, error) {
		client, err := rpc.NewClient(append([]rpc.ClientOption{rpc.WithAddresses(address), rpc.WithTransport(transport),
			rpc.WithService("Echo"), rpc.WithPool(callerCount, time.Minute)}, options...)...)
		if err != nil {
			return nil, err
		}
		call := func(text string) (string, error) {
			reply, err := rpc.Call[echoRequest, echoResponse](context.Background(), client, "echo", &echoRequest{Message: text})
			if err != nil {
				return "", err
			}
			return reply.Message, nil
		}
		return textCallers(message, func() (func(string) (string, error), error) { return call, nil })
	}
}
