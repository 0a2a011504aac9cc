package rpc

import (
	"time"

	"github.com/tagwire/tagwire/rpc/transport"
)

// evictInterval is how often a server looks for connections to close when its memory is used up.
const evictInterval = 5 * time.Millisecond

var errMemory = limitError("%v", transport.ErrMemory)

// starved is called while the server's memory does not suffice for n bytes that c wants to read. It returns nil if memory
// will come back, because another connection is closed or its call will end, and an error if c is the one to close.
func (c *serverConn) starved(n int) error {
	s := c.server
	if reason := c.reason.Load(); reason != nil {
		return *reason
	}
	now := time.Now().UnixNano()
	last := s.evicted.Load()
	if now-last < int64(evictInterval) || !s.evicted.CompareAndSwap(last, now) {
		return nil // somebody else looks
	}
	var victim *serverConn
	most, working := c.conn.Held()+int64(n), false
	for _, other := range s.appendConnections(nil) {
		switch state := other.state.Load(); {
		case other == c:
		case state == stateWorking:
			working = working || other.conn.Held() > 0
		case (state == stateReading || state == stateWriting) && other.conn.Held() >= most:
			victim, most = other, other.conn.Held()
		}
	}
	switch {
	case victim != nil:
		victim.abort(errMemory)
		return nil
	case working:
		return nil
	}
	return errMemory
}
