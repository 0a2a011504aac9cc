package plain

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"sync"
	"time"

	"github.com/tagwire/tagwire/rpc"
)

// Services returns both services: one is implemented by the methods of a value, the other by a contract whose fields are set.
func Services() []*rpc.Service {
	allTypes := rpc.NewService("AllTypes")
	rpc.Implement[AllTypes](allTypes, &Handler{counts: map[string]int64{}}, rpc.Exceptions(NotFound{}, Denied{}))
	calculator := rpc.NewService("Calculator")
	rpc.Implement[Calculator](calculator, Calculator{
		Add:   func(_ context.Context, left int32, right int64) (int64, error) { return int64(left) + right, nil },
		Owner: func(context.Context) (string, error) { return "Calculator", nil },
	})
	return []*rpc.Service{allTypes, calculator}
}

// Handler implements AllTypes; the contract says what the methods are.
type Handler struct {
	mutex  sync.Mutex
	counts map[string]int64
}

// Ping does nothing.
func (h *Handler) Ping(context.Context) error { return nil }

// EchoBool and the other echoes return what they are given.
func (h *Handler) EchoBool(_ context.Context, value bool) (bool, error) { return value, nil }

// EchoI8 is an echo.
func (h *Handler) EchoI8(_ context.Context, value int8) (int8, error) { return value, nil }

// EchoI16 is an echo.
func (h *Handler) EchoI16(_ context.Context, value int16) (int16, error) { return value, nil }

// EchoI32 is an echo.
func (h *Handler) EchoI32(_ context.Context, value int32) (int32, error) { return value, nil }

// EchoI64 is an echo.
func (h *Handler) EchoI64(_ context.Context, value int64) (int64, error) { return value, nil }

// EchoDouble is an echo.
func (h *Handler) EchoDouble(_ context.Context, value float64) (float64, error) { return value, nil }

// EchoString is an echo.
func (h *Handler) EchoString(_ context.Context, value string) (string, error) { return value, nil }

// EchoBinary is an echo.
func (h *Handler) EchoBinary(_ context.Context, value []byte) ([]byte, error) { return value, nil }

// EchoColor is an echo.
func (h *Handler) EchoColor(_ context.Context, value Color) (Color, error) { return value, nil }

// EchoSet is an echo.
func (h *Handler) EchoSet(_ context.Context, value []string) ([]string, error) { return value, nil }

// EchoGrid is an echo.
func (h *Handler) EchoGrid(_ context.Context, value [][]int32) ([][]int32, error) { return value, nil }

// EchoNested is an echo.
func (h *Handler) EchoNested(_ context.Context, value Nested) (Nested, error) { return value, nil }

// EchoEverything is an echo.
func (h *Handler) EchoEverything(_ context.Context, value *Everything) (*Everything, error) {
	return value, nil
}

// Sample returns the sample.
func (h *Handler) Sample(context.Context) (*Everything, error) { return Sample(), nil }

// Check fails unless it is given the sample.
func (h *Handler) Check(_ context.Context, value *Everything) error {
	if !reflect.DeepEqual(Sorted(value), Sample()) {
		return fmt.Errorf("not the sample: %+v", value)
	}
	return nil
}

// Join returns its parameters as text.
func (h *Handler) Join(_ context.Context, flag bool, tiny int8, small int16, medium int32, large int64, real float64,
	text string, blob []byte, color Color, point *Point, numbers []int32) (string, error) {
	return Join(flag, tiny, small, medium, large, real, text, blob, color, point, numbers), nil
}

// Find knows the key "sample"; "secret" is Denied, and anything else is NotFound.
func (h *Handler) Find(_ context.Context, key string) (*Everything, error) {
	switch key {
	case "sample":
		return Sample(), nil
	case "secret":
		return nil, &Denied{Reason: "locked", Level: Green}
	}
	return nil, &NotFound{Key: key, Near: []string{"sample", "secret"}}
}

// Remove is Find without a result.
func (h *Handler) Remove(ctx context.Context, key string, version int32) error {
	if version != 7 {
		return fmt.Errorf("version %d, not 7", version)
	}
	_, err := h.Find(ctx, key)
	return err
}

// Notify stores a count.
func (h *Handler) Notify(_ context.Context, key string, count int64) error {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	h.counts[key] = count
	return nil
}

// Notified returns the count that was stored last.
func (h *Handler) Notified(_ context.Context, key string) (int64, error) {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	return h.counts[key], nil
}

// Delay returns the text after a while.
func (h *Handler) Delay(ctx context.Context, text string, milliseconds int32) (string, error) {
	select {
	case <-time.After(time.Duration(milliseconds) * time.Millisecond):
		return text, nil
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

// Fail returns an error that no contract declares.
func (h *Handler) Fail(_ context.Context, text string) error { return errors.New(text) }

// Owner names the service.
func (h *Handler) Owner(context.Context) (string, error) { return "AllTypes", nil }
