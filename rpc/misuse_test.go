package rpc_test

import (
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"net"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tagwire/tagwire"
	"github.com/tagwire/tagwire/rpc"
)

// Broken is an error whose text and cause panic where it is a nil pointer.
type Broken struct{ Text string }

func (e *Broken) Error() string { return e.Text }
func (e *Broken) Unwrap() error { return errors.New(e.Text) }

func explosive() []*rpc.Service {
	svc := rpc.NewService("Explosive")
	rpc.Handle(svc, "Broken", func(context.Context, *Request) (*Reply, error) {
		var e *Broken
		return nil, e
	})
	rpc.Handle(svc, "Exception", func(context.Context, *Request) (*Reply, error) {
		var e *NotFound
		return nil, e
	}, rpc.Throws(1, NotFound{}))
	rpc.Handle(svc, "Code", func(context.Context, *Request) (*Reply, error) {
		var e *rpc.Error
		return nil, e
	})
	rpc.HandleOneway(svc, "Oneway", func(context.Context, *Request) error {
		var e *Broken
		return e
	})
	rpc.Handle(svc, "Fine", func(_ context.Context, req *Request) (*Reply, error) { return &Reply{Text: req.Text}, nil })
	return []*rpc.Service{svc}
}

func TestPanicsBesideHandlers(t *testing.T) {
	overConnKinds(t, func(t *testing.T, l connKind) {
		noLeaks(t)
		server := l.serve(t, explosive())
		client := l.connect(t, server.address)
		ctx := context.Background()
		for _, method := range []string{"Broken", "Exception", "Code"} {
			_, err := rpc.Call[Request, Reply](ctx, client, method, &Request{Text: "x"})
			require.ErrorIs(t, err, rpc.CodeInternal, method)
		}
		require.NoError(t, rpc.Send(ctx, client, "Oneway", &Request{}))
		reply, err := rpc.Call[Request, Reply](ctx, client, "Fine", &Request{Text: "x"})
		require.NoError(t, err)
		require.Equal(t, "x", reply.Text)
		require.EqualValues(t, 1, server.opened.Load(), "a connection was lost")
	})
}

// TestInterceptorThatGivesUp has an interceptor return while what it called still works. What that returns later
// must not get into another call. One processor lets calls share what is pooled.
func TestInterceptorThatGivesUp(t *testing.T) {
	noLeaks(t)
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	for range 20 {
		started, release, written := make(chan struct{}), make(chan struct{}), make(chan struct{})
		svc := rpc.NewService("Slow")
		rpc.Handle(svc, "Slow", func(_ context.Context, req *Request) (*Reply, error) {
			if req.Text == "first" {
				close(started)
				<-release
			}
			return &Reply{Text: req.Text}, nil
		})
		giveUp := func(side rpc.Side) rpc.Interceptor {
			var calls atomic.Int64
			return rpc.Interceptor{Call: func(ctx context.Context, _ *rpc.CallInfo, next func(context.Context) error) error {
				if calls.Add(1) == 1 {
					go func() {
						_ = next(ctx)
						if side == rpc.ServerSide {
							close(written)
						}
					}()
					<-started
					return errors.New("gave up")
				}
				err := next(ctx)
				if side == rpc.ServerSide {
					close(release)
					<-written
				}
				return err
			}}
		}
		server := serve(t, []*rpc.Service{svc}, rpc.WithInterceptors(giveUp(rpc.ServerSide)))
		client := connect(t, server.address, rpc.WithPool(1, time.Minute))
		_, err := rpc.Call[Request, Reply](context.Background(), client, "Slow", &Request{Text: "first"})
		require.ErrorIs(t, err, rpc.CodeInternal)
		reply, err := rpc.Call[Request, Reply](context.Background(), client, "Slow", &Request{Text: "second"})
		require.NoError(t, err)
		require.Equal(t, "second", reply.Text)
		_ = server.Close()
	}
}

