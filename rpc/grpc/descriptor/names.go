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

// snakeCase returns the name of a field of a message for that of a Go field: UserID becomes user_id.
func snakeCase(name string) string {
	var b []byte
	for i := 0; i < len(name); i++ {
		c := name[i]
		if !isUpper(c) {
			b = append(b, c)
			continue
		}
		if i > 0 && name[i-1] != '_' && (!isUpper(name[i-1]) || startsWord(name[i+1:])) {
			b = append(b, '_')
		}
		b = append(b, c-'A'+'a')
	}
	return string(b)
}

// startsWord reports whether a capital letter before rest starts a word, though it follows another one. In IDs none does.
func startsWord(rest string) bool {
	return rest != "" && isLower(rest[0]) && !(rest[0] == 's' && (len(rest) == 1 || !isLower(rest[1])))
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
