package testservice

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"time"

	"github.com/tagwire/tagwire/rpc/interop/grpc/framework"
)

// The sizes that the specification of the tests gives.
var (
	requestSizes  = []int{27182, 8, 1828, 45904}
	responseSizes = []int32{31415, 9, 2653, 58979}
)

const (
	largeRequest  = 271828
	largeResponse = 314159
)

// Codes of statuses.
const (
	canceled         = 1
	unknown          = 2
	deadlineExceeded = 4
	unimplemented    = 12
)

// A Caller is a client under test.
type Caller struct {
	framework.Framework
	Functions
	// SameService and OtherService call a method that the server does not have, of a service that it has and of one that it has not.
	SameService, OtherService Missing
	// Named is set for a server that tells its name.
	Named bool
}

// A Case is one of the specification, by its name there.
type Case struct {
	Name string
	Run  func(*Caller, context.Context) error
}

// Cases are all that need neither credentials nor reports of load.
var Cases = []Case{
	{"empty_unary", (*Caller).emptyUnary},
	{"large_unary", (*Caller).largeUnary},
	{"client_streaming", (*Caller).clientStreaming},
	{"server_streaming", (*Caller).serverStreaming},
	{"ping_pong", (*Caller).pingPong},
	{"empty_stream", (*Caller).emptyStream},
	{"timeout_on_sleeping_server", (*Caller).timeoutOnSleepingServer},
	{"cancel_after_begin", (*Caller).cancelAfterBegin},
	{"cancel_after_first_response", (*Caller).cancelAfterFirstResponse},
	{"status_code_and_message", (*Caller).statusCodeAndMessage},
	{"special_status_message", (*Caller).specialStatusMessage},
	{"custom_metadata", (*Caller).customMetadata},
	{"unimplemented_method", (*Caller).unimplementedMethod},
	{"unimplemented_service", (*Caller).unimplementedService},
	{"pick_first_unary", (*Caller).pickFirstUnary},
}

// Lasting are cases of all four kinds of call that take a while, for servers that do not last as long.
var Lasting = []Case{
	{"large_unary", (*Caller).largeUnary},
	{"client_streaming", (*Caller).clientStreaming},
	{"server_streaming", (*Caller).serverStreaming},
	{"ping_pong", (*Caller).pingPong},
}

func zeros(size int) *Payload { return &Payload{Body: make([]byte, size)} }

func size(p *Payload) int {
	if p == nil {
		return -1
	}
	return len(p.Body)
}

// want returns an error unless err has a status, with any message if that is empty.
func (c *Caller) want(err error, code int32, message string) error {
	if err == nil {
		return fmt.Errorf("the call has succeeded; status %d was expected", code)
	}
	s := c.StatusOf(err)
	if s.Code != code || message != "" && s.Message != message {
		return fmt.Errorf("status %d %q, not %d %q: %w", s.Code, s.Message, code, message, err)
	}
	return nil
}

func (c *Caller) emptyUnary(ctx context.Context) error {
	_, err := c.EmptyCall(ctx, &Empty{})
	return err
}

func (c *Caller) largeUnary(ctx context.Context) error {
	response, err := c.UnaryCall(ctx, &SimpleRequest{ResponseSize: largeResponse, Payload: zeros(largeRequest)})
	if err == nil && size(response.Payload) != largeResponse {
		err = fmt.Errorf("%d bytes came", size(response.Payload))
	}
	return err
}

func (c *Caller) clientStreaming(ctx context.Context) error {
	sum := 0
	response, err := c.StreamingInputCall(ctx, func(yield func(*StreamingInputCallRequest, error) bool) {
		for _, n := range requestSizes {
			sum += n
			if !yield(&StreamingInputCallRequest{zeros(n)}, nil) {
				return
			}
		}
	})
	if err == nil && response.AggregatedPayloadSize != int32(sum) {
		err = fmt.Errorf("the server has got %d bytes, and %d were sent", response.AggregatedPayloadSize, sum)
	}
	return err
}

// outputs checks the messages of a stream, and calls next, if it is not nil, behind each.
func outputs(responses iter.Seq2[*StreamingOutputCallResponse, error], sizes []int32, next func(received int)) error {
	n := 0
	for response, err := range responses {
		if err != nil {
			return err
		}
		if n == len(sizes) || size(response.Payload) != int(sizes[n]) {
			return fmt.Errorf("message %d has %d bytes; the sizes shall be %d", n, size(response.Payload), sizes)
		}
		n++
		if next != nil {
			next(n)
		}
	}
	if n != len(sizes) {
		return fmt.Errorf("%d messages came, not %d", n, len(sizes))
	}
	return nil
}

func (c *Caller) serverStreaming(ctx context.Context) error {
	request := &StreamingOutputCallRequest{}
	for _, n := range responseSizes {
		request.ResponseParameters = append(request.ResponseParameters, &ResponseParameters{Size: n})
	}
	return outputs(c.StreamingOutputCall(ctx, request), responseSizes, nil)
}

// output asks for one message.
func output(requestSize int, responseSize int32) *StreamingOutputCallRequest {
	return &StreamingOutputCallRequest{
		ResponseParameters: []*ResponseParameters{{Size: responseSize}}, Payload: zeros(requestSize),
	}
}

