package rpc_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tagwire/tagwire"
	"github.com/tagwire/tagwire/rpc"
)

// Order is a struct of Thrift.
type Order struct {
	Item  string `frugal:"1,default,string"`
	Count int32  `frugal:"2,default,i32"`
}

// SoldOut is an exception.
type SoldOut struct {
	Item string `frugal:"1,default,string"`
}

func (*SoldOut) Error() string { return "sold out" }

// ThriftShop has methods of all forms.
type ThriftShop struct {
	Place func(ctx context.Context, order *Order) (*Order, error)    `throws:"1=SoldOut"`
	Add   func(ctx context.Context, a, b int64) (int64, error)       `rpc:"add"`
	Names func(ctx context.Context, prefix string) ([]string, error) `returns:"list<string>"`
	Clear func(ctx context.Context) error
	Hint  func(ctx context.Context, order *Order) error `rpc:"Hint,oneway"`
}

// TestThriftOverGRPC: a contract of Thrift is called over gRPC, whatever its functions take and return; a struct that is the only parameter, or
// the result, is the message itself, as in adapters/grpc.
func TestThriftOverGRPC(t *testing.T) {
	noLeaks(t)
	hints := make(chan string, 1)
	svc := rpc.NewService("shop.Thrift")
	rpc.Implement[ThriftShop](svc, &ThriftShop{
		Place: func(_ context.Context, order *Order) (*Order, error) {
			switch order.Item {
			case "":
				return nil, nil
			case "none":
				return nil, &SoldOut{order.Item}
			}
			return &Order{order.Item + "!", order.Count + 1}, nil
		},
		Add: func(_ context.Context, a, b int64) (int64, error) { return a + b, nil },
		Names: func(_ context.Context, prefix string) ([]string, error) {
			return []string{prefix + "a", prefix + "b"}, nil
		},
		Clear: func(context.Context) error { return errors.New("not cleared") },
		Hint:  func(_ context.Context, order *Order) error { hints <- order.Item; return nil },
	}, rpc.Exceptions(SoldOut{}))
	server := serve(t, []*rpc.Service{svc}, rpc.WithRequestReuse())
	var client ThriftShop
	c, err := rpc.NewClient(rpc.WithTransport(rpc.GRPC), rpc.WithService("shop.Thrift"), rpc.WithAddresses(server.address),
		rpc.WithContract(&client, rpc.Exceptions(SoldOut{})))
	require.NoError(t, err)
	defer c.Close()
	ctx := context.Background()
	for range 3 {
		placed, err := client.Place(ctx, &Order{"pen", 1})
		require.NoError(t, err)
		require.Equal(t, &Order{"pen!", 2}, placed)
		placed, err = client.Place(ctx, nil)
		require.NoError(t, err)
		require.Equal(t, &Order{}, placed, "a nil reply is sent as a struct without fields")
		_, err = client.Place(ctx, &Order{Item: "none"})
		require.Equal(t, &SoldOut{"none"}, err)
		sum, err := client.Add(ctx, 40, 2)
		require.NoError(t, err)
		require.Equal(t, int64(42), sum)
		names, err := client.Names(ctx, "x")
		require.NoError(t, err)
		require.Equal(t, []string{"xa", "xb"}, names)
		require.ErrorContains(t, client.Clear(ctx), "not cleared")
		require.NoError(t, client.Hint(ctx, &Order{Item: "hint"}))
		require.Equal(t, "hint", <-hints)
		arena := new(tagwire.Arena)
		placed, err = client.Place(rpc.WithReplyArena(ctx, arena), &Order{"book", 7})
		require.NoError(t, err)
		require.Equal(t, &Order{"book!", 8}, placed)
	}
}
