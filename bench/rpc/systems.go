package main

import (
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tagwire/tagwire/rpc"
)

const (
	// callerCount is how many calls are under way at any time.
	callerCount = 100
	// messageSize is the length of the text that is sent and comes back.
	messageSize = 1 << 10
)

// message is what every call sends.
var message = strings.Repeat("0123456789abcdef", messageSize/16)

// A system is something that answers calls.
type system struct {
	name string
	// own: one of ours, which the checks are about.
	own bool
	// ceiling names the system with the same bytes and no RPC; ceiling itself if empty.
	ceiling string
	// serve starts the server on a free port and returns its address.
	serve func() (address string, err error)
	// connect opens the connections of all callers.
	connect func(address string) (runner, error)
}

// A runner makes calls, callerCount at a time, for a while, and returns how many were answered.
type runner func(duration time.Duration) (calls int, err error)

// The ceiling is what the others are compared with: the same bytes with no RPC at all.
const (
	ceiling        = "ceiling"
	complexCeiling = "complex-ceiling"
)

// systems are in the order of the table. Those of the complex call come last.
var systems = []system{
	{name: ceiling, serve: serveCeiling(messageSize), connect: connectCeiling(message)},
	{name: "grpc", serve: serveGRPC, connect: connectGRPC},
	{name: "apache", serve: serveApache, connect: connectApache},
	{name: "tagwire-framed", own: true, serve: serveOwn, connect: connectOwn(rpc.Framed, message)},
	{name: "tagwire-ttheader", own: true, serve: serveOwn, connect: connectOwn(rpc.TTHeader, message)},
	{name: "contract-framed", serve: serveContract, connect: connectOwn(rpc.Framed, message)},
	{name: "contract-ttheader", serve: serveContract, connect: connectOwn(rpc.TTHeader, message)},
	{name: "mux", serve: serveOwn, connect: connectOwn(rpc.TTHeader, message, rpc.WithConnections(rpc.Multiplexed))},
	{name: complexCeiling, serve: serveCeiling(len(complexBytes)), connect: connectCeiling(complexBytes)},
	{name: "complex-framed", ceiling: complexCeiling, serve: serveComplex(), connect: connectComplex(rpc.Framed, false)},
	{name: "complex-ttheader", ceiling: complexCeiling, serve: serveComplex(), connect: connectComplex(rpc.TTHeader, false)},
	{name: "reuse-framed", ceiling: complexCeiling, serve: serveComplex(rpc.WithRequestReuse()), connect: connectComplex(rpc.Framed, true)},
	{name: "reuse-ttheader", ceiling: complexCeiling, serve: serveComplex(rpc.WithRequestReuse()), connect: connectComplex(rpc.TTHeader, true)},
	{name: "complex-mux", ceiling: complexCeiling, serve: serveComplex(),
		connect: connectComplex(rpc.TTHeader, false, rpc.WithConnections(rpc.Multiplexed))},
	{name: "text-framed", ceiling: complexCeiling, serve: serveOwn, connect: connectOwn(rpc.Framed, complexBytes)},
	{name: "text-ttheader", ceiling: complexCeiling, serve: serveOwn, connect: connectOwn(rpc.TTHeader, complexBytes)},
}

func systemOf(name string) (system, error) {
	for _, s := range systems {
		if s.name == name {
			return s, nil
		}
	}
	return system{}, fmt.Errorf("no system %q", name)
}

// callers makes a runner of functions that make one call each, by one goroutine for each caller. A call's answer is
// compared with what was sent.
func callers[M any](message M, compare func(message, reply M) error, connect func() (call func(M) (M, error), err error)) (runner, error) {
	var calls [callerCount]func(M) (M, error)
	for i := range calls {
		var err error
		if calls[i], err = connect(); err != nil {
			return nil, err
		}
	}
	return func(duration time.Duration) (int, error) {
		var stop atomic.Bool
		var answered atomic.Int64
		var failure atomic.Pointer[error]
		var group sync.WaitGroup
		for _, call := range calls {
			group.Go(func() {
				count := 0
				for !stop.Load() {
					reply, err := call(message)
					if err == nil {
						err = compare(message, reply)
					}
					if err != nil {
						failure.Store(&err)
						stop.Store(true)
						break
					}
					count++
				}
				answered.Add(int64(count))
			})
		}
		timer := time.AfterFunc(duration, func() { stop.Store(true) })
		defer timer.Stop()
		group.Wait()
		if err := failure.Load(); err != nil {
			return 0, *err
		}
		return int(answered.Load()), nil
	}, nil
}

// textCallers are callers that send a text.
func textCallers(message string, connect func() (call func(string) (string, error), err error)) (runner, error) {
	return callers(message, func(message, reply string) error {
		if reply != message {
			return fmt.Errorf("the answer to %d bytes is another text of %d", len(message), len(reply))
		}
		return nil
	}, connect)
}
