package island

import "time"

// What a time.Time looks like inside is known to package time alone.

// splitTime returns the seconds since 1970 of the time at an address, and the nanoseconds since the last of them.
func (s *state) splitTime(f *frame) bool {
	t := *(*time.Time)(pointerIn(&f.arguments[0]))
	f.arguments[0], f.arguments[1] = uintptr(t.Unix()), uintptr(t.Nanosecond())
	return true
}

// setTime stores the time, in UTC, of these seconds and nanoseconds.
func (s *state) setTime(f *frame) bool {
	*(*time.Time)(pointerIn(&f.arguments[0])) = time.Unix(int64(f.arguments[1]), int64(f.arguments[2])).UTC()
	return true
}
