package frugal_test

import (
	"fmt"
	"log"

	"github.com/cloudwego/frugal"
)

type greeting struct {
	Text string `thrift:"text,1,required" frugal:"1,required,string"`
	Loud bool   `thrift:"loud,2" frugal:"2,default,bool"`
}

func Example() {
	sent := &greeting{Text: "Hello", Loud: true}
	buf := make([]byte, frugal.EncodedSize(sent))
	if _, err := frugal.EncodeObject(buf, nil, sent); err != nil {
		log.Fatal(err)
	}
	var received greeting
	n, err := frugal.DecodeObject(buf, &received)
	fmt.Println(n, received, err)
	// Output:
	// 17 {Hello true} <nil>
}
