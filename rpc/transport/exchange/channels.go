package exchange

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"sync"
	"time"

	"github.com/tagwire/tagwire/rpc/endpoint"
	"github.com/tagwire/tagwire/rpc/message"
	"github.com/tagwire/tagwire/rpc/thrift"
	"github.com/tagwire/tagwire/rpc/transport"
)

// channels are the connections to one endpoint that streams have, which are not used for other calls: some servers find out with the first
// message of a connection what all of it is for. Where calls share connections, so do streams; else each has one for itself, as long as it
// lasts.
type channels struct {
	exchanger *Exchanger
	pool      *endpoint.Pool
	room      room
	most      int // connections
	each      int // streams of one

	lock   sync.Mutex // guards the channels, too
	all    []*channel // that take further streams
	making int
	change chan struct{} // closed and made anew when there is a channel more, or one less is being made; nil if none waits for that
}

// channel is a connection that streams share. One goroutine reads from it.
type channel struct {
	*channels
	conn   *endpoint.Conn
	remote net.Addr
	queue  *transport.Queue
	unread *transport.Unread
	frame  message.Message // the one that is being read
	idle   *time.Timer

	// Guarded by channels.lock:
	streams map[int32]*stream
	leaving bool // no further streams are taken
	over    bool // nothing is read any more
	tls     *tls.ConnectionState
}

// stalledTime is how long a connection is not read because nothing of what waits is taken. Then the stream that has most of that ends, if
// there are others, which it holds up.
const stalledTime = 5 * time.Second

// channelsOf returns the connections for streams to the endpoint of a pool.
func (e *Exchanger) channelsOf(pool *endpoint.Pool) *channels {
	pool = pool.Sibling()
	if c, made := pool.State.Load().(*channels); made {
		return c
	}
	c := &channels{exchanger: e, pool: pool, most: e.config.Endpoints.MaxConnections, each: 1}
	if e.config.Shared > 0 {
		c.most = max(1, min(e.config.Shared, c.most, mostShared))
		c.each = min(e.config.Limits.MaxInFlight, 1<<16)
	}
	c.room.most = int64(c.most) * int64(c.each)
	pool.State.CompareAndSwap(nil, c)
	return pool.State.Load().(*channels)
}

// board gives a stream a place on a channel: on the one that has fewest, or on a new one.
func (c *channels) board(ctx context.Context, deadline time.Time, s *stream) error {
	for {
		c.lock.Lock()
		best, wait := c.choose(), (chan struct{})(nil)
		switch {
		case best != nil:
			best.take(s)
		case len(c.all)+c.making < c.most:
			c.making++
		default:
			if c.change == nil {
				c.change = make(chan struct{})
			}
			wait = c.change
		}
		c.lock.Unlock()
		switch {
		case best != nil:
			return nil
		case wait == nil:
			return c.make(ctx, deadline, s)
		}
		if err := c.await(ctx, deadline, wait); err != nil {
			return err
		}
	}
}

// choose returns the channel with fewest streams, nil if there shall be another one. lock is held.
func (c *channels) choose() (best *channel) {
	for _, ch := range c.all {
		if len(ch.streams) < c.each && (best == nil || len(ch.streams) < len(best.streams)) {
			best = ch
		}
	}
	if best != nil && len(best.streams) > 0 && len(c.all)+c.making < c.most {
		return nil
	}
	return best
}

// await waits for a change.
func (c *channels) await(ctx context.Context, deadline time.Time, change <-chan struct{}) error {
	expired, stop := timerFor(deadline)
	defer stop()
	select {
	case <-change:
		return nil
	case <-ctx.Done():
		return endOf(ctx)
	case <-expired:
		return endpoint.ErrTimeout
	case <-c.exchanger.shut:
		return endpoint.ErrShut
	}
}

// make makes a channel, on which s is the first stream. making counts it.
func (c *channels) make(ctx context.Context, deadline time.Time, s *stream) error {
	var ch *channel
	defer func() { // also where users' code does not return
		c.lock.Lock()
		defer c.lock.Unlock()
		c.making--
		if ch != nil {
			c.all = append(c.all, ch)
			ch.take(s)
			go ch.run()
		}
		if c.change != nil {
			close(c.change)
			c.change = nil
		}
	}()
	conn, err := c.pool.Get(ctx, deadline)
	if err != nil {
		return err
	}
	ch = &channel{channels: c, conn: conn, remote: conn.RemoteAddr(), streams: map[int32]*stream{}, tls: conn.TLS()}
	ch.queue = transport.NewQueue(conn.Conn, &c.exchanger.workers, ch.conn.Abort)
	ch.unread = transport.NewUnread(c.exchanger.config.Limits.MaxPending)
	conn.SetDeadline(time.Time{})
	conn.ReadMany()
	return nil
}

// take takes a stream. lock is held.
func (ch *channel) take(s *stream) {
	s.id = ch.exchanger.nextSequence()
	for ch.streams[s.id] != nil {
		s.id = ch.exchanger.nextSequence()
	}
	s.channel, s.remote, s.call.Remote, s.call.TLS, s.call.Sequence = ch, ch.remote, ch.remote, ch.tls, s.id
	ch.streams[s.id] = s
	s.in.Use(ch.unread)
	s.out.Use(ch.queue, ch.conn.Conn)
	if ch.idle != nil {
		ch.idle.Stop()
	}
}

