//go:build unix && !aix

package transport

import (
	"errors"
	"syscall"
)

// prober looks at what has arrived on a connection without taking it. It does not wait.
type prober struct {
	raw   rawConn
	look  func(fd uintptr)
	byte  [1]byte
	quiet bool
}

func newProber(raw rawConn) *prober {
	p := &prober{raw: raw}
	p.look = func(fd uintptr) {
		_, _, err := syscall.Recvfrom(int(fd), p.byte[:], syscall.MSG_PEEK|syscall.MSG_DONTWAIT)
		p.quiet = err == syscall.EAGAIN || err == syscall.EINTR
	}
	return p
}

// nothing reports that nothing has arrived, the end of the connection included.
func (p *prober) nothing() (bool, error) {
	p.quiet = false
	err := p.raw.Control(p.look)
	return p.quiet, err
}

// isReset reports that the peer has reset the connection.
func isReset(err error) bool { return errors.Is(err, syscall.ECONNRESET) }
