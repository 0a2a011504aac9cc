package policy

import (
	"errors"
	"sync"
	"unsafe"
)

// Results makes structs of results.
type Results interface {
	// Get returns an empty one.
	Get() unsafe.Pointer
	// Put takes back what Get returned; nothing refers to it any more.
	Put(unsafe.Pointer)
}

// Attempts is a call with all its attempts. Each has a struct of results of its own, so one that failed leaves nothing
// behind, and one whose result is not used any more affects no other. Any goroutine may call its methods.
type Attempts struct {
	results Results // nil if there is no reply

	lock      sync.Mutex
	running   int // or did not return
	over      bool
	succeeded bool
	result    unsafe.Pointer // of the attempt that succeeded last
}

// NewAttempts returns a call without attempts. results is nil if there is no reply.
func NewAttempts(results Results) *Attempts { return &Attempts{results: results} }

var errOver = errors.New("rpc: the call is over: an interceptor called next after it had returned")

// Run makes an attempt, and returns its error. It makes none once the call is over.
func (a *Attempts) Run(attempt func(result unsafe.Pointer) error) (err error) {
	if !a.begin() {
		return errOver
	}
	var result unsafe.Pointer
	if a.results != nil {
		result = a.results.Get()
	}
	returned := false
	defer func() {
		if unused := a.end(result, returned, err == nil); unused != nil && returned {
			a.results.Put(unused)
		}
	}()
	err = attempt(result)
	returned = true
	return err
}

func (a *Attempts) begin() bool {
	a.lock.Lock()
	defer a.lock.Unlock()
	if a.over {
		return false
	}
	a.running++
	return true
}

// end takes over the result of an attempt that succeeded, and returns the struct that is not needed any more.
func (a *Attempts) end(result unsafe.Pointer, returned, succeeded bool) (unused unsafe.Pointer) {
	a.lock.Lock()
	defer a.lock.Unlock()
	if returned {
		a.running--
	}
	if a.over || !returned || !succeeded {
		return result
	}
	a.succeeded = true
	a.result, result = result, a.result
	return result
}

// End ends the call. It returns the result, which is the caller's then; nil if no attempt succeeded, or there is no reply.
// running reports that an attempt goes on, or has panicked, so that the arguments of the call may still be in use.
func (a *Attempts) End() (result unsafe.Pointer, succeeded, running bool) {
	a.lock.Lock()
	defer a.lock.Unlock()
	a.over = true
	return a.result, a.succeeded, a.running > 0
}
