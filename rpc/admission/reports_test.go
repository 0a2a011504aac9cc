package admission

import (
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestReports: reports that do not return leave no more than their number behind, those that end their goroutine leave none.
func TestReports(t *testing.T) {
	r := NewReports()
	for range 3 * mostReports {
		r.Begin(runtime.Goexit)
		require.Eventually(t, func() bool { return len(r) == 0 }, patience, time.Microsecond)
	}
	var begun atomic.Int64
	release := make(chan struct{})
	for range 3 * mostReports {
		r.Begin(func() { begun.Add(1); <-release })
	}
	require.Eventually(t, func() bool { return begun.Load() == mostReports }, patience, time.Millisecond)
	close(release)
	require.Eventually(t, func() bool { return len(r) == 0 }, patience, time.Millisecond)
	require.Equal(t, int64(mostReports), begun.Load())
}
