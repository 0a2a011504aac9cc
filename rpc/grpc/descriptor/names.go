package descriptor

import (
	"fmt"
	"strings"
)

func isLower(c byte) bool { return 'a' <= c && c <= 'z' }
func isUpper(c byte) bool { return 'A' <= c && c <= 'Z' }
func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func toUpper(c byte) byte {
	if isLower(c) {
		return c - 'a' + 'A'
	}
	return c
}

// isIdentifier reports whether name is an identifier of Protobuf.
func isIdentifier(name string) bool {
	for i := range len(name) {
		if c := name[i]; !isLower(c) && !isUpper(c) && c != '_' && (i == 0 || !isDigit(c)) {
			return false
		}
	}
	return name != ""
}

// isFullName reports whether name is identifiers with dots between them.
func isFullName(name string) bool {
	for _, part := range strings.Split(name, ".") {
		if !isIdentifier(part) {
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

// identifierOf makes an identifier of the name of a Go type or field. Of type arguments the names remain, without their packages:
// Box[example.com/shop.Item] becomes Box_Item. Letters outside ASCII become their numbers.
func identifierOf(name string) string {
	var b strings.Builder
	isSeparator := func(r rune) bool { return strings.ContainsRune("[],* (){};=<>-\"`", r) }
	for _, part := range strings.FieldsFunc(name, isSeparator) {
		part, _, _ = strings.Cut(part, "·") // a local type has a number behind it
		part = part[strings.LastIndexAny(part, "./")+1:]
		if b.Len() > 0 && part != "" {
			b.WriteByte('_')
		}
		for _, r := range part {
			switch {
			case r < 0x80 && (isIdentifier(string(r)) || isDigit(byte(r)) && b.Len() > 0):
				b.WriteRune(r)
			case r < 0x80 && isDigit(byte(r)):
				fmt.Fprintf(&b, "X%c", r)
			default:
				fmt.Fprintf(&b, "U%04X", r)
			}
		}
	}
	if b.Len() == 0 {
		return "X"
	}
	return b.String()
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

// plainName is what names have in common that JSON, or a generator of code, could confuse.
func plainName(name string) string { return strings.ToLower(strings.ReplaceAll(name, "_", "")) }

// A scope has the names that are taken.
type scope map[string]bool

// take returns the name, or the first of name_2, name_3 and so on, that is free, and takes it.
func (s scope) take(name string) string {
	free := name
	for i := 2; s[free]; i++ {
		free = fmt.Sprintf("%s_%d", name, i)
	}
	s[free] = true
	return free
}
