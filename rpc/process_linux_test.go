package rpc_test

import (
	"errors"
	"fmt"
	"net"
	"os"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tagwire/tagwire/rpc"
)

// TestDescriptorsRunOut: a server that has no descriptors left goes on serving the connections that it has, at no cost, takes
// new ones when there are some again, also the second time, and can be shut down meanwhile without a trace. It logs a line a
// second.
func TestDescriptorsRunOut(t *testing.T) {
	t.Parallel() // it is a process of its own
	runChild(t, "descriptors")
}

func withoutDescriptors() error {
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &syscall.Rlimit{Cur: 128, Max: 128}); err != nil {
		return err
	}
	log, started := &quiet{}, time.Now()
	server, address, done, err := start(echo(), rpc.WithLogger(log.logger()))
	if err != nil {
		return err
	}
	old, err := rpc.NewClient(rpc.WithAddresses(address), rpc.WithConnectTimeout(patience))
	if err != nil {
		return err
	}
	if _, err := callEcho(old, "before"); err != nil {
		return err
	}
	goroutines := runtime.NumGoroutine()
	for round := range 3 {
		conns := exhaust(address)
		if len(conns) < 20 {
			return fmt.Errorf("only %d connections could be made", len(conns))
		}
		used := processTime()
		time.Sleep(500 * time.Millisecond)
		if used = processTime() - used; used > 100*time.Millisecond {
			return fmt.Errorf("waiting for descriptors takes %v of half a second", used)
		}
		if n := runtime.NumGoroutine(); n > goroutines+200 {
			return fmt.Errorf("there are %d goroutines", n)
		}
		if _, err := callEcho(old, "meanwhile"); err != nil {
			return fmt.Errorf("round %d: a connection that is there: %w", round, err)
		}
		for _, conn := range conns {
			_ = conn.Close()
		}
		fresh, err := rpc.NewClient(rpc.WithAddresses(address), rpc.WithTimeout(patience), rpc.WithConnectTimeout(patience))
		if err != nil {
			return err
		}
		if _, err := callEcho(fresh, "after"); err != nil {
			return fmt.Errorf("round %d: a new connection: %w", round, err)
		}
		_ = fresh.Close()
	}
	if n := strings.Count(log.String(), "accepting a connection failed"); n == 0 || n > 1+int(time.Since(started)/time.Second) {
		return fmt.Errorf("%d lines in %v:\n%s", n, time.Since(started), log)
	}
	conns := exhaust(address)
	_ = old.Close()
	_ = server.Close()
	if err := <-done; err != nil {
		return err
	}
	for _, conn := range conns {
		_ = conn.Close()
	}
	return othersAccept()
}

// TestDescriptorsRunOutAtFirst: the first connection of a process may get the last descriptor, so that there is none for what
// watches idle connections. It is made with a later one, and those cost no goroutine.
func TestDescriptorsRunOutAtFirst(t *testing.T) {
	t.Parallel() // it is a process of its own
	runChild(t, "lastDescriptor")
}

func init() { children["lastDescriptor"] = lastDescriptor }

func lastDescriptor() error {
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &syscall.Rlimit{Cur: 256, Max: 256}); err != nil {
		return err
	}
	server, address, done, err := start(echo())
	if err != nil {
		return err
	}
	var files []*os.File
	for {
		file, err := os.Open(os.DevNull)
		if err != nil {
			break
		}
		files = append(files, file)
	}
	for _, file := range files[:2] { // for both ends of the first connection
		_ = file.Close()
	}
	first, err := net.Dial("tcp", address)
	if err != nil {
		return err
	}
	if err := crowdCall(first, "first"); err != nil {
		return err
	}
	for _, file := range files[2:] {
		_ = file.Close()
	}
	goroutines, conns := runtime.NumGoroutine(), []net.Conn{first}
	for range 60 {
		conn, err := net.Dial("tcp", address)
		if err != nil {
			return err
		}
		if err := crowdCall(conn, "later"); err != nil {
			return err
		}
		conns = append(conns, conn)
	}
	err = reach(func() error {
		if n := runtime.NumGoroutine(); n > goroutines+10 {
			return fmt.Errorf("there are %d goroutines, and before there were %d", n, goroutines)
		}
		return nil
	})
	for _, conn := range conns {
		err = errors.Join(err, crowdCall(conn, "again"), conn.Close())
	}
	return errors.Join(err, server.Close(), <-done)
}

// exhaust makes connections until there are no descriptors left.
func exhaust(address string) (conns []net.Conn) {
	for {
		conn, err := net.DialTimeout("tcp", address, patience)
		if err != nil {
			return conns
		}
		conns = append(conns, conn)
	}
}

func processTime() time.Duration {
	var r syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &r)
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}

// othersAccept checks that listeners, which get the numbers of descriptors that a server had, get all their connections.
func othersAccept() error {
	for range 20 {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return err
		}
		for range 20 {
			far, err := net.Dial("tcp", listener.Addr().String())
			if err != nil {
				return err
			}
			_ = listener.(*net.TCPListener).SetDeadline(time.Now().Add(patience))
			near, err := listener.Accept()
			if err != nil {
				return errors.Join(err, errors.New("somebody else has accepted a connection"))
			}
			_ = near.Close()
			_ = far.Close()
		}
		_ = listener.Close()
	}
	return nil
}

// TestKeepAlive: connections are probed when nothing happens on them, on both sides, so that a peer that has vanished is
// noticed: the kernel has set that timer for both.
func TestKeepAlive(t *testing.T) {
	noLeaks(t)
	server := serve(t, echo())
	_, err := callEcho(connect(t, server.address), "x")
	require.NoError(t, err)
	_, port, err := net.SplitHostPort(server.address)
	require.NoError(t, err)
	number, err := strconv.Atoi(port)
	require.NoError(t, err)
	const established, keepAlive = "01", "02:"
	settle(t, func() string {
		table, err := os.ReadFile("/proc/self/net/tcp")
		require.NoError(t, err)
		probed := 0
		for _, line := range strings.Split(string(table), "\n") {
			fields := strings.Fields(line)
			if len(fields) < 6 || !strings.Contains(fields[1]+fields[2], fmt.Sprintf(":%04X", number)) || fields[3] != established {
				continue
			}
			if strings.HasPrefix(fields[5], keepAlive) {
				probed++
			}
		}
		if probed != 2 {
			return "not both ends are probed"
		}
		return ""
	})
}

// portsOf returns the TCP ports at both ends of the socket of a descriptor, 0 where there is none.
func portsOf(descriptor int) (local, remote int) {
	port := func(address syscall.Sockaddr, _ error) int {
		if inet, ok := address.(*syscall.SockaddrInet4); ok {
			return inet.Port
		}
		return 0
	}
	return port(syscall.Getsockname(descriptor)), port(syscall.Getpeername(descriptor))
}
