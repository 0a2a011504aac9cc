package rpc

import (
	"context"
	"errors"
	"maps"
	"sync"
	"sync/atomic"
	"time"
	"unsafe"
)

// Client calls the methods of a service. It is safe for concurrent use, and best made once.
type Client struct {
	config   clientConfig
	service  []byte // config.service
	caller   []byte // config.caller
	sequence atomic.Int32

	byName   table[string]
	bindings table[*spec]

	lock      sync.Mutex // for changes to the fields below
	pools     map[Endpoint]*pool
	reaping   bool
	found     atomic.Pointer[targets]
	retired   map[*pool]struct{} // whose endpoints are not used any more, but perhaps connections
	resolving bool
	asking    sync.Mutex // held while the resolver works
	turn      atomic.Uint32
	closed    atomic.Bool
	end       chan struct{} // closed with the client
}

// table is a map that is read without a lock, because it is copied for each of its few changes.
type table[K comparable] struct {
	lock sync.Mutex
	now  atomic.Pointer[map[K]any]
}

func (t *table[K]) load(key K) any {
	if m := t.now.Load(); m != nil {
		return (*m)[key]
	}
	return nil
}

func (t *table[K]) store(key K, value any) {
	t.lock.Lock()
	defer t.lock.Unlock()
	next := map[K]any{}
	if m := t.now.Load(); m != nil {
		next = maps.Clone(*m)
	}
	next[key] = value
	t.now.Store(&next)
}

// NewClient returns a client for the servers that WithAddresses or WithResolver tells of. It makes no connection
// yet. The error is about options and contracts.
func NewClient(options ...ClientOption) (*Client, error) {
	c := &Client{pools: map[Endpoint]*pool{}, retired: map[*pool]struct{}{}, end: make(chan struct{})}
	c.config = clientConfig{
		transport: Framed, refresh: 5 * time.Second, connectTimeout: time.Second, timeout: 5 * time.Second,
		maxIdle: 10, idleTimeout: time.Minute,
	}
	for _, o := range options {
		o.applyToClient(&c.config)
	}
	c.config.complete()
	c.service, c.caller = []byte(c.config.service), []byte(c.config.caller)
	if err := c.check(); err != nil {
		return nil, err
	}
	for _, contract := range c.config.contracts {
		if err := c.fill(contract.value, contract.options); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// check looks for options that are missing or contradict each other.
func (c *Client) check() error {
	switch {
	case c.config.transport == nil:
		return contractError("", "rpc.WithTransport has no transport; write rpc.Framed or another")
	case c.config.resolver != nil && len(c.config.addresses) > 0:
		return contractError("", "there are addresses and a resolver; write rpc.WithAddresses or rpc.WithResolver")
	case c.config.multiplexed && c.config.service == "":
		return contractError("", "rpc.WithMultiplexedNames needs the name of the service; add rpc.WithService(\"Name\")")
	case c.config.resolver != nil:
		if c.config.refresh <= 0 {
			c.config.refresh = 5 * time.Second
		}
		return nil
	case len(c.config.addresses) == 0:
		return contractError("", "the client has no address; add rpc.WithAddresses(\"host:port\") or rpc.WithResolver")
	}
	var static staticResolver
	for _, address := range c.config.addresses {
		endpoint, err := ParseEndpoint(address)
		if err != nil {
			return err
		}
		static = append(static, endpoint)
	}
	c.use(static, time.Time{})
	return nil
}

// bindingFor returns a method under this client's limits.
func (c *Client) bindingFor(s *spec) (*binding, error) {
	if b, ok := c.bindings.load(s).(*binding); ok {
		return b, nil
	}
	b, err := bind(s, &c.config.limits)
	if err != nil {
		return nil, err
	}
	b.sentName = b.nameBytes
	if c.config.multiplexed {
		b.sentName = []byte(c.config.service + ":" + s.name)
	}
	c.bindings.store(s, b)
	return b, nil
}

// dialer returns what makes connections.
func (c *Client) dialer() func(context.Context, Endpoint, time.Duration) (link, error) {
	dial := c.config.dial
	if dial == nil {
		return dialLink
	}
	return func(ctx context.Context, e Endpoint, timeout time.Duration) (link, error) {
		if timeout > 0 {
			limited, cancel := context.WithTimeout(ctx, timeout)
			defer cancel()
			ctx = limited
		}
		conn, err := dial(ctx, e.Network, e.Address)
		if err != nil {
			return nil, err
		}
		return newNetLink(conn, 0, nil), nil
	}
}

// Close ends the client's connections. Calls that are under way end with CodeShutdown.
func (c *Client) Close() error {
	if c.closed.Swap(true) {
		return nil
	}
	close(c.end)
	c.lock.Lock()
	pools := maps.Clone(c.retired)
	for _, p := range c.pools {
		pools[p] = struct{}{}
	}
	c.lock.Unlock()
	for p := range pools {
		p.shut()
	}
	return nil
}

// invoke makes a call through the interceptors. used reports that the call still has arguments and result, because
// an interceptor did not wait for it; then there is an error.
func (c *Client) invoke(ctx context.Context, b *binding, arguments, result unsafe.Pointer) (used bool, err error) {
	if ctx == nil {
		ctx = context.Background()
	}
	if len(c.config.chain) == 0 {
		return false, c.exchange(ctx, b, arguments, result, nil)
	}
	info := &CallInfo{
		Side: ClientSide, Service: c.config.service, Method: b.name, Oneway: b.oneway,
		Protocol: c.config.transport.Name(), Caller: c.config.caller,
	}
	var last innermost
	err = runChain(c.config.chain, ctx, info, func(ctx context.Context) error {
		return last.run(func() error { return c.exchange(ctx, b, arguments, result, info) })
	})
	used = last.end()
	if err == nil && (used || b.returns && !firstWord(result)) {
		err = &Error{Code: CodeMissingResult, Method: b.name, Message: "an interceptor returned no error, and there is no result"}
	}
	return used, err
}

// exchange makes a call on a connection.
func (c *Client) exchange(ctx context.Context, b *binding, arguments, result unsafe.Pointer, info *CallInfo) error {
	deadline, limited := ctx.Deadline()
	if !limited && c.config.timeout > 0 {
		deadline = time.Now().Add(c.config.timeout)
	}
	conn, err := c.connect(ctx, deadline)
	if err != nil {
		return c.label(err, b)
	}
	if info != nil {
		info.Remote = conn.remote
	}
	reusable, err := conn.call(ctx, deadline, b, arguments, result, info)
	conn.pool.put(conn, reusable)
	return err
}

// label completes the error of a call that had no connection.
func (c *Client) label(err error, b *binding) error {
	var e *Error
	if !errors.As(err, &e) {
		return err
	}
	labelled := *e
	labelled.Method = b.name
	labelled.Retryable = e.Code != CodeCanceled && e.Code != CodeShutdown
	return &labelled
}

// ended returns the error of a call whose context has ended.
func ended(ctx context.Context) *Error {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return &Error{Code: CodeTimeout, Err: ctx.Err()}
	}
	return &Error{Code: CodeCanceled, Err: ctx.Err()}
}

// timedOut returns the error of a call whose time is over.
func timedOut() *Error { return &Error{Code: CodeTimeout, Err: context.DeadlineExceeded} }
