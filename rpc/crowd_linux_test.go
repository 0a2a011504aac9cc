package rpc_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/tagwire/tagwire/rpc"
)

// What a connection may cost a server that nothing happens on, in bytes of Go's memory, and how many goroutines more a server
// may have than without connections, however many there are: those that serve a call come and go. Most of what TLS costs is
// crypto/tls's buffer for the largest record that has arrived.
const (
	idleCost    = 6 << 10
	idleTLSCost = 48 << 10
	idleRest    = 20
)

// Variables of the children that serve a crowd of connections, and that make one.
const (
	crowdSize    = "TAGWIRE_CROWD"
	crowdTLS     = "TAGWIRE_CROWD_TLS"
	crowdAddress = "TAGWIRE_CROWD_ADDRESS"
)

func init() {
	children["crowd"], children["crowdPeer"] = crowd, crowdPeer
	children["waves"], children["wavesPeer"] = waves, wavesPeer
}

// runCrowd runs the child "crowd" with as many connections as count says, or as the hard limit of descriptors allows, which the
// runtime makes the limit of each process.
func runCrowd(t *testing.T, count int, environment ...string) {
	t.Helper()
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	const others = 200
	if limit.Max < uint64(count)+others {
		count = max(1, int(limit.Max)-others)
		t.Logf("the system allows %d descriptors, so there are %d connections only", limit.Max, count)
	}
	runChild(t, "crowd", append(environment, crowdSize+"="+strconv.Itoa(count))...)
}

// TestIdleConnections: connections of another process on which nothing happens cost a server no goroutine and little memory,
// also after a call, are served when something does happen, and leave nothing behind.
func TestIdleConnections(t *testing.T) {
	t.Parallel() // it is a process of its own
	count := 2000
	if *long {
		count = 10_000
	}
	runCrowd(t, count)
}

// TestIdleConnectionsOverTLS is the same for connections that have TLS, whose state takes memory of its own.
func TestIdleConnectionsOverTLS(t *testing.T) {
	t.Parallel()
	count := 300
	if *long {
		count = 2000
	}
	runCrowd(t, count, crowdTLS+"=1")
}

// TestWavesOfConnections: connections that come in great numbers and are dropped, in all states that a peer can leave them in,
// leave nothing behind.
func TestWavesOfConnections(t *testing.T) {
	t.Parallel()
	count := 4000
	if *long {
		count = 20_000
	}
	runChild(t, "waves", crowdSize+"="+strconv.Itoa(count))
}

// usage is what a process has.
type usage struct {
	goroutines, descriptors int
	memory                  int64 // of the heap and of stacks
}

func use() usage {
	runtime.GC()
	runtime.GC() // which empties pools
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return usage{runtime.NumGoroutine(), openDescriptors(), int64(m.HeapInuse + m.StackInuse)}
}

// reach waits until check returns nil, or returns what it says.
func reach(check func() error) (err error) {
	for end := time.Now().Add(2 * patience); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if err = check(); err == nil {
			return nil
		}
	}
	return err
}

// host is a server in a child.
type host struct {
	server  *rpc.Server
	address string
	done    chan error
	stats   rpc.Stats
	before  usage // when it had no connection
	count   int
}

func startHost(options ...rpc.ServerOption) (h *host, err error) {
	h = &host{}
	if h.count, err = strconv.Atoi(os.Getenv(crowdSize)); err != nil {
		return nil, err
	}
	if os.Getenv(crowdTLS) != "" {
		options = append(options, rpc.WithTLS(serverTLS()))
	}
	options = append(options, rpc.WithInterceptors(h.stats.Interceptor()))
	if h.server, h.address, h.done, err = start(echo(), options...); err != nil {
		return nil, err
	}
	conn, err := crowdDial(0, h.address)
	if err != nil {
		return nil, err
	}
	if err := errors.Join(crowdCall(conn, "warm"), conn.Close()); err != nil {
		return nil, err
	}
	if err := reach(func() error { return h.open(0) }); err != nil {
		return nil, err
	}
	h.before = use()
	return h, nil
}

// open checks how many connections there are.
func (h *host) open(wanted int) error {
	if n := h.stats.Snapshot().Open; n != int64(wanted) {
		return fmt.Errorf("%d connections are open, not %d", n, wanted)
	}
	return nil
}

// idle checks that all connections are there and cost what they may.
func (h *host) idle() error {
	if err := h.open(h.count); err != nil {
		return err
	}
	now, cost := use(), int64(idleCost)
	if os.Getenv(crowdTLS) != "" {
		cost = idleTLSCost
	}
	if now.goroutines > h.before.goroutines+idleRest {
		return fmt.Errorf("there are %d goroutines for %d connections", now.goroutines, h.count)
	}
	if each := (now.memory - h.before.memory) / int64(h.count); each > cost {
		return fmt.Errorf("a connection takes %d bytes", each)
	}
	return nil
}

// end checks that connections which are gone have left nothing, ends the server, and checks that this leaves nothing, too.
func (h *host) end() error {
	err := reach(func() error {
		now := use()
		switch {
		case h.open(0) != nil:
			return h.open(0)
		case h.server.MemoryUsed() != 0:
			return fmt.Errorf("%d bytes are charged", h.server.MemoryUsed())
		case now.goroutines > h.before.goroutines, now.descriptors > h.before.descriptors, now.memory > h.before.memory+leftover:
			return fmt.Errorf("before there was %+v, and now %+v", h.before, now)
		}
		return nil
	})
	if err != nil {
		return err
	}
	if err := h.server.Shutdown(context.Background()); err != nil {
		return err
	}
	return <-h.done
}

// crowd is a server with many connections.
func crowd() error {
	h, err := startHost(rpc.WithLimits(rpc.Limits{MaxConnections: 1 << 20}))
	if err != nil {
		return err
	}
	peers, err := startPeers("crowdPeer", h.address)
	if err != nil {
		return err
	}
	for range 2 { // connections that are new, and those that have served a call
		if err := peers.step(); err != nil {
			return err
		}
		if err := reach(h.idle); err != nil {
			return err
		}
	}
	if err := peers.end(); err != nil {
		return err
	}
	return h.end()
}

// waveSize is how many connections of a wave there are at once.
const waveSize = 500

// waves is a server whose connections come and go. All of a wave are of one peer, so one that still counted when it has gone would
// keep another one out.
func waves() error {
	h, err := startHost(rpc.WithLimits(rpc.Limits{MaxConnections: 1 << 20, MaxConnectionsPerPeer: waveSize}))
	if err != nil {
		return err
	}
	peers, err := startPeers("wavesPeer", h.address)
	if err != nil {
		return err
	}
	opened := h.stats.Snapshot().Opened
	for range h.count / waveSize {
		if err := peers.step(); err != nil {
			return err
		}
		opened += waveSize
		err := reach(func() error {
			if got := h.stats.Snapshot(); got.Opened != opened || got.Refused != 0 {
				return fmt.Errorf("%d connections were opened, not %d, and %d refused", got.Opened, opened, got.Refused)
			}
			return h.open(0)
		})
		if err != nil {
			return err
		}
	}
	if err := peers.end(); err != nil {
		return err
	}
	return h.end()
}
