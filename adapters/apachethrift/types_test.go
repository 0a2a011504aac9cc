package apachethrift_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/apache/thrift/lib/go/thrift"
	"github.com/tagwire/tagwire/adapters/apachethrift/gen/store"
)

// The structs of idl/store.thrift, as a user of Tagwire writes them.

type Color int64

type Part struct {
	Name  string `frugal:"1,required" thrift:"name,1,required"`
	Count int32  `frugal:"2" thrift:"count,2"`
	Inner *Part  `frugal:"3,optional" thrift:"inner,3,optional"`
}

type Choice struct {
	Number *int64  `frugal:"1,optional" thrift:"number,1,optional"`
	Text   *string `frugal:"2,optional" thrift:"text,2,optional"`
	Part   *Part   `frugal:"3,optional" thrift:"part,3,optional"`
}

// CountSetFieldsChoice makes it a union.
func (c *Choice) CountSetFieldsChoice() int { panic("it is not called") }

type Item struct {
	Flag    bool                 `frugal:"1"`
	Tiny    int8                 `frugal:"2"`
	Small   int16                `frugal:"3"`
	Medium  int32                `frugal:"4"`
	Large   int64                `frugal:"5"`
	Ratio   float64              `frugal:"6"`
	Text    string               `frugal:"7"`
	Data    []byte               `frugal:"8"`
	Color   Color                `frugal:"9,default,Color"`
	Part    *Part                `frugal:"10"`
	Numbers []int32              `frugal:"11,default,list<i32>"`
	Labels  []string             `frugal:"12,default,set<string>"`
	Parts   map[string]*Part     `frugal:"13"`
	Nested  []map[int16][][]byte `frugal:"14,default,list<map<i16:list<binary>>>"`
	Maybe   *int64               `frugal:"15,optional"`
	Choice  *Choice              `frugal:"16,optional"`
	Flags   []bool               `frugal:"17,default,list<bool>"`
	Sparse  map[int64]float64    `frugal:"300"`
	Last    bool                 `frugal:"301"`
}

func pointer[T any](v T) *T { return &v }

// items returns a value in both forms: that of the struct above and that of Apache's compiler. Its strings have n bytes.
func items(n int) (ours *Item, theirs *store.Item) {
	text := fmt.Sprintf("%0*d", n, 7)
	ours = &Item{
		Flag: true, Tiny: -8, Small: -1600, Medium: 1 << 30, Large: -1 << 60, Ratio: -0.5, Text: text, Data: []byte{0, 255, 7},
		Color: -7, Part: &Part{Name: "outer", Count: 3, Inner: &Part{Name: text}}, Numbers: []int32{1, -1, 1 << 20},
		Labels: []string{"a"}, Parts: map[string]*Part{"k": {Name: "v"}}, Nested: []map[int16][][]byte{{-3: {[]byte(text), {}}}, {}},
		Maybe: pointer(int64(9)), Choice: &Choice{Text: pointer("chosen")}, Flags: []bool{true, false, true},
		Sparse: map[int64]float64{-1: 1e300}, Last: true,
	}
	theirs = &store.Item{
		Flag: true, Tiny: -8, Small: -1600, Medium: 1 << 30, Large: -1 << 60, Ratio: -0.5, Text: text, Data: []byte{0, 255, 7},
		Color: store.Color_BLUE, Part: &store.Part{Name: "outer", Count: 3, Inner: &store.Part{Name: text}}, Numbers: []int32{1, -1, 1 << 20},
		Labels: []string{"a"}, Parts: map[string]*store.Part{"k": {Name: "v"}}, Nested: []map[int16][][]byte{{-3: {[]byte(text), {}}}, {}},
		Maybe: pointer(int64(9)), Choice: &store.Choice{Text: pointer("chosen")}, Flags: []bool{true, false, true},
		Sparse: map[int64]float64{-1: 1e300}, Last: true,
	}
	return ours, theirs
}

// protocols are made over a transport. The first two are those that structs go through as one piece.
var protocols = []struct {
	name string
	make func(t thrift.TTransport) thrift.TProtocol
}{
	{"binary", func(t thrift.TTransport) thrift.TProtocol { return thrift.NewTBinaryProtocolConf(t, nil) }},
	{"compact", func(t thrift.TTransport) thrift.TProtocol { return thrift.NewTCompactProtocolConf(t, nil) }},
	{"binary, counted", func(t thrift.TTransport) thrift.TProtocol {
		return thrift.NewTBinaryProtocolConf(t, &thrift.TConfiguration{MaxContainerSize: 1 << 20})
	}},
	{"JSON", func(t thrift.TTransport) thrift.TProtocol { return thrift.NewTJSONProtocol(t) }},
	{"compact, counted", func(t thrift.TTransport) thrift.TProtocol {
		return thrift.NewTCompactProtocolConf(t, &thrift.TConfiguration{MaxContainerSize: 1 << 20})
	}},
	{"binary, debug", func(t thrift.TTransport) thrift.TProtocol {
		return &thrift.TDebugProtocol{Delegate: thrift.NewTBinaryProtocolConf(t, nil)}
	}},
	{"compact, duplicate", func(t thrift.TTransport) thrift.TProtocol {
		return &thrift.TDuplicateToProtocol{
			Delegate:    thrift.NewTCompactProtocolConf(t, nil),
			DuplicateTo: thrift.NewTSimpleJSONProtocolConf(thrift.NewTMemoryBuffer(), nil),
		}
	}},
	{"binary, multiplexed", func(t thrift.TTransport) thrift.TProtocol {
		return thrift.NewTMultiplexedProtocol(thrift.NewTBinaryProtocolConf(t, nil), "Store")
	}},
}

// written returns what a struct writes.
func written(t testing.TB, make func(thrift.TTransport) thrift.TProtocol, v thrift.TStruct) []byte {
	t.Helper()
	memory := thrift.NewTMemoryBuffer()
	p := make(memory)
	if err := v.Write(context.Background(), p); err != nil {
		t.Fatal(err)
	}
	if err := p.Flush(context.Background()); err != nil {
		t.Fatal(err)
	}
	return memory.Bytes()
}

// memoryOf returns a transport that has data.
func memoryOf(data []byte) *thrift.TMemoryBuffer {
	memory := thrift.NewTMemoryBuffer()
	memory.Write(data)
	return memory
}
