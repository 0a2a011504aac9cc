package rpc_test

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"net"
	"os"
	"runtime"
	"runtime/pprof"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tagwire/tagwire/fuzz/effort"
	"github.com/tagwire/tagwire/rpc"
)

// usualTests and slowTests are how many tests that wait run at once, unless the flag -parallel says how many: few where they are slow,
// so that their deadlines hold.
const (
	usualTests = 8
	slowTests  = 3
)

// runAll runs the tests, and checks that those which ran beside others have left nothing behind.
func runAll(m *testing.M) (code int) {
	given := map[string]bool{}
	flag.Visit(func(f *flag.Flag) { given[f.Name] = true })
	if !given["test.parallel"] {
		if err := flag.Set("test.parallel", strconv.Itoa(effort.Of(usualTests, slowTests))); err != nil {
			panic(err)
		}
	}
	warmUp()
	before := holding()
	if code = m.Run(); code != 0 || given["test.fuzz"] { // what package testing starts for fuzzing stays
		return code
	}
	if fault := await(before.left); fault != "" {
		fmt.Printf("all tests have passed, but %s\nwith -parallel 1, the test that leaves something fails\n", fault)
		return 1
	}
	return 0
}

// holdings is what the process has.
type holdings struct {
	goroutines, descriptors int
	heap                    uint64
}

func holding() holdings { return holdings{runtime.NumGoroutine(), openDescriptors(), heapInUse()} }

// left says what the process has now that it did not have before, or returns "".
func (before holdings) left() string {
	if runtime.NumGoroutine() > before.goroutines {
		return "goroutines are left:\n" + strings.Join(goroutines(), "\n\n")
	}
	if openDescriptors() > before.descriptors {
		return "descriptors are left"
	}
	if left := heapInUse(); left > before.heap+leftover {
		return fmt.Sprintf("%d bytes of memory are left", left-before.heap)
	}
	return ""
}

// leftover is what a test may leave on the heap: pooled buffers and caches, no message of the larger tests.
const leftover = 8 << 20

// heapInUse returns the bytes of live objects. The second collection empties the pools.
func heapInUse() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// besideOthers holds the names of tests that called parallel.
var besideOthers sync.Map

// parallel has a test run beside others, which is for tests that mostly wait. They must not change or measure what the process has as
// a whole, need nothing to succeed within a short time, open no more than hundreds of connections, and not connect to a port that nobody
// is to listen at any more, because another test may. It is called first, before noLeaks, and in place of t.Parallel.
func parallel(t *testing.T) {
	t.Helper()
	t.Parallel()
	if flag.Lookup("test.parallel").Value.String() != "1" {
		besideOthers.Store(t.Name(), true)
	}
}

// noLeaks makes a test fail that leaves goroutines, descriptors or memory behind. It must come before anything that the test starts,
// so that it is looked at last. Of a test that runs beside others it finds goroutines that the test's have started, and
// connections of the test's servers: the rest is found when all tests have ended.
func noLeaks(t testing.TB) {
	t.Helper()
	if whole, _, _ := strings.Cut(t.Name(), "/"); !isParallel(whole) {
		before := holding()
		t.Cleanup(func() { settle(t, before.left) })
		return
	}
	setLabel(pprof.Labels(testLabel, t.Name()))
	t.Cleanup(func() {
		setLabel(pprof.Labels()) // this goroutine is not left behind
		settle(t, func() string {
			if left := goroutinesOf(t.Name()); len(left) > 0 {
				return "goroutines are left:\n" + strings.Join(left, "\n\n")
			}
			if left := socketsOf(t.Name()); left > 0 {
				return fmt.Sprintf("%d descriptors are left", left)
			}
			return ""
		})
	})
}

func isParallel(test string) bool {
	_, ok := besideOthers.Load(test)
	return ok
}

// testLabel is the label of goroutines that names their test. Goroutines that one starts have it, too.
const testLabel = "test"

func setLabel(labels pprof.LabelSet) {
	pprof.SetGoroutineLabels(pprof.WithLabels(context.Background(), labels))
}

// goroutines returns a text for each stack of goroutines, with their labels.
func goroutines() []string {
	var profile bytes.Buffer
	if err := pprof.Lookup("goroutine").WriteTo(&profile, 1); err != nil {
		panic(err)
	}
	return strings.Split(strings.TrimSpace(profile.String()), "\n\n")
}

