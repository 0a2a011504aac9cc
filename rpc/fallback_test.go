package rpc_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tagwire/tagwire"
	"github.com/tagwire/tagwire/rpc"
)

// Kinds is a contract with each kind of result.
type Kinds struct {
	Struct func(ctx context.Context, fail bool, item *Item) (*Item, error)
	Value  func(ctx context.Context, fail bool) (Item, error)
	Text   func(ctx context.Context, fail bool) (string, error)
	List   func(ctx context.Context, fail bool) ([]string, error) `returns:"list<string>"`
	None   func(ctx context.Context, fail bool) error
	Oneway func(ctx context.Context, fail bool) error `rpc:"Oneway,oneway"`
}

var errWanted = errors.New("wanted")

// kinds implements Kinds.
type kinds struct{}

func wanted(fail bool) error {
	if fail {
		return errWanted
	}
	return nil
}

func (kinds) Struct(_ context.Context, fail bool, item *Item) (*Item, error) {
	return item, wanted(fail)
}
func (kinds) Value(_ context.Context, fail bool) (Item, error)  { return Item{ID: 1}, wanted(fail) }
func (kinds) Text(_ context.Context, fail bool) (string, error) { return "real", wanted(fail) }
func (kinds) List(_ context.Context, fail bool) ([]string, error) {
	return []string{"real"}, wanted(fail)
}
func (kinds) None(_ context.Context, fail bool) error { return wanted(fail) }
func (kinds) Oneway(context.Context, bool) error      { return nil }

// kindsClient returns a client whose fallback the test may change.
func kindsClient(t *testing.T, connect connector, fallback *rpc.Fallback, options ...rpc.ClientOption) (*rpc.Client, *Kinds) {
	svc := rpc.NewService("Kinds")
	rpc.Implement[Kinds](svc, kinds{})
	contract := &Kinds{}
	client := connect(t, serve(t, []*rpc.Service{svc}).address, append(options, rpc.WithLogger((&quiet{}).logger()),
		rpc.WithContract(contract), rpc.WithPolicy(rpc.Policy{Fallback: func(ctx context.Context, o rpc.Outcome) (any, error) {
			return (*fallback)(ctx, o)
		}}))...)
	return client, contract
}

// TestFallback: a fallback sees each call, and what it returns is the outcome, for each kind of result; interceptors see what there
// was before.
func TestFallback(t *testing.T) { overSharing(t, testFallback) }

func testFallback(t *testing.T, connect connector) {
	noLeaks(t)
	var fallback rpc.Fallback
	var before error
	see := rpc.Interceptor{Call: func(ctx context.Context, _ *rpc.CallInfo, next func(context.Context) error) error {
		before = next(ctx)
		return before
	}}
	_, contract := kindsClient(t, connect, &fallback, rpc.WithInterceptors(see))
	ctx := context.Background()

	var seen []rpc.Outcome
	fallback = func(_ context.Context, o rpc.Outcome) (any, error) {
		seen = append(seen, o)
		return o.Result, o.Err
	}
	item, err := contract.Struct(ctx, false, &Item{ID: 7})
	require.NoError(t, err)
	require.Equal(t, &Item{ID: 7}, item)
	text, err := contract.Text(ctx, false)
	require.NoError(t, err)
	require.Equal(t, "real", text)
	list, err := contract.List(ctx, false)
	require.NoError(t, err)
	require.Equal(t, []string{"real"}, list)
	require.NoError(t, contract.None(ctx, false))
	require.NoError(t, contract.Oneway(ctx, false))
	_, err = contract.Text(ctx, true)
	require.Equal(t, rpc.CodeInternal, codeOf(t, err))
	real := "real"
	require.Equal(t, []rpc.Outcome{
		{Method: "Struct", Arguments: []any{false, &Item{ID: 7}}, Result: &Item{ID: 7}},
		{Method: "Text", Arguments: []any{false}, Result: &real},
		{Method: "List", Arguments: []any{false}, Result: &[]string{"real"}},
		{Method: "None", Arguments: []any{false}},
		{Method: "Oneway", Arguments: []any{false}},
		{Method: "Text", Arguments: []any{true}, Err: err},
	}, seen)

	for _, fail := range []bool{true, false} {
		replacement := "replaced"
		fallback = func(_ context.Context, o rpc.Outcome) (any, error) {
			return map[string]any{"Struct": &Item{ID: 9}, "Value": &Item{ID: 9}, "Text": &replacement, "List": &[]string{"replaced"}}[o.Method], nil
		}
		item, err := contract.Struct(ctx, fail, &Item{ID: 7})
		require.NoError(t, err)
		require.Equal(t, &Item{ID: 9}, item)
		require.Equal(t, fail, errors.Is(before, rpc.CodeInternal))
		value, err := contract.Value(ctx, fail)
		require.NoError(t, err)
		require.Equal(t, Item{ID: 9}, value)
		text, err := contract.Text(ctx, fail)
		require.NoError(t, err)
		require.Equal(t, "replaced", text)
		list, err := contract.List(ctx, fail)
		require.NoError(t, err)
		require.Equal(t, []string{"replaced"}, list)
		require.NoError(t, contract.None(ctx, fail))

		fallback = func(context.Context, rpc.Outcome) (any, error) { return nil, errWanted }
		_, err = contract.Struct(ctx, fail, nil)
		require.Equal(t, errWanted, err)
		require.Equal(t, errWanted, contract.None(ctx, fail))
		require.Equal(t, errWanted, contract.Oneway(ctx, fail))

		fallback = func(context.Context, rpc.Outcome) (any, error) { return nil, nil }
		item, err = contract.Struct(ctx, fail, nil)
		require.NoError(t, err)
		require.Nil(t, item)
		list, err = contract.List(ctx, fail)
		require.NoError(t, err)
		require.Nil(t, list)
		_, err = contract.Text(ctx, fail)
		require.Equal(t, rpc.CodeMissingResult, codeOf(t, err))
	}
}

