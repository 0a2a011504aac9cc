// Package text writes the text of definitions, which may come from a peer: it bounds the text and its errors.
package text

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
)

// Limits of what is written. A few definitions that a peer has made up could make more than there is memory for.
const (
	mostFaults   = 100
	longestFault = 1000     // bytes
	longestText  = 64 << 20 // bytes
)

// A Writer writes the text of one file.
type Writer struct {
	Path   string // of the file, for errors
	Within string // what is being written, for errors

	text    strings.Builder
	faults  []error
	tooLong bool
}

// Print writes parts of the text, unless it is too long.
func (w *Writer) Print(parts ...string) {
	length := w.text.Len()
	for _, part := range parts {
		length += len(part)
	}
	if length > longestText {
		if !w.tooLong {
			w.Fault("the text would have more than %d bytes", longestText)
		}
		w.tooLong = true
		return
	}
	for _, part := range parts {
		w.text.WriteString(part)
	}
}

// Empty reports that nothing is written yet.
func (w *Writer) Empty() bool { return w.text.Len() == 0 }

// Fault notes an error, of which there are no more than some.
func (w *Writer) Fault(format string, arguments ...any) {
	if len(w.faults) == mostFaults {
		return
	}
	within := w.Within
	if within != "" {
		within += ": "
	}
	w.faults = append(w.faults, errors.New(oneLine(fmt.Sprintf("%s: %s%s", w.Path, within, fmt.Sprintf(format, arguments...)))))
}

// oneLine returns the text of an error, in which there may be any name, as a line that is not too long.
func oneLine(text string) string {
	if len(text) > longestFault {
		text = text[:longestFault] + "..."
	}
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return '?'
		}
		return r
	}, strings.ToValidUTF8(text, "?"))
}

// Text returns what was written, or all errors.
func (w *Writer) Text() (string, error) {
	if len(w.faults) > 0 {
		return "", errors.Join(w.faults...)
	}
	return w.text.String(), nil
}
