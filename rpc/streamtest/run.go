package streamtest

import (
	"context"
	"errors"
	"iter"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/tagwire/tagwire/fuzz/effort"
	"github.com/tagwire/tagwire/rpc"
)

// pair is a server with a client. Tests have one each.
type pair struct {
	*Market
	stall *Stall
	// ctx ends a test that hangs.
	ctx context.Context
}

// Run runs all tests, in each format. connect serves a service, and returns what calls it; at the end of the test both are closed.
func Run(t *testing.T, connect func(t *testing.T, format string, svc *rpc.Service) *Market) {
	t.Helper()
	for format := range Formats {
		for name, test := range tests {
			if effort.Reduced() && name == "back-pressure" {
				continue // it moves much, and no more goroutines than the others
			}
			t.Run(format+"/"+name, func(t *testing.T) {
				noneLeft(t)
				ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
				t.Cleanup(cancel)
				stall := NewStall()
				test(t, &pair{connect(t, format, stall.Service(format)), stall, ctx})
			})
		}
	}
}

var tests = map[string]func(*testing.T, *pair){
	"shapes":             testShapes,
	"turns":              testTurns,
	"errors":             testErrors,
	"early end":          testEarlyEnd,
	"break":              testBreak,
	"panic of the loop":  testPanicOfLoop,
	"errors of requests": testErrorsOfRequests,
	"requests end":       testRequestsEndWithContext,
	"panic of requests":  testPanicOfRequests,
	"wrong iterators":    testWrongIterators,
	"contexts":           testContexts,
	"any moment":         testAnyMoment,
	"back-pressure":      testBackPressure,
	"goroutine left":     testGoroutineLeft,
	"many":               testMany,
}

// noneLeft checks at the end of a test that no goroutine is left that belongs to a call, a connection or a server.
func noneLeft(t testing.TB) {
	t.Helper()
	t.Cleanup(func() {
		var left []string
		for range 1000 {
			if left = goroutines(); len(left) == 0 {
				return
			}
			time.Sleep(10 * time.Millisecond)
		}
		t.Errorf("goroutines are left:\n%s", strings.Join(left, "\n\n"))
	})
}

// goroutines returns the stacks of goroutines that belong to calls, connections and servers.
func goroutines() (found []string) {
	text := make([]byte, 1<<22)
	for stack := range strings.SplitSeq(string(text[:runtime.Stack(text, true)]), "\n\n") {
		for _, own := range []string{"google.golang.org/grpc", "connectrpc.com", "net/http", "/rpc/grpc/", "streamtest.(*", "tagwire/rpc."} {
			if strings.Contains(stack, own) && !strings.Contains(stack, "goroutines(") && !strings.Contains(stack, "streamtest.Run(") {
				found = append(found, stack)
				break
			}
		}
	}
	return found
}

// collect returns the cents of what a stream yields, and its error.
func collect(responses iter.Seq2[*Good, error]) (cents []int64, err error) {
	for response, failure := range responses {
		switch {
		case err != nil:
			return nil, errors.New("something follows on the error")
		case failure != nil && response != nil:
			return nil, errors.New("a response and an error")
		case failure != nil:
			err = failure
		default:
			cents = append(cents, response.Cents)
		}
	}
	return cents, err
}

// goods yields n goods with a name.
func goods(n int64, name string) iter.Seq2[*Good, error] {
	return func(yield func(*Good, error) bool) {
		for i := range n {
			if !yield(&Good{Name: name, Cents: i}, nil) {
				return
			}
		}
	}
}

// thenWait yields goods with names, and waits for the end of ctx.
func thenWait(ctx context.Context, names ...string) iter.Seq2[*Good, error] {
	return func(yield func(*Good, error) bool) {
		for _, name := range names {
			if !yield(&Good{Name: name}, nil) {
				return
			}
		}
		<-ctx.Done()
	}
}

// endless yields goods until it is told to stop, and then calls end.
func endless(end func()) iter.Seq2[*Good, error] {
	return func(yield func(*Good, error) bool) {
		for yield(&Good{Name: "x"}, nil) {
		}
		end()
	}
}
