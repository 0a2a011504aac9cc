package fastcodec_test

import (
	"bytes"
	"errors"
	"testing"

	"github.com/cloudwego/gopkg/protocol/thrift"
	"github.com/tagwire/tagwire"
	"github.com/tagwire/tagwire/adapters/fastcodec"
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

// marshal returns what the peer of a transport with this writer would get.
func (s *splicer) marshal(t *testing.T, codec thrift.FastCodec) []byte {
	buf := make([]byte, codec.BLength())
	n := codec.FastWriteNocopy(buf, s)
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
	for name, of := range codecs {
		for _, length := range texts {
			sent := value(length)
			w := &splicer{}
			got := w.marshal(t, of(t, sent))
			if !bytes.Equal(got, thrift.FastMarshal(of(t, sent))) {
				t.Errorf("%s, %d: other bytes than without the writer", name, length)
			}
			want := 0
			if length >= 4096 {
				want = 4
			}
			if len(w.pieces) != want {
				t.Errorf("%s, %d: the writer got %d pieces", name, length, len(w.pieces))
			} else if want > 0 && &w.pieces[1][0] != &sent.Payload[0] {
				t.Errorf("%s, %d: a binary was copied", name, length)
			}
		}
	}
}

func TestNilPointerInWriter(t *testing.T) {
	for name, of := range codecs {
		codec := of(t, value(4096))
		buf := make([]byte, codec.BLength())
		if n := codec.FastWriteNocopy(buf, (*splicer)(nil)); n != len(buf) || !bytes.Equal(buf, thrift.FastMarshal(codec)) {
			t.Errorf("%s: %d of %d bytes", name, n, len(buf))
		}
	}
}

// writerFunc is a NocopyWriter that does as it likes.
type writerFunc func(b []byte, remainCap int) error

func (f writerFunc) WriteDirect(b []byte, remainCap int) error { return f(b, remainCap) }

func TestWriterFails(t *testing.T) {
	for name, of := range codecs {
		codec := of(t, value(4096))
		buf := make([]byte, codec.BLength())
		calls := 0
		n := codec.FastWriteNocopy(buf, writerFunc(func([]byte, int) error {
			calls++
			return errors.New("the connection is closed")
		}))
		if n != 0 || calls != 1 {
			t.Errorf("%s: %d bytes after %d calls", name, n, calls)
		}
	}
}

func TestWriterPanics(t *testing.T) {
	wanted := errors.New("writer")
	for name, of := range codecs {
		codec := of(t, value(4096))
		buf := make([]byte, codec.BLength())
		err := panicOf(t, func() { codec.FastWriteNocopy(buf, writerFunc(func([]byte, int) error { panic(wanted) })) })
		if err != wanted {
			t.Errorf("%s: %v", name, err)
		}
		if n := codec.FastWriteNocopy(buf, nil); n != len(buf) {
			t.Errorf("%s: %d of %d bytes after it", name, n, len(buf))
		}
	}
}

func TestBuffersOfEveryLength(t *testing.T) {
	codec := fastcodec.Wrap(value(20))
	size := codec.BLength()
	for length := range size + 1 {
		memory := make([]byte, size+64)
		for i := range memory {
			memory[i] = 0xa5
		}
		if length == size {
			if n := codec.FastWriteNocopy(memory[:length], nil); n != size {
				t.Errorf("%d of %d bytes", n, size)
			}
		} else if err := panicOf(t, func() { codec.FastWriteNocopy(memory[:length], nil) }); !errors.Is(err, tagwire.ErrBufferTooSmall) {
			t.Errorf("%d bytes of %d: %v", length, size, err)
		}
		for i, b := range memory[length:] {
			if b != 0xa5 {
				t.Fatalf("a buffer of %d bytes: byte %d behind it is changed", length, i)
			}
		}
	}
}
