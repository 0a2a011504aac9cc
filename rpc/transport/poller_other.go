//go:build !linux

package transport

// tableIndex is where a Watch stands in a poller's table. There is no poller here: a goroutine waits for each.
type tableIndex struct{ index int32 }

func watchDescriptor(*Watch) tableIndex { return tableIndex{} }

func forgetDescriptor(*Watch) {}

func startPoller() {}
