// Package streams carries the messages of gRPC calls over streams of HTTP/2: [ServerCall] on the side of a server, [ClientCall] on that of a
// client. What header fields mean is for package grpc.
package streams
