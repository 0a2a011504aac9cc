package transport

import (
	"errors"
	"io"
	"net"
	"os"
)

// ErrInterrupted is returned by [Conn.Await] after [Conn.Interrupt].
var ErrInterrupted = errors.New("the wait was interrupted")

// IsTimeout reports whether an error of a connection means that its deadline has passed.
func IsTimeout(err error) bool {
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return true
	}
	var timeout interface{ Timeout() bool }
	return errors.As(err, &timeout) && timeout.Timeout()
}

// IsClosed reports whether an error of a connection means that it has ended.
func IsClosed(err error) bool {
	for _, end := range []error{io.EOF, io.ErrUnexpectedEOF, io.ErrClosedPipe, io.ErrNoProgress, net.ErrClosed} {
		if errors.Is(err, end) {
			return true
		}
	}
	var operation *net.OpError
	return errors.As(err, &operation)
}
