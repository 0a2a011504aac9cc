package streams

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/net/http2/hpack"

	"github.com/tagwire/tagwire/rpc/contract"
	"github.com/tagwire/tagwire/rpc/grpc"
	"github.com/tagwire/tagwire/rpc/message"
	"github.com/tagwire/tagwire/rpc/transport"
	"github.com/tagwire/tagwire/rpc/transport/http2"
)

// Handler is what serves calls. Its methods are called by the goroutine that reads from the connection, and must not block.
type Handler interface {
	// Accept is called when the headers of a call have come. It returns whether the method takes one message, or why the call is refused.
	Accept(c *ServerCall) (single bool, refusal *grpc.Status)
	// Start has the call served: where the method takes one message, when all of it has come, else at once.
	Start(c *ServerCall)
	// Canceled is called when a call that was started has ended on the caller's side, or with the connection.
	Canceled(c *ServerCall, err error)
	// Dropped is called, in place of Start, when a call that was accepted ends before.
	Dropped(c *ServerCall)
}

// ServerCall is the server's side of a call. It is a transport.ServerStream.
type ServerCall struct {
	// Service and Method are the names in the path.
	Service, Method string
	// Subtype is that of the content-type, such as "proto", "" for none.
	Subtype string
	// Timeout is how long the caller waits, 0 if it does not say.
	Timeout time.Duration
	// Metadata is the caller's, and Handling what the handler adds for the reply.
	Metadata grpc.Metadata
	Handling *grpc.Handling
	// State is the handler's.
	State any
	// Over, if it is not nil, is called at the end of Finish.
	Over func()
	// Description is the method that is called, for its exceptions, in the service of the name BoundTo.
	Description *contract.Method
	BoundTo     string

	inbox
	handler  Handler
	packer   packer
	headers  bool        // they were sent
	accepted bool        // or refused, so that nothing more is looked at
	admitted bool        // the handler has accepted it
	started  atomic.Bool // or over before; who sets it is the one to start the call, or to end it
	awaits   atomic.Bool // a message, which is to be there before it is started
	single   bool
	expiry   *time.Timer
	plain    *plainAnswer // the request is none of gRPC, and answered without it
}

// NewServerCall returns what receives a call, for http2.Config.Begin.
func NewServerCall(s *http2.Stream, conn *transport.Conn, limits *message.Limits, h Handler) *ServerCall {
	c := &ServerCall{handler: h}
	c.begin(s, conn, limits.MaxFrame)
	return c
}

// Headers takes the headers of the call, or trailers, which say nothing here.
func (c *ServerCall) Headers(f *http2.Fields, end bool) {
	if c.accepted {
		c.Data(nil, end)
		return
	}
	c.accepted = true
	if f.TooLong {
		c.answerPlainly("431", "the header fields are too large", true) // whatever follows
		return
	}
	if status, text := c.check(f); status != "" {
		c.answerPlainly(status, text, end)
		return
	}
	refusal := c.read(f)
	if refusal == nil {
		c.single, refusal = c.handler.Accept(c)
	}
	if refusal != nil {
		c.started.Store(true)
		c.refuse(refusal)
		return
	}
	c.admitted = true
	if c.eager = c.single; c.single {
		c.awaits.Store(true)
		c.stream.GiveBack()
	} else {
		c.start()
	}
	if end {
		c.Data(nil, true)
	}
}

// check returns with what HTTP status a request that is none of gRPC is answered, and with what text.
func (c *ServerCall) check(f *http2.Fields) (status, text string) {
	subtype, known := grpc.ParseContentType(f.Get("content-type"))
	switch {
	case f.Method != "POST":
		return "405", "This is a gRPC server: calls are made by POST.\n"
	case !known:
		return "415", "This is a gRPC server: the content-type of a call is application/grpc.\n"
	}
	c.Subtype = subtype
	return "", ""
}

