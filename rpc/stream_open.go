package rpc

import (
	"context"
	"io"
	"sync"
	"unsafe"

	"github.com/tagwire/tagwire/rpc/intercept"
)

// openStreamCall is a stream that its caller has opened, with the interceptors around it, which run in a goroutine of the call.
type openStreamCall struct {
	*clientStream
	concluded chan struct{} // closed when the interceptors have returned; nil if there are none
	err       error         // then: what they returned
}

// open begins a stream for a caller that sends and receives itself.
func (c *Client) open(ctx context.Context, b *boundMethod) (*openStreamCall, error) {
	ctx = contextOr(ctx)
	o := &openStreamCall{}
	call := &streamCall{client: c, method: b}
	if len(c.config.chain) == 0 {
		var err error
		o.clientStream, err = call.open(ctx)
		return o, err
	}
	o.concluded = make(chan struct{})
	opened := make(chan struct{})
	signal := sync.OnceFunc(func() { close(opened) })
	call.converse = func(s *clientStream) error {
		o.clientStream = s
		signal()
		if err := s.result(); err != io.EOF {
			return err
		}
		return nil
	}
	go func() {
		o.err = b.panicked() // unless run returns
		defer signal()
		defer close(o.concluded)
		o.err = call.run(ctx)
	}()
	<-opened
	if o.clientStream == nil {
		<-o.concluded
		if o.err == nil {
			o.err = &Error{Code: CodeMissingResult, Method: b.Name, Message: "an interceptor returned no error, and there is no stream"}
		}
		return nil, o.err
	}
	return o, nil
}

// receive is that of the stream, but ends with what the interceptors return.
func (o *openStreamCall) receive() (unsafe.Pointer, error) {
	p, err := o.clientStream.receive()
	if err == nil || o.concluded == nil || !o.isOver() {
		return p, err
	}
	<-o.concluded
	if o.err == nil {
		return nil, io.EOF
	}
	return nil, o.err
}

// isOver reports that the stream has ended.
func (o *openStreamCall) isOver() bool {
	select {
	case <-o.ended:
		return true
	default:
		return false
	}
}

// open begins the stream, where there are no interceptors.
func (c *streamCall) open(ctx context.Context) (s *clientStream, err error) {
	defer func() {
		if value := recover(); value != nil {
			c.client.journal.Panicked("rpc: a call panicked", value, "method", c.method.Name)
			err = c.method.panicked()
		}
	}()
	return c.client.openStream(ctx, c.method, &c.count, new(intercept.Encounter))
}
