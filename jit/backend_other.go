//go:build !amd64

package jit

import (
	"errors"

	"github.com/tagwire/tagwire/ir"
)

// compileFunctions is where the backend of this architecture will be.
func compileFunctions([]*ir.Func, map[string]uint64) (*unit, error) {
	return nil, errors.New("no backend for this architecture")
}
