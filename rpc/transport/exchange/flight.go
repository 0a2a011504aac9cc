package exchange

import (
	"context"
	"crypto/tls"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tagwire/tagwire"
	"github.com/tagwire/tagwire/rpc/endpoint"
	"github.com/tagwire/tagwire/rpc/message"
	"github.com/tagwire/tagwire/rpc/transport"
)

// flight is an attempt of a call on a line. Its request is a copy of all that the call has, so that a call which does not wait any
// longer can return at once, while the queue still has the request.
type flight struct {
	attempt
	out    transport.Output
	done   chan struct{} // has an item when the flight has ended, unless it was abandoned
	timer  *time.Timer   // nil until there is a deadline
	users  atomic.Int32  // the call, and the queue
	id     int32         // of the request
	oneway bool

	// Set by the line that has the flight, before done has an item:
	err      error              // why there is no reply
	detached transport.Detached // the reply's body
	reusable bool               // nothing refers to it
	tls      *tls.ConnectionState

	// Set when the request was put into the queue, and guarded by lines.lock:
	line     *line
	begun    time.Time
	received uint // line.received then
	sent     bool // the queue does not have the request any more
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
	done, timer, out := f.done, f.timer, f.out
	*f = flight{done: done, timer: timer, out: out}
	flights.Put(f)
}

// mostLines is how often an attempt looks for a line, where they end before the request is sent.
const mostLines = 8

// share makes the attempt on a connection of pool that other calls use, too. A request that was not sent, because the connection ended
// before, is sent over another one.
func (e *Exchanger) share(ctx context.Context, call *transport.Call, pool *endpoint.Pool) error {
	s := e.linesOf(pool)
	if err := s.enter(ctx, call.Deadline); err != nil {
		return e.unsent(ctx, err, call)
	}
	defer s.exit()
	f := flights.Get().(*flight)
	f.exchanger, f.call, f.remote = e, call, pool.Endpoint().Addr()
	f.oneway = call.Request.Type == message.MessageOneway
	f.users.Store(1)
	defer f.drop()
	large := e.large.has(call.Method)
	for range mostLines {
		l, making := s.choose(large)
		if l == nil {
			if err := s.await(ctx, call.Deadline, making); err != nil {
				call.Remote, call.TLS = nil, nil // those of a line that has taken no call
				return e.unsent(ctx, err, call)
			}
			continue // the line may have ended again
		}
		if left, err := f.fly(ctx, l, &large); !left {
			return err
		}
	}
	return f.explain(ctx, transport.ErrUnsent)
}

// fly makes the attempt on a line. left reports that nothing was sent, so that another line may be tried.
func (f *flight) fly(ctx context.Context, l *line, large *bool) (left bool, err error) {
	defer l.release()
	call := f.call
	f.remote = l.remote
	call.Remote, call.TLS = l.remote, nil
	if f.id == 0 {
		if err := f.write(&f.out, flatBody{call.Arguments}); err != nil {
			return false, f.explain(ctx, err)
		}
		f.id = call.Sequence
		if !*large && f.out.Len() >= largeMessage {
			*large = true
			return true, nil
		}
	}
	if !l.put(f) {
		f.id = 0 // another call may have it
		f.out.Discard()
		return true, nil
	}
	err = f.wait(ctx, l)
	call.TLS = f.tls
	if err == nil && !f.oneway {
		err = f.decode(ctx, l)
	}
	if err == nil {
		return false, nil
	}
	return err == transport.ErrUnsent, f.explain(ctx, err)
}

// wait waits for the reply, or for a request without one to be sent.
func (f *flight) wait(ctx context.Context, l *line) error {
	var expired <-chan time.Time
	deadline := f.call.Deadline
	if !deadline.IsZero() {
		expired = f.timerFor(deadline)
		defer f.timer.Stop()
	}
	for {
		var err error
		select {
		case <-f.done:
			return f.err
		case <-ctx.Done():
			err = ctx.Err()
		case <-expired:
			if left := time.Until(deadline); left > 0 { // it was of an earlier call
				f.timer.Reset(left)
				continue
			}
			err = os.ErrDeadlineExceeded
		}
		if !l.abandon(f, err == context.Canceled) {
			<-f.done
			return f.err
		}
		return err
	}
}

// timerFor returns a channel that has an item when deadline has passed.
func (f *flight) timerFor(deadline time.Time) <-chan time.Time {
	if f.timer == nil {
		f.timer = time.NewTimer(time.Until(deadline))
	} else {
		f.timer.Reset(time.Until(deadline))
	}
	return f.timer.C
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

// flatBody copies all of a body.
type flatBody struct{ message.Body }

// Size returns that nothing is handed to a DirectWriter.
func (b flatBody) Size() (total, direct int, err error) {
	total, _, err = b.Body.Size()
	return total, 0, err
}

// Encode encodes without a DirectWriter.
func (b flatBody) Encode(buf []byte, _ tagwire.DirectWriter) (int, error) {
	return b.Body.Encode(buf, nil)
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
