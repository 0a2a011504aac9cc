package main

import (
	"bytes"
	"context"

	"github.com/apache/thrift/lib/go/thrift"
	"github.com/tagwire/tagwire"
	apacheshapes "github.com/tagwire/tagwire/bench/apachegen/shapes"
	"github.com/tagwire/tagwire/bench/rpc/echogen"
)

type apacheEcho struct{}

func (apacheEcho) Echo(_ context.Context, request *echogen.Request) (*echogen.Response, error) {
	return &echogen.Response{Message: request.Message}, nil
}

func (apacheEcho) Complex(_ context.Context, request *apacheshapes.Complex) (*apacheshapes.Complex, error) {
	return request, nil
}

// serveApache serves both calls.
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
func connectApache(newCaller func(*echogen.EchoClient) func() error) connector {
	return func(address string, count int) (runner, error) {
		made := make(callers, count)
		for i := range made {
			channel := thrift.NewTFramedTransportConf(thrift.NewTSocketConf(address, nil), nil)
			if err := channel.Open(); err != nil {
				return nil, err
			}
			made[i] = newCaller(echogen.NewEchoClientFactory(channel, thrift.NewTBinaryProtocolFactoryConf(nil)))
		}
		return made.start()
	}
}

// apacheEchoCalls make callers that send a text.
func apacheEchoCalls(text string) func(*echogen.EchoClient) func() error {
	return func(client *echogen.EchoClient) func() error {
		return func() error {
			reply, err := client.Echo(context.Background(), &echogen.Request{Message: text})
			if err != nil {
				return err
			}
			return compareTexts(text, reply.Message)
		}
	}
}

// apacheComplexCalls make callers that send the complex value.
func apacheComplexCalls(client *echogen.EchoClient) func() error {
	value := apacheComplex()
	return func() error {
		reply, err := client.Complex(context.Background(), value)
		if err != nil {
			return err
		}
		return compareComplex(value, reply)
	}
}

// apacheComplex is the complex value in the struct of Apache's compiler, which reads what Tagwire writes.
func apacheComplex() *apacheshapes.Complex {
	message, err := tagwire.Append(nil, complexValue())
	if err != nil {
		panic(err)
	}
	value := new(apacheshapes.Complex)
	memory := &thrift.TMemoryBuffer{Buffer: bytes.NewBuffer(message)}
	if err := value.Read(context.Background(), thrift.NewTBinaryProtocolConf(memory, nil)); err != nil {
		panic(err)
	}
	return value
}
