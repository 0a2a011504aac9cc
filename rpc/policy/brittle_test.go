package policy

import (
	"context"
	"runtime"
	"sync/atomic"
	"testing"
	"time"
	"unsafe"

	"github.com/stretchr/testify/require"

	"github.com/tagwire/tagwire/rpc/message"
)

// TestCallIsOver: no attempt begins for an interceptor whose call has returned.
func TestCallIsOver(t *testing.T) {
	all := NewAttempts(nil)
	all.End()
	_, last, err := planOf(Policy{Retry: &Retry{If: func(context.Context, string, error) bool { return true }}}).Do(context.Background(),
		&Call{Attempts: all, Exchange: func(context.Context, time.Time, unsafe.Pointer, *Attempt) error { panic("an attempt") }})
	require.Equal(t, errOver, err)
	require.Equal(t, errOver, last.Err)
}

// TestUsersCodeDoesNotReturn: code of the user's may panic or end its goroutine in any attempt: all others end, and the call does.
func TestUsersCodeDoesNotReturn(t *testing.T) {
	for way, leave := range map[string]func(){"panic": func() { panic("mischief") }, "exit": runtime.Goexit} {
		for place, predicate := range map[string]bool{"exchange": false, "predicate": true} {
			for number := 1; number <= 2; number++ { // of the attempt that does not return
				t.Run(way+"/"+place, func(t *testing.T) {
					begun, left := make(chan struct{}), make(chan struct{})
					retry := &Retry{Backup: time.Millisecond, MaxAttempts: 2, IfResult: func(_ context.Context, _ string, result any) bool {
						if predicate && result.(int) == number {
							defer close(left)
							leave()
						}
						return false
					}}
					var ended atomic.Int64
					var o *outcome
					done := make(chan any)
					go func() {
						defer func() { done <- recover() }()
						o = makeCall(context.Background(), planOf(Policy{Idempotent: true, Retry: retry}), time.Time{},
							func(ctx context.Context, a *Attempt, result *int) error {
								defer ended.Add(1)
								*result = a.Number
								if a.Number == 2 {
									close(begun)
								}
								<-begun
								if a.Number == number {
									if !predicate {
										defer close(left)
										leave()
									}
									return nil
								}
								<-left
								<-ctx.Done()
								return &message.Error{Code: message.CodeCanceled}
							})
					}()
					value := <-done
					require.Equal(t, int64(2), ended.Load())
					switch {
					case number == 2: // in a goroutine of Do
						require.Nil(t, value)
						require.ErrorIs(t, o.err, message.CodePanic)
						require.Equal(t, int64(1), o.panicked.Load())
						require.Zero(t, o.result)
						require.True(t, o.used, "the code may still use the arguments")
					case way == "panic":
						require.Equal(t, "mischief", value)
					default:
						require.Nil(t, value)
						require.Nil(t, o)
					}
				})
			}
		}
	}
}
