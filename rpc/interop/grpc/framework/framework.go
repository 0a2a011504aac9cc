// Package framework has what services and callers of this module need of a framework for gRPC beside the functions of a contract:
// metadata and statuses. Two frameworks have it, package rpc and grpc-go, so that a service that misbehaves can be told from a framework
// that does.
package framework

import (
	"context"
	"crypto/tls"
	"net"
	"time"

	"github.com/tagwire/tagwire/rpc"
	"google.golang.org/grpc"
)

// Metadata is what comes before or after the messages of one direction, by names in lower case. The values of a name that ends in -bin
// are any bytes.
type Metadata map[string][]string

// A Status is how a call ended.
type Status struct {
	Code    int32
	Message string
	Details []*Any
}

// Any is google.protobuf.Any.
type Any struct {
	TypeURL string `protobuf:"1"`
	Value   []byte `protobuf:"2"`
}

// An Answer receives what the server of a call sent beside messages. It is complete when the call has ended.
type Answer interface {
	Header() Metadata
	Trailer() Metadata
}

// Options are those of a server or a client.
type Options struct {
	TLS *tls.Config
	// MaxReceive is the largest message that is accepted, 0 for the framework's own limit.
	MaxReceive int
	// Compress makes a client compress with gzip.
	Compress bool
	// ConnectionAge is how old a server lets a connection become before it asks the client for another one, 0 for any age.
	ConnectionAge time.Duration
}

// A Service is served.
type Service struct {
	Name string
	// Implement adds the methods for package rpc.
	Implement func(*rpc.Service)
	// Methods are the same for grpc-go.
	Methods []Method
}

// A Contract is called.
type Contract struct {
	Service string
	// Functions is a pointer to the struct, for package rpc.
	Functions any
	// Fill sets the functions for grpc-go.
	Fill func(grpc.ClientConnInterface)
}

// A Server serves until one of its functions has returned.
type Server struct {
	Stop  func() // at once
	Drain func() // when all calls have ended, in which none begins
}

// A Framework serves and calls.
type Framework interface {
	// Serve begins to serve.
	Serve(listener net.Listener, options Options, services ...Service) (*Server, error)
	// Dial sets the functions of a contract until stop is called.
	Dial(address string, options Options, contract Contract) (stop func(), err error)

	// Received returns the metadata of a call that a handler has.
	Received(ctx context.Context) Metadata
	// SetHeader and SetTrailer say what the handler's answer has.
	SetHeader(ctx context.Context, m Metadata)
	SetTrailer(ctx context.Context, m Metadata)
	// SendHeader sends what SetHeader said before the first message is there.
	SendHeader(ctx context.Context)
	// Error returns the error of a handler.
	Error(Status) error

	// Attach returns a context for calls with metadata.
	Attach(ctx context.Context, m Metadata) context.Context
	// Collect returns a context for one call.
	Collect(ctx context.Context) (context.Context, Answer)
	// StatusOf says what an error of a call is.
	StatusOf(err error) Status
}
