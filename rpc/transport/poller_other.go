//go:build !linux

package transport

// place is where a Watch stands in a poller's table. There is no poller here: a goroutine waits for each.
type place struct{ index int32 }

func watchDescriptor(*Watch) place { return place{} }

func forgetDescriptor(*Watch) {}

func startPoller() {}
