package rpc

import (
	"context"
	"net"
	"slices"
	"sync/atomic"
	"time"
	"unsafe"

	"github.com/tagwire/tagwire/rpc/contract"
	"github.com/tagwire/tagwire/rpc/message"

	"github.com/tagwire/tagwire"
	"github.com/tagwire/tagwire/rpc/endpoint"
	"github.com/tagwire/tagwire/rpc/endpoint/dns"
	"github.com/tagwire/tagwire/rpc/grpc"
	"github.com/tagwire/tagwire/rpc/intercept"
	"github.com/tagwire/tagwire/rpc/journal"
	"github.com/tagwire/tagwire/rpc/memory"
	"github.com/tagwire/tagwire/rpc/policy"
	"github.com/tagwire/tagwire/rpc/streaming"
	"github.com/tagwire/tagwire/rpc/thrift"
	"github.com/tagwire/tagwire/rpc/transport"
	"github.com/tagwire/tagwire/rpc/transport/exchange"
)

// Client calls the methods of a service. It is safe for concurrent use, and best made once.
type Client struct {
	config  clientConfig
	journal journal.Journal
	side    streaming.Side // of streams
	service []byte         // config.service
	caller  []byte         // config.caller
	plain   atomic.Bool    // it has been said that the transport leaves things out

	connections *exchange.Exchanger
	exchanger   transport.Exchanger // connections, with policies around it
	streamer    transport.Streamer  // the same for streams; nil if the transport has none
	breakers    *policy.Breakers

	types   memory.Types
	methods memory.Table[*contract.Method, *boundMethod]
	names   memory.Table[string, []any] // *named of all types that a method was called with
}

// watchAfter is how long a connection is idle before it is watched. Tests change it.
var watchAfter = time.Second

// NewClient returns a client for the servers that WithAddresses or WithResolver tells of. It makes no connection
// yet. The error is about options and contracts.
func NewClient(options ...ClientOption) (*Client, error) {
	c := &Client{}
	c.config = clientConfig{
		transport: Framed, refresh: 5 * time.Second, connectTimeout: time.Second, timeout: 5 * time.Second,
		maxIdle: 10, idleTimeout: time.Minute, shared: 2,
	}
	for _, o := range options {
		o.applyToClient(&c.config)
	}
	c.config.complete()
	c.config.completeKeepAlive(KeepAlive{})
	c.config.policies.Complete()
	c.journal.Logger = c.config.logger
	c.side = streaming.Side{Journal: &c.journal, Chain: c.config.chain, Observers: c.config.onMessage}
	c.types.Limits, c.types.Formats = &c.config.limits, []tagwire.Format{c.config.format}
	c.service, c.caller = []byte(c.config.service), []byte(c.config.caller)
	if err := c.locate(); err != nil {
		return nil, err
	}
	for _, contract := range c.config.contracts {
		if err := c.fill(contract.value, contract.options); err != nil {
			_ = c.Close()
			return nil, err
		}
	}
	return c, nil
}

