// Command store serves and calls the service of store.thrift.
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net"

	"github.com/tagwire/tagwire/cmd/tagwire/examples/store/store"
	"github.com/tagwire/tagwire/rpc"
)

// shelf implements the contract store.Store.
type shelf map[int64]*store.Item

func (s shelf) Get(ctx context.Context, id int64) (*store.Item, error) {
	if item, found := s[id]; found {
		return item, nil
	}
	return nil, &store.NotFound{ID: id}
}

func (s shelf) Touch(ctx context.Context, id int64) error { return nil }

func main() {
	pen := store.NewItem()
	pen.ID, pen.Name = 1, "pen"
	service := rpc.NewService(store.StoreService)
	rpc.Implement[store.Store](service, shelf{1: pen}, store.StoreExceptions)
	server := rpc.NewServer()
	if err := server.Register(service); err != nil {
		log.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	go func() { _ = server.Serve(listener) }()
	defer func() { _ = server.Close() }()

	var remote store.Store
	client, err := rpc.NewClient(rpc.WithAddresses(listener.Addr().String()), rpc.WithContract(&remote, store.StoreExceptions))
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = client.Close() }()
	item, err := remote.Get(context.Background(), 1)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(item.Name, item.Stock)
	_, err = remote.Get(context.Background(), 2)
	var missing *store.NotFound
	fmt.Println(errors.As(err, &missing), missing.ID)
}
