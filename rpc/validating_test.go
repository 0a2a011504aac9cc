package rpc_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tagwire/tagwire"
	"github.com/tagwire/tagwire/rpc"
	"github.com/tagwire/tagwire/rpc/grpc"
)

// Ware has rules, for requests and replies.
type Ware struct {
	Name  string `thrift:"name,1" protobuf:"1" vt:"min_size=1,max_size=5"`
	Price int64  `thrift:"price,2" protobuf:"2" vt:"ge=0"`
	Parts []Ware `thrift:"parts,3,default,list<Ware>" protobuf:"3"`
}

// Market is a contract with all kinds of methods.
type Market struct {
	Sell   func(ctx context.Context, item *Ware) (*Ware, error)                   `rpc:"sell"`
	Pair   func(ctx context.Context, first *Ware, items []*Ware) ([]*Ware, error) `rpc:"pair" params:"1,2=list<Ware>" returns:"list<Ware>"`
	Count  func(ctx context.Context) (int64, error)                               `rpc:"count"`
	Notify func(ctx context.Context, item *Ware) error                            `rpc:"notify,oneway"`
}

// Flow is a contract with a stream.
type Flow struct {
	Stream func(ctx context.Context, items iter.Seq2[*Ware, error]) iter.Seq2[*Ware, error] `rpc:"stream"`
}

// market implements both: it returns what it gets, with the price that is set.
type market struct {
	price atomic.Int64
	calls atomic.Int64
}

func (m *market) Sell(_ context.Context, item *Ware) (*Ware, error) {
	m.calls.Add(1)
	return &Ware{Name: item.Name, Price: m.price.Load(), Parts: item.Parts}, nil
}

func (m *market) Pair(_ context.Context, first *Ware, items []*Ware) ([]*Ware, error) {
	m.calls.Add(1)
	return append([]*Ware{{Name: first.Name, Price: m.price.Load()}}, items...), nil
}

func (m *market) Count(context.Context) (int64, error) { return m.calls.Load(), nil }

func (m *market) Notify(context.Context, *Ware) error {
	m.calls.Add(1)
	return nil
}

func (m *market) Stream(_ context.Context, items iter.Seq2[*Ware, error]) iter.Seq2[*Ware, error] {
	return func(yield func(*Ware, error) bool) {
		for item, err := range items {
			if err != nil {
				yield(nil, err)
				return
			}
			m.calls.Add(1)
			if !yield(&Ware{Name: item.Name, Price: m.price.Load()}, nil) {
				return
			}
		}
	}
}

// marketWay is how a Market is called.
type marketWay struct {
	name    string
	client  []rpc.ClientOption
	streams bool
	grpc    bool
}

var marketWays = []marketWay{
	{name: "framed", client: []rpc.ClientOption{rpc.WithTransport(rpc.Framed)}},
	{name: "TTHeader", client: []rpc.ClientOption{rpc.WithTransport(rpc.TTHeader)}, streams: true},
	{name: "gRPC", client: []rpc.ClientOption{rpc.WithTransport(rpc.GRPC), rpc.WithService("Market")}, streams: true, grpc: true},
}

// openMarket returns a client of a server, each with its options.
func openMarket(t *testing.T, way marketWay, server []rpc.ServerOption, client ...rpc.ClientOption) (*market, *Market, *Flow) {
	t.Helper()
	m, caller, flow := new(market), new(Market), new(Flow)
	svc := rpc.NewService("Market")
	rpc.Implement[Market](svc, m)
	rpc.Implement[Flow](svc, m)
	s := serve(t, []*rpc.Service{svc}, server...)
	c := connect(t, s.address, append(way.client, client...)...)
	require.NoError(t, c.Fill(caller))
	if way.streams {
		require.NoError(t, c.Fill(flow))
	}
	return m, caller, flow
}

func isGood(name string) *Ware { return &Ware{Name: name} }

