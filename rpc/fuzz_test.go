package rpc_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tagwire/tagwire"
	"github.com/tagwire/tagwire/rpc"
)

// pipes is a listener whose connections are in memory.
type pipes struct {
	ready chan net.Conn
	once  sync.Once
	done  chan struct{}
}

func newPipes() *pipes { return &pipes{ready: make(chan net.Conn), done: make(chan struct{})} }

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case conn := <-p.ready:
		return conn, nil
	case <-p.done:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error {
	p.once.Do(func() { close(p.done) })
	return nil
}

func (p *pipes) Addr() net.Addr { return &net.UnixAddr{Name: "pipe", Net: "unix"} }

func (p *pipes) dial() net.Conn {
	ours, theirs := net.Pipe()
	p.ready <- theirs
	return ours
}

// fuzzed is a service with methods of every kind, which takes that many hints.
func fuzzed(hints int) []*rpc.Service {
	store := rpc.NewService("Store")
	rpc.Implement[Store](store, &shop{hints: make(chan string, hints)}, storeExceptions)
	return []*rpc.Service{store, echo()[0], failing(), libraryService(new(library))[0], sumsService(&sums{})}
}

// FuzzServer feeds a server whole conversations, in memory and, where the first byte is odd, over TCP. Whatever
// they are, the connection ends, and the server goes on serving others.
func FuzzServer(f *testing.F) {
	for _, attack := range attacks(f) {
		f.Add(false, attack)
		f.Add(true, attack)
	}
	echoed, compacted := call(f, 7, "seed"), compactCall(f, 7, "seed")
	page, err := tagwire.Marshal(pageOf(3, 2), tagwire.WithFormat(tagwire.Protobuf))
	require.NoError(f, err)
	for _, good := range [][]byte{
		echoed, frame(echoed), header(7, stringBlock("isn", "Echo", "RPC_TRANSIT_K", "v"), echoed), header(7, intBlock(12, "100"), frame(echoed)),
		frame(oldEnvelope(typeCall, "Echo", 7, arguments(f, 1, &Request{Text: "old"}))),
		frame(envelope(typeCall, "Find", 1, arguments(f, 1, &Request{Text: "business"}))),
		frame(envelope(typeCall, "Store:get", 1, unhex(f, "0a 0001 0000000000000194 00"))),
		frame(envelope(typeCall, "mix", 1, unhex(f, "02 0007 01 00"))),
		frame(envelope(typeOneway, "hint", 1, unhex(f, "0b 0002 00000001 61 00"))),
		compacted, frame(compacted), headerOf(2, 7, stringBlock("isn", "Echo"), compacted), headerOf(2, 7, nil, frame(compacted)),
		compactEnvelope(typeCall, "Find", 1, compactArguments(f, 1, &Request{Text: "business"})),
		frame(compactEnvelope(typeCall, "Store:get", 1, unhex(f, "16 a806 00"))),
		compactEnvelope(typeCall, "mix", 1, unhex(f, "71 00")),
		frame(compactEnvelope(typeOneway, "hint", 1, unhex(f, "28 01 61 00"))),
		protobufMessage(typeCall, "Same", 7, page), headerOf(4, 7, stringBlock("isn", "Library"), protobufMessage(typeCall, "turn", 7, page)),
		outOfOrder(headerOf(0, 7, nil, protobufMessage(typeOneway, "turn", 7, page))), protobufMessage(typeCall, "turn", 1, pageText("torn")),
		headerOf(0, 7, nil, protobufMessage(typeCall, "turn", 7, pageText("business"))), protobufMessage(typeCall, "Echo", 7, page),
	} {
		f.Add(false, bytes.Repeat(good, 3))
		f.Add(true, bytes.Join([][]byte{good, frame(echoed), good[:len(good)-1]}, nil))
	}
	streams := bytes.Join([][]byte{
		headerFrame(1, "echo"), dataFrame(1, "echo", &Request{Text: "a", Number: 1}), headerFrame(2, "count"), dataFrame(2, "count", &Request{Number: 9}),
		trailerFrame(2, "count"), resetFrame(1, "echo"), headerFrame(-3, "add"), dataFrame(-3, "add", &Request{Number: 5}), trailerFrame(-3, "add"),
	}, nil)
	f.Add(false, streams)
	f.Add(true, bytes.Join([][]byte{streams, frame(echoed), streams}, nil))
	warmUp()
	limits := rpc.WithLimits(rpc.Limits{MaxAlloc: 1 << 20})
	options := []rpc.ServerOption{limits, rpc.WithReadTimeout(100 * time.Millisecond), rpc.WithLogger(slog.New(slog.DiscardHandler))}
	memory := newPipes()
	serveOn(f, memory, fuzzed(1<<20), options...)
	network := serve(f, fuzzed(1<<20), options...)
	f.Fuzz(func(t *testing.T, overTCP bool, conversation []byte) {
		conn, err := net.Conn(nil), error(nil)
		if overTCP {
			conn, err = net.Dial("tcp", network.address)
		} else {
			conn = memory.dial()
		}
		if err != nil {
			t.Fatal(err)
		}
		_ = conn.SetDeadline(time.Now().Add(patience))
		replies := make(chan error, 1)
		go func() {
			_, err := io.Copy(io.Discard, conn)
			replies <- err
		}()
		_, err = conn.Write(conversation)
		if err == nil {
			// A last call, in the middle of whatever came before, and then the end.
			_, err = conn.Write(frame(echoed))
		}
		if isTimeout(err) {
			t.Error("the server does not read")
		}
		_ = conn.Close()
		<-replies
		healthy := memory.dial()
		defer func() { _ = healthy.Close() }()
		_ = healthy.SetDeadline(time.Now().Add(patience))
		send(t, healthy, frame(call(t, 3, "healthy")))
		requireEcho(t, readFrame(t, healthy), 3, "healthy")
	})
}

