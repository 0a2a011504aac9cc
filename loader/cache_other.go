//go:build !arm64

package loader

// synchroniseCaches has nothing to do where instruction fetches see every store.
func synchroniseCaches(start, end uintptr) {}
