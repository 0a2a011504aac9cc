package message

import (
	"context"

	"github.com/bytedance/gopkg/cloud/metainfo"
	"github.com/tagwire/tagwire/rpc"
	"github.com/tagwire/tagwire/rpc/contract"
	"github.com/tagwire/tagwire/rpc/grpc"
)

// An Exchange makes a call by a version of connect: it sends the request with the headers, and returns the reply, which NewReply has made.
type Exchange func(ctx context.Context, request any, headers map[string][]string) (reply any, err error)

// Fill sets the func fields of the contract that target points to. For each method it calls open if it streams, and else exchange.
func Fill(service string, target any, options []rpc.ContractOption, exchange func(*Method) Exchange, open func(*Method) Open) error {
	return contract.NewReader(options).Fill(target, func(f *contract.Field) (contract.Body, error) {
		m := newMethod(service, f.Method)
		if f.Streams() {
			return m.StreamBody(f, open(m)), nil
		}
		exchange := exchange(m)
		return m.Body(f, func(ctx context.Context, request any) (any, error) {
			var headers map[string][]string
			if metainfo.HasMetaInfo(ctx) {
				var err error
				if headers, err = headersOf(ctx); err != nil {
					return nil, err
				}
			}
			return exchange(ctx, request, headers)
		}), nil
	})
}

// headersOf returns the headers for the values that package metainfo keeps in ctx.
func headersOf(ctx context.Context) (headers map[string][]string, err error) {
	info, metadata := map[string]string{}, grpc.Metadata{}
	metainfo.SaveMetaInfoToMap(ctx, info)
	grpc.AddInfo(metadata, info)
	return Fields(metadata)
}

// refusal, as the cause that ended a context, is why a request has no encoding.
type refusal struct{ error }

// Refusable returns the context of a call, and what ends it: with why the request has no encoding, or with nil once the call is over.
// It may be called by several goroutines, since interceptors may send a request more than once.
func Refusable(ctx context.Context) (context.Context, func(error)) {
	// After a request that has no encoding, connect waits for the answer to a request without a message. Some servers give none.
	ctx, cancel := context.WithCancelCause(ctx)
	return ctx, func(err error) {
		if err != nil {
			err = &refusal{err}
		}
		cancel(err)
	}
}

// Refused returns the error of a call whose context of Refusable has ended since the request has no encoding, nil if it has not.
func (m *Method) Refused(ctx context.Context) error {
	if r, ok := context.Cause(ctx).(*refusal); ok {
		return &rpc.Error{Code: rpc.CodeEncode, Method: m.Name, Err: r.error}
	}
	return nil
}