// locate looks for options that are missing or contradict each other, and makes what finds servers and exchanges messages.
func (c *Client) locate() error {
	switch {
	case c.config.transport == nil:
		return message.ContractError("", "rpc.WithTransport has no transport; write rpc.Framed or another")
	case !slices.Contains(thrift.Formats[:], c.config.format):
		return message.ContractError("", "rpc.WithFormat has %v; write tagwire.ThriftBinary or tagwire.ThriftCompact. That "+
			"messages are those of Protobuf is said by their contract, with rpc.Protobuf, or method, with rpc.ProtobufMessages", c.config.format)
	case c.config.connections == Multiplexed && !c.config.transport.Headers():
		return message.ContractError("", "%s cannot be multiplexed; add rpc.WithTransport(rpc.TTHeader)", c.config.transport.Name())
	case c.config.resolver != nil && len(c.config.addresses) > 0:
		return message.ContractError("", "there are addresses and a resolver; write rpc.WithAddresses or rpc.WithResolver")
	case c.config.secure && c.config.tls == nil:
		return errNoTLS
	case c.config.transport == GRPC && c.config.service == "":
		return message.ContractError("", "gRPC needs the name of the service; add rpc.WithService(\"package.Service\")")
	case c.config.transport == GRPC && (c.config.format != tagwire.ThriftBinary || c.config.multiplexed || c.config.connections == Short):
		return message.ContractError("", "gRPC goes neither with rpc.WithFormat nor with rpc.WithMultiplexedNames nor with rpc.Short; leave them out")
	case c.config.multiplexed && c.config.service == "":
		return message.ContractError("", "rpc.WithMultiplexedNames needs the name of the service; add rpc.WithService(\"Name\")")
	case c.config.resolver == nil && len(c.config.addresses) == 0:
		return message.ContractError("", "the client has no address; add rpc.WithAddresses(\"host:port\") or rpc.WithResolver")
	}
	if c.config.encoding != "" && !grpc.CanCompress(c.config.encoding) {
		return message.ContractError("", "rpc.WithCompression: there is no compressor %q; register it by grpc.RegisterCompressor", c.config.encoding)
	}
	if r, isDNS := c.config.resolver.(*dns.Resolver); isDNS && r.Check() != nil {
		return message.ContractError("", "rpc.DNS: %v", r.Check())
	}
	var endpoints []Endpoint
	for _, address := range c.config.addresses {
		e, err := ParseEndpoint(address)
		if err != nil {
			return err
		}
		if c.config.secure {
			if _, err := endpoint.WithServerName(c.config.tls, e); err != nil {
				return message.ContractError("", "%v", err)
			}
		}
		endpoints = append(endpoints, e)
	}
	if c.config.refresh <= 0 {
		c.config.refresh = 5 * time.Second
	}
	var err error
	c.breakers, err = policy.NewBreakers(c.config.byMethod, c.config.byEndpoint, func(key, state string) {
		c.journal.Warn("rpc: a circuit breaker has changed", "of", key, "state", state)
	})
	if err != nil {
		return err
	}
	shared := 0
	if c.config.connections == Multiplexed {
		shared = max(1, c.config.shared)
	}
	over := c.channel()
	c.connections = exchange.New(exchange.Config{
		Shared: shared, Over: over,
		Protocol: c.config.transport, Limits: &c.config.limits, Known: thrift.BuiltIn,
		Endpoints: endpoint.Config{
			Dial: c.dialer(), TLS: c.tlsConfig(), ConnectTimeout: c.config.connectTimeout,
			MaxConnections: c.config.limits.MaxConnections, MaxIdle: c.config.maxIdle, IdleTimeout: c.config.idleTimeout,
			WatchAfter: watchAfter, Short: c.config.connections == Short,
			Balance: c.breakers.Balance(c.config.balance), KeepAll: c.config.keepAll,
			Event:    c.event,
			Panicked: func(who string, value any) { c.journal.Panicked("rpc: "+who+" panicked", value) },
		},
		Static: endpoints, Resolver: c.config.resolver, Service: c.config.service, Refresh: c.config.refresh,
		ResolverFailed: func(err error) {
			c.journal.Warn("rpc: the resolver failed", "service", c.config.service, "reason", err.Error())
		},
	})
	c.exchanger = policy.Waiting(c.breakers.Exchanger(policy.Failover(c.connections)))
	switch {
	case over != nil:
		c.streamer = policy.WaitingStreamer(c.breakers.Streamer(transport.NewStreamer(c.connections)))
	case c.config.transport == TTHeader || c.config.transport == TTHeaderFramed:
		c.streamer = policy.WaitingStreamer(c.breakers.Streamer(c.connections))
	}
	return nil
}

// dialer returns what makes connections.
func (c *Client) dialer() DialFunc {
	if c.config.dial != nil {
		return c.config.dial
	}
	return endpoint.Dial
}

// event reports an event of a connection to the interceptors.
func (c *Client) event(kind endpoint.EventKind, conn *endpoint.Conn, remote net.Addr, took time.Duration, err error) {
	if len(c.config.onConnection) == 0 {
		return
	}
	if kind == endpoint.Opened {
		conn.Reported = intercept.NewConnection(ClientSide, conn.Conn)
	}
	e := ConnectionEvent{Kind: ConnectionClosed, Side: ClientSide, Remote: remote, Err: err, Duration: took}
	switch kind {
	case endpoint.Opened:
		e.Kind = ConnectionOpened
	case endpoint.Failed:
		e.Kind = ConnectFailed
	}
	if conn != nil {
		e.Connection, _ = conn.Reported.(*Connection)
	}
	c.config.event(&c.journal, e)
}

