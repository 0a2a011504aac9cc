package grpcadapter_test

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/tagwire/tagwire/rpc"
)

func TestStreamShapes(t *testing.T) {
	streamPairs(t, func(t *testing.T, _ *stall, client *market) {
		ctx := background(t)
		for _, n := range []int64{0, 1, 3, 500} {
			var want []int64
			for i := range n {
				want = append(want, i)
			}
			watch := client.Watch(ctx, &good{Name: "x", Cents: n, Data: make([]byte, 1000)})
			for range 2 { // the same iterator makes another call
				if got, err := collect(watch); err != nil || !slices.Equal(got, want) {
					t.Fatal(got, err)
				}
			}
			sum, err := client.Gather(ctx, goodsOf(n, "a"))
			if err != nil || sum.Cents != n*(n-1)/2 || sum.Name != strings.Repeat("a", int(n)) {
				t.Fatal(sum, err)
			}
			if got, err := collect(client.Trade(ctx, goodsOf(n, "a"))); err != nil || !slices.Equal(got, want) {
				t.Fatal(got, err)
			}
		}
		if sum, err := client.Gather(ctx, nil); err != nil || sum.Cents != 0 {
			t.Error("no iterator:", sum, err)
		}
		if got, err := collect(client.Trade(ctx, nil)); err != nil || len(got) != 0 {
			t.Error("no iterator:", got, err)
		}
	})
}

// TestStreamTurns has each request sent when the response to the one before it has come.
func TestStreamTurns(t *testing.T) {
	streamPairs(t, func(t *testing.T, _ *stall, client *market) {
		answered := make(chan struct{}, 1)
		answered <- struct{}{}
		sent := 0
		responses := client.Trade(background(t), func(yield func(*good, error) bool) {
			for ; sent < 100; sent++ {
				<-answered
				if !yield(&good{Name: "x", Cents: int64(sent)}, nil) {
					return
				}
			}
		})
		received := 0
		for response, err := range responses {
			if err != nil || response.Cents != int64(received) {
				t.Fatal(response, err)
			}
			received++
			answered <- struct{}{}
		}
		if received != 100 {
			t.Error(received)
		}
	})
}

func TestErrorsOfStreams(t *testing.T) {
	streamPairs(t, func(t *testing.T, s *stall, client *market) {
		ctx := background(t)
		for name, matches := range map[string]func(error) bool{
			"lost": func(err error) bool { return reflect.DeepEqual(err, &lost{"k"}) },
			"business": func(err error) bool {
				return reflect.DeepEqual(err, s.at(ctx, "business"))
			},
			"error": func(err error) bool {
				var failure *rpc.Error
				return errors.As(err, &failure) && failure.Message == failed.Error()
			},
			"panic":  isPanic,
			"goexit": isPanic,
		} {
			if got, err := collect(client.Watch(ctx, &good{Name: name, Cents: 3})); !matches(err) || len(got) != 3 {
				t.Errorf("%s, watch: %v %T %v", name, got, err, err)
			}
			if got, err := client.Gather(ctx, goodsOf(3, name)); !matches(err) || got != nil {
				t.Errorf("%s, gather: %v %T %v", name, got, err, err)
			}
			requests := append([]string{"x", "x"}, name)
			calling, cancel := context.WithCancel(ctx)
			if got, err := collect(client.Trade(ctx, thenWait(calling, requests...))); !matches(err) || len(got) != 2 {
				t.Errorf("%s, trade: %v %T %v", name, got, err, err)
			}
			cancel()
		}
		if _, err := collect(client.Watch(ctx, &good{Name: "nothing"})); err == nil {
			t.Error("a response of nothing was sent")
		}
		if _, err := client.Gather(ctx, goodsOf(1, "nothing")); !errors.Is(err, rpc.CodeMissingResult) && !errors.Is(err, rpc.CodeInternal) {
			t.Error(err)
		}
	})
}
