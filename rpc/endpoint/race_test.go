package endpoint

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// closing is a connection that notes that it was closed.
type closing struct {
	net.Conn
	target string
	closed chan struct{}
}

func (c *closing) Close() error {
	close(c.closed)
	return nil
}

// newRacer returns a racer for a name with these addresses. A delay of an hour is one that must not be waited for.
func newRacer(connect func(ctx context.Context, target string) (net.Conn, error), delay time.Duration, addresses ...string) *racer {
	return &racer{
		lookup: func(context.Context, string, string) (found []netip.Addr, err error) {
			for _, a := range addresses {
				found = append(found, netip.MustParseAddr(a))
			}
			return found, nil
		},
		connect: func(ctx context.Context, _, target string) (net.Conn, error) { return connect(ctx, target) },
		delay:   delay,
	}
}

// TestRaceOrder: the families take turns, an address follows at once on one that fails, and the error is that of the first.
func TestRaceOrder(t *testing.T) {
	var tried []string
	refused := errors.New("refused")
	r := newRacer(func(_ context.Context, target string) (net.Conn, error) {
		tried = append(tried, target)
		if len(tried) == 1 {
			return nil, refused
		}
		return nil, errors.New("refused later")
	}, time.Hour, "fd00::1", "fd00::2", "fd00::3", "10.0.0.1", "::ffff:10.0.0.2")
	_, err := r.dial(context.Background(), "tcp", "name:80")
	require.Equal(t, refused, err)
	require.Equal(t, []string{"[fd00::1]:80", "10.0.0.1:80", "[fd00::2]:80", "10.0.0.2:80", "[fd00::3]:80"}, tried)
}

// TestRaceLosers: the first connection wins. One that comes later is closed, and an attempt that is under way is told to end.
func TestRaceLosers(t *testing.T) {
	late := &closing{closed: make(chan struct{})}
	stopped, won := make(chan struct{}), make(chan struct{})
	r := newRacer(func(ctx context.Context, target string) (net.Conn, error) {
		switch target {
		case "[fd00::1]:80": // a black hole
			<-ctx.Done()
			close(stopped)
			return nil, ctx.Err()
		case "10.0.0.1:80": // is there just when another has won
			<-won
			return late, nil
		}
		return &closing{target: target, closed: make(chan struct{})}, nil
	}, time.Millisecond, "fd00::1", "10.0.0.1", "fd00::2", "10.0.0.2")
	conn, err := r.dial(context.Background(), "tcp", "name:80")
	require.NoError(t, err)
	require.Equal(t, "[fd00::2]:80", conn.(*closing).target)
	close(won)
	<-stopped
	<-late.closed
	select {
	case <-conn.(*closing).closed:
		t.Error("the winner is closed")
	default:
	}
}

// TestRaceEnds: the end of the context ends all attempts, and no further one begins.
func TestRaceEnds(t *testing.T) {
	var running atomic.Int64
	ctx, cancel := context.WithCancel(context.Background())
	r := newRacer(func(ctx context.Context, _ string) (net.Conn, error) {
		if running.Add(1) == 2 {
			cancel()
		}
		<-ctx.Done()
		running.Add(-1)
		return nil, ctx.Err()
	}, time.Millisecond, "10.0.0.1", "10.0.0.2")
	_, err := r.dial(ctx, "tcp", "name:80")
	require.ErrorIs(t, err, context.Canceled)
	require.Eventually(t, func() bool { return running.Load() == 0 }, patience, time.Millisecond)
}

// TestRaceNeedsAName: numeric addresses and unix sockets go to the dialer as they are; a lookup has the family of the network, and a name
// with thousands of addresses costs a few attempts.
func TestRaceNeedsAName(t *testing.T) {
	var tried []string
	r := newRacer(func(_ context.Context, target string) (net.Conn, error) {
		tried = append(tried, target)
		return nil, errors.New("refused")
	}, time.Hour)
	direct := []string{"10.0.0.1:80", "[fd00::1]:80", "[fe80::1%lo]:80", ":80", "no port"}
	for _, address := range direct {
		_, err := r.dial(context.Background(), "tcp", address)
		require.EqualError(t, err, "refused")
	}
	_, err := r.dial(context.Background(), "unix", "name:80")
	require.EqualError(t, err, "refused")
	require.Equal(t, append(direct, "name:80"), tried)

	_, err = r.dial(context.Background(), "tcp", "name:80")
	require.EqualError(t, err, "dial tcp name:80: the name has no address")

	tried = nil
	many := netip.MustParseAddr("10.0.0.1")
	r.lookup = func(_ context.Context, network, _ string) (found []netip.Addr, err error) {
		require.Equal(t, "ip4", network)
		for range 5000 {
			found = append(found, many)
			many = many.Next()
		}
		return found, nil
	}
	_, err = r.dial(context.Background(), "tcp4", "name:80")
	require.EqualError(t, err, "refused")
	require.Len(t, tried, maxAddresses)

	r.lookup = func(context.Context, string, string) ([]netip.Addr, error) { return nil, errors.New("unknown") }
	_, err = r.dial(context.Background(), "tcp", "name:80")
	require.EqualError(t, err, "dial tcp: unknown")
}

// TestDial connects to a name of the system's.
func TestDial(t *testing.T) {
	listener, err := net.Listen("tcp", "localhost:0")
	require.NoError(t, err)
	defer func() { require.NoError(t, listener.Close()) }()
	_, port, err := net.SplitHostPort(listener.Addr().String())
	require.NoError(t, err)
	for range 20 {
		conn, err := Dial(context.Background(), "tcp", "localhost:"+port)
		require.NoError(t, err)
		require.Equal(t, listener.Addr().String(), conn.RemoteAddr().String())
		require.NoError(t, conn.Close())
	}
}
