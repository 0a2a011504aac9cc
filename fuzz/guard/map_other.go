//go:build !linux && !darwin

package guard

// Protected reports whether the pages around a buffer really are inaccessible on this host.
const Protected = false

func mapPages(size int) (memory []byte, free func(), err error) {
	return make([]byte, size), func() {}, nil
}
