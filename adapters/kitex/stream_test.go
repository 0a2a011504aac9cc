package kitex_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"net"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/bytedance/gopkg/cloud/metainfo"
	"github.com/cloudwego/kitex/client"
	"github.com/cloudwego/kitex/pkg/kerrors"
	"github.com/cloudwego/kitex/pkg/serviceinfo"
	"github.com/cloudwego/kitex/pkg/streaming"
	"github.com/cloudwego/kitex/server"
	"github.com/cloudwego/kitex/transport"

	"github.com/tagwire/tagwire/adapters/kitex/kitexgen/echo"
	"github.com/tagwire/tagwire/rpc"
)

// Chat is the contract of the streams that both sides have.
type Chat struct {
	List func(ctx context.Context, r *echo.Request) iter.Seq2[*echo.Reply, error]
	Sum  func(ctx context.Context, all iter.Seq2[*echo.Request, error]) (*echo.Reply, error)
	Talk func(ctx context.Context, all iter.Seq2[*echo.Request, error]) iter.Seq2[*echo.Reply, error]
}

// chat implements it, as kitexChat does for Kitex.
type chat struct{}

func (chat) List(ctx context.Context, r *echo.Request) iter.Seq2[*echo.Reply, error] {
	return func(yield func(*echo.Reply, error) bool) {
		for i := range r.ID {
			if !yield(&echo.Reply{Text: r.Text, ID: i}, nil) {
				return
			}
		}
		if r.Text == "biz" {
			yield(nil, &rpc.BizError{Status: 77, Message: "no", Extra: map[string]string{"a": "b"}})
		}
		if r.Text == "fail" {
			yield(nil, errors.New("failed"))
		}
		if r.Text == "meta" {
			value, _ := metainfo.GetValue(ctx, "key")
			yield(&echo.Reply{Text: value}, nil)
		}
	}
}

func (chat) Sum(_ context.Context, all iter.Seq2[*echo.Request, error]) (*echo.Reply, error) {
	sum := &echo.Reply{}
	for r, err := range all {
		if err != nil {
			return nil, err
		}
		sum.ID += r.ID
	}
	return sum, nil
}

func (chat) Talk(ctx context.Context, all iter.Seq2[*echo.Request, error]) iter.Seq2[*echo.Reply, error] {
	return func(yield func(*echo.Reply, error) bool) {
		for r, err := range all {
			if err != nil {
				canceled <- ctx.Err()
				yield(nil, err)
				return
			}
			reply, err := reply(ctx, r)
			if !yield(reply, err) {
				return
			}
		}
	}
}

// canceled gets the error of the context of each handler of Talk that was cancelled.
var canceled = make(chan error, 10)

// kitexChat is the service in Kitex.
func kitexChat() *serviceinfo.ServiceInfo {
	method := func(mode serviceinfo.StreamingMode, handle func(ctx context.Context, s streaming.ServerStream) error) serviceinfo.MethodInfo {
		return serviceinfo.NewMethodInfo(func(ctx context.Context, _, arg, _ any) error {
			s, err := streaming.GetServerStreamFromArg(arg)
			if err != nil {
				return err
			}
			return handle(ctx, s)
		}, nil, nil, false, serviceinfo.WithStreamingMode(mode))
	}
	return &serviceinfo.ServiceInfo{
		ServiceName: "Chat", HandlerType: (*any)(nil), PayloadCodec: serviceinfo.Thrift, Extra: map[string]any{"PackageName": "echo"},
		Methods: map[string]serviceinfo.MethodInfo{
			"List": method(serviceinfo.StreamingServer, kitexList),
			"Sum": method(serviceinfo.StreamingClient, func(ctx context.Context, s streaming.ServerStream) error {
				sum := &echo.Reply{}
				for {
					r := &echo.Request{}
					err := s.RecvMsg(ctx, r)
					if err == io.EOF {
						return s.SendMsg(ctx, sum)
					}
					if err != nil {
						return err
					}
					sum.ID += r.ID
				}
			}),
			"Talk": method(serviceinfo.StreamingBidirectional, kitexTalk),
		},
	}
}

func kitexList(ctx context.Context, s streaming.ServerStream) error {
	r := &echo.Request{}
	if err := s.RecvMsg(ctx, r); err != nil {
		return err
	}
	_ = s.SetHeader(streaming.Header{"head": "er"})
	_ = s.SetTrailer(streaming.Trailer{"trail": "er"})
	for i := range r.ID {
		if err := s.SendMsg(ctx, &echo.Reply{Text: r.Text, ID: i}); err != nil {
			return err
		}
	}
	switch r.Text {
	case "biz":
		return kerrors.NewBizStatusErrorWithExtra(77, "no", map[string]string{"a": "b"})
	case "fail":
		return errors.New("failed")
	case "meta":
		value, _ := metainfo.GetValue(ctx, "key")
		return s.SendMsg(ctx, &echo.Reply{Text: value})
	}
	return nil
}

