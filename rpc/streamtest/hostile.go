package streamtest

import (
	"context"
	"errors"
	"iter"
	"math/rand/v2"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tagwire/tagwire/rpc"
)

// testBreak: a caller that leaves its loop ends the call, on both sides.
func testBreak(t *testing.T, p *pair) {
	for range p.Watch(p.ctx, &Good{Name: "x", Cents: 1 << 40}) {
		break
	}
	if how := p.stall.next(t); how != "told to stop" {
		t.Error(how)
	}
	for range p.Watch(p.ctx, &Good{Name: "wait", Cents: 1}) {
		break
	}
	if how := p.stall.next(t); how != "context" {
		t.Error(how)
	}
	stopped := make(chan struct{})
	for range p.Trade(p.ctx, endless(func() { close(stopped) })) {
		break
	}
	<-stopped
	p.stall.next(t)
	ctx, cancel := context.WithCancel(p.ctx)
	for range p.Trade(p.ctx, thenWait(ctx, "x")) {
		break
	}
	if how := p.stall.next(t); how != "error" {
		t.Error(how)
	}
	cancel()
}

// testPanicOfLoop: what the caller's loop panics with is the caller's, and the call ends.
func testPanicOfLoop(t *testing.T, p *pair) {
	func() {
		defer func() {
			if value := recover(); value != "own" {
				t.Error(value)
			}
		}()
		for range p.Watch(p.ctx, &Good{Name: "wait", Cents: 1}) {
			panic("own")
		}
	}()
	if how := p.stall.next(t); how != "context" {
		t.Error(how)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for range p.Watch(p.ctx, &Good{Name: "wait", Cents: 1}) {
			runtime.Goexit()
		}
	}()
	<-done
	if how := p.stall.next(t); how != "context" {
		t.Error(how)
	}
}

// beginning yields a good, and calls then when the handler has it.
func (p *pair) beginning(then func(yield func(*Good, error) bool)) iter.Seq2[*Good, error] {
	return func(yield func(*Good, error) bool) {
		if yield(&Good{Name: "begin"}, nil) {
			<-p.stall.begun
			then(yield)
		}
	}
}

// endsHandler checks that the handler was not told that the requests are complete.
func (p *pair) endsHandler(t *testing.T) {
	t.Helper()
	if how := p.stall.next(t); how != "error" && how != "told to stop" {
		t.Error(how)
	}
}

// testErrorsOfRequests: an error of the caller's iterator cancels the call, and is found in its error.
func testErrorsOfRequests(t *testing.T, p *pair) {
	own := errors.New("own")
	fails := p.beginning(func(yield func(*Good, error) bool) {
		if yield(nil, own) {
			panic("it is to go on after an error")
		}
	})
	nothing := p.beginning(func(yield func(*Good, error) bool) { yield(nil, nil) })
	for range 5 {
		if _, err := p.Gather(p.ctx, fails); !errors.Is(err, own) || !errors.Is(err, rpc.CodeCanceled) {
			t.Error(err)
		}
		p.endsHandler(t)
		if _, err := collect(p.Trade(p.ctx, fails)); !errors.Is(err, own) || !errors.Is(err, rpc.CodeCanceled) {
			t.Error(err)
		}
		p.endsHandler(t)
		if _, err := p.Gather(p.ctx, nothing); !errors.Is(err, rpc.CodeCanceled) {
			t.Error(err)
		}
		p.endsHandler(t)
		if _, err := collect(p.Trade(p.ctx, nothing)); !errors.Is(err, rpc.CodeCanceled) {
			t.Error(err)
		}
		p.endsHandler(t)
	}
}

