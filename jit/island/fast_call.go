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
// It is for programs that need no exit but for fuel or stack (Program.fastCall), and for calls that end within the initial
// fuel and on a shallow stack. On any other exit the native stack is gone when fastCall returns, so the call has to be repeated
// with a state. While native code runs the goroutine has no safe point, so its stack is not moved; the stack check of fastCall
// itself is a safe point, once per call.
//
//go:noescape
func fastCall(body uintptr, value, data unsafe.Pointer, length, levels int, maps unsafe.Pointer) (exit abi.ExitCode, result uintptr)
