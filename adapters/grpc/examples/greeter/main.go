// This program serves a contract by grpc-go, and calls it through the contract and by plain grpc-go.
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net"

	grpcadapter "github.com/tagwire/tagwire/adapters/grpc"
	"github.com/tagwire/tagwire/rpc"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
)

type request struct {
	Name string `frugal:"1"`
}

type reply struct {
	Text string `frugal:"1"`
}

type unknownName struct {
	Name string `frugal:"1"`
}

func (e *unknownName) Error() string { return "nobody is called " + e.Name }

// greeter is the contract.
type greeter struct {
	Hello func(ctx context.Context, request *request) (*reply, error) `throws:"1=unknownName"`
}

var exceptions = rpc.Exceptions(unknownName{})

func main() {
	if err := run(); err != nil {
		log.Fatal(err)
	}
}

func run() error {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	svc := rpc.NewService("Greeter")
	rpc.Implement[greeter](svc, &greeter{Hello: hello}, exceptions)
	desc, err := grpcadapter.ServiceDesc(svc)
	if err != nil {
		return err
	}
	server := grpc.NewServer()
	server.RegisterService(desc, nil)
	go func() {
		if err := server.Serve(listener); err != nil {
			log.Print(err)
		}
	}()
	defer server.GracefulStop()

	conn, err := grpc.NewClient("passthrough:///"+listener.Addr().String(), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return err
	}
	defer conn.Close()
	return call(context.Background(), conn)
}

func hello(_ context.Context, request *request) (*reply, error) {
	if request.Name == "" {
		return nil, &unknownName{}
	}
	return &reply{Text: "Hello, " + request.Name}, nil
}

func call(ctx context.Context, conn *grpc.ClientConn) error {
	var client greeter
	if err := grpcadapter.Fill(conn, "Greeter", &client, exceptions); err != nil {
		return err
	}
	answer, err := client.Hello(ctx, &request{Name: "contract"})
	if err != nil {
		return err
	}
	fmt.Println(answer.Text)
	_, err = client.Hello(ctx, &request{})
	var unknown *unknownName
	fmt.Println("an exception:", errors.As(err, &unknown))

	answer = new(reply)
	err = conn.Invoke(ctx, "/Greeter/Hello", &request{Name: "grpc-go"}, answer, grpc.CallContentSubtype(grpcadapter.Name))
	if err != nil {
		return err
	}
	fmt.Println(answer.Text)
	err = conn.Invoke(ctx, "/Greeter/Hello", &request{}, answer, grpc.CallContentSubtype(grpcadapter.Name))
	fmt.Println("a status:", status.Code(err))
	return nil
}
