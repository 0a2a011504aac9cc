//go:build linux || darwin

package loader

import "syscall"

// mapWritable maps bytes, a multiple of the page size, for reading and writing.
func mapWritable(bytes int) ([]byte, error) {
	return syscall.Mmap(-1, 0, bytes, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_PRIVATE|syscall.MAP_ANON)
}

// makeExecutable takes the right to write away and gives the right to execute, in one step.
func makeExecutable(memory []byte) error {
	return syscall.Mprotect(memory, syscall.PROT_READ|syscall.PROT_EXEC)
}

// unmap gives back what mapWritable returned.
func unmap(memory []byte) error { return syscall.Munmap(memory) }
