package rpc_test

import (
	"context"
	"errors"
	"iter"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/net/http2"

	"github.com/tagwire/tagwire/rpc"
	"github.com/tagwire/tagwire/rpc/grpc"
)

// late is a server that cannot be connected to for the first few times.
type late struct {
	attempts, refused atomic.Int64
}

func (l *late) dialer() rpc.ClientOption {
	return rpc.WithDialer(func(ctx context.Context, network, address string) (net.Conn, error) {
		if l.attempts.Add(1) <= l.refused.Load() {
			return nil, errors.New("nobody is there")
		}
		var d net.Dialer
		return d.DialContext(ctx, network, address)
	})
}

// TestWaitForReady: calls wait for a server that starts later, where their context says so.
func TestWaitForReady(t *testing.T) {
	noLeaks(t)
	server := serveNotes(t, &notebook{})
	for name, call := range map[string]func(ctx context.Context, client *notes) error{
		"unary": func(ctx context.Context, client *notes) error {
			got, err := client.Echo(ctx, &note{"a"})
			if err == nil && got.Text != "a" {
				err = errors.New(got.Text)
			}
			return err
		},
		"stream": func(ctx context.Context, client *notes) error { return countAll(client.Count(ctx, &note{"a"})) },
	} {
		t.Run(name, func(t *testing.T) {
			l := &late{}
			l.refused.Store(3)
			client := noteClient(t, server.address, l.dialer())
			err := call(within(t), client)
			require.Equal(t, rpc.CodeConnect, codeOf(t, err))
			require.ErrorContains(t, err, "nobody is there")
			require.NoError(t, call(rpc.WithWaitForReady(within(t)), client))
			require.EqualValues(t, 4, min(4, l.attempts.Load()))

			never := &late{}
			never.refused.Store(1 << 40)
			client = noteClient(t, server.address, never.dialer())
			ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
			defer cancel()
			err = call(rpc.WithWaitForReady(ctx), client)
			require.Equal(t, rpc.CodeTimeout, codeOf(t, err))
			require.ErrorIs(t, err, context.DeadlineExceeded)
			require.ErrorContains(t, err, "nobody is there")
			ctx, cancel = context.WithCancel(context.Background())
			before := never.attempts.Load()
			ended := make(chan error, 1)
			go func() { ended <- call(rpc.WithWaitForReady(ctx), client) }()
			settle(t, func() string {
				if never.attempts.Load() == before {
					return "no attempt is made"
				}
				return ""
			})
			cancel()
			err = <-ended
			require.Equal(t, rpc.CodeCanceled, codeOf(t, err))
			require.ErrorIs(t, err, context.Canceled)
		})
	}
	t.Run("the client's timeout", func(t *testing.T) {
		l := &late{}
		l.refused.Store(1 << 40)
		client := noteClient(t, server.address, l.dialer(), rpc.WithTimeout(50*time.Millisecond))
		_, err := client.Echo(rpc.WithWaitForReady(context.Background()), &note{"a"})
		require.Equal(t, rpc.CodeTimeout, codeOf(t, err))
		require.ErrorIs(t, err, context.DeadlineExceeded)
	})
	t.Run("closed", func(t *testing.T) {
		l := &late{}
		l.refused.Store(1 << 40)
		made, client := noteClientOf(t, server.address, l.dialer())
		ended := make(chan error, 1)
		go func() {
			_, err := client.Echo(rpc.WithWaitForReady(within(t)), &note{"a"})
			ended <- err
		}()
		settle(t, func() string {
			if l.attempts.Load() == 0 {
				return "no attempt is made"
			}
			return ""
		})
		require.NoError(t, made.Close())
		require.Equal(t, rpc.CodeShutdown, codeOf(t, <-ended))
	})
}

// TestAuthority: a client calls its servers what WithAuthority says, else what their addresses are.
func TestAuthority(t *testing.T) {
	noLeaks(t)
	authorities := make(chan string, 1)
	address := scripted(t, func(p *rawHTTP2) {
		for {
			frame, err := p.ReadFrame()
			if err != nil {
				return
			}
			if f, ok := frame.(*http2.MetaHeadersFrame); ok {
				authorities <- f.PseudoValue("authority")
				_ = p.headers(f.StreamID, true, ":status", "200", "content-type", "application/grpc", "grpc-status", "14", "grpc-message", "no")
			}
		}
	})
	for _, c := range []struct {
		want    string
		options []rpc.ClientOption
	}{
		{address, nil},
		{"shop.example:8443", []rpc.ClientOption{rpc.WithAuthority("shop.example:8443")}},
	} {
		made, client := noteClientOf(t, address, c.options...)
		_, err := client.Echo(within(t), &note{"a"})
		require.ErrorIs(t, err, grpc.Unavailable)
		require.Equal(t, c.want, <-authorities)
		for _, err := range iter.Seq2[*note, error](client.Count(within(t), &note{"a"})) {
			require.ErrorIs(t, err, grpc.Unavailable)
		}
		require.Equal(t, c.want, <-authorities)
		require.NoError(t, made.Close()) // the script serves one connection after the other
	}
}

// TestGRPCLimits: messages and metadata that are longer than either side takes are refused with a code, and calls go on.
func TestGRPCLimits(t *testing.T) {
	noLeaks(t)
	const most = 64 << 10
	long := strings.Repeat("x", 2*most)
	small := rpc.WithLimits(rpc.Limits{MaxFrame: most, MaxHeader: 16 << 10})
	hook := func(ctx context.Context, text string) error {
		if text == "metadata" {
			return grpc.SetTrailer(ctx, grpc.Pairs("long", long))
		}
		return nil
	}
	for name, sides := range map[string]struct {
		server []rpc.ServerOption
		client []rpc.ClientOption
	}{
		"server": {[]rpc.ServerOption{small}, nil},
		"client": {nil, []rpc.ClientOption{small}},
	} {
		t.Run(name, func(t *testing.T) {
			server := serveNotes(t, &notebook{hook: hook}, sides.server...)
			client := noteClient(t, server.address, append(sides.client, rpc.WithSharedConnections(1))...)
			ctx := within(t)
			sound := func() {
				t.Helper()
				got, err := client.Echo(ctx, &note{"a"})
				require.NoError(t, err)
				require.Equal(t, "a", got.Text)
			}
			for range 3 {
				_, err := client.Echo(ctx, &note{long})
				require.ErrorIs(t, err, grpc.ResourceExhausted)
				sound()
				_, err = client.Join(ctx, func(yield func(*note, error) bool) {
					_ = yield(&note{"a"}, nil) && yield(&note{long}, nil)
				})
				require.ErrorIs(t, err, grpc.ResourceExhausted)
				sound()
				var last error
				for _, err := range client.Count(ctx, &note{long}) {
					last = err
				}
				require.ErrorIs(t, last, grpc.ResourceExhausted)
				sound()
			}
			fits := strings.Repeat("x", most-100)
			got, err := client.Echo(ctx, &note{fits})
			require.NoError(t, err)
			require.Equal(t, fits, got.Text)
			if name == "server" {
				for range 3 {
					_, err := client.Echo(grpc.WithMetadata(ctx, grpc.Pairs("long", long)), &note{"a"})
					require.Equal(t, rpc.CodeLimit, codeOf(t, err))
					require.ErrorContains(t, err, "header")
					sound()
				}
				return
			}
			for range 3 {
				_, err := client.Echo(ctx, &note{"metadata"})
				require.Error(t, err)
				_ = codeOf(t, err)
				sound()
			}
		})
	}
}
