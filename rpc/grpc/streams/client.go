package streams

import (
	"context"
	"errors"
	"io"
	"sync"
	"time"

	"golang.org/x/net/http2/hpack"

	"github.com/tagwire/tagwire/rpc/grpc"
	"github.com/tagwire/tagwire/rpc/message"
	"github.com/tagwire/tagwire/rpc/transport"
	"github.com/tagwire/tagwire/rpc/transport/http2"
)

// Request is what a call begins with.
type Request struct {
	Path, Authority, UserAgent, Subtype string
	// Secure says that the connection has TLS.
	Secure bool
	// Timeout is how long the caller waits, as it is sent, "" for ever. Repeated says that the same is sent often.
	Timeout  string
	Repeated bool
	// Deadline is when that will be, the zero time for never.
	Deadline time.Time
	// Encoding is how messages are compressed, "" for not.
	Encoding string
	// Metadata is the caller's. Its keys and values have been checked.
	Metadata grpc.Metadata
}

// appendFields appends the header fields.
func (r *Request) appendFields(to []hpack.HeaderField) []hpack.HeaderField {
	scheme := "http"
	if r.Secure {
		scheme = "https"
	}
	to = append(to,
		hpack.HeaderField{Name: ":method", Value: "POST"}, hpack.HeaderField{Name: ":scheme", Value: scheme},
		hpack.HeaderField{Name: ":path", Value: r.Path}, hpack.HeaderField{Name: ":authority", Value: r.Authority},
		hpack.HeaderField{Name: "content-type", Value: grpc.ContentType(r.Subtype)}, hpack.HeaderField{Name: "te", Value: "trailers"},
		hpack.HeaderField{Name: "user-agent", Value: r.UserAgent},
		hpack.HeaderField{Name: "grpc-accept-encoding", Value: grpc.AcceptEncoding()})
	if r.Encoding != "" {
		to = append(to, hpack.HeaderField{Name: "grpc-encoding", Value: r.Encoding})
	}
	if r.Timeout != "" {
		to = append(to, hpack.HeaderField{Name: "grpc-timeout", Value: r.Timeout, Sensitive: !r.Repeated})
	}
	for key, values := range r.Metadata {
		_ = grpc.Metadata{key: values}.Fields(func(name, value string) { to = append(to, metadataField(name, value)) })
	}
	return to
}

// StatusError is the outcome of a call that the server has ended with another status than OK.
type StatusError struct {
	Status  *grpc.Status
	Trailer grpc.Metadata
}

// Error returns the status.
func (e *StatusError) Error() string { return e.Status.Error() }

// ClientCall is the caller's side of a call. It is a transport.Stream.
type ClientCall struct {
	inbox
	conn   *http2.Conn
	packer packer
	fields []hpack.HeaderField // that are sent

	// Set by the goroutine that reads, before what is to be seen of it is signaled:
	header     grpc.Metadata
	trailer    grpc.Metadata
	answered   chan struct{} // closed when the headers have come, or the end; nil where nobody asks
	headers    bool
	plain      *grpc.Status // the answer is none of gRPC
	sendClosed bool
	deadline   time.Time // zero for none
}

// NewClientCall returns the caller's side of a call over a connection. single says that there is one reply.
func NewClientCall(h *http2.Conn, conn *transport.Conn, limits *message.Limits, single bool) *ClientCall {
	c := clientCalls.Get().(*ClientCall)
	c.conn = h
	c.begin(nil, conn, limits.MaxFrame)
	c.eager = single
	if !single {
		c.answered = make(chan struct{})
	}
	return c
}

// clientCalls holds calls that are over.
var clientCalls = sync.Pool{New: func() any { return new(ClientCall) }}

// Reuse is Free for a call with one reply of which nothing else knows any more, because Await has returned its end.
func (c *ClientCall) Reuse(aliased bool) {
	c.Free(aliased)
	clear(c.fields)
	*c = ClientCall{fields: c.fields[:0], inbox: inbox{wake: c.wake}}
	select {
	case <-c.wake:
	default:
	}
	clientCalls.Put(c)
}

// Open sends the headers, and body, if it is not nil, as the only message. An error of package http2 says that there is no stream, or what has become
// of it; others are about the body.
func (c *ClientCall) Open(r *Request, patience http2.Patience, body message.Body) error {
	c.packer.sends = r.Encoding
	c.deadline = r.Deadline
	c.fields = r.appendFields(c.fields[:0])
	var m *http2.Message
	if body != nil {
		var err error
		if m, err = c.packer.pack(c.conn, body); err != nil {
			return err
		}
	}
	c.sendClosed = body != nil
	s, err := c.conn.Open(c, patience, c.fields, m, body != nil)
	if m != nil && s == nil {
		m.Free()
	}
	return err
}

