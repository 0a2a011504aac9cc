package journal

import (
	"context"
	"log/slog"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// patience is how long something may take that must happen: only a hang exceeds it.
const patience = time.Minute

// handler keeps the lines that it is given, and does with each what the test says.
type handler struct {
	slog.Handler
	lock  sync.Mutex
	lines []slog.Record
	then  func()
}

func (h *handler) Enabled(context.Context, slog.Level) bool { return true }

func (h *handler) Handle(_ context.Context, r slog.Record) error {
	h.lock.Lock()
	h.lines = append(h.lines, r)
	h.lock.Unlock()
	h.then()
	return nil
}

func (h *handler) count() int {
	h.lock.Lock()
	defer h.lock.Unlock()
	return len(h.lines)
}

// leftOut adds up what the lines say was left out.
func (h *handler) leftOut() (sum int64) {
	h.lock.Lock()
	defer h.lock.Unlock()
	for _, r := range h.lines {
		r.Attrs(func(a slog.Attr) bool {
			if a.Key == "left_out" {
				sum += a.Value.Int64()
			}
			return true
		})
	}
	return sum
}

func newJournal(then func()) (*Journal, *handler) {
	h := &handler{then: then}
	return &Journal{Logger: slog.New(h)}, h
}

// TestNoticesAreRare: of what happens all the time a line a second is written, and each line says how many were left out.
func TestNoticesAreRare(t *testing.T) {
	t.Parallel()
	j, h := newJournal(func() {})
	started, notices := time.Now(), int64(0)
	for end := started.Add(patience); h.count() < 3 && time.Now().Before(end); notices++ {
		j.Notice("refused", "reason", "x")
		time.Sleep(5 * time.Millisecond)
	}
	require.Equal(t, 3, h.count())
	require.LessOrEqual(t, 2*time.Second, time.Since(started), "the first, and two after a second each")
	j.lock.Lock()
	left := int64(j.kinds["refused"].left)
	j.lock.Unlock()
	require.Equal(t, notices, 3+h.leftOut()+left)
	j.Notice("failed")
	require.Eventually(t, func() bool { return h.count() == 4 }, patience, time.Millisecond, "another kind is counted by itself")
}

// TestNoticesDoNotBlock: a logger that blocks, panics or ends its goroutine has one line at a time, and holds up nobody.
func TestNoticesDoNotBlock(t *testing.T) {
	t.Parallel()
	for name, then := range map[string]func(release chan struct{}){
		"blocks": func(release chan struct{}) { <-release },
		"panics": func(chan struct{}) { panic("logger") },
		"exits":  func(chan struct{}) { runtime.Goexit() },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			release := make(chan struct{})
			j, h := newJournal(func() { then(release) })
			for range 60 { // for longer than a second
				j.Notice("refused")
				time.Sleep(20 * time.Millisecond)
			}
			if name == "blocks" {
				require.Equal(t, 1, h.count())
			}
			close(release)
			seen := h.count()
			require.Eventually(t, func() bool { j.Notice("refused"); return h.count() > seen }, patience, time.Millisecond)
		})
	}
}

// TestAttributesThatPanic: the text of an error may be users' code.
func TestAttributesThatPanic(t *testing.T) {
	var text strings.Builder
	j := &Journal{Logger: slog.New(slog.NewTextHandler(&text, nil))}
	require.NotPanics(t, func() { j.Warn("failed", "reason", touchy{}) })
	require.Contains(t, text.String(), "failed")
}

type touchy struct{}

func (touchy) Error() string { panic("text") }
