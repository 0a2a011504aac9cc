// Package endpoint finds servers and keeps the connections to them.
//
// A [Directory] asks a [Resolver] for the endpoints of a service, and makes a [Set] of its answer: a [Balancer], which decides
// which endpoint the next call goes to, and for each endpoint a [Pool], which gives each connection to one call at a time. The
// balancer does not have endpoints that are ejected because no connection to them could be made; see health.go.
//
// A call that waits here, for a resolver, for a new connection, or for one that is in use by another call, waits no longer than
// its deadline and its context allow, or until the owner closes what it waits for, even if the resolver or the dialer
// blocks: those run in their own goroutines.
package endpoint
