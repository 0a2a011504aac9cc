package frugal_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/cloudwego/frugal"
)

type item struct {
	Name  string `thrift:"name,1,required" frugal:"1,required,string"`
	Count int64  `thrift:"count,2" frugal:"2,default,i64"`
}

type message struct {
	Text    string            `thrift:"text,1" frugal:"1,default,string"`
	Payload []byte            `thrift:"payload,2" frugal:"2,default,binary"`
	Items   []*item           `thrift:"items,3" frugal:"3,default,list<item>"`
	Labels  map[string]string `thrift:"labels,4" frugal:"4,default,map<string:string>"`
	Limit   *int32            `thrift:"limit,5,optional" frugal:"5,optional,i32"`
	Raw     []byte            `thrift:"raw,6" frugal:"6,default,binary,nocopy"`
	Item    *item             `thrift:"item,7,optional" frugal:"7,optional,item"`
	Flag    bool              `thrift:"flag,8" frugal:"8,default,bool"`
}

func small() *message {
	limit := int32(-5)
	return &message{
		Text:    "text",
		Payload: []byte("payload"),
		Items:   []*item{{Name: "a", Count: 1}, {Name: "b", Count: -2}},
		Labels:  map[string]string{"key": "value"},
		Limit:   &limit,
		Raw:     []byte("raw"),
		Item:    &item{Name: "c", Count: 1 << 40},
		Flag:    true,
	}
}

// large has a string and a binary of exactly the length from which a NocopyWriter takes them, one that is shorter by a byte, and one
// deep inside.
func large() *message {
	m := small()
	m.Text = strings.Repeat("t", 4096)
	m.Payload = bytes.Repeat([]byte("p"), 4095)
	m.Items[1].Name = strings.Repeat("n", 70_000)
	m.Raw = bytes.Repeat([]byte("r"), 4096)
	return m
}

// onEachEngine runs a test with reflection, and with native code where it can run.
func onEachEngine(t *testing.T, test func(t *testing.T)) {
	t.Run("reflection", func(t *testing.T) {
		frugal.NoJIT(true)
		defer frugal.NoJIT(false)
		test(t)
	})
	t.Run("native", func(t *testing.T) {
		if err := frugal.Pretouch(message{}); err != nil {
			t.Fatal(err)
		}
		test(t)
	})
}

// encode sizes val, and writes it behind four other bytes, as frameworks do.
func encode(t *testing.T, val any) []byte {
	t.Helper()
	const offset = 4
	buf := make([]byte, offset+frugal.EncodedSize(val))
	n, err := frugal.EncodeObject(buf[offset:], nil, val)
	if err != nil {
		t.Fatal(err)
	}
	if n != len(buf)-offset {
		t.Fatalf("EncodeObject wrote %d bytes, EncodedSize said %d", n, len(buf)-offset)
	}
	return buf[offset:]
}
