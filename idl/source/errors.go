package source

import (
	"fmt"
	"sort"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/tagwire/tagwire/definition"
)

// An Error says what is wrong with a file, and where.
type Error struct {
	Path    string
	At      definition.Position // zero if it is the whole file
	Message string
	Line    string // the text of the line, "" if that is not known
}

// Error returns three lines: "path:line:column: message", the line of the file, and a caret below the column. Without a position it
// returns "path: message".
func (e *Error) Error() string {
	if e.At.Line == 0 {
		return e.Path + ": " + e.Message
	}
	message := fmt.Sprintf("%s:%d:%d: %s", e.Path, e.At.Line, e.At.Column, e.Message)
	if e.Line == "" {
		return message
	}
	line, caret := excerpt(e.Line, e.At.Column)
	return message + "\n" + line + "\n" + caret
}

// excerptWidth is how many bytes of a line are shown on either side of the caret. Lines of real files are shorter.
const excerptWidth = 100

// excerpt returns a line, or the part of it around a column, and the line below it with the caret. Tabs stay tabs in both, so that the
// caret is in its place however wide they are shown; what cannot be printed is replaced.
func excerpt(line string, column int) (shown, caret string) {
	offset := min(max(column-1, 0), len(line))
	start, end := max(offset-excerptWidth, 0), min(offset+excerptWidth, len(line))
	for start > 0 && start < len(line) && !utf8.RuneStart(line[start]) {
		start--
	}
	for end < len(line) && !utf8.RuneStart(line[end]) {
		end++
	}
	var text, below strings.Builder
	for i, r := range line[start:end] {
		if r != '\t' && !unicode.IsPrint(r) {
			r = '\uFFFD'
		}
		text.WriteRune(r)
		if start+i < offset {
			if r != '\t' {
				r = ' '
			}
			below.WriteRune(r)
		}
	}
	return text.String(), below.String() + "^"
}

// Errors are all that was found wrong, in the order of files and of places in them.
type Errors []*Error

// Error returns the errors one after another.
func (e Errors) Error() string {
	texts := make([]string, len(e))
	for i, one := range e {
		texts[i] = one.Error()
	}
	return strings.Join(texts, "\n")
}

// Unwrap returns the errors, for errors.As.
func (e Errors) Unwrap() []error {
	list := make([]error, len(e))
	for i, one := range e {
		list[i] = one
	}
	return list
}

// maxErrors is how many errors are reported. Those after them tend to follow from them.
const maxErrors = 20

// A Report collects errors.
type Report struct {
	errors Errors
}

// Add notes an error of a file with the given text.
func (r *Report) Add(path, text string, at definition.Position, format string, arguments ...any) {
	if r.Full() {
		return
	}
	e := &Error{Path: path, At: at, Message: fmt.Sprintf(format, arguments...), Line: lineOf(text, at.Line)}
	for _, other := range r.errors { // one place is reported once
		if other.Path == path && other.At == at && (at.Line > 0 || other.Message == e.Message) {
			return
		}
	}
	r.errors = append(r.errors, e)
}

// Full reports whether there are so many errors that no more are noted.
func (r *Report) Full() bool { return len(r.errors) >= maxErrors }

// Err returns the errors as [Errors], those of a file in the order of their places; nil if there are none.
func (r *Report) Err() error {
	if len(r.errors) == 0 {
		return nil
	}
	order := map[string]int{}
	for i, e := range r.errors {
		if _, ok := order[e.Path]; !ok {
			order[e.Path] = i
		}
	}
	sort.SliceStable(r.errors, func(i, j int) bool {
		a, b := r.errors[i], r.errors[j]
		if a.Path != b.Path {
			return order[a.Path] < order[b.Path]
		}
		if a.At.Line != b.At.Line {
			return a.At.Line < b.At.Line
		}
		return a.At.Column < b.At.Column
	})
	return r.errors
}

// lineOf returns a line of a text, which count from 1.
func lineOf(text string, number int) string {
	if number < 1 {
		return ""
	}
	for ; number > 1; number-- {
		_, rest, found := strings.Cut(text, "\n")
		if !found {
			return ""
		}
		text = rest
	}
	line, _, _ := strings.Cut(text, "\n")
	return strings.TrimSuffix(line, "\r")
}
