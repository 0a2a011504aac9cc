package rpc

import (
	"context"
	"log/slog"

	"github.com/tagwire/tagwire/rpc/endpoint"
	"github.com/tagwire/tagwire/rpc/endpoint/dns"
	"github.com/tagwire/tagwire/rpc/intercept"
	"github.com/tagwire/tagwire/rpc/message"
	"github.com/tagwire/tagwire/rpc/policy"
	"github.com/tagwire/tagwire/rpc/thrift"
	"github.com/tagwire/tagwire/rpc/transport"
)

// Names of package endpoint, for those who use this package.
type (
	// Resolver finds the addresses of a service. It is called by one goroutine at a time, in one of the client's own, and
	// again after a failure, at first soon, then every second.
	Resolver = endpoint.Resolver
	// Endpoint is an address of a server.
	Endpoint = endpoint.Endpoint
	// TimedResolver is a Resolver that knows how long its answers hold.
	TimedResolver = endpoint.TimedResolver
	// Balancer decides which endpoint a call goes to. It is used by many goroutines at once.
	Balancer = endpoint.Balancer
	// Attempt is a call as a Balancer sees it: that reads Method, Key and Tried, and may keep a number in Turn.
	Attempt = transport.Call
)

// Names of package policy, for those who use this package.
type (
	// Policy says how calls are made.
	Policy = policy.Policy
	// Retry says when a call is repeated.
	Retry = policy.Retry
	// RetryBudget bounds the retries of a client.
	RetryBudget = policy.Budget
	// Fallback replaces the outcome of calls.
	Fallback = policy.Fallback
	// Outcome is a call that has ended.
	Outcome = policy.Outcome
	// Breaker says when calls are not made, because too many have failed.
	Breaker = policy.Breaker
	// CallLimit bounds the calls that a server works on.
	CallLimit = policy.Limit
	// AttemptInfo tells of one attempt of a call.
	AttemptInfo = policy.Attempt
)

// WithCallPolicy returns a context under which calls are made as p says, and where it says nothing as those of their methods. It
// replaces the policy that ctx has.
func WithCallPolicy(ctx context.Context, p Policy) context.Context { return policy.WithCall(ctx, p) }

// WeightedRotation is a balancer for [WithBalancer], the default: endpoints take turns, each as often as its weight says and evenly
// spread.
func WeightedRotation(endpoints []Endpoint) Balancer { return endpoint.NewRotation(endpoints) }

// Random is a balancer for [WithBalancer] that draws an endpoint for each call, in proportion to the weights.
func Random(endpoints []Endpoint) Balancer { return endpoint.NewRandom(endpoints) }

// PickOfTwo is a balancer for [WithBalancer] that draws two endpoints for each call, in proportion to the weights, and takes the one
// that has fewer calls of this client under way for its weight.
func PickOfTwo(endpoints []Endpoint) Balancer { return endpoint.NewPickOfTwo(endpoints) }

// ConsistentHash is a balancer for [WithBalancer] that sends calls with the same key, see [WithHashKey], to the same endpoint, in all
// clients with the same endpoints. Each endpoint has a share of the keys in proportion to its weight. When an endpoint comes or
// goes, or is ejected, only the keys move that it has. Calls without a key take turns as with WeightedRotation.
func ConsistentHash(endpoints []Endpoint) Balancer { return endpoint.NewConsistentHash(endpoints) }

// DNS is a resolver for [WithResolver] that finds the endpoints of a name: "host:port", each of whose A and AAAA records is an endpoint,
// or a service "_name._tcp.host", whose SRV records of the lowest priority are, with their weights. The records are asked for again when
// they are no longer valid, after 5 seconds at the soonest and 5 minutes at the latest.
//
// The servers and the search list are those of /etc/resolv.conf, unless there are servers here, "address" or "address:port", which are
// asked for the name as it is. For names in /etc/hosts, and on Windows and macOS, the system's resolver is asked, whenever the time has
// passed that WithResolver has. The name is what WithTLS verifies the servers' certificates by: for a service what follows on its
// labels that begin with an underscore.
func DNS(name string, servers ...string) Resolver { return dns.New(name, servers...) }

// ParseEndpoint returns the endpoint that a text stands for: "host:port", or "unix:" and a path.
func ParseEndpoint(text string) (Endpoint, error) {
	e, err := endpoint.Parse(text)
	if err != nil {
		return e, message.ContractError("", "%v", err)
	}
	return e, nil
}