// testRequestsEndWithContext: requests that end because the context of the call has ended are not complete, and the call is no success.
func testRequestsEndWithContext(t *testing.T, p *pair) {
	for range 10 {
		for _, call := range []func(context.Context, iter.Seq2[*Good, error]) error{
			func(ctx context.Context, requests iter.Seq2[*Good, error]) error {
				_, err := p.Gather(ctx, requests)
				return err
			},
			func(ctx context.Context, requests iter.Seq2[*Good, error]) error {
				_, err := collect(p.Trade(ctx, requests))
				return err
			},
		} {
			ctx, cancel := context.WithCancel(p.ctx)
			err := call(ctx, p.beginning(func(func(*Good, error) bool) { cancel() }))
			if !errors.Is(err, rpc.CodeCanceled) {
				t.Error(err)
			}
			p.endsHandler(t)
		}
	}
}

// testPanicOfRequests: a panic of the caller's iterator is an error of the call.
func testPanicOfRequests(t *testing.T, p *pair) {
	panics := p.beginning(func(func(*Good, error) bool) { panic("own") })
	exits := p.beginning(func(func(*Good, error) bool) { runtime.Goexit() })
	for range 5 {
		if _, err := p.Gather(p.ctx, panics); !errors.Is(err, rpc.CodePanic) {
			t.Error(err)
		}
		p.endsHandler(t)
		for _, requests := range []iter.Seq2[*Good, error]{panics, exits} {
			if _, err := collect(p.Trade(p.ctx, requests)); !errors.Is(err, rpc.CodePanic) {
				t.Error(err)
			}
			p.endsHandler(t)
		}
		done := make(chan struct{})
		go func() {
			defer close(done)
			_, _ = p.Gather(p.ctx, exits)
			t.Error("it goes on after its end")
		}()
		<-done
		p.endsHandler(t)
	}
}

// testWrongIterators: iterators go on although they were told not to, after they have returned, and in several goroutines.
func testWrongIterators(t *testing.T, p *pair) {
	stubborn := func(yield func(*Good, error) bool) {
		for range 1000 {
			yield(&Good{Name: "early"}, nil)
		}
		yield(nil, errBad)
	}
	if _, err := p.Gather(p.ctx, stubborn); err != nil && !errors.Is(err, errBad) {
		t.Error(err)
	}
	if _, err := collect(p.Trade(p.ctx, stubborn)); err != nil && !errors.Is(err, errBad) {
		t.Error(err)
	}
	var late func(*Good, error) bool
	if _, err := p.Gather(p.ctx, func(yield func(*Good, error) bool) { late = yield }); err != nil {
		t.Error(err)
	}
	if late(&Good{Name: "late"}, nil) {
		t.Error("a request was taken after the end")
	}
	crowd := func(yield func(*Good, error) bool) {
		var group sync.WaitGroup
		for range 8 {
			group.Add(1)
			go func() {
				defer group.Done()
				for range 100 {
					if !yield(&Good{Name: "x"}, nil) {
						return
					}
				}
			}()
		}
		group.Wait()
	}
	if _, err := p.Gather(p.ctx, crowd); err != nil && !errors.Is(err, rpc.CodeContract) {
		t.Error(err)
	}
	if _, err := collect(p.Trade(p.ctx, crowd)); err != nil && !errors.Is(err, rpc.CodeContract) {
		t.Error(err)
	}
}

