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

// attach gives the socket a filter, and returns what takes it away. Those of Multipath TCP can have none.
func attach(raw syscall.RawConn, filter []syscall.SockFilter) (attached bool, detach func()) {
	var failed error
	err := raw.Control(func(fd uintptr) {
		failed = syscall.AttachLsf(int(fd), filter) //lint:ignore SA1019 the package that it names attaches filters to packet sockets only
	})
	return err == nil && failed == nil, func() {
		_ = raw.Control(func(fd uintptr) {
			_ = syscall.DetachLsf(int(fd)) //lint:ignore SA1019 see above
		})
	}
}

func ignoreData(raw syscall.RawConn) (done bool, undo func())     { return attach(raw, withoutData) }
func ignoreConnects(raw syscall.RawConn) (done bool, undo func()) { return attach(raw, underWay) }

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
