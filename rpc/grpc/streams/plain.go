package streams

import (
	"strconv"

	"golang.org/x/net/http2/hpack"
)

// mostPlain is how much of the body of a request that is none of gRPC is read before it is answered.
const mostPlain = 64 << 10

// plainAnswer answers a request that is none of gRPC. It waits for the end of the request, no longer than a call for its message: the
// answer ends the stream, and what is wrong with the rest of the request could not be said any more.
type plainAnswer struct {
	call         *ServerCall
	status, text string
	received     int // bytes of the body
}

// answerPlainly answers a request that is none of gRPC: now, or when it has ended.
func (c *ServerCall) answerPlainly(status, text string, now bool) {
	c.headers = true
	c.plain = &plainAnswer{call: c, status: status, text: text}
	c.awaits.Store(true)
	if now {
		c.plain.send()
	}
}

// data takes bytes of the request's body.
func (a *plainAnswer) data(n int, end bool) {
	a.received += n
	if end || a.received > mostPlain {
		a.send()
	}
	a.call.stream.Consumed(n)
}

// send has the answer sent, unless the call is over, by another goroutine, because that may wait for the peer.
func (a *plainAnswer) send() {
	if a.call.started.CompareAndSwap(false, true) {
		a.call.stream.Conn().Go(a)
	}
}

// Run sends the answer.
func (a *plainAnswer) Run() {
	s := a.call.stream
	text := s.Conn().NewMessage(len(a.text))
	text.Foreign = true
	copy(text.Bytes(), a.text)
	_ = s.Send([]hpack.HeaderField{
		{Name: ":status", Value: a.status}, {Name: "content-type", Value: "text/plain; charset=utf-8"},
		{Name: "content-length", Value: strconv.Itoa(len(a.text))},
	}, text, nil, true)
	s.Close()
}
