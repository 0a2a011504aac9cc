package rpc

import (
	"context"
	"strings"
	"sync"
	"time"
	"unsafe"

	"github.com/bytedance/gopkg/cloud/metainfo"

	"github.com/tagwire/tagwire"
	"github.com/tagwire/tagwire/rpc/intercept"
	"github.com/tagwire/tagwire/rpc/memory"
	"github.com/tagwire/tagwire/rpc/thrift"
	"github.com/tagwire/tagwire/rpc/transport"
)

// clientCall is one attempt of a call.
type clientCall struct {
	transport.Call
	client *Client
	method *boundMethod
	body   memory.Body    // the arguments
	result unsafe.Pointer // nil if there is no reply
	arena  *memory.ReplyArena
}

// clientCalls holds attempts that are over.
var clientCalls = sync.Pool{New: func() any { return new(clientCall) }}

// arenaKey is the key of a context's *tagwire.Arena for replies.
type arenaKey struct{}

// WithReplyArena returns a context under which calls decode their replies into a, for as long as the caller needs them: Reset takes
// the memory of all of them back. It is for loops that make calls, use the replies and reset, which then need no memory of their
// own for replies. A nil arena ends the effect of one that ctx has.
//
// Errors are the caller's own, declared exceptions too, and stay as they are. So are replies to calls that are made at the same time
// under the same arena, where one of them finds it in use. Interceptors do not get the arena with their context: replies to calls of
// their own are theirs. A reply that comes when its call has returned is never decoded into the arena.
func WithReplyArena(ctx context.Context, a *tagwire.Arena) context.Context {
	return context.WithValue(ctx, arenaKey{}, a)
}

// hashKey is the key of a context's key for balancers.
type hashKey struct{}

// WithHashKey returns a context under which calls have a key that a balancer may choose the endpoint by, as [ConsistentHash] does.
// An empty key is none.
func WithHashKey(ctx context.Context, key string) context.Context {
	return context.WithValue(ctx, hashKey{}, key)
}

// replyArena returns what replies to a call under ctx are decoded into, nil for memory of their own.
func replyArena(ctx context.Context) *memory.ReplyArena {
	a, _ := ctx.Value(arenaKey{}).(*tagwire.Arena)
	return memory.NewReplyArena(a)
}

// attempt makes an attempt of a call, and shows interceptors the arguments and the result.
func (c *Client) attempt(ctx context.Context, b *boundMethod, deadline time.Time, arguments, result unsafe.Pointer, a *memory.ReplyArena, met *intercept.Encounter) error {
	if len(c.config.onValue) == 0 {
		return c.exchange(ctx, b, deadline, arguments, result, a, met)
	}
	info := c.callInfo(b, nil)
	err := observe(ctx, &c.config.commonConfig, info, b.in, arguments, true)
	if err == nil {
		err = c.exchange(ctx, b, deadline, arguments, result, a, met)
	}
	if err == nil && result != nil {
		err = observe(ctx, &c.config.commonConfig, info, b.out, result, false)
	}
	return err
}

// exchange makes an attempt of a call, up to its reply.
func (c *Client) exchange(ctx context.Context, b *boundMethod, deadline time.Time, arguments, result unsafe.Pointer, a *memory.ReplyArena, met *intercept.Encounter) error {
	call := clientCalls.Get().(*clientCall)
	call.Deadline = deadline
	call.arena = a
	call.client, call.method, call.body, call.result = c, b, b.in.Body(b.format, arguments), result
	call.prepare(ctx)
	err := c.exchanger.Exchange(ctx, &call.Call)
	if met != nil {
		*met = intercept.Encounter{Remote: call.Remote, TLS: call.TLS, Sequence: call.Sequence}
	}
	*call = clientCall{}
	clientCalls.Put(call)
	return err
}

// prepare sets what is sent, and what for.
func (c *clientCall) prepare(ctx context.Context) {
	c.Arguments, c.Reply = &c.body, c
	c.client.prepare(ctx, c.method, &c.Call)
}

// prepare sets what a call of a method sends beside its arguments.
func (c *Client) prepare(ctx context.Context, b *boundMethod, call *transport.Call) {
	config, m := &c.config, &call.Request
	call.Method, call.Service = b.Name, b.service
	if config.balance != nil { // the default has no use for a key
		call.Key, _ = ctx.Value(hashKey{}).(string)
	}
	m.Type, m.Method, m.Format = MessageCall, b.sentName, b.format
	m.OutOfOrder = config.connections == Multiplexed
	if b.Oneway {
		m.Type = MessageOneway
	}
	if config.transport.Headers() {
		m.Service, m.Caller = c.service, c.caller
		if metainfo.HasMetaInfo(ctx) {
			m.Metadata = map[string]string{}
			metainfo.SaveMetaInfoToMap(ctx, m.Metadata)
		}
	} else if len(c.caller) > 0 || metainfo.HasMetaInfo(ctx) {
		c.warnPlain()
	}
}

// warnPlain says once that the transport has no place for what the calls carry.
func (c *Client) warnPlain() {
	if !c.plain.Swap(true) {
		c.journal.Warn("rpc: metadata, deadlines and the caller's name do not reach the server over this transport; use rpc.TTHeader",
			"transport", c.config.transport.Name())
	}
}

