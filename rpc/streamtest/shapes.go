package streamtest

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/tagwire/tagwire/rpc"
)

func testShapes(t *testing.T, p *pair) {
	for _, n := range []int64{0, 1, 3, 500} {
		var want []int64
		for i := range n {
			want = append(want, i)
		}
		watch := p.Watch(p.ctx, &Good{Name: "x", Cents: n, Data: make([]byte, 1000)})
		for range 2 { // the same iterator makes another call
			if got, err := collect(watch); err != nil || !slices.Equal(got, want) {
				t.Fatal(got, err)
			}
		}
		sum, err := p.Gather(p.ctx, goods(n, "a"))
		if err != nil || sum.Cents != n*(n-1)/2 || sum.Name != strings.Repeat("a", int(n)) {
			t.Fatal(sum, err)
		}
		if got, err := collect(p.Trade(p.ctx, goods(n, "a"))); err != nil || !slices.Equal(got, want) {
			t.Fatal(got, err)
		}
	}
	if sum, err := p.Gather(p.ctx, nil); err != nil || sum.Cents != 0 {
		t.Error("no iterator:", sum, err)
	}
	if got, err := collect(p.Trade(p.ctx, nil)); err != nil || len(got) != 0 {
		t.Error("no iterator:", got, err)
	}
	large := &Good{Name: "large", Data: make([]byte, 1<<20), Cents: 3}
	for response, err := range p.Watch(p.ctx, large) {
		if err != nil || len(response.Data) != len(large.Data) {
			t.Fatal(err)
		}
	}
}

// testTurns has each request sent when the response to the one before it has come.
func testTurns(t *testing.T, p *pair) {
	answered := make(chan struct{}, 1)
	answered <- struct{}{}
	responses := p.Trade(p.ctx, func(yield func(*Good, error) bool) {
		for i := range int64(100) {
			<-answered
			if !yield(&Good{Name: "x", Cents: i}, nil) {
				return
			}
		}
	})
	received := int64(0)
	for response, err := range responses {
		if err != nil || response.Cents != received {
			t.Fatal(response, err)
		}
		received++
		answered <- struct{}{}
	}
	if received != 100 {
		t.Error(received)
	}
}

// isPanic reports whether err is that of a handler that has panicked, which does not show why.
func isPanic(err error) bool {
	return errors.Is(err, rpc.CodeInternal) && !strings.Contains(err.Error(), "secret")
}

func testErrors(t *testing.T, p *pair) {
	for name, matches := range map[string]func(error) bool{
		"lost":     func(err error) bool { return reflect.DeepEqual(err, &Lost{"k"}) },
		"business": func(err error) bool { return reflect.DeepEqual(err, business) },
		"error": func(err error) bool {
			var failure *rpc.Error
			return errors.As(err, &failure) && failure.Message == errBad.Error()
		},
		"panic":  isPanic,
		"goexit": isPanic,
	} {
		if got, err := collect(p.Watch(p.ctx, &Good{Name: name, Cents: 3})); !matches(err) || len(got) != 3 {
			t.Errorf("%s, watch: %v %T %v", name, got, err, err)
		}
		if got, err := p.Gather(p.ctx, goods(3, name)); !matches(err) || got != nil {
			t.Errorf("%s, gather: %v %T %v", name, got, err, err)
		}
		ctx, cancel := context.WithCancel(p.ctx)
		if got, err := collect(p.Trade(p.ctx, thenWait(ctx, "x", "x", name))); !matches(err) || len(got) != 2 {
			t.Errorf("%s, trade: %v %T %v", name, got, err, err)
		}
		cancel()
	}
	if _, err := collect(p.Watch(p.ctx, &Good{Name: "nothing"})); !errors.Is(err, rpc.CodeInternal) && !errors.Is(err, rpc.CodeMissingResult) {
		t.Error("a response of nothing was sent:", err)
	}
	if _, err := p.Gather(p.ctx, goods(1, "nothing")); !errors.Is(err, rpc.CodeInternal) && !errors.Is(err, rpc.CodeMissingResult) {
		t.Error("a response of nothing was sent:", err)
	}
	if _, err := collect(p.Watch(p.ctx, nil)); !errors.Is(err, rpc.CodeEncode) {
		t.Error("a request of nothing was sent:", err)
	}
}

// testEarlyEnd: handlers end successfully while there are requests.
func testEarlyEnd(t *testing.T, p *pair) {
	if _, err := p.Gather(p.ctx, goods(1000, "early")); err != nil {
		t.Error(err)
	}
	stopped := make(chan struct{})
	first := true
	got, err := collect(p.Trade(p.ctx, func(yield func(*Good, error) bool) {
		defer close(stopped)
		for name := "x"; yield(&Good{Name: name}, nil); name = "early" {
			first = false
		}
	}))
	if len(got) != 1 || err != nil {
		t.Error(got, err)
	}
	<-stopped
	if first {
		t.Error("nothing was taken")
	}
}

// testMany has many calls at once.
func testMany(t *testing.T, p *pair) {
	var group sync.WaitGroup
	for caller := range int64(8) {
		group.Add(1)
		go func() {
			defer group.Done()
			for call := range int64(3) {
				n := caller*7 + call
				name := fmt.Sprint(caller)
				if got, err := collect(p.Watch(p.ctx, &Good{Name: name, Cents: n})); err != nil || int64(len(got)) != n {
					t.Error(len(got), err)
				}
				if got, err := p.Gather(p.ctx, goods(n, name)); err != nil || got.Cents != n*(n-1)/2 {
					t.Error(got, err)
				}
				if got, err := collect(p.Trade(p.ctx, goods(n, name))); err != nil || int64(len(got)) != n {
					t.Error(len(got), err)
				}
			}
		}()
	}
	group.Wait()
}
