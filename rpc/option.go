package rpc

import (
	"context"
	"crypto/tls"
	"log/slog"
	"net"
	"time"

	"github.com/tagwire/tagwire/rpc/grpc/health"
	"github.com/tagwire/tagwire/rpc/intercept"
	"github.com/tagwire/tagwire/rpc/message"

	"github.com/tagwire/tagwire"
	"github.com/tagwire/tagwire/rpc/policy"
)

// ServerOption is an option of [NewServer].
type ServerOption interface{ applyToServer(*serverConfig) }

// ClientOption is an option of [NewClient].
type ClientOption interface{ applyToClient(*clientConfig) }

// Option is an option of servers and of clients.
type Option interface {
	ServerOption
	ClientOption
}

// commonConfig is what servers and clients have in common.
type commonConfig struct {
	limits       Limits
	logger       *slog.Logger
	interceptors []Interceptor
	chain        []intercept.Call        // their Call functions
	onMessage    []intercept.Message     // their Message functions
	onValue      []intercept.Message     // their Values functions
	onConnection []func(ConnectionEvent) // and their Connection functions
	rejected     []func(context.Context, *CallInfo, *Error)
	strict       bool
	secure       bool // there shall be TLS, with tls for its config
	tls          *tls.Config
	keepAlive    KeepAlive
	keepAliveSet bool
}

// errNoTLS is the fault of WithTLS(nil).
var errNoTLS = message.ContractError("", "rpc.WithTLS has no config; write &tls.Config{...}")

type serverConfig struct {
	commonConfig
	protocols    []Protocol
	readTimeout  time.Duration
	writeTimeout time.Duration
	idleTimeout  time.Duration
	requestReuse bool
	callLimits   policy.Limits
	age          time.Duration
	ageGrace     time.Duration
	reflection   bool
	health       *health.Health
}

type clientConfig struct {
	commonConfig
	transport      Protocol
	format         tagwire.Format
	connections    ConnectionKind
	shared         int
	service        string
	multiplexed    bool
	caller         string
	resolver       Resolver
	addresses      []string
	refresh        time.Duration
	balance        func([]Endpoint) Balancer
	keepAll        bool
	dial           DialFunc
	connectTimeout time.Duration
	timeout        time.Duration
	policies       policy.Policies
	byMethod       *Breaker
	byEndpoint     *Breaker
	maxIdle        int
	idleTimeout    time.Duration
	contracts      []boundContract
	encoding       string
	authority      string
}

type boundContract struct {
	value   any
	options []ContractOption
}

type commonOption func(*commonConfig)

func (o commonOption) applyToServer(c *serverConfig) { o(&c.commonConfig) }
func (o commonOption) applyToClient(c *clientConfig) { o(&c.commonConfig) }

type serverOption func(*serverConfig)

func (o serverOption) applyToServer(c *serverConfig) { o(c) }

type clientOption func(*clientConfig)

func (o clientOption) applyToClient(c *clientConfig) { o(c) }

// WithLimits sets the limits; fields that are zero keep their defaults.
func WithLimits(l Limits) Option { return commonOption(func(c *commonConfig) { c.limits = l }) }

// WithLogger sets where a server or a client reports what is not returned to any caller: connections that were closed
// because of what they sent, panics of handlers. The default is slog.Default().
func WithLogger(l *slog.Logger) Option { return commonOption(func(c *commonConfig) { c.logger = l }) }

// WithInterceptors adds interceptors. The first that was added is the outermost.
func WithInterceptors(chain ...Interceptor) Option {
	return commonOption(func(c *commonConfig) { c.interceptors = append(c.interceptors, chain...) })
}

// WithTLS makes a server or a client speak TLS over the connections of all listeners that Serve gets, or of the dialer in use, that
// of WithDialer too. Those need no TLS of their own: where they have it, there is TLS inside of TLS.
//
// The config is copied. Its callbacks, which may be called by many goroutines at once, are how certificates are renewed while a
// server or a client runs: GetCertificate or GetConfigForClient of a server, GetClientCertificate of a client. They should return
// when the context ends that they get with their argument.
//
// A server needs a certificate; its handshakes count to WithReadTimeout. A client verifies that the server has a certificate for
// ServerName, or else for the host in its address, and so needs ServerName for a unix socket; its handshakes count to
// WithConnectTimeout. See [CallInfo] for who the peer is.
func WithTLS(config *tls.Config) Option {
	config = config.Clone()
	return commonOption(func(c *commonConfig) { c.secure, c.tls = true, config })
}

// WithStrictResults makes nil an error where a method has a result: a server answers with CodeMissingResult when a handler
// returns nil, and a client returns that code for a reply without a result. Without the option nil is sent as a result
// that is not there, as with Kitex, where the type can be nil.
func WithStrictResults() Option { return commonOption(func(c *commonConfig) { c.strict = true }) }

