// This program serves a contract as Protobuf by both versions of connect-go, for clients with generated code and without.
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
	"github.com/tagwire/tagwire/adapters/connect/gen/depot"
	"github.com/tagwire/tagwire/adapters/connect/gen/depot/depotconnect"
	"github.com/tagwire/tagwire/adapters/connect/gen/locked"
	"github.com/tagwire/tagwire/rpc"
)

// Crate has some of the fields of depot.Crate in idl/depot.proto. The others are kept, and sent on.
type Crate struct {
	Name           string            `protobuf:"1"`
	Tags           map[string]string `protobuf:"2"`
	_unknownFields []byte            //lint:ignore U1000 Tagwire uses it
}

// NotFound is depot.NotFound.
type NotFound struct {
	Key string `protobuf:"1"`
}

func (e *NotFound) Error() string { return "there is no " + e.Key }

// storage is the contract: a part of the service depot.Depot.
type storage struct {
	Get func(ctx context.Context, request *Crate) (*Crate, error) `throws:"1=NotFound"`
}

var options = []rpc.ContractOption{rpc.Protobuf(), rpc.Exceptions(NotFound{})}

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
	fmt.Println("through google.golang.org/protobuf:", connectadapter.Fallback(new(depot.Crate)) != nil, connectadapter.Fallback(new(locked.Safe)) != nil)
	return nil
}

func service() *rpc.Service {
	svc := rpc.NewService("depot.Depot")
	rpc.Implement[storage](svc, &storage{Get: get}, options...)
	return svc
}

func get(_ context.Context, request *Crate) (*Crate, error) {
	if request.Name == "" {
		return nil, &NotFound{"crate without a name"}
	}
	request.Tags = map[string]string{"seen": "yes"}
	return request, nil
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
	connecthttp.Mount(mux, server, connecthttp.WithCodecs(connectv2.NewProtoCodec()))
	return nil
}

func call(ctx context.Context, url string) error {
	var client storage
	if err := connectadapter.Fill(http.DefaultClient, url, "depot.Depot", &client, options); err != nil {
		return err
	}
	crate, err := client.Get(ctx, &Crate{Name: "contract by v1"})
	if err != nil {
		return err
	}
	fmt.Println(crate.Name, crate.Tags)
	_, err = client.Get(ctx, &Crate{})
	var missing *NotFound
	fmt.Println("an exception:", errors.As(err, &missing), err)

	transport := connecthttp.NewTransport(http.DefaultClient, url, connecthttp.WithCodecs(connectv2.NewProtoCodec()))
	if err := connectv2.Fill(connect2.NewClient(transport), "depot.Depot", &client, options...); err != nil {
		return err
	}
	if crate, err = client.Get(ctx, &Crate{Name: "contract by v2"}); err != nil {
		return err
	}
	fmt.Println(crate.Name, crate.Tags)

	generated := depotconnect.NewDepotClient(http.DefaultClient, url, connect.WithCodec(connectadapter.NewProtoCodec()))
	answer, err := generated.Get(ctx, connect.NewRequest(&depot.Crate{Name: "generated code", Stock: []int64{1, 2}}))
	if err != nil {
		return err
	}
	fmt.Println(answer.Msg.Name, answer.Msg.Tags, answer.Msg.Stock)
	return nil
}