// Receive reads the reply.
func (c *clientCall) Receive(ctx context.Context, m *Message) (transport.Receipt, error) {
	if m.Metadata != nil {
		receiveBackward(ctx, m.Metadata)
	}
	if m.Type == MessageException {
		return receiveException(m, m.Sequence == c.Sequence)
	}
	b := c.method
	if b.out == nil { // of a oneway method, which gRPC answers
		return transport.Receipt{Answered: true}, nil
	}
	n, err := c.arena.Decode(b.out, m.Format, m.Body, c.result)
	if c.arena != nil && err == nil && b.thrown(c.result) >= 0 {
		b.out.At(c.result).SetZero()
		n, err = (*memory.ReplyArena)(nil).Decode(b.out, m.Format, m.Body, c.result) // the exception is the caller's own
	}
	if err != nil {
		return transport.Receipt{}, &Error{Code: CodeInvalidReply, Err: err}
	}
	if n != len(m.Body) {
		return transport.Receipt{}, &Error{Code: CodeInvalidReply, Message: "bytes follow on the result"}
	}
	return transport.Receipt{Answered: true, Aliases: b.out.Aliases}, b.answer(m, c.result, c.client.config.strict)
}

// receiveBackward hands on what the server sent back, if the caller's context takes it: under the handler's own keys, which is
// what Kitex does, or with a prefix before them.
func receiveBackward(ctx context.Context, metadata map[string]string) {
	for key, value := range metadata {
		metainfo.SetBackwardValue(ctx, strings.TrimPrefix(key, metainfo.PrefixBackward), value)
	}
}

// receiveException reads the exception that a reply holds. Some servers close the connection after one that no handler returned. Some do
// not echo sequence ids: where the call's is not there, as echoed says, the exception may be the answer to another call, and does not
// tell that this one was not executed.
func receiveException(m *Message, echoed bool) (transport.Receipt, error) {
	e, err := thrift.ReadException(m)
	if err != nil {
		return transport.Receipt{}, &Error{Code: CodeInvalidReply, Message: "an exception that cannot be read", Err: err}
	}
	code := Code(e.Type)
	if !code.Remote() || code < 0 {
		code = CodeUnknown
	}
	wrong := &Error{Code: code, Message: e.Message, Retryable: code == CodeOverloaded && echoed}
	return transport.Receipt{Answered: true, Doubtful: code != CodeInternal && code != CodeOverloaded}, wrong
}

// thrown returns which field of a result is an exception, -1 if none is.
func (b *boundMethod) thrown(result unsafe.Pointer) int {
	first := 0
	if b.Returns {
		first = 1
	}
	for i := first; i < len(b.out.Offsets); i++ {
		// The fields behind the success are pointers to exceptions.
		if firstWord(b.out.Field(result, i)) {
			return i
		}
	}
	return -1
}

// answer returns what a result says: nothing for a success.
func (b *boundMethod) answer(m *Message, result unsafe.Pointer, strict bool) error {
	if m.Business != nil && m.Business.Status != 0 {
		return m.Business
	}
	if i := b.thrown(result); i >= 0 {
		return b.out.At(result).Field(i).Interface().(error)
	}
	empty := thrift.IsEmpty(m.Body)
	switch {
	case b.Returns && firstWord(result), empty && !b.Returns, empty && b.Nilable && !strict:
		return nil
	case !empty:
		return &Error{Code: CodeMissingResult, Message: "the reply holds an exception that is not declared here; " +
			"declare it with rpc.Throws, or the tag throws"}
	}
	return &Error{Code: CodeMissingResult, Message: "the reply holds neither a result nor a declared exception"}
}

// callInfo describes a call of a method to interceptors; count is nil unless that is a stream.
func (c *Client) callInfo(b *boundMethod, count *MessageCount) *CallInfo {
	return &CallInfo{
		Side: ClientSide, Service: c.config.service, Method: b.Name, Oneway: b.Oneway,
		Protocol: c.config.transport.Name(), Format: b.format, Caller: c.config.caller, Declares: b.declares,
		ClientStreams: b.ClientStreams, ServerStreams: b.ServerStreams, Messages: count,
	}
}

// streamCaller is what a client knows of its calls of a stream.
type streamCaller struct {
	client *Client
	method *boundMethod
}

// Describe is that of streaming.Caller.
func (s *streamCaller) Describe(count *MessageCount) *CallInfo {
	return s.client.callInfo(s.method, count)
}

// Prepare is that of streaming.Caller. The time of calls without a deadline is not that of streams.
func (s *streamCaller) Prepare(ctx context.Context, call *transport.Call) {
	s.client.prepare(ctx, s.method, call)
	call.Deadline, call.Reply = s.method.plan.For(ctx).Deadline(ctx, 0), &clientCall{client: s.client, method: s.method}
}

// Receive is that of streaming.Caller.
func (s *streamCaller) Receive(ctx context.Context, metadata map[string]string) {
	receiveBackward(ctx, metadata)
}
