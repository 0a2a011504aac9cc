package grpcadapter

import (
	"context"

	"github.com/tagwire/tagwire/rpc"
	"github.com/tagwire/tagwire/rpc/contract"
	rpcgrpc "github.com/tagwire/tagwire/rpc/grpc"
	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
)

// Fill sets the func fields of the contract, a pointer to a struct as rpc.WithContract takes it, to functions that call the service
// of that name over conn, with the codec of Thrift, or of Protobuf with the option rpc.Protobuf. Their errors are declared exceptions, a
// *rpc.BizError or a *rpc.Error, in which status.FromError finds the status. The error of Fill is about the contract.
//
// A function that streams makes a call each time that its iterator is used, and the call ends when the caller leaves the loop. The requests
// of a bidirectional stream are taken by a goroutine of the call.
func Fill(conn grpc.ClientConnInterface, service string, target any, options ...rpc.ContractOption) error {
	protoCodec := grpc.ForceCodecV2(NewProtoCodec())
	return contract.NewReader(options).Fill(target, func(f *contract.Field) (contract.Body, error) {
		called := &calledMethod{newMethod(service, f.Method), conn, grpc.CallContentSubtype(Name)}
		if f.Protobuf {
			called.codec = protoCodec
		}
		if f.Streams() {
			return called.streamBody(f), nil
		}
		return called.Body(f, called.exchange), nil
	})
}

// calledMethod is a method of a contract on a connection.
type calledMethod struct {
	*method
	conn  grpc.ClientConnInterface
	codec grpc.CallOption
}

// exchange makes a call.
func (m *calledMethod) exchange(ctx context.Context, request any) (reply any, err error) {
	if ctx, err = send(ctx); err != nil {
		return nil, err
	}
	reply = m.NewReply()
	var header, trailer metadata.MD
	err = m.conn.Invoke(ctx, m.fullName(), request, reply, m.codec, grpc.Header(&header), grpc.Trailer(&trailer))
	rpcgrpc.ReplyOf(ctx).Receive(visible(header), visible(trailer))
	if err != nil {
		return nil, m.errorOf(err, trailer)
	}
	return reply, nil
}
