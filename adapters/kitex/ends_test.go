package kitex_test

import (
	"context"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cloudwego/kitex/client"
	"github.com/cloudwego/kitex/pkg/klog"
	"github.com/cloudwego/kitex/pkg/remote/codec/thrift"
	"github.com/cloudwego/kitex/pkg/serviceinfo"
	"github.com/cloudwego/kitex/server"
	"github.com/cloudwego/kitex/transport"
	"github.com/tagwire/tagwire"
	"github.com/tagwire/tagwire/adapters/kitex/echoservice"
	"github.com/tagwire/tagwire/adapters/kitex/kitexgen/echo"
)

func init() { klog.SetLevel(klog.LevelFatal) }

// A codec is a way to have Kitex encode the structs of a service.
type codec struct {
	name    string
	info    func() *serviceinfo.ServiceInfo
	payload thrift.CodecType
	call    func(context.Context, client.Client, *echo.Request) (*echo.Reply, error)
}

var (
	// generated is Kitex's own: the methods that its generators add to the structs.
	generated = codec{"generated", echoservice.Generated, thrift.FastReadWrite | thrift.EnableSkipDecoder, echoservice.Call}
	// frugalCodec is Kitex with Frugal, which go.mod replaces.
	frugalCodec = codec{"frugal", echoservice.Generated, thrift.FrugalReadWrite | thrift.EnableSkipDecoder, echoservice.Call}
	// messages has the structs as messages of adapters/fastcodec.
	messages = codec{"fastcodec", echoservice.Messages, thrift.FastReadWrite | thrift.EnableSkipDecoder, echoservice.CallMessages}

	// methods has structs with the methods of fastcodec, and anyType pointers whose types fastcodec is not told.
	methods = codec{"methods", echoservice.Methods, thrift.FastReadWrite | thrift.EnableSkipDecoder, echoservice.CallMethods}
	anyType = codec{"any", echoservice.Messages, thrift.FastReadWrite | thrift.EnableSkipDecoder, echoservice.CallOf}

	adapters = []codec{frugalCodec, messages, methods, anyType}
)

// serve starts a server that ends with the test, and returns its address.
func serve(t testing.TB, c codec, handler echoservice.Handler) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	srv := server.NewServer(
		server.WithListener(listener),
		server.WithExitWaitTime(time.Millisecond),
		server.WithExitSignal(func() <-chan error { return nil }),
		server.WithPayloadCodec(thrift.NewThriftCodecWithConfig(c.payload)))
	if err := srv.RegisterService(c.info(), handler); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- srv.Run() }()
	t.Cleanup(func() {
		if err := srv.Stop(); err != nil {
			t.Error(err)
		}
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return listener.Addr().String()
}

// dial returns a function that calls the method Echo of a server.
func dial(t testing.TB, c codec, protocol transport.Protocol, address string) func(*echo.Request) (*echo.Reply, error) {
	t.Helper()
	cli, err := client.NewClient(c.info(),
		client.WithDestService("Echo"),
		client.WithHostPorts(address),
		client.WithTransportProtocol(protocol),
		client.WithPayloadCodec(thrift.NewThriftCodecWithConfig(c.payload)))
	if err != nil {
		t.Fatal(err)
	}
	return func(request *echo.Request) (*echo.Reply, error) { return c.call(context.Background(), cli, request) }
}

// reply answers a request with all that it holds.
func reply(_ context.Context, r *echo.Request) (*echo.Reply, error) {
	if r.GetFail() {
		return nil, &echo.Refusal{Code: -7, Text: r.Text}
	}
	return &echo.Reply{
		Text: r.Text, Payload: r.Payload, Items: r.Items, ByName: r.ByName,
		Numbers: r.Numbers, Favourite: r.Favourite, ID: r.ID, Base: r.Base,
	}, nil
}

// request has every kind of field. texts is the length of its string and its binary.
func request(texts int) *echo.Request {
	weight, favourite := -0.5, echo.Colour_BLUE
	return &echo.Request{
		Text:      strings.Repeat("t", texts),
		Payload:   []byte(strings.Repeat("p", texts)),
		Items:     []*echo.Item{{Name: "first", Count: 1 << 40, Weight: &weight, Colour: echo.Colour_GREEN}, {Name: strings.Repeat("n", texts)}},
		ByName:    map[string]*echo.Item{"key": {Name: "value", Count: -1}},
		Numbers:   []int32{3, -1, 4},
		Favourite: &favourite,
		ID:        -99,
		Base:      &echo.Item{Name: "base"},
	}
}

// counted calls f, and fails the test unless Tagwire served at least n calls meanwhile: each end with an adapter asks for a size,
// encodes and decodes.
func counted(t *testing.T, n uint64, f func()) {
	t.Helper()
	before := tagwire.Stats()
	f()
	after := tagwire.Stats()
	if got := after.NativeCalls + after.ReflectCalls - before.NativeCalls - before.ReflectCalls; got < n {
		t.Errorf("Tagwire served %d calls, not %d: the codec is another one", got, n)
	}
}

// calls counts the requests that a handler got.
func calls(n *atomic.Int64, handler echoservice.Handler) echoservice.Handler {
	return func(ctx context.Context, r *echo.Request) (*echo.Reply, error) {
		n.Add(1)
		return handler(ctx, r)
	}
}
