// Package pooled exchanges messages over connections that carry one call at a time: a call takes a connection from the pool of
// its endpoint, sends its request, reads the reply, and returns the connection.
package pooled
