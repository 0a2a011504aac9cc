package interop

import (
	"bytes"
	"context"
	"encoding/binary"
	"io"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/cloudwego/gopkg/protocol/thrift"
	"github.com/cloudwego/gopkg/protocol/ttheader"
	"github.com/tagwire/tagwire/rpc"
)

// number is the request and the reply of the method below.
type number struct {
	Value int32 `thrift:"value,1"`
}

// TestOthersMultiplex: a client made with cloudwego's library sends many calls on one connection, with the flag that lets replies
// come in any order. All are handled at the same time, since each handler waits for all others, and each reply is the right one.
func TestOthersMultiplex(t *testing.T) {
	const calls, limit = 20, 20 * time.Second
	var arrived sync.WaitGroup
	arrived.Add(calls)
	all := make(chan struct{})
	go func() { arrived.Wait(); close(all) }()
	service := rpc.NewService("Numbers")
	rpc.Handle(service, "Negate", func(ctx context.Context, n *number) (*number, error) {
		arrived.Done()
		select {
		case <-all:
			return &number{-n.Value}, nil
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	})
	conn, err := net.Dial("tcp", serve(t, []*rpc.Service{service}))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if err := conn.SetDeadline(time.Now().Add(limit)); err != nil {
		t.Fatal(err)
	}
	var requests []byte
	for sequence := range int32(calls) {
		requests = append(requests, foreignCall(t, sequence+1)...)
	}
	if _, err := conn.Write(requests); err != nil {
		t.Fatal(err)
	}
	seen := map[int32]bool{}
	for range calls {
		sequence, value := foreignReply(t, conn)
		if seen[sequence] || sequence < 1 || sequence > calls || value != -100*sequence {
			t.Errorf("reply %d has %d, want %d, once", sequence, value, -100*sequence)
		}
		seen[sequence] = true
	}
}

// foreignCall is a call as cloudwego's library writes it, whose argument is a hundred times its sequence id.
func foreignCall(t *testing.T, sequence int32) []byte {
	t.Helper()
	data, err := ttheader.EncodeToBytes(context.Background(), ttheader.EncodeParam{SeqID: sequence, Flags: ttheader.HeaderFlagSupportOutOfOrder,
		ProtocolID: ttheader.ProtocolIDThriftBinary, IntInfo: map[uint16]string{ttheader.ToService: "Numbers", ttheader.ToMethod: "Negate"}})
	if err != nil {
		t.Fatal(err)
	}
	x := thrift.Binary
	data = x.AppendMessageBegin(data, "Negate", thrift.CALL, sequence)
	data = x.AppendFieldBegin(data, thrift.STRUCT, 1)
	data = x.AppendFieldBegin(data, thrift.I32, 1)
	data = x.AppendI32(data, 100*sequence)
	data = x.AppendFieldStop(x.AppendFieldStop(data))
	binary.BigEndian.PutUint32(data, uint32(len(data)-4))
	return data
}

// foreignReply reads a reply by cloudwego's library.
func foreignReply(t *testing.T, conn io.Reader) (sequence, value int32) {
	t.Helper()
	size := make([]byte, 4)
	if _, err := io.ReadFull(conn, size); err != nil {
		t.Fatal(err)
	}
	data := append(size, make([]byte, binary.BigEndian.Uint32(size))...)
	if _, err := io.ReadFull(conn, data[4:]); err != nil {
		t.Fatal(err)
	}
	header, err := ttheader.DecodeFromBytes(context.Background(), data)
	if err != nil {
		t.Fatal(err)
	}
	if header.Flags != ttheader.HeaderFlagSupportOutOfOrder {
		t.Errorf("a reply has flags %d", header.Flags)
	}
	body := data[header.HeaderLen:]
	name, kind, inner, n, err := thrift.Binary.ReadMessageBegin(body)
	if err != nil || name != "Negate" || kind != thrift.REPLY || inner != header.SeqID {
		t.Fatalf("%v: %q %d %d in a header with %d", err, name, kind, inner, header.SeqID)
	}
	want := []byte{byte(thrift.STRUCT), 0, 0, byte(thrift.I32), 0, 1}
	if body = body[n:]; len(body) != len(want)+4+2 || !bytes.HasPrefix(body, want) {
		t.Fatalf("%x", body)
	}
	return header.SeqID, int32(binary.BigEndian.Uint32(body[len(want):]))
}
