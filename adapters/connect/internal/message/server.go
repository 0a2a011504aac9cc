package message

import (
	"context"
	"log/slog"
	"runtime/debug"
	"strings"

	"github.com/bytedance/gopkg/cloud/metainfo"
	"github.com/tagwire/tagwire/rpc"
	"github.com/tagwire/tagwire/rpc/grpc"
	"github.com/tagwire/tagwire/rpc/invoke"
)

// Served is a method with its handler.
type Served struct {
	*Method
	invoke invoke.Invoker
}

// Serve returns the methods of svc, to which nothing can be added afterwards.
func Serve(svc *rpc.Service) ([]*Served, error) {
	methods, err := svc.Methods()
	if err != nil {
		return nil, err
	}
	served := make([]*Served, len(methods))
	for i, m := range methods {
		if err := m.NeedsCalls(); err != nil {
			return nil, err
		}
		served[i] = &Served{newMethod(svc.Name(), m.Method), m.Invoke}
	}
	return served, nil
}

// Call calls the handler. headers are those of the request.
func (m *Served) Call(ctx context.Context, request any, headers map[string][]string) (reply any, err error) {
	return m.Serve(metainfo.TransferForward(metainfo.SetMetaInfoFromMap(ctx, infoIn(headers))), m.invoke, request)
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
		slog.Error("connect: the handler of "+m.Procedure()+" panicked", "value", value, "stack", string(debug.Stack()))
		*err = &rpc.Error{Code: rpc.CodeInternal, Method: m.Name, Message: "the handler panicked"}
	}
}