// goroutinesOf returns the stacks of goroutines that a test has started, or a test below it.
func goroutinesOf(test string) (stacks []string) {
	label := strconv.Quote(testLabel) + ":" + strings.TrimSuffix(strconv.Quote(test), `"`)
	for _, stack := range goroutines() {
		if strings.Contains(stack, label+`"`) || strings.Contains(stack, label+"/") {
			stacks = append(stacks, stack)
		}
	}
	return stacks
}

// TestLeaksAreFound: noLeaks finds what a test that runs beside others leaves behind.
func TestLeaksAreFound(t *testing.T) {
	noLeaks(t)
	t.Run("goroutine", func(t *testing.T) {
		end := make(chan struct{})
		t.Run(`named "so"`, func(t *testing.T) {
			setLabel(pprof.Labels(testLabel, t.Name()))
			go func() { go func() { <-end }() }()
		})
		settle(t, func() string {
			if left := goroutinesOf(t.Name()); len(left) != 1 || !strings.Contains(left[0], "TestLeaksAreFound.func1") {
				return fmt.Sprintf("%d stacks: %s", len(left), left)
			}
			return ""
		})
		require.Empty(t, goroutinesOf(t.Name()+"/named"))
		close(end)
		settle(t, func() string { return strings.Join(goroutinesOf(t.Name()), "\n\n") })
	})
	t.Run("descriptor", func(t *testing.T) {
		if runtime.GOOS != "linux" {
			return // which descriptors there are is not known
		}
		listener := listen(t)
		belongs(t, listener)
		conn := dial(t, listener.Addr().String())
		other, err := listener.Accept()
		require.NoError(t, err)
		require.Equal(t, 3, socketsOf(t.Name()))
		require.Zero(t, socketsOf("TestLeaks"))
		require.NoError(t, errors.Join(listener.Close(), other.Close()))
		require.Equal(t, 1, socketsOf(t.Name()))
		require.NoError(t, conn.Close())
		require.Zero(t, socketsOf(t.Name()))
	})
}

// openDescriptors returns how many sockets the process has, where the system tells.
func openDescriptors() int { return len(openSockets()) }

// openSockets returns the descriptors that are sockets.
func openSockets() (descriptors []int) {
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return nil
	}
	for _, e := range entries {
		if target, err := os.Readlink("/proc/self/fd/" + e.Name()); err == nil && strings.HasPrefix(target, "socket:") {
			if descriptor, err := strconv.Atoi(e.Name()); err == nil {
				descriptors = append(descriptors, descriptor)
			}
		}
	}
	return descriptors
}

// owners are the names of the tests that listen at a port.
var owners sync.Map

// belongs notes that the listener is the test's.
func belongs(t testing.TB, listener net.Listener) {
	if address, ok := listener.Addr().(*net.TCPAddr); ok {
		owners.Store(address.Port, t.Name())
	}
}

// socketsOf counts the sockets of the process that are listeners of a test, or of one below it, or connections to these, at either end.
// A port that was a listener's may be the port of another test's client later: what two tests may own is not counted.
func socketsOf(test string) (n int) {
	for _, descriptor := range openSockets() {
		own, foreign := 0, 0
		local, remote := portsOf(descriptor)
		for _, port := range []int{local, remote} {
			if owner, ok := owners.Load(port); ok && (owner == test || strings.HasPrefix(owner.(string), test+"/")) {
				own++
			} else if ok {
				foreign++
			}
		}
		if own > 0 && foreign == 0 {
			n++
		}
	}
	return n
}

// warmUp starts what this package, package net's resolver and the breakers start once and for all.
func warmUp() {
	svc := rpc.NewService("Warm")
	rpc.Handle(svc, "Up", func(context.Context, *rpc.Void) (*rpc.Void, error) { return nil, nil })
	server := rpc.NewServer()
	if err := server.Register(svc); err != nil {
		panic(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	done := make(chan error)
	go func() { done <- server.Serve(listener) }()
	client, err := rpc.NewClient(rpc.WithAddresses(listener.Addr().String()), rpc.WithConnections(rpc.Short),
		rpc.WithConnectTimeout(patience), rpc.WithBreaker(rpc.Breaker{}))
	if err != nil {
		panic(err)
	}
	if _, err := rpc.Call[rpc.Void, rpc.Void](context.Background(), client, "Up", nil); err != nil {
		panic(err)
	}
	_ = client.Close()
	_ = server.Close()
	<-done
	// Goroutines that have nothing more to do take a moment to end.
	for before := runtime.NumGoroutine(); ; {
		time.Sleep(5 * time.Millisecond)
		now := runtime.NumGoroutine()
		if now >= before {
			return
		}
		before = now
	}
}
