package message

import (
	"context"
	"log/slog"
	"runtime/debug"

	"github.com/bytedance/gopkg/cloud/metainfo"
	"github.com/tagwire/tagwire/rpc/contract"
	"github.com/tagwire/tagwire/rpc/grpc"
	"github.com/tagwire/tagwire/rpc/grpc/adapt"
)

// Open begins a call that streams, by a version of connect, whose request has the headers.
type Open func(ctx context.Context, headers map[string][]string) (adapt.ClientStream, error)

// StreamBody returns what a field of a contract that is a stream does.
func (m *Method) StreamBody(f *contract.Field, open Open) contract.Body {
	called := &adapt.Caller{
		Method: m.Method,
		Open: func(ctx context.Context) (adapt.ClientStream, error) {
			var headers map[string][]string
			if metainfo.HasMetaInfo(ctx) {
				var err error
				if headers, err = headersOf(ctx); err != nil {
					return nil, err
				}
			}
			return open(ctx, headers)
		},
		Panicked: func(value any) {
			slog.Error("connect: the requests of "+m.Procedure()+" ended in a panic", "value", value, "stack", string(debug.Stack()))
		},
	}
	return called.Body(f)
}

// ServeStream calls the handler of a method that streams. headers are those of the request.
func (m *Served) ServeStream(ctx context.Context, stream adapt.ServerStream, headers map[string][]string) error {
	return m.stream.Serve(receive(ctx, headers), stream)
}

// Broken returns the error of a handler that could not send, or could not receive, since connect returned err with that code.
func (m *Served) Broken(ctx context.Context, sending bool, code uint32, err error) error {
	return adapt.Broken(ctx, m.Method.Method, sending, grpc.Code(code), err)
}

// Fields returns metadata as header fields.
func Fields(m grpc.Metadata) (fields map[string][]string, err error) {
	fields = make(map[string][]string, len(m))
	err = m.Fields(func(name, value string) { fields[name] = append(fields[name], value) })
	return fields, err
}
