// Package endpoint finds servers and keeps the connections to them.
//
// A [Directory] asks a [Resolver] for the endpoints of a service, and makes a [Set] of its answer: a [Balancer], which decides
// which endpoint the next call goes to, and for each endpoint a [Pool], which lends connections, one to a call at a time.
//
// Whoever waits here, for a resolver, for a connection to be made, or for one that is lent to another call, waits until the
// deadline and the context of the call, or until the owner closes what it waits for, and not longer, whatever the
// resolver or the dialer does: those run in goroutines of their own.
package endpoint