// drop takes a stream off the channel, which ends if it has no other and takes none, or when it has had none for a while.
func (ch *channel) drop(s *stream) {
	ch.lock.Lock()
	defer ch.lock.Unlock()
	delete(ch.streams, s.id)
	ch.restIfQuiet()
}

// restIfQuiet sees to it that a channel without streams ends. lock is held.
func (ch *channel) restIfQuiet() {
	config := &ch.exchanger.config.Endpoints
	switch {
	case len(ch.streams) > 0 || ch.over:
	case ch.leaving || config.Short || ch.quiet() > max(1, config.MaxIdle):
		ch.abort()
	case config.IdleTimeout <= 0:
	case ch.idle == nil:
		ch.idle = time.AfterFunc(config.IdleTimeout, ch.expire)
	default:
		ch.idle.Reset(config.IdleTimeout)
	}
}

// quiet returns how many channels have no stream. lock is held.
func (c *channels) quiet() (n int) {
	for _, ch := range c.all {
		if len(ch.streams) == 0 {
			n++
		}
	}
	return n
}

// expire ends the channel if it has no stream.
func (ch *channel) expire() {
	ch.lock.Lock()
	defer ch.lock.Unlock()
	if len(ch.streams) == 0 {
		ch.abort()
	}
}

// leave gives the channel no further streams. lock is held.
func (ch *channel) leave() {
	if ch.leaving {
		return
	}
	ch.leaving = true
	for i, other := range ch.all {
		if other == ch {
			ch.all = append(ch.all[:i:i], ch.all[i+1:]...)
			break
		}
	}
}

// abort ends the connection, which ends run. lock is held.
func (ch *channel) abort() {
	ch.leave()
	if !ch.over { // else it is in no pool's hands but its own
		ch.conn.Abort()
	}
}

// run reads frames until the connection ends.
func (ch *channel) run() {
	var err error = &message.Error{Code: message.CodePanic, Message: "code that reads frames panicked or ended its goroutine"}
	defer func() {
		if value := recover(); value != nil {
			ch.exchanger.config.Endpoints.Panicked("reading frames", value)
		}
		ch.finish(err)
	}()
	for {
		if failed := ch.readOne(); failed != nil {
			err = failed
			return
		}
	}
}

// readOne reads a frame and hands it to its stream. An error ends the connection.
func (ch *channel) readOne() error {
	if err := ch.conn.Await(); err != nil && err != transport.ErrInterrupted {
		return err
	} else if err != nil {
		return nil
	}
	config, m := &ch.exchanger.config, &ch.frame
	defer func() { *m = message.Message{} }() // which may refer to a lot
	if err := config.Protocol.Read(ch.conn, m, config.Limits); err != nil {
		return ch.exchanger.foreign(ch.conn, err)
	}
	if m.Frame == 0 {
		return notFrame(m)
	}
	ch.conn.CountReceived()
	state := ch.conn.TLS() // the handshake may have come with the first frame; it may be users' code
	ch.lock.Lock()
	s := ch.streams[m.FrameSequence]
	ch.tls = state
	if m.Closing {
		ch.leave()
		ch.restIfQuiet()
	}
	ch.lock.Unlock()
	if s == nil || m.Frame == message.FrameMeta {
		ch.conn.Release()
		return nil
	}
	return s.receive(m)
}

// notFrame is the error for a message that is no frame of a stream, such as the exception of a server that knows no streams.
func notFrame(m *message.Message) error {
	text := "the server answers with a message that belongs to no stream"
	if m.Type == message.MessageException {
		if e, err := thrift.ReadException(m); err == nil {
			text += ": " + e.Message
		}
	}
	return &message.Error{Code: message.CodeInvalidReply, Message: text}
}

// makeRoom waits until there is room for further messages, after one has come.
func (ch *channel) makeRoom() {
	if !ch.unread.Full() {
		return
	}
	for !ch.unread.Await(stalledTime, ch.exchanger.shut) {
		ch.relieve()
	}
}

// relieve ends the stream that has most unread messages, if it is not the only one.
func (ch *channel) relieve() {
	ch.lock.Lock()
	var most *stream
	for _, s := range ch.streams {
		if most == nil || s.in.Held() > most.in.Held() {
			most = s
		}
	}
	alone := len(ch.streams) < 2
	ch.lock.Unlock()
	if !alone {
		most.abort(&message.Error{Code: message.CodeLimit, Message: fmt.Sprintf("the messages of the stream were not received for %v, and held "+
			"up other streams of the connection; see rpc.Pooled", stalledTime)})
	}
}

// finish ends the channel, because of err.
func (ch *channel) finish(err error) {
	ch.lock.Lock()
	ch.leave()
	ch.over = true
	streams := make([]*stream, 0, len(ch.streams))
	for _, s := range ch.streams {
		streams = append(streams, s)
	}
	if ch.idle != nil {
		ch.idle.Stop()
	}
	ch.lock.Unlock()
	for _, s := range streams {
		s.disconnected(err)
	}
	ch.pool.Put(ch.conn, false, false)
}
