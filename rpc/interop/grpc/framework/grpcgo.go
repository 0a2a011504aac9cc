package framework

import (
	"context"
	"net"

	spb "google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/encoding/gzip"
	"google.golang.org/grpc/health"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	// Reflection finds the description of the service there.
	_ "google.golang.org/grpc/interop/grpc_testing"
	"google.golang.org/grpc/keepalive"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/reflection"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/anypb"
)

// GRPCGo is grpc-go.
type GRPCGo struct{}

// Serve begins to serve.
func (GRPCGo) Serve(listener net.Listener, options Options, services ...Service) (*Server, error) {
	settings := []grpc.ServerOption{grpc.ForceServerCodec(codec{})}
	if options.TLS != nil {
		settings = append(settings, grpc.Creds(credentials.NewTLS(options.TLS)))
	}
	if options.MaxReceive > 0 {
		settings = append(settings, grpc.MaxRecvMsgSize(options.MaxReceive))
	}
	if options.ConnectionAge > 0 {
		settings = append(settings, grpc.KeepaliveParams(keepalive.ServerParameters{MaxConnectionAge: options.ConnectionAge}))
	}
	server := grpc.NewServer(settings...)
	for _, s := range services {
		server.RegisterService(describe(s), nil)
	}
	healthpb.RegisterHealthServer(server, health.NewServer())
	reflection.Register(server)
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = server.Serve(listener)
	}()
	end := func(stop func()) func() {
		return func() {
			stop()
			<-done
		}
	}
	return &Server{Stop: end(server.Stop), Drain: end(server.GracefulStop)}, nil
}

// Dial sets the functions of a contract until stop is called.
func (GRPCGo) Dial(address string, options Options, contract Contract) (stop func(), err error) {
	secure := insecure.NewCredentials()
	if options.TLS != nil {
		secure = credentials.NewTLS(options.TLS)
	}
	calls := []grpc.CallOption{grpc.ForceCodec(codec{})}
	if options.Compress {
		calls = append(calls, grpc.UseCompressor(gzip.Name))
	}
	if options.MaxReceive > 0 {
		calls = append(calls, grpc.MaxCallRecvMsgSize(options.MaxReceive))
	}
	conn, err := grpc.NewClient("passthrough:///"+address, grpc.WithTransportCredentials(secure), grpc.WithDefaultCallOptions(calls...))
	if err != nil {
		return nil, err
	}
	contract.Fill(conn)
	return func() { _ = conn.Close() }, nil
}

// Received returns the metadata of a call that a handler has.
func (GRPCGo) Received(ctx context.Context) Metadata {
	m, _ := metadata.FromIncomingContext(ctx)
	return Metadata(m)
}

// SetHeader says what comes before the first message.
func (GRPCGo) SetHeader(ctx context.Context, m Metadata) { _ = grpc.SetHeader(ctx, metadata.MD(m)) }

// SetTrailer says what comes after the last message.
func (GRPCGo) SetTrailer(ctx context.Context, m Metadata) { _ = grpc.SetTrailer(ctx, metadata.MD(m)) }

// SendHeader sends what SetHeader said.
func (GRPCGo) SendHeader(ctx context.Context) { _ = grpc.SendHeader(ctx, nil) }

// Error returns the error of a handler.
func (GRPCGo) Error(s Status) error {
	wire := &spb.Status{Code: s.Code, Message: s.Message}
	for _, detail := range s.Details {
		wire.Details = append(wire.Details, &anypb.Any{TypeUrl: detail.TypeURL, Value: detail.Value})
	}
	return status.ErrorProto(wire)
}

// Attach returns a context for calls with metadata.
func (GRPCGo) Attach(ctx context.Context, m Metadata) context.Context {
	return metadata.NewOutgoingContext(ctx, metadata.MD(m))
}

type answerKey struct{}

// answer is an Answer.
type answer struct{ header, trailer metadata.MD }

func (a *answer) Header() Metadata  { return Metadata(a.header) }
func (a *answer) Trailer() Metadata { return Metadata(a.trailer) }

// Collect returns a context for one call.
func (GRPCGo) Collect(ctx context.Context) (context.Context, Answer) {
	a := &answer{}
	return context.WithValue(ctx, answerKey{}, a), a
}

// StatusOf says what an error of a call is.
func (GRPCGo) StatusOf(err error) Status {
	s := status.Convert(err)
	if s.Code() == codes.OK {
		return Status{}
	}
	found := Status{Code: int32(s.Code()), Message: s.Message()}
	for _, detail := range s.Proto().GetDetails() {
		found.Details = append(found.Details, &Any{TypeURL: detail.GetTypeUrl(), Value: detail.GetValue()})
	}
	return found
}
