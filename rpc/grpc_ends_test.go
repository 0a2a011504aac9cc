package rpc_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"iter"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/net/http2"

	"github.com/tagwire/tagwire/rpc"
)

// TestGRPCMissingEnd: a call whose message has come, but not that nothing follows on it, ends when that takes too long.
func TestGRPCMissingEnd(t *testing.T) {
	parallel(t)
	attacked(t, &notebook{}, func(t *testing.T, server *running) {
		p := dialHTTP2(t, server.address)
		p.must(p.open(1, "Echo"))
		p.must(p.WriteData(1, false, packed("whole")))
		require.Equal(t, "4", p.status(1))
	}, rpc.WithReadTimeout(200*time.Millisecond))
}

// lingering is a service whose handler stays when its stream has ended.
type lingering struct {
	Send func(ctx context.Context, n *note) iter.Seq2[*note, error]
	Echo func(ctx context.Context, n *note) (*note, error)
}

// TestGRPCInterruptedSender: a handler that waited for the connection's window when its time was over, and does not return, keeps the window from no
// other call.
func TestGRPCInterruptedSender(t *testing.T) {
	parallel(t)
	noLeaks(t)
	over, leave := make(chan struct{}), make(chan struct{})
	svc := rpc.NewService("test.Notes")
	rpc.Implement[lingering](svc, &lingering{
		Send: func(_ context.Context, n *note) iter.Seq2[*note, error] {
			return func(yield func(*note, error) bool) {
				for yield(n, nil) {
				}
				close(over)
				<-leave
			}
		},
		Echo: func(_ context.Context, n *note) (*note, error) { return n, nil },
	}, rpc.Protobuf())
	server := serve(t, []*rpc.Service{svc})
	p := dialHTTP2(t, server.address, http2.Setting{ID: http2.SettingInitialWindowSize, Val: 1 << 20})
	p.must(p.open(1, "Send", "grpc-timeout", "300m"))
	p.must(p.WriteData(1, true, packed(strings.Repeat("long", 1000))))
	<-over
	p.must(p.open(3, "Echo"))
	p.must(p.WriteData(3, true, packed("x")))
	p.must(p.WriteWindowUpdate(0, 1000))
	require.Equal(t, "0", p.status(3))
	close(leave)
}

// Vile is an exception whose text panics.
type Vile struct {
	ID int64 `protobuf:"1"`
}

func (*Vile) Error() string { panic("vile") }

// vileService ends its streams with that.
type vileService struct {
	Send func(ctx context.Context, n *note) iter.Seq2[*note, error] `throws:"1=Vile"`
}

// TestGRPCVileException: a stream ends, and with it its connection, although a method of the handler's exception panics.
func TestGRPCVileException(t *testing.T) {
	parallel(t)
	noLeaks(t)
	svc := rpc.NewService("test.Vile")
	options := []rpc.ContractOption{rpc.Protobuf(), rpc.Exceptions(Vile{})}
	rpc.Implement[vileService](svc, &vileService{Send: func(context.Context, *note) iter.Seq2[*note, error] {
		return func(yield func(*note, error) bool) { yield(nil, &Vile{7}) }
	}}, options...)
	server := serve(t, []*rpc.Service{svc})
	var client vileService
	c, err := rpc.NewClient(rpc.WithTransport(rpc.GRPC), rpc.WithService("test.Vile"), rpc.WithAddresses(server.address),
		rpc.WithContract(&client, options...))
	require.NoError(t, err)
	defer c.Close()
	ended := false
	for _, err := range client.Send(within(t), &note{}) {
		var failure *rpc.Error
		require.True(t, errors.As(err, &failure), "%T", err)
		require.Equal(t, rpc.CodeInternal, failure.Code)
		ended = true
	}
	require.True(t, ended)
	require.NoError(t, server.Shutdown(within(t)))
}

// TestGRPCBombsCountAsMemory: what messages become that are compressed is memory of the server's, which it does not exceed, and comes back.
func TestGRPCBombsCountAsMemory(t *testing.T) {
	parallel(t)
	attacked(t, &notebook{}, func(t *testing.T, server *running) {
		plain := packed(strings.Repeat("x", 6<<20))[5:]
		var packedTo bytes.Buffer
		w := gzip.NewWriter(&packedTo)
		_, err := w.Write(plain)
		require.NoError(t, err)
		require.NoError(t, w.Close())
		p := dialHTTP2(t, server.address)
		id := uint32(1)
		for range 8 {
			p.must(p.open(id, "Echo", "grpc-encoding", "gzip"))
			p.must(p.WriteData(id, true, prefixed(1, packedTo.Bytes())))
			require.Equal(t, "8", p.status(id))
			id += 2
		}
		p.must(p.open(id, "Echo"))
		p.must(p.WriteData(id, true, packed("x")))
		require.Equal(t, "0", p.status(id))
	}, rpc.WithLimits(rpc.Limits{MaxMemory: 4 << 20}))
}

// TestGRPCDrainWithoutAnswer: a client that does not answer what it is asked when the server drains gets no further calls served all the same.
func TestGRPCDrainWithoutAnswer(t *testing.T) {
	parallel(t)
	noLeaks(t)
	server := serveNotes(t, &notebook{}, rpc.WithConnectionAge(100*time.Millisecond, 0))
	p := dialHTTP2(t, server.address)
	p.must(p.open(1, "Turn")) // stays open
	last := uint32(1<<31 - 1)
	for last != 1 {
		frame, err := p.ReadFrame()
		require.NoError(t, err)
		if f, ok := frame.(*http2.GoAwayFrame); ok {
			last = f.LastStreamID
		}
	}
	p.must(p.WriteRSTStream(1, http2.ErrCodeCancel))
}
