package rpc_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/bytedance/gopkg/cloud/metainfo"
	"github.com/stretchr/testify/require"

	"github.com/tagwire/tagwire"
	"github.com/tagwire/tagwire/rpc"
)

// Page is a message of Protobuf.
type Page struct {
	Text   string            `protobuf:"1"`
	Number int64             `protobuf:"2"`
	Notes  []*Page           `protobuf:"3"`
	Labels map[string]string `protobuf:"4"`
}

// pageOf returns a page with notes.
func pageOf(number, notes int) *Page {
	p := &Page{Text: strings.Repeat(fmt.Sprint(number, " "), 1+number%7), Number: int64(number)}
	if number%5 == 4 {
		p.Text = strings.Repeat(p.Text, 1000) // which is sent without being copied
	}
	for i := range notes {
		p.Notes = append(p.Notes, &Page{Text: fmt.Sprint("note ", i), Labels: map[string]string{"k": fmt.Sprint(number)}})
	}
	return p
}

// Torn is an exception.
type Torn struct {
	Page int64 `protobuf:"1"`
}

func (e *Torn) Error() string { return fmt.Sprintf("page %d is torn", e.Page) }

// Library is a contract of Protobuf.
type Library struct {
	Turn func(ctx context.Context, page *Page) (*Page, error) `rpc:"turn" throws:"1=Torn"`
	Same func(ctx context.Context, page *Page) (*Page, error)
}

var ofProtobuf = []rpc.ContractOption{rpc.Protobuf(), rpc.Exceptions(Torn{})}

// library implements Library, and does what the text of the page says.
type library struct{ told atomic.Int64 }

func (l *library) Same(_ context.Context, page *Page) (*Page, error) { return page, nil }

func (l *library) Turn(ctx context.Context, page *Page) (*Page, error) {
	switch page.Text {
	case "nothing":
		return nil, nil
	case "torn":
		return nil, fmt.Errorf("wrapped: %w", &Torn{page.Number})
	case "business":
		return nil, &rpc.BizError{Status: 42, Message: "lent", Extra: map[string]string{"to": "you"}}
	case "error":
		return nil, errors.New("broken \xff inside")
	case "code":
		return nil, &rpc.Error{Code: 77, Message: "mine"}
	case "panic":
		panic("secret")
	case "not valid":
		return &Page{Text: "\xff"}, nil
	case "tell":
		l.told.Add(1)
	case "wait":
		<-ctx.Done()
		return nil, ctx.Err()
	case "metadata":
		value, _ := metainfo.GetValue(ctx, "K")
		metainfo.SendBackwardValue(ctx, "B", value+"!")
		return &Page{Text: value}, nil
	}
	return &Page{Text: page.Text + "!", Number: page.Number + 1}, nil
}

// libraryService has Library, and a method of Thrift and one of Protobuf besides.
func libraryService(l *library) []*rpc.Service {
	svc := rpc.NewService("Library")
	rpc.Implement[Library](svc, l, ofProtobuf...)
	rpc.HandleOneway(svc, "Oneway", func(context.Context, *Request) error { return nil })
	rpc.Handle(svc, "Thrift", func(_ context.Context, req *Request) (*Reply, error) { return &Reply{Text: req.Text}, nil })
	ping.Handle(svc, func(context.Context, *rpc.Void) (*Page, error) { return &Page{Text: "pong"}, nil })
	return []*rpc.Service{svc}
}

var (
	ping = rpc.NewMethod[rpc.Void, Page]("ping", rpc.ProtobufMessages())
	turn = rpc.NewMethod[Page, Page]("turn", rpc.ProtobufMessages(), rpc.Throws(1, Torn{}))
)

// protobufWays are how clients may send messages of Protobuf.
var protobufWays = map[string][]rpc.ClientOption{
	"framed":           {rpc.WithTransport(rpc.Framed)},
	"TTHeader":         {rpc.WithTransport(rpc.TTHeader), rpc.WithService("Library")},
	"TTHeader, framed": {rpc.WithTransport(rpc.TTHeaderFramed)},
	"multiplexed":      {rpc.WithTransport(rpc.TTHeader), rpc.WithConnections(rpc.Multiplexed)},
	"short":            {rpc.WithConnections(rpc.Short)},
	"Compact besides":  {rpc.WithFormat(tagwire.ThriftCompact)},
}