// WithProtocol makes a server understand another protocol. It is asked after the built-in ones.
func WithProtocol(p Protocol) ServerOption {
	return serverOption(func(c *serverConfig) { c.protocols = append(c.protocols, p) })
}

// WithRequestReuse makes a server decode requests into memory of earlier ones, which costs less. It is for handlers that keep nothing
// of their requests; for single methods there is the option [RequestReuse]. A request belongs to the handler and the interceptors
// until the call is over: its reply has been sent then, and may refer to the request, as may an error that is returned. A call
// that an interceptor does not wait for is over when its handler has returned.
//
// What is still used afterwards has to be copied before, strings too (strings.Clone); it changes when further requests come.
// Reading it then gives wrong values but corrupts nothing, unless it is read by another goroutine while a request is decoded: that
// is a data race. The same holds for parameters of a contract's functions. Set TAGWIRE_DEBUG=arena to find such mistakes.
func WithRequestReuse() ServerOption {
	return serverOption(func(c *serverConfig) { c.requestReuse = true })
}

// WithReadTimeout sets how long a message may take from its first byte to its last before the server closes the connection,
// and how long the handshake may take of one that has a method Handshake, as those of crypto/tls. The default is 30
// seconds; 0 sets no limit.
func WithReadTimeout(d time.Duration) ServerOption {
	return serverOption(func(c *serverConfig) { c.readTimeout = d })
}

// WithWriteTimeout sets how long a peer may take to accept a reply before the server closes the connection. The
// default is 30 seconds; 0 sets no limit.
func WithWriteTimeout(d time.Duration) ServerOption {
	return serverOption(func(c *serverConfig) { c.writeTimeout = d })
}

// WithIdleTimeout sets after which time without a call a server closes a connection. The default is 10 minutes; 0 sets no
// limit.
func WithIdleTimeout(d time.Duration) ServerOption {
	return serverOption(func(c *serverConfig) { c.idleTimeout = d })
}

// WithCallLimit limits the calls that a server works on: all together if no name is given, else those of each service that is named,
// or of each method, as in "Service:method". A call has to pass all limits that hold for it. One that does not is answered with
// CodeOverloaded, before its arguments are decoded.
func WithCallLimit(l CallLimit, names ...string) ServerOption {
	return serverOption(func(c *serverConfig) { c.callLimits.Add(l, names) })
}

// ConnectionKind tells how a client uses connections.
type ConnectionKind uint8

const (
	// Pooled keeps connections open after a call, for the next one. One call at a time uses a connection.
	Pooled ConnectionKind = iota
	// Short makes a connection for each call.
	Short
	// Multiplexed keeps a few connections open that all calls share; see [WithSharedConnections]. A call does not wait for those
	// before it, and replies come in any order, from servers that multiplex as well; others answer one call after the other. It
	// needs a transport with headers, such as TTHeader. Limits.MaxInFlight bounds the calls of one connection at the same time;
	// further calls wait. A server runs oneway calls at the same time, in any order.
	Multiplexed
)

// WithSharedConnections sets how many connections a client with Multiplexed ones has to each address, 2 by default and
// 1,024 at most. Where the limits allow for one more, messages of 64 KiB and more go over that, and hold up no others. For gRPC it is how
// many there are as soon as calls are made at the same time; where these are full, there are more.
func WithSharedConnections(n int) ClientOption {
	return clientOption(func(c *clientConfig) { c.shared = n })
}

// WithConnections chooses how a client uses connections: Pooled, the default, Short or Multiplexed.
func WithConnections(kind ConnectionKind) ClientOption {
	return clientOption(func(c *clientConfig) { c.connections = kind })
}

// WithPool sets how many idle connections a client keeps per address, 10 by default, and for how long, one minute
// by default; 0 keeps them for as long as the server does. With many callers at once, keep as many connections as there
// are callers: those beyond the number are closed after their call.
func WithPool(maxIdle int, idleTimeout time.Duration) ClientOption {
	return clientOption(func(c *clientConfig) { c.maxIdle, c.idleTimeout = maxIdle, idleTimeout })
}

// WithTransport sets what a client speaks: Framed by default, Buffered, TTHeader, TTHeaderFramed, GRPC, or a Protocol
// of yours.
func WithTransport(p Protocol) ClientOption {
	return clientOption(func(c *clientConfig) { c.transport = p })
}

// WithFormat sets the wire format of a client's messages: tagwire.ThriftBinary by default, or tagwire.ThriftCompact. It goes with
// each transport. A server answers in the format that it is called in. Methods whose messages are those of Protobuf, see [Protobuf],
// have that format in any case.
func WithFormat(f tagwire.Format) ClientOption {
	return clientOption(func(c *clientConfig) { c.format = f })
}

