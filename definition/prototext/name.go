package prototext

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/tagwire/tagwire/definition"
)

// statements are words that begin something else where the name of a type could stand.
var statements = map[string]bool{}

func init() {
	for _, word := range strings.Fields(`bool bytes double enum extend extensions fixed32 fixed64 float group import int32 int64 map message
		oneof option optional package repeated required reserved rpc service sfixed32 sfixed64 sint32 sint64 stream string syntax uint32 uint64`) {
		statements[word] = true
	}
}

func isIdentifier(name string) bool {
	for i := range len(name) {
		c := name[i]
		isLetter := 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c == '_'
		if !isLetter && (i == 0 || c < '0' || c > '9') {
			return false
		}
	}
	return name != ""
}

// Limits of names and of how deep messages are in others. References, and what is around a message, repeat them.
const (
	longestName = 1000 // bytes
	deepest     = 100
)

// isDotted reports whether a name is identifiers with dots between them.
func isDotted(name string) bool {
	return len(name) <= longestName && strings.Count(name, ".") < deepest &&
		!slices.ContainsFunc(strings.Split(name, "."), func(part string) bool { return !isIdentifier(part) })
}

// split splits a name into its scope, which may be empty, and what follows the last dot.
func split(name string) (scope, last string) {
	i := strings.LastIndexByte(name, '.')
	if i < 0 {
		return "", name
	}
	return name[:i], name[i+1:]
}

// join is the reverse of split.
func join(scope, name string) string {
	if scope == "" {
		return name
	}
	return scope + "." + name
}

// name returns the name of what is being written, which must be one of Protobuf.
func (w *writer) name(name string) string {
	if !isIdentifier(name) || len(name) > longestName {
		w.Fault("%q cannot be a name in Protobuf: write letters, digits and underlines, at most %d", name, longestName)
	}
	return name
}

// reference returns the name of a message or an enum, as it is found from inside of a message, or from the file if scope is "". It begins
// with a dot where protoc would find something else.
func (w *writer) reference(r *definition.Ref, scope string) string {
	if r == nil {
		w.Fault("the reference to a declaration is missing")
		return ""
	}
	where, known := w.packages[r.Path]
	if !known || !w.symbols[join(where, r.Name)] {
		w.Fault("there is no %s in %s", r.Name, r.Path)
	}
	name, outermost := r.Name, where
	if where != w.file.Package {
		name, outermost = join(where, r.Name), ""
	}
	first, _, _ := strings.Cut(name, ".")
	for s := join(w.file.Package, scope); s != outermost && s != ""; s, _ = split(s) {
		if w.symbols[join(s, first)] {
			return "." + join(where, r.Name)
		}
	}
	if statements[first] {
		return "." + join(where, r.Name)
	}
	return name
}

// quoted returns a literal.
func quoted(text string) string {
	if !utf8.ValidString(text) {
		return quotedBytes(text)
	}
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range text {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r < ' ' || r == 0x7f:
			fmt.Fprintf(&b, `\%03o`, r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// quotedBytes returns the literal of bytes that need not be text.
func quotedBytes(text string) string {
	var b strings.Builder
	b.WriteByte('"')
	for i := range len(text) {
		switch c := text[i]; {
		case c == '"' || c == '\\':
			b.WriteByte('\\')
			b.WriteByte(c)
		case c < ' ' || c > '~':
			fmt.Fprintf(&b, `\%03o`, c)
		default:
			b.WriteByte(c)
		}
	}
	b.WriteByte('"')
	return b.String()
}
