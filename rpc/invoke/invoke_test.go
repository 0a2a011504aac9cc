package invoke

import (
	"context"
	"errors"
	"reflect"
	"runtime"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"
)

type (
	request  struct{ number int }
	response struct{ text *string }

	arguments struct{ Request *request }
	result    struct {
		Success *response
		Failure *error
	}
	twoArguments struct {
		Number int64
		Texts  []string
	}
	boxedResult struct{ Success *string }
)

var errOdd = errors.New("odd")

type key struct{}

// reply is the handler of all tests: it returns a new object, after a collection.
func reply(ctx context.Context, r *request) (*response, error) {
	runtime.GC()
	if r == nil {
		return nil, nil
	}
	if r.number%2 == 1 {
		return &response{}, errOdd
	}
	text := ctx.Value(key{}).(string)
	return &response{&text}, nil
}

type handler struct{ calls int }

func (h *handler) Reply(ctx context.Context, r *request) (*response, error) {
	h.calls++
	return reply(ctx, r)
}

func (h *handler) Hint(_ context.Context, r *request) error {
	if h.calls++; r.number < 0 {
		panic("negative")
	}
	return nil
}

type byValue struct{ h *handler }

func (b byValue) Reply(ctx context.Context, r *request) (*response, error) { return b.h.Reply(ctx, r) }

type embedding struct {
	_ int
	*handler
}

// TestFunctionsOfPointers: whatever a handler of pointers is, a function, a method or one that is promoted, it is called with
// what it expects, and the response is an object that the collector sees.
func TestFunctionsOfPointers(t *testing.T) {
	m := &Method{
		Function: reflect.TypeOf(reply), Arguments: reflect.TypeFor[arguments](), Result: reflect.TypeFor[result](), Returns: true,
	}
	require.True(t, m.passesPointers())
	h := new(handler)
	closure := func(ctx context.Context, r *request) (*response, error) { h.calls++; return reply(ctx, r) }
	ctx := context.WithValue(context.Background(), key{}, "value")
	for name, call := range map[string]Invoker{
		"function": m.Func(reflect.ValueOf(closure)), "method": m.Of(reflect.ValueOf(h), "Reply"),
		"value receiver": m.Of(reflect.ValueOf(byValue{h}), "Reply"), "pointer to it": m.Of(reflect.ValueOf(&byValue{h}), "Reply"),
		"promoted": m.Of(reflect.ValueOf(&embedding{handler: h}), "Reply"), "by value": m.Of(reflect.ValueOf(embedding{handler: h}), "Reply"),
		"reflected": m.reflected(reflect.ValueOf(closure)),
	} {
		t.Run(name, func(t *testing.T) {
			h.calls = 0
			for i := range 20 {
				in, out := &arguments{&request{i}}, new(result)
				err := call(ctx, unsafe.Pointer(in), unsafe.Pointer(out))
				runtime.GC()
				if i%2 == 1 {
					require.Equal(t, errOdd, err)
					require.Nil(t, out.Success)
					continue
				}
				require.NoError(t, err)
				require.Equal(t, "value", *out.Success.text)
			}
			out := new(result)
			require.NoError(t, call(ctx, unsafe.Pointer(new(arguments)), unsafe.Pointer(out)))
			require.Nil(t, out.Success)
			require.Equal(t, 21, h.calls)
		})
	}
}

func TestFunctionsWithoutResponse(t *testing.T) {
	h := new(handler)
	m := &Method{Function: reflect.TypeOf(h.Hint), Arguments: reflect.TypeFor[arguments]()}
	require.True(t, m.passesPointers())
	for _, call := range []Invoker{m.Of(reflect.ValueOf(h), "Hint"), m.Func(reflect.ValueOf(h.Hint)), m.reflected(reflect.ValueOf(h.Hint))} {
		require.NoError(t, call(context.Background(), unsafe.Pointer(&arguments{&request{1}}), nil))
		require.PanicsWithValue(t, "negative", func() {
			_ = call(context.Background(), unsafe.Pointer(&arguments{&request{-1}}), nil)
		})
	}
	require.Equal(t, 6, h.calls)
}

// TestOtherFunctions are called by reflection. What a handler keeps of its parameters stays as it is when the struct of
// arguments is used again.
func TestOtherFunctions(t *testing.T) {
	var kept [][]string
	function := func(_ context.Context, n int64, texts []string) (string, error) {
		kept = append(kept, texts)
		if n < 0 {
			return "", errOdd
		}
		return texts[n], nil
	}
	m := &Method{
		Function: reflect.TypeOf(function), Arguments: reflect.TypeFor[twoArguments](), Result: reflect.TypeFor[boxedResult](),
		Returns: true, Boxed: true,
	}
	require.False(t, m.passesPointers())
	call := m.Func(reflect.ValueOf(function))
	in, out := &twoArguments{1, []string{"a", "b"}}, new(boxedResult)
	require.NoError(t, call(context.Background(), unsafe.Pointer(in), unsafe.Pointer(out)))
	first := out.Success
	require.Equal(t, "b", *first)
	*in, *out = twoArguments{0, []string{"c"}}, boxedResult{}
	require.NoError(t, call(context.Background(), unsafe.Pointer(in), unsafe.Pointer(out)))
	require.Equal(t, "c", *out.Success)
	require.Equal(t, "b", *first)
	in.Number = -1
	require.Equal(t, errOdd, call(context.Background(), unsafe.Pointer(in), unsafe.Pointer(out)))
	*in = twoArguments{}
	require.Equal(t, [][]string{{"a", "b"}, {"c"}, {"c"}}, kept)
}

func BenchmarkInvoker(b *testing.B) {
	function := func(_ context.Context, r *request) (*response, error) { return nil, nil }
	m := &Method{
		Function: reflect.TypeOf(function), Arguments: reflect.TypeFor[arguments](), Result: reflect.TypeFor[result](), Returns: true,
	}
	in, out := &arguments{new(request)}, new(result)
	for name, call := range map[string]Invoker{"direct": m.Func(reflect.ValueOf(function)), "reflected": m.reflected(reflect.ValueOf(function))} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for range b.N {
				_ = call(context.Background(), unsafe.Pointer(in), unsafe.Pointer(out))
			}
		})
	}
}