// testContexts: calls end with their contexts, on both sides.
func testContexts(t *testing.T, p *pair) {
	for _, row := range []struct {
		make  func() (context.Context, context.CancelFunc)
		code  rpc.Code
		cause error
	}{
		{func() (context.Context, context.CancelFunc) { return context.WithTimeout(p.ctx, 30*time.Millisecond) }, rpc.CodeTimeout, context.DeadlineExceeded},
		{func() (context.Context, context.CancelFunc) {
			ctx, cancel := context.WithCancel(p.ctx)
			time.AfterFunc(30*time.Millisecond, cancel)
			return ctx, cancel
		}, rpc.CodeCanceled, context.Canceled},
		{func() (context.Context, context.CancelFunc) {
			ctx, cancel := context.WithCancel(p.ctx)
			cancel()
			return ctx, cancel
		}, rpc.CodeCanceled, context.Canceled},
	} {
		check := func(what string, err error) {
			t.Helper()
			switch {
			case errors.Is(err, row.code) && errors.Is(err, row.cause):
			case errors.Is(err, rpc.CodeInternal) && strings.Contains(err.Error(), row.cause.Error()):
				// A server of package rpc sends what the handler says of its context in this way, and may be first.
			case errors.Is(err, rpc.CodeCanceled):
				// A server of grpc-go resets the stream when the time is over, and may be first.
			default:
				t.Errorf("%s: %v, not %v", what, err, row.code)
			}
		}
		ctx, cancel := row.make()
		_, err := collect(p.Watch(ctx, &Good{Name: "wait", Cents: 1}))
		check("watch", err)
		cancel()
		ctx, cancel = row.make()
		_, err = p.Gather(ctx, func(yield func(*Good, error) bool) {
			if yield(&Good{Name: "x"}, nil) {
				<-ctx.Done()
				yield(nil, ctx.Err())
			}
		})
		check("gather", err)
		cancel()
		ctx, cancel = row.make()
		_, err = collect(p.Trade(ctx, thenWait(ctx, "wait")))
		check("trade", err)
		cancel()
	}
	if _, err := p.Gather(p.ctx, goods(1, "x")); err != nil {
		t.Error("after calls that were cancelled:", err)
	}
}

// testAnyMoment cancels calls at any moment: each ends once, either way.
func testAnyMoment(t *testing.T, p *pair) {
	var group sync.WaitGroup
	for caller := range 8 {
		group.Add(1)
		go func() {
			defer group.Done()
			for call := range 25 {
				ctx, cancel := context.WithCancel(p.ctx)
				timer := time.AfterFunc(time.Duration(caller*25+call)*20*time.Microsecond, cancel)
				var err error
				switch call % 3 {
				case 0:
					_, err = collect(p.Watch(ctx, &Good{Name: "x", Cents: 20}))
				case 1:
					_, err = p.Gather(ctx, goods(20, "x"))
				case 2:
					_, err = collect(p.Trade(ctx, goods(20, "x")))
				}
				if err != nil && !errors.Is(err, rpc.CodeCanceled) {
					t.Error(err)
				}
				timer.Stop()
				cancel()
			}
		}()
	}
	group.Wait()
	if _, err := p.Gather(p.ctx, goods(1, "x")); err != nil {
		t.Error("after calls that were cancelled:", err)
	}
}

// testBackPressure: a handler does not yield more than what the caller takes and what buffers hold.
func testBackPressure(t *testing.T, p *pair) {
	const all = 400
	data := make([]byte, 64<<10) // that cannot be compressed
	random := rand.New(rand.NewPCG(1, 2))
	for i := range data {
		data[i] = byte(random.Uint32())
	}
	taken := 0
	for _, err := range p.Watch(p.ctx, &Good{Name: "x", Cents: all, Data: data}) {
		if err != nil {
			t.Fatal(err)
		}
		if taken++; taken == 1 {
			before := int64(-1)
			for now := p.stall.yielded.Load(); now != before; now = p.stall.yielded.Load() {
				before = now
				time.Sleep(100 * time.Millisecond)
			}
			if before > all/2 {
				t.Error("all that is not taken was yielded:", before)
			}
		}
	}
	if taken != all {
		t.Error(taken)
	}
}

// testGoroutineLeft: a handler returns while a goroutine of its receives.
func testGoroutineLeft(t *testing.T, p *pair) {
	ctx, cancel := context.WithCancel(p.ctx)
	defer cancel()
	got, err := collect(p.Trade(p.ctx, thenWait(ctx, "x", "leave")))
	if len(got) != 1 || err != nil {
		t.Error(got, err)
	}
	if how := p.stall.next(t); how != "left" {
		t.Error(how)
	}
}