// TestClientInterceptorThatGivesUp is the same on a client: the late reply must not become that of another call.
func TestClientInterceptorThatGivesUp(t *testing.T) {
	noLeaks(t)
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	for range 20 {
		started, release, late := make(chan struct{}), make(chan struct{}), make(chan error, 1)
		svc := rpc.NewService("Slow")
		rpc.Handle(svc, "Slow", func(_ context.Context, req *Request) (*Reply, error) {
			if req.Text == "first" {
				close(started)
				<-release
			}
			return &Reply{Text: req.Text}, nil
		})
		var calls atomic.Int64
		impatient := rpc.Interceptor{Call: func(ctx context.Context, _ *rpc.CallInfo, next func(context.Context) error) error {
			if calls.Add(1) == 1 {
				go func() { late <- next(ctx) }()
				<-started
				return errors.New("gave up")
			}
			err := next(ctx)
			close(release)
			<-late
			return err
		}}
		server := serve(t, []*rpc.Service{svc})
		client := connect(t, server.address, rpc.WithInterceptors(impatient))
		_, err := rpc.Call[Request, Reply](context.Background(), client, "Slow", &Request{Text: "first"})
		require.EqualError(t, err, "gave up")
		reply, err := rpc.Call[Request, Reply](context.Background(), client, "Slow", &Request{Text: "second"})
		require.NoError(t, err)
		require.Equal(t, "second", reply.Text)
		_ = client.Close()
		_ = server.Close()
	}
}

// TestInterceptorThatSwallows: a call without an error has a result.
func TestInterceptorThatSwallows(t *testing.T) {
	noLeaks(t)
	swallow := rpc.Interceptor{Call: func(ctx context.Context, _ *rpc.CallInfo, next func(context.Context) error) error {
		_ = next(ctx)
		return nil
	}}
	var counter struct {
		Count func(ctx context.Context) (int64, error)
	}
	client := connect(t, silent(t), rpc.WithTimeout(20*time.Millisecond), rpc.WithInterceptors(swallow), rpc.WithContract(&counter))
	_, err := counter.Count(context.Background())
	require.ErrorIs(t, err, rpc.CodeMissingResult)
	_, err = rpc.Call[Request, Reply](context.Background(), client, "Echo", &Request{})
	require.ErrorIs(t, err, rpc.CodeMissingResult)
}

// TestUndeclaredException: an exception that the caller does not declare is no success, not even of a method
// without a result.
func TestUndeclaredException(t *testing.T) {
	noLeaks(t)
	svc := rpc.NewService("Store")
	rpc.Handle(svc, "Drop", func(context.Context, *Request) (*rpc.Void, error) { return nil, &NotFound{Key: "x"} },
		rpc.Throws(1, NotFound{}))
	rpc.Handle(svc, "Get", func(context.Context, *Request) (*Reply, error) { return nil, &NotFound{Key: "x"} },
		rpc.Throws(1, NotFound{}))
	client := connect(t, serve(t, []*rpc.Service{svc}).address)
	_, err := rpc.Call[Request, rpc.Void](context.Background(), client, "Drop", &Request{})
	require.ErrorIs(t, err, rpc.CodeMissingResult)
	require.ErrorContains(t, err, "rpc.Throws")
	_, err = rpc.Call[Request, Reply](context.Background(), client, "Get", &Request{})
	require.ErrorIs(t, err, rpc.CodeMissingResult)
	require.ErrorContains(t, err, "rpc.Throws")
}

// TestHandleAfterRegister: a method that is added too late is an error of Serve, not an unknown method.
func TestHandleAfterRegister(t *testing.T) {
	server := rpc.NewServer()
	require.ErrorContains(t, server.Register(rpc.NewService("Empty")), "service Empty has no method; call rpc.Handle")
	svc := rpc.NewService("Late")
	rpc.Handle(svc, "Put", func(context.Context, *Request) (*Reply, error) { return nil, nil })
	server = rpc.NewServer()
	require.NoError(t, server.Register(svc))
	rpc.Handle(svc, "Get", func(context.Context, *Request) (*Reply, error) { return nil, nil })
	require.ErrorContains(t, server.ListenAndServe("tcp", "127.0.0.1:0"), "Get: wrong contract: service Late is registered already")
}

// TestNilSpreadRequest: a nil request is one without fields, spread or not.
func TestNilSpreadRequest(t *testing.T) {
	noLeaks(t)
	method := rpc.NewMethod[Request, Reply]("Echo", rpc.Spread())
	svc := rpc.NewService("Echo")
	method.Handle(svc, func(_ context.Context, req *Request) (*Reply, error) { return &Reply{Number: req.Number}, nil })
	client := connect(t, serve(t, []*rpc.Service{svc}).address)
	reply, err := method.Call(context.Background(), client, nil)
	require.NoError(t, err)
	require.Equal(t, &Reply{}, reply)
}

