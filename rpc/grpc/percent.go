package grpc

import (
	"strings"
	"unicode/utf8"
)

// EncodeMessage returns the value of the header field grpc-message for a text: bytes that are not printable ASCII, and %, are written as
// %XX, and what is not UTF-8 as U+FFFD. So are spaces at the beginning and at the end, which the value of a header field must not have. It
// allocates only if there is something to encode.
func EncodeMessage(text string) string {
	extra, invalid := 0, false
	for i := range len(text) {
		if mustEncode(text, i) {
			extra += 2
			invalid = invalid || text[i] >= utf8.RuneSelf
		}
	}
	if extra == 0 {
		return text
	}
	if invalid && !utf8.ValidString(text) {
		return EncodeMessage(replaceInvalid(text))
	}
	const hex = "0123456789ABCDEF"
	out := make([]byte, 0, len(text)+extra)
	for i := range len(text) {
		if c := text[i]; mustEncode(text, i) {
			out = append(out, '%', hex[c>>4], hex[c&15])
		} else {
			out = append(out, c)
		}
	}
	return string(out)
}

// mustEncode reports whether the byte of text at i cannot stand for itself.
func mustEncode(text string, i int) bool {
	c := text[i]
	return c < ' ' || c > '~' || c == '%' || c == ' ' && (i == 0 || i == len(text)-1)
}

// replaceInvalid returns text with U+FFFD for each byte that is not part of a character, as grpc-go does; strings.ToValidUTF8 has one for a
// run of them.
func replaceInvalid(text string) string {
	if utf8.ValidString(text) {
		return text
	}
	return strings.Map(func(r rune) rune { return r }, text)
}

// DecodeMessage returns the text of the value of a header field grpc-message. What is no %XX stays as it is, and so do bytes that are not UTF-8:
// these are what the peer has sent. It allocates only if there is something to decode.
func DecodeMessage(value string) string {
	next := strings.IndexByte(value, '%')
	if next < 0 {
		return value
	}
	var out strings.Builder
	for rest := value; ; next = strings.IndexByte(rest, '%') {
		if next < 0 || next+2 >= len(rest) {
			if out.Len() == 0 && len(rest) == len(value) {
				return value
			}
			out.WriteString(rest)
			return out.String()
		}
		out.WriteString(rest[:next])
		high, low := unhex[rest[next+1]], unhex[rest[next+2]]
		if high|low == notHex {
			out.WriteByte('%')
			rest = rest[next+1:]
			continue
		}
		out.WriteByte(high<<4 | low)
		rest = rest[next+3:]
	}
}

// notHex stands for a byte that is no hexadecimal digit. It has all bits of a digit, so that it is what or makes of it and any other.
const notHex = 0xff

// unhex has the value of each hexadecimal digit.
var unhex = func() (table [256]byte) {
	for c := range table {
		switch {
		case c >= '0' && c <= '9':
			table[c] = byte(c - '0')
		case c >= 'a' && c <= 'f':
			table[c] = byte(c - 'a' + 10)
		case c >= 'A' && c <= 'F':
			table[c] = byte(c - 'A' + 10)
		default:
			table[c] = notHex
		}
	}
	return table
}()
