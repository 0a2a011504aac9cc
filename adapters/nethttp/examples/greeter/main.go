// This program serves a contract as JSON, and calls it as curl does and through the contract. With an address, such as
//
//	go run ./examples/greeter localhost:8080
//
// it serves there until it is stopped.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"strings"

	"github.com/tagwire/tagwire/adapters/nethttp"
	"github.com/tagwire/tagwire/rpc"
)

type request struct {
	Name string `thrift:"name,1"`
}

type reply struct {
	Text string `thrift:"text,1"`
}

type unknownName struct {
	Name string `thrift:"name,1"`
}

func (e *unknownName) Error() string { return "nobody is called " + e.Name }

// HTTPStatus chooses the status of the answer.
func (e *unknownName) HTTPStatus() int { return http.StatusNotFound }

// greeter is the contract.
type greeter struct {
	Hello func(ctx context.Context, request *request) (*reply, error) `throws:"1=unknownName"`
}

var exceptions = rpc.Exceptions(unknownName{})

func main() {
	if err := run(os.Args[1:]); err != nil {
		log.Fatal(err)
	}
}

func run(arguments []string) error {
	svc := rpc.NewService("Greeter")
	rpc.Implement[greeter](svc, &greeter{Hello: hello}, exceptions)
	handler, err := nethttp.NewHandler(svc)
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.Handle("/Greeter/", handler)
	if len(arguments) > 0 {
		return http.ListenAndServe(arguments[0], mux)
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
	return call(context.Background(), "http://"+listener.Addr().String())
}

func hello(_ context.Context, request *request) (*reply, error) {
	if request.Name == "" {
		return nil, &unknownName{}
	}
	return &reply{Text: "Hello, " + request.Name}, nil
}

func call(ctx context.Context, url string) error {
	var client greeter
	if err := nethttp.Fill(http.DefaultClient, url, "Greeter", &client, exceptions); err != nil {
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

	for _, body := range []string{`{"name":"curl"}`, `{}`, `{"name":7}`} {
		response, err := http.Post(url+"/Greeter/Hello", "application/json", strings.NewReader(body))
		if err != nil {
			return err
		}
		data, err := io.ReadAll(response.Body)
		response.Body.Close()
		if err != nil {
			return err
		}
		fmt.Println(response.StatusCode, string(data))
	}
	return nil
}
