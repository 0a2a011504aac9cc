package rpc

import "github.com/tagwire/tagwire/rpc/endpoint"

// Resolver finds the addresses of a service. It is called by one goroutine at a time, in one of the client's own, and
// again after a failure, at first soon, then every second.
type Resolver = endpoint.Resolver

// Endpoint is an address of a server.
type Endpoint = endpoint.Endpoint

// ParseEndpoint returns the endpoint that a text stands for: "host:port", or "unix:" and a path.
func ParseEndpoint(text string) (Endpoint, error) {
	e, err := endpoint.Parse(text)
	if err != nil {
		return e, contractError("", "%v", err)
	}
	return e, nil
}
