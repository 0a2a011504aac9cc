package socket

import (
	"syscall"
	"unsafe"

	"golang.org/x/net/bpf"
)

// Offsets in the header of TCP, at which the kernel shows a segment to the filter of a socket.
const (
	tcpHeaderSize = 12 // in the upper half of the byte, in words of four bytes
	tcpFlags      = 13
)

const (
	flagSYN = 0x02
	flagACK = 0x10
	all     = 1<<32 - 1
)

// withoutData lets segments pass that carry no data: acknowledgements, and the end of the connection.
var withoutData = assemble(
	bpf.LoadAbsolute{Off: tcpHeaderSize, Size: 1},
	bpf.ALUOpConstant{Op: bpf.ALUOpAnd, Val: 0xf0},
	bpf.ALUOpConstant{Op: bpf.ALUOpShiftRight, Val: 2},
	bpf.TAX{},
	bpf.LoadExtension{Num: bpf.ExtLen},
	bpf.ALUOpX{Op: bpf.ALUOpSub},
	bpf.JumpIf{Cond: bpf.JumpEqual, Val: 0, SkipFalse: 1},
	bpf.RetConstant{Val: all},
	bpf.RetConstant{Val: 0},
)

// underWay lets segments pass but those that begin a connection.
var underWay = assemble(
	bpf.LoadAbsolute{Off: tcpFlags, Size: 1},
	bpf.ALUOpConstant{Op: bpf.ALUOpAnd, Val: flagSYN | flagACK},
	bpf.JumpIf{Cond: bpf.JumpEqual, Val: flagSYN, SkipFalse: 1},
	bpf.RetConstant{Val: 0},
	bpf.RetConstant{Val: all},
)

func assemble(instructions ...bpf.Instruction) []syscall.SockFilter {
	raw, err := bpf.Assemble(instructions)
	if err != nil {
		panic(err) // they are constant
	}
	filter := make([]syscall.SockFilter, len(raw))
	for i, r := range raw {
		filter[i] = syscall.SockFilter{Code: r.Op, Jt: r.Jt, Jf: r.Jf, K: r.K}
	}
	return filter
}

// everything lets all segments pass.
var everything = assemble(bpf.RetConstant{Val: all})

// attach gives the socket a filter, in place of the one that it has. Those of Multipath TCP can have none.
func attach(raw syscall.RawConn, filter []syscall.SockFilter) {
	_ = raw.Control(func(fd uintptr) {
		_ = syscall.AttachLsf(int(fd), filter) //lint:ignore SA1019 the package that it names attaches filters to packet sockets only
	})
}

// detach takes the filter away. Where that is not possible, as in qemu's emulation of Linux, the socket gets one that does nothing.
func detach(raw syscall.RawConn) {
	_ = raw.Control(func(fd uintptr) {
		failed := syscall.DetachLsf(int(fd)) //lint:ignore SA1019 see above
		if failed != nil {
			_ = syscall.AttachLsf(int(fd), everything) //lint:ignore SA1019 see above
		}
	})
}

func ignoreData(raw syscall.RawConn) (undo func()) {
	attach(raw, withoutData)
	return func() { detach(raw) }
}

func ignoreConnects(raw syscall.RawConn) { attach(raw, underWay) }

// pollDescriptor is struct pollfd.
type pollDescriptor struct {
	fd               int32
	wanted, returned int16
}

const pollIn = 1

func waiting(raw syscall.RawConn) (found bool) {
	_ = raw.Control(func(fd uintptr) {
		p := pollDescriptor{fd: int32(fd), wanted: pollIn}
		var now syscall.Timespec
		// Both live until the call returns: their addresses are arguments of it.
		n, _, _ := syscall.Syscall6(syscall.SYS_PPOLL, uintptr(unsafe.Pointer(&p)), 1, uintptr(unsafe.Pointer(&now)), 0, 0, 0)
		found = n == 1
	})
	return found
}
