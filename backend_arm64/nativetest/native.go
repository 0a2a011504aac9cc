//go:build linux && arm64

package nativetest

import (
	"syscall"
	"testing"
	"unsafe"
)

// Executable maps machine code as memory that runs. The memory is never given back: a test is short. When the kernel makes it
// executable, it makes the instruction cache agree with it.
func Executable(t testing.TB, code []byte) uintptr {
	t.Helper()
	memory, err := syscall.Mmap(-1, 0, max(len(code), 1), syscall.PROT_READ|syscall.PROT_WRITE,
		syscall.MAP_PRIVATE|syscall.MAP_ANON)
	if err != nil {
		t.Fatal(err)
	}
	copy(memory, code)
	if err := syscall.Mprotect(memory, syscall.PROT_READ|syscall.PROT_EXEC); err != nil {
		t.Fatal(err)
	}
	return uintptr(unsafe.Pointer(&memory[0]))
}

// Call calls code as if it were a Go function: the argument is in R0. The code must keep SP, R18, R28 and R29, and use little
// stack. The goroutine cannot be stopped while it runs.
func Call(code uintptr, argument unsafe.Pointer) {
	function := &code // what a Go func value points to
	(*(*func(unsafe.Pointer))(unsafe.Pointer(&function)))(argument)
}
