package gogen

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// initialisms are words that Go writes in capital letters.
var initialisms = wordSet(`ACL API ASCII CPU CSS DNS EOF GUID HTML HTTP HTTPS ID IP JSON LHS QPS RAM RHS RPC SLA SMTP SQL SSH TCP TLS TTL
	UDP UI UID UUID URI URL UTF8 VM XML XMPP XSRF XSS`)

func wordSet(text string) map[string]bool {
	set := map[string]bool{}
	for _, word := range strings.Fields(text) {
		set[word] = true
	}
	return set
}

// idiomatic returns the exported Go name for a name of a definition. A name that is all capital letters is taken for a name with
// capital words if flatten is set: MAX_SIZE becomes MaxSize.
func idiomatic(name string, flatten bool) string {
	flatten = flatten && strings.ToUpper(name) == name
	var b strings.Builder
	for _, word := range splitWords(name) {
		upper := strings.ToUpper(word)
		switch {
		case initialisms[upper]:
			word = upper
		case strings.HasSuffix(word, "s") && initialisms[upper[:len(upper)-1]]:
			word = upper[:len(upper)-1] + "s"
		case flatten:
			word = upperFirst(strings.ToLower(word))
		default:
			word = upperFirst(word)
		}
		// Two numbers stay apart: 1_2 is not 12.
		if b.Len() > 0 && isDigit(word[0]) && isDigit(b.String()[b.Len()-1]) {
			b.WriteByte('_')
		}
		b.WriteString(word)
	}
	made := b.String()
	if r, _ := utf8.DecodeRuneInString(made); !unicode.IsUpper(r) {
		made = "X" + made
	}
	return made
}

// splitWords splits a name at characters that Go does not have in names, at underscores, and before capital letters that begin a word:
// "HTTPServer_urlPath" is HTTP, Server, url, Path.
func splitWords(name string) []string {
	var words []string
	for _, part := range strings.FieldsFunc(name, func(r rune) bool { return r == '_' || !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
		runes, start := []rune(part), 0
		for i := 1; i < len(runes); i++ {
			begins := unicode.IsUpper(runes[i]) &&
				(!unicode.IsUpper(runes[i-1]) || i+1 < len(runes) && unicode.IsLower(runes[i+1]) && !isPlural(runes[i+1:]))
			if begins {
				words = append(words, string(runes[start:i]))
				start = i
			}
		}
		words = append(words, string(runes[start:]))
	}
	return words
}

// isPlural reports whether what follows a capital letter is the s of a plural, as in IDs.
func isPlural(rest []rune) bool {
	return rest[0] == 's' && (len(rest) == 1 || unicode.IsUpper(rest[1]))
}

func isDigit(b byte) bool { return '0' <= b && b <= '9' }

func upperFirst(word string) string {
	r, size := utf8.DecodeRuneInString(word)
	return string(unicode.ToUpper(r)) + word[size:]
}

func lowerFirst(word string) string {
	r, size := utf8.DecodeRuneInString(word)
	return string(unicode.ToLower(r)) + word[size:]
}

// parameterName returns an idiomatic Go name for a parameter: its first word in small letters.
func parameterName(name string) string {
	words := splitWords(name)
	if len(words) == 0 {
		return "x"
	}
	first := strings.ToLower(words[0])
	made := first + strings.TrimPrefix(idiomatic(name, false), idiomatic(words[0], false))
	if r, _ := utf8.DecodeRuneInString(made); !unicode.IsLetter(r) {
		return "x" + made
	}
	return made
}
