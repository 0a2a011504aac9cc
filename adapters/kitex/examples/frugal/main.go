// This program runs a Kitex server and a Kitex client that encode with Frugal. The replace directives of go.mod make that Tagwire.
package main

import (
	"context"
	"fmt"
	"log"
	"net"

	"github.com/cloudwego/frugal/debug"
	"github.com/cloudwego/kitex/client"
	"github.com/cloudwego/kitex/pkg/remote/codec/thrift"
	"github.com/cloudwego/kitex/server"
	"github.com/cloudwego/kitex/transport"
	"github.com/tagwire/tagwire/adapters/kitex/echoservice"
	"github.com/tagwire/tagwire/adapters/kitex/kitexgen/echo"
)

func main() {
	if err := run(); err != nil {
		log.Fatal(err)
	}
}

func run() error {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	srv := server.NewServer(
		server.WithListener(listener),
		server.WithPayloadCodec(thrift.NewThriftCodecWithConfig(thrift.FrugalReadWrite)))
	if err := srv.RegisterService(echoservice.Generated(), echoservice.Handler(greet)); err != nil {
		return err
	}
	go func() {
		if err := srv.Run(); err != nil {
			log.Print(err)
		}
	}()

	cli, err := client.NewClient(echoservice.Generated(),
		client.WithDestService("Echo"),
		client.WithHostPorts(listener.Addr().String()),
		client.WithTransportProtocol(transport.Framed),
		client.WithPayloadCodec(thrift.NewThriftCodecWithConfig(thrift.FrugalReadWrite)))
	if err != nil {
		return err
	}
	reply, err := echoservice.Call(context.Background(), cli, &echo.Request{Text: "Kitex"})
	if err != nil {
		return err
	}
	fmt.Println(reply.Text)
	stats := debug.GetStats()
	fmt.Println("encoded by Tagwire:", stats.Encoder.Hit+stats.Encoder.Miss > 0)
	return srv.Stop()
}

func greet(_ context.Context, request *echo.Request) (*echo.Reply, error) {
	return &echo.Reply{Text: "Hello, " + request.Text}, nil
}
