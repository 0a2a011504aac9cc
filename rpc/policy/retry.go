package policy

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"github.com/tagwire/tagwire/rpc/message"
)

// Retry says when a call is repeated. The functions are called by many goroutines at once.
//
// A call is never repeated after its deadline, nor where the pause would take longer than that, when its context has ended, when the
// client's [Budget] is used up, or when the call is made because of a request that is itself a retry. All attempts together have the
// time of one call.
type Retry struct {
	// MaxAttempts is how many attempts a call may have, the first one included. 3 if it is 0; at most 10.
	MaxAttempts int
	// AttemptTimeout is how long each attempt may take. If it is 0 or less, that is the time of the call.
	AttemptTimeout time.Duration
	// Backoff is the pause before the second attempt, which doubles for each further one, up to MaxBackoff. What is waited is
	// drawn between half of that and all of it. 10 ms if it is 0; none if it is negative.
	Backoff time.Duration
	// MaxBackoff is one second if it is 0 or less.
	MaxBackoff time.Duration
	// Backup, if it is more than 0, is how long a reply is awaited before a further attempt is made at the same time. The first reply
	// counts, and the other attempts are cancelled. It is ignored for methods that are not declared idempotent.
	Backup time.Duration
	// If decides which errors a call is repeated after. The method may have been executed unless the error is a *message.Error
	// whose Retryable is set. Without If a call is repeated after these, but for CodeCircuitOpen, and after CodeClosed and CodeTimeout if the method is
	// declared idempotent.
	If func(ctx context.Context, method string, err error) bool
	// IfResult decides which results a call is repeated after, although there was no error; nil for none. result is a pointer to
	// what the method returns, nil if that is nothing. When no further attempt may be made, the result is the call's.
	IfResult func(ctx context.Context, method string, result any) bool
}

const (
	mostAttempts    = 10
	standardBackoff = 10 * time.Millisecond
	longestBackoff  = time.Second
)

// attempts returns the most attempts of a call.
func (r *Retry) attempts() int {
	if r.MaxAttempts == 0 {
		return 3
	}
	return min(max(r.MaxAttempts, 1), mostAttempts)
}

// pause returns how long to wait after an attempt.
func (r *Retry) pause(number int) time.Duration {
	longest, pause := r.MaxBackoff, r.Backoff
	if longest <= 0 {
		longest = longestBackoff
	}
	switch {
	case pause < 0:
		return 0
	case pause == 0:
		pause = standardBackoff
	}
	for ; number > 1 && pause < longest; number-- {
		pause = min(2*pause, longest)
		if pause < 0 {
			pause = longest
		}
	}
	pause = min(pause, longest)
	return pause - rand.N(pause/2+1)
}

// after reports whether a call is to be repeated after an error.
func (r *Retry) after(ctx context.Context, method string, idempotent bool, err error) bool {
	if r.If != nil {
		return r.If(ctx, method, err)
	}
	var e *message.Error
	if !errors.As(err, &e) {
		return false
	}
	if e.Code == message.CodeCircuitOpen {
		return false // it would be open again
	}
	return e.Retryable || idempotent && (e.Code == message.CodeClosed || e.Code == message.CodeTimeout)
}
