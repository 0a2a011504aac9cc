package policy

import (
	"context"
	"math"
	"sync"
	"sync/atomic"
	"testing"
	"time"
	"unsafe"

	"github.com/stretchr/testify/require"

	"github.com/tagwire/tagwire/rpc/message"
)

// exchange is what an attempt does: its result is a number.
type exchange func(ctx context.Context, a *Attempt, result *int) error

// outcome is what became of a call.
type outcome struct {
	attempts []Attempt
	last     *Attempt
	err      error
	result   int // 0 if there is none
	used     bool
	panicked atomic.Int64
}

// makeCall makes one call.
func makeCall(ctx context.Context, p *Plan, deadline time.Time, e exchange) *outcome {
	o := &outcome{}
	results := &numbers{used: map[*int]bool{}}
	all := NewAttempts(results)
	o.attempts, o.last, o.err = p.Do(ctx, &Call{
		Method: "m", Deadline: deadline, Marks: true, Attempts: all,
		Exchange: func(ctx context.Context, _ time.Time, result unsafe.Pointer, a *Attempt) error {
			return e(ctx, a, (*int)(result))
		},
		Value:    func(result unsafe.Pointer) any { return *(*int)(result) },
		Panicked: func(any) { o.panicked.Add(1) },
	})
	result, _, used := all.End()
	if o.used = used; result != nil {
		o.result = *(*int)(result)
	}
	return o
}

// planOf returns a plan with as many retries as are wanted.
func planOf(p Policy) *Plan { return &Plan{p, newBucket(Budget{Ratio: 10, Burst: 1000})} }

func reasons(attempts []Attempt) (all []string) {
	for i, a := range attempts {
		if a.Number != i+1 {
			panic("numbers are wrong")
		}
		all = append(all, a.Reason)
	}
	return all
}

var (
	unsent  = &message.Error{Code: message.CodeConnect, Retryable: true}
	refused = &message.Error{Code: message.CodeInternal}
)

// failing fails all attempts but the last of some, whose result is its number.
func failing(attempts int) exchange {
	return func(_ context.Context, a *Attempt, result *int) error {
		*result += a.Number
		if a.Number < attempts {
			return unsent
		}
		return nil
	}
}

// TestAttemptsInTurn: a call has as many attempts as it needs and may have, each marked but the first.
func TestAttemptsInTurn(t *testing.T) {
	for max, want := range map[int]int{math.MinInt: 1, -1: 1, 0: 3, 1: 1, 2: 2, math.MaxInt: 10} {
		p := planOf(Policy{Retry: &Retry{MaxAttempts: max, Backoff: -1}})
		o := makeCall(context.Background(), p, time.Time{}, func(ctx context.Context, a *Attempt, _ *int) error {
			if Marked(ctx) != a.Number {
				panic("not marked")
			}
			return unsent
		})
		require.Equal(t, unsent, o.err)
		require.Len(t, o.attempts, want)
		require.Equal(t, want, o.last.Number)
		require.Zero(t, o.result)
	}
	o := makeCall(context.Background(), planOf(Policy{Retry: &Retry{Backoff: 1}}), time.Time{}, failing(3))
	require.NoError(t, o.err)
	require.Equal(t, 3, o.result)
	require.Equal(t, []string{"call", "error", "error"}, reasons(o.attempts))
	require.Equal(t, unsent, o.attempts[1].Err)

	o = makeCall(context.Background(), planOf(Policy{Retry: &Retry{}}), time.Time{}, func(context.Context, *Attempt, *int) error { return refused })
	require.Equal(t, refused, o.err)
	require.Len(t, o.attempts, 1, "it may have been executed")
}

// TestRetryableOfAll: the error of a call says that nothing was executed only if none of its attempts can have been.
func TestRetryableOfAll(t *testing.T) {
	unsent := &message.Error{Code: message.CodeConnect, Retryable: true}
	for name, c := range map[string]struct {
		before error // of all attempts but the last
		want   bool
	}{
		"none was sent":          {unsent, true},
		"one may be executed":    {&message.Error{Code: message.CodeClosed}, false},
		"one has another result": {nil, false},
	} {
		t.Run(name, func(t *testing.T) {
			plan := planOf(Policy{Idempotent: true, Retry: &Retry{Backoff: -1, IfResult: func(context.Context, string, any) bool { return true }}})
			o := makeCall(context.Background(), plan, time.Time{}, func(_ context.Context, a *Attempt, _ *int) error {
				if a.Number < 3 {
					return c.before
				}
				return unsent
			})
			require.ErrorIs(t, o.err, message.CodeConnect)
			require.Equal(t, c.want, o.err.(*message.Error).Retryable)
			require.True(t, unsent.Retryable)
			require.Equal(t, unsent, o.attempts[2].Err)
		})
	}
}

// TestNoTimeLeft: where the pause would end after the deadline, or the context ends, there is no further attempt.
func TestNoTimeLeft(t *testing.T) {
	p := planOf(Policy{Retry: &Retry{Backoff: time.Hour, MaxBackoff: time.Hour}})
	o := makeCall(context.Background(), p, time.Now().Add(time.Minute), failing(2))
	require.Equal(t, unsent, o.err)

	ctx, cancel := context.WithCancel(context.Background())
	o = makeCall(ctx, p, time.Time{}, func(context.Context, *Attempt, *int) error {
		time.AfterFunc(time.Millisecond, cancel) // likely in the pause, else before
		return unsent
	})
	require.Error(t, o.err)
	if o.err != unsent {
		require.ErrorIs(t, o.err, message.CodeCanceled)
		require.ErrorIs(t, o.err, context.Canceled)
	}
	require.Len(t, o.attempts, 1)

	ctx, cancel = context.WithTimeout(context.Background(), 20*time.Millisecond)
	defer cancel()
	o = makeCall(ctx, p, time.Time{}, failing(2)) // a deadline that Do was not told of
	require.ErrorIs(t, o.err, context.DeadlineExceeded)
}

