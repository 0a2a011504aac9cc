// Package journal writes what no caller learns of to a logger: a bounded number of lines, whatever peers do.
package journal

import (
	"context"
	"fmt"
	"log/slog"
	"runtime/debug"
	"strings"
	"sync"
	"time"
)

// Journal writes what no caller learns of to a logger. Peers cause most of it, as often as they like, so of each kind of
// line a burst is written, and then only some each second; these say how many were left out.
type Journal struct {
	// Logger is where lines go. It is set before the first of them.
	Logger *slog.Logger

	lock  sync.Mutex
	kinds map[string]*lineCount
}

const (
	lineBurst      = 100
	linesPerSecond = 10
)

// lineCount is a bucket of tokens, one for each line that may be written.
type lineCount struct {
	tokens float64
	filled time.Time
	left   int // lines that were not written since the last one
}

// Warn writes a line of slog.LevelWarn, with attributes as log/slog takes them.
func (j *Journal) Warn(message string, attributes ...any) {
	j.write(slog.LevelWarn, message, attributes)
}

// Fail writes a line of slog.LevelError.
func (j *Journal) Fail(message string, attributes ...any) {
	j.write(slog.LevelError, message, attributes)
}

// Panicked writes a line about a panic of users' code, or about a goroutine that such code has ended, if value is nil. It is
// called by the function that recovers.
func (j *Journal) Panicked(message string, value any, attributes ...any) {
	what := "the goroutine was ended"
	if value != nil {
		what = fmt.Sprint(value)
	}
	j.Fail(message, append(attributes, "panic", what, "stack", string(debug.Stack()))...)
}

// write passes a line to the logger, which is users' code. If that panics, the line is lost, and nothing else happens.
func (j *Journal) write(level slog.Level, message string, attributes []any) {
	left, allowed := j.count(message)
	if !allowed {
		return
	}
	if left > 0 {
		attributes = append(attributes, "left_out", left)
	}
	defer func() { _ = recover() }()
	j.Logger.Log(context.Background(), level, message, attributes...)
}

// count reports whether a line is to be written, and how many of its kind were not since the last one.
func (j *Journal) count(message string) (left int, allowed bool) {
	j.lock.Lock()
	defer j.lock.Unlock()
	if j.kinds == nil {
		j.kinds = map[string]*lineCount{}
	}
	now := time.Now()
	c := j.kinds[message] // a constant of this package
	if c == nil {
		c = &lineCount{tokens: lineBurst, filled: now}
		j.kinds[message] = c
	}
	c.tokens = min(lineBurst, c.tokens+linesPerSecond*now.Sub(c.filled).Seconds())
	c.filled = now
	if c.tokens < 1 {
		c.left++
		return 0, false
	}
	c.tokens--
	left, c.left = c.left, 0
	return left, true
}

// Text returns the text of a handler's error, whose method may panic. A log may keep it, so it is a copy of what may be the
// request's.
func Text(err error) (text string) {
	defer func() {
		if value := recover(); value != nil {
			text = fmt.Sprintf("the method Error of %T panicked: %v", err, value)
		}
	}()
	return strings.Clone(err.Error())
}
