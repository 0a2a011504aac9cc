// Package streaming runs the streams of clients and servers: handlers, callers and interceptors on one side, and a transport.Stream on the
// other. Whatever users' code does, a stream ends once, and the transport is used as its interfaces say.
package streaming
