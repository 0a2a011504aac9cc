// This program serves a contract as Protobuf by grpc-go, for clients with generated code and without, and generated code by the same codec.
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net"

	grpcadapter "github.com/tagwire/tagwire/adapters/grpc"
	"github.com/tagwire/tagwire/adapters/grpc/gen/sealed"
	"github.com/tagwire/tagwire/adapters/grpc/gen/shop"
	"github.com/tagwire/tagwire/rpc"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/health"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/status"
)

// Item has some of the fields of shop.Item in idl/shop.proto. The others are kept, and sent on.
type Item struct {
	Name           string            `protobuf:"1"`
	Tags           map[string]string `protobuf:"2"`
	_unknownFields []byte            //lint:ignore U1000 Tagwire uses it
}

// NotFound is shop.NotFound.
type NotFound struct {
	Key string `protobuf:"1"`
}

func (e *NotFound) Error() string { return "there is no " + e.Key }

// store is the contract: a part of the service shop.Store.
type store struct {
	Get func(ctx context.Context, request *Item) (*Item, error) `throws:"1=NotFound"`
}

var exceptions = rpc.Exceptions(NotFound{})

func main() {
	if err := run(); err != nil {
		log.Fatal(err)
	}
}

func run() error {
	// From here on all servers and clients have the codec, with generated code, too.
	grpcadapter.RegisterProto()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	svc := rpc.NewService("shop.Store")
	rpc.Implement[store](svc, &store{Get: get}, rpc.Protobuf(), exceptions)
	desc, err := grpcadapter.ServiceDesc(svc)
	if err != nil {
		return err
	}
	server := grpc.NewServer()
	server.RegisterService(desc, nil)
	healthpb.RegisterHealthServer(server, health.NewServer())
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

func get(_ context.Context, request *Item) (*Item, error) {
	if request.Name == "" {
		return nil, &NotFound{"item without a name"}
	}
	request.Tags = map[string]string{"seen": "yes"}
	return request, nil
}

func call(ctx context.Context, conn *grpc.ClientConn) error {
	var client store
	if err := grpcadapter.Fill(conn, "shop.Store", &client, rpc.Protobuf(), exceptions); err != nil {
		return err
	}
	item, err := client.Get(ctx, &Item{Name: "pen"})
	if err != nil {
		return err
	}
	fmt.Println(item.Name, item.Tags)
	_, err = client.Get(ctx, &Item{})
	var missing *NotFound
	fmt.Println("an exception:", errors.As(err, &missing), err)

	generated := shop.NewStoreClient(conn)
	answer, err := generated.Get(ctx, &shop.Item{Name: "ink", Stock: []int64{1, 2}})
	if err != nil {
		return err
	}
	fmt.Println(answer.Name, answer.Tags, answer.Stock)
	_, err = generated.Get(ctx, &shop.Item{})
	_, known := status.Convert(err).Details()[1].(*shop.NotFound)
	fmt.Println("a detail:", known)

	checked, err := healthpb.NewHealthClient(conn).Check(ctx, &healthpb.HealthCheckRequest{})
	if err != nil {
		return err
	}
	fmt.Println(checked.Status)
	fmt.Println("through google.golang.org/protobuf:", grpcadapter.Fallback(new(shop.Item)) != nil, grpcadapter.Fallback(new(sealed.Box)) != nil)
	return nil
}
