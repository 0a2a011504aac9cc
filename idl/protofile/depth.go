package protofile

import (
	"strings"

	"github.com/bufbuild/protocompile/ast"
	"github.com/tagwire/tagwire/definition"
)

// maxDepth is how deep braces and brackets may be nested. Messages may be nested 32 deep in Protobuf; the rest is for values of options.
const maxDepth = 100

// tooDeep returns where a text has more than maxDepth braces and brackets open.
func tooDeep(text string) (at definition.Position, found bool) {
	depth := 0
	for i := 0; i < len(text); i++ {
		switch c := text[i]; c {
		case '{', '[', '<', '(':
			if depth++; depth > maxDepth {
				return position(text, i), true
			}
		case '}', ']', '>', ')':
			depth = max(depth-1, 0)
		case '"', '\'':
			i = endOfString(text, i)
		case '/':
			i = endOfComment(text, i)
		}
	}
	return at, false
}

// maxLine is how many bytes a line may have. What protocompile takes for a place in a line is in proportion to the line before it, so that all
// places of a long line take its square.
const maxLine = 64 << 10

// tooLong returns where a text has a line of more than maxLine bytes.
func tooLong(text string) (at definition.Position, found bool) {
	number := 0
	for line := range strings.Lines(text) {
		if number++; len(line) > maxLine {
			return definition.Position{Line: number, Column: maxLine}, true
		}
	}
	return at, false
}

// endOfString returns the offset of the quote that ends a string, or of the end of its line.
func endOfString(text string, start int) int {
	for i := start + 1; i < len(text); i++ {
		switch text[i] {
		case text[start], '\n':
			return i
		case '\\':
			i++
		}
	}
	return len(text)
}

// endOfComment returns the offset of the last character of a comment, or start if there begins none.
func endOfComment(text string, start int) int {
	rest := text[start:]
	length := 0
	switch {
	case strings.HasPrefix(rest, "//"):
		if length = strings.IndexByte(rest, '\n'); length < 0 {
			length = len(rest)
		}
	case strings.HasPrefix(rest, "/*"):
		if length = strings.Index(rest[2:], "*/") + 3; length < 3 {
			length = len(rest)
		}
	}
	return start + length
}

// position returns the position of an offset.
func position(text string, offset int) definition.Position {
	before := text[:offset]
	return definition.Position{Line: strings.Count(before, "\n") + 1, Column: offset - strings.LastIndexByte(before, '\n')}
}

// bytePosition returns a position of protocompile, whose columns have tabs of width 8, with a column in bytes.
func bytePosition(text string, at ast.SourcePos) definition.Position {
	if at.Line < 1 {
		return definition.Position{}
	}
	offset := min(at.Offset, len(text))
	return definition.Position{Line: at.Line, Column: offset - strings.LastIndexByte(text[:offset], '\n')}
}
