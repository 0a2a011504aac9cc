package transport

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"time"

	"github.com/tagwire/tagwire/rpc/message"
)

// Exchanger makes calls: it sends a request to a server and receives the reply. How requests share connections is up to the
// implementation.
type Exchanger interface {
	// Exchange makes one attempt of a call. Its error is a *message.Error with the call's method, or what call.Reply returned.
	// Any goroutine may call it. Nothing else uses call until it returns, and it does not use call after that.
	Exchange(ctx context.Context, call *Call) error
}

// Call is one attempt of a call.
type Call struct {
	// Method is the name of the method in errors; the one in Request may have that of a service before it.
	Method string
	// Service is the service that has the method, "" for that of the client.
	Service string
	// Request is what is sent, without sequence ids and timeout, and with Arguments for its body. If its type is
	// MessageOneway there is no reply.
	Request   message.Message
	Arguments message.Body
	// Deadline is when the call is over, zero for never.
	Deadline time.Time
	// Key is what a balancer may choose the endpoint by, "" for nothing.
	Key string
	// Reply takes the reply.
	Reply Receiver
	// Streams says that the call is to begin only, with a stream, which Exchange puts into Stream. Arguments and Reply are not used then.
	Streams bool
	Stream  ClientStream

	// Tried is how many endpoints could not be connected to; where it is not 0, another one is asked for. Turn is private to the
	// balancer and Among to the exchanger; both are set when Tried is 0.
	Tried int
	Turn  uint64
	Among any

	// Remote is set by Exchange to the server's address when there is a connection, TLS to the state of that connection's TLS, if it
	// has any, and Sequence to the id of the request.
	Remote   net.Addr
	TLS      *tls.ConnectionState
	Sequence int32
}

// Receiver takes the reply of a call.
type Receiver interface {
	// Receive reads a message that has come for the call, of type MessageReply or MessageException. What it returns is the
	// error of the call, nil for a success.
	Receive(ctx context.Context, m *message.Message) (Receipt, error)
}

// Receipt says what a reply means for the connection that it came on.
type Receipt struct {
	// Answered says that the message is the reply, whole, whatever it says; otherwise the connection cannot be trusted.
	Answered bool
	// Aliases says that what was decoded refers to the message.
	Aliases bool
	// Doubtful says that the reply is one after which some servers close the connection without announcing it.
	Doubtful bool
}

// ErrNotReturned is the outcome of an attempt in which users' code panicked or ended its goroutine.
var ErrNotReturned = errors.New("the attempt did not return")

// ErrNoneLeft is returned by Exchange when all endpoints have been tried.
var ErrNoneLeft = errors.New("no endpoint is left to be tried")