// read reads the header fields of a call.
func (c *ServerCall) read(f *http2.Fields) *grpc.Status {
	var known bool
	if c.Service, c.Method, known = grpc.ParsePath(f.Path); !known {
		return &grpc.Status{Code: grpc.Unimplemented, Message: "the path " + f.Path + " is not /service/method"}
	}
	for i := range f.Others {
		var err error
		switch field := &f.Others[i]; field.Name {
		case "grpc-timeout":
			c.Timeout, err = grpc.ParseTimeout(field.Value)
			c.Timeout = max(c.Timeout, 1)
		case "grpc-encoding":
			err = c.packer.receives(field.Value)
		case "grpc-accept-encoding":
			c.packer.accepts = field.Value
		default:
			err = c.Metadata.AddField(field.Name, field.Value)
		}
		if err != nil {
			status, _ := grpc.StatusOf(err, nil, "")
			return status
		}
	}
	c.packer.answerInKind()
	return nil
}

// refuse ends a call that is not started, which started says.
func (c *ServerCall) refuse(status *grpc.Status) {
	_ = c.end(status, nil)
	c.drop()
}

// drop gives back what a call has that is not started.
func (c *ServerCall) drop() {
	c.free(false)
	if c.admitted {
		c.handler.Dropped(c)
	}
}

// start has the call served, unless it is over.
func (c *ServerCall) start() {
	if c.started.CompareAndSwap(false, true) {
		c.handler.Start(c)
	}
}

// Data takes bytes of messages.
func (c *ServerCall) Data(p []byte, end bool) {
	if c.plain != nil {
		c.plain.data(len(p), end)
		return
	}
	if c.single && c.started.Load() {
		if !c.eager {
			c.stream.Consumed(len(p)) // the call was refused, and is over for the caller when it has read that
		}
		return
	}
	if len(p) > 0 {
		if err := c.put(p); err != nil {
			c.fail(err)
			return
		}
	}
	if !end {
		return
	}
	c.finish(io.EOF)
	if c.single {
		c.start()
	}
}

// fail ends a call because of what was received.
func (c *ServerCall) fail(err error) {
	if err == errGone {
		return
	}
	if !c.started.CompareAndSwap(false, true) {
		if !c.awaits.Load() { // else it has just become complete
			c.abort(err, io.EOF)
			c.handler.Canceled(c, err)
		}
		return
	}
	if c.plain != nil {
		c.stream.Conn().Go(c.plain)
		return
	}
	status, _ := grpc.StatusOf(err, nil, "")
	c.refuse(status)
}

// Closed is called when the stream has ended before the reply was sent.
func (c *ServerCall) Closed(err error) {
	c.abort(err, io.EOF)
	if c.started.CompareAndSwap(false, true) {
		c.drop()
	} else {
		c.handler.Canceled(c, err)
	}
}

// Expire has the handler of a stream return from what it does with it when the caller's time is over, also if the caller does nothing then.
func (c *ServerCall) Expire(deadline time.Time) {
	c.expiry = time.AfterFunc(time.Until(deadline), func() {
		c.abort(&message.Error{Code: message.CodeTimeout, Message: "the caller's time is over", Err: context.DeadlineExceeded}, io.EOF)
		c.stream.Interrupt()
	})
}

// Sweep ends a call whose message was begun, or is missing, for longer than limit. It is that of http2.Timed.
func (c *ServerCall) Sweep(now time.Time, limit time.Duration) {
	if single := c.awaits.Load(); c.overdue(now, limit, single && !c.started.Load()) {
		if single && c.started.Load() {
			return // it has just become complete
		}
		c.fail(&message.Error{Code: message.CodeTimeout, Message: fmt.Sprintf("a message was not complete after %v", limit)})
	}
}

// Receive is that of transport.Stream.
func (c *ServerCall) Receive() ([]byte, error) {
	compressed, body, err := c.take()
	if err == nil {
		body, err = c.packer.unpack(c.inbox.conn, compressed, body, c.limit)
	}
	if err == nil || err == io.EOF {
		return body, err
	}
	return nil, callError(err)
}

// ReceiveOnly returns the message of a call that has one.
func (c *ServerCall) ReceiveOnly() ([]byte, error) {
	body, err := c.Receive()
	if err == io.EOF {
		err = &grpc.Status{Code: grpc.Unimplemented, Message: "there is no message, and the method takes one"}
	}
	return body, err
}

