package main

import (
	"context"
	"fmt"
	"io"
	"iter"
	"slices"

	"github.com/tagwire/tagwire/rpc"
)

// The rows of gRPC have the same service with all peers. Ours is a contract, without generated code.

const (
	grpcServiceName = "tagwire.bench.Echo"
	// streamLength is how many messages a stream has of which a call is all.
	streamLength = 100
)

// grpcText is Protobuf's message StringValue.
type grpcText struct {
	Value string `protobuf:"1"`
}

// grpcContract has an echo, the echo of each message of a stream, and streamLength echoes of one message.
type grpcContract struct {
	Echo     func(ctx context.Context, text *grpcText) (*grpcText, error)
	Stream   func(ctx context.Context, texts iter.Seq2[*grpcText, error]) iter.Seq2[*grpcText, error]
	Download func(ctx context.Context, text *grpcText) iter.Seq2[*grpcText, error]
}

// grpcMethods are the methods of the contract for callers that do without it.
var (
	grpcEchoCall = rpc.NewMethod[grpcText, grpcText]("Echo", rpc.ProtobufMessages())
	grpcStream   = rpc.NewStreamMethod[grpcText, grpcText]("Stream", rpc.ClientStreams|rpc.ServerStreams, rpc.ProtobufMessages())
)

// serveHTTP2 serves the contract.
func serveHTTP2(options ...rpc.ServerOption) func() (string, error) {
	return func() (string, error) {
		service := rpc.NewService(grpcServiceName)
		rpc.Implement[grpcContract](service, &grpcContract{
			Echo:   func(_ context.Context, text *grpcText) (*grpcText, error) { return text, nil },
			Stream: func(_ context.Context, texts iter.Seq2[*grpcText, error]) iter.Seq2[*grpcText, error] { return texts },
			Download: func(_ context.Context, text *grpcText) iter.Seq2[*grpcText, error] {
				return repeatText(text)
			},
		}, rpc.Protobuf())
		return serveService("tcp", service, options...)
	}
}

// repeatText returns a text streamLength times.
func repeatText(text *grpcText) iter.Seq2[*grpcText, error] {
	return func(yield func(*grpcText, error) bool) {
		for range streamLength {
			if !yield(text, nil) {
				return
			}
		}
	}
}

// An http2Client is a client with the functions of the contract.
type http2Client struct {
	grpcContract
	client *rpc.Client
}

// connectHTTP2 makes one client, with as many connections as it has by default.
func connectHTTP2(newCaller func(*http2Client) func() error, options ...rpc.ClientOption) connector {
	return func(address string, count int) (runner, error) {
		c := &http2Client{}
		var err error
		c.client, err = rpc.NewClient(slices.Concat([]rpc.ClientOption{rpc.WithAddresses(address), rpc.WithService(grpcServiceName),
			rpc.WithTransport(rpc.GRPC), rpc.WithContract(&c.grpcContract, rpc.Protobuf()), rpc.WithConnectTimeout(startTime)}, options)...)
		if err != nil {
			return nil, err
		}
		made := make(callers, count)
		for i := range made {
			made[i] = newCaller(c)
		}
		return made.start()
	}
}

// http2EchoCalls make callers that send a text.
func http2EchoCalls(text string) func(*http2Client) func() error {
	return func(c *http2Client) func() error {
		return func() error {
			reply, err := grpcEchoCall.Call(context.Background(), c.client, &grpcText{text})
			if err != nil {
				return err
			}
			return compareTexts(text, reply.Value)
		}
	}
}

// http2ContractCalls are http2EchoCalls by the function of the contract.
func http2ContractCalls(text string) func(*http2Client) func() error {
	return func(c *http2Client) func() error {
		return func() error {
			reply, err := c.Echo(context.Background(), &grpcText{text})
			if err != nil {
				return err
			}
			return compareTexts(text, reply.Value)
		}
	}
}

// http2Messages make callers that have a stream each, on which they send a text.
func http2Messages(text string) func(*http2Client) func() error {
	return func(c *http2Client) func() error {
		stream, err := grpcStream.Open(context.Background(), c.client)
		return func() error {
			if err != nil {
				return err
			}
			sent := stream.Send(&grpcText{text})
			reply, failed := stream.Receive()
			if failed != nil {
				return failed // it says why a text was not sent, too
			}
			if sent != nil {
				return sent
			}
			return compareTexts(text, reply.Value)
		}
	}
}

// http2Streams make callers that send a stream of texts.
func http2Streams(text string) func(*http2Client) func() error {
	return func(c *http2Client) func() error {
		return func() error {
			return compareStream(text, c.Stream(context.Background(), repeatText(&grpcText{text})))
		}
	}
}

// http2Downloads make callers that get a stream of texts.
func http2Downloads(text string) func(*http2Client) func() error {
	return func(c *http2Client) func() error {
		return func() error {
			return compareStream(text, c.Download(context.Background(), &grpcText{text}))
		}
	}
}

func compareStream(text string, replies iter.Seq2[*grpcText, error]) error {
	count := 0
	for reply, err := range replies {
		if err != nil {
			return err
		}
		if err := compareTexts(text, reply.Value); err != nil {
			return err
		}
		count++
	}
	return compareCounts(count)
}

// compareReplies is compareStream for texts that receive returns, until its error is io.EOF.
func compareReplies(text string, receive func() (string, error)) error {
	for count := 0; ; count++ {
		reply, err := receive()
		if err == io.EOF {
			return compareCounts(count)
		}
		if err != nil {
			return err
		}
		if err := compareTexts(text, reply); err != nil {
			return err
		}
	}
}

func compareCounts(got int) error {
	if got != streamLength {
		return fmt.Errorf("a stream has %d messages, not %d", got, streamLength)
	}
	return nil
}
