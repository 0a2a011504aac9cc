package grpcadapter_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"reflect"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	grpcadapter "github.com/tagwire/tagwire/adapters/grpc"
	"github.com/tagwire/tagwire/rpc"
	rpcgrpc "github.com/tagwire/tagwire/rpc/grpc"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/encoding"
	"google.golang.org/grpc/mem"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/wrapperspb"
)

// errText is an error whose text panics if it is "panic".
type errText string

func (e errText) Error() string {
	if e == "panic" {
		panic("in Error")
	}
	return string(e)
}

// okStatus is an error whose status is OK.
type okStatus struct{}

func (okStatus) Error() string              { return "" }
func (okStatus) GRPCStatus() *status.Status { return status.New(codes.OK, "") }

func TestErrorsOfHandlers(t *testing.T) {
	details, err := status.New(codes.Aborted, "own").WithDetails(wrapperspb.Bytes([]byte{12, 0, 1}), wrapperspb.Bytes([]byte{0}))
	if err != nil {
		t.Fatal(err)
	}
	for name, row := range map[string]struct {
		err  error
		code codes.Code
		rpc  rpc.Code
	}{
		"any":              {errText("bad"), codes.Unknown, rpc.CodeUnknown},
		"text not UTF-8":   {errText("\xff"), codes.Unknown, rpc.CodeUnknown},
		"text panics":      {errText("panic"), codes.Internal, rpc.CodeInternal},
		"status":           {status.Error(codes.DataLoss, "lost"), codes.DataLoss, rpc.CodeUnknown},
		"wrapped status":   {fmt.Errorf("x: %w", status.Error(codes.NotFound, "lost")), codes.NotFound, rpc.CodeUnknown},
		"foreign details":  {details.Err(), codes.Aborted, rpc.CodeUnknown},
		"deadline":         {fmt.Errorf("x: %w", context.DeadlineExceeded), codes.DeadlineExceeded, rpc.CodeTimeout},
		"canceled":         {context.Canceled, codes.Canceled, rpc.CodeCanceled},
		"overloaded":       {&rpc.Error{Code: rpc.CodeOverloaded}, codes.ResourceExhausted, rpc.CodeOverloaded},
		"limit":            {fmt.Errorf("x: %w", &rpc.Error{Code: rpc.CodeOverloaded}), codes.ResourceExhausted, rpc.CodeLimit},
		"connect":          {fmt.Errorf("x: %w", &rpc.Error{Code: rpc.CodeConnect}), codes.Unavailable, rpc.CodeClosed},
		"unknown method":   {&rpc.Error{Code: rpc.CodeUnknownMethod}, codes.Unimplemented, rpc.CodeUnknownMethod},
		"bad sequence":     {&rpc.Error{Code: rpc.CodeBadSequence}, codes.Internal, rpc.CodeBadSequence},
		"unknown service":  {&rpc.Error{Code: rpc.CodeUnknownService}, codes.Unimplemented, rpc.CodeUnknownService},
		"of another call":  {&rpc.Error{Code: rpc.CodeOverloaded, Remote: &net.UnixAddr{}}, codes.ResourceExhausted, rpc.CodeLimit},
		"own status":       {&rpcgrpc.Status{Code: rpcgrpc.Aborted, Message: "own"}, codes.Aborted, rpc.CodeUnknown},
		"own status OK":    {&rpcgrpc.Status{}, codes.Internal, rpc.CodeInternal},
		"status OK":        {okStatus{}, codes.Internal, rpc.CodeInternal},
		"code":             {fmt.Errorf("x: %w", rpcgrpc.OutOfRange), codes.OutOfRange, rpc.CodeUnknown},
		"code of no table": {&rpc.Error{Code: 4711}, codes.Internal, rpc.CodeInternal},
		"nil exception":    {error((*denied)(nil)), codes.Internal, rpc.CodeInternal},
	} {
		t.Run(name, func(t *testing.T) {
			_, client := serveStore(t, handlers(func(context.Context, *item) (*item, error) { return nil, row.err }))
			_, err := client.Get(background(t), sample(1))
			if !errors.Is(err, row.rpc) || status.Code(err) != row.code {
				t.Error(err)
			}
		})
	}
}

