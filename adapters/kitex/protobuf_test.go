package kitex_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/bytedance/gopkg/cloud/metainfo"
	"github.com/cloudwego/kitex/client"
	"github.com/cloudwego/kitex/pkg/kerrors"
	"github.com/cloudwego/kitex/pkg/remote"
	"github.com/cloudwego/kitex/pkg/transmeta"
	"github.com/cloudwego/kitex/server"
	"github.com/cloudwego/kitex/transport"
	"github.com/tagwire/tagwire"
	"github.com/tagwire/tagwire/adapters/kitex/kitexgen/library"
	kitexlibrary "github.com/tagwire/tagwire/adapters/kitex/kitexgen/library/library"
	"github.com/tagwire/tagwire/rpc"
)

// These tests are conversations in Kitex-Protobuf between Kitex, with what its tool generates from idl/library.proto, and package rpc,
// which has no part of it.

// Page and Library are messages and contract by hand.
type Page struct {
	Text    string            `protobuf:"1"`
	Number  int64             `protobuf:"2,zigzag"`
	Notes   []*Page           `protobuf:"3"`
	Labels  map[string]string `protobuf:"4"`
	Picture []byte            `protobuf:"5"`
	Weight  *float64          `protobuf:"6"`
}

type Library struct {
	Turn func(ctx context.Context, page *Page) (*Page, error) `rpc:"turn"`
	Same func(ctx context.Context, page *Page) (*Page, error) `rpc:"same"`
}

// pages returns a page with every kind of field, in both types. size is the length of its text and its picture.
func pages(size int) (*Page, *library.Page) {
	weight := -0.5
	own := &Page{
		Text: strings.Repeat("t", size), Number: -1 << 40, Notes: []*Page{{Text: "note", Number: 1}, {}}, Labels: map[string]string{"k": "v", "": "x"},
		Picture: []byte(strings.Repeat("p", 1+size)), Weight: &weight,
	}
	theirs := &library.Page{
		Text: own.Text, Number: own.Number, Notes: []*library.Page{{Text: "note", Number: 1}, {}}, Labels: own.Labels, Picture: own.Picture, Weight: &weight,
	}
	return own, theirs
}

// kitexLibrary is the service in Kitex. What it does is in the text of the page.
type kitexLibrary struct{}

func (kitexLibrary) Same(_ context.Context, page *library.Page) (*library.Page, error) {
	return page, nil
}

func (kitexLibrary) Turn(ctx context.Context, page *library.Page) (*library.Page, error) {
	switch page.Text {
	case "nothing":
		return nil, nil
	case "business":
		return nil, kerrors.NewBizStatusErrorWithExtra(42, "lent", map[string]string{"to": "you"})
	case "error":
		return nil, errors.New("broken inside")
	case "panic":
		panic("secret")
	case "metadata":
		value, _ := metainfo.GetValue(ctx, "K")
		metainfo.SendBackwardValue(ctx, "B", value+"!")
	}
	return &library.Page{Text: page.Text + "!", Number: page.Number + 1}, nil
}

// ownLibrary is the same in package rpc.
type ownLibrary struct{}

func (ownLibrary) Same(_ context.Context, page *Page) (*Page, error) { return page, nil }

func (ownLibrary) Turn(ctx context.Context, page *Page) (*Page, error) {
	switch page.Text {
	case "nothing":
		return nil, nil
	case "business":
		return nil, &rpc.BizError{Status: 42, Message: "lent", Extra: map[string]string{"to": "you"}}
	case "error":
		return nil, errors.New("broken inside")
	case "panic":
		panic("secret")
	case "metadata":
		value, _ := metainfo.GetValue(ctx, "K")
		metainfo.SendBackwardValue(ctx, "B", value+"!")
	}
	return &Page{Text: page.Text + "!", Number: page.Number + 1}, nil
}

// serveKitexLibrary starts a server of Kitex that ends with the test, and returns its address.
func serveKitexLibrary(t *testing.T, options ...server.Option) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	options = append(options, server.WithListener(listener), server.WithExitWaitTime(time.Millisecond),
		server.WithExitSignal(func() <-chan error { return nil }), server.WithMetaHandler(transmeta.ServerTTHeaderHandler))
	srv := kitexlibrary.NewServer(new(kitexLibrary), options...)
	ended := make(chan error, 1)
	go func() { ended <- srv.Run() }()
	t.Cleanup(func() {
		if err := errors.Join(srv.Stop(), <-ended); err != nil {
			t.Error(err)
		}
	})
	return listener.Addr().String()
}

