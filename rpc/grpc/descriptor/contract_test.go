package descriptor

import (
	"context"
	"iter"
	"reflect"
	"testing"

	"github.com/tagwire/tagwire/rpc/contract"
)

type notFound struct {
	Key string `protobuf:"1" thrift:"key,1"`
}

func (*notFound) Error() string { return "not found" }

type store struct {
	Get   func(context.Context, *item) (*contract.Void, error) `throws:"1=notFound"`
	Watch func(context.Context, *item) iter.Seq2[*line, error]
	Put   func(context.Context, iter.Seq2[*item, error]) (*item, error)
	Both  func(context.Context, iter.Seq2[*item, error]) iter.Seq2[*item, error] `throws:"1=notFound"`
}

// methodsOf returns the methods of a contract.
func methodsOf[Contract any](t *testing.T, options ...func(*contract.Reader)) (methods []*contract.Method) {
	t.Helper()
	fields, err := contract.NewReader(options).Fields(reflect.TypeFor[Contract]())
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range fields {
		methods = append(methods, f.Method)
	}
	return methods
}

// TestOf: calls and streams of a contract, in both languages of tags.
func TestOf(t *testing.T) {
	exceptions := func(r *contract.Reader) { r.AddExceptions([]any{notFound{}}) }
	s := Build([]Service{
		Of("shop.Store", methodsOf[store](t, (*contract.Reader).UseProtobuf, exceptions)),
		Of("Thrift", methodsOf[struct {
			Get func(context.Context, *notFound) (*notFound, error) `throws:"1=notFound"`
		}](t, exceptions)),
	})
	checkLinked(t, s)
	expect(t, printed(t, s, "shop.Store", "tagwire/shop.proto"), `
// tagwire/shop.proto
syntax = "proto3";
package shop;
service Store {
  rpc Both(stream .shop.item) returns (stream .shop.item);
  rpc Get(.shop.item) returns (.shop.Void);
  rpc Put(stream .shop.item) returns (.shop.item);
  rpc Watch(.shop.item) returns (stream .shop.line);
}
message notFound {
  string key = 1;
}
message item {
  string name = 1;
}
message Void {
}
message line {
  string name = 1 [json_name = label];
  int64 unit_price = 7;
}`)
	if err := s.Fault("Thrift"); err == nil || err.Error() != "the service Thrift has no description: the method Get has messages of Thrift, not of Protobuf" {
		t.Error(err)
	}
}

// named looks like an exception that gogo/protobuf has generated, without its file.
type named struct {
	Key string `protobuf:"bytes,1,opt,name=key,proto3"`
}

var nameOfNamed func() string

func (*named) ProtoMessage()           {}
func (*named) XXX_MessageName() string { return nameOfNamed() }

// TestNamesOfExceptions: exceptions are where errors say that they are, whatever others are called.
func TestNamesOfExceptions(t *testing.T) {
	type notFound struct {
		Other int32 `protobuf:"1"`
	}
	for name, c := range map[string]struct {
		name func() string
		want string // where it is
	}{
		"elsewhere":    {func() string { return "their.v1.Gone" }, "their.v1.Gone"},
		"here":         {func() string { return "shop.Gone" }, "shop.Gone"},
		"unpackaged":   {func() string { return "Gone" }, "Gone"},
		"no name":      {func() string { return "their..Gone" }, "shop.named"},
		"empty":        {func() string { return "" }, "shop.named"},
		"in a service": {func() string { return "shop.Store.Gone" }, "shop.named"},
		"in a message": {func() string { return "shop.Item.Gone" }, "shop.named"},
		"panics":       {func() string { panic("no name") }, "shop.named"},
	} {
		nameOfNamed, carried = c.name, newCarried()
		in := reflect.TypeFor[notFound]()
		s := Build([]Service{
			{Name: "shop.A", Methods: []Method{{Name: "Get", Request: in, Reply: reflect.TypeFor[generated]()}}},
			{Name: "shop.Store", Methods: []Method{{Name: "Get", Request: in, Reply: in,
				Exceptions: []reflect.Type{reflect.TypeFor[*named](), exceptionType, reflect.TypeFor[struct{}]()}}}},
		})
		checkLinked(t, s)
		for _, service := range []string{"shop.A", "shop.Store"} {
			if err := s.Fault(service); err != nil {
				t.Error(name, err)
			}
		}
		if s.PathOf(c.want+".key") == "" || s.PathOf("shop.notFound.key") == "" || s.PathOf("shop.notFound_2.other") == "" || s.PathOf("shop.Exception") == "" {
			t.Errorf("%s: %v", name, s.symbols)
		}
	}
}

var exceptionType = reflect.TypeFor[notFound]()
