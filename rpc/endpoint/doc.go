// Package endpoint finds servers and keeps the connections to them.
//
// A [Directory] asks a [Resolver] for the endpoints of a service, and turns its answer into a [Rotation], which says which
// endpoint the next call goes to. The [Pool] of an endpoint lends connections, one to a call at a time.
//
// Whoever waits here, for a resolver, for a connection to be made, or for one that is lent to another call, waits until the
// deadline and the context of the call, or until the owner closes what it waits for, and not longer, whatever the
// resolver or the dialer does: those run in goroutines of their own.
package endpoint