// Close ends the client's connections. Calls that are under way end with CodeShutdown.
func (c *Client) Close() error {
	c.connections.Close()
	c.breakers.Close()
	return nil
}

// invoke makes a call, and returns a struct of results unless there is an error or no reply. used reports that the call still has the
// arguments, because an interceptor did not wait for it.
func (c *Client) invoke(ctx context.Context, b *boundMethod, arguments unsafe.Pointer) (result unsafe.Pointer, used bool, err error) {
	if ctx == nil {
		ctx = context.Background()
	}
	plan := b.plan.For(ctx)
	result, used, err = c.perform(ctx, plan, b, arguments)
	if fallback := plan.Fallback(); fallback != nil {
		result, err = c.fallBack(ctx, fallback, b, arguments, result, err)
	}
	return result, used, err
}

// perform makes a call through the interceptors, and returns a struct of results unless there is an error or no reply. used
// reports that the call still has the arguments, because an interceptor did not wait for it; then there is an error.
//
// A panic of the code that runs here, which is interceptors', that of a protocol or a connection of the user's, and
// InitDefault, becomes an error. Where such code ends the goroutine, the connection is given back all the same.
func (c *Client) perform(ctx context.Context, plan *policy.Plan, b *boundMethod, arguments unsafe.Pointer) (result unsafe.Pointer, used bool, err error) {
	var all *policy.Attempts
	var arena *memory.ReplyArena
	defer func() {
		arena.Close()
		if value := recover(); value != nil {
			c.journal.Panicked("rpc: a call panicked", value, "method", b.Name)
			err = b.panicked()
		}
		if all != nil {
			result, used, err = b.end(all, err)
		}
	}()
	arena = replyArena(ctx)
	if len(c.config.chain) == 0 && !plan.Repeats() {
		if b.out != nil {
			result = b.out.Get()
		}
		if err = c.attempt(ctx, b, plan.Deadline(ctx, c.config.timeout), arguments, result, arena, nil); err != nil && result != nil {
			b.out.Put(result)
			result = nil
		}
		return result, false, err
	}
	if arena != nil {
		ctx = WithReplyArena(ctx, nil)
	}
	all = b.newAttempts()
	return nil, false, c.govern(ctx, &governed{b, arguments, arena, all})
}

// methodFor returns a method under this client's limits.
func (c *Client) methodFor(s *contract.Method) (*boundMethod, error) {
	if b, found := c.methods.Load(s); found {
		return b, nil
	}
	b, err := c.newBoundMethod(s)
	if err == nil {
		c.methods.Store(s, b)
	}
	return b, err
}

func (c *Client) newBoundMethod(s *contract.Method) (*boundMethod, error) {
	if s.Protobuf && c.config.transport == Buffered {
		return nil, message.ContractError(s.Name, "its messages are those of Protobuf, which do not tell where they end, and so cannot be "+
			"buffered; add rpc.WithTransport(rpc.TTHeader), or rpc.Framed")
	}
	b, err := bind(&c.types, s)
	if err != nil {
		return nil, err
	}
	if s.Streams() && c.streamer == nil {
		return nil, message.ContractError(s.Name, "%s has no streams; add rpc.WithTransport(rpc.TTHeader), or rpc.GRPC", c.config.transport.Name())
	}
	b.sentName, b.plan, b.format = b.nameBytes, c.config.policies.Plan(s.Name), c.config.format
	switch {
	case s.Streams():
		b.format = b.request.Format
		b.calls = &streaming.Calls{Side: &c.side, Method: b.streaming, Streamer: c.streamer, Caller: &streamCaller{c, b}}
		if c.config.transport == GRPC {
			b.calls.OtherNumber = grpc.Unimplemented
		}
	case s.Protobuf:
		b.format = tagwire.Protobuf
	}
	if c.config.transport == GRPC && !s.Streams() {
		b.in = b.messages[0]
		if b.out != nil {
			b.out = b.messages[1]
		}
	}
	if c.config.multiplexed {
		b.sentName = []byte(c.config.service + ":" + s.Name)
	}
	return b, nil
}
