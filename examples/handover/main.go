// Handover replaces a running server by a new process that inherits its listener. No call is lost. See README.md.
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
	"time"

	"github.com/tagwire/tagwire/rpc"
)

func main() {
	log.SetFlags(0)
	address := flag.String("serve", "", "serve on an `address`; SIGHUP hands over to a new process, SIGTERM ends")
	flag.Parse()
	err := error(nil)
	if *address == "" {
		err = demonstrate(os.Stdout, 3)
	} else {
		err = serve(*address)
	}
	if err != nil {
		log.Fatal(err)
	}
}

// Process is a server.
type Process struct {
	ID int64 `frugal:"1"`
}

// The descriptors that a new process inherits, and the variable that says so.
const (
	listenerDescriptor = 3
	readyDescriptor    = 4 // a byte is written to it when the process serves
	inherited          = "HANDOVER_INHERITED"
)

// serve serves until it is told to end, or another process serves in its place.
func serve(address string) error {
	listener, err := listen(address)
	if err != nil {
		return err
	}
	service := rpc.NewService("Handover")
	rpc.Handle(service, "process", func(context.Context, *rpc.Void) (*Process, error) { return &Process{int64(os.Getpid())}, nil })
	server := rpc.NewServer()
	if err := server.Register(service); err != nil {
		return err
	}
	told := make(chan os.Signal, 1)
	signal.Notify(told, syscall.SIGHUP, syscall.SIGTERM, os.Interrupt)
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	if os.Getenv(inherited) == "" {
		fmt.Println(listener.Addr())
	} else if err := sayReady(); err != nil {
		return err
	}
	for {
		select {
		case err := <-served:
			return err
		case s := <-told:
			if s == syscall.SIGHUP {
				if err := handOver(listener); err != nil {
					log.Print(err) // and it goes on
					continue
				}
			}
			patience, done := context.WithTimeout(context.Background(), 10*time.Second)
			defer done()
			return server.Shutdown(patience)
		}
	}
}

// listen returns the listener of the process before this one, or a new one.
func listen(address string) (*net.TCPListener, error) {
	listener, err := net.Listener(nil), error(nil)
	if os.Getenv(inherited) == "" {
		listener, err = net.Listen("tcp", address)
	} else {
		file := os.NewFile(listenerDescriptor, "listener")
		listener, err = net.FileListener(file) // which has a descriptor of its own
		_ = file.Close()
	}
	if err != nil {
		return nil, err
	}
	return listener.(*net.TCPListener), nil
}

func sayReady() error {
	ready := os.NewFile(readyDescriptor, "ready")
	defer ready.Close()
	_, err := ready.Write([]byte{1})
	return err
}

// handOver starts this program again, and returns when the new process serves. Both accept connections until this one shuts down.
func handOver(listener *net.TCPListener) error {
	program, err := os.Executable()
	if err != nil {
		return err
	}
	file, err := listener.File()
	if err != nil {
		return err
	}
	defer file.Close()
	ready, readied, err := os.Pipe()
	if err != nil {
		return err
	}
	defer ready.Close()
	next := exec.Command(program, os.Args[1:]...)
	next.Env = append(os.Environ(), inherited+"=1")
	next.Stdout, next.Stderr = os.Stdout, os.Stderr
	next.ExtraFiles = []*os.File{file, readied}
	err = next.Start()
	_ = readied.Close() // so that Read ends with the process
	if err != nil {
		return err
	}
	if err := ready.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
		return err
	}
	if _, err := ready.Read(make([]byte, 1)); err != nil {
		_ = next.Process.Kill()
		_ = next.Wait()
		return fmt.Errorf("the new process does not serve: %w", err)
	}
	return next.Process.Release()
}
