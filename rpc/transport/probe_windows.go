package transport

import (
	"syscall"
	"unsafe"
)

// pollDescriptor is WSAPOLLFD of the Windows API.
type pollDescriptor struct {
	socket   uintptr
	wanted   int16
	returned int16
}

const pollReadable = 0x0100 | 0x0200 // POLLRDNORM and POLLRDBAND

var socketsPoll = syscall.NewLazyDLL("ws2_32.dll").NewProc("WSAPoll")

// prober looks whether something has arrived on a connection.
type prober struct {
	raw    rawConn
	look   func(fd uintptr)
	socket pollDescriptor
	quiet  bool
}

func newProber(raw rawConn) *prober {
	p := &prober{raw: raw}
	p.look = func(fd uintptr) {
		p.socket = pollDescriptor{socket: fd, wanted: pollReadable}
		// The descriptor lives until the call returns: its address is an argument of it. With a timeout of 0 it does not wait.
		n, _, _ := socketsPoll.Call(uintptr(unsafe.Pointer(&p.socket)), 1, 0)
		p.quiet = n == 0
	}
	return p
}

// nothing reports that nothing has arrived, the end of the connection included.
func (p *prober) nothing() (bool, error) {
	p.quiet = false
	err := p.raw.Control(p.look)
	return p.quiet, err
}

// isReset is not asked where Untaken knows nothing of what was sent.
func isReset(error) bool { return false }
