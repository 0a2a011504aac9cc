package main

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"

	"connectrpc.com/connect"
	"google.golang.org/protobuf/types/known/wrapperspb"
)

// connect-go has handlers of net/http, and clients of it. Here it speaks gRPC.

// connectClient has a client of connect-go for each method.
type connectClient struct {
	echo, stream, download *connect.Client[wrapperspb.StringValue, wrapperspb.StringValue]
}

// unencrypted makes net/http speak HTTP/2 without TLS.
func unencrypted() *http.Protocols {
	p := new(http.Protocols)
	p.SetUnencryptedHTTP2(true)
	return p
}

func serveConnect() (string, error) {
	mux := http.NewServeMux()
	mux.Handle(grpcEchoMethod, connect.NewUnaryHandlerSimple(grpcEchoMethod,
		func(_ context.Context, text *wrapperspb.StringValue) (*wrapperspb.StringValue, error) {
			return text, nil
		}))
	mux.Handle(grpcStreamMethod, connect.NewBidiStreamHandler(grpcStreamMethod, connectEchoes))
	mux.Handle(grpcDownloadMethod, connect.NewServerStreamHandlerSimple(grpcDownloadMethod, connectRepeats))
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	server := &http.Server{Handler: mux, Protocols: unencrypted(), HTTP2: &http.HTTP2Config{MaxConcurrentStreams: mostCallers}}
	go func() { panic(server.Serve(listener)) }() // It ends with the process.
	return listener.Addr().String(), nil
}

// connectEchoes is grpcEchoes.
func connectEchoes(_ context.Context, stream *connect.BidiStream[wrapperspb.StringValue, wrapperspb.StringValue]) error {
	for {
		text, err := stream.Receive()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := stream.Send(text); err != nil {
			return err
		}
	}
}

// connectRepeats is grpcRepeats.
func connectRepeats(_ context.Context, text *wrapperspb.StringValue, stream *connect.ServerStream[wrapperspb.StringValue]) error {
	for range streamLength {
		if err := stream.Send(text); err != nil {
			return err
		}
	}
	return nil
}

// connectConnect opens one connection, which all callers share, as net/http does.
func connectConnect(newCaller func(*connectClient) func() error) connector {
	return func(address string, count int) (runner, error) {
		over := &http.Client{Transport: &http.Transport{Protocols: unencrypted()}}
		clientOf := func(method string) *connect.Client[wrapperspb.StringValue, wrapperspb.StringValue] {
			return connect.NewClient[wrapperspb.StringValue, wrapperspb.StringValue](over, "http://"+address+method, connect.WithGRPC())
		}
		c := &connectClient{clientOf(grpcEchoMethod), clientOf(grpcStreamMethod), clientOf(grpcDownloadMethod)}
		made := make(callers, count)
		for i := range made {
			made[i] = newCaller(c)
		}
		return made.start()
	}
}

// connectEchoCalls are http2EchoCalls.
func connectEchoCalls(text string) func(*connectClient) func() error {
	return func(c *connectClient) func() error {
		return func() error {
			reply, err := c.echo.CallUnary(context.Background(), connect.NewRequest(&wrapperspb.StringValue{Value: text}))
			if err != nil {
				return err
			}
			return compareTexts(text, reply.Msg.Value)
		}
	}
}

// connectMessages are http2Messages.
func connectMessages(text string) func(*connectClient) func() error {
	return func(c *connectClient) func() error {
		stream := c.stream.CallBidiStream(context.Background())
		return func() error {
			sent := stream.Send(&wrapperspb.StringValue{Value: text})
			reply, err := stream.Receive()
			if err != nil {
				return err
			}
			if sent != nil {
				return sent
			}
			return compareTexts(text, reply.Value)
		}
	}
}

// connectStreams are http2Streams.
func connectStreams(text string) func(*connectClient) func() error {
	return func(c *connectClient) func() error {
		return func() error {
			ctx, cancel := context.WithCancel(context.Background())
			defer cancel()
			stream := c.stream.CallBidiStream(ctx)
			go func() {
				for range streamLength {
					if stream.Send(&wrapperspb.StringValue{Value: text}) != nil {
						return
					}
				}
				stream.CloseRequest()
			}()
			defer stream.CloseResponse()
			return compareReplies(text, func() (string, error) {
				reply, err := stream.Receive()
				if err == nil {
					return reply.Value, nil
				}
				if errors.Is(err, io.EOF) {
					err = io.EOF
				}
				return "", err
			})
		}
	}
}

// connectDownloads are http2Downloads.
func connectDownloads(text string) func(*connectClient) func() error {
	return func(c *connectClient) func() error {
		return func() error {
			ctx, cancel := context.WithCancel(context.Background())
			defer cancel()
			stream, err := c.download.CallServerStream(ctx, connect.NewRequest(&wrapperspb.StringValue{Value: text}))
			if err != nil {
				return err
			}
			defer stream.Close()
			return compareReplies(text, func() (string, error) {
				if stream.Receive() {
					return stream.Msg().Value, nil
				}
				if err := stream.Err(); err != nil {
					return "", err
				}
				return "", io.EOF
			})
		}
	}
}
