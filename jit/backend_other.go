//go:build !amd64

package jit

const hasCompiler = false

// compile is where the backend of this architecture will be.
func (c *compilation) compile() (*unit, error) { return nil, errNoEngine }
