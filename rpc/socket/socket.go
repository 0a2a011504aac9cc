// Package socket has the kernel take no more of what comes to a TCP socket that is about to be closed. What a kernel has taken, and
// acknowledged, when the socket is closed is lost, and the peer cannot know whether it was read. Only Linux can do this, and not for
// Multipath TCP; elsewhere the functions do nothing. They take the place of a filter that the socket may have had.
package socket

import "syscall"

// IgnoreData has data dropped that comes from the connection's peer from now on, so that it is not acknowledged. The end of the
// connection is still seen, unless data that was dropped comes before it. undo has the kernel take data again, also what the peer sends
// once more because it was dropped.
func IgnoreData(raw syscall.RawConn) (undo func()) { return ignoreData(raw) }

// IgnoreConnects has a listener take no connections but those that clients have begun to make. A client that begins to make one tries
// again after a second, and finds the listener closed. The listener must not be another process's, too.
func IgnoreConnects(raw syscall.RawConn) { ignoreConnects(raw) }

// Waiting reports that a listener has a connection that can be accepted; it is false where the system does not tell.
func Waiting(raw syscall.RawConn) bool { return waiting(raw) }
