package main

import (
	"context"

	"github.com/apache/thrift/lib/go/thrift"
	"github.com/tagwire/tagwire/bench/rpc/echogen"
)

type apacheEcho struct{}

func (apacheEcho) Echo(_ context.Context, request *echogen.Request) (*echogen.Response, error) {
	return &echogen.Response{Message: request.Message}, nil
}

func serveApache() (string, error) {
	socket, err := thrift.NewTServerSocket("127.0.0.1:0")
	if err != nil {
		return "", err
	}
	transports := thrift.NewTFramedTransportFactoryConf(thrift.NewTTransportFactory(), nil)
	server := thrift.NewTSimpleServer4(echogen.NewEchoProcessor(apacheEcho{}), socket, transports,
		thrift.NewTBinaryProtocolFactoryConf(nil))
	if err := server.Listen(); err != nil {
		return "", err
	}
	go func() { panic(server.AcceptLoop()) }() // It ends with the process.
	return socket.Addr().String(), nil
}

// connectApache opens a connection for each caller: one serves one call at a time.
func connectApache(text string) connector {
	return func(address string, count int) (runner, error) {
		made := make(callers, count)
		for i := range made {
			channel := thrift.NewTFramedTransportConf(thrift.NewTSocketConf(address, nil), nil)
			if err := channel.Open(); err != nil {
				return nil, err
			}
			client := echogen.NewEchoClientFactory(channel, thrift.NewTBinaryProtocolFactoryConf(nil))
			made[i] = func() error {
				reply, err := client.Echo(context.Background(), &echogen.Request{Message: text})
				if err != nil {
					return err
				}
				return compareTexts(text, reply.Message)
			}
		}
		return made.start()
	}
}