// Send is that of transport.Stream.
func (c *ServerCall) Send(body message.Body) error {
	m, err := c.packer.pack(c.stream.Conn(), body)
	if err != nil {
		return err
	}
	first := !c.headers
	switch err := c.stream.Send(c.header(), m, nil, false); {
	case errors.Is(err, message.CodeLimit): // nothing was sent
		c.headers = !first
		return err
	case err != nil:
		return io.EOF
	}
	return nil
}

// Start is that of transport.ServerStream.
func (c *ServerCall) Start(metadata map[string]string) bool {
	if c.headers {
		return false
	}
	if len(metadata) > 0 {
		own := grpc.Metadata{}
		grpc.AddInfo(own, metadata)
		_ = c.Handling.AddHeader(own)
	}
	err := c.stream.Send(c.header(), nil, nil, false)
	if errors.Is(err, message.CodeLimit) { // nothing was sent
		c.headers = false
	}
	return err == nil
}

// Interrupt is that of transport.Interrupter.
func (c *ServerCall) Interrupt() {
	c.abort(errGone, io.EOF)
	c.stream.Interrupt()
}

// statusOf returns what is sent for an outcome, whose methods are the handler's and may panic.
func (c *ServerCall) statusOf(outcome error) (status *grpc.Status, trailer grpc.Metadata) {
	defer func() {
		if recover() != nil {
			status, trailer = &grpc.Status{Code: grpc.Internal, Message: "a method of the handler's error panicked"}, nil
		}
	}()
	return grpc.StatusOf(outcome, c.Description, c.BoundTo)
}

// Finish is that of transport.ServerStream.
func (c *ServerCall) Finish(outcome error, metadata map[string]string) {
	status, trailer := c.statusOf(outcome)
	if c.expiry != nil {
		c.expiry.Stop()
	}
	_ = c.end(status, c.trailer(trailer, metadata))
	c.Free(false)
	if c.Over != nil {
		c.Over()
	}
}

// Reply ends a call with its only reply.
func (c *ServerCall) Reply(body message.Body, metadata map[string]string) error {
	m, err := c.packer.pack(c.stream.Conn(), body)
	if err != nil {
		return err
	}
	trailers, err := c.trailers(nil, c.trailer(nil, metadata))
	if err != nil {
		m.Free()
		return err
	}
	first := !c.headers
	err = c.stream.Send(c.header(), m, trailers, true)
	if errors.Is(err, message.CodeLimit) { // nothing was sent
		c.headers = !first
		return err
	}
	c.stream.Close()
	return nil
}

// Free gives the memory of the messages back. aliased says that the one which was received last is still in use.
func (c *ServerCall) Free(aliased bool) {
	c.free(aliased)
	c.packer.release(c.inbox.conn)
}

// trailer returns the metadata that comes with the end.
func (c *ServerCall) trailer(own grpc.Metadata, metadata map[string]string) grpc.Metadata {
	all := own
	if c.Handling != nil {
		all = all.Join(c.Handling.End())
	}
	if len(metadata) > 0 {
		if all == nil {
			all = grpc.Metadata{}
		}
		grpc.AddInfo(all, metadata)
	}
	return all
}

// end sends the end of a call, and asks the caller to send nothing more. A caller that takes only short headers gets the code without
// metadata and details.
func (c *ServerCall) end(status *grpc.Status, trailer grpc.Metadata) error {
	fields, err := c.trailers(status, trailer)
	if err != nil {
		status = &grpc.Status{Code: grpc.Internal, Message: err.Error()}
		fields, _ = c.trailers(status, nil)
	}
	if c.packer.unknown {
		fields = append(slices.Clip(fields), hpack.HeaderField{Name: "grpc-accept-encoding", Value: grpc.AcceptEncoding()})
	}
	var own []hpack.HeaderField
	first := !c.headers
	if first {
		c.headers = true
		own = c.ownHeader(nil)
	}
	err = c.sendEnd(own, fields, first)
	if errors.Is(err, message.CodeLimit) {
		if status == nil {
			status = &grpc.Status{Code: grpc.Internal, Message: "the metadata of the reply is too long for the caller"}
		}
		fields, _ = c.trailers(status.Short(), nil)
		err = c.sendEnd(nil, fields, first)
	}
	if errors.Is(err, message.CodeLimit) {
		fields, _ = c.trailers(&grpc.Status{Code: status.Code}, nil)
		err = c.sendEnd(nil, fields, first)
	}
	c.stream.Close()
	return err
}

