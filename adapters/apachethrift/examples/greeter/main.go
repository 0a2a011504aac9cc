// This program runs a server and a client of Apache Thrift's Go library whose service is a struct of functions, and whose structs
// Tagwire encodes and decodes.
package main

import (
	"context"
	"errors"
	"fmt"
	"log"

	"github.com/apache/thrift/lib/go/thrift"
	"github.com/tagwire/tagwire/adapters/apachethrift"
	"github.com/tagwire/tagwire/rpc"
)

// Greeter is the service.
type Greeter struct {
	Greet func(ctx context.Context, request *Request) (*Reply, error) `rpc:"greet" throws:"1=Unknown"`
}

type Request struct {
	Name string `frugal:"1"`
}

type Reply struct {
	Text string `frugal:"1"`
}

// Unknown is an exception of Greet.
type Unknown struct {
	Name string `frugal:"1"`
}

func (u *Unknown) Error() string { return "I do not know " + u.Name }

func greet(_ context.Context, request *Request) (*Reply, error) {
	if request.Name == "" {
		return nil, &Unknown{"you"}
	}
	return &Reply{"Hello, " + request.Name}, nil
}

func main() {
	if err := run(context.Background()); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context) error {
	transports := thrift.NewTFramedTransportFactoryConf(thrift.NewTTransportFactory(), nil)
	protocols := thrift.NewTCompactProtocolFactoryConf(nil)

	service := rpc.NewService("Greeter")
	rpc.Implement[Greeter](service, Greeter{Greet: greet}, rpc.Exceptions(Unknown{}))
	processor, err := apachethrift.NewProcessor(service)
	if err != nil {
		return err
	}
	listener, err := thrift.NewTServerSocket("127.0.0.1:0")
	if err != nil {
		return err
	}
	server := thrift.NewTSimpleServer4(processor, listener, transports, protocols)
	if err := server.Listen(); err != nil {
		return err
	}
	go server.AcceptLoop()
	defer server.Stop()

	transport, err := transports.GetTransport(thrift.NewTSocketConf(listener.Addr().String(), nil))
	if err != nil {
		return err
	}
	if err := transport.Open(); err != nil {
		return err
	}
	defer transport.Close()
	client := thrift.NewTStandardClient(protocols.GetProtocol(transport), protocols.GetProtocol(transport))

	greeter, err := apachethrift.NewClient[Greeter](client, rpc.Exceptions(Unknown{}))
	if err != nil {
		return err
	}
	reply, err := greeter.Greet(ctx, &Request{"Apache"})
	if err != nil {
		return err
	}
	fmt.Println(reply.Text)

	_, err = greeter.Greet(ctx, &Request{})
	var unknown *Unknown
	fmt.Println(errors.As(err, &unknown), err)
	return nil
}
