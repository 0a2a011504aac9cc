package rpc

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"syscall"
	"time"
)

// netLink is a connection of package net, with one goroutine that reads ahead, so that it looks like netpoll's: it
// knows what has arrived, and that the peer has gone, while nobody reads.
type netLink struct {
	net.Conn
	ready chan struct{} // something has changed for the reader
	gone  func()        // called once when reading ends; may be nil

	lock     sync.Mutex
	room     sync.Cond // the reader has taken something, or wants more
	buf      []byte    // what has arrived; the first taken bytes are the reader's already
	taken    int
	want     int // bytes that the reader waits for
	failure  error
	closed   bool
	deadline time.Time

	pieces  [][]byte    // to be sent
	sending net.Buffers // the same, used up while it is sent
	spare   []byte      // the first piece's memory, used again
	timeout time.Duration
	timer   *time.Timer // of await
}

// readAhead is how much is read that nobody has asked for.
const readAhead = 64 << 10

// newNetLink takes over conn. A write may take as long as timeout, if that is not zero and no deadline is set.
func newNetLink(conn net.Conn, timeout time.Duration, gone func()) *netLink {
	l := &netLink{Conn: conn, ready: make(chan struct{}, 1), gone: gone, timeout: timeout}
	l.room.L = &l.lock
	go l.pump()
	return l
}

func dialNet(ctx context.Context, e Endpoint, timeout time.Duration) (link, error) {
	dialer := net.Dialer{Timeout: timeout}
	conn, err := dialer.DialContext(ctx, e.Network, e.Address)
	if err != nil {
		return nil, err
	}
	return newNetLink(conn, 0, nil), nil
}

// isClosedNet reports whether an error of package net means that the connection has ended.
func isClosedNet(err error) bool {
	var operation *net.OpError
	var number syscall.Errno
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed) ||
		errors.Is(err, io.ErrClosedPipe) || errors.As(err, &operation) || errors.As(err, &number)
}

// pump reads until the connection ends. It pauses while more has arrived than the reader wants.
func (l *netLink) pump() {
	chunk := make([]byte, 16<<10)
	for {
		n, err := l.Conn.Read(chunk)
		l.lock.Lock()
		l.buf = append(l.buf, chunk[:n]...)
		if err != nil && l.failure == nil {
			l.failure = err
		}
		l.signal()
		for err == nil && !l.closed && len(l.buf)-l.taken >= max(readAhead, l.want) {
			l.room.Wait()
		}
		ended := err != nil || l.closed
		l.lock.Unlock()
		if ended {
			if l.gone != nil {
				l.gone()
			}
			return
		}
	}
}

func (l *netLink) signal() {
	select {
	case l.ready <- struct{}{}:
	default:
	}
}

func (l *netLink) input() input   { return l }
func (l *netLink) output() output { return (*netOutput)(l) }
func (l *netLink) hangUp()        { _ = l.Close() }

// IsActive reports that neither side has ended the connection.
func (l *netLink) IsActive() bool {
	l.lock.Lock()
	defer l.lock.Unlock()
	return l.failure == nil && !l.closed
}

// Close ends the connection and wakes its users.
func (l *netLink) Close() error {
	l.lock.Lock()
	closed := l.closed
	l.closed = true
	if l.failure == nil {
		l.failure = net.ErrClosed
	}
	l.room.Broadcast()
	l.signal()
	l.lock.Unlock()
	if closed {
		return nil
	}
	return l.Conn.Close()
}

// SetReadDeadline sets when Peek and Next give up. The pump goes on.
func (l *netLink) SetReadDeadline(t time.Time) error {
	l.lock.Lock()
	defer l.lock.Unlock()
	l.deadline = t
	return nil
}

// SetDeadline sets that, and when Flush gives up.
func (l *netLink) SetDeadline(t time.Time) error {
	if err := l.SetReadDeadline(t); err != nil {
		return err
	}
	return l.Conn.SetWriteDeadline(t)
}

