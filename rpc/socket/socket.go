// Package socket has the kernel take no more of what comes to a TCP socket that is about to be closed. What a kernel has taken, and
// acknowledged, when the socket is closed is lost, and the peer cannot know whether it was read. Only Linux can do this, and not for
// Multipath TCP; elsewhere the functions do nothing, and done is false.
package socket

import "syscall"

// IgnoreData has data dropped that comes from the connection's peer from now on, so that it is not acknowledged. The end of the
// connection is still seen. undo has the kernel take data again, also what the peer sends once more because it was dropped.
func IgnoreData(raw syscall.RawConn) (done bool, undo func()) { return ignoreData(raw) }

// IgnoreConnects has a listener take no connections but those that clients have begun to make. A client that begins to make one tries
// again after a second, and finds the listener closed, or undo called.
func IgnoreConnects(raw syscall.RawConn) (done bool, undo func()) { return ignoreConnects(raw) }

// Waiting reports that a listener has a connection that can be accepted; it is false where the system does not tell.
func Waiting(raw syscall.RawConn) bool { return waiting(raw) }
