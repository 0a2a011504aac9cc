package policy

import (
	"context"
	"errors"
	"net"
	"sync"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"

	"github.com/tagwire/tagwire/rpc/message"
	"github.com/tagwire/tagwire/rpc/transport"
)

// numbers are results that are numbers, and counts those that are in use.
type numbers struct {
	lock sync.Mutex
	used map[*int]bool
}

func (n *numbers) Get() unsafe.Pointer {
	n.lock.Lock()
	defer n.lock.Unlock()
	p := new(int)
	n.used[p] = true
	return unsafe.Pointer(p)
}

func (n *numbers) Put(p unsafe.Pointer) {
	n.lock.Lock()
	defer n.lock.Unlock()
	if !n.used[(*int)(p)] {
		panic("put twice")
	}
	delete(n.used, (*int)(p))
}

var errFailed = errors.New("failed")

// attempt is one that leaves n in its result and returns err.
func attempt(n int, err error) func(unsafe.Pointer) error {
	return func(result unsafe.Pointer) error {
		*(*int)(result) += n
		return err
	}
}

// TestLastSuccessCounts: each attempt has an empty result, and the call's is that of the attempt that succeeded last.
func TestLastSuccessCounts(t *testing.T) {
	results := &numbers{used: map[*int]bool{}}
	a := NewAttempts(results)
	require.ErrorIs(t, a.Run(attempt(1, errFailed)), errFailed)
	require.Empty(t, results.used)
	require.NoError(t, a.Run(attempt(2, nil)))
	require.NoError(t, a.Run(attempt(3, nil)))
	require.ErrorIs(t, a.Run(attempt(4, errFailed)), errFailed)
	result, succeeded, running := a.End()
	require.True(t, succeeded)
	require.False(t, running)
	require.Equal(t, 3, *(*int)(result))
	require.Equal(t, map[*int]bool{(*int)(result): true}, results.used, "the others were given back")

	a = NewAttempts(results)
	require.Error(t, a.Run(attempt(5, errFailed)))
	result, succeeded, _ = a.End()
	require.Nil(t, result)
	require.False(t, succeeded)

	a = NewAttempts(nil)
	require.NoError(t, a.Run(func(result unsafe.Pointer) error {
		require.Nil(t, result)
		return nil
	}))
	result, succeeded, _ = a.End()
	require.Nil(t, result)
	require.True(t, succeeded)
}

// TestLateAttempt: an attempt that ends after the call changes nothing, and none begins then.
func TestLateAttempt(t *testing.T) {
	results := &numbers{used: map[*int]bool{}}
	a := NewAttempts(results)
	begun, release, done := make(chan struct{}), make(chan struct{}), make(chan error)
	go func() {
		done <- a.Run(func(result unsafe.Pointer) error {
			close(begun)
			<-release
			return attempt(1, nil)(result)
		})
	}()
	<-begun
	require.NoError(t, a.Run(attempt(2, nil)))
	result, _, running := a.End()
	require.True(t, running)
	close(release)
	require.NoError(t, <-done)
	require.Equal(t, 2, *(*int)(result))
	require.Len(t, results.used, 1)
	ran := false
	require.ErrorIs(t, a.Run(func(unsafe.Pointer) error { ran = true; return nil }), errOver)
	require.False(t, ran)
}

// TestAttemptThatPanics: its result is not used again, nor are the arguments, because the code that panicked may still have them.
func TestAttemptThatPanics(t *testing.T) {
	results := &numbers{used: map[*int]bool{}}
	a := NewAttempts(results)
	require.Panics(t, func() { _ = a.Run(func(unsafe.Pointer) error { panic("no") }) })
	result, succeeded, running := a.End()
	require.Nil(t, result)
	require.False(t, succeeded)
	require.True(t, running)
	require.Len(t, results.used, 1)
}

// script is an Exchanger that returns what it was given, one after the other, and then that there is nowhere left to go.
type script struct {
	answers []error
	sent    bool // a connection was there
	tried   []int
}

func (s *script) Exchange(_ context.Context, call *transport.Call) error {
	s.tried = append(s.tried, call.Tried)
	if s.sent {
		call.Remote = &net.TCPAddr{}
	}
	if len(s.answers) == 0 {
		return transport.ErrNoneLeft
	}
	answer := s.answers[0]
	s.answers = s.answers[1:]
	return answer
}

// TestFailover: another endpoint is tried as long as nothing was sent because there was no connection, and the error is the last one.
func TestFailover(t *testing.T) {
	down := &message.Error{Code: message.CodeConnect, Message: "down"}
	last := &message.Error{Code: message.CodeConnect, Message: "last"}
	timeout := &message.Error{Code: message.CodeTimeout}
	wrapped := errors.Join(down)
	for name, c := range map[string]struct {
		script
		want  error
		tried []int
	}{
		"the first answers":       {script{answers: []error{nil}}, nil, []int{0}},
		"the third answers":       {script{answers: []error{down, down, nil}}, nil, []int{0, 1, 2}},
		"none answers":            {script{answers: []error{down, down, last}}, last, []int{0, 1, 2, 3}},
		"time is over":            {script{answers: []error{down, timeout, nil}}, timeout, []int{0, 1}},
		"a connection, and error": {script{answers: []error{down, nil}, sent: true}, down, []int{0}},
		"an error of the user's":  {script{answers: []error{wrapped, nil}}, wrapped, []int{0}},
	} {
		t.Run(name, func(t *testing.T) {
			err := Failover(&c.script).Exchange(context.Background(), &transport.Call{Tried: 5})
			require.Equal(t, c.want, err)
			require.Equal(t, c.tried, c.script.tried)
		})
	}
}
