package rpc

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

type pingMessage struct {
	Text string `protobuf:"1"`
}

type pingContract struct {
	Ping  func(ctx context.Context, m *pingMessage) (*pingMessage, error)
	Count func(ctx context.Context, m *pingMessage) iter.Seq2[*pingMessage, error]
	Join  func(ctx context.Context, m iter.Seq2[*pingMessage, error]) (*pingMessage, error)
	Echo  func(ctx context.Context, m iter.Seq2[*pingMessage, error]) iter.Seq2[*pingMessage, error]
}

func pingServer(t *testing.T) string {
	svc := NewService("test.Ping")
	Implement[pingContract](svc, &pingContract{
		Ping: func(_ context.Context, m *pingMessage) (*pingMessage, error) {
			if m.Text == "fail" {
				return nil, &BizError{Status: 7, Message: "failed"}
			}
			return &pingMessage{m.Text + "!"}, nil
		},
		Count: func(_ context.Context, m *pingMessage) iter.Seq2[*pingMessage, error] {
			return func(yield func(*pingMessage, error) bool) {
				for i := range 100 {
					if !yield(&pingMessage{fmt.Sprint(m.Text, i)}, nil) {
						return
					}
				}
				yield(nil, &BizError{Status: 8, Message: "end"})
			}
		},
		Join: func(_ context.Context, all iter.Seq2[*pingMessage, error]) (*pingMessage, error) {
			var b strings.Builder
			for m, err := range all {
				if err != nil {
					return nil, err
				}
				b.WriteString(m.Text)
			}
			return &pingMessage{b.String()}, nil
		},
		Echo: func(_ context.Context, all iter.Seq2[*pingMessage, error]) iter.Seq2[*pingMessage, error] { return all },
	}, Protobuf())
	s := NewServer()
	require.NoError(t, s.Register(svc))
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	go s.Serve(l)
	t.Cleanup(func() { s.Close() })
	return l.Addr().String()
}

func TestGRPC(t *testing.T) {
	var client pingContract
	c, err := NewClient(WithTransport(GRPC), WithService("test.Ping"), WithAddresses(pingServer(t)), WithContract(&client, Protobuf()))
	require.NoError(t, err)
	defer c.Close()
	ctx := context.Background()
	var group sync.WaitGroup
	for range 50 {
		group.Add(1)
		go func() {
			defer group.Done()
			for range 20 {
				got, err := client.Ping(ctx, &pingMessage{"a"})
				require.NoError(t, err)
				require.Equal(t, "a!", got.Text)
			}
		}()
	}
	group.Wait()
	big := strings.Repeat("x", 3<<20)
	got, err := client.Ping(ctx, &pingMessage{big})
	require.NoError(t, err)
	require.Equal(t, big+"!", got.Text)
	_, err = client.Ping(ctx, &pingMessage{"fail"})
	require.Equal(t, &BizError{Status: 7, Message: "failed"}, err)
	n := 0
	var last error
	for m, err := range client.Count(ctx, &pingMessage{"n"}) {
		if last = err; err == nil {
			require.Equal(t, fmt.Sprint("n", n), m.Text)
			n++
		}
	}
	require.Equal(t, 100, n, "%v", last)
	var business *BizError
	require.True(t, errors.As(last, &business), "%v", last)
	some := func(yield func(*pingMessage, error) bool) {
		for i := range 1000 {
			if !yield(&pingMessage{strings.Repeat(fmt.Sprint(i), 100)}, nil) {
				return
			}
		}
	}
	joined, err := client.Join(ctx, some)
	require.NoError(t, err)
	require.Len(t, joined.Text, 100*(10+180+2700))
	n = 0
	for m, err := range client.Echo(ctx, some) {
		require.NoError(t, err)
		require.Equal(t, strings.Repeat(fmt.Sprint(n), 100), m.Text)
		n++
	}
	require.Equal(t, 1000, n)
}
