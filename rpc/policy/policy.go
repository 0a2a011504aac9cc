package policy

import (
	"context"
	"time"
)

// Policy says how calls are made. A field that is zero says nothing: the policy of the call counts before that of its method, and
// that before the one of all methods.
type Policy struct {
	// Timeout is how long a call may take, with all its attempts. The deadline of its context counts as well, if that is earlier.
	// If it is negative, only that counts.
	Timeout time.Duration
	// Retry says when a call is repeated. Where it is nil in all policies, calls are not.
	Retry *Retry
	// Idempotent says that it does no harm to execute a call twice.
	Idempotent bool
	// Fallback is called at the end of each call, and what it returns is the outcome of the call.
	Fallback Fallback
}

// Fallback returns a result and an error in place of those of a call, or these themselves. The result is a pointer to what the method
// returns, or nil. It is called by many goroutines at once, after the interceptors of the call.
type Fallback func(ctx context.Context, o Outcome) (result any, err error)

// Outcome is a call that has ended, as a Fallback sees it.
type Outcome struct {
	// Method is its name.
	Method string
	// Arguments are what the function was called with, after the context: the request, or the parameters.
	Arguments []any
	// Result is a pointer to what the method returns, nil if there is nothing.
	Result any
	// Err is the error.
	Err error
}

// over returns what p says, and where it says nothing, what other says.
func (p Policy) over(other Policy) Policy {
	if p.Timeout == 0 {
		p.Timeout = other.Timeout
	}
	if p.Retry == nil {
		p.Retry = other.Retry
	}
	if p.Fallback == nil {
		p.Fallback = other.Fallback
	}
	p.Idempotent = p.Idempotent || other.Idempotent
	return p
}

// callKey is the key of a context's *Policy.
type callKey struct{}

// WithCall returns a context under which calls are made as p says. It replaces the policy that ctx has.
func WithCall(ctx context.Context, p Policy) context.Context {
	return context.WithValue(ctx, callKey{}, &p)
}

// Policies are those of a client. It is complete before the first Plan.
type Policies struct {
	// Budget bounds the retries of all calls together.
	Budget Budget

	general Policy
	methods map[string]Policy
	tokens  *bucket
}

// Add sets the policy of methods, or with no name that of all. What was added before counts where p says nothing.
func (s *Policies) Add(p Policy, methods []string) {
	if len(methods) == 0 {
		s.general = p.over(s.general)
		return
	}
	if s.methods == nil {
		s.methods = map[string]Policy{}
	}
	for _, m := range methods {
		s.methods[m] = p.over(s.methods[m])
	}
}

// Complete ends the adding.
func (s *Policies) Complete() { s.tokens = newBucket(s.Budget) }

// Plan returns how calls of a method are made.
func (s *Policies) Plan(method string) *Plan {
	return &Plan{s.methods[method].over(s.general), s.tokens}
}

// Plan is how calls of a method, or one call, are made.
type Plan struct {
	policy Policy
	tokens *bucket
}

// For returns the plan of a call under ctx.
func (p *Plan) For(ctx context.Context) *Plan {
	own, _ := ctx.Value(callKey{}).(*Policy)
	if own == nil {
		return p
	}
	return &Plan{own.over(p.policy), p.tokens}
}

// Repeats reports that a call may have several attempts, or attempts with a time of their own, so that Do has to make it.
func (p *Plan) Repeats() bool { return p.policy.Retry != nil }

// Fallback returns that of the calls, nil for none.
func (p *Plan) Fallback() Fallback { return p.policy.Fallback }

// Deadline returns when a call is over that begins now, zero for never. standard is the time of calls for which neither their
// context nor a policy says one; it may be 0 or less, for no limit.
func (p *Plan) Deadline(ctx context.Context, standard time.Duration) time.Time {
	deadline, limited := ctx.Deadline()
	timeout := p.policy.Timeout
	if timeout == 0 && !limited {
		timeout = standard
	}
	if timeout > 0 {
		return earlier(deadline, time.Now().Add(timeout))
	}
	return deadline
}

// earlier returns the earlier of two times, where zero is never.
func earlier(a, b time.Time) time.Time {
	if b.IsZero() || !a.IsZero() && a.Before(b) {
		return a
	}
	return b
}
