package streaming

import (
	"context"
	"io"
	"sync"
	"unsafe"

	"github.com/tagwire/tagwire/rpc/intercept"
	"github.com/tagwire/tagwire/rpc/message"
)

// ClientStream is a stream that its caller has opened, with the interceptors around it, which run in a goroutine of the call.
type ClientStream struct {
	*clientStream
	concluded chan struct{} // closed when the interceptors have returned; nil if there are none
	err       error         // then: what they returned
}

// Open begins a stream for a caller that sends and receives itself.
func (c *Calls) Open(ctx context.Context) (*ClientStream, error) {
	ctx = contextOr(ctx)
	o := &ClientStream{}
	call := &streamCall{Calls: c}
	if len(c.Chain) == 0 {
		var err error
		o.clientStream, err = call.openAlone(ctx)
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
		o.err = c.Method.panicked() // unless run returns
		defer signal()
		defer close(o.concluded)
		o.err = call.run(ctx)
	}()
	<-opened
	if o.clientStream == nil {
		<-o.concluded
		if o.err == nil {
			o.err = &message.Error{Code: message.CodeMissingResult, Method: c.Method.Name, Message: "an interceptor returned no error, and there is no stream"}
		}
		return nil, o.err
	}
	return o, nil
}

// Receive returns the next response, or how the call has ended; that is what the interceptors return, io.EOF for a success.
func (o *ClientStream) Receive() (unsafe.Pointer, error) {
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
func (o *ClientStream) isOver() bool {
	select {
	case <-o.ended:
		return true
	default:
		return false
	}
}

// openAlone begins the stream, where there are no interceptors.
func (c *streamCall) openAlone(ctx context.Context) (s *clientStream, err error) {
	defer func() {
		if value := recover(); value != nil {
			c.Journal.Panicked("rpc: a call panicked", value, "method", c.Method.Name)
			err = c.Method.panicked()
		}
	}()
	return c.Calls.open(ctx, &c.count, new(intercept.Encounter))
}

// Send sends a request. The error is io.EOF if the stream has ended.
func (o *ClientStream) Send(request unsafe.Pointer) error { return o.send(request) }

// CloseSend says that no request follows.
func (o *ClientStream) CloseSend() error { return o.closeSend() }

// Header returns the metadata that came before the first response.
func (o *ClientStream) Header() (map[string]string, error) { return o.readHeader() }

// Trailer returns the metadata that came with the end of the stream.
func (o *ClientStream) Trailer() map[string]string {
	o.lock.Lock()
	defer o.lock.Unlock()
	return o.trailer
}

// Close ends the stream, and cancels the call if it goes on.
func (o *ClientStream) Close() { o.end(o.stopped("the caller has closed the stream", nil)) }
