package intercept

import (
	"context"
	"crypto/tls"
	"net"
	"sync/atomic"
	"time"

	"github.com/tagwire/tagwire"
	"github.com/tagwire/tagwire/rpc/message"
	"github.com/tagwire/tagwire/rpc/policy"
)

// Interceptor sees calls and connections, of a server or of a client. Any function may be nil. Interceptors
// form a chain: the first is the outermost. They are called by many goroutines at once.
type Interceptor struct {
	// Call is called for each call, and goes on by calling next with a context that may carry more than its own. On
	// a client next sends the call and waits for the reply; on a server it calls the handler. The error that Call
	// returns becomes the call's.
	//
	// It may call next again, after an error or at the same time: each attempt has a result of its own, and where Call
	// returns nil the call's is that of the attempt which succeeded last. On a server all attempts get the same request.
	// The result of an attempt that ends after Call has returned is dropped.
	//
	// A stream is one call, from its beginning to its end, and next can be called once. Where Call returns before next has, the stream
	// ends.
	Call func(ctx context.Context, call *CallInfo, next func(context.Context) error) error
	// Message is called for each message of a stream, inside of Call: before one is sent, and when one has come. If it returns an error
	// the stream ends with that. Messages that are sent and those that come are independent of each other, and so are their calls. ctx
	// is that of the stream.
	Message func(ctx context.Context, call *CallInfo, m StreamMessage) error
	// Values is called for the arguments and for the result of each call that is no stream, inside of all Call functions, and so
	// for each attempt: with the arguments before they are sent, or the handler is called, and with the result before the reply is
	// sent, or the caller gets it. m.Value points to a struct that is made for the method: of arguments it has a field for each parameter, and
	// of a result the first field is what the method returns, if it returns something. If Values returns an error the call, or the
	// attempt, ends with that. It is not called where there is an error in place of a result. On a client the call has no Remote yet.
	Values func(ctx context.Context, call *CallInfo, m StreamMessage) error
	// Connection is told what happens to connections. It must not block: what happens next on the connection waits
	// for it.
	Connection func(event ConnectionEvent)
	// Rejected is told, on a server, of messages that no handler is called for: those that name an unknown method, or whose
	// arguments cannot be decoded. The method in call is empty unless the server has it, so that peers do not choose what
	// is counted by it; err has the text that the caller gets, and the code.
	Rejected func(ctx context.Context, call *CallInfo, err *message.Error)
}

// Side is the side of a call on which something runs.
type Side uint8

const (
	// ClientSide is the caller's.
	ClientSide Side = iota
	// ServerSide is the handler's.
	ServerSide
)

// String returns "client" or "server".
func (s Side) String() string {
	if s == ServerSide {
		return "server"
	}
	return "client"
}

// CallInfo describes a call to interceptors, and on the server to its handler, see rpc.CallOf. It must not be
// changed.
type CallInfo struct {
	// Side is the side of the call that the interceptor runs on.
	Side Side
	// Service and Method are the names on the wire.
	Service, Method string
	// Oneway reports that there is no reply.
	Oneway bool
	// Protocol is the name of the protocol, such as "framed".
	Protocol string
	// Format is the wire format of the arguments and the result.
	Format tagwire.Format
	// Remote is the peer's address. On a client it is there when next has returned: that of the last attempt that had a
	// connection, or that succeeded. An interceptor that has several attempts under way at once must not read it meanwhile.
	// The same is true of TLS and Sequence.
	Remote net.Addr
	// TLS is the state of the connection's TLS, nil for a connection without. Where a server asks for certificates and verifies them,
	// VerifiedChains tells who calls. All calls of a connection share it.
	TLS *tls.ConnectionState
	// Caller is the calling service's name, as far as it is known.
	Caller string
	// Sequence is the call's sequence id.
	Sequence int32
	// Attempt is the number of the attempt that a server's request is, 1 for the first, as far as the transport carries metadata. It
	// is that of the earlier request where a handler makes calls because of one.
	Attempt int
	// Attempts are those of a client's call that a policy may repeat, in the order in which they began. They are there when next has
	// returned, as Remote is.
	Attempts []policy.Attempt

	// ClientStreams and ServerStreams report that the call is a stream, in which the caller, or the handler, sends any number of
	// messages.
	ClientStreams, ServerStreams bool
	// Messages counts the messages of a stream, nil for other calls.
	Messages *MessageCount

	// Declares reports whether an error is an exception that the method declares, or a business error, and so an answer like another.
	Declares func(err error) bool
}

// StreamMessage is a message of a stream, or for [Interceptor.Values] the arguments or the result of another call.
type StreamMessage struct {
	// Sent reports that this side sends it.
	Sent bool
	// Value is a pointer to the message. It may be changed, and not be kept when Message has returned.
	Value any
}

// MessageCount counts the messages of a stream, those that have been sent and those that have come. It is safe for concurrent use.
type MessageCount struct{ Sent, Received atomic.Int64 }

// Observe hands a message to the functions Message of interceptors, or a value to their functions Values: the outermost first on its way from the caller to the handler, and
// last on its way back.
func Observe(all []Message, ctx context.Context, info *CallInfo, m StreamMessage) error {
	outermostFirst := m.Sent == (info.Side == ClientSide)
	for i := range all {
		if !outermostFirst {
			i = len(all) - 1 - i
		}
		if err := all[i](ctx, info, m); err != nil {
			return err
		}
	}
	return nil
}

// Message is the Message, or the Values, of an Interceptor.
type Message = func(ctx context.Context, call *CallInfo, m StreamMessage) error

// ConnectionEvent is something that happened to a connection.
type ConnectionEvent struct {
	// Kind is what happened.
	Kind ConnectionEventKind
	// Side is the side that reports it.
	Side Side
	// Remote is the peer's address, or for ConnectFailed the one that was tried.
	Remote net.Addr
	// Err is why, for ConnectFailed, ConnectionRefused and ConnectionBroken.
	Err error
	// Duration is how long connecting took, for ConnectionOpened and ConnectFailed of a client.
	Duration time.Duration
	// Connection is the connection, the same in all of its events; nil for ConnectFailed and ConnectionRefused.
	Connection *Connection
}

// ConnectionEventKind tells what happened to a connection.
type ConnectionEventKind uint8

const (
	// ConnectionOpened: a connection was made or accepted.
	ConnectionOpened ConnectionEventKind = iota
	// ConnectFailed: a client could not connect.
	ConnectFailed
	// ConnectionRefused: a server closed a connection at once, because of its limits.
	ConnectionRefused
	// ConnectionBroken: a connection is closed because of what the peer sent or failed to do.
	ConnectionBroken
	// ConnectionClosed: a connection ended. It follows on ConnectionOpened once, after any ConnectionBroken.
	ConnectionClosed
)

// String returns a word or two, such as "opened".
func (k ConnectionEventKind) String() string {
	switch k {
	case ConnectionOpened:
		return "opened"
	case ConnectFailed:
		return "connect failed"
	case ConnectionRefused:
		return "refused"
	case ConnectionBroken:
		return "broken"
	}
	return "closed"
}
