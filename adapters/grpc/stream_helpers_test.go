package grpcadapter_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	grpcadapter "github.com/tagwire/tagwire/adapters/grpc"
	"github.com/tagwire/tagwire/rpc"
	"google.golang.org/grpc"
)

// good is a message of the streams, in both formats. In Protobuf it has fields of shop.Item.
type good struct {
	Name  string `frugal:"1,required" protobuf:"1"`
	Data  []byte `frugal:"4,optional,binary" protobuf:"4"`
	Cents int64  `frugal:"5" protobuf:"5"`
}

type lost struct {
	Key string `frugal:"1" protobuf:"1"`
}

func (e *lost) Error() string { return "lost " + e.Key }

// market is a contract with a stream of each shape.
type market struct {
	Watch  func(ctx context.Context, request *good) iter.Seq2[*good, error]                    `throws:"1=lost"`
	Gather func(ctx context.Context, requests iter.Seq2[*good, error]) (*good, error)          `throws:"1=lost"`
	Trade  func(ctx context.Context, requests iter.Seq2[*good, error]) iter.Seq2[*good, error] `throws:"1=lost"`
}

// formats has the options of the contract in each format.
var formats = map[string][]rpc.ContractOption{
	"thrift":   {rpc.Exceptions(lost{})},
	"protobuf": {rpc.Exceptions(lost{}), rpc.Protobuf()},
}

// stall implements market: the names in requests say what it does.
type stall struct {
	yielded atomic.Int64
	ended   chan string // how a handler ended that was waiting or yielding
}

func newStall() *stall { return &stall{ended: make(chan string, 1000)} }

var failed = errors.New("bad")

// at does what a name says.
func (s *stall) at(ctx context.Context, name string) error {
	switch name {
	case "lost":
		return &lost{"k"}
	case "business":
		return &rpc.BizError{Status: 3, Message: "no money", Extra: map[string]string{"a": "ü\n"}}
	case "error":
		return failed
	case "panic":
		panic("secret")
	case "goexit":
		runtime.Goexit()
	case "wait":
		<-ctx.Done()
		s.ended <- "context"
		return ctx.Err()
	}
	return nil
}

// Watch yields as many goods as the request has cents, each with its data, and then does what its name says.
func (s *stall) Watch(ctx context.Context, request *good) iter.Seq2[*good, error] {
	return func(yield func(*good, error) bool) {
		for i := range request.Cents {
			if !yield(&good{Name: request.Name, Cents: i, Data: request.Data}, nil) {
				s.ended <- "told to stop"
				return
			}
			s.yielded.Add(1)
		}
		switch err := s.at(ctx, request.Name); {
		case err != nil:
			yield(nil, err)
		case request.Name == "nothing":
			yield(nil, nil)
		}
	}
}

// Gather adds the cents up, and joins the names.
func (s *stall) Gather(ctx context.Context, requests iter.Seq2[*good, error]) (*good, error) {
	sum := new(good)
	for request, err := range requests {
		if err != nil {
			s.ended <- "error"
			return nil, err
		}
		if err := s.at(ctx, request.Name); err != nil {
			return nil, err
		}
		switch request.Name {
		case "nothing":
			return nil, nil
		case "early":
			return sum, nil
		}
		sum.Cents += request.Cents
		sum.Name += request.Name
	}
	return sum, nil
}

// Trade sends the requests back.
func (s *stall) Trade(ctx context.Context, requests iter.Seq2[*good, error]) iter.Seq2[*good, error] {
	return func(yield func(*good, error) bool) {
		for request, err := range requests {
			if err != nil {
				s.ended <- "error"
				yield(nil, err)
				return
			}
			if err := s.at(ctx, request.Name); err != nil {
				yield(nil, err)
				return
			}
			if request.Name == "early" {
				return
			}
			if !yield(request, nil) {
				s.ended <- "told to stop"
				return
			}
		}
	}
}

// service returns the service for an implementation.
func (s *stall) service(format string) *rpc.Service {
	svc := rpc.NewService("shop.Store")
	rpc.Implement[market](svc, s, formats[format]...)
	return svc
}

// serveStreams serves by grpc-go, and returns the address.
func serveStreams(t testing.TB, svc *rpc.Service, options ...grpc.ServerOption) string {
	t.Helper()
	desc, err := grpcadapter.ServiceDesc(svc)
	if err != nil {
		t.Fatal(err)
	}
	return serve(t, func(s *grpc.Server) { s.RegisterService(desc, nil) }, options...).Target()[len("passthrough:///"):]
}

