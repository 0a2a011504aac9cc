package endpoint

import (
	"context"
	"fmt"
	"net"
	"strings"
	"time"
)

// Resolver finds the addresses of a service. It is called by one goroutine at a time.
type Resolver interface {
	// Resolve returns at least one endpoint or an error. service is the name that the client was given. ctx ends when the
	// client is closed.
	Resolve(ctx context.Context, service string) ([]Endpoint, error)
}

// TimedResolver is a Resolver that knows how long its answers hold.
type TimedResolver interface {
	Resolver
	// ResolveTimed is called in place of Resolve. The answer is used for the time that is valid, if that is not 0.
	ResolveTimed(ctx context.Context, service string) (endpoints []Endpoint, valid time.Duration, err error)
}

// Endpoint is an address of a server.
type Endpoint struct {
	// Network is "tcp", which "" stands for, "tcp4", "tcp6" or "unix".
	Network string
	// Address is "host:port", or the path of a unix socket.
	Address string
	// Weight is the endpoint's share of the calls, compared to that of others; below 1 it counts as 1.
	Weight int
	// Name is the server's name, which its certificate is verified by; "" stands for the host in Address. A resolver that is given a
	// name and returns numeric addresses sets it.
	Name string
}

// String returns the address as Parse takes it.
func (e Endpoint) String() string {
	if e.Network == "unix" {
		return "unix:" + e.Address
	}
	return e.Address
}

// key returns the endpoint without its weight: the connections are the same whatever the share.
func (e Endpoint) key() Endpoint {
	e.Weight = 0
	return e
}

// Addr returns the endpoint as an address of package net.
func (e Endpoint) Addr() net.Addr { return addr{e} }

type addr struct{ endpoint Endpoint }

// Network returns "tcp" or "unix".
func (a addr) Network() string { return a.endpoint.Network }

// String returns the address.
func (a addr) String() string { return a.endpoint.String() }

// Parse returns the endpoint that a text stands for: "host:port", or "unix:" and a path.
func Parse(text string) (Endpoint, error) {
	if path, isUnix := strings.CutPrefix(text, "unix:"); isUnix {
		if path == "" {
			return Endpoint{}, fmt.Errorf("the address %q has no path; write unix:/path/to/socket", text)
		}
		return Endpoint{Network: "unix", Address: path}, nil
	}
	if _, _, err := net.SplitHostPort(text); err != nil {
		return Endpoint{}, fmt.Errorf("the address %q is not valid (%v); write host:port or unix:/path", text, err)
	}
	return Endpoint{Network: "tcp", Address: text}, nil
}