// Opened takes the stream that the call has, before anything is sent on it.
func (c *ClientCall) Opened(s *http2.Stream) {
	c.stream = s
	if c.eager {
		s.GiveBack()
	}
}

// ID returns the id of the stream, 0 if there is none.
func (c *ClientCall) ID() int32 {
	if c.stream == nil {
		return 0
	}
	return int32(c.stream.ID())
}

// Begun reports that there is a stream.
func (c *ClientCall) Begun() bool { return c.stream != nil }

// Headers takes the headers of the response, or trailers.
func (c *ClientCall) Headers(f *http2.Fields, end bool) {
	if c.plain != nil {
		if end {
			c.over(&StatusError{Status: c.plain})
		}
		return
	}
	if !c.headers {
		c.headers = true
		if !c.readHead(f, end) {
			return
		}
	}
	if end {
		c.readEnd(f) // which is the last that happens to the call
		return
	}
	c.signalAnswer()
}

// signalAnswer says that the headers have come, or the end.
func (c *ClientCall) signalAnswer() {
	if c.answered == nil {
		return
	}
	c.lock.Lock()
	defer c.lock.Unlock()
	select {
	case <-c.answered:
	default:
		close(c.answered)
	}
}

// readHead reads the first header list, and reports whether it is one of gRPC. Where it is the last one, too, it has what trailers have.
func (c *ClientCall) readHead(f *http2.Fields, end bool) bool {
	_, known := grpc.ParseContentType(f.Get("content-type"))
	if f.TooLong {
		c.stream.Reset(http2.Cancel)
		c.over(&message.Error{Code: message.CodeLimit, Message: "the header fields of the reply are larger than the limit"})
		return false
	}
	if f.Status != "200" || !known {
		code := grpc.Unknown
		if n := statusNumber(f.Status); n != 200 {
			code = grpc.CodeOfHTTPStatus(n)
		}
		if own := f.Get("grpc-status"); own == "" || !known {
			c.plain = &grpc.Status{Code: code, Message: "the server answers with the HTTP status " + f.Status + " and the content-type " + f.Get("content-type")}
			if !end {
				c.stream.Reset(http2.Cancel)
			}
			c.over(&StatusError{Status: c.plain})
			return false
		}
	}
	if end {
		return true
	}
	var header grpc.Metadata
	for i := range f.Others {
		switch field := &f.Others[i]; field.Name {
		case "grpc-encoding":
			_ = c.packer.receives(field.Value)
		default:
			_ = header.AddField(field.Name, field.Value)
		}
	}
	c.keep(&c.header, header)
	return true
}

// keep keeps metadata, which a call that is cancelled may ask for meanwhile.
func (c *ClientCall) keep(place *grpc.Metadata, m grpc.Metadata) {
	if m != nil {
		c.lock.Lock()
		defer c.lock.Unlock()
		*place = m
	}
}

func statusNumber(text string) (n int) {
	for _, digit := range text {
		n = 10*n + int(digit-'0')
	}
	return n
}

// readEnd reads the last header list.
func (c *ClientCall) readEnd(f *http2.Fields) {
	code, text, details, several := "", "", "", false
	var trailer grpc.Metadata
	for i := range f.Others {
		switch field := &f.Others[i]; field.Name {
		case "grpc-status":
			code = field.Value
		case "grpc-message":
			text = field.Value
		case "grpc-status-details-bin":
			several = details != ""
			details = field.Value
		default:
			_ = trailer.AddField(field.Name, field.Value)
		}
	}
	c.keep(&c.trailer, trailer)
	switch code {
	case "0":
		c.over(io.EOF)
	case "":
		c.over(&StatusError{Status: &grpc.Status{Code: grpc.Unknown, Message: "the server has ended the call without a status"}})
	default:
		if several {
			details = ""
		}
		status := grpc.ParseStatus(code, text, details)
		if status == nil || status.Code == grpc.OK {
			c.over(io.EOF)
			return
		}
		c.over(&StatusError{status, trailer})
	}
}

// over ends the call.
func (c *ClientCall) over(err error) {
	c.signalAnswer()
	c.finish(typed(err))
}

// typed returns an error of a call as callers get it: io.EOF, a *StatusError or a *message.Error.
func typed(err error) error {
	switch e := err.(type) {
	case *StatusError, *message.Error:
		return err
	case *grpc.Status:
		return &message.Error{Code: e.Code.RPC(), Message: e.Message, Err: e}
	}
	if err == io.EOF {
		return err
	}
	return &message.Error{Code: message.CodeClosed, Err: err}
}

