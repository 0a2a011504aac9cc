// Package conformance is the service, the server and the client of connectrpc.com/conformance, for a framework for gRPC. Its messages
// are structs with tags by hand.
package conformance

import (
	"context"
	"iter"

	"github.com/tagwire/tagwire/rpc/interop/grpc/framework"
)

// Name is the service's.
const Name = "connectrpc.conformance.v1.ConformanceService"

// typePrefix begins the type of a message in an Any.
const typePrefix = "type.googleapis.com/connectrpc.conformance.v1."

// Header is a field of a header or of a trailer.
type Header struct {
	Name  string   `protobuf:"1"`
	Value []string `protobuf:"2"`
}

// Error is a status.
type Error struct {
	Code    int32            `protobuf:"1"`
	Message *string          `protobuf:"2"`
	Details []*framework.Any `protobuf:"3"`
}

// UnaryResponseDefinition says what a server shall answer with one message.
type UnaryResponseDefinition struct {
	ResponseHeaders  []*Header `protobuf:"1"`
	ResponseData     []byte    `protobuf:"2,optional"`
	Error            *Error    `protobuf:"3"`
	ResponseTrailers []*Header `protobuf:"4"`
	RawResponse      []byte    `protobuf:"5,optional"` // a message for the reference server, which is only passed on
	ResponseDelayMS  uint32    `protobuf:"6"`
}

// StreamResponseDefinition says what a server shall answer with any number of messages.
type StreamResponseDefinition struct {
	ResponseHeaders  []*Header `protobuf:"1"`
	ResponseData     [][]byte  `protobuf:"2"`
	ResponseDelayMS  uint32    `protobuf:"3"`
	Error            *Error    `protobuf:"4"`
	ResponseTrailers []*Header `protobuf:"5"`
	RawResponse      []byte    `protobuf:"6,optional"`
}

// UnaryRequest is the request of Unary, and a request of ClientStream.
type UnaryRequest struct {
	ResponseDefinition *UnaryResponseDefinition `protobuf:"1"`
	RequestData        []byte                   `protobuf:"2"`
}

// ServerStreamRequest is the request of ServerStream.
type ServerStreamRequest struct {
	ResponseDefinition *StreamResponseDefinition `protobuf:"1"`
	RequestData        []byte                    `protobuf:"2"`
}

// BidiStreamRequest is a request of BidiStream.
type BidiStreamRequest struct {
	ResponseDefinition *StreamResponseDefinition `protobuf:"1"`
	FullDuplex         bool                      `protobuf:"2"`
	RequestData        []byte                    `protobuf:"3"`
}

// Response is the response of each method.
type Response struct {
	Payload *Payload `protobuf:"1"`
}

// Payload is what the request asked for, and what the server has seen of it.
type Payload struct {
	Data        []byte       `protobuf:"1"`
	RequestInfo *RequestInfo `protobuf:"2"`
}

// RequestInfo is what a server has seen of a call.
type RequestInfo struct {
	RequestHeaders []*Header        `protobuf:"1"`
	TimeoutMS      *int64           `protobuf:"2"`
	Requests       []*framework.Any `protobuf:"3"`
}

// Empty is the request and the response of Unimplemented.
type Empty struct{}

// Functions is the contract that a server has, with methods of all four kinds.
type Functions struct {
	Unary        func(context.Context, *UnaryRequest) (*Response, error)
	ServerStream func(context.Context, *ServerStreamRequest) iter.Seq2[*Response, error]
	ClientStream func(context.Context, iter.Seq2[*UnaryRequest, error]) (*Response, error)
	BidiStream   func(context.Context, iter.Seq2[*BidiStreamRequest, error]) iter.Seq2[*Response, error]
}

// Calls is the contract of a client, which also calls what no server has.
type Calls struct {
	Functions
	Unimplemented func(context.Context, *Empty) (*Empty, error)
}
