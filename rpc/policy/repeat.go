package policy

import (
	"context"
	"errors"
	"sync"
	"time"
	"unsafe"

	"github.com/tagwire/tagwire/rpc/message"
)

// Call is a call that Do makes.
type Call struct {
	// Method is its name, and Deadline when it is over, zero for never.
	Method   string
	Deadline time.Time
	// Marks says that the transport carries metadata, so that retries can be marked.
	Marks bool
	// Attempts is where the attempts are made.
	Attempts *Attempts
	// Exchange makes an attempt. Several may be under way at once. It may set Remote.
	Exchange func(ctx context.Context, deadline time.Time, result unsafe.Pointer, a *Attempt) error
	// Value returns what Retry.IfResult gets of a result.
	Value func(result unsafe.Pointer) any
	// Panicked is told of a panic in a goroutine that is not the caller's.
	Panicked func(value any)
}

// repetition is a call while its attempts are made.
type repetition struct {
	*Call
	plan  *Plan
	retry *Retry
	ctx   context.Context
	most  int // attempts

	lock     sync.Mutex
	attempts []*Attempt // those begun
	running  int        // of them
	rounds   int        // begun
	stopped  bool       // no backup request may begin in the round
	over     bool       // the call has ended, with the outcome of the attempt last
	last     *Attempt
	err      error
	next     string        // of the next attempt, if the call is not over
	pause    time.Duration // before that
	timer    *time.Timer   // of the next backup
	backups  sync.WaitGroup
}

// Do makes a call, and returns its attempts in the order in which they began, the one whose outcome is the call's, and its error. No
// attempt is under way when it returns, so that what the attempts use is the caller's again.
func (p *Plan) Do(ctx context.Context, call *Call) (all []Attempt, last *Attempt, err error) {
	r := &repetition{Call: call, plan: p, retry: p.policy.Retry, ctx: ctx, next: reasonCall}
	r.most = r.retry.attempts()
	p.tokens.earn()
	if Marked(ctx) > 1 {
		r.most = 1
	}
	for r.round(); !r.over; r.round() {
		if err = r.wait(); err != nil {
			break
		}
	}
	if err == nil {
		err = r.err
	}
	for _, a := range r.attempts {
		all = append(all, *a)
	}
	return all, r.last, ofAll(err, all)
}

// ofAll returns the error of a call that is the error of one of its attempts: another attempt may have been executed.
func ofAll(err error, attempts []Attempt) error {
	e, typed := err.(*message.Error)
	if !typed || !e.Retryable {
		return err
	}
	for _, a := range attempts {
		if other, typed := a.Err.(*message.Error); !typed || !other.Retryable {
			executed := *e
			executed.Retryable = false
			return &executed
		}
	}
	return err
}

// wait waits for the time of the next attempt.
func (r *repetition) wait() error {
	timer := time.NewTimer(r.pause)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-r.ctx.Done():
	}
	code := message.CodeCanceled
	if errors.Is(r.ctx.Err(), context.DeadlineExceeded) {
		code = message.CodeTimeout
	}
	return &message.Error{Code: code, Method: r.Method, Err: r.ctx.Err()}
}

// round makes an attempt, and others at the same time if it takes long.
func (r *repetition) round() {
	ctx, cancel := r.ctx, context.CancelFunc(func() {})
	backups := r.retry.Backup > 0 && r.plan.policy.Idempotent && r.most > 1
	if backups {
		ctx, cancel = context.WithCancel(ctx)
	}
	r.lock.Lock()
	first := r.begin(r.next)
	r.stopped = !backups
	r.rounds++
	if round := r.rounds; backups {
		r.timer = time.AfterFunc(r.retry.Backup, func() { r.backup(ctx, cancel, round) })
	}
	r.lock.Unlock()
	returned := false
	defer func() { // also where users' code has panicked or ends the goroutine
		if !returned {
			r.lock.Lock()
			r.stop()
			r.lock.Unlock()
			cancel()
		}
		r.backups.Wait()
		cancel()
	}()
	r.attempt(ctx, cancel, first)
	returned = true
}

