package main

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tagwire/tagwire/rpc"
)

// A workload is a kind of call. Its rows are compared with each other.
type workload struct {
	name, title string
	callers     []int // how many call at once, in the complete series
	quick       bool  // measured by a quick run, with checkedCallers
	apart       int   // with so many callers each row is measured by itself, since all together would need too much memory; 0 for never
}

// checkedCallers is the number of callers that the checks are about.
const checkedCallers = 100

var workloads = []workload{
	{name: "echo", title: "a struct with 1 KiB of text", callers: []int{1, 10, 100, 1000}, quick: true},
	{name: "complex", title: "the complex call", callers: []int{1, 10, 100, 1000}, quick: true},
	{name: "64k", title: "a struct with 64 KiB of text", callers: []int{1, 10, 100, 1000}, quick: true},
	// 1,000 callers would have a GiB under way on each side.
	{name: "1m", title: "a struct with 1 MiB of text", callers: []int{1, 10, 100, 1000}, apart: 1000, quick: true},
	{name: "message", title: "1 KiB of text on a stream of each caller, and its echo", callers: []int{1, 10, 100, 1000}, quick: true},
	{name: "stream", title: "a stream of 100 times 1 KiB of text, and its echo", callers: []int{1, 10, 100}, quick: true},
	{name: "download", title: "a stream of 100 times 1 KiB of text from the server", callers: []int{1, 10, 100}},
	{name: "empty", title: "a call without arguments and result", callers: []int{100}, quick: true},
}

// A connector opens the connections of a number of callers.
type connector func(address string, callers int) (runner, error)

// A row is a way to make the calls of a workload.
type row struct {
	workload, system string
	// serve starts the server on a free port and returns its address.
	serve func() (address string, err error)
	// connect opens the connections of all callers.
	connect connector
	// codec measures what a side of a call takes to decode a message and to encode one; nil where that is not known.
	codec func() (time.Duration, error)
	// slow: left out of quick runs.
	slow bool
}

// name is unique: that of the system for an echo, that of the workload for its plain calls, and else both.
func (r row) name() string {
	switch {
	case r.workload == "echo":
		return r.system
	case r.system == "call":
		return r.workload
	}
	return r.workload + "-" + r.system
}

// peers are the systems of the same workload that the row is compared with, as far as there are any: the ceiling, gRPC, and Apache.
func (r row) peers() [3]string {
	peers := [3]string{"ceiling", "grpc", "apache"}
	if strings.Contains(r.system, "tls") {
		peers[1] = "grpc-tls"
	}
	for i := range peers {
		if peers[i] == r.system || r.system == "ceiling" {
			peers[i] = ""
		}
	}
	return peers
}

// has reports whether a measure is taken of the row.
func (r row) has(m measure) bool { return m.name != codecShare.name || r.codec != nil }

var (
	overTTHeader = rpc.WithTransport(rpc.TTHeader)
	multiplexed  = []rpc.ClientOption{overTTHeader, rpc.WithConnections(rpc.Multiplexed), rpc.WithSharedConnections(2)}
)

// rows are in the order of the tables.
var rows = slices.Concat(textRows("echo", 1<<10), complexRows(), textRows("64k", 64<<10), textRows("1m", 1<<20),
	messageRows(), streamRows(), downloadRows(), emptyRows())

// textRows are those that send a text of some size.
func textRows(workload string, size int) []row {
	text := strings.Repeat("0123456789abcdef", size/16)
	calls, overTLS := echoCalls(text), []rpc.ClientOption{clientTLS()}
	length := framedLength(&echoRequest{Message: text})
	made := of(workload,
		row{system: "ceiling", serve: serveCeiling(length), connect: connectCeiling(length)},
		row{system: "grpc", serve: serveGRPC(), connect: connectGRPC(grpcEchoCalls(text))},
		row{system: "connect", serve: serveConnect, connect: connectConnect(connectEchoCalls(text)), slow: true},
		row{system: "http2", serve: serveHTTP2(), connect: connectHTTP2(http2EchoCalls(text))},
		row{system: "http2-contract", serve: serveHTTP2(), connect: connectHTTP2(http2ContractCalls(text)), slow: true},
		row{system: "http2-tls", serve: serveHTTP2(serverTLS()), connect: connectHTTP2(http2EchoCalls(text), clientTLS()), slow: true},
		row{system: "grpc-tls", serve: serveGRPC(grpcServerTLS()), connect: connectGRPC(grpcEchoCalls(text), grpcClientTLS())},
		row{system: "apache", serve: serveApache, connect: connectApache(apacheEchoCalls(text))},
		row{system: "call", serve: serveOwn("tcp"), connect: connectOwn(calls)},
		row{system: "ttheader", serve: serveOwn("tcp"), connect: connectOwn(calls, overTTHeader), slow: true},
		row{system: "contract", serve: serveContract, connect: connectOwn(calls), slow: true},
		row{system: "mux", serve: serveOwn("tcp"), connect: connectOwn(calls, multiplexed...)},
		row{system: "unix", serve: serveOwn("unix"), connect: connectOwn(calls)},
		row{system: "tls", serve: serveOwn("tcp", serverTLS()), connect: connectOwn(calls, overTLS...)},
		row{system: "mux-tls", serve: serveOwn("tcp", serverTLS()), connect: connectOwn(calls, slices.Concat(multiplexed, overTLS)...), slow: true},
	)
	if size > 1<<10 {
		for i := range made {
			made[i].slow = !slices.Contains([]string{"ceiling", "grpc", "http2"}, made[i].system)
		}
	}
	return made
}

