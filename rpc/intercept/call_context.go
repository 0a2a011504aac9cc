package intercept

import (
	"context"
	"sync"
	"time"

	"github.com/bytedance/gopkg/cloud/metainfo"

	"github.com/tagwire/tagwire/rpc/thrift"
)

// CallContext is the context of a handler. What is costly in it, a deadline's timer and a channel, is made when
// it is asked for.
type CallContext struct {
	Parent context.Context // the connection's, with the call's metadata
	Info   CallInfo
	Until  time.Time // the deadline, zero for none
	Sends  bool      // values can be sent back

	lock     sync.Mutex
	values   context.Context // Parent, collecting values to send back
	inner    context.Context // values, with deadline and cancellation
	cancel   context.CancelFunc
	finished bool
}

type callKey struct{}

// CallOf returns what is known of the call that a handler's context belongs to, nil for another context.
func CallOf(ctx context.Context) *CallInfo {
	info, _ := ctx.Value(callKey{}).(*CallInfo)
	return info
}

// Deadline returns the caller's.
func (c *CallContext) Deadline() (time.Time, bool) {
	if !c.Until.IsZero() {
		return c.Until, true
	}
	return c.Parent.Deadline()
}

// Done returns a channel that is closed when the call is over.
func (c *CallContext) Done() <-chan struct{} {
	c.lock.Lock()
	defer c.lock.Unlock()
	return c.open().Done()
}

// Err says why the call is over.
func (c *CallContext) Err() error {
	c.lock.Lock()
	defer c.lock.Unlock()
	if c.inner == nil && !c.finished && c.Until.IsZero() {
		return c.Parent.Err()
	}
	return c.open().Err()
}

// Value returns what the call carries.
func (c *CallContext) Value(key any) any {
	if key == (callKey{}) {
		return &c.Info
	}
	c.lock.Lock()
	ctx := c.inner
	if ctx == nil {
		ctx = c.collecting()
	}
	c.lock.Unlock()
	return ctx.Value(key)
}

// collecting returns Parent, with a place for values to send back if the protocol can. lock is held.
func (c *CallContext) collecting() context.Context {
	if c.values == nil {
		c.values = c.Parent
		if c.Sends {
			c.values = metainfo.WithBackwardValuesToSend(c.Parent)
		}
	}
	return c.values
}

// open returns the context with deadline and cancellation. lock is held.
func (c *CallContext) open() context.Context {
	if c.inner != nil {
		return c.inner
	}
	if c.Until.IsZero() {
		c.inner, c.cancel = context.WithCancel(c.collecting())
	} else {
		c.inner, c.cancel = context.WithDeadline(c.collecting(), c.Until)
	}
	if c.finished {
		c.cancel()
	}
	return c.inner
}

// Finish ends the context and returns what is to be sent back.
func (c *CallContext) Finish() map[string]string {
	c.lock.Lock()
	defer c.lock.Unlock()
	c.finished = true
	if c.cancel != nil {
		c.cancel()
	}
	if c.values == nil || !c.Sends {
		return nil
	}
	back := metainfo.AllBackwardValuesToSend(c.values)
	if len(back) == 0 {
		return nil
	}
	for key, value := range back {
		if thrift.ReservedKeys[key] {
			delete(back, key)
			back[metainfo.PrefixBackward+key] = value
		}
	}
	return back // a copy, under the bare keys that Kitex reads and writes
}
