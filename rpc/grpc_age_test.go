package rpc_test

import (
	"fmt"
	"iter"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tagwire/tagwire/rpc"
)

// TestConnectionAge: calls that are in progress when their connection is too old go on, later ones go over others, and none is lost.
func TestConnectionAge(t *testing.T) {
	parallel(t)
	noLeaks(t)
	const callers, connections = 8, 4
	server := serveNotes(t, &notebook{}, rpc.WithConnectionAge(50*time.Millisecond, 0))
	client := noteClient(t, server.address)
	ctx := within(t)

	release := make(chan struct{})
	first := make(chan error, 1)
	joining := func(yield func(*note, error) bool) {
		if yield(&note{"a"}, nil) {
			<-release
			yield(&note{"b"}, nil)
		}
	}
	go func() {
		got, err := client.Join(ctx, joining)
		if err == nil && got.Text != "ab" {
			err = fmt.Errorf("joined %q", got.Text)
		}
		first <- err
	}()
	next, stop := iter.Pull2(client.Count(ctx, &note{"endless"}))
	defer stop()

	var over atomic.Bool
	var group sync.WaitGroup
	for range callers {
		group.Add(1)
		go func() {
			defer group.Done()
			for !over.Load() {
				if got, err := client.Echo(ctx, &note{"a"}); err != nil || got.Text != "a" {
					t.Errorf("a call is lost: %v %v", got, err)
					return
				}
				if err := countAll(client.Count(ctx, &note{"a"})); err != nil {
					t.Errorf("a stream is lost: %v", err)
					return
				}
			}
		}()
	}
	settle(t, func() string {
		if n := server.opened.Load(); n < connections {
			return fmt.Sprintf("there were %d connections", n)
		}
		return ""
	})
	over.Store(true)
	group.Wait()
	for range 100 {
		_, err, ok := next()
		require.True(t, ok)
		require.NoError(t, err)
	}
	close(release)
	require.NoError(t, <-first)
	stop()
	settle(t, func() string {
		if n := server.open.Load(); n > 0 {
			return fmt.Sprintf("%d old connections are left", n)
		}
		return ""
	})
	require.Zero(t, server.broken.Load())
}

// countAll reads the thousand messages of Count.
func countAll(all iter.Seq2[*note, error]) error {
	n := 0
	for _, err := range all {
		if err != nil {
			return err
		}
		n++
	}
	if n != 1000 {
		return fmt.Errorf("%d messages", n)
	}
	return nil
}

// TestConnectionAgeGrace: calls that take longer than the grace end with their connection.
func TestConnectionAgeGrace(t *testing.T) {
	parallel(t)
	noLeaks(t)
	b := &notebook{hook: untilDone}
	server := serveNotes(t, b, rpc.WithConnectionAge(30*time.Millisecond, 30*time.Millisecond))
	client := noteClient(t, server.address)
	ctx := within(t)
	_, err := client.Echo(ctx, &note{"wait"})
	require.Equal(t, rpc.CodeClosed, codeOf(t, err))
	for n, err := range client.Count(ctx, &note{"wait"}) {
		require.Nil(t, n)
		require.Equal(t, rpc.CodeClosed, codeOf(t, err))
	}
	settle(t, func() string { // on a busy host a connection may be too old before a call is over
		if got, err := client.Echo(ctx, &note{"b"}); err != nil || got.Text != "b" {
			return fmt.Sprintf("another call: %v %v", got, err)
		}
		return ""
	})
	require.NoError(t, ctx.Err())
	settle(t, func() string {
		if b.running.Load() > 0 || server.open.Load() > 0 {
			return "old calls or connections are left"
		}
		return ""
	})
}

// TestConnectionAgeOfIdleConnections: connections without calls end as well, whatever the peer does.
func TestConnectionAgeOfIdleConnections(t *testing.T) {
	parallel(t)
	noLeaks(t)
	server := serveNotes(t, &notebook{}, rpc.WithConnectionAge(30*time.Millisecond, 30*time.Millisecond))
	p := dialHTTP2(t, server.address) // which does not answer the ping before the end
	for {
		if _, err := p.ReadFrame(); err != nil {
			break
		}
	}
	client := noteClient(t, server.address)
	settle(t, func() string {
		if _, err := client.Echo(within(t), &note{"a"}); err != nil {
			return fmt.Sprintf("another call: %v", err)
		}
		return ""
	})
	settle(t, func() string {
		if server.open.Load() > 0 {
			return "an old connection is left"
		}
		return ""
	})
}
