// Package http2 is the streams of HTTP/2 (RFC 9113) over a [transport.Conn], for servers and for clients: what gRPC needs of it, without
// push and priorities. It reads and writes frames, header lists and settings, keeps windows, and bounds what a peer can make it do. What
// streams carry is for a [Receiver] to know.
//
// One goroutine, the owner of the connection, reads: [Conn.Serve] handles what begins to arrive. Any goroutine may send on a stream, one
// at a time. What is sent goes through a [transport.Queue], so that frames of many streams go out by one system call. Header lists are
// compressed by a table that both sides keep, so they are compressed under the connection's lock, in the order in which they are sent.
package http2
