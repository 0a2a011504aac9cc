package nethttp

import "fmt"

// maxDepth is how deeply values may nest, as in the other formats.
const maxDepth = 1000

// valueError is the error for a value that JSON cannot hold, or for JSON that is no value of its type.
type valueError struct {
	path   string // from the outermost struct, such as .items[3]
	reason string
}

func (e *valueError) Error() string {
	if e.path == "" {
		return e.reason
	}
	return e.path + ": " + e.reason
}

func fault(format string, arguments ...any) *valueError {
	return &valueError{reason: fmt.Sprintf(format, arguments...)}
}

// maxPath is how long a path gets.
const maxPath = 256

// under puts a step before the path.
func (e *valueError) under(step string) *valueError {
	if len(e.path) < maxPath {
		e.path = step + e.path
	}
	return e
}
