package connectv2

import (
	"context"
	"errors"
	"maps"
	"net/http"

	"connectrpc.com/connect/v2"
	"github.com/tagwire/tagwire/adapters/connect/internal/message"
	"github.com/tagwire/tagwire/rpc"
)

// Fill sets the func fields of the contract, a pointer to a struct as rpc.WithContract takes it, to functions that call the service
// of that name by client, whose transport needs the codec of this package. Errors of the functions are declared exceptions, a
// *rpc.BizError or a *rpc.Error, in which errors.As finds the *connect.Error. The error of Fill is about the contract.
//
// A function that streams makes a call each time that its iterator is used, and the call ends when the caller leaves the loop. The requests
// of a bidirectional stream are taken by a goroutine of the call.
func Fill(client *connect.Client, service string, target any, options ...rpc.ContractOption) error {
	return message.Fill(service, target, options,
		func(m *message.Method) message.Exchange { return (&calledMethod{m, client}).exchange },
		func(m *message.Method) message.Open { return (&calledMethod{m, client}).open })
}

// calledMethod is a method of a contract with a client for it.
type calledMethod struct {
	*message.Method
	client *connect.Client
}

// exchange makes a call. The CallInfo of the caller's context is used, if there is one.
func (m *calledMethod) exchange(ctx context.Context, request any, headers map[string][]string) (any, error) {
	ctx, end := message.Refusable(ctx)
	defer end(nil)
	ctx = context.WithValue(ctx, refusalKey{}, &refusal{request, end})
	info, ok := connect.CallInfoForClientContext(ctx)
	if !ok {
		ctx, info = connect.NewClientContext(ctx)
	}
	for key, values := range headers {
		info.RequestHeader().SetValues(key, values)
	}
	reply := m.NewReply()
	err := m.client.CallUnary(ctx, specOf(m.Method), request, reply)
	if refused := m.Refused(ctx); refused != nil {
		return nil, refused
	}
	switch {
	case err != nil:
		return nil, m.ErrorOf(err, describe(err, info))
	case isEmpty(info):
		if err := m.AcceptEmpty(reply); err != nil {
			return nil, err
		}
	}
	return reply, nil
}

// describe returns what package message knows of an error of connect.
func describe(err error, info *connect.CallInfo) *message.Failure {
	f := &message.Failure{Code: uint32(connect.CodeOf(err)), Name: connect.CodeOf(err).String(), Message: err.Error(), Metadata: http.Header{}}
	var own *connect.Error
	if !errors.As(err, &own) {
		return f
	}
	f.Message = own.Message()
	for _, d := range own.Details() {
		f.Details = append(f.Details, message.Detail{Type: d.Type, Value: d.Value})
	}
	// Peers send the metadata of an error in headers or in trailers.
	maps.Insert(f.Metadata, info.ResponseHeader().All())
	maps.Insert(f.Metadata, info.ResponseTrailer().All())
	return f
}