// Names of package intercept, for those who use this package.
type (
	// Interceptor sees calls and connections, of a server or of a client.
	Interceptor = intercept.Interceptor
	// CallInfo describes a call to interceptors, and on the server to its handler, see [CallOf]. It must not be changed.
	CallInfo = intercept.CallInfo
	// StreamMessage is a message of a stream, as an Interceptor sees it.
	StreamMessage = intercept.StreamMessage
	// MessageCount counts the messages of a stream.
	MessageCount = intercept.MessageCount
	// Side is the side of a call on which something runs.
	Side = intercept.Side
	// ConnectionEvent is something that happened to a connection.
	ConnectionEvent = intercept.ConnectionEvent
	// Connection is a connection that is reported to interceptors.
	Connection = intercept.Connection
	// ConnectionStats is what is known of a connection.
	ConnectionStats = intercept.ConnectionStats
	// ConnectionCounts is what a connection, or several together, have done.
	ConnectionCounts = intercept.ConnectionCounts
	// HTTP2Stats is what a connection of HTTP/2 is like at a moment.
	HTTP2Stats = transport.HTTP2Stats
	// ConnectionEventKind tells what happened to a connection.
	ConnectionEventKind = intercept.ConnectionEventKind
	// Stats counts calls and connections. Its zero value is ready; add its Interceptor to a server or a client.
	Stats = intercept.Stats
	// StatsSnapshot is what a Stats has counted.
	StatsSnapshot = intercept.StatsSnapshot
	// MethodStats counts the calls of one method.
	MethodStats = intercept.MethodStats
	// Tracer is what a tracing library needs to follow calls.
	Tracer = intercept.Tracer
)

// The sides of a call, and what happens to connections; see package intercept for each.
const (
	ClientSide = intercept.ClientSide
	ServerSide = intercept.ServerSide

	ConnectionOpened  = intercept.ConnectionOpened
	ConnectFailed     = intercept.ConnectFailed
	ConnectionRefused = intercept.ConnectionRefused
	ConnectionBroken  = intercept.ConnectionBroken
	ConnectionClosed  = intercept.ConnectionClosed
)

// Logging returns an interceptor that writes a line for each call and each connection: calls at level, those that
// failed at slog.LevelWarn, connections at slog.LevelDebug and broken ones at slog.LevelWarn. A nil logger is
// slog.Default().
func Logging(logger *slog.Logger, level slog.Level) Interceptor {
	return intercept.Logging(logger, level)
}

// CallOf returns what is known of the call that a handler's context belongs to, nil for another context.
func CallOf(ctx context.Context) *CallInfo { return intercept.CallOf(ctx) }

// Tracing returns an interceptor that tells a Tracer of each call.
func Tracing(t Tracer) Interceptor { return intercept.Tracing(t) }

// Validating returns an interceptor that refuses what breaks a rule of the vt tags of its type: arguments and requests, results and
// responses, and each message of a stream. See tagwire.Validate, which makes the text of the error, with path, value and rule.
//
// On a server, a caller whose arguments are refused gets [CodeInvalidArgument], over gRPC INVALID_ARGUMENT, and no handler is called; where
// the result is refused, the caller gets CodeInternal. On a client, arguments that are refused are not sent, with CodeEncode, and a
// result that is refused is CodeInvalidReply; errors.As finds the tagwire.ValidationError. Types with wrong vt tags are refused like a bad
// result: tagwire.ValidatorFor finds them at start-up. Declared exceptions are not looked at.
func Validating() Interceptor { return intercept.Validating() }

// Names of package message, for those who use this package.
type (
	// Message is one message as a [Protocol] reads and writes it.
	Message = message.Message
	// MessageType says what a message is.
	MessageType = message.MessageType
	// Body is the arguments or the result of a message to be written.
	Body = message.Body
	// Reader is the input of a connection, as a Protocol sees it.
	Reader = message.Reader
	// Writer is the output of a connection, as a Protocol sees it.
	Writer = message.Writer
	// Protocol is a way to put messages on a connection.
	Protocol = message.Protocol
	// Limits bounds what peers can make a server or a client do.
	Limits = message.Limits
	// Error is the error of a call.
	Error = message.Error
	// Code classifies an [Error].
	Code = message.Code
	// BizError is an error of the handler's business.
	BizError = message.BizError
)

