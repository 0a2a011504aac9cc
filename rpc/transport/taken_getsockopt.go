//go:build linux && !386 && !s390x

package transport

import (
	"encoding/binary"
	"syscall"
	"unsafe"
)

// What TCP_INFO returns, as far as it is needed: tcpi_bytes_acked, which the kernel has since Linux 4.1, and tcpi_state.
const (
	infoSize    = 128
	ackedOffset = 120
	stateOffset = 0

	stateClosed    = 7 // TCP_CLOSE
	stateCloseWait = 8 // TCP_CLOSE_WAIT
)

// ackProber asks what the peer of a TCP connection has acknowledged.
type ackProber struct {
	raw  rawConn
	ask  func(fd uintptr)
	info [infoSize]byte
	size uint32
}

func newAckProber(raw rawConn) *ackProber {
	p := &ackProber{raw: raw}
	p.ask = func(fd uintptr) {
		p.size = infoSize
		// ask refers to p, so that info and size stay where they are until the call has returned.
		_, _, failed := syscall.Syscall6(syscall.SYS_GETSOCKOPT, fd, syscall.IPPROTO_TCP, syscall.TCP_INFO,
			uintptr(unsafe.Pointer(&p.info)), uintptr(unsafe.Pointer(&p.size)), 0)
		if failed != 0 {
			p.size = 0
		}
	}
	return p
}

// acknowledged returns how many bytes the peer's kernel has said that it has, of all that were sent. The first one may be that of the
// handshake.
func (p *ackProber) acknowledged() (n uint64, known bool) {
	err := p.raw.Control(p.ask)
	return binary.NativeEndian.Uint64(p.info[ackedOffset:]), err == nil && p.size >= infoSize
}

// peerClosed reports that the peer sends nothing more on the connection.
func (p *ackProber) peerClosed() bool {
	err := p.raw.Control(p.ask)
	state := p.info[stateOffset]
	return err == nil && p.size > 0 && (state == stateClosed || state == stateCloseWait)
}