// WithService names the service that is called. A TTHeader message carries the name, so that a server with
// several services knows which is meant. Calls of gRPC always do, with the package of the service: "shop.Store".
func WithService(name string) ClientOption {
	return clientOption(func(c *clientConfig) { c.service = name })
}

// WithMultiplexedNames puts the name of the service before that of the method, as in "Store:get", which is how
// Apache Thrift's multiplexed processors tell services apart. It needs WithService.
func WithMultiplexedNames() ClientOption {
	return clientOption(func(c *clientConfig) { c.multiplexed = true })
}

// WithCaller names the calling service to the server; a TTHeader message carries it, and calls of gRPC do not.
func WithCaller(name string) ClientOption {
	return clientOption(func(c *clientConfig) { c.caller = name })
}

// WithAddresses sets the addresses of the servers, used in turn: "host:port", or "unix:" and the path of a socket.
func WithAddresses(addresses ...string) ClientOption {
	return clientOption(func(c *clientConfig) { c.addresses = append(c.addresses, addresses...) })
}

// WithResolver sets what finds the addresses of the servers, such as [DNS]. What it returns is used for the time given, 5 seconds
// if that is zero, and then asked for again in the background; a [TimedResolver] may say otherwise.
func WithResolver(r Resolver, refresh time.Duration) ClientOption {
	return clientOption(func(c *clientConfig) { c.resolver, c.refresh = r, refresh })
}

// WithBalancer sets what chooses the endpoint of a call: [WeightedRotation], the default, [Random], [PickOfTwo], [ConsistentHash], or
// a function of yours. It is called with the endpoints in use, at least one, each once and with a weight of at least 1, and again when
// these change: when the resolver has another answer, and when an endpoint is ejected or used again. Where it panics or returns
// nil, there is a WeightedRotation.
func WithBalancer(balance func(endpoints []Endpoint) Balancer) ClientOption {
	return clientOption(func(c *clientConfig) { c.balance = balance })
}

// WithoutEjection makes a client go on using endpoints that it cannot connect to. By default an endpoint is ejected, so that calls
// go to others as long as there are any, when three connections in a row could not be made, or one could not within the connect
// timeout, or a second. It is used again when a connection can be made, which the client tries in the background after a
// quarter of a second, and then after pauses that double up to ten seconds.
func WithoutEjection() ClientOption {
	return clientOption(func(c *clientConfig) { c.keepAll = true })
}

// DialFunc makes a connection, such as the DialContext methods of net.Dialer and, without WithTLS, tls.Dialer. ctx ends when the
// connect timeout has passed, and when the client is closed. It is called in a goroutine of the client's, and a
// connection that comes when its call is over serves the next.
type DialFunc func(ctx context.Context, network, address string) (net.Conn, error)

// WithDialer makes a client use connections that dial makes.
func WithDialer(dial DialFunc) ClientOption {
	return clientOption(func(c *clientConfig) { c.dial = dial })
}

// WithConnectTimeout sets how long making a connection may take, the handshake of WithTLS included. The default is one second; 0
// leaves that to the deadlines of the calls that wait for it.
func WithConnectTimeout(d time.Duration) ClientOption {
	return clientOption(func(c *clientConfig) { c.connectTimeout = d })
}

// WithTimeout sets how long a call may take whose context has no deadline. The default is 5 seconds; 0 sets no
// limit. A context's own deadline counts instead, if it has one.
func WithTimeout(d time.Duration) ClientOption {
	return clientOption(func(c *clientConfig) { c.timeout = d })
}

// WithPolicy sets how a client makes calls: those of the methods that are named, or all. The policy of a call counts before that of
// its method, see [WithCallPolicy], and that before the one of all methods.
func WithPolicy(p Policy, methods ...string) ClientOption {
	return clientOption(func(c *clientConfig) { c.policies.Add(p, methods) })
}

// WithRetryBudget sets how many retries a client makes, by its calls. The default is one for ten calls, and ten at once.
func WithRetryBudget(b RetryBudget) ClientOption {
	return clientOption(func(c *clientConfig) { c.policies.Budget = b })
}

// WithBreaker gives each method a circuit breaker: its calls end with CodeCircuitOpen while too many fail.
func WithBreaker(b Breaker) ClientOption {
	return clientOption(func(c *clientConfig) { c.byMethod = &b })
}

// WithEndpointBreaker gives each endpoint a circuit breaker: calls go to others while too many of its calls fail, and end with
// CodeCircuitOpen when there is none.
func WithEndpointBreaker(b Breaker) ClientOption {
	return clientOption(func(c *clientConfig) { c.byEndpoint = &b })
}

// WithContract makes NewClient fill the func fields of the struct that contract points to, each with a function
// that makes the call. See [Implement] for what such a struct looks like.
func WithContract(contract any, options ...ContractOption) ClientOption {
	return clientOption(func(c *clientConfig) {
		c.contracts = append(c.contracts, boundContract{contract, options})
	})
}
