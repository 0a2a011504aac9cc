package frugal_test

import (
	"errors"
	"reflect"
	"runtime"
	"testing"

	"github.com/cloudwego/frugal"
	"github.com/cloudwego/gopkg/protocol/thrift"
	"github.com/tagwire/tagwire"
)

// splicer is a NocopyWriter as transports have them: it notes where in the buffer each piece belongs.
type splicer struct {
	pieces [][]byte
	left   []int // bytes of the buffer that come behind each
}

func (s *splicer) WriteDirect(b []byte, remainCap int) error {
	s.pieces = append(s.pieces, b)
	s.left = append(s.left, remainCap)
	return nil
}

// encode returns what the peer of a transport with this writer would get.
func (s *splicer) encode(t *testing.T, val any) []byte {
	buf := make([]byte, frugal.EncodedSize(val))
	n, err := frugal.EncodeObject(buf, s, val)
	if err != nil {
		t.Error(err)
	}
	var out []byte
	from := 0
	for i, piece := range s.pieces {
		at := len(buf) - s.left[i]
		if at < from || at > n {
			t.Errorf("piece %d belongs at byte %d; the one before at %d, and there are %d", i, at, from, n)
			return nil
		}
		out = append(append(out, buf[from:at]...), piece...)
		from = at
	}
	return append(out, buf[from:n]...)
}

func TestWriterTakesLargeStrings(t *testing.T) {
	onEachEngine(t, func(t *testing.T) {
		for range 100 { // the code for writers is compiled in the background
			value := large()
			w := &splicer{}
			data := w.encode(t, value)
			if len(w.pieces) != 3 {
				t.Fatalf("the writer got %d pieces", len(w.pieces))
			}
			if &w.pieces[2][0] != &value.Raw[0] {
				t.Fatal("a binary was copied")
			}
			var received message
			if n, err := frugal.DecodeObject(data, &received); err != nil || n != frugal.EncodedSize(value) {
				t.Fatal(n, err)
			}
			if !reflect.DeepEqual(&received, value) {
				t.Fatal("another value came out")
			}
		}
	})
}

func TestWriterGetsNoSmallStrings(t *testing.T) {
	onEachEngine(t, func(t *testing.T) {
		w := &splicer{}
		if w.encode(t, small()); len(w.pieces) != 0 {
			t.Errorf("the writer got %d pieces", len(w.pieces))
		}
	})
}

// transport is one that has no NocopyWriter, in a method that says it has.
type transport struct{ *splicer }

func (t transport) writerOf() thrift.NocopyWriter { return t.splicer }

func TestNilInWriter(t *testing.T) {
	onEachEngine(t, func(t *testing.T) {
		for name, w := range map[string]thrift.NocopyWriter{
			"a pointer":             transport{}.writerOf(),
			"a struct of a pointer": transport{},
			"a function":            writerFunc(nil),
			"nothing":               nil,
		} {
			value := large()
			buf := make([]byte, frugal.EncodedSize(value))
			n, err := frugal.EncodeObject(buf, w, value)
			if err != nil || n != len(buf) {
				t.Fatalf("%s: %d of %d bytes, %v", name, n, len(buf), err)
			}
			var received message
			if _, err := frugal.DecodeObject(buf, &received); err != nil || !reflect.DeepEqual(&received, value) {
				t.Errorf("%s: another value came out: %v", name, err)
			}
		}
	})
}

// noState is a writer whose data is of no size: that is not nil.
type noState struct{}

func (noState) WriteDirect([]byte, int) error { return errNoState }

var errNoState = errors.New("called")

func TestWriterWithoutState(t *testing.T) {
	value := large()
	if _, err := frugal.EncodeObject(make([]byte, frugal.EncodedSize(value)), noState{}, value); !errors.Is(err, errNoState) {
		t.Error(err)
	}
}

// writerFunc is a NocopyWriter that does as it likes.
type writerFunc func(b []byte, remainCap int) error

func (f writerFunc) WriteDirect(b []byte, remainCap int) error { return f(b, remainCap) }

func TestWriterFails(t *testing.T) {
	broken := errors.New("the connection is closed")
	onEachEngine(t, func(t *testing.T) {
		calls := 0
		w := writerFunc(func([]byte, int) error {
			if calls++; calls == 2 {
				return broken
			}
			return nil
		})
		value := large()
		n, err := frugal.EncodeObject(make([]byte, frugal.EncodedSize(value)), w, value)
		if !errors.Is(err, broken) || !errors.Is(err, tagwire.ErrWriteFailed) || n != 0 || calls != 2 {
			t.Errorf("%d bytes after %d calls: %v", n, calls, err)
		}
	})
}

// What the writer's code does reaches the caller, and what comes after it works.
func TestWriterDoesNotReturn(t *testing.T) {
	onEachEngine(t, func(t *testing.T) {
		value := large()
		buf := make([]byte, frugal.EncodedSize(value))
		var caught any
		func() {
			defer func() { caught = recover() }()
			_, _ = frugal.EncodeObject(buf, writerFunc(func([]byte, int) error { panic("writer") }), value)
		}()
		if caught != "writer" {
			t.Errorf("recovered %v", caught)
		}
		done := make(chan bool)
		go func() {
			defer close(done)
			_, _ = frugal.EncodeObject(buf, writerFunc(func([]byte, int) error { runtime.Goexit(); return nil }), value)
			t.Error("the goroutine goes on")
		}()
		<-done
		encode(t, value)
	})
}

// A writer may be one that encodes, too.
func TestWriterEncodes(t *testing.T) {
	onEachEngine(t, func(t *testing.T) {
		value, inner := large(), 0
		w := writerFunc(func([]byte, int) error {
			inner += len(encode(t, value))
			return nil
		})
		size := frugal.EncodedSize(value)
		if _, err := frugal.EncodeObject(make([]byte, size), w, value); err != nil || inner != 3*size {
			t.Errorf("%d bytes of %d, %v", inner, 3*size, err)
		}
	})
}
