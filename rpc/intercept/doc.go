// Package intercept is what runs around the calls of servers and clients: the interceptors of users, the chain that they form, and
// those that are built in. It stands between the functions that callers call, or handlers, and package policy.
package intercept
