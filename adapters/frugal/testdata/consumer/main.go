// This program is an application that uses Frugal. The test beside it gives it a go.mod.
package main

import (
	"fmt"
	"log"

	"github.com/cloudwego/frugal"
	"github.com/cloudwego/frugal/debug"
	"github.com/cloudwego/frugal/iov"
)

type greeting struct {
	Text string `frugal:"1,required,string"`
}

func main() {
	var none iov.BufferWriter
	sent := &greeting{Text: "Hello"}
	buf := make([]byte, frugal.EncodedSize(sent))
	if _, err := frugal.EncodeObject(buf, none, sent); err != nil {
		log.Fatal(err)
	}
	var received greeting
	if _, err := frugal.DecodeObject(buf, &received); err != nil {
		log.Fatal(err)
	}
	stats := debug.GetStats()
	fmt.Println(received.Text, stats.Decoder.Hit+stats.Decoder.Miss)
}
