package streams

import (
	"io"
	"sync"
	"time"

	"github.com/tagwire/tagwire/rpc/grpc"
	"github.com/tagwire/tagwire/rpc/message"
	"github.com/tagwire/tagwire/rpc/transport"
	"github.com/tagwire/tagwire/rpc/transport/http2"
)

// inbox holds what has come on a stream and was not taken, at most as much as the stream's window allows, or one message that is larger.
// The goroutine that reads from the connection puts bytes in, another one takes messages.
type inbox struct {
	stream *http2.Stream
	conn   *transport.Conn
	limit  int  // of a message
	eager  bool // the window is given back as bytes come, because all of it is one message

	lock    sync.Mutex
	memory  transport.Detached
	r, w    int                // memory[r:w] has come and was not taken
	lent    bool               // the message that was taken last is in memory, before r
	kept    transport.Detached // or here
	credit  int                // bytes that were taken and not given back to the window
	expects int                // bytes of a message that the window was made larger for
	end     error              // why nothing follows, nil if something may
	aborted bool               // what has come is not taken any more
	gone    bool               // nothing is put in any more
	taken   int                // messages
	awaited time.Time          // when overdue saw first that the message behind these is not complete; zero if it has not
	before  int                // taken, then
	wake    chan struct{}      // has an item when something has come; nil until it is waited for
}

func (b *inbox) begin(s *http2.Stream, conn *transport.Conn, limit int) {
	b.stream, b.conn, b.limit = s, conn, limit
}

// put adds bytes. The error says why there is no place for them.
func (b *inbox) put(p []byte) error {
	b.lock.Lock()
	missing, err := b.add(p)
	wake := b.wake
	b.lock.Unlock()
	if err != nil {
		return err
	}
	if missing > 0 {
		b.stream.Expect(missing)
	}
	if !b.eager { // else who takes it is told when all of it is there
		signal(wake)
	}
	return nil
}

// add is put with the lock held. It returns how many bytes the first message misses, if the window is to be made larger for that.
func (b *inbox) add(p []byte) (missing int, err error) {
	if b.gone {
		return 0, errGone
	}
	if err := b.makeRoom(len(p)); err != nil {
		return 0, err
	}
	b.w += copy(b.memory.Memory()[b.w:], p)
	size, known, err := b.size()
	if !known {
		return 0, err
	}
	if missing = size - (b.w - b.r); missing < 0 && b.eager {
		return 0, errSecond
	} else if missing > 0 && b.expects != size {
		b.expects = size
		return missing, nil
	}
	return 0, nil
}

// size returns the size of the first message, with its prefix, if that has come. The error says what is wrong with that.
func (b *inbox) size() (n int, known bool, err error) {
	if b.w-b.r < grpc.PrefixSize {
		return 0, false, nil
	}
	_, length, err := grpc.ParsePrefix(b.memory.Memory()[b.r:], b.limit)
	return grpc.PrefixSize + length, err == nil, err
}

// makeRoom makes room for n bytes behind those that are there, and, as far as that can be trusted, for all of the first message. lock is
// held, and given up while memory is waited for.
func (b *inbox) makeRoom(n int) error {
	have := b.w - b.r
	need := have + n
	if size, known, _ := b.size(); known && size > need {
		need += min(size-need, max(3*have, b.conn.Trusted()))
	}
	memory := b.memory.Memory()
	if b.r+need <= len(memory) {
		return nil
	}
	if !b.lent && need <= len(memory) {
		b.w = copy(memory, memory[b.r:b.w])
		b.r = 0
		return nil
	}
	b.lock.Unlock()
	larger, err := b.conn.Allocate(need)
	b.lock.Lock()
	if err != nil {
		return err
	}
	if b.gone {
		larger.Free(true)
		return errGone
	}
	b.w = copy(larger.Memory(), b.memory.Memory()[b.r:b.w])
	if b.lent {
		b.kept, b.lent = b.memory, false
	} else {
		b.memory.Free(true)
	}
	b.memory, b.r = larger, 0
	return nil
}

// finish says that nothing follows on what has come, and why: io.EOF if the peer has sent all. The first reason counts.
func (b *inbox) finish(err error) {
	b.lock.Lock()
	if b.end == nil {
		b.end = err
	}
	wake := b.wake
	b.lock.Unlock()
	signal(wake)
}

