// Package testservice is the service of the interoperation tests of all gRPC libraries, grpc.testing.TestService, with messages that
// are structs with tags by hand, and the cases that a client has to pass.
package testservice

import (
	"context"
	"iter"
)

// Name is the service's.
const Name = "grpc.testing.TestService"

// Empty is grpc.testing.Empty.
type Empty struct{}

// BoolValue is grpc.testing.BoolValue.
type BoolValue struct {
	Value bool `protobuf:"1"`
}

// Payload is grpc.testing.Payload. Its type is always COMPRESSABLE, which is 0.
type Payload struct {
	Type int32  `protobuf:"1"`
	Body []byte `protobuf:"2"`
}

// EchoStatus is the status that the server shall return.
type EchoStatus struct {
	Code    int32  `protobuf:"1"`
	Message string `protobuf:"2"`
}

// SimpleRequest is grpc.testing.SimpleRequest without what needs credentials.
type SimpleRequest struct {
	ResponseType       int32       `protobuf:"1"`
	ResponseSize       int32       `protobuf:"2"`
	Payload            *Payload    `protobuf:"3"`
	ResponseCompressed *BoolValue  `protobuf:"6"`
	ResponseStatus     *EchoStatus `protobuf:"7"`
	ExpectCompressed   *BoolValue  `protobuf:"8"`
	FillServerID       bool        `protobuf:"9"`
}

// SimpleResponse is grpc.testing.SimpleResponse.
type SimpleResponse struct {
	Payload    *Payload `protobuf:"1"`
	Username   string   `protobuf:"2"`
	OAuthScope string   `protobuf:"3"`
	ServerID   string   `protobuf:"4"`
}

// StreamingInputCallRequest is grpc.testing.StreamingInputCallRequest.
type StreamingInputCallRequest struct {
	Payload *Payload `protobuf:"1"`
}

// StreamingInputCallResponse is grpc.testing.StreamingInputCallResponse.
type StreamingInputCallResponse struct {
	AggregatedPayloadSize int32 `protobuf:"1"`
}

// ResponseParameters says what one message of a stream shall be.
type ResponseParameters struct {
	Size       int32      `protobuf:"1"`
	IntervalUS int32      `protobuf:"2"`
	Compressed *BoolValue `protobuf:"3"`
}

// StreamingOutputCallRequest is grpc.testing.StreamingOutputCallRequest.
type StreamingOutputCallRequest struct {
	ResponseType       int32                 `protobuf:"1"`
	ResponseParameters []*ResponseParameters `protobuf:"2"`
	Payload            *Payload              `protobuf:"3"`
	ResponseStatus     *EchoStatus           `protobuf:"7"`
}

// StreamingOutputCallResponse is grpc.testing.StreamingOutputCallResponse.
type StreamingOutputCallResponse struct {
	Payload *Payload `protobuf:"1"`
}

// Functions is the contract, with methods of all four kinds.
type Functions struct {
	EmptyCall           func(context.Context, *Empty) (*Empty, error)
	UnaryCall           func(context.Context, *SimpleRequest) (*SimpleResponse, error)
	StreamingOutputCall func(context.Context, *StreamingOutputCallRequest) iter.Seq2[*StreamingOutputCallResponse, error]
	StreamingInputCall  func(context.Context, iter.Seq2[*StreamingInputCallRequest, error]) (*StreamingInputCallResponse, error)
	FullDuplexCall      func(context.Context, iter.Seq2[*StreamingOutputCallRequest, error]) iter.Seq2[*StreamingOutputCallResponse, error]
	HalfDuplexCall      func(context.Context, iter.Seq2[*StreamingOutputCallRequest, error]) iter.Seq2[*StreamingOutputCallResponse, error]
}

// Missing are methods that no server has: one of a service that it has, and one of a service that it does not have either.
type Missing struct {
	UnimplementedCall func(context.Context, *Empty) (*Empty, error)
}

// UnimplementedName is a service that no server has.
const UnimplementedName = "grpc.testing.UnimplementedService"
