package policy

import (
	"context"

	"github.com/tagwire/tagwire/rpc/message"
	"github.com/tagwire/tagwire/rpc/transport"
)

// Streamer returns a Streamer that opens the streams that the circuit of their method allows, and goes on to another endpoint where one
// cannot be connected to, as Failover does. A stream counts as failed if the first thing that comes from the server is its failure.
func (b *Breakers) Streamer(next transport.Streamer) transport.Streamer {
	return &streamer{b.methods, next}
}

type streamer struct {
	circuits *circuits // nil for none
	next     transport.Streamer
}

// Open opens the stream, or returns CodeCircuitOpen.
func (s *streamer) Open(ctx context.Context, call *transport.Call) (stream transport.ClientStream, err error) {
	if s.circuits == nil {
		return s.open(ctx, call)
	}
	if !s.circuits.panel.IsAllowed(call.Method) {
		return nil, open(call, "too many calls of the method have failed")
	}
	err = transport.ErrNotReturned
	defer func() {
		if err != nil {
			s.circuits.settle(call.Method, err)
		}
	}()
	if stream, err = s.open(ctx, call); err != nil {
		return nil, err
	}
	return &settled{ClientStream: stream, circuits: s.circuits, method: call.Method}, nil
}

func (s *streamer) open(ctx context.Context, call *transport.Call) (stream transport.ClientStream, err error) {
	err = tryAll(call, func() (err error) {
		stream, err = s.next.Open(ctx, call)
		return err
	})
	return stream, err
}

// settled is a stream whose outcome counts.
type settled struct {
	transport.ClientStream
	circuits *circuits
	method   string
	counted  bool // of the goroutine that receives
}

// Receive counts the first outcome.
func (s *settled) Receive() ([]byte, error) {
	body, err := s.ClientStream.Receive()
	if !s.counted {
		s.counted = true
		outcome, failed := err.(*message.Error)
		if failed {
			s.circuits.settle(s.method, outcome)
		} else {
			s.circuits.settle(s.method, nil)
		}
	}
	return body, err
}
