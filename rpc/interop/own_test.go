package interop

import (
	"context"
	"errors"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tagwire/tagwire"
	"github.com/tagwire/tagwire/rpc"
	"github.com/tagwire/tagwire/rpc/interop/plain"
)

// TestPeersCallOurServer runs every peer's client against one server of ours.
func TestPeersCallOurServer(t *testing.T) {
	address := serve(t, plain.Services())
	for _, p := range peers {
		foreign, available := p.program(t)
		if !available {
			continue
		}
		for _, s := range settings {
			t.Run(p.name+" "+s.String(), func(t *testing.T) {
				runClient(t, foreign, address, s, "tagwire")
			})
		}
	}
}

// TestPeersShareOurServer runs all clients in all transports at once.
func TestPeersShareOurServer(t *testing.T) {
	address := serve(t, plain.Services())
	for _, p := range peers {
		foreign, available := p.program(t)
		if !available {
			continue
		}
		for _, s := range settings {
			t.Run(p.name+" "+s.String(), func(t *testing.T) {
				t.Parallel()
				runClient(t, foreign, address, s, "tagwire")
			})
		}
	}
}

// TestOurClientCallsPeers calls every peer's servers, with connections that are kept and with one for each call.
func TestOurClientCallsPeers(t *testing.T) {
	for _, p := range peers {
		foreign, available := p.program(t)
		if !available {
			continue
		}
		for _, kind := range p.servers {
			for _, s := range settings {
				if !kind.suits(s) {
					continue
				}
				t.Run(kind.name+" "+s.String(), func(t *testing.T) {
					address := startServer(t, foreign, kind, s)
					for name, connections := range map[string]rpc.ConnectionKind{"pooled": rpc.Pooled, "short": rpc.Short} {
						t.Run(name, func(t *testing.T) { callAll(t, address, s, connections, p.name) })
					}
				})
			}
		}
	}
}

// TestPeerDiesDuringCalls kills each peer's server while calls are under way: each ends with an error of the right kind.
func TestPeerDiesDuringCalls(t *testing.T) {
	for _, p := range peers {
		foreign, available := p.program(t)
		if !available {
			continue
		}
		for _, s := range settings {
			if s.services == "multiplexed" {
				continue
			}
			t.Run(p.name+" "+s.String(), func(t *testing.T) {
				address, kill := startMortal(t, foreign, p.servers[0], s)
				var allTypes plain.AllTypes
				newClient(t, address, "AllTypes", s, rpc.Pooled, &allTypes)
				ctx, cancel := context.WithTimeout(context.Background(), clientTime)
				defer cancel()
				const calls = 8
				failures := make(chan error, calls)
				for range calls {
					go func() {
						_, err := allTypes.Delay(ctx, "too late", int32(clientTime.Milliseconds()))
						failures <- err
					}()
				}
				if err := allTypes.Ping(ctx); err != nil {
					t.Error(err)
				}
				// Until then most calls have been sent; those that have not cannot connect.
				time.Sleep(200 * time.Millisecond)
				kill()
				for range calls {
					if err := <-failures; !errors.Is(err, rpc.CodeClosed) && !errors.Is(err, rpc.CodeConnect) {
						t.Errorf("a call that was under way: %v", err)
					}
				}
				// The end of an idle connection may arrive after those of the others, but soon no process listens.
				err := allTypes.Ping(ctx)
				for i := 0; i < 100 && errors.Is(err, rpc.CodeClosed); i++ {
					time.Sleep(10 * time.Millisecond)
					err = allTypes.Ping(ctx)
				}
				var failure *rpc.Error
				if !errors.As(err, &failure) || failure.Code != rpc.CodeConnect || !failure.Retryable {
					t.Errorf("a call after that: %v", err)
				}
			})
		}
	}
}

// TestOurClientCallsOurServer shows that what the peers can do with ours, ours can do with each other, in every transport.
func TestOurClientCallsOurServer(t *testing.T) {
	address := serve(t, plain.Services())
	for _, s := range append([]setting{
		{"ttheader", "plain", "binary"}, {"ttheader framed", "plain", "binary"}, {"ttheader", "plain", "compact"}, {"ttheader framed", "plain", "compact"},
	}, settings...) {
		t.Run(s.String(), func(t *testing.T) { callAll(t, address, s, rpc.Pooled, "tagwire") })
	}
}

var transports = map[string]rpc.Protocol{
	"framed": rpc.Framed, "buffered": rpc.Buffered, "ttheader": rpc.TTHeader, "ttheader framed": rpc.TTHeaderFramed,
}

var formats = map[string]tagwire.Format{"binary": tagwire.ThriftBinary, "compact": tagwire.ThriftCompact}

// checker calls the methods of a server and reports wrong answers.
type checker struct {
	*testing.T
	ctx      context.Context
	client   *rpc.Client
	allTypes plain.AllTypes
	server   string
}

