package descriptor

import (
	"strings"

	"github.com/tagwire/tagwire/rpc/naming"
)

func isLower(c byte) bool { return 'a' <= c && c <= 'z' }
func isUpper(c byte) bool { return 'A' <= c && c <= 'Z' }

func toUpper(c byte) byte {
	if isLower(c) {
		return c - 'a' + 'A'
	}
	return c
}

// isFullName reports whether name is identifiers with dots between them.
func isFullName(name string) bool {
	for _, part := range strings.Split(name, ".") {
		if !naming.IsIdentifier(part) {
			return false
		}
	}
	return true
}

// splitName splits a full name into its scope, which may be empty, and what follows the last dot.
func splitName(name string) (scope, last string) {
	i := strings.LastIndexByte(name, '.')
	if i < 0 {
		return "", name
	}
	return name[:i], name[i+1:]
}

// joinName is the reverse of splitName.
func joinName(scope, name string) string {
	if scope == "" {
		return name
	}
	return scope + "." + name
}

// jsonName returns the name in JSON of a field, as protoc makes it.
func jsonName(name string) string {
	var b []byte
	after := false
	for i := range len(name) {
		c := name[i]
		if after && isLower(c) {
			c = toUpper(c)
		}
		if after = c == '_'; !after {
			b = append(b, c)
		}
	}
	return string(b)
}

// camelCase returns the name of a message for that of a field.
func camelCase(name string) string {
	var b []byte
	next := true
	for i := range len(name) {
		c := name[i]
		if c == '_' {
			next = true
			continue
		}
		if next {
			c, next = toUpper(c), false
		}
		b = append(b, c)
	}
	return string(b)
}
