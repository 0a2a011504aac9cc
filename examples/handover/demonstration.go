package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/tagwire/tagwire/rpc"
)

// demonstrate has a server hand over a number of times while clients call it.
func demonstrate(out io.Writer, times int) error {
	address, err := startServer()
	if err != nil {
		return err
	}
	client, err := rpc.NewClient(rpc.WithAddresses(address), rpc.WithTransport(rpc.TTHeader), rpc.WithConnections(rpc.Multiplexed))
	if err != nil {
		return err
	}
	defer client.Close()
	var calls, failed, process atomic.Int64
	var stop atomic.Bool
	var callers sync.WaitGroup
	for range 20 {
		callers.Add(1)
		go func() {
			defer callers.Done()
			for !stop.Load() {
				calls.Add(1)
				if reply, err := rpc.Call[rpc.Void, Process](context.Background(), client, "process", nil); err != nil {
					failed.Add(1)
				} else {
					process.Store(reply.ID)
				}
			}
		}()
	}
	for range times {
		if err := replace(&process); err != nil {
			return err
		}
	}
	stop.Store(true)
	callers.Wait()
	if err := tell(process.Load(), syscall.SIGTERM); err != nil {
		return err
	}
	fmt.Fprintf(out, "%d times another process took over; %d calls failed\n", times, failed.Load())
	if calls.Load() == 0 || !ends(address) {
		return errors.New("no call was made, or the last process does not end")
	}
	return nil
}

// startServer starts this program as a server and returns its address. The process ends when another takes over.
func startServer() (address string, err error) {
	program, err := os.Executable()
	if err != nil {
		return "", err
	}
	server := exec.Command(program, "-serve=127.0.0.1:0")
	server.Stderr = os.Stderr
	output, err := server.StdoutPipe()
	if err == nil {
		err = server.Start()
	}
	if err != nil {
		return "", err
	}
	go func() { _ = server.Wait() }()
	address, err = bufio.NewReader(output).ReadString('\n')
	return strings.TrimSpace(address), err
}

// patience is how long something may take.
const patience = 10 * time.Second

// replace tells the process that answers calls to hand over, and waits until only another one does.
func replace(process *atomic.Int64) error {
	before := process.Load()
	for end := time.Now().Add(patience); before == 0; before = process.Load() {
		if time.Now().After(end) {
			return errors.New("no process answers")
		}
		time.Sleep(time.Millisecond)
	}
	if err := tell(before, syscall.SIGHUP); err != nil {
		return err
	}
	others := 0
	for end := time.Now().Add(patience); others < 100; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			return errors.New("no other process takes over")
		}
		if others++; process.Load() == before {
			others = 0
		}
	}
	return nil
}

func tell(process int64, s os.Signal) error {
	p, err := os.FindProcess(int(process))
	if err != nil {
		return err
	}
	return p.Signal(s)
}

// ends reports that nothing listens on an address any more.
func ends(address string) bool {
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(time.Millisecond) {
		conn, err := net.Dial("tcp", address)
		if err != nil {
			return true
		}
		_ = conn.Close()
	}
	return false
}