// serveNative serves by package rpc, and returns the address.
func serveNative(t testing.TB, svc *rpc.Service) string {
	t.Helper()
	server := rpc.NewServer()
	if err := server.Register(svc); err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- server.Serve(listener) }()
	t.Cleanup(func() { server.Close(); <-done })
	return listener.Addr().String()
}

// fillStreams returns the contract on a connection of grpc-go to an address.
func fillStreams(t testing.TB, address, format string, options ...grpc.DialOption) *market {
	t.Helper()
	conn := dial(t, address, options...)
	filled := new(market)
	if err := grpcadapter.Fill(conn, "shop.Store", filled, formats[format]...); err != nil {
		t.Fatal(err)
	}
	return filled
}

// fillNative returns the contract on a client of package rpc.
func fillNative(t testing.TB, address, format string) *market {
	t.Helper()
	filled := new(market)
	client, err := rpc.NewClient(rpc.WithTransport(rpc.GRPC), rpc.WithService("shop.Store"), rpc.WithAddresses(address),
		rpc.WithContract(filled, formats[format]...))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close() })
	return filled
}

// streamPairs runs a test in each format for each kind of server with each kind of client. Those of package rpc say what the others have
// to do.
func streamPairs(t *testing.T, test func(t *testing.T, s *stall, client *market)) {
	for format := range formats {
		for server := range 2 {
			for client := range 2 {
				t.Run(fmt.Sprintf("%s/%v-%v", format, []string{"grpc-go", "rpc"}[server], []string{"grpc-go", "rpc"}[client]), func(t *testing.T) {
					noneLeft(t)
					s := newStall()
					address := ""
					if server == 0 {
						address = serveStreams(t, s.service(format))
					} else {
						address = serveNative(t, s.service(format))
					}
					if client == 0 {
						test(t, s, fillStreams(t, address, format))
					} else {
						test(t, s, fillNative(t, address, format))
					}
				})
			}
		}
	}
}

// noneLeft checks at the end of a test that no goroutine is left that belongs to a call, a connection or a server.
func noneLeft(t testing.TB) {
	t.Helper()
	t.Cleanup(func() {
		var left []string
		for range 1000 {
			if left = goroutines(); len(left) == 0 {
				return
			}
			time.Sleep(10 * time.Millisecond)
		}
		t.Errorf("goroutines are left:\n%s", strings.Join(left, "\n\n"))
	})
}

// goroutines returns the stacks of goroutines that belong to calls, connections and servers.
func goroutines() (found []string) {
	text := make([]byte, 1<<22)
	for stack := range strings.SplitSeq(string(text[:runtime.Stack(text, true)]), "\n\n") {
		for _, own := range []string{"google.golang.org/grpc", "/rpc/grpc/", "_test.(*stall)", "tagwire/rpc."} {
			if strings.Contains(stack, own) && !strings.Contains(stack, "goroutines(") {
				found = append(found, stack)
				break
			}
		}
	}
	return found
}

// collect returns the cents of what a stream yields, and its error.
func collect(responses iter.Seq2[*good, error]) (cents []int64, err error) {
	for response, failure := range responses {
		switch {
		case err != nil:
			return nil, errors.New("something follows on the error")
		case failure != nil && response != nil:
			return nil, errors.New("a response and an error")
		case failure != nil:
			err = failure
		default:
			cents = append(cents, response.Cents)
		}
	}
	return cents, err
}

// goodsOf yields n goods with a name.
func goodsOf(n int64, name string) iter.Seq2[*good, error] {
	return func(yield func(*good, error) bool) {
		for i := range n {
			if !yield(&good{Name: name, Cents: i}, nil) {
				return
			}
		}
	}
}

// thenWait yields goods with names, and waits for the end of ctx.
func thenWait(ctx context.Context, names ...string) iter.Seq2[*good, error] {
	return func(yield func(*good, error) bool) {
		for _, name := range names {
			if !yield(&good{Name: name}, nil) {
				return
			}
		}
		<-ctx.Done()
	}
}

// next waits for the end of a handler.
func (s *stall) next(t testing.TB) string {
	t.Helper()
	select {
	case how := <-s.ended:
		return how
	case <-time.After(time.Minute):
		t.Fatal("the handler does not end")
		return ""
	}
}

// isPanic reports whether err is that of a handler that has panicked, which does not show why.
func isPanic(err error) bool {
	return errors.Is(err, rpc.CodeInternal) && !strings.Contains(err.Error(), "secret")
}
