package rpc

import (
	"time"

	"github.com/tagwire/tagwire/rpc/message"
	"github.com/tagwire/tagwire/rpc/transport"
)

// evictInterval is how often a server looks for connections to close when its memory is used up.
const evictInterval = 5 * time.Millisecond

var errMemory = message.LimitError("%v", transport.ErrMemory)

// starved is called while the server's memory does not suffice for n bytes that c wants to read, or that the message that it
// has read will take. It returns nil if memory will come back, because another connection is closed or its call will end, and an
// error if c is the one to close. If all that hold memory wait for more, the one that asks gets it, so that one after
// the other goes on.
func (c *serverConn) starved(n int) error {
	s := c.server
	if reason := c.reason.Load(); reason != nil {
		return *reason
	}
	now := time.Now().UnixNano()
	last := s.evicted.Load()
	if now-last < int64(evictInterval) || !s.evicted.CompareAndSwap(last, now) {
		return nil // another connection looks
	}
	victim, most := c, c.conn.Charged()+int64(n)
	slow, waiting, busy, idle := int64(0), int64(0), int64(0), int64(0)
	for _, other := range s.appendConnections(nil) {
		held := other.conn.Charged()
		switch other.shared.Load().doing(other.state.Load()) {
		case stateReading, stateWriting:
			slow += held
			if held > most {
				victim, most = other, held
			}
		case stateWaiting:
			waiting += held
		case stateWorking:
			busy += held
		case stateIdle:
			if turn := other.turn.Load(); other != c && turn > 0 {
				idle += held
				other.requestPark(turn)
			}
		}
	}
	complete := c.shared.Load().doing(c.state.Load()) == stateWaiting
	switch {
	case complete && busy == 0 && slow < waiting+most:
		return transport.ErrAnyway
	case busy+waiting+idle > slow:
		return nil // what the calls hold comes back, and what idle connections keep for their next message
	case victim != c:
		victim.abort(errMemory)
		return nil
	}
	return errMemory
}