func kitexTalk(ctx context.Context, s streaming.ServerStream) error {
	for {
		r := &echo.Request{}
		err := s.RecvMsg(ctx, r)
		if err == io.EOF {
			return nil
		}
		if err != nil {
			canceled <- ctx.Err()
			return err
		}
		reply, err := reply(ctx, r)
		if err != nil {
			return err
		}
		if err := s.SendMsg(ctx, reply); err != nil {
			return err
		}
	}
}

// serveKitexChat starts Kitex with the service.
func serveKitexChat(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	srv := server.NewServer(server.WithListener(listener), server.WithExitWaitTime(time.Millisecond),
		server.WithExitSignal(func() <-chan error { return nil }))
	if err := srv.RegisterService(kitexChat(), &chat{}); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- srv.Run() }()
	t.Cleanup(func() { _ = srv.Stop(); <-ended })
	return listener.Addr().String()
}

// serveChat starts Tagwire with it.
func serveChat(t *testing.T) string {
	t.Helper()
	svc := rpc.NewService("Chat")
	rpc.Implement[Chat](svc, chat{})
	srv := rpc.NewServer()
	if err := srv.Register(svc); err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- srv.Serve(listener) }()
	t.Cleanup(func() {
		if err := srv.Shutdown(context.Background()); err != nil {
			t.Error(err)
		}
		<-ended
	})
	return listener.Addr().String()
}

// dialChat returns a client of Tagwire's.
func dialChat(t *testing.T, address string, kind rpc.ConnectionKind) *Chat {
	t.Helper()
	made := &Chat{}
	c, err := rpc.NewClient(rpc.WithAddresses(address), rpc.WithTransport(rpc.TTHeader), rpc.WithConnections(kind), rpc.WithService("Chat"),
		rpc.WithCaller("tagwire"), rpc.WithContract(made))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return made
}

// kitexClient is the same of Kitex.
type kitexClient struct{ streams client.Streaming }

func dialKitexChat(t *testing.T, address string) *Chat {
	t.Helper()
	c, err := client.NewClient(kitexChat(), client.WithDestService("Chat"), client.WithHostPorts(address),
		client.WithTransportProtocol(transport.TTHeaderStreaming))
	if err != nil {
		t.Fatal(err)
	}
	k := kitexClient{c.(client.Streaming)}
	return &Chat{
		List: func(ctx context.Context, r *echo.Request) iter.Seq2[*echo.Reply, error] {
			return k.both(ctx, "List", func(yield func(*echo.Request, error) bool) { yield(r, nil) })
		},
		Sum: func(ctx context.Context, all iter.Seq2[*echo.Request, error]) (sum *echo.Reply, err error) {
			for reply, failure := range k.both(ctx, "Sum", all) {
				sum, err = reply, failure
			}
			return sum, err
		},
		Talk: func(ctx context.Context, all iter.Seq2[*echo.Request, error]) iter.Seq2[*echo.Reply, error] {
			return k.both(ctx, "Talk", all)
		},
	}
}

func (k kitexClient) both(ctx context.Context, method string, all iter.Seq2[*echo.Request, error]) iter.Seq2[*echo.Reply, error] {
	return func(yield func(*echo.Reply, error) bool) {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		s, err := k.streams.StreamX(ctx, method)
		if err != nil {
			yield(nil, err)
			return
		}
		go func() {
			for r := range all {
				if s.SendMsg(ctx, r) != nil {
					return
				}
			}
			_ = s.CloseSend(ctx)
		}()
		for {
			reply := &echo.Reply{}
			switch err := s.RecvMsg(ctx, reply); {
			case err == io.EOF:
				return
			case err != nil:
				yield(nil, err)
				return
			case !yield(reply, nil):
				cancel()
				// Kitex sends the reset when a receiver notices.
				_ = s.RecvMsg(ctx, &echo.Reply{})
				return
			}
		}
	}
}

// TestStreams: Tagwire calls Kitex, and Kitex Tagwire.
func TestStreams(t *testing.T) {
	for name, dial := range map[string]func(t *testing.T) *Chat{
		"Tagwire calls Kitex":        func(t *testing.T) *Chat { return dialChat(t, serveKitexChat(t), rpc.Multiplexed) },
		"Tagwire calls Kitex, alone": func(t *testing.T) *Chat { return dialChat(t, serveKitexChat(t), rpc.Pooled) },
		"Kitex calls Tagwire":        func(t *testing.T) *Chat { return dialKitexChat(t, serveChat(t)) },
		"Tagwire calls Tagwire":      func(t *testing.T) *Chat { return dialChat(t, serveChat(t), rpc.Multiplexed) },
	} {
		t.Run(name, func(t *testing.T) { converseInStreams(t, dial(t)) })
	}
}

