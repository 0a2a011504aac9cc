package contract_test

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"testing"

	"github.com/tagwire/tagwire/rpc/contract"
	"github.com/tagwire/tagwire/rpc/message"
)

type item struct {
	Name string `thrift:"name,1"`
}

func (i *item) InitDefault() { i.Name = "default" }

type missing struct {
	ID int64 `thrift:"id,1"`
}

func (*missing) Error() string { return "missing" }

type shop struct {
	Swap  func(context.Context, *item) (*item, error)           `throws:"1=missing"`
	Count func(context.Context, []string, int64) (int64, error) `params:"1=list<string>,2"`
	Names func(context.Context) ([]string, error)               `returns:"list<string>"`
	Reset func(context.Context, *item) error                    `throws:"3=missing"`
	Hint  func(context.Context, int32) error                    `rpc:",oneway"`
}

var throws = []func(*contract.Reader){func(r *contract.Reader) { r.AddExceptions([]any{missing{}}) }}

// implementation is called with the request of each message.
var implementation = shop{
	Swap: func(ctx context.Context, in *item) (*item, error) {
		if ctx == nil {
			return nil, errors.New("there is no context")
		}
		if in == nil {
			return nil, nil
		}
		return &item{in.Name + "!"}, nil
	},
	Count: func(_ context.Context, names []string, n int64) (int64, error) { return int64(len(names)) + n, nil },
	Names: func(context.Context) ([]string, error) { return []string{"a", "b"}, nil },
	Reset: func(context.Context, *item) error { return &missing{7} },
	Hint:  func(context.Context, int32) error { return nil },
}

// filled returns a contract whose functions call the implementation through messages, which change passes on or replaces.
func filled(t *testing.T, change func(m *contract.Messages, request any) any) *shop {
	t.Helper()
	client := new(shop)
	err := contract.NewReader(throws).Fill(client, func(f *contract.Field) (contract.Body, error) {
		m := contract.MessagesOf(f.Method)
		handler, err := f.Find(reflect.TypeFor[shop](), &implementation)
		if err != nil {
			return nil, err
		}
		return m.Body(f, func(ctx context.Context, request any) (any, error) {
			return m.Serve(ctx, handler, change(m, request))
		}), nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return client
}

func TestMessages(t *testing.T) {
	requests := map[string]reflect.Type{}
	client := filled(t, func(m *contract.Messages, request any) any {
		if got, want := reflect.TypeOf(request), reflect.TypeOf(m.NewRequest()); got != want {
			t.Errorf("%s sends a %v, and NewRequest returns a %v", m.Name, got, want)
		}
		requests[m.Name] = reflect.TypeOf(request)
		return request
	})
	var none context.Context
	if got, err := client.Swap(none, &item{"x"}); err != nil || got.Name != "x!" {
		t.Error(got, err)
	}
	if got, err := client.Count(t.Context(), []string{"a", "b"}, 40); err != nil || got != 42 {
		t.Error(got, err)
	}
	if got, err := client.Names(t.Context()); err != nil || !slices.Equal(got, []string{"a", "b"}) {
		t.Error(got, err)
	}
	var exception *missing
	if err := client.Reset(t.Context(), &item{}); !errors.As(err, &exception) || exception.ID != 7 {
		t.Error(err)
	}
	if err := client.Hint(t.Context(), 1); err != nil {
		t.Error(err)
	}
	if requests["Swap"] != reflect.TypeFor[*item]() || requests["Count"].Elem().NumField() != 2 || requests["Names"].Elem().NumField() != 0 {
		t.Error("the requests are", requests)
	}
}

func TestMessagesHaveDefaults(t *testing.T) {
	fields, err := contract.NewReader(throws).Fields(reflect.TypeFor[shop]())
	if err != nil {
		t.Fatal(err)
	}
	m := contract.MessagesOf(fields[0].Method)
	for _, made := range []any{m.NewRequest(), m.NewReply()} {
		if got, ok := made.(*item); !ok || got.Name != "default" {
			t.Errorf("made %T %v", made, made)
		}
	}
}

// Interceptors of frameworks pass on what they like.
func TestMessagesOfInterceptors(t *testing.T) {
	for _, wrong := range []any{nil, 7, item{}, (*item)(nil), new(missing), new(struct{ Name string })} {
		client := filled(t, func(*contract.Messages, any) any { return wrong })
		if _, err := client.Swap(t.Context(), &item{"x"}); !errors.Is(err, message.CodeInternal) {
			t.Errorf("a request %T is answered by %v", wrong, err)
		}
		if _, err := client.Count(t.Context(), nil, 1); !errors.Is(err, message.CodeInternal) {
			t.Errorf("a request %T is answered by %v", wrong, err)
		}
	}
}

// A reply that lacks a result which cannot be nil is an error.
func TestReplyWithoutResult(t *testing.T) {
	client := new(shop)
	err := contract.NewReader(throws).Fill(client, func(f *contract.Field) (contract.Body, error) {
		m := contract.MessagesOf(f.Method)
		return m.Body(f, func(context.Context, any) (any, error) { return m.NewReply(), nil }), nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := client.Count(t.Context(), nil, 1); !errors.Is(err, message.CodeMissingResult) {
		t.Error(err)
	}
	if got, err := client.Names(t.Context()); err != nil || got != nil {
		t.Error(got, err)
	}
	if err := client.Reset(t.Context(), nil); err != nil {
		t.Error(err)
	}
}

func TestFillAllOrNothing(t *testing.T) {
	client, refused := new(shop), errors.New("refused")
	err := contract.NewReader(throws).Fill(client, func(f *contract.Field) (contract.Body, error) {
		if f.Name == "Hint" {
			return nil, refused
		}
		return func([]reflect.Value) []reflect.Value { return nil }, nil
	})
	if err != refused || client.Swap != nil {
		t.Error("after", err, "a field is set")
	}
	for _, target := range []any{nil, 7, shop{}, (*shop)(nil)} {
		if err := contract.NewReader(throws).Fill(target, nil); !errors.Is(err, message.CodeContract) {
			t.Errorf("filling a %T: %v", target, err)
		}
	}
}

func TestExceptionsAsBytes(t *testing.T) {
	fields, err := contract.NewReader(throws).Fields(reflect.TypeFor[shop]())
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range fields {
		i, value := f.ExceptionOf(&missing{9})
		if i < 0 {
			if got := f.DecodeException([]byte{0}); got != nil {
				t.Errorf("%s, which declares no exception, has %v", f.Name, got)
			}
			continue
		}
		data, err := f.EncodeException(i, value)
		if err != nil {
			t.Fatal(err)
		}
		var got *missing
		if !errors.As(f.DecodeException(data), &got) || got.ID != 9 {
			t.Errorf("%s: %v", f.Name, got)
		}
		for n := range data[:len(data)-1] {
			if got := f.DecodeException(data[:n]); got != nil {
				t.Errorf("%s: %d of %d bytes are %v", f.Name, n, len(data), got)
			}
		}
		if got := f.DecodeException([]byte{0}); got != nil {
			t.Errorf("%s: a result without exception is %v", f.Name, got)
		}
	}
}
