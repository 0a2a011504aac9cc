package interop

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"strconv"
	"testing"
	"time"

	"github.com/bytedance/gopkg/cloud/metainfo"
	"github.com/cloudwego/gopkg/protocol/ttheader"
	"github.com/tagwire/tagwire"
	"github.com/tagwire/tagwire/rpc"
)

// Conversations in TTHeader between ours and cloudwego's header code, with envelopes by hand, over a connection.

// text is a struct with one string: arguments and results of these methods.
type text struct {
	Value string `frugal:"1"`
}

// result is what holds a text as a method's result.
type result struct {
	Success *text `frugal:"0,optional"`
}

// parameters hold a text as a method's only parameter.
type parameters struct {
	Request *text `frugal:"1"`
}

// marshal encodes one of these structs, which all have a wire form. It is called by goroutines besides the test's.
func marshal(value any) []byte {
	data, err := tagwire.Marshal(value)
	if err != nil {
		panic(err)
	}
	return data
}

// foreignMessage is a message with a header by cloudwego's encoder.
func foreignMessage(param ttheader.EncodeParam, m *rpc.Message, content []byte) ([]byte, error) {
	data, err := ttheader.EncodeToBytes(context.Background(), param)
	if err != nil {
		return nil, err
	}
	data = append(data, envelope(m, content)...)
	binary.BigEndian.PutUint32(data, uint32(len(data)-4))
	return data, nil
}

// readForeign reads a message from a connection, the header by cloudwego's decoder.
func readForeign(connection net.Conn) (header ttheader.DecodeParam, payload []byte, err error) {
	length := make([]byte, 4)
	if _, err := io.ReadFull(connection, length); err != nil {
		return header, nil, err
	}
	size := binary.BigEndian.Uint32(length)
	if size > 1<<20 {
		return header, nil, fmt.Errorf("a message of %d bytes", size)
	}
	data := append(length, make([]byte, size)...)
	if _, err := io.ReadFull(connection, data[4:]); err != nil {
		return header, nil, err
	}
	header, err = ttheader.DecodeFromBytes(context.Background(), data)
	if err == nil {
		payload = data[header.HeaderLen:]
	}
	return header, payload, err
}

// mirrors are two services with a method of the same name.
func mirrors() []*rpc.Service {
	first, second := rpc.NewService("First"), rpc.NewService("Second")
	rpc.Handle(first, "mirror", func(ctx context.Context, request *text) (*text, error) {
		transient, _ := metainfo.GetValue(ctx, "ONE_HOP")
		persistent, _ := metainfo.GetPersistentValue(ctx, "ALL_HOPS")
		metainfo.SendBackwardValue(ctx, "SEEN", request.Value)
		deadline, limited := ctx.Deadline()
		left := time.Until(deadline)
		return &text{fmt.Sprintf("%s %s %s %t", rpc.CallOf(ctx).Caller, transient, persistent,
			limited && left > 0 && left <= time.Minute)}, nil
	})
	rpc.Handle(first, "refuse", func(context.Context, *text) (*text, error) {
		return nil, &rpc.BizError{Status: -404, Message: "nein", Extra: map[string]string{"shelf": "ü"}}
	})
	rpc.Handle(second, "mirror", func(context.Context, *text) (*text, error) { return &text{"second"}, nil })
	return []*rpc.Service{first, second}
}

// TestForeignHeadersCallOurServer: a client with cloudwego's headers chooses a service, sends metadata and a timeout, and
// receives values that travel back, and business errors, all on one connection.
func TestForeignHeadersCallOurServer(t *testing.T) {
	connection, err := net.Dial("tcp", serve(t, mirrors()))
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close()
	connection.SetDeadline(time.Now().Add(startTime))
	for number, c := range []struct {
		method   string
		integers map[uint16]string
		texts    map[string]string
		want     *text
		back     map[string]string
	}{
		{
			method:   "mirror",
			integers: map[uint16]string{keyTimeout: "60000", keyFromService: "tester"},
			texts:    map[string]string{"isn": "First", "RPC_TRANSIT_ONE_HOP": "a", "RPC_PERSIST_ALL_HOPS": "b"},
			want:     &text{"tester a b true"}, back: map[string]string{"SEEN": "request 0"},
		},
		{method: "mirror", texts: map[string]string{"isn": "Second"}, want: &text{"second"}},
		{
			method: "refuse", texts: map[string]string{"isn": "First"},
			back: map[string]string{"biz-status": "-404", "biz-message": "nein", "biz-extra": `{"shelf":"ü"}`},
		},
		{
			method: "mirror", texts: map[string]string{"isn": "First"},
			want: &text{"   false"}, back: map[string]string{"SEEN": "request 3"},
		},
	} {
		message := &rpc.Message{Type: rpc.MessageCall, Method: []byte(c.method), Sequence: int32(100 + number)}
		param := ttheader.EncodeParam{SeqID: int32(number + 1), IntInfo: c.integers, StrInfo: c.texts}
		content := marshal(&parameters{&text{"request " + strconv.Itoa(number)}})
		data, err := foreignMessage(param, message, content)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := connection.Write(data); err != nil {
			t.Fatal(err)
		}
		header, payload, err := readForeign(connection)
		if err != nil {
			t.Fatal(err)
		}
		message.Type = rpc.MessageReply
		if want := envelope(message, marshal(&result{c.want})); !bytes.Equal(payload, want) {
			t.Errorf("call %d: got\n%x, want\n%x", number, payload, want)
		}
		if header.SeqID != int32(number+1) || !maps.Equal(header.StrInfo, c.back) {
			t.Errorf("call %d: sequence id %d, %q; want %q", number, header.SeqID, header.StrInfo, c.back)
		}
	}
}

