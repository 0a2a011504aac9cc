package endpoint

import (
	"context"
	"math/rand/v2"
	"time"
)

// An endpoint is ejected, which means that calls go to others, when connections to it could not be made several times in a row. While it
// is ejected its pool makes a connection now and then, which no call waits for. The first that is made ends the ejection.

const (
	// enoughFailures in a row eject an endpoint.
	enoughFailures = 3
	// slowFailure is how long a connection takes whose failure is enough alone, if there is no other connection to the endpoint:
	// each further call would wait as long. The connect timeout counts as well, and what no limit ends is probed for as long.
	slowFailure = time.Second
	// firstProbe and lastProbe bound the pauses before an endpoint is probed, which double.
	firstProbe = 250 * time.Millisecond
	lastProbe  = 10 * time.Second
)

// health is what a pool knows about its endpoint. The pool's lock is held for all of it.
type health struct {
	failures int // in a row
	ejected  bool
	pause    time.Duration // before the next probe, without jitter
	probing  *time.Timer   // nil until there was an ejection
	set      bool          // probing is
}

// result is how the making of a connection ended.
type result uint8

const (
	failed result = iota
	failedSlowly
	abandoned // because no call waited for it any more
	made
)

// failure returns which one it is that ended the making of a connection under ctx.
func failure(ctx context.Context, took time.Duration) result {
	deadline, limited := ctx.Deadline()
	switch {
	case took >= slowFailure || limited && !time.Now().Before(deadline):
		return failedSlowly
	case ctx.Err() != nil:
		return abandoned
	}
	return failed
}

// judge notes how the making of a connection ended. It has the endpoint ejected, probed again later, or used again.
func (p *Pool) judge(r result) {
	if p.parent != nil {
		p.parent.judge(r)
		return
	}
	p.lock.Lock()
	h := &p.health
	was := h.ejected
	switch {
	case p.closed || p.retired || p.config.KeepAll:
	case r == made:
		h.stop()
		h.failures, h.ejected, h.pause = 0, false, 0
	case was:
		h.probeLater(p.probe)
	case r != abandoned && p.group.several():
		h.failures++
		if h.failures >= enoughFailures || r == failedSlowly && len(p.all) == 0 {
			h.ejected = true
			h.probeLater(p.probe)
		}
	}
	changed := h.ejected != was
	p.lock.Unlock()
	if changed {
		p.group.rebalanceLater()
	}
}

// probeLater sets the time of the next probe, if that is not set. Jitter keeps clients from probing together.
func (h *health) probeLater(probe func()) {
	if h.set {
		return
	}
	h.set = true
	h.pause = min(lastProbe, max(firstProbe, 2*h.pause))
	pause := h.pause/2 + rand.N(h.pause/2)
	if h.probing == nil {
		h.probing = time.AfterFunc(pause, probe)
	} else {
		h.probing.Reset(pause)
	}
}

// stop ends probing.
func (h *health) stop() {
	if h.set {
		h.set = false
		h.probing.Stop()
	}
}

// probe makes a connection that no call waits for. If all slots are taken, a later one does.
func (p *Pool) probe() {
	p.lock.Lock()
	defer p.lock.Unlock()
	p.health.set = false
	switch {
	case p.closed || p.retired || !p.health.ejected:
	case p.slots >= p.config.MaxConnections:
		p.health.probeLater(p.probe)
	default:
		timeout := p.config.ConnectTimeout
		if timeout <= 0 {
			timeout = slowFailure
		}
		p.slots++
		p.dialFor(&waiter{ready: make(chan struct{})}, timeout)
	}
}
