//go:build !linux

package rpc_test

// withoutDescriptors has nothing to do where a process cannot give up descriptors.
func withoutDescriptors() error { return nil }
