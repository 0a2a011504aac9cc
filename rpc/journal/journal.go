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
	tokens  float64
	filled  time.Time
	left    int  // lines that were not written since the last one
	noticed bool // a line of Notice is being written
}

// Warn writes a line of slog.LevelWarn, with attributes as log/slog takes them.
func (j *Journal) Warn(message string, attributes ...any) {
	j.write(slog.LevelWarn, message, attributes)
}

// Notice writes a line of slog.LevelWarn about what peers can bring about at any rate: at most one a second, in a goroutine of
// its own, and none while the logger has the one before. So it does not block, whatever the logger does.
func (j *Journal) Notice(message string, attributes ...any) {
	left, allowed := j.countNotice(message)
	if !allowed {
		return
	}
	go func() {
		defer j.noticed(message)
		j.log(slog.LevelWarn, message, left, attributes)
	}()
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
	if left, allowed := j.count(message); allowed {
		j.log(level, message, left, attributes)
	}
}

// log is write for a line that has been counted.
func (j *Journal) log(level slog.Level, message string, left int, attributes []any) {
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
	return j.kind(message, lineBurst).take(lineBurst, linesPerSecond)
}

// countNotice is count for Notice.
func (j *Journal) countNotice(message string) (left int, allowed bool) {
	j.lock.Lock()
	defer j.lock.Unlock()
	c := j.kind(message, 1)
	if c.noticed {
		c.left++
		return 0, false
	}
	left, c.noticed = c.take(1, 1)
	return left, c.noticed
}

// noticed is called when a line of Notice has been written.
func (j *Journal) noticed(message string) {
	j.lock.Lock()
	defer j.lock.Unlock()
	j.kinds[message].noticed = false
}

// kind returns the count of a kind of line, which has burst tokens at first. The lock is held.
func (j *Journal) kind(message string, burst float64) *lineCount {
	if j.kinds == nil {
		j.kinds = map[string]*lineCount{}
	}
	c := j.kinds[message] // a constant of this package
	if c == nil {
		c = &lineCount{tokens: burst, filled: time.Now()}
		j.kinds[message] = c
	}
	return c
}

// take takes a token from a bucket that holds burst of them, and gets perSecond. It returns what count does.
func (c *lineCount) take(burst, perSecond float64) (left int, allowed bool) {
	now := time.Now()
	c.tokens = min(burst, c.tokens+perSecond*now.Sub(c.filled).Seconds())
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
