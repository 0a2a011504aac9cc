package fastcodec_test

import (
	"fmt"
	"log"

	"github.com/cloudwego/gopkg/protocol/thrift"
	"github.com/tagwire/tagwire/adapters/fastcodec"
)

type point struct {
	X int32 `thrift:"x,1" frugal:"1,default,i32"`
	Y int32 `thrift:"y,2" frugal:"2,default,i32"`
}

func ExampleWrap() {
	data := thrift.FastMarshal(fastcodec.Wrap(&point{X: 1, Y: -1}))
	fmt.Printf("% x\n", data)

	var received fastcodec.Message[point]
	if err := thrift.FastUnmarshal(data, &received); err != nil {
		log.Fatal(err)
	}
	fmt.Println(received.Value)
	// Output:
	// 08 00 01 00 00 00 01 08 00 02 ff ff ff ff 00
	// {1 -1}
}

func ExampleOf() {
	// The type of v is known at run time only.
	var v any = &point{X: 1}
	codec, err := fastcodec.Of(v)
	if err != nil {
		log.Fatal(err) // A tag or a type is wrong.
	}
	message, err := thrift.MarshalFastMsg("Move", thrift.CALL, 7, codec)
	fmt.Println(len(message), err)
	// Output:
	// 31 <nil>
}