// TestServersValidate: a server refuses arguments before its handler gets them, and results before they are sent.
func TestServersValidate(t *testing.T) {
	noLeaks(t)
	for _, way := range marketWays {
		t.Run(way.name, func(t *testing.T) {
			ctx := context.Background()
			m, caller, flow := openMarket(t, way, []rpc.ServerOption{rpc.WithInterceptors(rpc.Validating())})
			refused := func(err error, code rpc.Code, text string) {
				t.Helper()
				require.ErrorIs(t, err, code)
				require.ErrorContains(t, err, text)
				var violation *tagwire.ValidationError
				require.False(t, errors.As(err, &violation), "it is the server's")
				if way.grpc && code == rpc.CodeInvalidArgument {
					require.ErrorIs(t, err, grpc.InvalidArgument)
				}
			}
			sold, err := caller.Sell(ctx, isGood("a"))
			require.NoError(t, err)
			require.Equal(t, "a", sold.Name)
			calls := m.calls.Load()
			_, err = caller.Sell(ctx, &Ware{Name: "a", Parts: []Ware{{Name: "b", Price: 1}, {Name: "longer"}}})
			refused(err, rpc.CodeInvalidArgument, "parts[1].name is 6 and breaks the rule max_size=5")
			_, err = caller.Pair(ctx, isGood("a"), []*Ware{isGood("b"), {Name: "c", Price: -1}})
			refused(err, rpc.CodeInvalidArgument, "Parameter2[1].price is -1 and breaks the rule ge=0")
			if err = caller.Notify(ctx, &Ware{}); way.grpc { // which answers all calls
				refused(err, rpc.CodeInvalidArgument, "name is 0 and breaks the rule min_size=1")
			} else {
				require.NoError(t, err)
			}
			require.Equal(t, calls, m.calls.Load(), "the handler is not called")

			m.price.Store(-7)
			_, err = caller.Sell(ctx, isGood("a"))
			refused(err, rpc.CodeInternal, "the result is not valid: price is -7 and breaks the rule ge=0")
			_, err = caller.Pair(ctx, isGood("a"), nil)
			refused(err, rpc.CodeInternal, "Result[0].price is -7")
			_, err = caller.Count(ctx)
			require.NoError(t, err)
			m.price.Store(0)
			_, err = caller.Sell(ctx, isGood("b"))
			require.NoError(t, err, "the connection goes on")
			if !way.streams {
				return
			}
			received, err := collectWares(flow.Stream(ctx, wareStream("a", "b", "longer", "c")))
			refused(err, rpc.CodeInvalidArgument, "name is 6 and breaks the rule max_size=5")
			require.LessOrEqual(t, received, 2)
			m.price.Store(-7)
			received, err = collectWares(flow.Stream(ctx, wareStream("a")))
			refused(err, rpc.CodeInternal, "price is -7")
			require.Zero(t, received)
		})
	}
}

// TestClientsValidate: a client does not send arguments, and does not return results, that break rules.
func TestClientsValidate(t *testing.T) {
	noLeaks(t)
	for _, way := range marketWays {
		for _, options := range [][]rpc.ClientOption{nil, {rpc.WithPolicy(rpc.Policy{Retry: &rpc.Retry{MaxAttempts: 3}})}} {
			t.Run(fmt.Sprint(way.name, len(options)), func(t *testing.T) {
				ctx := context.Background()
				m, caller, flow := openMarket(t, way, nil, append(options, rpc.WithInterceptors(rpc.Validating()))...)
				refused := func(err error, code rpc.Code, path, rule string) {
					t.Helper()
					require.ErrorIs(t, err, code)
					var violation *tagwire.ValidationError
					require.ErrorAs(t, err, &violation)
					require.Equal(t, []string{path, rule}, []string{violation.Path, violation.Rule})
				}
				_, err := caller.Sell(ctx, isGood("a"))
				require.NoError(t, err)
				calls := m.calls.Load()
				_, err = caller.Sell(ctx, &Ware{})
				refused(err, rpc.CodeEncode, "name", "min_size=1")
				refused(caller.Notify(ctx, &Ware{}), rpc.CodeEncode, "name", "min_size=1")
				require.Equal(t, calls, m.calls.Load(), "nothing is sent")
				m.price.Store(-7)
				_, err = caller.Sell(ctx, isGood("a"))
				refused(err, rpc.CodeInvalidReply, "price", "ge=0")
				require.Equal(t, calls+1, m.calls.Load(), "the call is not repeated")
				_, err = caller.Pair(ctx, isGood("a"), nil)
				refused(err, rpc.CodeInvalidReply, "Result[0].price", "ge=0")
				m.price.Store(0)
				_, err = caller.Sell(ctx, isGood("b"))
				require.NoError(t, err)
				if !way.streams {
					return
				}
				_, err = collectWares(flow.Stream(ctx, wareStream("a", "longer")))
				refused(err, rpc.CodeEncode, "name", "max_size=5")
				m.price.Store(-7)
				_, err = collectWares(flow.Stream(ctx, wareStream("a")))
				refused(err, rpc.CodeInvalidReply, "price", "ge=0")
			})
		}
	}
}

