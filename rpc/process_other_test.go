//go:build !linux

package rpc_test

// withoutDescriptors has nothing to do where a process cannot give up descriptors.
func withoutDescriptors() error { return nil }

// portsOf knows no ports: descriptors are not known either.
func portsOf(int) (local, remote int) { return 0, 0 }
