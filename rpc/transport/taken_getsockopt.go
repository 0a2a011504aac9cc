//go:build linux && !386 && !s390x

package transport

import (
	"encoding/binary"
	"syscall"
	"unsafe"
)

// What TCP_INFO returns, as far as it is needed: tcpi_bytes_acked, which the kernel has since Linux 4.1.
const (
	infoSize    = 128
	ackedOffset = 120
)

// acknowledged returns how many bytes the peer's kernel has said that it has, of all that were sent over a TCP connection. The first
// one may be that of the handshake.
func acknowledged(raw rawConn) (n uint64, known bool) {
	var info [infoSize]byte
	size := uint32(len(info))
	err := raw.Control(func(fd uintptr) {
		// info and size live until the call returns.
		_, _, failure := syscall.Syscall6(syscall.SYS_GETSOCKOPT, fd, syscall.IPPROTO_TCP, syscall.TCP_INFO,
			uintptr(unsafe.Pointer(&info)), uintptr(unsafe.Pointer(&size)), 0)
		known = failure == 0 && size >= infoSize
	})
	return binary.NativeEndian.Uint64(info[ackedOffset:]), known && err == nil
}