func converseInStreams(t *testing.T, c *Chat) {
	ctx := context.Background()
	for _, n := range []int64{0, 1, 1000} {
		count := int64(0)
		for reply, err := range c.List(ctx, &echo.Request{ID: n, Text: strings.Repeat("x", int(n))}) {
			if err != nil || reply.ID != count {
				t.Fatal(reply, err)
			}
			count++
		}
		if count != n {
			t.Errorf("%d replies, not %d", count, n)
		}
		sum, err := c.Sum(ctx, func(yield func(*echo.Request, error) bool) {
			for range n {
				if !yield(&echo.Request{ID: 2}, nil) {
					return
				}
			}
		})
		if err != nil || sum.ID != 2*n {
			t.Error(sum, err)
		}
	}
	for reply, err := range c.Talk(ctx, func(yield func(*echo.Request, error) bool) {
		for _, texts := range []int{0, 10, 4096, 100_000} {
			if !yield(request(texts), nil) {
				return
			}
		}
	}) {
		if err != nil {
			t.Fatal(err)
		}
		if want, _ := replyTo(len(reply.Text)); !reflect.DeepEqual(reply, want) {
			t.Errorf("another reply to %d", len(reply.Text))
		}
	}
	for text, check := range map[string]func(reply *echo.Reply, err error) bool{
		"biz": func(_ *echo.Reply, err error) bool {
			var own *rpc.BizError
			if errors.As(err, &own) {
				return own.Status == 77 && own.Message == "no" && own.Extra["a"] == "b"
			}
			theirs, ok := kerrors.FromBizStatusError(err)
			return ok && theirs.BizStatusCode() == 77 && theirs.BizMessage() == "no" && theirs.BizExtra()["a"] == "b"
		},
		"fail": func(_ *echo.Reply, err error) bool { return err != nil && strings.Contains(err.Error(), "failed") },
		"meta": func(reply *echo.Reply, err error) bool { return err == nil && reply.Text == "value" },
	} {
		var last *echo.Reply
		var failure error
		for reply, err := range c.List(metainfo.WithValue(ctx, "key", "value"), &echo.Request{ID: 1, Text: text}) {
			last, failure = reply, err
		}
		if !check(last, failure) {
			t.Errorf("%s: %v, %v", text, last, failure)
		}
	}
	for range 3 {
		release := make(chan struct{})
		for range c.Talk(ctx, func(yield func(*echo.Request, error) bool) {
			yield(&echo.Request{}, nil)
			<-release
		}) {
			break
		}
		select {
		case err := <-canceled:
			if err == nil {
				t.Error("the handler's context goes on")
			}
		case <-time.After(20 * time.Second):
			t.Fatal("the handler does not notice that its caller has gone")
		}
		close(release)
	}
}

func replyTo(texts int) (*echo.Reply, error) { return reply(context.Background(), request(texts)) }

// TestStreamsSideBySide: many streams of one connection do not mix.
func TestStreamsSideBySide(t *testing.T) {
	for name, c := range map[string]*Chat{
		"Tagwire calls Kitex": dialChat(t, serveKitexChat(t), rpc.Multiplexed), "Kitex calls Tagwire": dialKitexChat(t, serveChat(t)),
	} {
		t.Run(name, func(t *testing.T) {
			errs := make(chan error, 20)
			for g := range cap(errs) {
				go func() {
					text := fmt.Sprint("stream ", g)
					count := 0
					for reply, err := range c.List(context.Background(), &echo.Request{ID: 500, Text: text}) {
						if err != nil || reply.Text != text {
							errs <- fmt.Errorf("%v, %v", reply, err)
							return
						}
						count++
					}
					if count != 500 {
						errs <- fmt.Errorf("%d replies", count)
						return
					}
					errs <- nil
				}()
			}
			for range cap(errs) {
				if err := <-errs; err != nil {
					t.Error(err)
				}
			}
		})
	}
}

// TestStreamHeaders: metadata of Kitex's header and trailer arrives.
func TestStreamHeaders(t *testing.T) {
	c, err := rpc.NewClient(rpc.WithAddresses(serveKitexChat(t)), rpc.WithTransport(rpc.TTHeader), rpc.WithService("Chat"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	s, err := rpc.NewStreamMethod[echo.Request, echo.Reply]("List", rpc.ServerStreams).Open(context.Background(), c)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Send(&echo.Request{ID: 3}); err != nil {
		t.Fatal(err)
	}
	if header, err := s.Header(); err != nil || header["head"] != "er" {
		t.Error(header, err)
	}
	count := 0
	for err == nil {
		if _, err = s.Receive(); err == nil {
			count++
		}
	}
	if err != io.EOF || count != 3 || s.Trailer()["trail"] != "er" {
		t.Error(count, s.Trailer(), err)
	}
}