// Len returns how many bytes have arrived and were not taken yet.
func (l *netLink) Len() int {
	l.lock.Lock()
	defer l.lock.Unlock()
	return len(l.buf) - l.taken
}

// Peek returns the next n bytes without taking them.
func (l *netLink) Peek(n int) ([]byte, error) {
	l.lock.Lock()
	defer l.lock.Unlock()
	if err := l.await(n); err != nil {
		return nil, err
	}
	return l.buf[l.taken : l.taken+n : l.taken+n], nil
}

// Next returns the next n bytes and takes them.
func (l *netLink) Next(n int) ([]byte, error) {
	data, err := l.Peek(n)
	if err == nil {
		l.lock.Lock()
		l.taken += n
		l.room.Signal()
		l.lock.Unlock()
	}
	return data, err
}

// await waits for n bytes. lock is held, and let go meanwhile.
func (l *netLink) await(n int) error {
	if len(l.buf)-l.taken >= n {
		return nil
	}
	var expired <-chan time.Time
	if !l.deadline.IsZero() {
		if l.timer == nil {
			l.timer = time.NewTimer(time.Until(l.deadline))
		} else {
			l.timer.Reset(time.Until(l.deadline))
		}
		defer l.timer.Stop()
		expired = l.timer.C
	}
	l.want = n + 1
	l.room.Signal()
	defer func() { l.want = 0 }()
	for len(l.buf)-l.taken < n {
		if l.failure != nil {
			return l.failure
		}
		l.lock.Unlock()
		var late bool
		select {
		case <-l.ready:
		case <-expired:
			late = true
		}
		l.lock.Lock()
		if late && len(l.buf)-l.taken < n {
			return os.ErrDeadlineExceeded
		}
	}
	return nil
}

// Release gives back the memory of what was taken.
func (l *netLink) Release() error {
	l.lock.Lock()
	defer l.lock.Unlock()
	rest := len(l.buf) - l.taken
	if rest == 0 && cap(l.buf) > readAhead {
		l.buf = nil
	} else {
		copy(l.buf, l.buf[l.taken:])
		l.buf = l.buf[:rest]
	}
	l.taken = 0
	l.room.Signal()
	return nil
}

// netOutput is the output of a netLink.
type netOutput netLink

// Malloc returns memory for the next n bytes.
func (o *netOutput) Malloc(n int) ([]byte, error) {
	var piece []byte
	if len(o.pieces) == 0 && n <= cap(o.spare) {
		piece = o.spare[:n]
	} else {
		piece = make([]byte, n)
	}
	if len(o.pieces) == 0 && n <= readAhead {
		o.spare = piece
	}
	o.pieces = append(o.pieces, piece)
	return piece, nil
}

// WriteDirect puts b where remainCap bytes of the last piece are left.
func (o *netOutput) WriteDirect(b []byte, remainCap int) error {
	last := len(o.pieces) - 1
	if last < 0 || remainCap > len(o.pieces[last]) {
		return errors.New("there is no such place in the message")
	}
	piece := o.pieces[last]
	cut := len(piece) - remainCap
	o.pieces = append(o.pieces[:last], piece[:cut], b, piece[cut:])
	return nil
}

// MallocAck drops all but the first n bytes.
func (o *netOutput) MallocAck(n int) error {
	for i, piece := range o.pieces {
		if n <= len(piece) {
			o.pieces[i] = piece[:n]
			o.pieces = o.pieces[:i+1]
			return nil
		}
		n -= len(piece)
	}
	return nil
}

// Flush sends the pieces.
func (o *netOutput) Flush() error {
	if o.timeout > 0 {
		if err := o.Conn.SetWriteDeadline(time.Now().Add(o.timeout)); err != nil {
			return err
		}
	}
	var err error
	if len(o.pieces) == 1 {
		_, err = o.Conn.Write(o.pieces[0])
	} else {
		o.sending = o.pieces
		_, err = o.sending.WriteTo(o.Conn)
	}
	clear(o.pieces)
	o.pieces = o.pieces[:0]
	return err
}
