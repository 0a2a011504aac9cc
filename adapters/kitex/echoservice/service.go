// Package echoservice is the service of idl/echo.thrift in Kitex: what Kitex's tool generates beside the structs, written by hand so
// that it can be had with the generated structs and with messages of adapters/fastcodec.
package echoservice

import (
	"context"

	"github.com/cloudwego/gopkg/protocol/thrift"
	"github.com/cloudwego/kitex/client"
	"github.com/cloudwego/kitex/pkg/serviceinfo"
	"github.com/tagwire/tagwire/adapters/fastcodec"
	"github.com/tagwire/tagwire/adapters/kitex/kitexgen/echo"
)

// Handler answers a call of the method Echo. An error that is a *echo.Refusal goes to the client as such.
type Handler func(ctx context.Context, request *echo.Request) (*echo.Reply, error)

// Generated returns the service with the generated structs, which Kitex encodes by their own methods or, if it is told to, by Frugal.
func Generated() *serviceinfo.ServiceInfo {
	handle := func(ctx context.Context, handler, a, r any) error {
		return answer(ctx, handler.(Handler), a.(*echo.EchoEchoArgs), r.(*echo.EchoEchoResult))
	}
	return service(serviceinfo.NewMethodInfo(handle,
		func() any { return echo.NewEchoEchoArgs() },
		func() any { return echo.NewEchoEchoResult() },
		false))
}

// Messages returns the service with the structs as messages of adapters/fastcodec, which Kitex encodes by their methods.
func Messages() *serviceinfo.ServiceInfo {
	handle := func(ctx context.Context, handler, a, r any) error {
		return answer(ctx, handler.(Handler),
			&a.(*fastcodec.Message[echo.EchoEchoArgs]).Value,
			&r.(*fastcodec.Message[echo.EchoEchoResult]).Value)
	}
	return service(serviceinfo.NewMethodInfo(handle,
		func() any { return fastcodec.Wrap(echo.NewEchoEchoArgs()) },
		func() any { return fastcodec.Wrap(echo.NewEchoEchoResult()) },
		false))
}

// args and result are the generated structs without their methods, save those that encode by adapters/fastcodec.
type (
	args   echo.EchoEchoArgs
	result echo.EchoEchoResult
)

func (a *args) BLength() int { return fastcodec.Wrap(a).BLength() }

func (a *args) FastWriteNocopy(buf []byte, w thrift.NocopyWriter) int {
	return fastcodec.Wrap(a).FastWriteNocopy(buf, w)
}

func (a *args) FastRead(buf []byte) (int, error) { return fastcodec.Wrap(a).FastRead(buf) }

func (r *result) BLength() int { return fastcodec.Wrap(r).BLength() }

func (r *result) FastWriteNocopy(buf []byte, w thrift.NocopyWriter) int {
	return fastcodec.Wrap(r).FastWriteNocopy(buf, w)
}

func (r *result) FastRead(buf []byte) (int, error) { return fastcodec.Wrap(r).FastRead(buf) }

// Methods returns the service with structs that have the methods themselves.
func Methods() *serviceinfo.ServiceInfo {
	handle := func(ctx context.Context, handler, a, r any) error {
		return answer(ctx, handler.(Handler), (*echo.EchoEchoArgs)(a.(*args)), (*echo.EchoEchoResult)(r.(*result)))
	}
	return service(serviceinfo.NewMethodInfo(handle,
		func() any { return new(args) },
		func() any { return new(result) },
		false))
}

func service(method serviceinfo.MethodInfo) *serviceinfo.ServiceInfo {
	return &serviceinfo.ServiceInfo{
		ServiceName:  "Echo",
		HandlerType:  Handler(nil),
		Methods:      map[string]serviceinfo.MethodInfo{"Echo": method},
		PayloadCodec: serviceinfo.Thrift,
		Extra:        map[string]any{"PackageName": "echo"},
	}
}

func answer(ctx context.Context, handler Handler, a *echo.EchoEchoArgs, r *echo.EchoEchoResult) error {
	reply, err := handler(ctx, a.Request)
	if refusal, ok := err.(*echo.Refusal); ok {
		r.Refusal = refusal
		return nil
	}
	r.Success = reply
	return err
}

// Call calls the method Echo with the generated structs.
func Call(ctx context.Context, c client.Client, request *echo.Request) (*echo.Reply, error) {
	a, r := &echo.EchoEchoArgs{Request: request}, echo.NewEchoEchoResult()
	return outcome(r, c.Call(ctx, "Echo", a, r))
}

// CallMessages calls the method Echo with the structs as messages of adapters/fastcodec.
func CallMessages(ctx context.Context, c client.Client, request *echo.Request) (*echo.Reply, error) {
	a, r := &echo.EchoEchoArgs{Request: request}, echo.NewEchoEchoResult()
	return outcome(r, c.Call(ctx, "Echo", fastcodec.Wrap(a), fastcodec.Wrap(r)))
}

// CallMethods calls the method Echo with structs that have the methods themselves.
func CallMethods(ctx context.Context, c client.Client, request *echo.Request) (*echo.Reply, error) {
	a, r := &args{Request: request}, new(result)
	return outcome((*echo.EchoEchoResult)(r), c.Call(ctx, "Echo", a, r))
}

// CallOf calls the method Echo with structs whose types fastcodec is not told.
func CallOf(ctx context.Context, c client.Client, request *echo.Request) (*echo.Reply, error) {
	r := echo.NewEchoEchoResult()
	a, err := fastcodec.Of(&echo.EchoEchoArgs{Request: request})
	if err != nil {
		return nil, err
	}
	b, err := fastcodec.Of(r)
	if err != nil {
		return nil, err
	}
	return outcome(r, c.Call(ctx, "Echo", a, b))
}

func outcome(r *echo.EchoEchoResult, err error) (*echo.Reply, error) {
	switch {
	case err != nil:
		return nil, err
	case r.Refusal != nil:
		return nil, r.Refusal
	}
	return r.Success, nil
}