// begin notes a new attempt. lock is held.
func (r *repetition) begin(reason string) *Attempt {
	a := &Attempt{Number: len(r.attempts) + 1, Reason: reason}
	r.attempts = append(r.attempts, a)
	r.running++
	return a
}

// stop is called when no further backup request may begin. lock is held.
func (r *repetition) stop() {
	r.stopped = true
	if r.timer != nil {
		r.timer.Stop()
	}
}

// backup makes a backup request, if it may. It is called in a goroutine of its own, and may come late: when the round is over.
func (r *repetition) backup(ctx context.Context, cancel func(), round int) {
	r.lock.Lock()
	if r.stopped || r.rounds != round || !r.another(0) {
		r.lock.Unlock()
		return
	}
	a := r.begin(reasonBackup)
	r.backups.Add(1)
	r.timer.Reset(r.retry.Backup)
	r.lock.Unlock()
	returned := false
	defer r.backups.Done()
	defer func() {
		if !returned {
			value := recover() // nil where the goroutine has been ended
			a.Err = &message.Error{Code: message.CodePanic, Method: r.Method, Message: "code that runs with the call panicked"}
			r.settle(a, a.Err, false, cancel)
			r.Panicked(value)
		}
	}()
	r.attempt(ctx, cancel, a)
	returned = true
}

// another reports whether there may be one more attempt after a pause, and takes it from the budget then. lock is held.
func (r *repetition) another(pause time.Duration) bool {
	inTime := r.Deadline.IsZero() || time.Until(r.Deadline) > pause
	return inTime && len(r.attempts) < r.most && r.ctx.Err() == nil && r.plan.tokens.take()
}

// errDropped is returned to Attempts for an attempt that succeeded, and whose result is not the call's.
var errDropped = errors.New("the result is not used")

// attempt makes an attempt. cancel ends all of the round.
func (r *repetition) attempt(ctx context.Context, cancel func(), a *Attempt) {
	deadline := r.Deadline
	begin := time.Now()
	if r.retry.AttemptTimeout > 0 {
		deadline = earlier(deadline, begin.Add(r.retry.AttemptTimeout))
	}
	if a.Number > 1 && r.Marks {
		ctx = mark(ctx, a.Number)
	}
	ran := false
	err := r.Attempts.Run(func(result unsafe.Pointer) error {
		ran = true
		err := r.Exchange(ctx, deadline, result, a)
		a.Err, a.Took = err, time.Since(begin)
		if !r.settle(a, err, r.unwanted(err, result), cancel) {
			return errDropped
		}
		return err
	})
	if !ran {
		a.Err = err
		r.settle(a, err, false, cancel)
	}
}

// unwanted reports whether the outcome of an attempt is one to try again after. It calls users' code.
func (r *repetition) unwanted(err error, result unsafe.Pointer) bool {
	switch {
	case r.most == 1:
		return false
	case err != nil:
		return r.retry.after(r.ctx, r.Method, r.plan.policy.Idempotent, err)
	}
	return r.retry.IfResult != nil && r.retry.IfResult(r.ctx, r.Method, r.Value(result))
}

// settle decides what follows on an attempt that has ended, and reports whether its outcome is the call's.
func (r *repetition) settle(a *Attempt, err error, unwanted bool, cancel func()) bool {
	r.lock.Lock()
	defer r.lock.Unlock()
	r.running--
	if r.over || unwanted && r.running > 0 {
		return false // another was faster, or may do better
	}
	r.last, r.err = a, err
	r.stop()
	if pause := r.retry.pause(a.Number); unwanted && r.another(pause) {
		r.next, r.pause = reasonError, pause
		if err == nil {
			r.next = reasonResult
		}
		return false
	}
	r.over = true
	cancel()
	return true
}
