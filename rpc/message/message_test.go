package message

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestErrorText: an error says method, peer, code, text and cause, as far as each is known.
func TestErrorText(t *testing.T) {
	remote := &net.UnixAddr{Name: "/s", Net: "unix"}
	for _, c := range []struct {
		err  error
		want string
	}{
		{&Error{Code: CodeTimeout}, "rpc: timeout"},
		{&Error{Code: CodeTimeout, Method: "Get"}, "rpc: Get: timeout"},
		{&Error{Code: CodeUnknownMethod, Method: "Get", Remote: remote, Message: "no Get"}, "rpc: Get@/s: unknown method: no Get"},
		{&Error{Code: CodeClosed, Remote: remote, Err: net.ErrClosed}, "rpc: @/s: connection closed: " + net.ErrClosed.Error()},
		{&Error{Code: 777, Err: errors.New("cause")}, "rpc: code 777: cause"},
		{CodeNoService, "no service named"},
		{&BizError{Status: -3, Message: "sold out"}, "business error -3: sold out"},
		{LimitError("%d of %d", 2, 1), "rpc: limit exceeded: 2 of 1"},
	} {
		require.Equal(t, c.want, c.err.Error())
	}
}

// TestErrorIs: an error is its code and what it wraps, and nothing else.
func TestErrorIs(t *testing.T) {
	err := fmt.Errorf("wrapped: %w", &Error{Code: CodeTimeout, Err: context.DeadlineExceeded})
	require.ErrorIs(t, err, CodeTimeout)
	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.NotErrorIs(t, err, CodeCanceled)
	require.ErrorIs(t, LimitError("x"), CodeLimit)
	for code, remote := range map[Code]bool{CodeUnknown: true, CodeNoService: true, 999: true, CodeConnect: false, CodePanic: false} {
		require.Equal(t, remote, code.Remote(), "%v", code)
	}
	require.Len(t, codeText, int(CodeCircuitOpen-CodeConnect)+1+15, "each code has a text")
}

// TestLimits: what is not set has its default, and nothing exceeds what formats can carry.
func TestLimits(t *testing.T) {
	l := Limits{MaxFrame: -1, MaxDepth: 7}.WithDefaults(1 << 29)
	require.Equal(t, Limits{
		MaxFrame: 16 << 20, MaxMessage: 64 << 20, MaxMethodName: 256, MaxHeader: 64 << 10, MaxHeaderEntries: 256, MaxAlloc: 64 << 20,
		MaxDepth: 7, MaxConnections: 10_000, MaxConnectionsPerPeer: 10_000, MaxPending: 16 << 20, MaxInFlight: 1024, MaxMemory: 1 << 29,
	}, l)
	const most = math.MaxInt
	l = Limits{most, most, most, most, most, most, most, most, most, most, most, most}.WithDefaults(math.MaxInt64)
	require.LessOrEqual(t, l.MaxFrame, math.MaxInt32)
	require.LessOrEqual(t, l.MaxMessage, math.MaxInt32)
	require.Equal(t, 1<<20, l.MaxMethodName)
	require.Equal(t, 4*math.MaxUint16, l.MaxHeader)
	require.Equal(t, 100_000, l.MaxDepth)
	require.Equal(t, math.MaxInt/2, l.MaxAlloc)
	require.Equal(t, math.MaxInt/2, Limits{}.WithDefaults(math.MaxInt64).MaxMemory)
	require.Equal(t, l.MaxConnections, l.MaxConnectionsPerPeer)
	require.Equal(t, 5, Limits{MaxConnections: 5, MaxConnectionsPerPeer: 6}.WithDefaults(1).MaxConnectionsPerPeer)
	require.Equal(t, 4, Limits{MaxConnections: 5, MaxConnectionsPerPeer: 4}.WithDefaults(1).MaxConnectionsPerPeer)
	require.Equal(t, l, l.WithDefaults(1), "limits that are complete stay as they are")
}