// newClient returns a client of a service.
func newClient(t *testing.T, address, service string, s setting, connections rpc.ConnectionKind, contract any) *rpc.Client {
	t.Helper()
	options := []rpc.ClientOption{
		rpc.WithAddresses(address), rpc.WithTransport(transports[s.transport]), rpc.WithFormat(formats[s.format]), rpc.WithConnections(connections),
		rpc.WithTimeout(20 * time.Second), rpc.WithConnectTimeout(20 * time.Second),
		rpc.WithContract(contract, rpc.Exceptions(plain.NotFound{}, plain.Denied{})),
		rpc.WithService(service),
	}
	if s.services == "multiplexed" {
		options = append(options, rpc.WithMultiplexedNames())
	}
	client, err := rpc.NewClient(options...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := client.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return client
}

// callAll calls all methods of a server.
func callAll(t *testing.T, address string, s setting, connections rpc.ConnectionKind, server string) {
	ctx, cancel := context.WithTimeout(context.Background(), clientTime)
	defer cancel()
	c := &checker{T: t, ctx: ctx, server: server}
	c.client = newClient(t, address, "AllTypes", s, connections, &c.allTypes)
	c.echoes()
	c.containers()
	c.sample()
	c.declared()
	c.undeclared()
	c.oneway()
	c.concurrently()
	if s.services == "multiplexed" {
		var calculator plain.Calculator
		newClient(t, address, "Calculator", s, connections, &calculator)
		sum, err := calculator.Add(ctx, -5, 1<<40)
		c.equal("add", sum, err, int64(1<<40-5))
		name, err := calculator.Owner(ctx)
		c.equal("owner", name, err, "Calculator")
		name, err = c.allTypes.Owner(ctx)
		c.equal("owner", name, err, "AllTypes")
	}
}

// equal wants an answer without an error.
func (c *checker) equal(what string, got any, err error, want any) {
	c.Helper()
	switch {
	case err != nil:
		c.Errorf("%s: %v", what, err)
	case !reflect.DeepEqual(got, want):
		c.Errorf("%s: got %.500v, want %.500v", what, got, want)
	}
}

// exception wants an exception, of the type and with the content of want.
func (c *checker) exception(what string, err, want error) {
	c.Helper()
	if !reflect.DeepEqual(err, want) {
		c.Errorf("%s: got %T %v, want %T %v", what, err, err, want, want)
	}
}

// echo wants each value back.
func echo[T any](c *checker, what string, method func(context.Context, T) (T, error), values ...T) {
	c.Helper()
	for _, value := range values {
		got, err := method(c.ctx, value)
		c.equal(what, got, err, value)
	}
}

func (c *checker) echoes() {
	c.equal("ping", nil, c.allTypes.Ping(c.ctx), nil)
	echo(c, "echoBool", c.allTypes.EchoBool, true, false)
	echo(c, "echoI8", c.allTypes.EchoI8, 0, 1, -1, math.MaxInt8, math.MinInt8)
	echo(c, "echoI16", c.allTypes.EchoI16, 0, 1, -1, math.MaxInt16, math.MinInt16)
	echo(c, "echoI32", c.allTypes.EchoI32, 0, 1, -1, math.MaxInt32, math.MinInt32)
	echo(c, "echoI64", c.allTypes.EchoI64, 0, 1, -1, math.MaxInt64, math.MinInt64)
	echo(c, "echoDouble", c.allTypes.EchoDouble, 0, -1.5, 5e-324, math.MaxFloat64, math.Inf(1), math.Inf(-1))
	echo(c, "echoString", c.allTypes.EchoString, "", "a", "Grüße, 世界 🌍", "\x00", strings.Repeat("long ", 60_000))
	echo(c, "echoBinary", c.allTypes.EchoBinary, []byte{}, []byte{0, 255}, slices.Repeat([]byte{0, 127, 128, 255}, 1<<18))
	echo(c, "echoColor", c.allTypes.EchoColor, plain.Red, plain.Green, plain.Blue)
}

func (c *checker) containers() {
	set := func(ctx context.Context, value []string) ([]string, error) {
		got, err := c.allTypes.EchoSet(ctx, value)
		slices.Sort(got)
		return got, err
	}
	echo(c, "echoSet", set, []string{}, []string{"one"}, []string{"one", "three", "two"})
	row := slices.Repeat([]int32{1, 2, 3, -4}, 250)
	echo(c, "echoGrid", c.allTypes.EchoGrid, [][]int32{}, [][]int32{{}}, [][]int32{{1, 2}, {}, {-3}},
		slices.Repeat([][]int32{row}, 20))
	echo(c, "echoNested", c.allTypes.EchoNested, plain.Nested{},
		plain.Nested{"a": {}, "b": {1: {}, -2: {{X: 1, Y: 2}, {X: 3, Y: 4}}}})
}

func (c *checker) sample() {
	got, err := c.allTypes.EchoEverything(c.ctx, plain.Sample())
	c.equal("echoEverything", plain.Sorted(got), err, plain.Sample())
	got, err = c.allTypes.Sample(c.ctx)
	c.equal("sample", plain.Sorted(got), err, plain.Sample())
	c.equal("check", nil, c.allTypes.Check(c.ctx, plain.Sample()), nil)
	point, blob, list := &plain.Point{X: 3, Y: -4}, []byte{0, 254}, []int32{5, -6}
	text, err := c.allTypes.Join(c.ctx, true, -8, -1600, 320000, -1<<40, -2.625, "ü", blob, plain.Green, point, list)
	c.equal("join", text, err, plain.Join(true, -8, -1600, 320000, -1<<40, -2.625, "ü", blob, plain.Green, point, list))
	text, err = c.allTypes.Delay(c.ctx, "later", 20)
	c.equal("delay", text, err, "later")
}

// find is the method of the contract once more, as a function without one.
var find = rpc.NewMethod[struct {
	Key string `frugal:"1"`
}, plain.Everything]("find", rpc.Spread(), rpc.Throws(1, plain.NotFound{}), rpc.Throws(2, plain.Denied{}))

func (c *checker) declared() {
	denied := &plain.Denied{Reason: "locked", Level: plain.Green}
	missing := &plain.NotFound{Key: "x", Near: []string{"sample", "secret"}}
	got, err := c.allTypes.Find(c.ctx, "sample")
	c.equal("find", plain.Sorted(got), err, plain.Sample())
	_, err = c.allTypes.Find(c.ctx, "secret")
	c.exception("find", err, denied)
	_, err = c.allTypes.Find(c.ctx, "x")
	c.exception("find", err, missing)
	c.equal("remove", nil, c.allTypes.Remove(c.ctx, "sample", 7), nil)
	c.exception("remove", c.allTypes.Remove(c.ctx, "secret", 7), denied)
	c.exception("remove", c.allTypes.Remove(c.ctx, "x", 7), missing)

	request := &struct {
		Key string `frugal:"1"`
	}{"sample"}
	got, err = find.Call(c.ctx, c.client, request)
	c.equal("find by function", plain.Sorted(got), err, plain.Sample())
	request.Key = "secret"
	_, err = find.Call(c.ctx, c.client, request)
	c.exception("find by function", err, denied)
}

// laterRequest is what a method takes that no server has.
type laterRequest struct {
	Value *plain.Everything `frugal:"1"`
	Names []string          `frugal:"2,default,list<string>"`
}

// reply is the result of such a method.
type reply struct {
	Text string `frugal:"1"`
}

func (c *checker) undeclared() {
	err := c.allTypes.Fail(c.ctx, "the text")
	var failure *rpc.Error
	if !errors.As(err, &failure) || !failure.Code.Remote() || failure.Retryable || failure.Method != "fail" || failure.Remote == nil {
		c.Errorf("fail: got %#v, want an exception from the server", err)
	} else if c.server == "tagwire" && (failure.Code != rpc.CodeInternal || failure.Message != "the text") {
		c.Errorf("fail: got %v", failure)
	}
	// Apache's Python server cannot skip a blob that is not text.
	skippable := plain.Sample()
	skippable.Blob = []byte("text")
	want := rpc.CodeUnknownMethod
	if c.server == "node" {
		want = rpc.CodeUnknown // It leaves the type out.
	}
	method := rpc.NewMethod[laterRequest, reply]("later", rpc.Spread())
	for range 2 {
		_, err := method.Call(c.ctx, c.client, &laterRequest{skippable, []string{"a", "b"}})
		if !errors.Is(err, want) {
			c.Errorf("later: got %v, want %v", err, want)
		}
		c.equal("ping", nil, c.allTypes.Ping(c.ctx), nil)
	}
}

// concurrently makes calls from many goroutines; each must get its own answers.
func (c *checker) concurrently() {
	var group sync.WaitGroup
	for caller := range 16 {
		group.Go(func() {
			for i := range 10 {
				text := fmt.Sprintf("caller %d, call %d", caller, i)
				got, err := c.allTypes.Delay(c.ctx, text, int32(i%3))
				c.equal("delay", got, err, text)
			}
		})
	}
	group.Wait()
}

// oneway gives the count a while to appear: a server may run a oneway method beside the next call.
func (c *checker) oneway() {
	key := fmt.Sprint(c.Name(), time.Now().UnixNano())
	c.equal("notify", nil, c.allTypes.Notify(c.ctx, key, 1<<40), nil)
	for range 500 {
		if got, err := c.allTypes.Notified(c.ctx, key); got != 0 || err != nil {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	got, err := c.allTypes.Notified(c.ctx, key)
	c.equal("notified", got, err, int64(1<<40))
}