// TestStatuses: a status of package rpc/grpc is one for peers with grpc-go alone, and a caller finds both.
func TestStatuses(t *testing.T) {
	extra, err := rpcgrpc.NewAny("google.protobuf.StringValue", &struct {
		Value string `protobuf:"1"`
	}{"more"})
	if err != nil {
		t.Fatal(err)
	}
	sent := &rpcgrpc.Status{Code: rpcgrpc.DataLoss, Message: "lost \xff", Details: []rpcgrpc.Any{extra}}
	conn, client := serveStore(t, handlers(func(context.Context, *item) (*item, error) { return nil, sent }))
	_, err = client.Get(background(t), sample(1))
	var own *rpcgrpc.Status
	if !errors.As(err, &own) || own.Code != rpcgrpc.DataLoss || own.Message != "lost \uFFFD" || !reflect.DeepEqual(own.Details, sent.Details) {
		t.Errorf("%#v", own)
	}
	if !errors.Is(err, rpcgrpc.DataLoss) || status.Code(err) != codes.DataLoss || err.Error() != "rpc: Get: unknown error: lost \uFFFD: grpc status DataLoss" {
		t.Error(err)
	}
	err = conn.Invoke(background(t), "/shop.Store/Get", sample(1), new(item), grpc.CallContentSubtype(grpcadapter.Name))
	details := status.Convert(err).Details()
	if len(details) != 1 {
		t.Fatal(err)
	}
	if text, ok := details[0].(*wrapperspb.StringValue); !ok || text.Value != "more" {
		t.Error(details)
	}
	// What a handler receives goes on as it is, with no more text.
	_, through := serveStore(t, handlers(func(ctx context.Context, request *item) (*item, error) { return client.Get(ctx, request) }))
	_, err = through.Get(background(t), sample(1))
	if again := new(rpcgrpc.Status); !errors.As(err, &again) || !reflect.DeepEqual(again, own) {
		t.Errorf("%#v", again)
	}
}

// TestStatusesOfGRPCElsewhere: a status of grpc-go is one for all servers of package rpc, which do not know the library.
func TestStatusesOfGRPCElsewhere(t *testing.T) {
	plain := status.New(codes.NotFound, "no item")
	detailed, err := plain.WithDetails(wrapperspb.String("more"), wrapperspb.Bytes([]byte{1}))
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []*status.Status{plain, detailed} {
		for _, err := range []error{s.Err(), fmt.Errorf("x: %w", s.Err()), errors.Join(errors.New("a"), s.Err()), &denied{"no"}, okStatus{}} {
			got, trailer := rpcgrpc.StatusOf(err, nil, "")
			theirs, _ := status.FromError(err)
			want := fromPeer(theirs)
			if want.Code == rpcgrpc.OK {
				want = &rpcgrpc.Status{Code: rpcgrpc.Internal, Message: got.Message}
			}
			if !reflect.DeepEqual(got, want) || trailer != nil {
				t.Errorf("%v: %+v, and grpc-go has %+v", err, got, want)
			}
		}
	}
}

// TestMetadataOfContracts: what handlers and callers of a contract do by package rpc/grpc, they do over grpc-go, too.
func TestMetadataOfContracts(t *testing.T) {
	fails := false
	_, client := serveStore(t, handlers(func(ctx context.Context, request *item) (*item, error) {
		incoming := rpcgrpc.IncomingMetadata(ctx)
		if len(incoming) != 2 || incoming.Get("x-bin") != "\x00\xff" || strings.Join(incoming["y"], " ") != "1 2" {
			t.Error(incoming)
		}
		if rpcgrpc.SetHeader(ctx, rpcgrpc.Pairs("h", "1", "h", "2")) != nil || rpcgrpc.SetTrailer(ctx, rpcgrpc.Pairs("t-bin", "\xff")) != nil {
			t.Error("the metadata of the reply was refused")
		}
		if fails {
			return nil, rpcgrpc.Aborted
		}
		return request, nil
	}))
	for _, fails = range []bool{false, true} {
		var reply rpcgrpc.Reply
		ctx := rpcgrpc.WithMetadata(metadata.AppendToOutgoingContext(background(t), "y", "1"), rpcgrpc.Pairs("Y", "2", "x-bin", "\x00\xff"))
		if _, err := client.Get(rpcgrpc.WithReply(ctx, &reply), sample(1)); (err != nil) != fails || fails && !errors.Is(err, rpcgrpc.Aborted) {
			t.Error(err)
		}
		if header := reply.Header(); !reflect.DeepEqual(header, rpcgrpc.Metadata{"h": {"1", "2"}}) {
			t.Error(header)
		}
		if trailer := reply.Trailer(); !reflect.DeepEqual(trailer, rpcgrpc.Metadata{"t-bin": {"\xff"}}) {
			t.Error(trailer)
		}
	}
	if _, err := client.Get(rpcgrpc.WithMetadata(background(t), rpcgrpc.Pairs("grpc-x", "1")), sample(1)); !errors.Is(err, rpc.CodeEncode) {
		t.Error(err)
	}
}

