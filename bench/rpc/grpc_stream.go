package main

import (
	"context"
	"io"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/wrapperspb"
)

const (
	grpcStreamMethod   = "/" + grpcServiceName + "/Stream"
	grpcDownloadMethod = "/" + grpcServiceName + "/Download"
)

var grpcStreams = []grpc.StreamDesc{
	{StreamName: "Stream", Handler: grpcEchoes, ClientStreams: true, ServerStreams: true},
	{StreamName: "Download", Handler: grpcRepeats, ServerStreams: true},
}

// grpcEchoes answers each message of a stream with itself.
func grpcEchoes(_ any, stream grpc.ServerStream) error {
	for {
		text := new(wrapperspb.StringValue)
		if err := stream.RecvMsg(text); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
		if err := stream.SendMsg(text); err != nil {
			return err
		}
	}
}

// grpcRepeats answers a message with streamLength of it.
func grpcRepeats(_ any, stream grpc.ServerStream) error {
	text := new(wrapperspb.StringValue)
	if err := stream.RecvMsg(text); err != nil {
		return err
	}
	for range streamLength {
		if err := stream.SendMsg(text); err != nil {
			return err
		}
	}
	return nil
}

// grpcReceive returns the next text of a stream.
func grpcReceive(stream grpc.ClientStream) func() (string, error) {
	return func() (string, error) {
		reply := new(wrapperspb.StringValue)
		err := stream.RecvMsg(reply)
		return reply.Value, err
	}
}

// grpcMessages are http2Messages.
func grpcMessages(text string) func(*grpc.ClientConn) func() error {
	return func(connection *grpc.ClientConn) func() error {
		stream, err := connection.NewStream(context.Background(), &grpcStreams[0], grpcStreamMethod)
		return func() error {
			if err != nil {
				return err
			}
			sent := stream.SendMsg(&wrapperspb.StringValue{Value: text})
			reply, failed := grpcReceive(stream)()
			if failed != nil {
				return failed
			}
			if sent != nil {
				return sent
			}
			return compareTexts(text, reply)
		}
	}
}

// grpcStreamCalls are http2Streams.
func grpcStreamCalls(text string) func(*grpc.ClientConn) func() error {
	return func(connection *grpc.ClientConn) func() error {
		return func() error {
			ctx, cancel := context.WithCancel(context.Background())
			defer cancel() // so that nothing is left where an answer is wrong
			stream, err := connection.NewStream(ctx, &grpcStreams[0], grpcStreamMethod)
			if err != nil {
				return err
			}
			go func() {
				for range streamLength {
					if stream.SendMsg(&wrapperspb.StringValue{Value: text}) != nil {
						return // receiving tells why
					}
				}
				stream.CloseSend()
			}()
			return compareReplies(text, grpcReceive(stream))
		}
	}
}

// grpcDownloads are http2Downloads.
func grpcDownloads(text string) func(*grpc.ClientConn) func() error {
	return func(connection *grpc.ClientConn) func() error {
		return func() error {
			ctx, cancel := context.WithCancel(context.Background())
			defer cancel()
			stream, err := connection.NewStream(ctx, &grpcStreams[1], grpcDownloadMethod)
			if err != nil {
				return err
			}
			if err := stream.SendMsg(&wrapperspb.StringValue{Value: text}); err != nil && err != io.EOF {
				return err
			}
			if err := stream.CloseSend(); err != nil {
				return err
			}
			return compareReplies(text, grpcReceive(stream))
		}
	}
}
