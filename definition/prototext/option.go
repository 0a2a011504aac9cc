package prototext

import (
	"slices"
	"strings"

	"github.com/tagwire/tagwire/definition"
)

// An option is one of Protobuf, whose value is text already.
type option struct{ name, value string }

// features are options that follow from the rest of a definition.
var features = []string{"features.field_presence", "features.enum_type", "features.repeated_field_encoding", "features.utf8_validation",
	"features.message_encoding"}

// options returns annotations as options, with those made here before them. Names and values are written as they are, so that they must
// be text of options and nothing else.
func (w *writer) options(annotations []definition.Annotation, made ...option) []option {
	for _, a := range annotations {
		isMade := slices.ContainsFunc(made, func(o option) bool { return o.name == a.Name })
		switch {
		case isMade || slices.Contains(features, a.Name):
		case !isOptionName(a.Name):
			w.Fault("%q cannot be the name of an option", a.Name)
		case !isOptionValue(a.Value):
			w.Fault("%q cannot be the value of the option %s", a.Value, a.Name)
		default:
			made = append(made, option{a.Name, a.Value})
		}
	}
	return made
}

// optionLines writes options as statements.
func (w *writer) optionLines(indent string, options []option) {
	for _, o := range options {
		w.Print(indent, "option ", o.name, " = ", o.value, ";\n")
	}
}

// brackets returns options as they are behind a field, "" if there are none.
func brackets(options []option) string {
	if len(options) == 0 {
		return ""
	}
	parts := make([]string, len(options))
	for i, o := range options {
		parts[i] = o.name + " = " + o.value
	}
	return " [" + strings.Join(parts, ", ") + "]"
}

// isOptionName reports whether a text is the name of an option: names with dots between them, of which those of extensions are in
// parentheses, and may have dots themselves.
func isOptionName(text string) bool {
	for {
		end := strings.IndexByte(text, '.')
		if extension, found := strings.CutPrefix(text, "("); found {
			name, _, closed := strings.Cut(extension, ")")
			if !closed || !isDotted(strings.TrimPrefix(name, ".")) {
				return false
			}
			text = extension[len(name)+1:]
			if text == "" {
				return true
			}
			if end = 0; text[0] != '.' {
				return false
			}
		} else if end < 0 {
			return isIdentifier(text)
		} else if !isIdentifier(text[:end]) {
			return false
		}
		text = text[end+1:]
	}
}

// isOptionValue reports whether a text is one value: a name, a number, strings behind each other, or a message in braces.
func isOptionValue(text string) bool {
	switch {
	case text == "":
		return false
	case text[0] == '"' || text[0] == '\'':
		for text != "" {
			length := literal(text)
			if length == 0 {
				return false
			}
			text = strings.TrimLeft(text[length:], " ")
		}
		return true
	case text[0] == '{':
		return isMessage(text)
	}
	word := strings.TrimLeft(text, "+-")
	return word != "" && len(text)-len(word) < 2 && strings.IndexFunc(word, func(r rune) bool {
		return r != '.' && r != '+' && r != '-' && r != '_' && (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z')
	}) < 0
}

// literal returns the length of the string that text begins with, 0 if there is none, or none that ends in its line.
func literal(text string) int {
	for i := 1; i < len(text); i++ {
		switch text[i] {
		case text[0]:
			return i + 1
		case '\n', 0:
			return 0
		case '\\':
			if i++; i < len(text) && text[i] == '\n' {
				return 0
			}
		}
	}
	return 0
}

// isMessage reports whether a text is a message in braces, and ends with them. Comments are none of it.
func isMessage(text string) bool {
	var open []byte // the brackets that will close
	closing := map[byte]byte{'{': '}', '[': ']', '<': '>'}
	for i := 0; i < len(text); i++ {
		switch c := text[i]; c {
		case '{', '[', '<':
			open = append(open, closing[c])
		case '}', ']', '>':
			if last := len(open) - 1; last < 0 || open[last] != c {
				return false
			}
			if open = open[:len(open)-1]; len(open) == 0 {
				return i == len(text)-1
			}
		case '"', '\'':
			length := literal(text[i:])
			if length == 0 {
				return false
			}
			i += length - 1
		case '#', 0:
			return false
		case '/':
			if next := text[i+1:]; next == "" || next[0] == '/' || next[0] == '*' {
				return false
			}
		}
	}
	return false
}
