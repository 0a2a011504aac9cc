package framework

import (
	"context"
	"net"
	"time"

	"github.com/tagwire/tagwire/rpc"
	"github.com/tagwire/tagwire/rpc/grpc"
	"github.com/tagwire/tagwire/rpc/grpc/health"
)

// Tagwire is package rpc.
type Tagwire struct{}

// Serve begins to serve.
func (Tagwire) Serve(listener net.Listener, options Options, services ...Service) (*Server, error) {
	settings := []rpc.ServerOption{rpc.WithReflection(), rpc.WithHealth(health.New())}
	if options.TLS != nil {
		settings = append(settings, rpc.WithTLS(options.TLS))
	}
	if options.MaxReceive > 0 {
		settings = append(settings, rpc.WithLimits(rpc.Limits{MaxFrame: options.MaxReceive}))
	}
	if options.ConnectionAge > 0 {
		settings = append(settings, rpc.WithConnectionAge(options.ConnectionAge, time.Minute))
	}
	server := rpc.NewServer(settings...)
	for _, s := range services {
		svc := rpc.NewService(s.Name)
		s.Implement(svc)
		if err := server.Register(svc); err != nil {
			return nil, err
		}
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = server.Serve(listener)
	}()
	end := func(stop func() error) func() {
		return func() {
			_ = stop()
			<-done
		}
	}
	return &Server{Stop: end(server.Close), Drain: end(func() error { return server.Shutdown(context.Background()) })}, nil
}

// Dial sets the functions of a contract until stop is called.
func (Tagwire) Dial(address string, options Options, contract Contract) (stop func(), err error) {
	settings := []rpc.ClientOption{
		rpc.WithTransport(rpc.GRPC), rpc.WithAddresses(address), rpc.WithService(contract.Service), rpc.WithTimeout(0),
		rpc.WithConnectTimeout(time.Minute), // the race detector watches on a busy machine
		rpc.WithContract(contract.Functions, rpc.Protobuf()),
	}
	if options.TLS != nil {
		settings = append(settings, rpc.WithTLS(options.TLS))
	}
	if options.MaxReceive > 0 {
		settings = append(settings, rpc.WithLimits(rpc.Limits{MaxFrame: options.MaxReceive}))
	}
	if options.Compress {
		settings = append(settings, rpc.WithCompression("gzip"))
	}
	client, err := rpc.NewClient(settings...)
	if err != nil {
		return nil, err
	}
	return func() { _ = client.Close() }, nil
}

// Received returns the metadata of a call that a handler has.
func (Tagwire) Received(ctx context.Context) Metadata { return Metadata(grpc.IncomingMetadata(ctx)) }

// SetHeader says what comes before the first message.
func (Tagwire) SetHeader(ctx context.Context, m Metadata) { _ = grpc.SetHeader(ctx, grpc.Metadata(m)) }

// SetTrailer says what comes after the last message.
func (Tagwire) SetTrailer(ctx context.Context, m Metadata) {
	_ = grpc.SetTrailer(ctx, grpc.Metadata(m))
}

// SendHeader does nothing: the functions of a contract have no way to send that before the first message.
func (Tagwire) SendHeader(context.Context) {}

// Error returns the error of a handler.
func (Tagwire) Error(s Status) error {
	made := &grpc.Status{Code: grpc.Code(s.Code), Message: s.Message}
	for _, detail := range s.Details {
		made.Details = append(made.Details, grpc.Any{TypeURL: detail.TypeURL, Value: detail.Value})
	}
	return made
}

// Attach returns a context for calls with metadata.
func (Tagwire) Attach(ctx context.Context, m Metadata) context.Context {
	return grpc.WithMetadata(ctx, grpc.Metadata(m))
}

// reply is an Answer.
type reply struct{ grpc.Reply }

func (r *reply) Header() Metadata  { return Metadata(r.Reply.Header()) }
func (r *reply) Trailer() Metadata { return Metadata(r.Reply.Trailer()) }

// Collect returns a context for one call.
func (Tagwire) Collect(ctx context.Context) (context.Context, Answer) {
	r := &reply{}
	return grpc.WithReply(ctx, &r.Reply), r
}

// StatusOf says what an error of a call is.
func (Tagwire) StatusOf(err error) Status {
	s, _ := grpc.StatusOf(err, nil, "")
	if s == nil {
		return Status{}
	}
	found := Status{Code: int32(s.Code), Message: s.Message}
	for _, detail := range s.Details {
		found.Details = append(found.Details, &Any{TypeURL: detail.TypeURL, Value: detail.Value})
	}
	return found
}
