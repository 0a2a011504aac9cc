package grpcadapter_test

import (
	"context"
	"errors"
	"io"
	"iter"
	"reflect"
	"testing"

	grpcadapter "github.com/tagwire/tagwire/adapters/grpc"
	"github.com/tagwire/tagwire/adapters/grpc/gen/shop"
	"github.com/tagwire/tagwire/rpc"
	"github.com/tagwire/tagwire/rpc/streamtest"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/encoding/gzip"
	"google.golang.org/grpc/status"
)

// Gather joins the names.
func (generatedStore) Gather(stream grpc.ClientStreamingServer[shop.Item, shop.Item]) error {
	sum := new(shop.Item)
	for {
		request, err := stream.Recv()
		if err == io.EOF {
			return stream.SendAndClose(sum)
		}
		if err != nil {
			return err
		}
		sum.Name += request.Name
	}
}

// Trade sends the requests back, and throws an exception of the contract when one has no name.
func (generatedStore) Trade(stream grpc.BidiStreamingServer[shop.Item, shop.Item]) error {
	for {
		request, err := stream.Recv()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if request.Name == "" {
			sent, err := status.New(codes.NotFound, "m").WithDetails(&shop.NotFound{Key: "theirs"})
			if err != nil {
				return err
			}
			return sent.Err()
		}
		if err := stream.Send(request); err != nil {
			return err
		}
	}
}

// protoStreams is a contract of the streams of shop.Store with structs by hand.
type protoStreams struct {
	Watch  func(ctx context.Context, request *product) iter.Seq2[*product, error]
	Gather func(ctx context.Context, requests iter.Seq2[*product, error]) (*product, error)
	Trade  func(ctx context.Context, requests iter.Seq2[*product, error]) iter.Seq2[*product, error] `throws:"1=NotFound"`
}

func named(names ...string) iter.Seq2[*product, error] {
	return func(yield func(*product, error) bool) {
		for _, name := range names {
			if !yield(&product{Name: name}, nil) {
				return
			}
		}
	}
}

func namesIn(responses iter.Seq2[*product, error]) (names []string, err error) {
	for response, err := range responses {
		if err != nil {
			return names, err
		}
		names = append(names, response.Name)
	}
	return names, nil
}

// TestStreamsOfGeneratedService has a contract call generated code.
func TestStreamsOfGeneratedService(t *testing.T) {
	for name, options := range map[string][]grpc.ServerOption{"registered": nil, "grpc-go's own codec": {grpc.ForceServerCodecV2(ownCodec)}} {
		t.Run(name, func(t *testing.T) {
			conn := serve(t, func(s *grpc.Server) { shop.RegisterStoreServer(s, generatedStore{}) }, options...)
			var client protoStreams
			if err := grpcadapter.Fill(conn, "shop.Store", &client, rpc.Protobuf(), protoExceptions); err != nil {
				t.Fatal(err)
			}
			ctx := background(t)
			if got, err := namesIn(client.Watch(ctx, &product{Name: "x"})); err != nil || !reflect.DeepEqual(got, []string{"x0", "x1", "x2"}) {
				t.Error(got, err)
			}
			if got, err := client.Gather(ctx, named("a", "b")); err != nil || got.Name != "ab" {
				t.Error(got, err)
			}
			if got, err := namesIn(client.Trade(ctx, named("a", "b"))); err != nil || !reflect.DeepEqual(got, []string{"a", "b"}) {
				t.Error(got, err)
			}
			if got, err := namesIn(client.Trade(ctx, named("a", "", "b"))); len(got) != 1 || !reflect.DeepEqual(err, &NotFound{"theirs"}) {
				t.Error(got, err)
			}
		})
	}
}

// TestStreamsOfGeneratedClient has generated code call a contract.
func TestStreamsOfGeneratedClient(t *testing.T) {
	conn := dial(t, serveStreams(t, streamtest.NewStall().Service("protobuf")))
	client, ctx := shop.NewStoreClient(conn), background(t)
	for _, options := range [][]grpc.CallOption{nil, {grpc.ForceCodecV2(ownCodec)}, {grpc.ForceCodecV2(ownCodec), grpc.UseCompressor(gzip.Name)}} {
		watch, err := client.Watch(ctx, &shop.Item{Name: "lost", Price: &shop.Item_Cents{Cents: 2}}, options...)
		if err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if _, err := watch.Recv(); err != nil {
				t.Error(err)
			}
		}
		_, err = watch.Recv()
		if s := status.Convert(err); s.Code() != codes.Unknown || s.Message() != "lost k" || len(s.Details()) != 2 {
			t.Error(err)
		}
		gather, err := client.Gather(ctx, options...)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"a", "b"} {
			if err := gather.Send(&shop.Item{Name: name}); err != nil {
				t.Fatal(err)
			}
		}
		if got, err := gather.CloseAndRecv(); err != nil || got.Name != "ab" {
			t.Error(got, err)
		}
		trade, err := client.Trade(ctx, options...)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"a", "b"} {
			if err := trade.Send(&shop.Item{Name: name}); err != nil {
				t.Fatal(err)
			}
			if got, err := trade.Recv(); err != nil || got.Name != name {
				t.Error(got, err)
			}
		}
		if err := trade.Send(&shop.Item{Name: "business"}); err != nil {
			t.Fatal(err)
		}
		if _, err := trade.Recv(); status.Code(err) != codes.Internal || trade.Trailer().Get("biz-status")[0] != "3" {
			t.Error(err, trade.Trailer())
		}
	}
}

