//go:build !amd64 && !arm64

package jit

// hasEntry: native code can be entered.
const hasEntry = false

func probeCode() []byte { return nil }