// The types of Thrift messages, with the numbers they have on the wire.
const (
	MessageCall      = message.MessageCall
	MessageReply     = message.MessageReply
	MessageException = message.MessageException
	MessageOneway    = message.MessageOneway
)

// The codes of errors; see package message for each.
const (
	// CodeUnknown: the server gives no reason.
	CodeUnknown = message.CodeUnknown
	// CodeUnknownMethod: the service has no such method.
	CodeUnknownMethod = message.CodeUnknownMethod
	// CodeInvalidMessageType: the message is neither a call nor a oneway call.
	CodeInvalidMessageType = message.CodeInvalidMessageType
	// CodeWrongMethodName: a reply names another method than the call did.
	CodeWrongMethodName = message.CodeWrongMethodName
	// CodeBadSequence: a reply carries another sequence id than the call did.
	CodeBadSequence = message.CodeBadSequence
	// CodeMissingResult: a reply holds neither a result nor a declared exception.
	CodeMissingResult = message.CodeMissingResult
	// CodeInternal: the handler returned an error that the method does not declare, or panicked.
	CodeInternal = message.CodeInternal
	// CodeProtocolError: the server could not decode the arguments.
	CodeProtocolError = message.CodeProtocolError
	// CodeInvalidTransform: the message is transformed in a way that the server does not know.
	CodeInvalidTransform = message.CodeInvalidTransform
	// CodeInvalidProtocol: the message is in a format that the server does not know.
	CodeInvalidProtocol = message.CodeInvalidProtocol
	// CodeUnsupportedClient: the server does not serve this kind of client.
	CodeUnsupportedClient = message.CodeUnsupportedClient
	// CodeUnknownService: the server has no service of that name (Kitex).
	CodeUnknownService = message.CodeUnknownService
	// CodeNoService: the server has several services and the call names none (Kitex).
	CodeNoService = message.CodeNoService
	// CodeInvalidArgument: the arguments break a rule that the server checks, and the method was not called; see [Validating].
	CodeInvalidArgument = message.CodeInvalidArgument
	// CodeOverloaded: a limit of the server is exceeded, and the method was not called.
	CodeOverloaded = message.CodeOverloaded
	// CodeConnect: no connection could be made. Nothing was sent.
	CodeConnect = message.CodeConnect
	// CodeResolve: the resolver failed or found no address. Nothing was sent.
	CodeResolve = message.CodeResolve
	// CodeTimeout: the call's time ran out. errors.Is also reports context.DeadlineExceeded.
	CodeTimeout = message.CodeTimeout
	// CodeCanceled: the caller's context was cancelled. errors.Is also reports context.Canceled.
	CodeCanceled = message.CodeCanceled
	// CodeClosed: the connection ended before the reply was complete.
	CodeClosed = message.CodeClosed
	// CodeInvalidReply: the answer is not a reply in the transport of the call.
	CodeInvalidReply = message.CodeInvalidReply
	// CodeLimit: a message exceeds a limit; see Limits.
	CodeLimit = message.CodeLimit
	// CodeEncode: the arguments, or the result, have no wire form.
	CodeEncode = message.CodeEncode
	// CodeShutdown: the client or the server was closed. Nothing was sent.
	CodeShutdown = message.CodeShutdown
	// CodeContract: a contract, a handler or an option is wrong. It is found at start-up.
	CodeContract = message.CodeContract
	// CodePanic: code of the user that runs with a call panicked on the caller's side: an interceptor, a protocol, or the
	// InitDefault of a reply. The log has the stack.
	CodePanic = message.CodePanic
	// CodeCircuitOpen: the call was not made, because too many others have failed.
	CodeCircuitOpen = message.CodeCircuitOpen
)

// The protocols of Thrift peers.
var (
	// Buffered is the message alone; its end is where decoding ends. Apache calls it TBufferedTransport.
	Buffered = thrift.Buffered
	// Framed has the length of the message before it, in four bytes. Apache calls it TFramedTransport. With messages of Protobuf it is
	// Kitex-Protobuf.
	Framed = thrift.Framed
	// TTHeader has a header with length, metadata and timeout before the message. It is Kitex's. Messages of Protobuf are framed inside
	// of it, always.
	TTHeader = thrift.TTHeader
	// TTHeaderFramed is TTHeader with a framed message inside.
	TTHeaderFramed = thrift.TTHeaderFramed
)