func isTimeout(err error) bool {
	var timeout net.Error
	return errors.As(err, &timeout) && timeout.Timeout()
}

// callsProtobuf is the bit in FuzzClient's transport that has a method of Protobuf called, where the transport carries it.
const callsProtobuf = 0x80

// FuzzClient feeds a client replies, over each transport: the call ends, and if it succeeds, the reply had its sequence id.
func FuzzClient(f *testing.F) {
	body := arguments(f, 0, &Reply{Text: "seed"})
	const sequence = 1 // of a new client's first call
	reply := envelope(typeReply, "Echo", sequence, body)
	compactReply := compactEnvelope(typeReply, "Echo", sequence, compactArguments(f, 0, &Reply{Text: "seed"}))
	for transport := range uint8(len(transports)) {
		for _, attack := range attacks(f) {
			f.Add(transport, attack)
		}
		for _, good := range [][]byte{
			reply, frame(reply), header(sequence, nil, reply), header(sequence, nil, frame(reply)),
			header(sequence, stringBlock("biz-status", "7", "biz-message", "m", "biz-extra", `{"a":"b"}`), envelope(typeReply, "Echo", sequence, []byte{0})),
			frame(envelope(typeException, "Echo", 0, unhex(f, "0b 0001 00000001 61 08 0002 00000006 00"))),
			frame(envelope(typeReply, "Echo", sequence+1, body)),
			compactReply, frame(compactReply), headerOf(2, sequence, nil, compactReply), headerOf(2, sequence, nil, frame(compactReply)),
			frame(compactEnvelope(typeException, "Echo", 0, unhex(f, "18 01 61 15 0c 00"))),
			protobufMessage(typeReply, "turn", sequence, pageText("seed")), headerOf(0, sequence, nil, protobufMessage(typeReply, "turn", sequence, nil)),
			protobufMessage(typeException, "turn", sequence, unhex(f, "08 06 12 01 61")),
		} {
			f.Add(transport, good)
			f.Add(transport|callsProtobuf, good)
			f.Add(transport, append(good[:len(good):len(good)], good...))
		}
	}
	warmUp()
	f.Fuzz(func(t *testing.T, transport uint8, replies []byte) {
		var group sync.WaitGroup
		way := transports[int(transport)%len(transports)]
		client, err := rpc.NewClient(rpc.WithAddresses("pipe:1"), rpc.WithWay(way),
			rpc.WithLimits(rpc.Limits{MaxAlloc: 1 << 20}), rpc.WithLogger(slog.New(slog.DiscardHandler)),
			rpc.WithDialer(func(context.Context, string, string) (net.Conn, error) {
				ours, theirs := net.Pipe()
				group.Add(1)
				go func() {
					defer group.Done()
					defer func() { _ = theirs.Close() }()
					_ = theirs.SetDeadline(time.Now().Add(patience))
					if _, err := theirs.Read(make([]byte, 4096)); err == nil {
						_, _ = theirs.Write(replies)
					}
				}()
				return ours, nil
			}))
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if transport&callsProtobuf != 0 && way.Protocol != rpc.Buffered {
			_, err = turn.Call(ctx, client, &Page{Text: "x"})
		} else {
			_, err = rpc.Call[Request, Reply](ctx, client, "Echo", &Request{Text: "x"})
		}
		if errors.Is(err, context.DeadlineExceeded) {
			t.Error("the call hangs")
		}
		if err == nil && !bytes.Contains(replies, []byte{0, 0, 0, sequence}) && !bytes.Contains(replies, []byte{0x82, typeReply<<5 | 1}) {
			t.Errorf("% x passed for a reply", replies)
		}
		_ = client.Close()
		group.Wait()
	})
}
