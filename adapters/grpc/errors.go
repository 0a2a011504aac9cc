package grpcadapter

import (
	"context"
	"strings"

	"github.com/tagwire/tagwire/rpc"
	rpcgrpc "github.com/tagwire/tagwire/rpc/grpc"
	spb "google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/anypb"
)

// statusOf returns what is sent for an error of the handler.
func (m *method) statusOf(ctx context.Context, err error) error {
	s, trailer := m.statusFor(err)
	if len(trailer) > 0 {
		if err := grpc.SetTrailer(ctx, metadata.MD(trailer)); err != nil {
			return err
		}
	}
	return toPeer(s)
}

// statusFor returns the status and the trailer for an error of the handler.
func (m *method) statusFor(err error) (*rpcgrpc.Status, rpcgrpc.Metadata) {
	return rpcgrpc.StatusOf(err, m.Method, m.service)
}

// toPeer returns a status as an error of grpc-go.
func toPeer(s *rpcgrpc.Status) error {
	if len(s.Details) == 0 {
		return status.Error(codes.Code(s.Code), s.Message)
	}
	// Details cannot be sent beside a text that is not UTF-8.
	sent := &spb.Status{Code: int32(s.Code), Message: strings.ToValidUTF8(s.Message, "\uFFFD")}
	for _, d := range s.Details {
		sent.Details = append(sent.Details, &anypb.Any{TypeUrl: d.TypeURL, Value: d.Value})
	}
	return status.ErrorProto(sent)
}

// fromPeer returns a status of grpc-go. It is that of an error, so OK is not what it means.
func fromPeer(s *status.Status) *rpcgrpc.Status {
	made := &rpcgrpc.Status{Code: rpcgrpc.Code(s.Code()), Message: s.Message()}
	if made.Code == rpcgrpc.OK {
		made.Code = rpcgrpc.Unknown
	}
	for _, d := range s.Proto().GetDetails() {
		made.Details = append(made.Details, rpcgrpc.Any{TypeURL: d.TypeUrl, Value: d.Value})
	}
	return made
}

// errorOf returns the error of a call from that of grpc.
func (m *method) errorOf(err error, trailer metadata.MD) error {
	s, _ := status.FromError(err)
	err = fromPeer(s).Err(m.Method, m.service, rpcgrpc.Metadata(trailer))
	if failure, ok := err.(*rpc.Error); ok {
		failure.Err = &statusError{s, failure.Err}
	}
	return err
}

// statusError is the status in an rpc.Error, which has the message already.
type statusError struct {
	status *status.Status
	error
}

// GRPCStatus is what status.FromError looks for.
func (e *statusError) GRPCStatus() *status.Status { return e.status }

// Unwrap returns the same status as package rpc/grpc has it.
func (e *statusError) Unwrap() error { return e.error }
