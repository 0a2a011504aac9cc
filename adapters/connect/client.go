package connectadapter

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"strings"

	"connectrpc.com/connect"
	"github.com/tagwire/tagwire/adapters/connect/internal/message"
	"github.com/tagwire/tagwire/rpc"
)

// Fill sets the func fields of the contract, a pointer to a struct as rpc.WithContract takes it, to functions that call the service
// of that name. about are options of the contract, such as rpc.Exceptions and rpc.Protobuf; the others are connect's. Errors of the functions are
// declared exceptions, a *rpc.BizError or a *rpc.Error, in which errors.As finds the *connect.Error. The error of Fill is about the contract.
//
// A function that streams makes a call each time that its iterator is used, and the call ends when the caller leaves the loop. The requests
// of a bidirectional stream are taken by a goroutine of the call.
func Fill(client connect.HTTPClient, baseURL, service string, target any, about []rpc.ContractOption, options ...connect.ClientOption) error {
	thrift, proto := connect.WithCodec(NewCodec()), connect.WithCodec(NewProtoCodec())
	called := func(m *message.Method) *calledMethod {
		codec, client := thrift, client
		if m.ClientStreams {
			client = message.Abortable{HTTPClient: client}
		}
		if m.Protobuf {
			codec = proto
		}
		own := connect.WithClientOptions(codec, connect.WithClientOptions(options...), connect.WithResponseInitializer(newReply(m)))
		return &calledMethod{m, connect.NewClient[Message, Message](client, strings.TrimSuffix(baseURL, "/")+m.Procedure(), own)}
	}
	return message.Fill(service, target, about,
		func(m *message.Method) message.Exchange { return called(m).exchange },
		func(m *message.Method) message.Open { return called(m).open })
}

// newReply returns what gives a message the type of the method's replies.
func newReply(m *message.Method) func(connect.Spec, any) error {
	return func(_ connect.Spec, v any) error {
		made := v.(*Message)
		made.Value, made.empty = m.NewReply(), true
		return nil
	}
}

// calledMethod is a method of a contract with a client for it.
type calledMethod struct {
	*message.Method
	client *connect.Client[Message, Message]
}

// exchange makes a call.
func (m *calledMethod) exchange(ctx context.Context, value any, headers map[string][]string) (any, error) {
	ctx, end := message.Refusable(ctx)
	defer end(nil)
	request := connect.NewRequest(&Message{Value: value, refused: end})
	setFields(request.Header(), headers)
	reply, err := m.client.CallUnary(ctx, request)
	if refused := m.Refused(ctx); refused != nil {
		return nil, refused
	}
	switch {
	case err != nil:
		return nil, m.ErrorOf(err, describe(err))
	case reply.Msg.empty:
		if err := m.AcceptEmpty(reply.Msg.Value); err != nil {
			return nil, err
		}
	}
	return reply.Msg.Value, nil
}

// setFields sets header fields.
func setFields(header http.Header, fields map[string][]string) {
	for key, values := range fields {
		header[http.CanonicalHeaderKey(key)] = values
	}
}

// describe returns what package message knows of an error of connect.
func describe(err error) *message.Failure {
	f := &message.Failure{Code: uint32(connect.CodeOf(err)), Name: connect.CodeOf(err).String(), Message: err.Error()}
	var own *connect.Error
	if !errors.As(err, &own) {
		return f
	}
	f.Message, f.Metadata = own.Message(), maps.Clone(own.Meta())
	for _, d := range own.Details() {
		f.Details = append(f.Details, message.Detail{Type: d.Type(), Value: d.Bytes()})
	}
	return f
}
