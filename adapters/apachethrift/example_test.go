package apachethrift_test

import (
	"context"
	"fmt"
	"log"

	"github.com/apache/thrift/lib/go/thrift"
	"github.com/tagwire/tagwire/adapters/apachethrift"
)

type point struct {
	X int32 `thrift:"x,1" frugal:"1,default,i32"`
	Y int32 `thrift:"y,2" frugal:"2,default,i32"`
}

func ExampleWrap() {
	ctx := context.Background()
	data, err := thrift.NewTSerializer().Write(ctx, apachethrift.Wrap(&point{X: 1, Y: -1}))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("% x\n", data)

	var received point
	if err := thrift.NewTDeserializer().Read(ctx, apachethrift.Wrap(&received), data); err != nil {
		log.Fatal(err)
	}
	fmt.Println(received)
	// Output:
	// 08 00 01 00 00 00 01 08 00 02 ff ff ff ff 00
	// {1 -1}
}

func ExampleOf() {
	// The type of v is known at run time only.
	var v any = &point{X: 1}
	s, err := apachethrift.Of(v)
	if err != nil {
		log.Fatal(err) // A tag or a type is wrong.
	}
	memory := thrift.NewTMemoryBuffer()
	p := thrift.NewTSimpleJSONProtocolConf(memory, nil)
	if err := s.Write(context.Background(), p); err != nil {
		log.Fatal(err)
	}
	if err := p.Flush(context.Background()); err != nil {
		log.Fatal(err)
	}
	fmt.Println(memory.String())
	// Output:
	// {"x":1,"y":0}
}
