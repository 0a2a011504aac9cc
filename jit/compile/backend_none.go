//go:build !amd64 && !arm64

package compile

// HasBackend: there is a backend for this architecture.
const HasBackend = false

// Features are what code may use of the processor.
type Features uint32

// HostFeatures returns those of this processor.
func HostFeatures(level int) Features { return 0 }

// newBackend is never called: nothing is compiled where there is no backend.
func newBackend() backend { panic("BUG: jit: compiling on a host without a backend") }