// TestNumbersOfMessages has a client send none, or two, to a method with one request, and a server answer so.
func TestNumbersOfMessages(t *testing.T) {
	conn := dial(t, serveStreams(t, streamtest.NewStall().Service("thrift")))
	both := &grpc.StreamDesc{ClientStreams: true, ServerStreams: true}
	for _, n := range []int{0, 2} {
		stream, err := conn.NewStream(background(t), both, "/shop.Store/Watch", grpc.CallContentSubtype(grpcadapter.Name))
		if err != nil {
			t.Fatal(err)
		}
		for range n {
			if err := stream.SendMsg(&item{Name: "x"}); err != nil {
				t.Fatal(err)
			}
		}
		_ = stream.CloseSend()
		if err := stream.RecvMsg(new(item)); status.Code(err) != codes.Internal {
			t.Errorf("%d requests: %v", n, err)
		}
	}
	for n := range 3 {
		desc := grpc.ServiceDesc{ServiceName: "shop.Store", HandlerType: (*any)(nil), Streams: []grpc.StreamDesc{{
			StreamName: "Gather", ClientStreams: true, ServerStreams: true,
			Handler: func(_ any, stream grpc.ServerStream) error {
				for range n {
					if err := stream.SendMsg(&item{Name: "x"}); err != nil {
						return err
					}
				}
				return nil
			},
		}}}
		address := serve(t, func(s *grpc.Server) { s.RegisterService(&desc, nil) }).Target()[len("passthrough:///"):]
		got, err := fillStreams(t, address, "thrift").Gather(background(t), nil)
		if (n == 1) != (err == nil) || err != nil && (got != nil || !errors.Is(err, rpc.CodeInternal)) {
			t.Errorf("%d responses: %v %v", n, got, err)
		}
	}
}

// TestHostileStreams has peers send what is no message, and what an interceptor passes on in place of one.
func TestHostileStreams(t *testing.T) {
	address := serveStreams(t, streamtest.NewStall().Service("thrift"))
	conn := dial(t, address)
	desc := &grpc.StreamDesc{ClientStreams: true, ServerStreams: true}
	for _, data := range [][]byte{nil, {1}, {0}, {11, 0, 1, 0x7f, 0xff, 0xff, 0xff}, {11, 0, 1, 0, 0, 0, 1, 'x', 0, 0}} {
		stream, err := conn.NewStream(background(t), desc, "/shop.Store/Trade", grpc.ForceCodecV2(rawCodec{}))
		if err != nil {
			t.Fatal(err)
		}
		good := []byte{11, 0, 1, 0, 0, 0, 1, 'x', 0}
		for _, sent := range [][]byte{good, data} {
			if err := stream.SendMsg(&sent); err != nil {
				t.Fatal(err)
			}
		}
		var received []byte
		if err := stream.RecvMsg(&received); err != nil || len(received) == 0 {
			t.Error(err)
		}
		if err := stream.RecvMsg(&received); status.Code(err) != codes.Internal {
			t.Errorf("% x: %v", data, err)
		}
	}
	answer := []byte{1}
	server := grpc.ServiceDesc{ServiceName: "shop.Store", HandlerType: (*any)(nil), Streams: []grpc.StreamDesc{{
		StreamName: "Trade", ClientStreams: true, ServerStreams: true,
		Handler: func(_ any, stream grpc.ServerStream) error { return stream.SendMsg(&answer) },
	}}}
	hostile := serve(t, func(s *grpc.Server) { s.RegisterService(&server, nil) }, grpc.ForceServerCodecV2(rawCodec{}))
	for _, err := range fillStreams(t, hostile.Target()[len("passthrough:///"):], "thrift").Trade(background(t), nil) {
		if !errors.Is(err, rpc.CodeInternal) {
			t.Error(err)
		}
	}
}

// TestStreamInterceptors: those of grpc-go see the messages, on both sides.
func TestStreamInterceptors(t *testing.T) {
	server, client := new(counting), new(counting)
	address := serveStreams(t, streamtest.NewStall().Service("thrift"), grpc.StreamInterceptor(
		func(implementation any, stream grpc.ServerStream, _ *grpc.StreamServerInfo, next grpc.StreamHandler) error {
			return next(implementation, countedServer{stream, server})
		}))
	filled := fillStreams(t, address, "thrift", grpc.WithStreamInterceptor(
		func(ctx context.Context, desc *grpc.StreamDesc, conn *grpc.ClientConn, method string, next grpc.Streamer, options ...grpc.CallOption) (grpc.ClientStream, error) {
			stream, err := next(ctx, desc, conn, method, options...)
			return countedClient{stream, client}, err
		}))
	good := &streamtest.Good{Name: "x", Cents: 5}
	for _, err := range filled.Watch(background(t), good) {
		if err != nil {
			t.Error(err)
		}
	}
	if server.sent != 5 || server.received != 1 || client.sent != 1 || client.received != 5 {
		t.Error(server, client)
	}
}

type counting struct{ sent, received int }

func (c *counting) count(n *int, v any, err error) error {
	if _, ok := v.(*streamtest.Good); ok && err == nil {
		*n++
	}
	return err
}

type countedServer struct {
	grpc.ServerStream
	*counting
}

func (c countedServer) SendMsg(v any) error { return c.count(&c.sent, v, c.ServerStream.SendMsg(v)) }
func (c countedServer) RecvMsg(v any) error {
	return c.count(&c.received, v, c.ServerStream.RecvMsg(v))
}

type countedClient struct {
	grpc.ClientStream
	*counting
}

func (c countedClient) SendMsg(v any) error { return c.count(&c.sent, v, c.ClientStream.SendMsg(v)) }
func (c countedClient) RecvMsg(v any) error {
	return c.count(&c.received, v, c.ClientStream.RecvMsg(v))
}