// TestOverloaded: a call that was refused may be made again, if the server says so itself.
func TestOverloaded(t *testing.T) {
	for want, sent := range map[bool]error{true: &rpc.Error{Code: rpc.CodeOverloaded, Message: "busy"}, false: &rpcgrpc.Status{Code: rpcgrpc.ResourceExhausted}} {
		_, client := serveStore(t, handlers(func(context.Context, *item) (*item, error) { return nil, sent }))
		_, err := client.Get(background(t), sample(1))
		var failure *rpc.Error
		if !errors.As(err, &failure) || failure.Retryable != want || want && failure.Message != "busy" {
			t.Error(err)
		}
	}
}

func TestDeclaredExceptions(t *testing.T) {
	for name, row := range map[string]struct {
		err, want error
		code      codes.Code
		reason    string
	}{
		"pointer":           {&notFound{"k"}, &notFound{"k"}, codes.Unknown, "notFound"},
		"wrapped":           {fmt.Errorf("x: %w", &notFound{"k"}), &notFound{"k"}, codes.Unknown, "notFound"},
		"text is not UTF-8": {&notFound{"\xff"}, &notFound{"\xff"}, codes.Unknown, "notFound"},
		"own status":        {&denied{"no"}, &denied{"no"}, codes.PermissionDenied, "denied"},
	} {
		t.Run(name, func(t *testing.T) {
			conn, client := serveStore(t, handlers(func(context.Context, *item) (*item, error) { return nil, row.err }))
			if _, err := client.Get(background(t), sample(1)); !reflect.DeepEqual(err, row.want) {
				t.Errorf("%T %v", err, err)
			}
			// A peer without the contract.
			err := conn.Invoke(background(t), "/shop.Store/Get", sample(1), new(item), grpc.CallContentSubtype(grpcadapter.Name))
			s := status.Convert(err)
			if s.Code() != row.code || len(s.Details()) != 2 {
				t.Fatal(s)
			}
			if info, ok := s.Details()[0].(*errdetails.ErrorInfo); !ok || info.Reason != row.reason || info.Domain != "shop.Store" {
				t.Error(s.Details())
			}
		})
	}
}

func TestBusinessErrors(t *testing.T) {
	for _, want := range []*rpc.BizError{{Status: -7, Message: "no money"}, {Status: 1, Message: "x", Extra: map[string]string{"a": "ü\n\x00\x7f"}}} {
		_, client := serveStore(t, handlers(func(context.Context, *item) (*item, error) { return nil, fmt.Errorf("x: %w", want) }))
		_, err := client.Get(background(t), sample(1))
		var got *rpc.BizError
		if !errors.As(err, &got) || !reflect.DeepEqual(got, want) {
			t.Errorf("%#v", err)
		}
	}
}

// defaults panics when it is made, once noDefaults is set.
type defaults struct {
	Name string `frugal:"1"`
}

var noDefaults atomic.Bool

func (*defaults) InitDefault() {
	if noDefaults.Load() {
		panic("in InitDefault")
	}
}

func TestPanics(t *testing.T) {
	var value any = "secret"
	_, client := serveStore(t, handlers(func(context.Context, *item) (*item, error) { panic(value) }))
	for _, value = range []any{"secret", errors.New("secret"), nil} {
		_, err := client.Get(background(t), sample(1))
		var failure *rpc.Error
		if !errors.As(err, &failure) || failure.Code != rpc.CodeInternal || failure.Message != "the handler panicked" {
			t.Error(err)
		}
	}
	if err := client.Ping(background(t)); err != nil {
		t.Error("after panics:", err)
	}
}

