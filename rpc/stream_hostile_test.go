package rpc_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"math/rand"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tagwire/tagwire/fuzz/effort"
	"github.com/tagwire/tagwire/rpc"
)

// unwinding is what users' code may do instead of returning.
var unwinding = map[string]func(){"panic": func() { panic("mischief") }, "exit": runtime.Goexit}

// TestHandlersUnwind: whatever a handler does, and wherever, the caller gets an error that does not show it, and the stream ends.
func TestHandlersUnwind(t *testing.T) {
	noLeaks(t)
	eachWorld(t, handlersUnwind)
}

func handlersUnwind(t *testing.T, world func(*testing.T, *rpc.Service, ...rpc.Option) *streamWorld) {
	for name, unwind := range unwinding {
		t.Run(name, func(t *testing.T) {
			w := world(t, sumsService(&sums{hook: func(_ context.Context, text string) error {
				if text == "now" {
					unwind()
				}
				return nil
			}}))
			ctx := context.Background()
			got, err := collect(w.sums.Count(ctx, &Request{Number: 3, Text: "now"}))
			require.Len(t, got, 3)
			require.ErrorIs(t, err, rpc.CodeInternal)
			require.NotContains(t, err.Error(), "mischief")
			evil := func(yield func(*Request, error) bool) {
				_ = yield(&Request{Text: "x"}, nil) && yield(&Request{Text: "now"}, nil) && yield(&Request{}, nil)
			}
			_, err = w.sums.Add(ctx, evil)
			require.ErrorIs(t, err, rpc.CodeInternal)
			got, err = collect(w.sums.Echo(ctx, evil))
			require.ErrorIs(t, err, rpc.CodeInternal)
			require.Len(t, got, 1)
			_, err = w.sums.Add(ctx, numbers(3))
			require.NoError(t, err)
			require.Contains(t, w.log.String(), "mischief"[:len("mischief")*btoi(name == "panic")])
		})
	}
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// badError is an error whose methods panic.
type badError struct{}

func (badError) Error() string { panic("in an error") }

func TestErrorsThatPanic(t *testing.T) {
	noLeaks(t)
	eachWorld(t, errorsThatPanic)
}

func errorsThatPanic(t *testing.T, world func(*testing.T, *rpc.Service, ...rpc.Option) *streamWorld) {
	w := world(t, sumsService(&sums{hook: func(context.Context, string) error { return badError{} }}))
	_, err := collect(w.sums.Count(context.Background(), &Request{Text: "x"}))
	require.ErrorIs(t, err, rpc.CodeInternal)
}

// TestRequestsUnwind: an iterator of requests that does not return ends the call, with an error where that can be returned.
func TestRequestsUnwind(t *testing.T) {
	noLeaks(t)
	eachWorld(t, requestsUnwind)
}

func requestsUnwind(t *testing.T, world func(*testing.T, *rpc.Service, ...rpc.Option) *streamWorld) {
	w := world(t, sumsService(&sums{}))
	ctx := context.Background()
	for name, unwind := range unwinding {
		t.Run(name, func(t *testing.T) {
			evil := func(yield func(*Request, error) bool) {
				yield(&Request{}, nil)
				unwind()
			}
			_, err := collect(w.sums.Echo(ctx, evil))
			require.ErrorIs(t, err, rpc.CodePanic)
			done := make(chan error, 1)
			go func() {
				err := error(rpc.CodeUnknown)
				defer func() { done <- err }()
				_, err = w.sums.Add(ctx, evil)
			}()
			if err := <-done; name == "panic" {
				require.ErrorIs(t, err, rpc.CodePanic)
			}
		})
	}
}

// TestYieldingTooMuch: iterators that go on after they were told to stop, or whose yield is called by others, do no harm.
func TestYieldingTooMuch(t *testing.T) {
	noLeaks(t)
	eachWorld(t, yieldingTooMuch)
}

func yieldingTooMuch(t *testing.T, world func(*testing.T, *rpc.Service, ...rpc.Option) *streamWorld) {
	escaped := make(chan func(*Reply, error) bool, 1)
	svc := rpc.NewService("Sums")
	rpc.HandleServerStream(svc, "count", func(ctx context.Context, req *Request) iter.Seq2[*Reply, error] {
		return func(yield func(*Reply, error) bool) {
			yield(nil, errors.New("first"))
			if yield(&Reply{}, nil) || yield(nil, errors.New("second")) {
				t.Error("it shall go on")
			}
			escaped <- yield
		}
	})
	w := world(t, svc)
	for range 10 {
		got, err := collect(w.sums.Count(context.Background(), &Request{}))
		require.Empty(t, got)
		require.ErrorContains(t, err, "first")
		if (<-escaped)(&Reply{}, nil) {
			t.Error("a stream that is over takes a response")
		}
	}
}

// TestHandlersLeave: goroutines that a handler has left behind, in Send or in Receive, get errors and keep nothing.
func TestHandlersLeave(t *testing.T) {
	noLeaks(t)
	eachWorld(t, handlersLeave)
}

func handlersLeave(t *testing.T, world func(*testing.T, *rpc.Service, ...rpc.Option) *streamWorld) {
	left := make(chan error, 2)
	svc := rpc.NewService("Sums")
	var method = rpc.NewStreamMethod[Request, Reply]("echo", rpc.ClientStreams|rpc.ServerStreams, rpc.RequestReuse())
	method.Handle(svc, func(ctx context.Context, s *rpc.ServerStream[Request, Reply]) error {
		if _, err := s.Receive(); err != nil {
			return err
		}
		begun := make(chan bool, 2)
		go func() {
			begun <- true
			_, err := s.Receive()
			left <- err
		}()
		go func() {
			begun <- true
			for {
				if err := s.Send(&Reply{}); err != nil {
					left <- err
					return
				}
			}
		}()
		<-begun
		<-begun
		runtime.Gosched()
		return nil
	})
	w := world(t, svc)
	for range 50 {
		s, err := echoStream.Open(context.Background(), w.client)
		require.NoError(t, err)
		require.NoError(t, s.Send(&Request{}))
		for range 2 {
			require.Error(t, <-left)
		}
		for err == nil {
			_, err = s.Receive()
		}
		require.Equal(t, io.EOF, err)
	}
}

// TestTwoAtOnce: of two goroutines that do the same with a stream one gets an error.
func TestTwoAtOnce(t *testing.T) {
	noLeaks(t)
	eachWorld(t, twoAtOnce)
}

func twoAtOnce(t *testing.T, world func(*testing.T, *rpc.Service, ...rpc.Option) *streamWorld) {
	w := world(t, sumsService(&sums{}))
	s, err := echoStream.Open(context.Background(), w.client)
	require.NoError(t, err)
	defer s.Close()
	errs := make(chan error, 2)
	for range 2 {
		go func() {
			_, err := s.Receive()
			errs <- err
		}()
	}
	require.ErrorIs(t, <-errs, rpc.CodeContract)
	s.Close()
	require.ErrorIs(t, <-errs, rpc.CodeCanceled)
}

// TestAnyMoment: streams that are cancelled, or whose time is over, at any moment end once, typed.
func TestAnyMoment(t *testing.T) {
	noLeaks(t)
	eachWorld(t, anyMoment)
}

func anyMoment(t *testing.T, world func(*testing.T, *rpc.Service, ...rpc.Option) *streamWorld) {
	stats := &rpc.Stats{}
	for name, options := range map[string][]rpc.Option{"bare": nil, "intercepted": {rpc.WithInterceptors(stats.Interceptor())}} {
		t.Run(name, func(t *testing.T) {
			w := world(t, sumsService(&sums{}), options...)
			var group sync.WaitGroup
			for worker := range 8 {
				group.Add(1)
				go func() {
					defer group.Done()
					random := rand.New(rand.NewSource(int64(worker)))
					for range effort.Of(150, 30) {
						doAnyMoment(t, w, random)
					}
				}()
			}
			group.Wait()
		})
	}
	settle(t, func() string {
		if n := stats.Snapshot().Running; n != 0 {
			return fmt.Sprintf("%d calls are running", n)
		}
		return ""
	})
}

// typed reports that an error of a stream that the caller may have ended is one of those that it shall be.
func typed(err error) bool {
	return err == nil || err == io.EOF || errors.Is(err, rpc.CodeCanceled) || errors.Is(err, rpc.CodeTimeout)
}

func doAnyMoment(t *testing.T, w *streamWorld, random *rand.Rand) {
	after := time.Duration(random.Intn(400)) * time.Microsecond
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	if random.Intn(2) == 0 {
		ctx, cancel = context.WithTimeout(ctx, after)
		defer cancel()
	} else {
		time.AfterFunc(after, cancel)
	}
	var err error
	switch random.Intn(4) {
	case 0:
		_, err = collect(w.sums.Count(ctx, &Request{Number: 200}))
	case 1:
		_, err = w.sums.Add(ctx, numbers(200))
	case 2:
		_, err = collect(w.sums.Echo(ctx, numbers(200)))
	case 3:
		var s *rpc.ClientStream[Request, Reply]
		if s, err = echoStream.Open(ctx, w.client); err != nil {
			break
		}
		go func() {
			for s.Send(&Request{}) == nil {
			}
		}()
		for err == nil && random.Intn(100) > 0 {
			_, err = s.Receive()
		}
		s.Close()
	}
	if !typed(err) {
		t.Errorf("%T: %v", err, err)
	}
}

// TestStreamReuse: requests are decoded into memory of earlier ones where the handler keeps nothing, and are its own otherwise.
func TestStreamReuse(t *testing.T) {
	noLeaks(t)
	eachWorld(t, streamReuse)
}

func streamReuse(t *testing.T, world func(*testing.T, *rpc.Service, ...rpc.Option) *streamWorld) {
	for name, c := range map[string]struct {
		options []rpc.MethodOption
		same    bool
	}{"reused": {[]rpc.MethodOption{rpc.RequestReuse()}, true}, "kept": {nil, false}} {
		t.Run(name, func(t *testing.T) {
			svc := rpc.NewService("Sums")
			var distinct atomic.Int64
			rpc.HandleClientStream(svc, "add", func(ctx context.Context, reqs iter.Seq2[*Request, error]) (*Reply, error) {
				all := map[*Request]bool{}
				sum := &Reply{}
				for req, err := range reqs {
					if err != nil {
						return nil, err
					}
					all[req] = true
					sum.Number += req.Number
				}
				distinct.Store(int64(len(all)))
				return sum, nil
			}, c.options...)
			w := world(t, svc)
			sum, err := w.sums.Add(context.Background(), numbers(100))
			require.NoError(t, err)
			require.EqualValues(t, 4950, sum.Number)
			if c.same {
				require.Less(t, distinct.Load(), int64(100))
			} else {
				require.EqualValues(t, 100, distinct.Load())
			}
		})
	}
}

// TestStreamLimits: a stream counts as a call while it lasts.
func TestStreamLimits(t *testing.T) {
	noLeaks(t)
	log := &quiet{}
	server := rpc.NewServer(rpc.WithLogger(log.logger()), rpc.WithCallLimit(rpc.CallLimit{Concurrency: 1}, "Sums:echo"))
	require.NoError(t, server.Register(sumsService(&sums{})))
	w := piped(t, sumsService(&sums{}))
	pipe := &rpc.Pipe{Server: server, Window: 1}
	rpc.UsePipe(w.client, pipe)
	require.NoError(t, w.client.Fill(&w.sums, rpc.Exceptions(NotFound{})))
	first, err := echoStream.Open(context.Background(), w.client)
	require.NoError(t, err)
	require.NoError(t, first.Send(&Request{}))
	_, err = first.Receive()
	require.NoError(t, err)
	_, err = collect(w.sums.Echo(context.Background(), numbers(1)))
	require.ErrorIs(t, err, rpc.CodeOverloaded)
	first.Close()
	settle(t, func() string {
		if _, err := collect(w.sums.Echo(context.Background(), numbers(1))); err != nil {
			return err.Error()
		}
		return ""
	})
	settle(t, func() string { return fmt.Sprint(pipe.Streams.Load())[btoi(pipe.Streams.Load() == 0):] })
	_ = server.Close()
}
