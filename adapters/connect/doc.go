// Package connectadapter makes tagged structs the messages of connect-go, version 1, and contracts of package rpc its services.
// Package connectv2, below this one, does so for version 2.
package connectadapter
