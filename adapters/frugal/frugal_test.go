package frugal_test

import (
	"errors"
	"reflect"
	"sync"
	"testing"

	"github.com/cloudwego/frugal"
	"github.com/cloudwego/frugal/debug"
	"github.com/cloudwego/frugal/iov"
	"github.com/cloudwego/gopkg/protocol/thrift"
	"github.com/tagwire/tagwire"
)

// The signatures of Frugal v0.3.
var (
	_ func(any) int                                       = frugal.EncodedSize
	_ func([]byte, thrift.NocopyWriter, any) (int, error) = frugal.EncodeObject
	_ func([]byte, iov.BufferWriter, any) (int, error)    = frugal.EncodeObject
	_ func([]byte, any) (int, error)                      = frugal.DecodeObject
	_ func(any, ...frugal.Option) error                   = frugal.Pretouch
	_ func(bool)                                          = frugal.NoJIT
	_ func(int) frugal.Option                             = frugal.WithMaxInlineDepth
	_ func(int) frugal.Option                             = frugal.WithMaxInlineILSize
	_ func(int) frugal.Option                             = frugal.WithMaxPretouchDepth
	_ func(int) int                                       = frugal.SetMaxInlineDepth
	_ func(int) int                                       = frugal.SetMaxInlineILSize
	_ func() debug.Stats                                  = debug.GetStats
)

func TestRoundTrip(t *testing.T) {
	onEachEngine(t, func(t *testing.T) {
		for name, sent := range map[string]*message{"small": small(), "large": large()} {
			data := encode(t, sent)
			if byValue := encode(t, *sent); len(byValue) != len(data) {
				t.Errorf("%s: %d bytes by value, %d by pointer", name, len(byValue), len(data))
			}
			var received message
			n, err := frugal.DecodeObject(append(data, "what follows"...), &received)
			if err != nil || n != len(data) {
				t.Fatalf("%s: %d of %d bytes, %v", name, n, len(data), err)
			}
			if !reflect.DeepEqual(&received, sent) {
				t.Errorf("%s: another value came out", name)
			}
		}
	})
}

func TestNilPointerIsAnEmptyStruct(t *testing.T) {
	if data := encode(t, (*message)(nil)); len(data) != 1 || data[0] != 0 {
		t.Errorf("a nil pointer is % x", data)
	}
}

func TestBuffersOfEveryLength(t *testing.T) {
	onEachEngine(t, func(t *testing.T) {
		value := small()
		size := frugal.EncodedSize(value)
		for length := range size + 1 {
			memory := make([]byte, size+64)
			for i := range memory {
				memory[i] = 0xa5
			}
			n, err := frugal.EncodeObject(memory[:length], nil, value)
			if fits := length == size; fits != (err == nil) || fits != (n == size) {
				t.Fatalf("%d bytes of %d: %d, %v", length, size, n, err)
			}
			if err != nil && !errors.Is(err, tagwire.ErrBufferTooSmall) {
				t.Fatal(err)
			}
			for i, b := range memory[length:] {
				if b != 0xa5 {
					t.Fatalf("a buffer of %d bytes: byte %d behind it is changed", length, i)
				}
			}
		}
	})
}

func TestPrefixesAreErrors(t *testing.T) {
	onEachEngine(t, func(t *testing.T) {
		data := encode(t, small())
		for length := range data {
			if _, err := frugal.DecodeObject(data[:length:length], new(message)); err == nil {
				t.Fatalf("%d bytes of %d are enough", length, len(data))
			}
		}
	})
}

// A framework takes back the frame that it passed to DecodeObject.
func TestFrameIsUsedAgain(t *testing.T) {
	onEachEngine(t, func(t *testing.T) {
		frame := encode(t, small())
		var received message
		if _, err := frugal.DecodeObject(frame, &received); err != nil {
			t.Fatal(err)
		}
		clear(frame)
		want := small()
		want.Raw = []byte{0, 0, 0} // tagged nocopy
		if !reflect.DeepEqual(&received, want) {
			t.Errorf("the value changed with the frame: %+v", received)
		}
	})
}

func TestPopulatedTarget(t *testing.T) {
	onEachEngine(t, func(t *testing.T) {
		target := large()
		items, labels, old := target.Items, target.Labels, *target.Limit
		first := *items[0]
		data := encode(t, &message{Text: "new", Items: []*item{{Name: "only"}}, Labels: map[string]string{"k": "v"}})
		if _, err := frugal.DecodeObject(data, target); err != nil {
			t.Fatal(err)
		}
		if target.Text != "new" || len(target.Items) != 1 || target.Items[0].Name != "only" || len(target.Labels) != 1 {
			t.Errorf("fields of the input: %+v", target)
		}
		if target.Limit == nil || *target.Limit != old || target.Item == nil {
			t.Error("a field that is absent from the input lost its value")
		}
		if *items[0] != first || len(labels) != 1 || labels["key"] != "value" {
			t.Error("memory that the target referred to was written to")
		}
	})
}

func TestConcurrentUse(t *testing.T) {
	value := large()
	data := encode(t, value)
	var group sync.WaitGroup
	for range 8 {
		group.Add(1)
		go func() {
			defer group.Done()
			for range 50 {
				w := &splicer{}
				if got := w.encode(t, value); len(got) != len(data) {
					t.Errorf("%d bytes instead of %d", len(got), len(data))
				}
				var received message
				if _, err := frugal.DecodeObject(data, &received); err != nil || !reflect.DeepEqual(&received, value) {
					t.Errorf("another value came out: %v", err)
				}
			}
		}()
	}
	group.Wait()
}