// serve serves services with a server of ours that ends with the test.
func serve(t *testing.T, services []*rpc.Service, options ...rpc.ServerOption) (address string) {
	t.Helper()
	server := rpc.NewServer(options...)
	for _, service := range services {
		if err := server.Register(service); err != nil {
			t.Fatal(err)
		}
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), stopTime)
		defer cancel()
		if err := server.Shutdown(ctx); err != nil {
			t.Errorf("shutdown: %v", err)
		}
		if err := <-served; err != nil {
			t.Errorf("serve: %v", err)
		}
	})
	return listener.Addr().String()
}

// TestOurClientCallsForeignHeaders: a server with cloudwego's headers sees what our client sends beside the arguments, and
// what it sends back arrives.
func TestOurClientCallsForeignHeaders(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	seen := make(chan ttheader.DecodeParam, 2)
	served := make(chan error, 1)
	go func() { served <- answerTwice(listener, seen) }()

	client, err := rpc.NewClient(rpc.WithAddresses(listener.Addr().String()), rpc.WithTransport(rpc.TTHeader),
		rpc.WithService("First"), rpc.WithCaller("tester"), rpc.WithConnectTimeout(time.Minute))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	ctx, cancel := context.WithTimeout(context.Background(), startTime)
	defer cancel()
	ctx = metainfo.WithPersistentValue(metainfo.WithValue(ctx, "ONE_HOP", "a"), "ALL_HOPS", "b")
	ctx = metainfo.WithBackwardValues(ctx)
	reply, err := rpc.Call[text, text](ctx, client, "mirror", &text{"request"})
	if err != nil || *reply != (text{"reply"}) {
		t.Errorf("got %v, %v", reply, err)
	}
	if back, _ := metainfo.RecvBackwardValue(ctx, "SEEN"); back != "c" {
		t.Errorf("the value that came back is %q", back)
	}
	_, err = rpc.Call[text, text](ctx, client, "mirror", &text{"request"})
	var refusal *rpc.BizError
	if !errors.As(err, &refusal) || refusal.Status != 12 || refusal.Message != "no" || refusal.Extra["k"] != "v" {
		t.Errorf("got %v", err)
	}
	if err := <-served; err != nil {
		t.Fatal(err)
	}
	for range 2 {
		header := <-seen
		milliseconds, err := strconv.Atoi(header.IntInfo[keyTimeout])
		if err != nil || milliseconds < 1 || milliseconds > int(startTime.Milliseconds()) {
			t.Errorf("the timeout is %q", header.IntInfo[keyTimeout])
		}
		if header.IntInfo[keyFromService] != "tester" || header.IntInfo[keyToService] != "First" || header.IntInfo[keyToMethod] != "mirror" {
			t.Errorf("got %v", header.IntInfo)
		}
		want := map[string]string{"isn": "First", "RPC_TRANSIT_ONE_HOP": "a", "RPC_PERSIST_ALL_HOPS": "b"}
		if !maps.Equal(header.StrInfo, want) {
			t.Errorf("got %q, want %q", header.StrInfo, want)
		}
	}
}

// answerTwice is the server: it answers one call with a text and one with a business error, on one connection.
func answerTwice(listener net.Listener, seen chan<- ttheader.DecodeParam) error {
	connection, err := listener.Accept()
	if err != nil {
		return err
	}
	defer connection.Close()
	connection.SetDeadline(time.Now().Add(startTime))
	for _, answer := range []struct {
		texts map[string]string
		reply *text
	}{
		{map[string]string{"RPC_BACKWARD_SEEN": "c"}, &text{"reply"}},
		{map[string]string{"biz-status": "12", "biz-message": "no", "biz-extra": `{"k":"v"}`}, nil},
	} {
		header, payload, err := readForeign(connection)
		if err != nil {
			return err
		}
		seen <- header
		call := &rpc.Message{Type: rpc.MessageCall, Method: []byte("mirror")}
		call.Sequence = int32(binary.BigEndian.Uint32(payload[8+len(call.Method):]))
		if want := envelope(call, marshal(&parameters{&text{"request"}})); !bytes.Equal(payload, want) {
			return fmt.Errorf("the call is\n%x, not\n%x", payload, want)
		}
		call.Type = rpc.MessageReply
		param := ttheader.EncodeParam{SeqID: header.SeqID, StrInfo: answer.texts}
		data, err := foreignMessage(param, call, marshal(&result{answer.reply}))
		if err != nil {
			return err
		}
		if _, err := connection.Write(data); err != nil {
			return err
		}
	}
	return nil
}
