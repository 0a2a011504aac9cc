// Package naming finds the names that definitions have for Go types and for the numbers of enums.
package naming

import (
	"fmt"
	"strings"
)

func isLetter(c byte) bool { return 'a' <= c|' ' && c|' ' <= 'z' || c == '_' }
func isUpper(c byte) bool  { return 'A' <= c && c <= 'Z' }
func isLower(c byte) bool  { return 'a' <= c && c <= 'z' }
func isDigit(c byte) bool  { return '0' <= c && c <= '9' }

// IsIdentifier reports whether name is an identifier of Thrift and Protobuf.
func IsIdentifier(name string) bool {
	for i := range len(name) {
		if c := name[i]; !isLetter(c) && (i == 0 || !isDigit(c)) {
			return false
		}
	}
	return name != ""
}

// Identifier makes an identifier of the name of a Go type or field. Of type arguments the names remain, without their packages:
// Box[example.com/shop.Item] becomes Box_Item. Letters outside ASCII become their numbers.
func Identifier(name string) string {
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
			case r < 0x80 && (isLetter(byte(r)) || isDigit(byte(r)) && b.Len() > 0):
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

// SnakeCase returns the name of a field for that of a Go field: UserID becomes user_id.
func SnakeCase(name string) string {
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

// Plain is what names have in common that JSON, or a generator of code, could confuse.
func Plain(name string) string { return strings.ToLower(strings.ReplaceAll(name, "_", "")) }

// A Scope has the names that are taken.
type Scope map[string]bool

// Take returns the name, or the first of name_2, name_3 and so on, that is free, and takes it.
func (s Scope) Take(name string) string {
	free := name
	for i := 2; s[free]; i++ {
		free = fmt.Sprintf("%s_%d", name, i)
	}
	s[free] = true
	return free
}
