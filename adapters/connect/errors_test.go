package connectadapter_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"reflect"
	"runtime"
	"testing"
	"time"

	"connectrpc.com/connect"
	connect2 "connectrpc.com/connect/v2"
	connectadapter "github.com/tagwire/tagwire/adapters/connect"
	"github.com/tagwire/tagwire/rpc"
	"github.com/tagwire/tagwire/rpc/grpc"
)

// failing has implementations whose Get takes the error from a variable, which no call changes.
func failing(err *error) *store {
	return handlers(func(context.Context, *item) (*item, error) { return nil, *err })
}

// errText is an error whose text panics if it is "panic".
type errText string

func (e errText) Error() string {
	if e == "panic" {
		panic("in Error")
	}
	return string(e)
}

func TestErrorsOfHandlers(t *testing.T) {
	var sent error
	pairs(t, failing(&sent), func(t *testing.T, client *store) {
		for name, row := range map[string]struct {
			err  error
			code connect.Code
			rpc  rpc.Code
		}{
			"any":              {errText("bad"), connect.CodeUnknown, rpc.CodeUnknown},
			"text not UTF-8":   {errText("\xff"), connect.CodeUnknown, rpc.CodeUnknown},
			"text panics":      {errText("panic"), connect.CodeInternal, rpc.CodeInternal},
			"deadline":         {fmt.Errorf("x: %w", context.DeadlineExceeded), connect.CodeDeadlineExceeded, rpc.CodeTimeout},
			"canceled":         {context.Canceled, connect.CodeCanceled, rpc.CodeCanceled},
			"overloaded":       {&rpc.Error{Code: rpc.CodeOverloaded}, connect.CodeResourceExhausted, rpc.CodeOverloaded},
			"limit":            {fmt.Errorf("x: %w", &rpc.Error{Code: rpc.CodeOverloaded}), connect.CodeResourceExhausted, rpc.CodeLimit},
			"status":           {fmt.Errorf("x: %w", &grpc.Status{Code: grpc.Aborted}), connect.CodeAborted, rpc.CodeUnknown},
			"connect":          {fmt.Errorf("x: %w", &rpc.Error{Code: rpc.CodeConnect}), connect.CodeUnavailable, rpc.CodeClosed},
			"unknown method":   {&rpc.Error{Code: rpc.CodeUnknownMethod}, connect.CodeUnimplemented, rpc.CodeUnknownMethod},
			"bad arguments":    {&rpc.Error{Code: rpc.CodeProtocolError}, connect.CodeInvalidArgument, rpc.CodeProtocolError},
			"bad sequence":     {&rpc.Error{Code: rpc.CodeBadSequence}, connect.CodeInternal, rpc.CodeBadSequence},
			"code of no table": {&rpc.Error{Code: 4711}, connect.CodeInternal, rpc.CodeInternal},
			"nil exception":    {error((*denied)(nil)), connect.CodeInternal, rpc.CodeInternal},
		} {
			sent = row.err
			if _, err := client.Get(background(t), sample(1)); !errors.Is(err, row.rpc) || codeOf(err) != row.code {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

func TestErrorsOfConnect(t *testing.T) {
	for _, v := range versions {
		lost, denies := error(connect.NewError(connect.CodeDataLoss, errors.New("lost"))), error(connect.NewError(connect.CodePermissionDenied, &denied{"no"}))
		if v.name == "v2" {
			lost = connect2.NewError(connect2.CodeDataLoss, "lost")
			denies = connect2.NewError(connect2.CodePermissionDenied, "no").WithCause(&denied{"no"})
		}
		sent := fmt.Errorf("x: %w", lost)
		url := serveStore(t, v, failing(&sent))
		for _, protocol := range protocols {
			var client store
			v.fill(t, url, protocol, "shop.Store", &client, exceptions)
			sent = fmt.Errorf("x: %w", lost)
			if _, err := client.Get(background(t), sample(1)); !errors.Is(err, rpc.CodeUnknown) || codeOf(err) != connect.CodeDataLoss {
				t.Error(v.name, protocol, err)
			}
			sent = denies
			if _, err := client.Get(background(t), sample(1)); !reflect.DeepEqual(err, &denied{"no"}) {
				t.Error(v.name, protocol, err)
			}
			plain := connect.NewClient[item, item](httpClient(t), url+"/shop.Store/Get", append(options1(protocol), connect.WithCodec(connectadapter.NewCodec()))...)
			if _, err := plain.CallUnary(background(t), connect.NewRequest(sample(1))); connect.CodeOf(err) != connect.CodePermissionDenied {
				t.Error(v.name, protocol, err)
			}
		}
	}
}

// TestStatuses: a status of package rpc/grpc has an equal one at the caller.
func TestStatuses(t *testing.T) {
	want := &grpc.Status{Code: grpc.DataLoss, Message: "lost", Details: []grpc.Any{{TypeURL: "type.googleapis.com/google.protobuf.Empty"}, {TypeURL: "type.googleapis.com/a.B", Value: []byte{8, 1}}}}
	sent := error(want)
	pairs(t, failing(&sent), func(t *testing.T, client *store) {
		_, err := client.Get(background(t), sample(1))
		var got *grpc.Status
		if !errors.As(err, &got) || got.Code != want.Code || got.Message != want.Message || len(got.Details) != 2 || got.Details[1].TypeURL != want.Details[1].TypeURL ||
			!bytes.Equal(got.Details[1].Value, want.Details[1].Value) {
			t.Errorf("%+v", got)
		}
		if !errors.Is(err, grpc.DataLoss) || codeOf(err) != connect.CodeDataLoss {
			t.Error(err)
		}
	})
}

func TestDeclaredExceptions(t *testing.T) {
	var sent error
	pairs(t, failing(&sent), func(t *testing.T, client *store) {
		for _, want := range []error{&notFound{"k"}, &denied{"no"}, &notFound{"\xff"}, &notFound{}} {
			for _, sent = range []error{want, fmt.Errorf("x: %w", want)} {
				if _, err := client.Get(background(t), sample(1)); !reflect.DeepEqual(err, want) {
					t.Errorf("%T %v", err, err)
				}
			}
		}
	})
}

func TestExceptionsForPeersWithoutTheContract(t *testing.T) {
	for _, v := range versions {
		sent := error(&notFound{"k"})
		url := serveStore(t, v, failing(&sent))
		for _, protocol := range protocols {
			client := connect.NewClient[item, item](httpClient(t), url+"/shop.Store/Get", append(options1(protocol), connect.WithCodec(connectadapter.NewCodec()))...)
			_, err := client.CallUnary(background(t), connect.NewRequest(sample(1)))
			var failure *connect.Error
			if !errors.As(err, &failure) || failure.Code() != connect.CodeUnknown || failure.Message() != "no item k" || len(failure.Details()) != 2 {
				t.Fatal(v.name, protocol, err)
			}
			// Reason and domain, as Protobuf has them.
			if info := failure.Details()[0]; info.Type() != "google.rpc.ErrorInfo" || string(info.Bytes()) != "\n\x08notFound\x12\nshop.Store" {
				t.Errorf("%s %s: %q", v.name, protocol, info.Bytes())
			}
		}
	}
}

func TestBusinessErrors(t *testing.T) {
	var sent error
	pairs(t, failing(&sent), func(t *testing.T, client *store) {
		for _, want := range []*rpc.BizError{{Status: -7, Message: "no money"}, {Status: 1, Message: "x", Extra: map[string]string{"a": "ü\n\x00\x7f"}}} {
			sent = fmt.Errorf("x: %w", want)
			_, err := client.Get(background(t), sample(1))
			var got *rpc.BizError
			if !errors.As(err, &got) || !reflect.DeepEqual(got, want) {
				t.Errorf("%#v", err)
			}
		}
	})
}

func TestPanics(t *testing.T) {
	var value any
	pairs(t, handlers(func(context.Context, *item) (*item, error) { panic(value) }), func(t *testing.T, client *store) {
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
	})
}

// TestPanicOfTheTextOfAnError has an error of version 1, which does not take its text when it is made.
func TestPanicOfTheTextOfAnError(t *testing.T) {
	sent := error(connect.NewError(connect.CodeAborted, errText("panic")))
	pairs(t, failing(&sent), func(t *testing.T, client *store) {
		_, err := client.Get(background(t), sample(1))
		var failure *rpc.Error
		if !errors.As(err, &failure) || failure.Message != "the handler panicked" {
			t.Error(err)
		}
	})
}

func TestNilReply(t *testing.T) {
	pairs(t, handlers(func(context.Context, *item) (*item, error) { return nil, nil }), func(t *testing.T, client *store) {
		if _, err := client.Get(background(t), sample(1)); !errors.Is(err, rpc.CodeInternal) {
			t.Error("a reply without its required field was accepted:", err)
		}
	})
}

func TestGoexit(t *testing.T) {
	pairs(t, handlers(func(context.Context, *item) (*item, error) {
		runtime.Goexit()
		return nil, nil
	}), func(t *testing.T, client *store) {
		ctx, cancel := context.WithTimeout(background(t), 50*time.Millisecond)
		defer cancel()
		if _, err := client.Get(ctx, sample(1)); err == nil {
			t.Error("an answer of a goroutine that ended")
		}
		if err := client.Ping(background(t)); err != nil {
			t.Error("after the end of a goroutine:", err)
		}
	})
}

func TestEndOfTime(t *testing.T) {
	pairs(t, handlers(func(ctx context.Context, _ *item) (*item, error) {
		<-ctx.Done()
		return nil, ctx.Err()
	}), func(t *testing.T, client *store) {
		ctx, cancel := context.WithTimeout(background(t), 20*time.Millisecond)
		defer cancel()
		if _, err := client.Get(ctx, sample(1)); !errors.Is(err, rpc.CodeTimeout) || !errors.Is(err, context.DeadlineExceeded) {
			t.Error(err)
		}
		ctx, cancel = context.WithCancel(background(t))
		cancel()
		if _, err := client.Get(ctx, sample(1)); !errors.Is(err, rpc.CodeCanceled) || !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	})
}