// TestProtobuf: contracts and methods of Protobuf are called beside those of Thrift, by one client, on one port.
func TestProtobuf(t *testing.T) {
	for name, options := range protobufWays {
		t.Run(name, func(t *testing.T) {
			noLeaks(t)
			server := serve(t, libraryService(new(library)))
			var contract Library
			client := connect(t, server.address, append(options, rpc.WithContract(&contract, ofProtobuf...), rpc.WithTimeout(patience))...)
			headers := strings.Contains(name, "TTHeader") || name == "multiplexed"
			ctx := context.Background()
			for i := range 20 {
				want := pageOf(i, i*i)
				got, err := contract.Same(ctx, want)
				require.NoError(t, err)
				require.Equal(t, want, got)
				got, err = turn.Call(ctx, client, &Page{Text: "a", Number: -5})
				require.NoError(t, err)
				require.Equal(t, &Page{Text: "a!", Number: -4}, got)
				got, err = ping.Call(ctx, client, nil)
				require.NoError(t, err)
				require.Equal(t, &Page{Text: "pong"}, got)
				reply, err := rpc.Call[Request, Reply](ctx, client, "Thrift", &Request{Text: "t"})
				require.NoError(t, err)
				require.Equal(t, "t", reply.Text)
			}
			got, err := contract.Turn(ctx, nil)
			require.NoError(t, err)
			require.Equal(t, &Page{Text: "!", Number: 1}, got, "nil is an empty request")
			got, err = contract.Turn(ctx, &Page{Text: "nothing"})
			require.NoError(t, err)
			require.Equal(t, new(Page), got, "nil is an empty reply")

			fail := func(text string) error {
				got, err := contract.Turn(ctx, &Page{Text: text, Number: 8})
				require.Error(t, err)
				require.Nil(t, got)
				return err
			}
			for range 2 {
				err = fail("torn")
				require.Equal(t, rpc.CodeInternal, codeOf(t, err))
				require.ErrorContains(t, err, "wrapped: page 8 is torn")
			}
			require.Equal(t, 1, strings.Count(server.log.String(), "a declared exception is sent as text"))
			err = fail("business")
			if headers {
				require.Equal(t, &rpc.BizError{Status: 42, Message: "lent", Extra: map[string]string{"to": "you"}}, err)
			} else {
				require.Equal(t, rpc.CodeInternal, codeOf(t, err))
			}
			err = fail("error")
			require.Equal(t, rpc.CodeInternal, codeOf(t, err))
			require.ErrorContains(t, err, "broken \uFFFD inside")
			err = fail("code")
			require.Equal(t, rpc.Code(77), codeOf(t, err))
			err = fail("panic")
			require.Equal(t, rpc.CodeInternal, codeOf(t, err))
			require.NotContains(t, err.Error(), "secret")
			require.Equal(t, rpc.CodeInternal, codeOf(t, fail("not valid")))
			require.Equal(t, rpc.CodeEncode, codeOf(t, fail("\xff")))
			_, err = rpc.NewMethod[Page, Page]("Nowhere", rpc.ProtobufMessages()).Call(ctx, client, nil)
			require.Equal(t, rpc.CodeUnknownMethod, codeOf(t, err))
			if headers {
				got, err = contract.Turn(metainfo.WithValue(metainfo.WithBackwardValues(ctx), "K", "v"), &Page{Text: "metadata"})
				require.NoError(t, err)
				require.Equal(t, "v", got.Text)
			}
			canceled, cancel := context.WithCancel(ctx)
			time.AfterFunc(20*time.Millisecond, cancel)
			_, err = contract.Turn(canceled, &Page{Text: "wait"})
			require.ErrorIs(t, err, rpc.CodeCanceled)
			got, err = contract.Turn(ctx, &Page{Text: "fine"})
			require.NoError(t, err)
			require.Equal(t, "fine!", got.Text)
		})
	}
}

