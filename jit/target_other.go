//go:build !amd64 && !arm64

package jit

const hasBackend = false

func probeCode() []byte { return nil }
