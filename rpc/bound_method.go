package rpc

import (
	"reflect"
	"slices"
	"unsafe"

	"github.com/tagwire/tagwire"
	"github.com/tagwire/tagwire/rpc/contract"
	"github.com/tagwire/tagwire/rpc/invoke"
	"github.com/tagwire/tagwire/rpc/memory"
	"github.com/tagwire/tagwire/rpc/message"
	"github.com/tagwire/tagwire/rpc/policy"
	"github.com/tagwire/tagwire/rpc/streaming"
)

// boundMethod is a method in use by one server or client, under its limits.
type boundMethod struct {
	*contract.Method
	nameBytes []byte             // Method.Name
	sentName  []byte             // on a client, what goes on the wire: with the service's name before it, if that is asked for
	in, out   *memory.Structs    // of arguments and result; out is nil if there is no reply
	messages  [2]*memory.Structs // arguments and result over gRPC, which sends what they point to, if that is a struct
	invoke    invoke.Invoker     // on a server
	streaming *streaming.Method  // if it is a stream
	request   *memory.Single     // of a stream: of the caller's messages
	calls     *streaming.Calls   // on a client, of a stream
	service   string             // the service it belongs to; on a client "" for its own
	plan      *policy.Plan       // on a client
	format    tagwire.Format     // on a client, of its messages
	gate      policy.Gate        // on a server
	declares  func(error) bool   // isDeclared, made once

	requests *memory.RequestArenas // on a server, for requests whose memory is used again; nil if it is not
}

// bind takes a method into use.
func bind(l *memory.Types, s *contract.Method) (*boundMethod, error) {
	if s.Streams() {
		return newBoundStream(l, s)
	}
	b := &boundMethod{Method: s, nameBytes: []byte(s.Name)}
	b.declares = b.isDeclared
	of, advice := l.Of, ""
	if s.Protobuf {
		of, advice = l.OfMessage, "adapters/grpc and adapters/connect may carry this message; package rpc cannot"
	}
	var err error
	if b.in, err = of(s.Arguments); err == nil && s.Result != nil {
		b.out, err = of(s.Result)
	}
	if err != nil {
		return nil, &Error{Code: CodeContract, Method: s.Name, Message: advice, Err: err}
	}
	return b, b.bindMessages(l)
}

// bindMessages sets what is sent over gRPC.
func (b *boundMethod) bindMessages(l *memory.Types) (err error) {
	b.messages = [2]*memory.Structs{b.in, b.out}
	if b.Protobuf || !slices.Contains(l.Formats, tagwire.ThriftBinary) {
		return nil
	}
	if b.out == nil { // gRPC answers all calls
		if b.messages[1], err = l.Of(reflect.TypeFor[Void]()); err != nil {
			return &Error{Code: CodeContract, Method: b.Name, Err: err}
		}
	}
	request, reply := contract.MessagesOf(b.Method).Bare()
	if request {
		b.messages[0], err = l.OfBare(b.Arguments, tagwire.ThriftBinary)
	}
	if reply && err == nil {
		b.messages[1], err = l.OfBare(b.Result, tagwire.ThriftBinary)
	}
	if err != nil {
		return &Error{Code: CodeContract, Method: b.Name, Err: err}
	}
	return nil
}

// newBoundStream takes a stream into use.
func newBoundStream(l *memory.Types, s *contract.Method) (*boundMethod, error) {
	made, err := streaming.Bind(l, s)
	if err != nil {
		return nil, err
	}
	b := &boundMethod{Method: s, nameBytes: []byte(s.Name), streaming: made, request: made.Request}
	b.declares = b.isDeclared
	return b, nil
}

// isDeclared reports whether err is, or wraps, an exception that the method declares, or a business error.
func (b *boundMethod) isDeclared(err error) (declared bool) {
	defer func() {
		if recover() != nil {
			declared = false // a method of the error panicked
		}
	}()
	if message.Business(err) != nil {
		return true
	}
	i, _ := b.ExceptionOf(err)
	return i >= 0
}

// newAttempts begins a call that interceptors may repeat.
func (b *boundMethod) newAttempts() *policy.Attempts {
	if b.out == nil {
		return policy.NewAttempts(nil)
	}
	return policy.NewAttempts(b.out)
}

// end is called when the interceptors have returned err. It returns the result, unless there is an error or no reply. used
// reports that an attempt goes on, or has panicked, with the arguments of the call.
func (b *boundMethod) end(all *policy.Attempts, err error) (result unsafe.Pointer, used bool, failure error) {
	result, succeeded, used := all.End()
	if err == nil && !succeeded && b.Returns {
		err = &Error{Code: CodeMissingResult, Method: b.Name, Message: "an interceptor returned no error, and there is no result"}
	}
	switch {
	case err != nil && result != nil:
		b.out.Put(result)
		result = nil
	case err == nil && result == nil && b.out != nil:
		result = b.out.Get()
	}
	return result, used, err
}

// newArguments returns an empty struct of arguments for a handler. If that is a type of the user's, it has its defaults. a is the
// arena of the call, nil for memory of its own.
func (b *boundMethod) newArguments(a *memory.RequestArena) unsafe.Pointer {
	if !b.Retained {
		return b.in.Get()
	}
	var p unsafe.Pointer
	if a == nil {
		p = b.in.Fresh()
	} else {
		p = b.in.Get()
	}
	b.in.SetDefaults(p)
	return p
}

// reuse takes back the arguments of a call, and their arena, if there is one. Nothing may refer to either any more, unless the
// handler may keep them.
func (b *boundMethod) reuse(arguments unsafe.Pointer, a *memory.RequestArena) {
	if !b.Retained || a != nil {
		b.in.Put(arguments)
	}
	if a != nil {
		b.requests.Put(a)
	}
}

// firstWord reports whether the first word of the struct at p is not zero. A result's first field is the success,
// whose first word is a pointer, which is nil if there is none.
func firstWord(p unsafe.Pointer) bool { return *(*unsafe.Pointer)(p) != nil }
