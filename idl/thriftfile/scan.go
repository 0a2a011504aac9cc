package thriftfile

import (
	"strings"
	"unicode/utf8"

	"github.com/tagwire/tagwire/definition"
)

// A tokenKind is the kind of a token.
type tokenKind int

const (
	endOfFile  tokenKind = iota
	identifier           // a word, with dots in it; keywords are words, too
	number               // text as it is written
	literal              // text without quotes and escapes
	symbol               // one character
)

// A token is what the parser sees of a file.
type token struct {
	kind tokenKind
	text string
	at   definition.Position
	doc  string // the last comment of documentation before it, with its marks; "" if there is none
}

// A scanner makes tokens of a text. Its rules are those of thrift-compiler.
type scanner struct {
	text      string
	offset    int
	line      int
	lineStart int // offset of the line
	doc       string
	docs      []string // all comments of documentation before the first token: the first may be the file's
	begun     bool     // a token has been seen
	fail      func(at definition.Position, format string, arguments ...any)
}

func newScanner(text string, fail func(definition.Position, string, ...any)) *scanner {
	s := &scanner{text: text, line: 1, fail: fail}
	if strings.HasPrefix(text, "\uFEFF") { // a byte order mark is no part of the first line
		s.offset = len("\uFEFF")
	}
	return s
}

func (s *scanner) position() definition.Position {
	return definition.Position{Line: s.line, Column: s.offset - s.lineStart + 1}
}

// newline notes that the character before the offset ends a line.
func (s *scanner) newline() {
	s.line++
	s.lineStart = s.offset
}

// next returns the next token. Behind an error it goes on, so that it always ends at the end of the text.
func (s *scanner) next() token {
	s.doc = ""
	s.skipSpace()
	t := token{at: s.position(), doc: s.doc}
	s.begun = true
	if s.offset >= len(s.text) {
		return t
	}
	start := s.offset
	switch c := s.text[start]; {
	case isLetter(c):
		t.kind = identifier
		s.offset = endOfIdentifier(s.text, start)
		t.text = s.text[start:s.offset]
	case isDigit(c) || c == '+' || c == '-' || c == '.':
		t.kind = number
		s.offset = endOfNumber(s.text, start)
		t.text = s.text[start:s.offset]
	case c == '"' || c == '\'':
		t.kind = literal
		t.text = s.literal()
	case strings.IndexByte(":;,{}()=<>[]*&", c) >= 0:
		t.kind = symbol
		s.offset++
		t.text = s.text[start:s.offset]
	default:
		r, size := utf8.DecodeRuneInString(s.text[start:])
		s.fail(t.at, "unexpected character %q", r)
		t.kind = symbol // which no rule has
		s.offset += size
		t.text = s.text[start:s.offset]
	}
	return t
}

func isLetter(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_' }

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// endOfIdentifier returns where the word ends that begins at start. A dot belongs to it if something follows.
func endOfIdentifier(text string, start int) int {
	i := start + 1
	for i < len(text) {
		if isLetter(text[i]) || isDigit(text[i]) {
			i++
		} else if text[i] == '.' && i+1 < len(text) && (isLetter(text[i+1]) || isDigit(text[i+1])) {
			i += 2
		} else {
			break
		}
	}
	return i
}

// endOfNumber returns where the number ends that begins at start. It takes letters, too, so that 12ab is one malformed number.
func endOfNumber(text string, start int) int {
	i := start + 1
	for i < len(text) {
		c, before := text[i], text[i-1]
		sign := (c == '+' || c == '-') && (before == 'e' || before == 'E') && !strings.HasPrefix(strings.TrimLeft(text[start:i], "+-"), "0x")
		if !isLetter(c) && !isDigit(c) && c != '.' && !sign {
			break
		}
		i++
	}
	return i
}

// skipSpace skips white space and comments.
func (s *scanner) skipSpace() {
	for s.offset < len(s.text) {
		switch rest := s.text[s.offset:]; {
		case rest[0] == '\n':
			s.offset++
			s.newline()
		case rest[0] == ' ' || rest[0] == '\t' || rest[0] == '\r':
			s.offset++
		case rest[0] == '#' || strings.HasPrefix(rest, "//"):
			end := strings.IndexByte(rest, '\n')
			if end < 0 {
				end = len(rest)
			}
			s.offset += end
		case strings.HasPrefix(rest, "/*"):
			s.comment()
		default:
			return
		}
	}
}

// comment skips a comment between /* and */. One that begins with /** is documentation, unless it has only stars.
func (s *scanner) comment() {
	at := s.position()
	rest := s.text[s.offset:]
	end := strings.Index(rest[2:], "*/")
	if end < 0 {
		s.fail(at, "the comment has no end")
		s.offset = len(s.text)
		return
	}
	comment := rest[:end+4]
	if strings.HasPrefix(comment, "/**") && strings.Trim(comment[1:len(comment)-1], "*") != "" {
		s.doc = comment
		if !s.begun {
			s.docs = append(s.docs, comment)
		}
	}
	for {
		line := strings.IndexByte(comment, '\n')
		if line < 0 {
			s.offset += len(comment)
			return
		}
		s.offset += line + 1
		s.newline()
		comment = comment[line+1:]
	}
}

// escapes are the characters that may follow a backslash in a literal, and what they stand for.
var escapes = map[byte]byte{'r': '\r', 'n': '\n', 't': '\t', '"': '"', '\'': '\'', '\\': '\\'}

// literal returns the text between quotes.
func (s *scanner) literal() string {
	at, quote := s.position(), s.text[s.offset]
	s.offset++
	start := s.offset
	var text []byte // what stands before start, if there was an escape
	for s.offset < len(s.text) {
		switch c := s.text[s.offset]; c {
		case quote:
			text = append(text, s.text[start:s.offset]...)
			s.offset++
			return string(text)
		case '\n':
			s.fail(at, "the string has no end in its line")
			return ""
		case '\\':
			text = append(text, s.text[start:s.offset]...)
			escapeAt := s.position()
			s.offset++
			if s.offset == len(s.text) {
				continue
			}
			plain, ok := escapes[s.text[s.offset]]
			if !ok {
				s.fail(escapeAt, `unknown escape in a string: there are \n, \r, \t, \", \' and \\, which is a backslash`)
			}
			text = append(text, plain)
			if s.text[s.offset] != '\n' {
				s.offset++
			}
			start = s.offset
		default:
			s.offset++
		}
	}
	s.fail(at, "the string has no end")
	return ""
}
