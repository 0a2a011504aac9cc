package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"reflect"
	"sync"
	"time"

	"github.com/apache/thrift/lib/go/thrift"
	"github.com/tagwire/tagwire/rpc/interop/gen/alltypes"
)

// serve is the server. It returns when standard input ends.
func serve(transport, services, format string) error {
	transports, err := transportFactory(transport)
	if err != nil {
		return err
	}
	protocols, err := protocolFactory(format, nil)
	if err != nil {
		return err
	}
	var processor thrift.TProcessor = alltypes.NewAllTypesProcessor(&handler{counts: map[string]int64{}})
	if services == "multiplexed" {
		both := thrift.NewTMultiplexedProcessor()
		both.RegisterProcessor("AllTypes", processor)
		both.RegisterProcessor("Calculator", alltypes.NewCalculatorProcessor(numbers{}))
		processor = both
	}
	listener, err := thrift.NewTServerSocket("127.0.0.1:0")
	if err != nil {
		return err
	}
	if err := listener.Listen(); err != nil {
		return err
	}
	fmt.Println(listener.Addr().(*net.TCPAddr).Port)
	ended := make(chan error, 2)
	go func() {
		ended <- thrift.NewTSimpleServer4(processor, listener, transports, protocols).Serve()
	}()
	go func() {
		_, err := io.Copy(io.Discard, os.Stdin)
		ended <- err
	}()
	return <-ended
}

// handler answers AllTypes.
type handler struct {
	mutex  sync.Mutex
	counts map[string]int64
}

func (h *handler) Ping(context.Context) error { return nil }

func (h *handler) EchoBool(_ context.Context, value bool) (bool, error)           { return value, nil }
func (h *handler) EchoI8(_ context.Context, value int8) (int8, error)             { return value, nil }
func (h *handler) EchoI16(_ context.Context, value int16) (int16, error)          { return value, nil }
func (h *handler) EchoI32(_ context.Context, value int32) (int32, error)          { return value, nil }
func (h *handler) EchoI64(_ context.Context, value int64) (int64, error)          { return value, nil }
func (h *handler) EchoDouble(_ context.Context, value float64) (float64, error)   { return value, nil }
func (h *handler) EchoString(_ context.Context, value string) (string, error)     { return value, nil }
func (h *handler) EchoBinary(_ context.Context, value []byte) ([]byte, error)     { return value, nil }
func (h *handler) EchoSet(_ context.Context, value []string) ([]string, error)    { return value, nil }
func (h *handler) EchoGrid(_ context.Context, value [][]int32) ([][]int32, error) { return value, nil }
func (h *handler) EchoColor(_ context.Context, value alltypes.Color) (alltypes.Color, error) {
	return value, nil
}
func (h *handler) EchoNested(_ context.Context, value map[string]map[int32][]*alltypes.Point) (map[string]map[int32][]*alltypes.Point, error) {
	return value, nil
}
func (h *handler) EchoEverything(_ context.Context, value *alltypes.Everything) (*alltypes.Everything, error) {
	return value, nil
}

func (h *handler) Sample(context.Context) (*alltypes.Everything, error) { return sample(), nil }

func (h *handler) Check(_ context.Context, value *alltypes.Everything) error {
	if !reflect.DeepEqual(sorted(value), sample()) {
		return fmt.Errorf("not the sample: %v", value)
	}
	return nil
}

func (h *handler) Join(_ context.Context, flag bool, tiny int8, small int16, medium int32, large int64, real float64,
	text string, blob []byte, color alltypes.Color, point *alltypes.Point, numbers []int32) (string, error) {
	return join(flag, tiny, small, medium, large, real, text, blob, color, point, numbers), nil
}

func (h *handler) Find(_ context.Context, key string) (*alltypes.Everything, error) {
	switch key {
	case "sample":
		return sample(), nil
	case "secret":
		return nil, &alltypes.Denied{Reason: "locked", Level: alltypes.Color_GREEN}
	}
	return nil, &alltypes.NotFound{Key: key, Near: []string{"sample", "secret"}}
}

func (h *handler) Remove(ctx context.Context, key string, version int32) error {
	if version != 7 {
		return fmt.Errorf("version %d, not 7", version)
	}
	_, err := h.Find(ctx, key)
	return err
}

func (h *handler) Notify(_ context.Context, key string, count int64) error {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	h.counts[key] = count
	return nil
}

func (h *handler) Notified(_ context.Context, key string) (int64, error) {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	return h.counts[key], nil
}

func (h *handler) Delay(_ context.Context, text string, milliseconds int32) (string, error) {
	time.Sleep(time.Duration(milliseconds) * time.Millisecond)
	return text, nil
}

func (h *handler) Fail(_ context.Context, text string) error { return errors.New(text) }

func (h *handler) Owner(context.Context) (string, error) { return "AllTypes", nil }

// numbers answers Calculator.
type numbers struct{}

func (numbers) Add(_ context.Context, left int32, right int64) (int64, error) {
	return int64(left) + right, nil
}

func (numbers) Owner(context.Context) (string, error) { return "Calculator", nil }
