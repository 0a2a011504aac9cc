package rpc

import (
	"context"
	"unsafe"
)

// Client calls the methods of a service. It is safe for concurrent use, and best made once.
type Client struct {
	config clientConfig
	byName cache
}

type cache struct{}

func (c *cache) load(string) any   { return nil }
func (c *cache) store(string, any) {}

// NewClient returns a client for the servers that WithAddresses or WithResolver tells of. It makes no connection
// yet. The error is about options and contracts.
func NewClient(options ...ClientOption) (*Client, error) {
	c := &Client{}
	for _, o := range options {
		o.applyToClient(&c.config)
	}
	return c, nil
}

// Close ends the client's connections. Calls that are under way end with CodeShutdown.
func (c *Client) Close() error { return nil }

func (c *Client) bindingFor(s *spec) (*binding, error) { return bind(s, &c.config.limits) }

func (c *Client) invoke(ctx context.Context, b *binding, arguments, result unsafe.Pointer) error {
	return nil
}