// streamText is what a message on a stream has.
var streamText = strings.Repeat("0123456789abcdef", 64)

func messageRows() []row {
	return of("message",
		row{system: "grpc", serve: serveGRPC(), connect: connectGRPC(grpcMessages(streamText))},
		row{system: "connect", serve: serveConnect, connect: connectConnect(connectMessages(streamText)), slow: true},
		row{system: "http2", serve: serveHTTP2(), connect: connectHTTP2(http2Messages(streamText))},
	)
}

func streamRows() []row {
	return of("stream",
		row{system: "grpc", serve: serveGRPC(), connect: connectGRPC(grpcStreamCalls(streamText))},
		row{system: "connect", serve: serveConnect, connect: connectConnect(connectStreams(streamText)), slow: true},
		row{system: "http2", serve: serveHTTP2(), connect: connectHTTP2(http2Streams(streamText))},
	)
}

func downloadRows() []row {
	return of("download",
		row{system: "grpc", serve: serveGRPC(), connect: connectGRPC(grpcDownloads(streamText))},
		row{system: "connect", serve: serveConnect, connect: connectConnect(connectDownloads(streamText))},
		row{system: "http2", serve: serveHTTP2(), connect: connectHTTP2(http2Downloads(streamText))},
	)
}

func complexRows() []row {
	length := framedLength(complexValue())
	text := echoCalls(strings.Repeat("x", length-framedLength(&echoRequest{})))
	fresh, reused := complexCalls(false), complexCalls(true)
	reuse, overTLS := rpc.WithRequestReuse(), []rpc.ClientOption{clientTLS()}
	return of("complex",
		row{system: "ceiling", serve: serveCeiling(length), connect: connectCeiling(length)},
		row{system: "grpc", serve: serveGRPC(), connect: connectGRPC(grpcComplexCalls)},
		row{system: "grpc-tls", serve: serveGRPC(grpcServerTLS()), connect: connectGRPC(grpcComplexCalls, grpcClientTLS()), slow: true},
		row{system: "apache", serve: serveApache, connect: connectApache(apacheComplexCalls)},
		row{system: "call", serve: serveOwn("tcp"), connect: connectOwn(fresh), codec: codecOf(false)},
		row{system: "ttheader", serve: serveOwn("tcp"), connect: connectOwn(fresh, overTTHeader), codec: codecOf(false), slow: true},
		row{system: "reuse", serve: serveOwn("tcp", reuse), connect: connectOwn(reused), codec: codecOf(true)},
		row{system: "mux", serve: serveOwn("tcp"), connect: connectOwn(fresh, multiplexed...), codec: codecOf(false)},
		row{system: "mux-reuse", serve: serveOwn("tcp", reuse), connect: connectOwn(reused, multiplexed...), codec: codecOf(true), slow: true},
		row{system: "tls", serve: serveOwn("tcp", serverTLS()), connect: connectOwn(fresh, overTLS...), codec: codecOf(false), slow: true},
		row{system: "mux-tls", serve: serveOwn("tcp", serverTLS()), connect: connectOwn(fresh, slices.Concat(multiplexed, overTLS)...), codec: codecOf(false), slow: true},
		row{system: "text", serve: serveOwn("tcp"), connect: connectOwn(text), slow: true},
		row{system: "mux-text", serve: serveOwn("tcp"), connect: connectOwn(text, multiplexed...), slow: true},
	)
}

func emptyRows() []row {
	return of("empty",
		row{system: "call", serve: serveOwn("tcp"), connect: connectOwn(emptyCalls)},
		row{system: "mux", serve: serveOwn("tcp"), connect: connectOwn(emptyCalls, multiplexed...)},
	)
}

// of makes rows those of a workload.
func of(workload string, rows ...row) []row {
	for i := range rows {
		rows[i].workload = workload
	}
	return rows
}

func rowOf(name string) (row, error) {
	for _, r := range rows {
		if r.name() == name {
			return r, nil
		}
	}
	var names []string
	for _, r := range rows {
		names = append(names, r.name())
	}
	return row{}, fmt.Errorf("no row %q; there are %s", name, strings.Join(names, ", "))
}
