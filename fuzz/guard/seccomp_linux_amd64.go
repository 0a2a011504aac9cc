package guard

import (
	"fmt"
	"runtime"
	"syscall"
	"unsafe"
)

// RefuseExecutableMemory installs a seccomp filter in all threads of this process that refuses mmap and mprotect with
// the right to execute, for as long as the process lives. It is classic BPF over struct seccomp_data: the call's number is at 0, its arguments are at 16.
func RefuseExecutableMemory() error {
	const (
		loadWord, jumpIfEqual, jumpIfSet, giveBack = 0x20, 0x15, 0x45, 0x06
		allow, refuse                              = 0x7FFF0000, 0x00050000 | uint32(syscall.EPERM)
		numberAt, thirdArgumentAt                  = 0, 16 + 2*8
	)
	filter := []syscall.SockFilter{
		{Code: loadWord, K: numberAt},
		{Code: jumpIfEqual, K: syscall.SYS_MMAP, Jt: 1},
		{Code: jumpIfEqual, K: syscall.SYS_MPROTECT, Jf: 3},
		{Code: loadWord, K: thirdArgumentAt},
		{Code: jumpIfSet, K: syscall.PROT_EXEC, Jf: 1},
		{Code: giveBack, K: refuse},
		{Code: giveBack, K: allow},
	}
	program := syscall.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]}
	const (
		setNoNewPrivileges = 38  // PR_SET_NO_NEW_PRIVS
		seccomp            = 317 // SYS_SECCOMP
		setModeFilter      = 1
		allThreads         = 1 // SECCOMP_FILTER_FLAG_TSYNC
	)
	runtime.LockOSThread() // what prctl gives this thread, seccomp spreads to the others
	defer runtime.UnlockOSThread()
	if _, _, failed := syscall.RawSyscall6(syscall.SYS_PRCTL, setNoNewPrivileges, 1, 0, 0, 0, 0); failed != 0 {
		return fmt.Errorf("prctl: %w", failed)
	}
	if _, _, failed := syscall.RawSyscall(seccomp, setModeFilter, allThreads, uintptr(unsafe.Pointer(&program))); failed != 0 {
		return fmt.Errorf("seccomp: %w", failed)
	}
	return nil
}
