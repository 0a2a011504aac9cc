// This program runs a Kitex server and a Kitex client whose structs encode as messages of adapters/fastcodec.
package main

import (
	"context"
	"fmt"
	"log"
	"net"

	"github.com/cloudwego/kitex/client"
	"github.com/cloudwego/kitex/server"
	"github.com/cloudwego/kitex/transport"
	"github.com/tagwire/tagwire"
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
		server.WithListener(listener))
	if err := srv.RegisterService(echoservice.Messages(), echoservice.Handler(greet)); err != nil {
		return err
	}
	go func() {
		if err := srv.Run(); err != nil {
			log.Print(err)
		}
	}()

	cli, err := client.NewClient(echoservice.Messages(),
		client.WithDestService("Echo"),
		client.WithHostPorts(listener.Addr().String()),
		client.WithTransportProtocol(transport.Framed))
	if err != nil {
		return err
	}
	reply, err := echoservice.CallMessages(context.Background(), cli, &echo.Request{Text: "Kitex"})
	if err != nil {
		return err
	}
	fmt.Println(reply.Text)
	stats := tagwire.Stats()
	fmt.Println("encoded by Tagwire:", stats.NativeCalls+stats.ReflectCalls > 0)
	return srv.Stop()
}

func greet(_ context.Context, request *echo.Request) (*echo.Reply, error) {
	return &echo.Reply{Text: "Hello, " + request.Text}, nil
}
