package rpc_test

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tagwire/tagwire/fuzz/effort"
	"github.com/tagwire/tagwire/rpc"
)

// cutter is a proxy that ends connections after any number of bytes in either direction, or stalls them, with a reset or without.
func cutter(t *testing.T, target string, seed uint64) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	belongs(t, listener)
	var group sync.WaitGroup
	var lock sync.Mutex
	open := map[net.Conn]bool{}
	ended := false
	group.Add(1)
	go func() {
		defer group.Done()
		for number := uint64(0); ; number++ {
			near, err := listener.Accept()
			if err != nil {
				return
			}
			far, err := net.Dial("tcp", target)
			lock.Lock()
			if err != nil || ended {
				_ = near.Close()
				lock.Unlock()
				continue
			}
			open[near], open[far] = true, true
			lock.Unlock()
			random := rand.New(rand.NewPCG(seed, number))
			bytes, reset, stalls := random.Int64N(1<<random.IntN(20)), random.IntN(2) == 0, random.IntN(4) == 0
			if number%8 == 7 {
				bytes = 1 << 18 // some carry many streams
			}
			end := sync.OnceFunc(func() {
				if stalls {
					time.Sleep(30 * time.Millisecond)
				}
				for _, conn := range []net.Conn{near, far} {
					if reset {
						_ = conn.(*net.TCPConn).SetLinger(0)
					}
					_ = conn.Close()
				}
				lock.Lock()
				defer lock.Unlock()
				delete(open, near)
				delete(open, far)
			})
			pass := func(to, from net.Conn, most int64) {
				defer group.Done()
				defer end()
				_, _ = io.CopyN(to, from, most)
			}
			group.Add(2)
			limits := []int64{1 << 40, 1 << 40}
			limits[random.IntN(2)] = bytes
			go pass(far, near, limits[0])
			go pass(near, far, limits[1])
		}
	}()
	t.Cleanup(func() {
		_ = listener.Close()
		lock.Lock()
		ended = true
		for conn := range open {
			_ = conn.Close()
		}
		lock.Unlock()
		group.Wait()
	})
	return listener.Addr().String()
}

// TestStreamFaults: streams over connections that are cut, reset and stalled end once each, with an error that says so; until then what
// was sent has come, in order. A stream that ends without an error has come whole.
func TestStreamFaults(t *testing.T) {
	noLeaks(t)
	svc := sumsService(&sums{})
	kinds := map[string][]rpc.ClientOption{
		"shared": {rpc.WithConnections(rpc.Multiplexed)}, "alone": {rpc.WithConnections(rpc.Pooled)}, "short": {rpc.WithConnections(rpc.Short)},
		"grpc": {rpc.WithTransport(rpc.GRPC), rpc.WithService("Sums")},
	}
	const workers = 8
	each := effort.Of(150, 30)
	if *long {
		each = 20_000 / workers / len(kinds)
	}
	for name, options := range kinds {
		t.Run(name, func(t *testing.T) {
			stats := &rpc.Stats{}
			server := serve(t, []*rpc.Service{svc}, rpc.WithInterceptors(stats.Interceptor()))
			_, sums := streamClient(t, cutter(t, server.address, 3), options...)
			var group sync.WaitGroup
			var whole, failed atomic.Int64
			for worker := range uint64(workers) {
				group.Add(1)
				go func() {
					defer group.Done()
					random := rand.New(rand.NewPCG(worker, 0))
					for range each {
						ctx, cancel := context.WithTimeout(context.Background(), time.Second)
						if err := faultyStream(ctx, sums, random); err == nil {
							whole.Add(1)
						} else if failed.Add(1); !expected(err) {
							t.Errorf("%T: %v", err, err)
						}
						cancel()
					}
				}()
			}
			group.Wait()
			t.Logf("%d streams came whole, %d ended with an error that was expected", whole.Load(), failed.Load())
			if whole.Load() == 0 || failed.Load() == 0 {
				t.Errorf("%d were whole, and %d failed", whole.Load(), failed.Load())
			}
			settle(t, func() string {
				if n := stats.Snapshot().Running; n != 0 {
					return fmt.Sprintf("%d handlers run", n)
				}
				return ""
			})
		})
	}
}

// expected reports that an error is one that a connection which ends may cause.
func expected(err error) bool {
	for _, code := range []rpc.Code{rpc.CodeClosed, rpc.CodeTimeout, rpc.CodeConnect} {
		if errors.Is(err, code) {
			return true
		}
	}
	return false
}

// faultyStream makes a call, and reports what is wrong with what has come.
func faultyStream(ctx context.Context, sums *Sums, random *rand.Rand) error {
	n := random.Int64N(300)
	if random.IntN(3) == 0 {
		sum, err := sums.Add(ctx, numbers(n))
		if err == nil && sum.Number != n*(n-1)/2 {
			return errors.New("another sum")
		}
		return err
	}
	stream := sums.Count(ctx, &Request{Number: n})
	if random.IntN(2) == 0 {
		stream = sums.Echo(ctx, numbers(n))
	}
	got, err := collect(stream)
	for i, number := range got {
		if number != int64(i) {
			return errors.New("not in order")
		}
	}
	if err == nil && int64(len(got)) != n {
		return fmt.Errorf("%d messages of %d, and no error", len(got), n)
	}
	return err
}

// TestStreamsOverTLS: connections that are none of package net carry streams as well.
func TestStreamsOverTLS(t *testing.T) {
	noLeaks(t)
	server := serve(t, []*rpc.Service{sumsService(&sums{})}, rpc.WithTLS(serverTLS()))
	for _, kind := range []rpc.ConnectionKind{rpc.Multiplexed, rpc.Pooled} {
		_, sums := streamClient(t, server.address, rpc.WithConnections(kind), rpc.WithTLS(&tls.Config{InsecureSkipVerify: true}))
		for _, n := range []int64{0, 1, 300} {
			got, err := collect(sums.Echo(context.Background(), numbers(n)))
			require.NoError(t, err)
			require.Len(t, got, int(n))
		}
		for range sums.Count(context.Background(), &Request{Number: 1 << 40}) {
			break
		}
	}
}