// serveOwnLibrary does it with package rpc.
func serveOwnLibrary(t *testing.T, options ...rpc.ServerOption) string {
	t.Helper()
	svc := rpc.NewService("Library")
	rpc.Implement[Library](svc, ownLibrary{}, rpc.Protobuf())
	srv := rpc.NewServer(append(options, rpc.WithLogger(slog.New(slog.NewTextHandler(io.Discard, nil))))...)
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
		if err := errors.Join(srv.Close(), <-ended); err != nil {
			t.Error(err)
		}
	})
	return listener.Addr().String()
}

// TestOwnClientCallsKitexInProtobuf over each transport that Kitex has for it.
func TestOwnClientCallsKitexInProtobuf(t *testing.T) {
	for name, c := range map[string]struct {
		server  []server.Option
		client  []rpc.ClientOption
		headers bool
	}{
		"framed":           {nil, nil, false},
		"TTHeader":         {nil, []rpc.ClientOption{rpc.WithTransport(rpc.TTHeader), rpc.WithService("Library")}, true},
		"TTHeader, framed": {nil, []rpc.ClientOption{rpc.WithTransport(rpc.TTHeaderFramed)}, true},
		"multiplexed": {[]server.Option{server.WithMuxTransport()},
			[]rpc.ClientOption{rpc.WithTransport(rpc.TTHeader), rpc.WithConnections(rpc.Multiplexed)}, true},
		"multiplexed, one after the other": {nil,
			[]rpc.ClientOption{rpc.WithTransport(rpc.TTHeader), rpc.WithConnections(rpc.Multiplexed)}, true},
	} {
		t.Run(name, func(t *testing.T) {
			var contract Library
			options := append(c.client, rpc.WithAddresses(serveKitexLibrary(t, c.server...)), rpc.WithContract(&contract, rpc.Protobuf()))
			cli, err := rpc.NewClient(options...)
			if err != nil {
				t.Fatal(err)
			}
			defer cli.Close()
			ctx := context.Background()
			for _, size := range []int{0, 10, 4096, 300_000} {
				want, _ := pages(size)
				got, err := contract.Same(ctx, want)
				if err != nil || !reflect.DeepEqual(want, got) {
					t.Fatalf("a page of %d bytes: another reply, %v", size, err)
				}
			}
			for _, text := range []string{"", "nothing"} {
				got, err := contract.Turn(ctx, &Page{Text: text})
				if want := map[string]*Page{"": {Text: "!", Number: 1}, "nothing": {}}[text]; err != nil || !reflect.DeepEqual(want, got) {
					t.Errorf("%s: %v, %v", text, got, err)
				}
			}
			if got, err := contract.Same(ctx, nil); err != nil || !reflect.DeepEqual(new(Page), got) {
				t.Errorf("an empty request: %v, %v", got, err)
			}
			for text, want := range map[string]string{"error": "broken inside", "panic": "panic"} {
				if _, err := contract.Turn(ctx, &Page{Text: text}); !errors.Is(err, rpc.CodeInternal) || !strings.Contains(err.Error(), want) {
					t.Errorf("%s: %v", text, err)
				}
			}
			_, err = contract.Turn(ctx, &Page{Text: "business"})
			var business *rpc.BizError
			if c.headers && (!errors.As(err, &business) || !reflect.DeepEqual(business, &rpc.BizError{Status: 42, Message: "lent", Extra: map[string]string{"to": "you"}})) {
				t.Errorf("the business error is %v", err)
			}
			unknown := rpc.CodeUnknownService // Kitex looks for the service first, which only a header names
			if name == "TTHeader" {
				unknown = rpc.CodeUnknownMethod
			}
			if _, err := rpc.NewMethod[Page, Page]("nowhere", rpc.ProtobufMessages()).Call(ctx, cli, nil); !errors.Is(err, unknown) {
				t.Errorf("an unknown method: %v", err)
			}
			if c.headers {
				ctx := metainfo.WithValue(metainfo.WithBackwardValues(ctx), "K", "v")
				if _, err := contract.Turn(ctx, &Page{Text: "metadata"}); err != nil {
					t.Error(err)
				}
				if back, _ := metainfo.RecvBackwardValue(ctx, "B"); back != "v!" {
					t.Errorf("%q came back", back)
				}
			}
			concurrently(t, func(i int) error {
				want, _ := pages(100 * i)
				got, err := contract.Same(context.Background(), want)
				return same(want, got, err)
			})
		})
	}
}

