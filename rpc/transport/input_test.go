package transport

import (
	"net"
	"testing"

	"github.com/stretchr/testify/require"
)

// endless is a connection from which as much can be read as is asked for.
type endless struct {
	net.Conn
	reads int
}

func (e *endless) Read(p []byte) (int, error) {
	e.reads++
	return len(p), nil
}

// TestReadMany: from a connection on which many messages arrive together much is read at once, although its buffer was small before,
// wherever messages end; and where memory is short, as much as there is memory for.
func TestReadMany(t *testing.T) {
	for _, size := range []int{10, 1000, 1114, 4096, 5000} {
		for _, limit := range []int64{1 << 20, 24 << 10} {
			near, _ := pipe(t)
			e := &endless{Conn: near}
			c := NewConn(e, NewBudget(limit))
			take := func() {
				_, err := c.Next(size)
				require.NoError(t, err)
				c.Release()
			}
			take()
			c.ReadMany()
			e.reads = 0
			const total = 10 * keptBuffer
			for range total / size {
				take()
			}
			most := total/keptBuffer + 4
			if limit < keptBuffer {
				most = total/min(size, leastAhead) + 4
			}
			require.LessOrEqual(t, e.reads, most, "messages of %d bytes, memory of %d", size, limit)
			require.LessOrEqual(t, c.Charged(), limit)
			c.Close()
		}
	}
}
