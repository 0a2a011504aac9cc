// Package echoservice is the service of idl/echo.thrift in Kitex: what Kitex's tool generates beside the structs, written by hand so
// that it can be had with the generated structs and with messages of adapters/fastcodec.
package echoservice

import (
	"context"

	"github.com/cloudwego/kitex/client"
	"github.com/cloudwego/kitex/pkg/serviceinfo"
	"github.com/tagwire/tagwire/adapters/fastcodec"
	"github.com/tagwire/tagwire/adapters/kitex/kitexgen/echo"
)

// Handler answers a call of the method Echo. An error that is a *echo.Refusal goes to the client as such.
type Handler func(ctx context.Context, request *echo.Request) (*echo.Reply, error)

// Generated returns the service with the generated structs, which Kitex encodes by their own methods or, if it is told to, by Frugal.
func Generated() *serviceinfo.ServiceInfo {
	handle := func(ctx context.Context, handler, args, result any) error {
		return answer(ctx, handler.(Handler), args.(*echo.EchoEchoArgs), result.(*echo.EchoEchoResult))
	}
	return service(serviceinfo.NewMethodInfo(handle,
		func() any { return echo.NewEchoEchoArgs() },
		func() any { return echo.NewEchoEchoResult() },
		false))
}

// Messages returns the service with the structs as messages of adapters/fastcodec, which Kitex encodes by their methods.
func Messages() *serviceinfo.ServiceInfo {
	handle := func(ctx context.Context, handler, args, result any) error {
		return answer(ctx, handler.(Handler),
			&args.(*fastcodec.Message[echo.EchoEchoArgs]).Value,
			&result.(*fastcodec.Message[echo.EchoEchoResult]).Value)
	}
	return service(serviceinfo.NewMethodInfo(handle,
		func() any { return new(fastcodec.Message[echo.EchoEchoArgs]) },
		func() any { return new(fastcodec.Message[echo.EchoEchoResult]) },
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

func answer(ctx context.Context, handler Handler, args *echo.EchoEchoArgs, result *echo.EchoEchoResult) error {
	reply, err := handler(ctx, args.Request)
	if refusal, ok := err.(*echo.Refusal); ok {
		result.Refusal = refusal
		return nil
	}
	result.Success = reply
	return err
}

// Call calls the method Echo with the generated structs.
func Call(ctx context.Context, c client.Client, request *echo.Request) (*echo.Reply, error) {
	args, result := &echo.EchoEchoArgs{Request: request}, echo.NewEchoEchoResult()
	return outcome(result, c.Call(ctx, "Echo", args, result))
}

// CallMessages calls the method Echo with the structs as messages of adapters/fastcodec.
func CallMessages(ctx context.Context, c client.Client, request *echo.Request) (*echo.Reply, error) {
	args, result := &echo.EchoEchoArgs{Request: request}, echo.NewEchoEchoResult()
	return outcome(result, c.Call(ctx, "Echo", fastcodec.Wrap(args), fastcodec.Wrap(result)))
}

func outcome(result *echo.EchoEchoResult, err error) (*echo.Reply, error) {
	switch {
	case err != nil:
		return nil, err
	case result.Refusal != nil:
		return nil, result.Refusal
	}
	return result.Success, nil
}
