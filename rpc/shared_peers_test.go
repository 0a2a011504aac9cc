package rpc_test

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tagwire/tagwire/rpc"
)

// readHeaderFrame reads a message with its length.
func readHeaderFrame(conn net.Conn) (data []byte, ok bool) {
	var length [4]byte
	if _, err := io.ReadFull(conn, length[:]); err != nil {
		return nil, false
	}
	data = make([]byte, binary.BigEndian.Uint32(length[:]))
	_, err := io.ReadFull(conn, data)
	return data, err == nil
}

// sequencesOf reads n calls and returns their sequence ids; nil if the client has gone.
func sequencesOf(conn net.Conn, n int) (sequences []int32) {
	for range n {
		data, ok := readHeaderFrame(conn)
		if !ok {
			return nil
		}
		sequences = append(sequences, int32(binary.BigEndian.Uint32(data[4:])))
	}
	return sequences
}

// echoed is the reply to a call of Echo, by the ids of the header and of the message.
func echoed(t testing.TB, outer, inner int32, blocks []byte) []byte {
	return outOfOrder(header(outer, blocks, envelope(typeReply, "Echo", inner, arguments(t, 0, &Reply{Text: fmt.Sprint(inner)}))))
}

// TestSharedForeignReplies: what a peer may send in place of replies to three calls that are in flight. Each call ends, with its own
// reply or an error that says why, and never with another call's reply.
func TestSharedForeignReplies(t *testing.T) {
	const ok = rpc.Code(-1)
	closing := stringBlock("crrst", "1")
	for name, c := range map[string]struct {
		answer func(t *testing.T, s []int32) []byte
		want   []rpc.Code // how the three calls end
	}{
		"in order":   {func(t *testing.T, s []int32) []byte { return join(t, s, 0, 1, 2) }, []rpc.Code{ok, ok, ok}},
		"backwards":  {func(t *testing.T, s []int32) []byte { return join(t, s, 2, 1, 0) }, []rpc.Code{ok, ok, ok}},
		"duplicates": {func(t *testing.T, s []int32) []byte { return join(t, s, 1, 1, 1, 0, 1, 2) }, []rpc.Code{ok, ok, ok}},
		"to no call": {func(t *testing.T, s []int32) []byte {
			return append(echoed(t, 99999, 99999, nil), join(t, s, 0, 1, 2)...)
		}, []rpc.Code{ok, ok, ok}},
		"without the flag": {func(t *testing.T, s []int32) (data []byte) {
			for _, id := range s {
				reply := echoed(t, id, id, nil)
				reply[7] = 0
				data = append(data, reply...)
			}
			return data
		}, []rpc.Code{ok, ok, ok}},
		"ids in the messages only": {func(t *testing.T, s []int32) (data []byte) {
			for _, id := range s {
				data = append(data, echoed(t, 0, id, nil)...)
			}
			return data
		}, []rpc.Code{ok, ok, ok}},
		"swapped": {func(t *testing.T, s []int32) []byte {
			return append(echoed(t, s[0], s[1], nil), echoed(t, s[1], s[0], nil)...)
		}, []rpc.Code{rpc.CodeBadSequence, rpc.CodeClosed, rpc.CodeClosed}},
		"another method": {func(t *testing.T, s []int32) []byte {
			return outOfOrder(header(s[0], nil, envelope(typeReply, "Other", s[0], []byte{0})))
		}, []rpc.Code{rpc.CodeWrongMethodName, rpc.CodeClosed, rpc.CodeClosed}},
		"a call": {func(t *testing.T, s []int32) []byte {
			return outOfOrder(header(s[0], nil, envelope(typeCall, "Echo", s[0], []byte{0})))
		}, []rpc.Code{rpc.CodeInvalidReply, rpc.CodeClosed, rpc.CodeClosed}},
		"a bad body": {func(t *testing.T, s []int32) []byte {
			bad := outOfOrder(header(s[0], nil, envelope(typeReply, "Echo", s[0], []byte{12, 0, 0, 11})))
			return append(bad, join(t, s, 1, 2)...)
		}, []rpc.Code{rpc.CodeInvalidReply, ok, ok}},
		"an exception": {func(t *testing.T, s []int32) []byte {
			bad := outOfOrder(header(s[0], nil, envelope(typeException, "Echo", s[0], []byte{0})))
			return append(bad, join(t, s, 1, 2)...)
		}, []rpc.Code{rpc.CodeUnknown, ok, ok}},
		"an exception to no call": {func(t *testing.T, s []int32) []byte {
			return header(0, nil, envelope(typeException, "", 0, []byte{0}))
		}, []rpc.Code{rpc.CodeClosed, rpc.CodeClosed, rpc.CodeClosed}},
		"half a reply": {func(t *testing.T, s []int32) []byte {
			return append(echoed(t, s[1], s[1], nil), echoed(t, s[0], s[0], nil)[:30]...)
		}, []rpc.Code{rpc.CodeClosed, ok, rpc.CodeClosed}},
		"another transport": {func(t *testing.T, s []int32) []byte {
			return frame(envelope(typeReply, "Echo", s[0], []byte{0}))
		}, []rpc.Code{rpc.CodeInvalidReply, rpc.CodeInvalidReply, rpc.CodeInvalidReply}},
		"garbage": {func(t *testing.T, s []int32) []byte {
			return []byte("garbage, and a lot of it, and more")
		}, []rpc.Code{rpc.CodeInvalidReply, rpc.CodeInvalidReply, rpc.CodeInvalidReply}},
		"the last replies": {func(t *testing.T, s []int32) []byte {
			return append(echoed(t, s[0], s[0], closing), join(t, s, 1, 2)...)
		}, []rpc.Code{ok, ok, ok}},
		"nothing": {func(*testing.T, []int32) []byte { return nil }, []rpc.Code{rpc.CodeClosed, rpc.CodeClosed, rpc.CodeClosed}},
	} {
		t.Run(name, func(t *testing.T) {
			noLeaks(t)
			ids := make(chan []int32, 1)
			ended := make(chan struct{})
			address, _ := fake(t, func(conn net.Conn) {
				if s := sequencesOf(conn, 3); s != nil {
					ids <- s
					_, _ = conn.Write(c.answer(t, s))
					if c.want[0] != ok || c.want[2] != ok {
						_ = conn.(*net.TCPConn).CloseWrite()
					}
					<-ended
				}
			})
			client := share(t, address, rpc.WithSharedConnections(1))
			var order [3]int32
			errs := together(3, func(i int) error {
				info := &rpc.CallInfo{}
				ctx := context.WithValue(context.Background(), infoKey{}, info)
				reply, err := rpc.Call[Request, Reply](ctx, client, "Echo", &Request{})
				if err == nil {
					var id int32
					_, _ = fmt.Sscan(reply.Text, &id)
					order[i] = id
				}
				return err
			})
			close(ended)
			s := <-ids
			got := map[rpc.Code]int{}
			for i, err := range errs {
				if err == nil {
					require.Contains(t, s, order[i], "a reply that was not sent")
					got[ok]++
				} else {
					got[codeOf(t, err)]++
				}
			}
			want := map[rpc.Code]int{}
			for _, code := range c.want {
				want[code]++
			}
			require.Equal(t, want, got)
			require.Len(t, distinct(order[:]), got[ok], "two calls have one reply")
		})
	}
}