// sendEnd sends the last header list, which is the first one, too, where no other was sent.
func (c *ServerCall) sendEnd(own, fields []hpack.HeaderField, first bool) error {
	switch {
	case !first:
		return c.stream.Send(nil, nil, fields, true)
	case len(own) > 0:
		return c.stream.Send(append(slices.Clip(responseHeaders(c.Subtype)), own...), nil, fields, true)
	}
	return c.stream.Send(append(slices.Clip(responseHeaders(c.Subtype)), fields...), nil, nil, true)
}

// header returns the headers of the reply, nil if they were sent.
func (c *ServerCall) header() []hpack.HeaderField {
	if c.headers {
		return nil
	}
	c.headers = true
	fields := responseHeaders(c.Subtype)
	if c.packer.sends != "" {
		fields = append(slices.Clip(fields), hpack.HeaderField{Name: "grpc-encoding", Value: c.packer.sends})
	}
	return c.ownHeader(fields)
}

// ownHeader adds the metadata to fields that the handler has for before the reply.
func (c *ServerCall) ownHeader(fields []hpack.HeaderField) []hpack.HeaderField {
	if c.Handling == nil {
		return fields
	}
	if own := c.Handling.SendHeader(); len(own) > 0 {
		fields = slices.Clip(fields)
		_ = own.Fields(func(name, value string) { fields = append(fields, metadataField(name, value)) })
	}
	return fields
}

// trailers returns the fields of the end of a call. The error is about the metadata.
func (c *ServerCall) trailers(status *grpc.Status, trailer grpc.Metadata) ([]hpack.HeaderField, error) {
	fields := okTrailers
	if status != nil {
		fields = []hpack.HeaderField{{Name: "grpc-status", Value: status.Code.Decimal()}}
		if status.Message != "" {
			fields = append(fields, hpack.HeaderField{Name: "grpc-message", Value: grpc.EncodeMessage(status.Message), Sensitive: true})
		}
		if details := status.EncodeDetails(); details != "" {
			fields = append(fields, hpack.HeaderField{Name: "grpc-status-details-bin", Value: details, Sensitive: true})
		}
	}
	if len(trailer) == 0 {
		return fields, nil
	}
	fields = slices.Clip(fields)
	err := trailer.Fields(func(name, value string) { fields = append(fields, metadataField(name, value)) })
	return fields, err
}

// metadataField returns the header field of metadata. Sensitive says that the table which compresses header lists does not keep it.
func metadataField(name, value string) hpack.HeaderField {
	return hpack.HeaderField{Name: name, Value: value, Sensitive: strings.HasSuffix(name, "-bin")}
}

var okTrailers = []hpack.HeaderField{{Name: "grpc-status", Value: "0"}}

// responses are the headers of replies, by the subtypes that are known.
var responses = map[string][]hpack.HeaderField{"": responseOf(""), "proto": responseOf("proto"), "thrift": responseOf("thrift")}

func responseOf(subtype string) []hpack.HeaderField {
	return []hpack.HeaderField{{Name: ":status", Value: "200"}, {Name: "content-type", Value: grpc.ContentType(subtype)}}
}

func responseHeaders(subtype string) []hpack.HeaderField {
	if known := responses[subtype]; known != nil {
		return known
	}
	return responseOf(subtype)
}

// callError returns the error of a call for why its stream has ended.
func callError(err error) error {
	var reset *http2.ResetError
	switch {
	case errors.As(err, &reset):
		return resetError(reset)
	case transport.IsClosed(err) || errors.Is(err, http2.ErrClosed):
		return &message.Error{Code: message.CodeClosed, Err: err}
	}
	return err
}

// resetError returns the error of a call whose stream was reset.
func resetError(reset *http2.ResetError) error {
	code := grpc.CodeOfReset(uint32(reset.Code))
	if reset.Remote && reset.Unread {
		code = grpc.Unavailable // whatever the connection ends for
	}
	return &message.Error{Code: code.RPC(), Err: reset, Retryable: reset.Unread}
}