func (c *Caller) pingPong(ctx context.Context) error {
	turns := make(chan int, len(requestSizes))
	turns <- 0
	responses := c.FullDuplexCall(ctx, func(yield func(*StreamingOutputCallRequest, error) bool) {
		for turn := range turns {
			if !yield(output(requestSizes[turn], responseSizes[turn]), nil) {
				return
			}
		}
	})
	last := len(requestSizes)
	err := outputs(responses, responseSizes, func(received int) {
		if received == last {
			close(turns)
			return
		}
		turns <- received
	})
	return err
}

func (c *Caller) emptyStream(ctx context.Context) error {
	return outputs(c.FullDuplexCall(ctx, func(func(*StreamingOutputCallRequest, error) bool) {}), nil, nil)
}

// one yields a request, and no end until the context has ended.
func one(ctx context.Context, request *StreamingOutputCallRequest) iter.Seq2[*StreamingOutputCallRequest, error] {
	return func(yield func(*StreamingOutputCallRequest, error) bool) {
		yield(request, nil)
		<-ctx.Done()
	}
}

func (c *Caller) timeoutOnSleepingServer(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, time.Millisecond)
	defer cancel()
	request := &StreamingOutputCallRequest{Payload: zeros(requestSizes[0])}
	return c.want(outputs(c.FullDuplexCall(ctx, one(ctx, request)), nil, nil), deadlineExceeded, "")
}

func (c *Caller) cancelAfterBegin(ctx context.Context) error {
	ctx, cancel := context.WithCancel(c.Attach(ctx, framework.Metadata{"key1": {"value1"}, "key2": {"value2"}}))
	_, err := c.StreamingInputCall(ctx, func(func(*StreamingInputCallRequest, error) bool) { cancel() })
	return c.want(err, canceled, "")
}

func (c *Caller) cancelAfterFirstResponse(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	responses := c.FullDuplexCall(ctx, one(ctx, output(requestSizes[0], responseSizes[0])))
	return c.want(outputs(responses, responseSizes[:1], func(int) { cancel() }), canceled, "")
}

func (c *Caller) statusCodeAndMessage(ctx context.Context) error {
	const message = "test status message"
	status := &EchoStatus{unknown, message}
	_, err := c.UnaryCall(ctx, &SimpleRequest{ResponseStatus: status})
	if err := c.want(err, unknown, message); err != nil {
		return err
	}
	responses := c.FullDuplexCall(ctx, func(yield func(*StreamingOutputCallRequest, error) bool) {
		yield(&StreamingOutputCallRequest{ResponseStatus: status}, nil)
	})
	return c.want(outputs(responses, nil, nil), unknown, message)
}

func (c *Caller) specialStatusMessage(ctx context.Context) error {
	const message = "\t\ntest with whitespace\r\nand Unicode BMP ☺ and non-BMP 😈\t\n"
	_, err := c.UnaryCall(ctx, &SimpleRequest{ResponseStatus: &EchoStatus{unknown, message}})
	return c.want(err, unknown, message)
}

func (c *Caller) customMetadata(ctx context.Context) error {
	const initial, trailing = "test_initial_metadata_value", "\x0a\x0b\x0a\x0b\x0a\x0b"
	ctx = c.Attach(ctx, framework.Metadata{initialName: {initial}, trailingName: {trailing}})
	check := func(answer framework.Answer) error {
		if got := answer.Header()[initialName]; len(got) != 1 || got[0] != initial {
			return fmt.Errorf("the header has %q", got)
		}
		if got := answer.Trailer()[trailingName]; len(got) != 1 || got[0] != trailing {
			return fmt.Errorf("the trailer has %q", got)
		}
		return nil
	}
	call, answer := c.Collect(ctx)
	if _, err := c.UnaryCall(call, &SimpleRequest{ResponseSize: 1, Payload: zeros(1)}); err != nil {
		return err
	}
	if err := check(answer); err != nil {
		return fmt.Errorf("unary: %w", err)
	}
	call, answer = c.Collect(ctx)
	responses := c.FullDuplexCall(call, func(yield func(*StreamingOutputCallRequest, error) bool) { yield(output(1, 1), nil) })
	if err := outputs(responses, []int32{1}, nil); err != nil {
		return err
	}
	if err := check(answer); err != nil {
		return fmt.Errorf("stream: %w", err)
	}
	return nil
}

func (c *Caller) unimplementedMethod(ctx context.Context) error {
	_, err := c.SameService.UnimplementedCall(ctx, &Empty{})
	return c.want(err, unimplemented, "")
}

func (c *Caller) unimplementedService(ctx context.Context) error {
	_, err := c.OtherService.UnimplementedCall(ctx, &Empty{})
	return c.want(err, unimplemented, "")
}

func (c *Caller) pickFirstUnary(ctx context.Context) error {
	for range 100 {
		response, err := c.UnaryCall(ctx, &SimpleRequest{ResponseSize: 1, Payload: zeros(1), FillServerID: true})
		if err != nil {
			return err
		}
		if c.Named && response.ServerID != serverID {
			return errors.New("another server has answered: " + response.ServerID)
		}
	}
	return nil
}
