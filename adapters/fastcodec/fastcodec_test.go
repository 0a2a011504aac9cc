package fastcodec_test

import (
	"bytes"
	"errors"
	"reflect"
	"strings"
	"sync"
	"testing"

	"github.com/cloudwego/gopkg/protocol/thrift"
	"github.com/tagwire/tagwire"
	"github.com/tagwire/tagwire/adapters/fastcodec"
)

type item struct {
	Name  string `thrift:"name,1,required" frugal:"1,required,string"`
	Count int64  `thrift:"count,2" frugal:"2,default,i64"`
}

type message struct {
	Text    string           `thrift:"text,1" frugal:"1,default,string"`
	Payload []byte           `thrift:"payload,2" frugal:"2,default,binary"`
	Items   []*item          `thrift:"items,3" frugal:"3,default,list<item>"`
	Counts  map[string]int64 `thrift:"counts,4" frugal:"4,default,map<string:i64>"`
	Raw     []byte           `thrift:"raw,5" frugal:"5,default,binary,nocopy"`
	Limit   *int32           `thrift:"limit,6,optional" frugal:"6,optional,i32"`
}

type badTag struct {
	A int32 `frugal:"one"`
}

type node struct {
	Next *node `frugal:"1,optional,node"`
}

// value has a string and binaries of a length in bytes.
func value(texts int) *message {
	limit := int32(7)
	return &message{
		Text:    strings.Repeat("t", texts),
		Payload: bytes.Repeat([]byte("p"), texts),
		Items:   []*item{{Name: "a", Count: -1}, {Name: strings.Repeat("n", texts)}},
		Counts:  map[string]int64{"k": 1 << 40},
		Raw:     bytes.Repeat([]byte("r"), texts),
		Limit:   &limit,
	}
}

var texts = []int{0, 10, 4095, 4096, 70_000}

// codecs are the ways to a FastCodec for a message.
var codecs = map[string]func(t testing.TB, v *message) thrift.FastCodec{
	"Wrap": func(_ testing.TB, v *message) thrift.FastCodec { return fastcodec.Wrap(v) },
	"Of": func(t testing.TB, v *message) thrift.FastCodec {
		codec, err := fastcodec.Of(v)
		if err != nil {
			t.Fatal(err)
		}
		return codec
	},
}

func TestRoundTrip(t *testing.T) {
	for name, of := range codecs {
		for _, n := range texts {
			sent := value(n)
			data := thrift.FastMarshal(of(t, sent))
			if want, err := tagwire.Marshal(sent); err != nil || !bytes.Equal(data, want) {
				t.Errorf("%s, %d: not what tagwire.Marshal returns: %v", name, n, err)
			}
			var received message
			if err := thrift.FastUnmarshal(data, of(t, &received)); err != nil || !reflect.DeepEqual(&received, sent) {
				t.Errorf("%s, %d: another value came out: %v", name, n, err)
			}
		}
	}
}

func TestZeroMessage(t *testing.T) {
	m := new(fastcodec.Message[message])
	data := thrift.FastMarshal(fastcodec.Wrap(value(3)))
	if n, err := m.FastRead(append(data, 1, 2, 3)); err != nil || n != len(data) {
		t.Fatal(n, err)
	}
	if !reflect.DeepEqual(&m.Value, value(3)) {
		t.Errorf("%+v", m.Value)
	}
}

func TestNilMessage(t *testing.T) {
	var none *fastcodec.Message[message]
	if data := thrift.FastMarshal(none); len(data) != 1 || data[0] != 0 {
		t.Errorf("% x", data)
	}
	if n, err := none.FastRead([]byte{0}); err == nil || n != 0 {
		t.Error("read into nil", n, err)
	}
	codec, err := fastcodec.Of((*message)(nil))
	if err != nil {
		t.Fatal(err)
	}
	if data := thrift.FastMarshal(codec); len(data) != 1 {
		t.Errorf("% x", data)
	}
	if n, err := codec.FastRead([]byte{0}); err == nil || n != 0 {
		t.Error("read into nil", n, err)
	}
}

func TestOfRefuses(t *testing.T) {
	pointer := value(1)
	for name, v := range map[string]any{
		"nil": nil, "a number": 7, "a struct": *pointer, "a pointer to a number": new(int), "a pointer to pointer": &pointer,
		"a map": map[string]string{}, "a wrong tag": &badTag{},
	} {
		if codec, err := fastcodec.Of(v); err == nil || codec != nil {
			t.Errorf("%s: %v, %v", name, codec, err)
		}
	}
}

// A frame is used again after FastRead, and the target may hold values of an earlier message.
func TestFramesAndTargetsAreUsedAgain(t *testing.T) {
	for name, of := range codecs {
		target := value(4096)
		items := target.Items
		frame := thrift.FastMarshal(of(t, &message{Text: "new", Items: []*item{{Name: "only"}}, Raw: []byte("raw")}))
		if _, err := of(t, target).FastRead(frame); err != nil {
			t.Fatal(name, err)
		}
		clear(frame)
		if target.Text != "new" || len(target.Items) != 1 || target.Items[0].Name != "only" || target.Limit == nil {
			t.Errorf("%s: %+v", name, target)
		}
		if string(target.Raw) != "\x00\x00\x00" {
			t.Errorf("%s: the field tagged nocopy was copied", name)
		}
		if items[0].Name != "a" {
			t.Errorf("%s: an item of the earlier message was written to", name)
		}
	}
}

func TestPrefixesAreErrors(t *testing.T) {
	data := thrift.FastMarshal(fastcodec.Wrap(value(5)))
	for length := range data {
		if n, err := fastcodec.Wrap(new(message)).FastRead(data[:length:length]); err == nil || n != 0 {
			t.Fatalf("%d bytes of %d: %d", length, len(data), n)
		}
	}
}

func TestConcurrentUse(t *testing.T) {
	shared := value(5000)
	data := thrift.FastMarshal(fastcodec.Wrap(shared))
	var group sync.WaitGroup
	for range 8 {
		group.Add(1)
		go func() {
			defer group.Done()
			for range 100 {
				if got := (&splicer{}).marshal(t, fastcodec.Wrap(shared)); !bytes.Equal(got, data) {
					t.Error("other bytes")
				}
				var received message
				if err := thrift.FastUnmarshal(data, fastcodec.Wrap(&received)); err != nil || !reflect.DeepEqual(&received, shared) {
					t.Error("another value", err)
				}
			}
		}()
	}
	group.Wait()
}

// panicOf returns the error that f panics with.
func panicOf(t *testing.T, f func()) (err error) {
	t.Helper()
	defer func() {
		caught := recover()
		var ok bool
		if err, ok = caught.(error); !ok {
			t.Errorf("recovered %v", caught)
		}
	}()
	f()
	return nil
}

func TestValueWithoutEncoding(t *testing.T) {
	cycle := &node{}
	cycle.Next = cycle
	missing := &message{Items: []*item{nil}}
	for name, test := range map[string]struct {
		codec thrift.FastCodec
		want  error
	}{
		"a cycle":                 {fastcodec.Wrap(cycle), tagwire.ErrDepthLimit},
		"nil for a required name": {fastcodec.Wrap(missing), tagwire.ErrRequired},
		"a wrong tag":             {fastcodec.Wrap(&badTag{}), tagwire.ErrInvalidTag},
		"a number":                {fastcodec.Wrap(new(int)), tagwire.ErrUnsupportedType},
	} {
		err := panicOf(t, func() { thrift.FastMarshal(test.codec) })
		if !errors.Is(err, test.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
