// Package transport moves the bytes of RPC messages over connections of package net.
//
// A [Conn] reads and writes with buffers of its own: bytes are read on demand, in the goroutine that
// reads, and into memory that has been charged to a [Budget] before. So a peer can make a process hold no more than
// the budget, and what it sends beyond that waits in the kernel, where flow control holds the peer back.
//
// Two things happen without a reading goroutine: while a call takes longer, [Conn.ReadAhead] reads what
// comes behind it, which is how the end of a connection is noticed in time; and [Conn.Watch] waits for the next
// byte, or the end, of an idle connection, on Linux without a goroutine for each.
package transport