// TestRetryByResult: a result that is not wanted is dropped only for another attempt.
func TestRetryByResult(t *testing.T) {
	small := &Retry{Backoff: -1, IfResult: func(_ context.Context, _ string, result any) bool { return result.(int) < 3 }}
	o := makeCall(context.Background(), planOf(Policy{Retry: small}), time.Time{}, failing(1))
	require.NoError(t, o.err)
	require.Equal(t, 3, o.result)
	require.Equal(t, []string{"call", "result", "result"}, reasons(o.attempts))

	few := *small
	few.MaxAttempts = 2
	o = makeCall(context.Background(), planOf(Policy{Retry: &few}), time.Time{}, failing(1))
	require.NoError(t, o.err)
	require.Equal(t, 2, o.result, "the last one")

	o = makeCall(context.Background(), &Plan{Policy{Retry: small}, newBucket(Budget{Ratio: -1})}, time.Time{}, failing(1))
	require.NoError(t, o.err)
	require.Equal(t, 1, o.result)
}

// TestChainStops: a call that is made because of a retry has one attempt, of each kind.
func TestChainStops(t *testing.T) {
	p := planOf(Policy{Idempotent: true, Retry: &Retry{Backup: 1, Backoff: -1}})
	o := makeCall(mark(context.Background(), 2), p, time.Time{}, func(ctx context.Context, _ *Attempt, _ *int) error {
		time.Sleep(time.Millisecond)
		require.Equal(t, 2, Marked(ctx))
		return unsent
	})
	require.Equal(t, unsent, o.err)
	require.Len(t, o.attempts, 1)
}

// TestBackup: where an attempt takes long, another is made, and the first reply counts, also if it is an error; all have ended then.
func TestBackup(t *testing.T) {
	p := planOf(Policy{Idempotent: true, Retry: &Retry{Backup: time.Millisecond, Backoff: -1}})
	for name, answer := range map[string]error{"result": nil, "error": refused} {
		t.Run(name, func(t *testing.T) {
			var running atomic.Int64
			o := makeCall(context.Background(), p, time.Time{}, func(ctx context.Context, a *Attempt, result *int) error {
				running.Add(1)
				defer running.Add(-1)
				if *result = a.Number; a.Number == 3 {
					return answer
				}
				<-ctx.Done()
				time.Sleep(time.Millisecond)
				return &message.Error{Code: message.CodeCanceled}
			})
			require.Zero(t, running.Load())
			require.False(t, o.used)
			require.Equal(t, answer, o.err)
			require.Equal(t, []string{"call", "backup", "backup"}, reasons(o.attempts))
			require.Equal(t, 3, o.last.Number)
			require.Equal(t, map[bool]int{true: 3}[answer == nil], o.result)
		})
	}

	// Without the declaration there is none, and not where the budget is used up.
	slow := func(_ context.Context, a *Attempt, result *int) error {
		time.Sleep(5 * time.Millisecond)
		*result = a.Number
		return nil
	}
	for _, p := range []*Plan{
		planOf(Policy{Retry: &Retry{Backup: 1}}),
		{Policy{Idempotent: true, Retry: &Retry{Backup: 1}}, newBucket(Budget{Ratio: -1})},
	} {
		o := makeCall(context.Background(), p, time.Time{}, slow)
		require.Len(t, o.attempts, 1)
		require.Equal(t, 1, o.result)
	}
}

// TestBackupAndRetry: an attempt that fails waits for those at its side, and when all have failed there is another round.
func TestBackupAndRetry(t *testing.T) {
	p := planOf(Policy{Idempotent: true, Retry: &Retry{Backup: time.Millisecond, Backoff: -1, MaxAttempts: 3}})
	second := make(chan struct{})
	o := makeCall(context.Background(), p, time.Time{}, func(_ context.Context, a *Attempt, result *int) error {
		switch *result = a.Number; a.Number {
		case 1:
			<-second
			return unsent
		case 2:
			close(second)
			return unsent
		}
		return nil
	})
	require.NoError(t, o.err)
	require.Equal(t, 3, o.result)
	require.Equal(t, "backup", o.attempts[1].Reason)
}

// TestBackupStorm: attempts of many calls end at about the same time, and each call gets the result of the attempt that it says.
func TestBackupStorm(t *testing.T) {
	unwanted := func(_ context.Context, _ string, result any) bool { return result.(int)%2 == 0 }
	p := planOf(Policy{Idempotent: true, Retry: &Retry{Backup: 20 * time.Microsecond, Backoff: 1, MaxAttempts: 10, IfResult: unwanted}})
	var group sync.WaitGroup
	for caller := range 8 {
		group.Add(1)
		go func() {
			defer group.Done()
			for i := range 200 {
				var running atomic.Int64
				o := makeCall(context.Background(), p, time.Time{}, func(_ context.Context, a *Attempt, result *int) error {
					running.Add(1)
					defer running.Add(-1)
					time.Sleep(time.Duration((caller+i+a.Number)%3) * 20 * time.Microsecond)
					*result += a.Number
					return nil
				})
				if o.err != nil || o.result != o.last.Number || running.Load() != 0 || o.used {
					t.Errorf("%v, result %d of attempt %d", o.err, o.result, o.last.Number)
				}
				if o.result%2 == 0 && len(o.attempts) < 10 && p.tokens.left.Load() > token {
					t.Errorf("the result of attempt %d is not wanted", o.result)
				}
			}
		}()
	}
	group.Wait()
}
