package grpc

import (
	"math"
	"strconv"
	"time"
)

// timeoutDigits is how many digits a timeout may have.
const timeoutDigits = 8

// timeoutUnits are the units of timeouts, the shortest first.
var timeoutUnits = [...]struct {
	letter byte
	length time.Duration
}{
	{'n', time.Nanosecond}, {'u', time.Microsecond}, {'m', time.Millisecond}, {'S', time.Second}, {'M', time.Minute}, {'H', time.Hour},
}

// ParseTimeout reads the value of the header field grpc-timeout. A timeout longer than a time.Duration can be is the longest one. The
// error is a *Status. Without an error it does not allocate.
func ParseTimeout(value string) (time.Duration, error) {
	digits := len(value) - 1
	if digits < 1 || digits > timeoutDigits {
		return 0, malformed("grpc-timeout", value)
	}
	n := int64(0)
	for i := range digits {
		if value[i] < '0' || value[i] > '9' {
			return 0, malformed("grpc-timeout", value)
		}
		n = 10*n + int64(value[i]-'0')
	}
	for _, unit := range timeoutUnits {
		if unit.letter != value[digits] {
			continue
		}
		if n > int64(math.MaxInt64/unit.length) {
			return math.MaxInt64, nil
		}
		return time.Duration(n) * unit.length, nil
	}
	return 0, malformed("grpc-timeout", value)
}

// AppendTimeout appends the value of the header field grpc-timeout, in the shortest unit that 8 digits are enough for, rounded up: 0 only
// if d is not positive.
func AppendTimeout(dst []byte, d time.Duration) []byte {
	const most = 99_999_999
	d = max(d, 0)
	for _, unit := range timeoutUnits {
		n := d / unit.length
		if d%unit.length > 0 {
			n++
		}
		if n <= most { // in hours it always is
			return append(strconv.AppendInt(dst, int64(n), 10), unit.letter)
		}
	}
	panic("BUG: a duration of more than 99,999,999 hours")
}

// malformed returns the status for a header field that cannot be read.
func malformed(name, value string) *Status {
	const shown = 64
	if len(value) > shown {
		value = value[:shown]
	}
	return &Status{Code: Internal, Message: "malformed " + name + ": " + strconv.Quote(value)}
}
