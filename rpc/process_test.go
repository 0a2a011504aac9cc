package rpc_test

import (
	"context"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"runtime"
	"runtime/debug"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tagwire/tagwire/fuzz/effort"
	"github.com/tagwire/tagwire/rpc"
)

// childVariable names the child that a process of this test is.
const childVariable = "TAGWIRE_RPC_CHILD"

// children are what a process does in place of the tests: it prints "well" if all is well.
var children = map[string]func() error{
	"restarts":    restarts,
	"descriptors": withoutDescriptors,
	"poisoned":    poisoned,
}

func TestMain(m *testing.M) {
	if child := children[os.Getenv(childVariable)]; child != nil {
		if err := child(); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		fmt.Println("well")
		os.Exit(0)
	}
	flag.Parse()
	os.Exit(runAll(m))
}

// runChild runs a child and checks that all is well, and that it writes nothing else.
func runChild(t *testing.T, name string, environment ...string) {
	t.Helper()
	command := exec.Command(os.Args[0])
	if emulator := os.Getenv(effort.Emulator); emulator != "" {
		command = exec.Command(emulator, os.Args[0])
	}
	command.Env = append(append(os.Environ(), childVariable+"="+name), environment...)
	output, err := command.CombinedOutput()
	if err != nil || strings.TrimSpace(string(output)) != "well" {
		text := string(output)
		t.Fatalf("%v\n%s", err, text[:min(len(text), 4000)])
	}
}

var discard = slog.New(slog.NewTextHandler(io.Discard, nil))

// start runs a server in a child. It logs nothing unless an option says so.
func start(services []*rpc.Service, options ...rpc.ServerOption) (server *rpc.Server, address string, done chan error, err error) {
	server = rpc.NewServer(append([]rpc.ServerOption{rpc.WithLogger(discard)}, options...)...)
	for _, svc := range services {
		if err := server.Register(svc); err != nil {
			return nil, "", nil, err
		}
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, "", nil, err
	}
	done = make(chan error, 1)
	go func() { done <- server.Serve(listener) }()
	return server, listener.Addr().String(), done, nil
}

// restartTime is how long servers come and go.
const (
	restartTime     = 10 * time.Second
	slowRestartTime = 20 * time.Second // where fewer servers come in that time
	longRestartTime = 5 * time.Minute
)

// TestRestartsUnderLoad: while a server is busy with messages of all sizes, others in the process come, are called, and go, and
// the collector runs all the time and overwrites what it frees: nothing refers to what is gone.
func TestRestartsUnderLoad(t *testing.T) {
	duration := restartTime
	switch {
	case *long:
		duration = longRestartTime
	case effort.Reduced():
		duration = slowRestartTime
	}
	t.Parallel() // it is a process of its own
	runChild(t, "restarts", "GODEBUG=clobberfree=1", "GOGC=20", "TAGWIRE_RESTARTS="+duration.String())
}

func restarts() error {
	duration, err := time.ParseDuration(os.Getenv("TAGWIRE_RESTARTS"))
	if err != nil {
		return err
	}
	debug.SetGCPercent(20)
	ctx, cancel := context.WithTimeout(context.Background(), duration)
	defer cancel()
	_, busy, _, err := start(echo())
	if err != nil {
		return err
	}
	client, err := rpc.NewClient(rpc.WithAddresses(busy), rpc.WithPool(40, time.Minute), rpc.WithTimeout(patience), rpc.WithConnectTimeout(patience))
	if err != nil {
		return err
	}
	failures := make(chan error, 100)
	fail := func(err error) {
		select {
		case failures <- err:
		default:
		}
	}
	var group sync.WaitGroup
	work := func(count int, step func(i int) error) {
		for i := range count {
			group.Add(1)
			go func() {
				defer group.Done()
				for ctx.Err() == nil {
					if err := step(i); err != nil {
						fail(err)
						return
					}
				}
			}()
		}
	}
	// Ordinary calls.
	work(16, func(i int) error {
		text := strings.Repeat(string(rune('a'+i)), 1000+i*70_000)
		reply, err := callEcho(client, text)
		if err == nil && reply.Text != text {
			err = fmt.Errorf("the reply is not what was sent")
		}
		return err
	})
	// Large messages of unknown methods, on connections that come and go.
	large := frame(envelope(typeCall, "Nowhere", 1, make([]byte, 15<<20)))
	work(2, func(int) error {
		conn, err := net.Dial("tcp", busy)
		if err != nil {
			return err
		}
		defer conn.Close()
		if _, err := conn.Write(large); err == nil {
			_, _ = conn.Read(make([]byte, 100))
		}
		time.Sleep(20 * time.Millisecond)
		return nil
	})
	work(1, func(int) error {
		runtime.GC()
		time.Sleep(time.Millisecond)
		return nil
	})
	var rounds atomic.Int64
	work(2, func(int) error {
		server, address, done, err := start(echo())
		if err != nil {
			return err
		}
		var conns []net.Conn
		for range 4 {
			if conn, err := net.Dial("tcp", address); err == nil {
				conns = append(conns, conn)
			}
		}
		shutdown, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
		defer cancel()
		if rounds.Add(1)%2 == 0 {
			_ = server.Shutdown(shutdown)
		} else {
			_ = server.Close()
		}
		for _, conn := range conns {
			_ = conn.Close()
		}
		return <-done
	})
	group.Wait()
	if rounds.Load() < 10 {
		fail(fmt.Errorf("only %d servers have come and gone", rounds.Load()))
	}
	select {
	case err := <-failures:
		return err
	default:
		return client.Close()
	}
}