// abort says that nothing is taken any more, and why. It does not count after finish, unless that was called with before.
func (b *inbox) abort(err, before error) {
	b.lock.Lock()
	if b.end == nil || b.end == before {
		b.end, b.aborted = err, true
	}
	wake := b.wake
	b.lock.Unlock()
	signal(wake)
}

// signal wakes who waits, if wake is not nil.
func signal(wake chan struct{}) {
	select {
	case wake <- struct{}{}:
	default:
	}
}

// take waits for the next message, and returns it in memory that is valid until take or free is called.
func (b *inbox) take() (compressed bool, body []byte, err error) {
	for {
		compressed, body, credit, expected, err := b.next()
		if credit > 0 {
			b.stream.Consumed(credit)
		}
		if expected > 0 {
			b.stream.Expect(expected)
		}
		if body != nil || err != nil {
			return compressed, body, err
		}
		<-b.waker()
	}
}

// waker returns what has an item when something has come, or has one now, if it is new.
func (b *inbox) waker() chan struct{} {
	b.lock.Lock()
	defer b.lock.Unlock()
	if b.wake == nil {
		b.wake = make(chan struct{}, 1)
		b.wake <- struct{}{} // something may have come just before
	}
	return b.wake
}

// next returns the next message, nil if it has not come, and what the stream's window is to be told.
func (b *inbox) next() (compressed bool, body []byte, credit, expected int, err error) {
	b.lock.Lock()
	defer b.lock.Unlock()
	b.lent = false
	b.kept.Free(true)
	if b.aborted {
		return false, nil, 0, 0, b.end
	}
	size, known, err := b.size()
	if err != nil {
		b.end, b.aborted = err, true
		return false, nil, 0, 0, err
	}
	if known && b.w-b.r >= size {
		memory := b.memory.Memory()
		compressed, body = memory[b.r] != 0, memory[b.r+grpc.PrefixSize:b.r+size:b.r+size]
		b.r, b.lent, b.expects = b.r+size, true, 0
		b.taken++
		b.stream.CountMessage()
		if !b.eager {
			b.credit += size
		}
		if b.credit >= creditStep {
			credit, b.credit = b.credit, 0
		}
		return compressed, body, credit, 0, nil
	}
	switch {
	case b.end == nil:
		if known && b.expects != size && !b.eager {
			b.expects = size
			expected = size - (b.w - b.r)
		}
	case b.w > b.r && b.end == io.EOF:
		err = errTruncated
	default:
		err = b.end
	}
	if b.w == b.r {
		b.memory.Free(true)
		b.memory, b.r, b.w = transport.Detached{}, 0, 0
	}
	return false, nil, credit, expected, err
}

// overdue reports that a message is not complete for longer than limit: the first of those that are there in part, or, if something is missing,
// that: a message, or the end behind it.
func (b *inbox) overdue(now time.Time, limit time.Duration, missing bool) bool {
	b.lock.Lock()
	defer b.lock.Unlock()
	size, known, err := b.size()
	switch {
	case b.end != nil || b.gone || err != nil || known && b.w-b.r >= size && !missing || b.w == b.r && !missing:
		b.awaited = time.Time{}
		return false
	case b.awaited.IsZero() || b.before != b.taken:
		b.awaited, b.before = now, b.taken
		return false
	}
	return now.Sub(b.awaited) > limit
}

// creditStep is how many bytes that were taken are given back to the window at once: a part of the smallest that there is.
const creditStep = 16 << 10

// errGone is the error of put after free.
var errGone = &message.Error{Code: message.CodeClosed, Message: "the call is over"}

// errSecond is the error for a second message where there is to be one. gRPC has a code for that.
var errSecond = &message.Error{Code: message.CodeProtocolError, Message: "there are several messages, and the method takes one", Err: grpc.Unimplemented}

var errTruncated = &message.Error{Code: message.CodeProtocolError, Message: "the stream ends inside of a message"}

// free gives the memory back. Nothing may be put in any more; aliased says that the message which was taken last is still in use.
func (b *inbox) free(aliased bool) {
	b.lock.Lock()
	defer b.lock.Unlock()
	b.kept.Free(!aliased)
	b.memory.Free(!aliased)
	b.memory, b.r, b.w, b.lent, b.gone = transport.Detached{}, 0, 0, false, true
}
