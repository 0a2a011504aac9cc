package rpc

import (
	"context"
	"time"
	"unsafe"

	"github.com/tagwire/tagwire/rpc/intercept"
	"github.com/tagwire/tagwire/rpc/memory"
	"github.com/tagwire/tagwire/rpc/policy"
)

// governed is a call that may have several attempts.
type governed struct {
	method    *boundMethod
	arguments unsafe.Pointer
	arena     *memory.ReplyArena
	attempts  *policy.Attempts
}

// govern makes a call through the interceptors.
func (c *Client) govern(ctx context.Context, g *governed) error {
	last := func(ctx context.Context, met *intercept.Encounter) error { return c.repeat(ctx, g, met) }
	if len(c.config.chain) == 0 {
		return last(ctx, new(intercept.Encounter))
	}
	_, err := intercept.RunAttempts(c.config.chain, ctx, c.callInfo(g.method, nil), last)
	return err
}

// repeat makes a call, with the attempts that its policy allows.
func (c *Client) repeat(ctx context.Context, g *governed, met *intercept.Encounter) error {
	b := g.method
	plan := b.plan.For(ctx) // which is that of an interceptor, if one has set it
	deadline := plan.Deadline(ctx, c.config.timeout)
	if !plan.Repeats() {
		return g.attempts.Run(func(result unsafe.Pointer) error {
			return c.attempt(ctx, b, deadline, g.arguments, result, g.arena, met)
		})
	}
	call := &policy.Call{
		Method: b.Name, Deadline: deadline, Marks: c.config.transport.Headers(), Attempts: g.attempts, Value: b.value,
		Exchange: func(ctx context.Context, deadline time.Time, result unsafe.Pointer, a *policy.Attempt) error {
			var own intercept.Encounter
			err := c.attempt(ctx, b, deadline, g.arguments, result, g.arena, &own)
			a.Remote, a.TLS, a.Sequence = own.Remote, own.TLS, own.Sequence
			return err
		},
		Panicked: func(value any) { c.journal.Panicked("rpc: a call panicked", value, "method", b.Name) },
	}
	all, last, err := plan.Do(ctx, call)
	*met = intercept.Encounter{Remote: last.Remote, TLS: last.TLS, Sequence: last.Sequence, Attempts: all}
	return err
}