// Data takes bytes of messages.
func (c *ClientCall) Data(p []byte, end bool) {
	if c.plain == nil && len(p) > 0 {
		if err := c.put(p); err != nil {
			if err != errGone {
				c.stream.Reset(http2.Cancel)
				c.over(err)
			}
			return
		}
	}
	if end {
		c.over(&StatusError{Status: &grpc.Status{Code: grpc.Internal, Message: "the server has ended the call without trailers"}})
	}
}

// Closed is called when the stream has ended otherwise.
func (c *ClientCall) Closed(err error) {
	var reset *http2.ResetError
	if errors.As(err, &reset) && reset.Code == http2.Cancel && !c.deadline.IsZero() && !time.Now().Before(c.deadline) {
		// The server has seen first that time ran out.
		c.over(&message.Error{Code: message.CodeTimeout, Err: context.DeadlineExceeded})
		return
	}
	c.over(callError(err))
}

// Send is that of transport.Stream.
func (c *ClientCall) Send(body message.Body) error {
	m, err := c.packer.pack(c.conn, body)
	if err != nil {
		return err
	}
	if c.stream.Send(nil, m, nil, false) != nil {
		return io.EOF
	}
	return nil
}

// CloseSend is that of transport.ClientStream.
func (c *ClientCall) CloseSend() error {
	if !c.sendClosed {
		c.sendClosed = true
		_ = c.stream.Send(nil, nil, nil, true)
	}
	return nil
}

// Receive is that of transport.Stream.
func (c *ClientCall) Receive() ([]byte, error) {
	compressed, body, err := c.take()
	if err == nil {
		if body, err = c.packer.unpack(c.inbox.conn, compressed, body, c.limit); err != nil {
			err = typed(unpackError(err))
			c.stream.Reset(http2.Cancel)
			c.abort(err, nil)
		}
	} else if status, ok := err.(*grpc.Status); ok {
		err = typed(status)
	}
	return body, err
}

// unpackError makes the error of a call of why a reply cannot be decompressed. A compressor that this side does not know is a fault of
// the server, which was told those that it does.
func unpackError(err error) error {
	status, ok := err.(*grpc.Status)
	if !ok {
		return err
	}
	if status.Code == grpc.Unimplemented {
		status = &grpc.Status{Code: grpc.Internal, Message: status.Message}
	}
	return &message.Error{Code: status.Code.RPC(), Err: status}
}

// Await waits for the end of a call with one reply, which it returns.
func (c *ClientCall) Await(patience http2.Patience) ([]byte, error) {
	for {
		if end := c.outcome(); end != nil {
			body, err := c.only(end)
			return body, err
		}
		select {
		case <-c.waker():
		case <-patience.Done:
			return nil, http2.ErrImpatient
		case <-patience.Expired:
			return nil, http2.ErrImpatient
		}
	}
}

// outcome returns how the call has ended, nil if it has not.
func (c *ClientCall) outcome() error {
	c.lock.Lock()
	defer c.lock.Unlock()
	return c.end
}

// only returns the only reply of a call that has ended.
func (c *ClientCall) only(end error) ([]byte, error) {
	if end != io.EOF {
		return nil, end
	}
	body, err := c.Receive()
	if err == io.EOF {
		err = &message.Error{Code: message.CodeMissingResult, Message: "the server has ended the call without a reply", Err: grpc.Unimplemented}
	}
	return body, err
}

// Header waits for the metadata before the first message. It is that of transport.ClientStream.
func (c *ClientCall) Header() (map[string]string, error) {
	<-c.answered
	header, _ := c.Metadata()
	if end := c.outcome(); end != nil && end != io.EOF && header == nil {
		return nil, end
	}
	return grpc.InfoOf(header), nil
}

// Trailer is that of transport.ClientStream.
func (c *ClientCall) Trailer() map[string]string {
	_, trailer := c.Metadata()
	return grpc.InfoOf(trailer)
}

// Metadata returns what came before the reply and behind it, when the call has ended.
func (c *ClientCall) Metadata() (header, trailer grpc.Metadata) {
	c.lock.Lock()
	defer c.lock.Unlock()
	return c.header, c.trailer
}

// Cancel ends a call that goes on. Where err is not nil, it is what Receive returns from then on.
func (c *ClientCall) Cancel(err error) {
	if c.stream != nil {
		c.stream.Reset(http2.Cancel)
	}
	if err != nil {
		c.signalAnswer()
		c.abort(err, nil)
	}
}

// Free gives the memory of messages back. aliased says that the one which was received last is still in use.
func (c *ClientCall) Free(aliased bool) {
	c.free(aliased)
	c.packer.release(c.inbox.conn)
}
