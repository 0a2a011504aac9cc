//go:build linux || darwin

package guard

import "syscall"

// Protected reports whether the pages around a buffer really are inaccessible on this host.
const Protected = true

// mapPages returns at least size bytes of memory between two inaccessible pages.
func mapPages(size int) (memory []byte, free func(), err error) {
	page := syscall.Getpagesize()
	inner := max(size+page-1, page) / page * page
	all, err := syscall.Mmap(-1, 0, inner+2*page, syscall.PROT_READ|syscall.PROT_WRITE,
		syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		return nil, nil, err
	}
	for _, guarded := range [][]byte{all[:page], all[page+inner:]} {
		if err := syscall.Mprotect(guarded, syscall.PROT_NONE); err != nil {
			syscall.Munmap(all)
			return nil, nil, err
		}
	}
	return all[page : page+inner : page+inner], func() { syscall.Munmap(all) }, nil
}
