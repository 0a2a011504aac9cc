package message

import (
	"context"
	"log/slog"
	"runtime/debug"
	"strings"

	"github.com/bytedance/gopkg/cloud/metainfo"
	"github.com/tagwire/tagwire/rpc"
	"github.com/tagwire/tagwire/rpc/grpc"
	"github.com/tagwire/tagwire/rpc/grpc/adapt"
	"github.com/tagwire/tagwire/rpc/invoke"
)

// Served is a method with its handler.
type Served struct {
	*Method
	invoke invoke.Invoker
	stream *adapt.Handler // of one that streams
}

// Serve returns the methods of svc, to which nothing can be added afterwards.
func Serve(svc *rpc.Service) ([]*Served, error) {
	methods, err := svc.Methods()
	if err != nil {
		return nil, err
	}
	served := make([]*Served, len(methods))
	for i, m := range methods {
		served[i] = &Served{Method: newMethod(svc.Name(), m.Method), invoke: m.Invoke}
		if m.Streams() {
			// The writer of a response may not be used when the handler of net/http has returned.
			served[i].stream = &adapt.Handler{Method: m.Method, Call: m.Stream, Panicked: served[i].panicked, Exclusive: true}
		}
	}
	return served, nil
}

// Call calls the handler. headers are those of the request.
func (m *Served) Call(ctx context.Context, request any, headers map[string][]string) (reply any, err error) {
	return m.Serve(receive(ctx, headers), m.invoke, request)
}

// receive returns ctx with the values that package metainfo keeps, from the headers of the request.
func receive(ctx context.Context, headers map[string][]string) context.Context {
	return metainfo.TransferForward(metainfo.SetMetaInfoFromMap(ctx, infoIn(headers)))
}

// infoIn returns the values of package metainfo in headers.
func infoIn(headers map[string][]string) map[string]string {
	var metadata grpc.Metadata
	for key, values := range headers {
		name := strings.ToLower(key)
		if !grpc.IsInfo(name) {
			continue
		}
		for _, value := range values {
			_ = metadata.AddField(name, value) // what cannot be read is not there
		}
	}
	return grpc.InfoOf(metadata)
}

// Recover, which is deferred, turns a panic into an error that does not show its value: that may hold what the caller must not see.
func (m *Served) Recover(err *error) {
	if value := recover(); value != nil {
		m.panicked(value)
		*err = &rpc.Error{Code: rpc.CodeInternal, Method: m.Name, Message: "the handler panicked"}
	}
}

// panicked writes to the log that the handler has panicked, or ended its goroutine.
func (m *Method) panicked(value any) {
	slog.Error("connect: the handler of "+m.Procedure()+" panicked", "value", value, "stack", string(debug.Stack()))
}