// TestKitexCallsOwnServerInProtobuf over each transport that Kitex has for it.
func TestKitexCallsOwnServerInProtobuf(t *testing.T) {
	for name, c := range map[string]struct {
		client  []client.Option
		headers bool
	}{
		"default":          {nil, false},
		"framed":           {[]client.Option{client.WithTransportProtocol(transport.Framed)}, false},
		"TTHeader, framed": {[]client.Option{client.WithTransportProtocol(transport.TTHeaderFramed)}, true},
		"multiplexed":      {[]client.Option{client.WithTransportProtocol(transport.TTHeaderFramed), client.WithMuxConnection(1)}, true},
	} {
		for engine, options := range map[string][]rpc.ServerOption{"": nil, ", reuse": {rpc.WithRequestReuse()}} {
			t.Run(name+engine, func(t *testing.T) {
				cli, err := kitexlibrary.NewClient("Library", append(c.client, client.WithHostPorts(serveOwnLibrary(t, options...)),
					client.WithMetaHandler(transmeta.ClientTTHeaderHandler))...)
				if err != nil {
					t.Fatal(err)
				}
				ctx := context.Background()
				for _, size := range []int{0, 10, 4096, 300_000} {
					_, want := pages(size)
					got, err := cli.Same(ctx, want)
					if err != nil || !reflect.DeepEqual(want, got) {
						t.Fatalf("a page of %d bytes: another reply, %v", size, err)
					}
				}
				for _, text := range []string{"", "nothing"} {
					got, err := cli.Turn(ctx, &library.Page{Text: text})
					if want := map[string]*library.Page{"": {Text: "!", Number: 1}, "nothing": {}}[text]; err != nil || !reflect.DeepEqual(want, got) {
						t.Errorf("%s: %v, %v", text, got, err)
					}
				}
				for text, want := range map[string]string{"error": "broken inside", "panic": "panicked"} {
					_, err := cli.Turn(ctx, &library.Page{Text: text})
					var failed *remote.TransError
					if !errors.As(err, &failed) || failed.TypeID() != remote.InternalError || !strings.Contains(err.Error(), want) {
						t.Errorf("%s: %v", text, err)
					}
				}
				_, err = cli.Turn(ctx, &library.Page{Text: "business"})
				business, isBusiness := kerrors.FromBizStatusError(err)
				switch {
				case c.headers && (!isBusiness || business.BizStatusCode() != 42 || business.BizMessage() != "lent" ||
					!reflect.DeepEqual(business.BizExtra(), map[string]string{"to": "you"})):
					t.Errorf("the business error is %v", err)
				case !c.headers && (err == nil || !strings.Contains(err.Error(), "lent")):
					t.Errorf("the business error is %v", err)
				}
				if c.headers {
					ctx := metainfo.WithValue(metainfo.WithBackwardValues(ctx), "K", "v")
					if _, err := cli.Turn(ctx, &library.Page{Text: "metadata"}); err != nil {
						t.Error(err)
					}
					if back, _ := metainfo.RecvBackwardValue(ctx, "B"); back != "v!" {
						t.Errorf("%q came back", back)
					}
				}
				concurrently(t, func(i int) error {
					_, want := pages(100 * i)
					got, err := cli.Same(context.Background(), want)
					return same(want, got, err)
				})
			})
		}
	}
}

// TestGeneratedMessages: what Kitex generates for Protobuf is a message of Tagwire's as it is.
func TestGeneratedMessages(t *testing.T) {
	_, want := pages(100)
	data, err := tagwire.Marshal(want, tagwire.WithFormat(tagwire.Protobuf))
	if err != nil {
		t.Fatal(err)
	}
	got := new(library.Page)
	if err := got.Unmarshal(data); err != nil || !reflect.DeepEqual(want, got) {
		t.Error(got, err)
	}
	if data, err = want.Marshal(nil); err != nil {
		t.Fatal(err)
	}
	got = new(library.Page)
	if err := tagwire.Unmarshal(data, got, tagwire.WithFormat(tagwire.Protobuf)); err != nil || !reflect.DeepEqual(want, got) {
		t.Error(got, err)
	}
	var contract struct {
		Same func(ctx context.Context, page *library.Page) (*library.Page, error) `rpc:"same"`
	}
	cli, err := rpc.NewClient(rpc.WithAddresses(serveKitexLibrary(t)), rpc.WithContract(&contract, rpc.Protobuf()))
	if err != nil {
		t.Fatal(err)
	}
	defer cli.Close()
	if got, err := contract.Same(context.Background(), want); err != nil || !reflect.DeepEqual(want, got) {
		t.Error(got, err)
	}
}

// concurrently calls f with numbers, from several goroutines.
func concurrently(t *testing.T, f func(i int) error) {
	t.Helper()
	var group sync.WaitGroup
	for caller := range 8 {
		group.Add(1)
		go func() {
			defer group.Done()
			for i := range 30 {
				if err := f(caller*30 + i); err != nil {
					t.Errorf("call %d: %v", i, err)
				}
			}
		}()
	}
	group.Wait()
}

func same(want, got any, err error) error {
	if err == nil && !reflect.DeepEqual(want, got) {
		err = fmt.Errorf("another reply: %v", got)
	}
	return err
}
