package rpc

import (
	"context"
	"errors"
	"io"
	"net"
	"sync"
	"sync/atomic"

	"github.com/tagwire/tagwire/rpc/intercept"
	"github.com/tagwire/tagwire/rpc/message"
	"github.com/tagwire/tagwire/rpc/transport"
)

// Pipe is a transport of streams from a client to a server in the same process, for tests of what is above transports.
type Pipe struct {
	Server *Server
	// Window is how many messages may be on their way in each direction.
	Window int
	// Streams counts the streams that have not ended on both sides, Finished the calls of Finish, Closed those of Close.
	Streams, Finished, Closed atomic.Int64
	// Misused counts what a transport must not be asked to do.
	Misused atomic.Int64
}

// UsePipe makes a client's streams go over a pipe.
func UsePipe(c *Client, p *Pipe) { c.streamer = p }

// pipeHalf is what goes in one direction.
type pipeHalf struct {
	messages [][]byte
	ended    bool // nothing follows
}

type pipe struct {
	owner *Pipe
	lock  sync.Mutex
	cond  sync.Cond

	up, down    pipeHalf
	header      map[string]string
	started     bool
	finished    bool
	outcome     error
	trailer     map[string]string
	canceled    error // by the client
	interrupted bool
	closed      bool
	left        int // sides
	busy        [4]bool
	cancel      context.CancelFunc // of the server's context
	lent        []byte             // what Receive of the client returned last
	lentUp      []byte
}

// Open is that of transport.Streamer.
func (o *Pipe) Open(ctx context.Context, call *transport.Call) (transport.ClientStream, error) {
	if err := ctx.Err(); err != nil {
		return nil, &Error{Code: CodeCanceled, Method: call.Method, Err: err}
	}
	r := &routes{services: o.Server.services}
	for _, methods := range r.services {
		r.only = methods
	}
	p := &pipe{owner: o, left: 2}
	p.cond.L = &p.lock
	o.Streams.Add(1)
	call.Remote, call.Sequence = &net.UnixAddr{Name: "pipe", Net: "unix"}, 7
	b, unknown := r.route(&call.Request)
	if unknown != nil {
		p.finish(&Error{Code: Code(unknown.Type), Message: unknown.Message}, nil)
	} else {
		parent, cancel := context.WithCancel(context.Background())
		p.cancel = cancel
		server := &intercept.CallContext{Parent: parent, Sends: true, Info: CallInfo{
			Side: ServerSide, Service: b.service, Method: b.Name, Protocol: "pipe", Declares: b.declares, Remote: call.Remote,
		}}
		if !call.Deadline.IsZero() {
			server.Until = call.Deadline
		}
		go o.Server.serveStream(b, server, (*pipeServer)(p))
	}
	context.AfterFunc(ctx, func() { p.abort(ctx.Err()) })
	return (*pipeClient)(p), nil
}

func (p *pipe) abort(err error) {
	p.lock.Lock()
	defer p.lock.Unlock()
	if p.canceled == nil && !p.finished {
		p.canceled = err
		if p.cancel != nil {
			p.cancel()
		}
	}
	p.cond.Broadcast()
}

func (p *pipe) leave() {
	if p.left--; p.left == 0 {
		p.owner.Streams.Add(-1)
	}
	p.cond.Broadcast()
}

// use notes that something is done, which must not be done twice at a time, nor when what ends it was called.
func (p *pipe) use(i int, over bool) func() {
	if p.busy[i] || over {
		p.owner.Misused.Add(1)
	}
	p.busy[i] = true
	return func() { p.busy[i] = false }
}

func (p *pipe) finish(outcome error, metadata map[string]string) {
	p.lock.Lock()
	defer p.lock.Unlock()
	if p.finished || p.busy[2] || p.busy[3] {
		p.owner.Misused.Add(1)
	}
	p.finished, p.outcome, p.trailer, p.started = true, outcome, metadata, true
	p.owner.Finished.Add(1)
	if p.cancel != nil {
		p.cancel()
	}
	p.leave()
}

func encode(body message.Body) ([]byte, error) {
	n, _, err := body.Size()
	if err != nil {
		return nil, err
	}
	buf := make([]byte, n)
	n, err = body.Encode(buf, nil)
	return buf[:n], err
}

// scrub makes what was returned last wrong, so that it is noticed if it is still used.
func scrub(b []byte) {
	for i := range b {
		b[i] = 0xff
	}
}

type pipeClient pipe

