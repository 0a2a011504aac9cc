package transport

import (
	"context"

	"github.com/tagwire/tagwire/rpc/message"
)

// Stream is one side of a call that has any number of messages each way. One goroutine at a time may send, and one at a time receive,
// beside each other.
type Stream interface {
	// Send sends a message. It blocks while the peer takes no more, and does not refer to the body when it returns. The error is io.EOF
	// if the stream has ended: why, Receive tells a client, and its context a server. An error of the body itself, which has no wire form
	// or exceeds a limit, is returned as it is, and nothing is sent then.
	Send(body message.Body) error
	// Receive returns the next message, in memory that is valid until Receive is called again, or the stream is closed. The error is
	// io.EOF when the peer has sent its last message, which for a client is a call that has succeeded; any other one is the outcome
	// of the call. Receive returns the same error from then on.
	Receive() ([]byte, error)
}

// ClientStream is the caller's side of a Stream. The context that it was opened with ends it.
type ClientStream interface {
	Stream
	// CloseSend says that no message follows. It may be called again.
	CloseSend() error
	// Header returns the metadata that the server sent before its first message. It waits for that, or for the end of the stream.
	Header() (map[string]string, error)
	// Trailer returns the metadata that came with the end of the stream, once Receive has returned an error.
	Trailer() map[string]string
	// Close gives the stream's memory back, and cancels the call if it goes on. The caller calls it, once, whatever has happened, when
	// neither Send nor Receive is under way nor called again.
	Close()
}

// ServerStream is the handler's side of a Stream.
type ServerStream interface {
	Stream
	// Start sends metadata before the first message, and reports whether it could still be sent. Send does so too, without metadata,
	// if it was not called.
	Start(metadata map[string]string) bool
	// Finish ends the stream, once, with the outcome of the call: nil, a declared exception, a *message.BizError or another error, and with
	// metadata. Neither Send nor Receive may be under way, and nothing is called afterwards.
	Finish(outcome error, metadata map[string]string)
}

// Interrupter is what a ServerStream should be, too: a handler may leave goroutines behind that still send or receive when it returns.
type Interrupter interface {
	// Interrupt makes Send and Receive return an error, those that are under way, too. It does not block, and any goroutine may call it
	// until Finish is called.
	Interrupt()
}

// Streamer opens streams.
type Streamer interface {
	// Open begins a call that has a stream. Of call it uses Method, Request, Deadline and Key, and sets what Exchange sets. The deadline
	// and the end of ctx end the stream. Errors are as those of [Exchanger].
	Open(ctx context.Context, call *Call) (ClientStream, error)
}

// NewStreamer returns a Streamer that opens streams by attempts of calls, for which Call.Streams is set.
func NewStreamer(e Exchanger) Streamer { return streamer{e} }

type streamer struct{ exchanger Exchanger }

// Open makes the attempt.
func (s streamer) Open(ctx context.Context, call *Call) (ClientStream, error) {
	call.Streams = true
	if err := s.exchanger.Exchange(ctx, call); err != nil {
		return nil, err
	}
	return call.Stream, nil
}
