// Package framing serves streams whose frames are messages of a protocol, among others on a connection: those of Kitex over TTHeader. The
// caller's side is in package exchange, with the connections of clients.
package framing
