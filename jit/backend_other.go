//go:build !amd64

package jit

import "errors"

// compile is where the backend of this architecture will be.
func (c *compilation) compile() (*unit, error) {
	return nil, errors.New("no backend for this architecture")
}
