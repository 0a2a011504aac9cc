package contract_test

import (
	"context"
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/tagwire/tagwire/rpc/contract"
	"github.com/tagwire/tagwire/rpc/message"
)

type page struct {
	Text string `protobuf:"1"`
}

type gone struct {
	ID int64 `protobuf:"1"`
}

func (*gone) Error() string { return "gone" }

type library struct {
	Turn func(context.Context, *page) (*page, error) `rpc:"turn" throws:"1=gone"`
}

var useProtobuf = []func(*contract.Reader){(*contract.Reader).UseProtobuf, func(r *contract.Reader) { r.AddExceptions([]any{gone{}}) }}

func TestMessagesOfProtobuf(t *testing.T) {
	implementation := library{func(_ context.Context, p *page) (*page, error) {
		if p.Text == "" {
			return nil, &gone{7}
		}
		return &page{p.Text + "!"}, nil
	}}
	client := new(library)
	err := contract.NewReader(useProtobuf).Fill(client, func(f *contract.Field) (contract.Body, error) {
		m := contract.MessagesOf(f.Method)
		handler, err := f.Find(reflect.TypeFor[library](), &implementation)
		if err != nil {
			return nil, err
		}
		if err := f.NeedsThrift(); !errors.Is(err, message.CodeContract) {
			t.Error(err)
		}
		return m.Body(f, func(ctx context.Context, request any) (any, error) {
			if _, ok := request.(*page); !ok || f.Name != "turn" {
				t.Errorf("%T for %s", request, f.Name)
			}
			reply, err := m.Serve(ctx, handler, request)
			i, exception := m.ExceptionOf(err)
			if i < 0 {
				return reply, err
			}
			data, err := m.EncodeException(i, exception)
			if err != nil || string(data) != "\x08\x07" {
				t.Errorf("% x, %v", data, err)
			}
			name := contract.ExceptionName("books.Library", exception)
			for _, wrong := range []error{m.DecodeException(data), m.DecodeExceptionNamed("books.Library", "gone", data),
				m.DecodeExceptionNamed("books.Library", name, data[:1])} {
				if wrong != nil {
					t.Error(wrong)
				}
			}
			return nil, m.DecodeExceptionNamed("books.Library", name, data)
		}), nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if got, err := client.Turn(context.Background(), &page{"a"}); err != nil || got.Text != "a!" {
		t.Error(got, err)
	}
	if _, err := client.Turn(context.Background(), new(page)); !reflect.DeepEqual(err, &gone{7}) {
		t.Error(err)
	}
}

func TestWrongContractsOfProtobuf(t *testing.T) {
	for want, target := range map[string]any{
		"write func(ctx context.Context, request *Request)": new(struct {
			Turn func(context.Context, *page, *page) (*page, error)
		}),
		"not func(context.Context, *contract_test.page) error": new(struct {
			Turn func(context.Context, *page) error
		}),
		"take away the tag returns": new(struct {
			Turn func(context.Context, *page) (*page, error) `returns:"list<string>"`
		}),
		"no field of contract_test.item has a tag of Protobuf": new(struct {
			Turn func(context.Context, *item) (*page, error)
		}),
		"names gone": new(struct {
			Turn func(context.Context, *page) (*page, error) `throws:"1=gone"`
		}),
	} {
		err := contract.NewReader(useProtobuf[:1]).Fill(target, nil)
		if !errors.Is(err, message.CodeContract) || !strings.Contains(err.Error(), want) {
			t.Errorf("%T: %v", target, err)
		}
	}
}
