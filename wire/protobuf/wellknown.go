package protobuf

import (
	"math"
	"time"
)

// The messages Timestamp and Duration have the same fields: seconds, an int64, and nanoseconds, an int32.
const (
	SecondsNumber = 1
	NanosNumber   = 2
	// NanosPerSecond is one more than the most nanoseconds.
	NanosPerSecond = 1_000_000_000
	// LeastSeconds and MostSeconds are those of the first and the last second of the years 1 to 9999.
	LeastSeconds = -62_135_596_800
	MostSeconds  = 253_402_300_799
	// MostWholeSeconds is the most seconds that a time.Duration has, and those below zero without their sign. The message may have more.
	MostWholeSeconds = math.MaxInt64 / NanosPerSecond
)

// TimeFields returns the fields of a Timestamp. It reports false if there is none for that time.
func TimeFields(t time.Time) (seconds int64, nanos int32, ok bool) {
	seconds = t.Unix()
	return seconds, int32(t.Nanosecond()), seconds >= LeastSeconds && seconds <= MostSeconds
}

// TimeOf returns the time, in UTC, that a Timestamp with these fields means. It reports false if that has no meaning.
func TimeOf(seconds int64, nanos int32) (t time.Time, ok bool) {
	if seconds < LeastSeconds || seconds > MostSeconds || nanos < 0 || nanos >= NanosPerSecond {
		return t, false
	}
	return time.Unix(seconds, int64(nanos)).UTC(), true
}

// DurationFields returns the fields of a Duration: both have its sign.
func DurationFields(d time.Duration) (seconds int64, nanos int32) {
	return int64(d) / NanosPerSecond, int32(int64(d) % NanosPerSecond)
}

// DurationOf returns what a Duration with these fields means. It reports false if that has no meaning, or does not fit a time.Duration.
func DurationOf(seconds int64, nanos int32) (d time.Duration, ok bool) {
	switch {
	case seconds < -MostWholeSeconds || seconds > MostWholeSeconds:
		return 0, false
	case nanos <= -NanosPerSecond || nanos >= NanosPerSecond:
		return 0, false
	}
	d = time.Duration(seconds*NanosPerSecond + int64(nanos))
	return d, nanos == 0 || (d < 0) == (nanos < 0) // else the signs differ, or the sum does not fit
}
