//go:build !amd64 && !arm64

package island

// ProbeCode returns nil: native code cannot be entered on this architecture.
func ProbeCode() []byte { return nil }