type infoKey struct{}

// distinct returns the ids that are not 0, each once.
func distinct(ids []int32) map[int32]bool {
	all := map[int32]bool{}
	for _, id := range ids {
		if id != 0 {
			all[id] = true
		}
	}
	return all
}

// join returns replies to some of the calls.
func join(t testing.TB, sequences []int32, order ...int) (data []byte) {
	for _, i := range order {
		data = append(data, echoed(t, sequences[i], sequences[i], nil)...)
	}
	return data
}

// TestSharedControlFrame: a server that announces that it will close the connection gets no further call there, and the calls in
// flight are answered.
func TestSharedControlFrame(t *testing.T) {
	noLeaks(t)
	var conns atomic.Int64
	told, answer := make(chan struct{}), make(chan struct{})
	address, _ := fake(t, func(conn net.Conn) {
		first := conns.Add(1) == 1
		s := sequencesOf(conn, 1)
		if s == nil {
			return
		}
		if first {
			control := outOfOrder(header(0, stringBlock("crrst", "1"), envelope(typeReply, "none", 0, []byte{0})))
			_, _ = conn.Write(control)
			close(told)
			<-answer
		}
		_, _ = conn.Write(echoed(t, s[0], s[0], nil))
		if more := sequencesOf(conn, 1); first && more != nil {
			t.Error("a call after the control frame")
		}
	})
	client := share(t, address, rpc.WithSharedConnections(1), rpc.WithLimits(rpc.Limits{MaxConnections: 10}))
	done := make(chan error, 1)
	go func() {
		_, err := callEcho(client, "in flight")
		done <- err
	}()
	<-told
	time.Sleep(100 * time.Millisecond) // for the client to read it
	_, err := callEcho(client, "after")
	require.NoError(t, err)
	close(answer)
	require.NoError(t, <-done)
	require.Equal(t, int64(2), conns.Load())
	require.NoError(t, client.Close())
}

// TestSharedLargeMessages: a large request, and a large reply to a method that had one before, do not hold up small ones.
func TestSharedLargeMessages(t *testing.T) {
	noLeaks(t)
	server := serve(t, echo())
	client := share(t, server.address, rpc.WithSharedConnections(1))
	_, err := callEcho(client, "small")
	require.NoError(t, err)
	for range 3 {
		reply, err := callEcho(client, strings.Repeat("x", 1<<20))
		require.NoError(t, err)
		require.Len(t, reply.Text, 1<<20)
		_, err = callEcho(client, "small")
		require.NoError(t, err)
	}
	require.Equal(t, int64(2), server.opened.Load())
}

// TestSharedServerGoes: calls that are in flight when the server goes end at once, and further calls find no server.
func TestSharedServerGoes(t *testing.T) {
	noLeaks(t)
	s, services := newMuxService()
	server := serve(t, services)
	client := share(t, server.address)
	done := make(chan []error, 1)
	go func() {
		done <- together(10, func(int) error {
			_, err := rpc.Call[Request, Reply](context.Background(), client, "Wait", &Request{})
			return err
		})
	}()
	settle(t, func() string {
		if s.waiting.Load() < 10 {
			return "the calls are not handled"
		}
		return ""
	})
	require.NoError(t, server.Close())
	for _, err := range <-done {
		require.Error(t, err)
	}
	settle(t, func() string { // a connection may not have noticed yet
		if _, err := callEcho(client, "x"); codeOf(t, err) != rpc.CodeConnect {
			return fmt.Sprintf("a call ends with %v", err)
		}
		return ""
	})
}
