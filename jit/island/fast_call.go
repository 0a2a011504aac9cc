//go:build (linux || darwin) && (amd64 || arm64)

package island

import (
	"unsafe"

	"github.com/tagwire/tagwire/jit/abi"
)

// fastCall calls a native function (value, cursor, end) -> result on the goroutine's own stack, without a state: the Frame
// and a small native stack lie in the frame of this assembly function. It returns the exit, Done if the function returned,
// and the function's result.
//
// That is for programs that need nothing of Go (program.fastCall), and for calls that end within one load of fuel and on a shallow
// stack. Whatever else native code asks for, its stack is gone when fastCall returns, so the call has to begin
// again in a state. While native code runs the goroutine has no safe point, so nothing moves the stack under it;
// the stack check of fastCall itself is a safe point, once a call.
//
//go:noescape
func fastCall(body uintptr, value, data unsafe.Pointer, length, levels int) (exit abi.ExitCode, result uintptr)
