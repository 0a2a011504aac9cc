package channel

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tagwire/tagwire/rpc/transport/http2"
)

// TestKeepAlive: the interval is doubled with each connection that a server has ended because of too many pings, within bounds.
func TestKeepAlive(t *testing.T) {
	for _, row := range []struct {
		interval, want time.Duration
		calmed         int64
	}{
		{0, 0, 0}, {0, 0, 5},
		{time.Minute, time.Minute, 0}, {time.Minute, 2 * time.Minute, 1}, {time.Minute, 8 * time.Minute, 3},
		{time.Minute, longestInterval, 1 << 40}, {time.Millisecond, time.Millisecond, 0}, {time.Millisecond, 2 * sweepInterval, 1},
		{3 * time.Hour, 3 * time.Hour, 4}, {1<<63 - 1, 1<<63 - 1, 7},
	} {
		c := New(Config{KeepAlive: http2.KeepAlive{Interval: row.interval, Timeout: time.Second, Idle: true}})
		c.calmed.Store(row.calmed)
		require.Equal(t, http2.KeepAlive{Interval: row.want, Timeout: time.Second, Idle: true}, c.keepAlive(), "%v", row)
		c.Close()
	}
}