// TestPointerReceivers: the methods may be the pointer's.
func TestPointerReceivers(t *testing.T) {
	svc := rpc.NewService("Store")
	rpc.Implement[Store](svc, shop{}, storeExceptions)
	require.ErrorContains(t, svc.Err(), "are those of a pointer; pass a *rpc_test.shop")
}

// TestClosedWhileResolving: after Close nothing connects, not even to what the resolver finds later.
func TestClosedWhileResolving(t *testing.T) {
	noLeaks(t)
	server := serve(t, echo())
	_, err := callEcho(connect(t, server.address), "x")
	require.NoError(t, err)
	endpoint, err := rpc.ParseEndpoint(server.address)
	require.NoError(t, err)
	client, err := rpc.NewClient(rpc.WithResolver(resolverFunc(func() []rpc.Endpoint { return []rpc.Endpoint{endpoint} }), 0))
	require.NoError(t, err)
	require.NoError(t, client.Close())
	_, err = callEcho(client, "x")
	require.ErrorIs(t, err, rpc.CodeShutdown)

	resolving, proceed := make(chan struct{}), make(chan struct{})
	client, err = rpc.NewClient(rpc.WithResolver(resolverFunc(func() []rpc.Endpoint {
		close(resolving)
		<-proceed
		return []rpc.Endpoint{endpoint}
	}), 0))
	require.NoError(t, err)
	done := make(chan error)
	go func() {
		_, err := callEcho(client, "x")
		done <- err
	}()
	<-resolving
	require.NoError(t, client.Close())
	close(proceed)
	require.ErrorIs(t, <-done, rpc.CodeShutdown)
	require.EqualValues(t, 1, server.opened.Load())
}

type resolverFunc func() []rpc.Endpoint

func (f resolverFunc) Resolve(context.Context, string) ([]rpc.Endpoint, error) { return f(), nil }

// TestBusinessStatusOfRequest: what a request's header says of a business error does not come back.
func TestBusinessStatusOfRequest(t *testing.T) {
	noLeaks(t)
	conn := dial(t, serve(t, echo()).address)
	send(t, conn, header(1, stringBlock("biz-status", "5", "biz-message", "no"), call(t, 1, "a")))
	message := readFrame(t, conn)
	require.NotContains(t, string(message), "biz-")
}

// TestForeignReplies: what answers on the wrong port, or in another transport, is named.
func TestForeignReplies(t *testing.T) {
	noLeaks(t)
	for answer, want := range map[string]string{
		"HTTP/1.1 400 Bad Request\r\n\r\n":                "HTTP",
		string(envelope(typeReply, "Echo", 1, []byte{0})): "buffered; see rpc.WithTransport",
	} {
		address, _ := fake(t, func(conn net.Conn) {
			_, _ = readCall(conn)
			_, _ = conn.Write([]byte(answer))
			_, _ = io.Copy(io.Discard, conn)
		})
		_, err := callEcho(connect(t, address), "x")
		require.ErrorIs(t, err, rpc.CodeInvalidReply)
		require.ErrorContains(t, err, want)
	}
}

// TestManyChecksums: comparing one costs a look at the whole payload, so a header has one.
func TestManyChecksums(t *testing.T) {
	noLeaks(t)
	payload := call(t, 1, "a")
	sum := fmt.Sprintf("%08x", crc32.Checksum(payload, crc32.MakeTable(crc32.Castagnoli)))
	server := serve(t, echo())
	conn := dial(t, server.address)
	send(t, conn, header(1, stringBlock("crc32c", sum), payload))
	require.Contains(t, string(readFrame(t, conn)), "Echo")
	send(t, conn, header(1, stringBlock("crc32c", sum, "crc32c", sum), payload))
	mustClose(t, conn)
	server.says(t, "two checksums")
}

