package ir

import (
	"fmt"
	"strconv"
	"strings"
)

// A scanner reads one line of the text form.
type scanner struct {
	rest string
	err  error // the first error; nothing is read after it
}

func (s *scanner) fail(format string, args ...any) {
	if s.err == nil {
		s.err = fmt.Errorf(format, args...)
		s.rest = ""
	}
}

func (s *scanner) space() { s.rest = strings.TrimLeft(s.rest, " \t") }

// accept reads text if it comes next.
func (s *scanner) accept(text string) bool {
	s.space()
	if s.err != nil || !strings.HasPrefix(s.rest, text) {
		return false
	}
	s.rest = s.rest[len(text):]
	return true
}

// expect reads text, which has to come next.
func (s *scanner) expect(text string) {
	if !s.accept(text) {
		s.fail("expected %q before %q", text, shorten(s.rest))
	}
}

// end checks that nothing is left.
func (s *scanner) end() {
	s.space()
	if s.rest != "" {
		s.fail("unexpected %q", shorten(s.rest))
	}
}

// word reads letters, digits and underscores; it may be empty.
func (s *scanner) word() string {
	s.space()
	n := 0
	for n < len(s.rest) && isWordByte(s.rest[n]) {
		n++
	}
	word := s.rest[:n]
	s.rest = s.rest[n:]
	return word
}

// symbol reads the name after an @.
func (s *scanner) symbol() string {
	s.expect("@")
	n := 0
	for n < len(s.rest) && isSymbolByte(s.rest[n]) {
		n++
	}
	name := s.rest[:n]
	s.rest = s.rest[n:]
	if name == "" {
		s.fail("expected a name after @")
	}
	return name
}

// number reads a decimal number after a prefix such as "v".
func (s *scanner) number(prefix string, limit int64) int64 {
	word := s.word()
	digits, ok := strings.CutPrefix(word, prefix)
	n, err := strconv.ParseUint(digits, 10, 63)
	if !ok || err != nil || int64(n) >= limit || strconv.FormatUint(n, 10) != digits {
		s.fail("expected %s and a number below %d, not %q", prefix, limit, shorten(word+s.rest))
		return 0
	}
	return int64(n)
}

// immediate reads the number after a #.
func (s *scanner) immediate() int64 {
	s.expect("#")
	sign := ""
	if s.accept("-") {
		sign = "-"
	}
	digits := s.word()
	n, err := strconv.ParseInt(sign+digits, 10, 64)
	if err != nil {
		s.fail("%q is not a number", shorten(sign+digits))
	}
	return n
}

// quoted reads what stands between two quotation marks.
func (s *scanner) quoted() string {
	s.expect("\"")
	text, rest, ok := strings.Cut(s.rest, "\"")
	if !ok {
		s.fail("no quotation mark ends %q", shorten(s.rest))
		return ""
	}
	s.rest = rest
	return text
}

func (s *scanner) typ() Type {
	word := s.word()
	t := typeByName(word)
	if t == InvalidType {
		s.fail("%q is not a type", shorten(word))
	}
	return t
}

func isWordByte(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '_'
}

func isSymbolByte(c byte) bool { return isWordByte(c) || c == '.' || c == '/' || c == '$' }

// validSymbol reports whether name can stand after an @.
func validSymbol(name string) bool {
	for n := range len(name) {
		if !isSymbolByte(name[n]) {
			return false
		}
	}
	return name != ""
}

// shorten keeps error messages readable.
func shorten(text string) string {
	const most = 24
	if len(text) > most {
		return text[:most] + "..."
	}
	return text
}
