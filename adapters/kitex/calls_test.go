package kitex_test

import (
	"context"
	"errors"
	"reflect"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/cloudwego/kitex/transport"
	"github.com/tagwire/tagwire/adapters/kitex/kitexgen/echo"
)

var protocols = map[string]transport.Protocol{
	"buffered":         transport.PurePayload,
	"framed":           transport.Framed,
	"TTHeader":         transport.TTHeader,
	"TTHeader, framed": transport.TTHeaderFramed,
}

// Kitex with an adapter calls Kitex with its generated code, the other way round, and itself.
func TestCalls(t *testing.T) {
	for _, adapter := range adapters {
		for _, ends := range [][2]codec{{adapter, generated}, {generated, adapter}, {adapter, adapter}} {
			t.Run(ends[0].name+" calls "+ends[1].name, func(t *testing.T) {
				own := uint64(1)
				if ends[0].name == ends[1].name {
					own = 2
				}
				address := serve(t, ends[1], reply)
				for name, protocol := range protocols {
					t.Run(name, func(t *testing.T) { converse(t, own, dial(t, ends[0], protocol, address)) })
				}
			})
		}
	}
}

// converse makes calls with strings below, at and above the length from which they are not copied. own is how many of the two ends
// have an adapter.
func converse(t *testing.T, own uint64, call func(*echo.Request) (*echo.Reply, error)) {
	for _, texts := range []int{0, 10, 4095, 4096, 100_000} {
		r := request(texts)
		counted(t, 3*own, func() {
			got, err := call(r)
			if err != nil {
				t.Fatal(err)
			}
			want, _ := reply(context.Background(), request(texts))
			if !reflect.DeepEqual(got, want) {
				t.Errorf("texts of %d bytes: another reply", texts)
			}
		})
	}
	fail := true
	_, err := call(&echo.Request{Text: "why", Fail: &fail})
	var refusal *echo.Refusal
	if !errors.As(err, &refusal) || *refusal != (echo.Refusal{Code: -7, Text: "why"}) {
		t.Errorf("the declared exception is %v", err)
	}
	if got, err := call(&echo.Request{}); err != nil || got.Text != "" || len(got.Items) != 0 {
		t.Errorf("an empty request: %v, %v", got, err)
	}
}

// Each goroutine keeps its replies until all are there: one that referred to the frame of another would have changed.
func TestConcurrentCalls(t *testing.T) {
	for _, adapter := range adapters {
		t.Run(adapter.name, func(t *testing.T) {
			address := serve(t, adapter, reply)
			call := dial(t, adapter, transport.Framed, address)
			var group sync.WaitGroup
			for g := range 8 {
				group.Add(1)
				go func() {
					defer group.Done()
					var replies []*echo.Reply
					for i := range 30 {
						got, err := call(request(1 + (g*30+i)*40))
						if err != nil {
							t.Error(err)
							return
						}
						replies = append(replies, got)
					}
					for i, got := range replies {
						want, _ := reply(context.Background(), request(1+(g*30+i)*40))
						if !reflect.DeepEqual(got, want) {
							t.Errorf("reply %d of goroutine %d is another one", i, g)
						}
					}
				}()
			}
			group.Wait()
		})
	}
}

// A value without an encoding is an error of the call, on either end, and later calls work.
func TestValueWithoutEncoding(t *testing.T) {
	for _, adapter := range adapters {
		t.Run(adapter.name, func(t *testing.T) {
			var handled atomic.Int64
			address := serve(t, adapter, calls(&handled, func(ctx context.Context, r *echo.Request) (*echo.Reply, error) {
				if r.Text == "reply" {
					// A list may have no nil for an item whose name is required.
					return &echo.Reply{Items: []*echo.Item{nil}}, nil
				}
				return reply(ctx, r)
			}))
			call := dial(t, adapter, transport.Framed, address)
			_, err := call(&echo.Request{Items: []*echo.Item{nil}})
			if err == nil || !strings.Contains(err.Error(), "Items[0]") || handled.Load() != 0 {
				t.Errorf("a request without an encoding: %v, and %d were handled", err, handled.Load())
			}
			if _, err = call(&echo.Request{Text: "reply"}); err == nil {
				t.Error("a reply without an encoding arrived")
			}
			if _, err = call(request(10)); err != nil {
				t.Errorf("the call after it: %v", err)
			}
		})
	}
}
