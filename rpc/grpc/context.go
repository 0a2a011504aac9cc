package grpc

import (
	"context"
	"sync"

	"github.com/tagwire/tagwire/rpc/message"
)

type (
	outgoingKey struct{}
	replyKey    struct{}
	handlingKey struct{}
)

// WithMetadata returns a context whose calls send m, beside what calls with ctx send: values of a key that both have follow on each other. m
// is copied. What a handler has received does not go on to the calls that it makes; pass it here, if it should.
func WithMetadata(ctx context.Context, m Metadata) context.Context {
	return context.WithValue(ctx, outgoingKey{}, OutgoingMetadata(ctx).Clone().join(m))
}

// OutgoingMetadata returns what calls with ctx send. It must not be changed.
func OutgoingMetadata(ctx context.Context) Metadata {
	m, _ := ctx.Value(outgoingKey{}).(Metadata)
	return m
}

// Reply is the metadata of a reply. Its zero value is ready. It may be used by several goroutines.
type Reply struct {
	lock            sync.Mutex
	header, trailer Metadata
}

// WithReply returns a context whose calls leave the metadata of their replies in r, also if they fail. If there are several calls, or attempts of
// one, it is that of the last one.
func WithReply(ctx context.Context, r *Reply) context.Context {
	return context.WithValue(ctx, replyKey{}, r)
}

// ReplyOf returns what WithReply has put into ctx, nil if nothing, on which the methods of a Reply may be called, too.
func ReplyOf(ctx context.Context) *Reply {
	r, _ := ctx.Value(replyKey{}).(*Reply)
	return r
}

// Receive sets what a call has received. Nothing else may refer to it.
func (r *Reply) Receive(header, trailer Metadata) {
	if r == nil {
		return
	}
	r.lock.Lock()
	defer r.lock.Unlock()
	r.header, r.trailer = header, trailer
}

// Header returns the metadata that came before the reply. It is shared, and must not be changed.
func (r *Reply) Header() Metadata {
	if r == nil {
		return nil
	}
	r.lock.Lock()
	defer r.lock.Unlock()
	return r.header
}

// Trailer returns the metadata that came with the end of the call. It is shared, and must not be changed.
func (r *Reply) Trailer() Metadata {
	if r == nil {
		return nil
	}
	r.lock.Lock()
	defer r.lock.Unlock()
	return r.trailer
}

// Handling is the metadata of a call on the side of its handler. It is safe for use by several goroutines, since a handler may
// leave some behind.
type Handling struct {
	incoming Metadata

	lock            sync.Mutex
	header, trailer Metadata
	headerSent      bool
	ended           bool
}

// WithHandling returns the context for a handler of a call that came with metadata, to which nothing else may refer.
func WithHandling(ctx context.Context, incoming Metadata) (context.Context, *Handling) {
	h := &Handling{incoming: incoming}
	return context.WithValue(ctx, handlingKey{}, h), h
}

// handlingOf returns the metadata of the call that a handler has ctx for, nil if it is none of gRPC.
func handlingOf(ctx context.Context) *Handling {
	h, _ := ctx.Value(handlingKey{}).(*Handling)
	return h
}

// IncomingMetadata returns the metadata that came with the call that a handler has ctx for, nil if it is none of gRPC. It is shared by all that
// handle the call, and must not be changed.
func IncomingMetadata(ctx context.Context) Metadata {
	if h := handlingOf(ctx); h != nil {
		return h.incoming
	}
	return nil
}

// SetHeader adds metadata to what is sent before the reply to the call that a handler has ctx for. The error is that of [Metadata.Check], or says
// that it is too late, or that the call is none of gRPC.
func SetHeader(ctx context.Context, m Metadata) error {
	return handlingOf(ctx).add(m, func(h *Handling) (*Metadata, bool) { return &h.header, h.headerSent })
}

// SetTrailer adds metadata to what is sent with the end of the call that a handler has ctx for. Errors are as those of SetHeader.
func SetTrailer(ctx context.Context, m Metadata) error {
	return handlingOf(ctx).add(m, func(h *Handling) (*Metadata, bool) { return &h.trailer, h.ended })
}

// add adds m to the metadata that which returns, unless that is sent already.
func (h *Handling) add(m Metadata, which func(*Handling) (to *Metadata, sent bool)) error {
	if h == nil {
		return &message.Error{Code: message.CodeContract, Message: "the call is not one of gRPC, so its reply has no metadata of this kind"}
	}
	if err := m.Check(); err != nil {
		return err
	}
	h.lock.Lock()
	defer h.lock.Unlock()
	to, sent := which(h)
	if sent || h.ended {
		return &message.Error{Code: message.CodeClosed, Message: "the metadata of the reply is sent already"}
	}
	*to = to.join(m)
	return nil
}

// SendHeader returns what SetHeader has gathered, which is about to be sent, and lets it do nothing more.
func (h *Handling) SendHeader() Metadata {
	h.lock.Lock()
	defer h.lock.Unlock()
	h.headerSent = true
	return h.header
}

// End returns what SetTrailer has gathered, which is about to be sent, and lets it and SetHeader do nothing more.
func (h *Handling) End() Metadata {
	h.lock.Lock()
	defer h.lock.Unlock()
	h.headerSent, h.ended = true, true
	return h.trailer
}