// TestWrongKindOfMessages: a method takes messages of its own kind, and says so.
func TestWrongKindOfMessages(t *testing.T) {
	noLeaks(t)
	server := serve(t, libraryService(new(library)))
	ctx := context.Background()
	for name, options := range protobufWays {
		client := connect(t, server.address, options...)
		_, err := rpc.NewMethod[Page, Page]("Thrift", rpc.ProtobufMessages()).Call(ctx, client, &Page{Text: "x"})
		require.Equal(t, rpc.CodeInvalidProtocol, codeOf(t, err), name)
		require.ErrorContains(t, err, "Thrift does not take arguments in Protobuf")
		_, err = rpc.Call[Request, Reply](ctx, client, "turn", &Request{})
		require.Equal(t, rpc.CodeInvalidProtocol, codeOf(t, err), name)
		require.ErrorContains(t, err, "turn does not take arguments in Thrift")
		_, err = ping.Call(ctx, client, nil)
		require.NoError(t, err)
	}
}

// TestStrictProtobuf: with strict results nil is an error of the server; an empty message is one all the same.
func TestStrictProtobuf(t *testing.T) {
	noLeaks(t)
	lenient, strict := serve(t, libraryService(new(library))), serve(t, libraryService(new(library)), rpc.WithStrictResults())
	ctx := context.Background()
	_, err := turn.Call(ctx, connect(t, strict.address), &Page{Text: "nothing"})
	require.Equal(t, rpc.CodeMissingResult, codeOf(t, err))
	for _, address := range []string{lenient.address, strict.address} {
		var contract Library
		connect(t, address, rpc.WithStrictResults(), rpc.WithContract(&contract, ofProtobuf...))
		got, err := contract.Same(ctx, nil)
		require.NoError(t, err)
		require.Equal(t, new(Page), got)
	}
	got, err := turn.Call(ctx, connect(t, lenient.address, rpc.WithStrictResults()), &Page{Text: "nothing"})
	require.NoError(t, err)
	require.Equal(t, new(Page), got)
}

// TestInterceptorsOfProtobuf learn the format, and what they change and repeat arrives; fallbacks see the messages.
func TestInterceptorsOfProtobuf(t *testing.T) {
	noLeaks(t)
	var lock sync.Mutex
	seen := map[string]int{}
	note := func(text string) {
		lock.Lock()
		defer lock.Unlock()
		seen[text]++
	}
	observer := rpc.WithInterceptors(rpc.Interceptor{
		Call: func(ctx context.Context, call *rpc.CallInfo, next func(context.Context) error) error {
			err := next(ctx)
			note(fmt.Sprint(call.Side, " ", call.Method, " ", call.Format, " ", call.Declares(err)))
			return err
		},
		Rejected: func(_ context.Context, call *rpc.CallInfo, err *rpc.Error) {
			note(fmt.Sprint("rejected ", call.Format))
		},
	})
	server := serve(t, libraryService(new(library)), observer)
	client := connect(t, server.address, observer, rpc.WithPolicy(rpc.Policy{
		Retry:    &rpc.Retry{MaxAttempts: 3},
		Fallback: func(_ context.Context, o rpc.Outcome) (any, error) { return fallenBack(o) },
	}, "turn"))
	ctx := context.Background()
	got, err := turn.Call(ctx, client, &Page{Text: "a"})
	require.NoError(t, err)
	require.Equal(t, "a! after a", got.Text)
	got, err = turn.Call(ctx, client, &Page{Text: "torn"})
	require.NoError(t, err)
	require.Equal(t, "none after torn", got.Text)
	_, err = rpc.Call[Request, Reply](ctx, client, "ping", nil)
	require.ErrorIs(t, err, rpc.CodeInvalidProtocol)
	lock.Lock()
	defer lock.Unlock()
	require.Equal(t, map[string]int{
		"client turn Protobuf false": 2, "server turn Protobuf false": 1, "server turn Protobuf true": 1,
		"client ping Thrift Binary false": 1, "rejected Thrift Binary": 1,
	}, maps.Clone(seen))
}

func fallenBack(o rpc.Outcome) (any, error) {
	text := "none"
	if page, ok := o.Result.(*Page); ok && o.Err == nil {
		text = page.Text
	}
	return &Page{Text: text + " after " + o.Arguments[0].(*Page).Text}, nil
}
