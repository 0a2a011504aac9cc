// This program serves a contract by connect-go, and calls it through the contract and by plain connect-go, over both versions.
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net"
	"net/http"

	"connectrpc.com/connect"
	connect2 "connectrpc.com/connect/v2"
	"connectrpc.com/connect/v2/connecthttp"
	connectadapter "github.com/tagwire/tagwire/adapters/connect"
	"github.com/tagwire/tagwire/adapters/connect/connectv2"
	"github.com/tagwire/tagwire/rpc"
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
	for _, serve := range []func(*http.ServeMux) error{serve1, serve2} {
		mux := http.NewServeMux()
		if err := serve(mux); err != nil {
			return err
		}
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return err
		}
		server := &http.Server{Handler: mux}
		go func() {
			if err := server.Serve(listener); err != http.ErrServerClosed {
				log.Print(err)
			}
		}()
		defer server.Close()
		if err := call(context.Background(), "http://"+listener.Addr().String()); err != nil {
			return err
		}
	}
	return nil
}

func service() *rpc.Service {
	svc := rpc.NewService("Greeter")
	rpc.Implement[greeter](svc, &greeter{Hello: hello}, exceptions)
	return svc
}

func hello(_ context.Context, request *request) (*reply, error) {
	if request.Name == "" {
		return nil, &unknownName{}
	}
	return &reply{Text: "Hello, " + request.Name}, nil
}

// serve1 serves by connect v1.
func serve1(mux *http.ServeMux) error {
	path, handler, err := connectadapter.NewHandler(service())
	if err == nil {
		mux.Handle(path, handler)
	}
	return err
}

// serve2 serves by connect v2.
func serve2(mux *http.ServeMux) error {
	methods, err := connectv2.Methods(service())
	if err != nil {
		return err
	}
	server := connect2.NewServer()
	server.Register(methods...)
	connecthttp.Mount(mux, server, connecthttp.WithCodecs(connectv2.NewCodec()))
	return nil
}

func call(ctx context.Context, url string) error {
	var client greeter
	if err := connectadapter.Fill(http.DefaultClient, url, "Greeter", &client, []rpc.ContractOption{exceptions}); err != nil {
		return err
	}
	answer, err := client.Hello(ctx, &request{Name: "contract by v1"})
	if err != nil {
		return err
	}
	fmt.Println(answer.Text)
	_, err = client.Hello(ctx, &request{})
	var unknown *unknownName
	fmt.Println("an exception:", errors.As(err, &unknown))

	transport := connecthttp.NewTransport(http.DefaultClient, url, connecthttp.WithCodecs(connectv2.NewCodec()))
	if err := connectv2.Fill(connect2.NewClient(transport), "Greeter", &client, exceptions); err != nil {
		return err
	}
	if answer, err = client.Hello(ctx, &request{Name: "contract by v2"}); err != nil {
		return err
	}
	fmt.Println(answer.Text)

	plain := connect.NewClient[request, reply](http.DefaultClient, url+"/Greeter/Hello", connect.WithCodec(connectadapter.NewCodec()))
	response, err := plain.CallUnary(ctx, connect.NewRequest(&request{Name: "connect-go"}))
	if err != nil {
		return err
	}
	fmt.Println(response.Msg.Text)
	_, err = plain.CallUnary(ctx, connect.NewRequest(&request{}))
	fmt.Println("a code:", connect.CodeOf(err))
	return nil
}
