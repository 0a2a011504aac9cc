package exchange

import (
	"context"
	"crypto/tls"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tagwire/tagwire/rpc/endpoint"
	"github.com/tagwire/tagwire/rpc/message"
	"github.com/tagwire/tagwire/rpc/transport"
)

// flight is an attempt of a call on a line. Its request is a copy of all that the call has, so that a call which does not wait any
// longer can return at once, while the queue still has the request.
type flight struct {
	attempt
	body   message.FlatBody // of the request
	out    transport.Output
	done   chan struct{} // has an item when the flight has ended, unless it was abandoned
	users  atomic.Int32  // the call, and the queue
	sent   atomic.Bool   // the queue does not have the request any more
	id     int32         // of the request
	oneway bool

	// Set by the line that has the flight, before done has an item:
	err      error              // why there is no reply
	detached transport.Detached // the reply's body
	tls      *tls.ConnectionState

	reusable bool // nothing refers to the reply's body

	// Set when the line takes the flight, and guarded by lines.lock:
	line     *line
	begun    time.Duration // since epoch
	received uint          // line.received then
	expired  bool          // its call does not wait any more
}

// flights holds flights that are over.
var flights = sync.Pool{New: func() any { return &flight{done: make(chan struct{}, 1)} }}

// drop is called by each that has the flight. The last one ends it.
func (f *flight) drop() {
	if f.users.Add(-1) > 0 {
		return
	}
	f.out.Free()
	f.detached.Free(f.reusable)
	f.attempt, f.body, f.id, f.err, f.reusable, f.tls, f.line = attempt{}, message.FlatBody{}, 0, nil, false, nil, nil
	flights.Put(f)
}

// end tells the call that the flight has ended, because of err if there is no reply. The line does so once.
func (f *flight) end(err error) {
	f.err = err
	f.done <- struct{}{}
}

// mostLines is how often an attempt looks for a line, where they end before the request is sent.
const mostLines = 8

// share makes the attempt on a connection of pool that other calls use, too. A request that was not sent, because the connection ended
// before, is sent over another one.
func (e *Exchanger) share(ctx context.Context, call *transport.Call, pool *endpoint.Pool) error {
	canceled := ctx.Done() // first, because it may be users' code, and not return
	s := e.linesOf(pool)
	if err := s.room.enter(ctx, canceled, call.Deadline, e.shut); err != nil {
		return e.unsent(ctx, err, call)
	}
	defer s.room.leave()
	f := flights.Get().(*flight)
	f.exchanger, f.call, f.remote = e, call, pool.Addr()
	f.oneway = call.Request.Type == message.MessageOneway
	f.users.Store(1)
	defer f.drop()
	large := e.large.has(call.Method)
	for range mostLines {
		if f.id == 0 {
			if err := f.put(); err != nil {
				return f.explain(ctx, err)
			}
		}
		large = large || f.out.Len() >= largeMessage
		l, making := s.board(f, large)
		switch {
		case making != nil:
			f.takeBack() // it says how much time is left, and takes memory
			if err := s.await(ctx, canceled, call.Deadline, making); err != nil {
				call.Remote, call.TLS = nil, nil // those of a line that has ended
				return e.unsent(ctx, err, call)
			}
		case l == nil:
			f.takeBack()
		default:
			if err := f.fly(ctx, canceled, l); err != transport.ErrUnsent {
				return err
			}
		}
	}
	return f.explain(ctx, transport.ErrUnsent)
}

// put puts the request together.
func (f *flight) put() error {
	f.body.Body = f.call.Arguments
	err := f.write(&f.out, &f.body)
	f.id = f.call.Sequence
	return err
}

// takeBack takes the request apart.
func (f *flight) takeBack() {
	f.id = 0
	f.out.Free()
}

// fly makes the attempt on the line that has the flight. The error is ErrUnsent if another line may be tried.
func (f *flight) fly(ctx context.Context, canceled <-chan struct{}, l *line) error {
	f.remote, f.call.Remote = l.remote, l.remote
	err := f.wait(ctx, canceled, l)
	f.call.TLS = f.tls
	if err == nil && !f.oneway {
		err = f.decode(ctx, l)
	}
	if err == nil || err == transport.ErrUnsent {
		return err
	}
	return f.explain(ctx, err)
}

// wait waits for the reply, or for a request without one to be sent. The line sees to it that a deadline ends that.
func (f *flight) wait(ctx context.Context, canceled <-chan struct{}, l *line) error {
	if canceled == nil {
		<-f.done
		return f.err
	}
	select {
	case <-f.done:
		return f.err
	case <-canceled:
	}
	if !l.abandon(f) {
		<-f.done
		return f.err
	}
	err := endOf(ctx)
	if err != context.Canceled {
		l.blame(f)
	}
	return err
}

// decode hands the reply to the call. Users' code runs with that.
func (f *flight) decode(ctx context.Context, l *line) error {
	receipt, err := f.call.Reply.Receive(ctx, &f.reply)
	f.answered = receipt.Answered
	f.reusable = receipt.Answered && !receipt.Aliases
	if receipt.Doubtful && !f.reply.OutOfOrder { // else the server says when it closes the connection
		l.doubt()
	}
	return err
}

// doubt replaces the line, because the peer may close its connection without announcing it.
func (l *line) doubt() {
	l.lines.lock.Lock()
	defer l.lines.lock.Unlock()
	l.doubtful = true
	l.leave()
}

// Message is the request.
func (f *flight) Message() *transport.Output { return &f.out }

// Sent is called when the request was sent, or cannot be.
func (f *flight) Sent(err error) {
	f.line.sent(f, err)
	f.drop()
}

// largeReplies knows the methods that have large replies.
type largeReplies struct {
	count   atomic.Int64
	methods sync.Map // by name
}

// mostLargeReplies bounds them, since names may come from outside.
const mostLargeReplies = 1 << 10

func (r *largeReplies) add(method string) {
	if r.count.Load() >= mostLargeReplies {
		return
	}
	if _, known := r.methods.LoadOrStore(method, true); !known {
		r.count.Add(1)
	}
}

func (r *largeReplies) has(method string) bool {
	if r.count.Load() == 0 {
		return false
	}
	_, found := r.methods.Load(method)
	return found
}
