// Grpc serves a contract over gRPC and calls it, in one process, or serves it for others. See README.md.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/tagwire/tagwire/rpc"
	"github.com/tagwire/tagwire/rpc/grpc/health"
)

// serviceName is that of the service, with its package.
const serviceName = "weather.Stations"

func main() {
	address := flag.String("listen", "", "serve on this address, such as 127.0.0.1:9090, until interrupted")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Stdout, *address)
	stop()
	if err != nil {
		log.Fatal(err)
	}
}

// newServer returns the server of the example, which also tells tools what it serves, and whether it does.
func newServer() (*rpc.Server, error) {
	svc := rpc.NewService(serviceName)
	rpc.Implement[Stations](svc, &memory{byStation: map[string][]*Reading{}}, rpc.Protobuf())
	server := rpc.NewServer(rpc.WithReflection(), rpc.WithHealth(health.New()))
	return server, server.Register(svc)
}

// run serves on address until ctx ends, or without one serves and calls.
func run(ctx context.Context, out io.Writer, address string) (err error) {
	server, err := newServer()
	if err != nil {
		return err
	}
	on := address
	if on == "" {
		on = "127.0.0.1:0"
	}
	listener, err := net.Listen("tcp", on)
	if err != nil {
		return err
	}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	if address == "" {
		err = call(out, listener.Addr().String())
	} else {
		fmt.Fprintln(out, "serving on", listener.Addr())
		select {
		case <-ctx.Done():
		case err := <-served:
			return err
		}
	}
	return errors.Join(err, shutDown(server), <-served)
}

// shutDown lets calls that are under way end.
func shutDown(server *rpc.Server) error {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	return server.Shutdown(ctx)
}