func TestGoexit(t *testing.T) {
	_, client := serveStore(t, handlers(func(context.Context, *item) (*item, error) {
		runtime.Goexit()
		return nil, nil
	}))
	ctx, cancel := context.WithTimeout(background(t), 50*time.Millisecond)
	defer cancel()
	if _, err := client.Get(ctx, sample(1)); !errors.Is(err, rpc.CodeTimeout) {
		t.Error(err)
	}
	if err := client.Ping(background(t)); err != nil {
		t.Error("after the end of a goroutine:", err)
	}
}

func TestPanicOfDefaults(t *testing.T) {
	svc := rpc.NewService("Defaults")
	rpc.Handle(svc, "Get", func(_ context.Context, request *defaults) (*item, error) { return nil, nil })
	desc, err := grpcadapter.ServiceDesc(svc)
	if err != nil {
		t.Fatal(err)
	}
	conn := serve(t, func(s *grpc.Server) { s.RegisterService(desc, nil) })
	noDefaults.Store(true)
	defer noDefaults.Store(false)
	err = conn.Invoke(background(t), "/Defaults/Get", sample(1), new(item), grpc.CallContentSubtype(grpcadapter.Name))
	if status.Code(err) != codes.Internal {
		t.Error(err)
	}
}

// rawCodec sends bytes as they are.
type rawCodec struct{}

func (rawCodec) Marshal(v any) (mem.BufferSlice, error) {
	return mem.BufferSlice{mem.SliceBuffer(*v.(*[]byte))}, nil
}

func (rawCodec) Unmarshal(data mem.BufferSlice, v any) error {
	*v.(*[]byte) = data.Materialize()
	return nil
}

func (rawCodec) Name() string { return grpcadapter.Name }

func TestHostileMessages(t *testing.T) {
	conn, client := serveStore(t, handlers(nil))
	out, err := encoding.GetCodecV2(grpcadapter.Name).Marshal(sample(3))
	if err != nil {
		t.Fatal(err)
	}
	whole := out.Materialize()
	for n := range whole {
		part := whole[:n]
		if err := conn.Invoke(background(t), "/shop.Store/Get", &part, new([]byte), grpc.ForceCodecV2(rawCodec{})); status.Code(err) != codes.Internal {
			t.Fatalf("%d of %d bytes: %v", n, len(whole), err)
		}
	}
	if got, err := client.Get(background(t), sample(1)); err != nil || got.Name != "outer" {
		t.Error(err)
	}
}

func TestHostileReplies(t *testing.T) {
	var reply []byte
	desc := grpc.ServiceDesc{ServiceName: "shop.Store", HandlerType: (*any)(nil), Methods: []grpc.MethodDesc{
		{MethodName: "Get", Handler: func(_ any, _ context.Context, decode func(any) error, _ grpc.UnaryServerInterceptor) (any, error) {
			return &reply, decode(new([]byte))
		}},
		{MethodName: "Add", Handler: func(_ any, _ context.Context, decode func(any) error, _ grpc.UnaryServerInterceptor) (any, error) {
			return &reply, decode(new([]byte))
		}},
	}}
	conn := serve(t, func(s *grpc.Server) { s.RegisterService(&desc, nil) }, grpc.ForceServerCodecV2(rawCodec{}))
	var client store
	if err := grpcadapter.Fill(conn, "shop.Store", &client, exceptions); err != nil {
		t.Fatal(err)
	}
	for _, reply = range [][]byte{nil, {1}, {0, 0}, {11, 0, 1, 0x7f, 0xff, 0xff, 0xff}, {11, 0, 1, 0xff, 0xff, 0xff, 0xff, 0}} {
		if _, err := client.Get(background(t), sample(1)); !errors.Is(err, rpc.CodeInternal) {
			t.Errorf("% x: %v", reply, err)
		}
	}
	reply = []byte{0}
	if _, err := client.Add(background(t), 1, 2); !errors.Is(err, rpc.CodeMissingResult) {
		t.Error(err)
	}
}
