package transport

import (
	"errors"
	"io"
	"net"
	"os"
	"syscall"

	"github.com/tagwire/tagwire/rpc/message"
)

// ErrInterrupted is returned by [Conn.Await] after [Conn.Interrupt].
var ErrInterrupted = errors.New("the wait was interrupted")

// ErrUnsent says that a message was not sent, or not to its end, or that the peer has closed the connection before it had all of it.
var ErrUnsent = errors.New("the connection ended before the message was sent")

// Unsent reports that an error of an Exchanger wraps ErrUnsent: the request cannot have been read. It asks no code of users'.
func Unsent(err error) bool {
	e, ok := err.(*message.Error)
	return ok && e.Err == ErrUnsent
}

// IsTimeout reports whether an error of a connection means that its deadline has passed. That the peer has not acknowledged
// anything for too long ends the connection, and is none.
func IsTimeout(err error) bool {
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		return true
	case errors.Is(err, syscall.ETIMEDOUT):
		return false
	}
	var timeout interface{ Timeout() bool }
	return errors.As(err, &timeout) && timeout.Timeout()
}

// IsClosed reports whether an error of a connection means that it has ended. A timeout is none.
func IsClosed(err error) bool {
	if IsTimeout(err) {
		return false
	}
	for _, end := range []error{io.EOF, io.ErrUnexpectedEOF, io.ErrClosedPipe, io.ErrNoProgress, net.ErrClosed} {
		if errors.Is(err, end) {
			return true
		}
	}
	var operation *net.OpError
	return errors.As(err, &operation)
}
