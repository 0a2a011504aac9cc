package rpc_test

import (
	"context"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tagwire/tagwire/rpc"
)

// TestCaptures: what a client sends, byte for byte, against messages written by hand.
func TestCaptures(t *testing.T) {
	noLeaks(t)
	const message = "80010001 00000004 4563686f 00000001" + // envelope: call, "Echo", 1
		"0c0001 0b0001 00000002 6869 0a0002 0000000000000007 00 00" // {1: {1: "hi", 2: 7}}
	for _, c := range []struct {
		transport rpc.Protocol
		want      string
	}{
		{rpc.Buffered, message},
		{rpc.Framed, "00000029" + message},
		{rpc.TTHeader, "0000005b 1000 0000 00000001 000a" + ttheaderCapture + message},
		{rpc.TTHeaderFramed, "0000005f 1000 0000 00000001 000a" + ttheaderCapture + "00000029" + message},
	} {
		t.Run(c.transport.Name(), func(t *testing.T) {
			want := unhex(t, c.want)
			got := make(chan []byte, 1)
			address, _ := fake(t, func(conn net.Conn) {
				data := make([]byte, len(want))
				_ = conn.SetReadDeadline(time.Now().Add(patience))
				_, _ = io.ReadFull(conn, data)
				got <- data
			})
			client := connect(t, address, rpc.WithTransport(c.transport), rpc.WithTimeout(0),
				rpc.WithService("Svc"), rpc.WithCaller("me"))
			_, err := rpc.Call[Request, Reply](context.Background(), client, "Echo", &Request{"hi", 7})
			require.Error(t, err)
			require.Equal(t, want, <-got)
		})
	}
}

// ttheaderCapture is the variable part of a header: from-service, to-service and to-method as ints, isn as a string.
const ttheaderCapture = "00 00" +
	"10 0003  0003 0002 6d65  0006 0003 537663  0009 0004 4563686f" +
	"01 0001  0003 69736e 0003 537663" +
	"00"

// TestReplyCapture: what a server answers to a TTHeader message written by hand, with entries that it does not know.
func TestReplyCapture(t *testing.T) {
	noLeaks(t)
	server := serve(t, echo())
	const request = "80010001 00000004 4563686f 00000009 0c0001 0b0001 00000002 6869 00 00"
	const reply = "80010002 00000004 4563686f 00000009 0c0000 0b0001 00000002 6869 0a0002 0000000000000000 00 00"
	conn := dial(t, server.address)
	send(t, conn, unhex(t, "00000040 1000 0008 00000005 0006"+
		"00 02 aabb"+ // two transforms, read over
		"11 0002 6162"+ // a token
		"10 0001 0063 0001 78"+ // an int key that means nothing
		"00000000000000 "+request))
	want := unhex(t, "00000037 1000 0000 00000005 0001 00000000"+reply)
	got := make([]byte, len(want))
	_, err := io.ReadFull(conn, got)
	require.NoError(t, err)
	require.Equal(t, want, got)

	// Inside a header the old form is understood as well.
	send(t, conn, header(6, nil, oldEnvelope(typeCall, "Echo", 7, arguments(t, 1, &Request{Text: "old"}))))
	data := make([]byte, 4096)
	n, err := conn.Read(data)
	require.NoError(t, err)
	requireEcho(t, data[18:n], 7, "old")
}

// TestMessageLimits: messages without a length before them have one of their own, and values may nest only so deep.
func TestMessageLimits(t *testing.T) {
	noLeaks(t)
	server := serve(t, echo(), rpc.WithLimits(rpc.Limits{MaxMessage: 1000, MaxDepth: 20}))
	conn := dial(t, server.address)
	send(t, conn, call(t, 1, strings.Repeat("x", 900)), call(t, 1, strings.Repeat("x", 1000)))
	answered, _ := io.ReadAll(conn)
	require.Equal(t, 1, strings.Count(string(answered), "Echo"))

	// Structs in structs, as an unknown field.
	deep := append(unhex(t, strings.Repeat("0c0009", 30)), make([]byte, 31)...)
	conn = dial(t, server.address)
	send(t, conn, frame(envelope(typeCall, "Echo", 1, deep)))
	requireException(t, readFrame(t, conn), "Echo", 1, 7)
	send(t, conn, envelope(typeCall, "Echo", 1, deep))
	mustClose(t, conn)
}