func (c *pipeClient) Send(body message.Body) error {
	p := (*pipe)(c)
	data, err := encode(body)
	if err != nil {
		return err
	}
	p.lock.Lock()
	defer p.lock.Unlock()
	defer p.use(0, p.closed || p.up.ended)()
	for len(p.up.messages) >= p.owner.Window && !p.finished && p.canceled == nil {
		p.cond.Wait()
	}
	if p.finished || p.canceled != nil {
		return io.EOF
	}
	p.up.messages = append(p.up.messages, data)
	p.cond.Broadcast()
	return nil
}

func (c *pipeClient) CloseSend() error {
	p := (*pipe)(c)
	p.lock.Lock()
	defer p.lock.Unlock()
	defer p.use(0, p.closed)()
	p.up.ended = true
	p.cond.Broadcast()
	return nil
}

func (c *pipeClient) Receive() ([]byte, error) {
	p := (*pipe)(c)
	p.lock.Lock()
	defer p.lock.Unlock()
	defer p.use(1, p.closed)()
	scrub(p.lent)
	for len(p.down.messages) == 0 && !p.finished && p.canceled == nil {
		p.cond.Wait()
	}
	switch {
	case p.canceled != nil:
		code := CodeCanceled
		if errors.Is(p.canceled, context.DeadlineExceeded) {
			code = CodeTimeout
		}
		return nil, &Error{Code: code, Method: "pipe", Err: p.canceled}
	case len(p.down.messages) > 0:
		p.lent = p.down.messages[0]
		p.down.messages = p.down.messages[1:]
		p.cond.Broadcast()
		return p.lent, nil
	case p.outcome != nil:
		return nil, p.outcome
	}
	return nil, io.EOF
}

func (c *pipeClient) Header() (map[string]string, error) {
	p := (*pipe)(c)
	p.lock.Lock()
	defer p.lock.Unlock()
	for !p.started && p.canceled == nil {
		p.cond.Wait()
	}
	return p.header, nil
}

func (c *pipeClient) Trailer() map[string]string {
	c.lock.Lock()
	defer c.lock.Unlock()
	return c.trailer
}

func (c *pipeClient) Close() {
	p := (*pipe)(c)
	p.abort(context.Canceled)
	p.lock.Lock()
	defer p.lock.Unlock()
	if p.closed || p.busy[0] || p.busy[1] {
		p.owner.Misused.Add(1)
	}
	scrub(p.lent)
	p.closed = true
	p.owner.Closed.Add(1)
	p.leave()
}

type pipeServer pipe

func (s *pipeServer) Send(body message.Body) error {
	p := (*pipe)(s)
	data, err := encode(body)
	if err != nil {
		return err
	}
	p.lock.Lock()
	defer p.lock.Unlock()
	defer p.use(2, p.finished)()
	p.started = true
	for len(p.down.messages) >= p.owner.Window && p.canceled == nil && !p.interrupted {
		p.cond.Wait()
	}
	if p.canceled != nil || p.interrupted {
		return io.EOF
	}
	p.down.messages = append(p.down.messages, data)
	p.cond.Broadcast()
	return nil
}

func (s *pipeServer) Receive() ([]byte, error) {
	p := (*pipe)(s)
	p.lock.Lock()
	defer p.lock.Unlock()
	defer p.use(3, p.finished)()
	scrub(p.lentUp)
	for len(p.up.messages) == 0 && !p.up.ended && p.canceled == nil && !p.interrupted {
		p.cond.Wait()
	}
	switch {
	case p.canceled != nil || p.interrupted:
		return nil, &Error{Code: CodeCanceled, Err: context.Canceled}
	case len(p.up.messages) > 0:
		p.lentUp = p.up.messages[0]
		p.up.messages = p.up.messages[1:]
		p.cond.Broadcast()
		return p.lentUp, nil
	}
	return nil, io.EOF
}

func (s *pipeServer) Start(metadata map[string]string) bool {
	s.lock.Lock()
	defer s.lock.Unlock()
	if s.started || s.canceled != nil {
		return false
	}
	s.started, s.header = true, metadata
	s.cond.Broadcast()
	return true
}

func (s *pipeServer) Finish(outcome error, metadata map[string]string) {
	(*pipe)(s).finish(outcome, metadata)
}

func (s *pipeServer) Interrupt() {
	s.lock.Lock()
	defer s.lock.Unlock()
	s.interrupted = true
	s.cond.Broadcast()
}

var (
	_ transport.Streamer    = (*Pipe)(nil)
	_ transport.Interrupter = (*pipeServer)(nil)
)