// wareStream yields an item for each name.
func wareStream(names ...string) iter.Seq2[*Ware, error] {
	return func(yield func(*Ware, error) bool) {
		for _, name := range names {
			if !yield(isGood(name), nil) {
				return
			}
		}
	}
}

// collectWares receives all items, up to an error.
func collectWares(items iter.Seq2[*Ware, error]) (received int, err error) {
	for _, err := range items {
		if err != nil {
			return received, err
		}
		received++
	}
	return received, nil
}

// Unruly has a tag that is wrong.
type Unruly struct {
	Name string `frugal:"1" vt:"lt=1"`
}

// TestWrongTagsRefuseCalls: where rules cannot be checked, nothing passes.
func TestWrongTagsRefuseCalls(t *testing.T) {
	noLeaks(t)
	called := atomic.Bool{}
	svc := rpc.NewService("Unruly")
	method := rpc.NewMethod[Unruly, Unruly]("get")
	method.Handle(svc, func(_ context.Context, u *Unruly) (*Unruly, error) {
		called.Store(true)
		return u, nil
	})
	s := serve(t, []*rpc.Service{svc}, rpc.WithInterceptors(rpc.Validating()))
	_, err := method.Call(context.Background(), connect(t, s.address), &Unruly{"a"})
	require.ErrorIs(t, err, rpc.CodeInternal)
	require.ErrorContains(t, err, "rule lt: it is for numbers")
	require.False(t, called.Load())
	_, err = method.Call(context.Background(), connect(t, s.address, rpc.WithInterceptors(rpc.Validating())), &Unruly{"a"})
	require.ErrorIs(t, err, tagwire.ErrInvalidTag)
}

// TestValuesOfInterceptors: they are called inside of Call, the outermost first on the way from the caller to the handler, on both sides, and not
// where there is an error in place of a result; their panic ends the call.
func TestValuesOfInterceptors(t *testing.T) {
	noLeaks(t)
	var all trace
	named := func(name string) rpc.Interceptor {
		return rpc.Interceptor{
			Call: func(ctx context.Context, call *rpc.CallInfo, next func(context.Context) error) error {
				all.add("%v %s begins", call.Side, name)
				defer all.add("%v %s ends", call.Side, name)
				return next(ctx)
			},
			Values: func(_ context.Context, call *rpc.CallInfo, m rpc.StreamMessage) error {
				all.add("%v %s %s %v", call.Side, name, call.Method, m.Sent)
				return nil
			},
		}
	}
	both := rpc.WithInterceptors(named("outer"), named("inner"))
	s := serve(t, echo(), both)
	c := connect(t, s.address, both)
	method := rpc.NewMethod[Request, Reply]("Echo")
	_, err := method.Call(context.Background(), c, &Request{Text: "a"})
	require.NoError(t, err)
	require.Equal(t, []string{
		"client outer begins", "client inner begins", "client outer Echo true", "client inner Echo true",
		"server outer begins", "server inner begins", "server outer Echo false", "server inner Echo false",
		"server inner Echo true", "server outer Echo true", "server inner ends", "server outer ends",
		"client inner Echo false", "client outer Echo false", "client inner ends", "client outer ends",
	}, all.take())
	_, err = rpc.NewMethod[Request, Reply]("None").Call(context.Background(), c, &Request{})
	require.ErrorIs(t, err, rpc.CodeUnknownMethod)
	require.Equal(t, []string{"client outer begins", "client inner begins", "client outer None true", "client inner None true", "client inner ends", "client outer ends"}, all.take())

	values := func(context.Context, *rpc.CallInfo, rpc.StreamMessage) error { panic("values") }
	s = serve(t, echo(), rpc.WithInterceptors(rpc.Interceptor{Values: values}))
	_, err = method.Call(context.Background(), connect(t, s.address), &Request{})
	require.ErrorIs(t, err, rpc.CodeInternal)
	c = connect(t, s.address, rpc.WithInterceptors(rpc.Interceptor{Values: values}), rpc.WithLogger((&quiet{}).logger()))
	_, err = method.Call(context.Background(), c, &Request{})
	require.ErrorIs(t, err, rpc.CodePanic)
}
