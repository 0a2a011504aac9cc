//go:build !((linux || darwin) && (amd64 || arm64))

package island

import (
	"unsafe"

	"github.com/tagwire/tagwire/jit/abi"
)

// fastCall is never reached on a host without a native engine.
func fastCall(body uintptr, value, data unsafe.Pointer, length, levels int, maps unsafe.Pointer) (exit abi.ExitCode, result uintptr) {
	panic("BUG: jit: native code entered on a host without a native engine")
}