// TestUntagged: a struct whose tags were forgotten is an error, because nothing of it would be sent.
func TestUntagged(t *testing.T) {
	type untagged struct {
		Text string `json:"text"`
	}
	svc := rpc.NewService("Untagged")
	rpc.Handle(svc, "In", func(context.Context, *untagged) (*Reply, error) { return nil, nil })
	rpc.Handle(svc, "Spread", func(context.Context, *untagged) (*Reply, error) { return nil, nil }, rpc.Spread())
	rpc.Handle(svc, "Out", func(context.Context, *Request) (*untagged, error) { return nil, nil })
	for _, method := range []string{"In", "Spread", "Out"} {
		require.ErrorContains(t, svc.Err(), method+": wrong contract: no field of rpc_test.untagged has a tag, so none would be sent")
	}
	type ofProtobuf struct {
		Text string `protobuf:"1"`
	}
	rpc.Handle(svc, "Protobuf", func(context.Context, *ofProtobuf) (*Reply, error) { return nil, nil })
	require.ErrorContains(t, svc.Err(), "Protobuf: wrong contract: rpc_test.ofProtobuf has tags of Protobuf only; add the option")
	var contract struct {
		Get func(ctx context.Context, in uint64) error
	}
	_, err := rpc.NewClient(rpc.WithAddresses("127.0.0.1:1"), rpc.WithContract(&contract))
	require.ErrorContains(t, err, "use int64")
	require.Equal(t, 1, strings.Count(err.Error(), "wrong contract"))
}

// TestMisuseOfProtobuf: what is wrong with a method of Protobuf is said at start-up.
func TestMisuseOfProtobuf(t *testing.T) {
	type page struct {
		Text string `protobuf:"1"`
	}
	type library struct {
		Turn func(ctx context.Context, page *page) (*page, error)
	}
	svc := rpc.NewService("Library")
	rpc.Implement[library](svc, &library{func(_ context.Context, page *page) (*page, error) { return page, nil }}, rpc.Protobuf())
	require.NoError(t, rpc.NewServer().Register(svc))
	for name, c := range map[string]struct {
		err  error
		says string
	}{
		"buffered":        {newClient(rpc.WithTransport(rpc.Buffered), rpc.WithContract(new(library), rpc.Protobuf())), "cannot be buffered"},
		"format":          {newClient(rpc.WithFormat(tagwire.Protobuf)), "rpc.ProtobufMessages"},
		"no struct":       {handled(rpc.NewMethod[page, string]("m", rpc.ProtobufMessages())), "the response is a message"},
		"spread":          {handled(rpc.NewMethod[page, page]("m", rpc.ProtobufMessages(), rpc.Spread())), "take away rpc.Spread"},
		"returns":         {handled(rpc.NewMethod[page, page]("m", rpc.ProtobufMessages(), rpc.Returns("page"))), "rpc.Returns"},
		"oneway":          {handled(rpc.NewMethod[page, rpc.Void]("m", rpc.ProtobufMessages(), rpc.Oneway())), "not oneway"},
		"no name":         {handled(rpc.NewMethod[page, page]("", rpc.ProtobufMessages())), "needs a name"},
		"no request":      {handled(rpc.NewMethod[string, page]("m", rpc.ProtobufMessages())), "string is not a struct"},
		"tags of Thrift":  {handled(rpc.NewMethod[Request, page]("m", rpc.ProtobufMessages())), "has a tag of Protobuf"},
		"no exception":    {handled(rpc.NewMethod[page, page]("m", rpc.ProtobufMessages(), rpc.Throws(1, page{}))), "an exception is an error"},
		"wrong exception": {handled(rpc.NewMethod[page, page]("m", rpc.ProtobufMessages(), rpc.Throws(1, NotFound{}))), "has a tag of Protobuf"},
	} {
		t.Run(name, func(t *testing.T) {
			require.ErrorIs(t, c.err, rpc.CodeContract)
			require.ErrorContains(t, c.err, c.says)
		})
	}
	client := connect(t, "127.0.0.1:1", rpc.WithTransport(rpc.Buffered))
	_, err := rpc.NewMethod[page, page]("m", rpc.ProtobufMessages()).Call(context.Background(), client, nil)
	require.ErrorIs(t, err, rpc.CodeContract)
}

func newClient(options ...rpc.ClientOption) error {
	_, err := rpc.NewClient(append(options, rpc.WithAddresses("127.0.0.1:1"))...)
	return err
}

// handled returns what is wrong with a method.
func handled[Req, Resp any](m *rpc.Method[Req, Resp]) error {
	svc := rpc.NewService("S")
	m.Handle(svc, func(context.Context, *Req) (*Resp, error) { return nil, nil })
	return svc.Err()
}