// TestFallbackOfWrongType: the error says what the type should be.
func TestFallbackOfWrongType(t *testing.T) { overSharing(t, testFallbackOfWrongType) }

func testFallbackOfWrongType(t *testing.T, connect connector) {
	noLeaks(t)
	var fallback rpc.Fallback
	_, contract := kindsClient(t, connect, &fallback)
	ctx := context.Background()
	for _, wrong := range []any{1, "text", Item{}, (*Kinds)(nil), []string{}, func() {}} {
		fallback = func(context.Context, rpc.Outcome) (any, error) { return wrong, nil }
		item, err := contract.Struct(ctx, true, nil)
		require.Equal(t, rpc.CodeContract, codeOf(t, err))
		require.ErrorContains(t, err, "*rpc_test.Item")
		require.Nil(t, item)
		list, err := contract.List(ctx, false)
		require.Equal(t, rpc.CodeContract, codeOf(t, err))
		require.ErrorContains(t, err, "*[]string")
		require.Nil(t, list)
		require.NoError(t, contract.None(ctx, true))
	}
	fallback = func(context.Context, rpc.Outcome) (any, error) { return (*Item)(nil), nil }
	item, err := contract.Struct(ctx, true, nil)
	require.NoError(t, err)
	require.Nil(t, item)
}

// TestFallbackOfFunctions: a method's fallback counts before that of all, and a call's before both; it gets the request.
func TestFallbackOfFunctions(t *testing.T) { overSharing(t, testFallbackOfFunctions) }

func testFallbackOfFunctions(t *testing.T, connect connector) {
	noLeaks(t)
	server := serve(t, echo())
	with := func(text string) rpc.Fallback {
		return func(_ context.Context, o rpc.Outcome) (any, error) {
			return &Reply{Text: text + " " + o.Arguments[0].(*Request).Text}, nil
		}
	}
	client := connect(t, server.address, rpc.WithPolicy(rpc.Policy{Fallback: with("all")}), rpc.WithPolicy(rpc.Policy{Fallback: with("method")}, "Nothing"))
	spread := rpc.NewMethod[Request, Reply]("Echo", rpc.Spread())
	var arena tagwire.Arena
	ctx := rpc.WithReplyArena(context.Background(), &arena)
	reply, err := rpc.Call[Request, Reply](ctx, client, "Echo", &Request{Text: "x"})
	require.NoError(t, err)
	require.Equal(t, "all x", reply.Text)
	reply, err = rpc.Call[Request, Reply](ctx, client, "Nothing", &Request{Text: "x"})
	require.NoError(t, err)
	require.Equal(t, "method x", reply.Text)
	reply, err = spread.Call(rpc.WithCallPolicy(ctx, rpc.Policy{Fallback: with("call")}), client, &Request{Text: "x"})
	require.NoError(t, err)
	require.Equal(t, "call x", reply.Text)
	require.NoError(t, client.Close())
	reply, err = rpc.Call[Request, Reply](ctx, client, "Echo", &Request{Text: "closed"})
	require.NoError(t, err)
	require.Equal(t, "all closed", reply.Text)
}

// TestFallbackMisbehaves: whatever a fallback does, the call ends, and the client goes on.
func TestFallbackMisbehaves(t *testing.T) { overSharing(t, testFallbackMisbehaves) }

func testFallbackMisbehaves(t *testing.T, connect connector) {
	noLeaks(t)
	m := &mischief{place: "fallback"}
	var contract *Kinds
	fallback := rpc.Fallback(func(_ context.Context, o rpc.Outcome) (any, error) {
		m.at("fallback")
		return o.Result, o.Err
	})
	_, contract = kindsClient(t, connect, &fallback)
	release := make(chan struct{})
	close(release)
	for name, do := range modes(func() { _, _ = contract.Text(context.Background(), true) }, release) {
		for _, fail := range []bool{true, false} {
			m.ask(do)
			err := errors.New("the goroutine was ended")
			done := make(chan struct{})
			go func() {
				defer close(done)
				_, err = contract.Struct(context.Background(), fail, &Item{})
			}()
			<-done
			switch {
			case name == "exit":
				require.ErrorContains(t, err, "ended")
			case name == "panic" || name == "panic with nil error":
				require.Equal(t, rpc.CodePanic, codeOf(t, err))
			default:
				require.Equal(t, fail, err != nil, name)
			}
			text, err := contract.Text(context.Background(), false)
			require.NoError(t, err)
			require.Equal(t, "real", text)
		}
	}
}
